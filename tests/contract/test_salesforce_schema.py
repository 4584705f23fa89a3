"""Everything the Salesforce connector asks for is in the vendor's own catalogue of standard objects (v67)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from support.salesforce import OrgHub

from connectors.salesforce.describe import choose, shape_of
from connectors.salesforce.objects import SOURCES, STREAMS
from connectors.salesforce.plan import CORPORATE, paths_of
from connectors.salesforce.simulation import soql
from connectors.salesforce.simulation.schema import objects
from connectors.salesforce.simulator import SalesforceSimulator

FOLDER = Path(__file__).parents[3] / "shared" / "schemas" / "salesforce"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="../shared is not here")

BEHIND = {("Location", "VisitorAddress"): "Address"}
"""Relationships that the catalogue shows by their field alone (`VisitorAddressId`)."""
FEATURES = {
    "CurrencyIsoCode", "IsPersonAccount", "PersonEmail", "PersonMobilePhone", "PersonLeadSource", "BillingCountryCode",
    "ShippingCountryCode", "CountryCode", "DunsNumber", "NaicsCode", "ContactId", "ProductId",
}  # fmt: skip


@cache
def catalogue() -> dict[str, Any]:
    with gzip.open(FOLDER / "standard-objects-v67.json.gz") as file:
        found: dict[str, Any] = json.load(file)["objects"]
    return found


def described(name: str) -> Any:
    with gzip.open(FOLDER / f"describe-{name}.json.gz") as file:
        return json.load(file)


def unknown(table: str, path: list[str]) -> bool:
    """Whether the catalogue has no such field, behind however many relationships."""
    first, *rest = path
    if not rest:
        return first not in catalogue()[table]["fields"]
    target = catalogue()[table]["parentRelationships"].get(first) or BEHIND.get((table, first))
    if target is None:
        return True
    return False if target in {"Name", "SObject"} else unknown(target, rest)


def fields_of(query: soql.Query, table: str) -> Iterator[tuple[str, list[str]]]:
    """Every field that a query names, with the object it belongs to."""
    yield from ((table, path.split(".")) for path in query.fields)
    yield from ((table, path.split(".")) for path, _ in query.order)
    if query.where is not None:
        yield from conditions(query.where, table)
    for inner in query.subqueries:
        child = catalogue()[table]["childRelationships"][inner.table]
        yield from fields_of(inner, child)


def conditions(condition: soql.Condition, table: str) -> Iterator[tuple[str, list[str]]]:
    if isinstance(condition, soql.Logic):
        for part in condition.parts:
            yield from conditions(part, table)
        return
    yield table, condition.path.split(".")
    if isinstance(condition, soql.Among) and condition.query is not None:
        yield from fields_of(condition.query, condition.query.table)


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_every_path_of_the_maps_is_in_the_catalogue(stream: Any) -> None:
    source = SOURCES[stream.name]
    children = catalogue()[source.table]["childRelationships"]
    wrong = []
    for path in paths_of(stream.maps):
        if path == (CORPORATE,):
            continue
        if path[0] in {name for name, _ in source.children}:
            assert path[1:3] == ("records", "0")
            known = not unknown(children[path[0]], [path[3]])
        else:
            known = not unknown(source.table, list(path))
        if not known:
            wrong.append(".".join(path))
    assert wrong == []


def test_every_query_that_was_sent_names_fields_of_the_catalogue(tmp_path: Path) -> None:
    queries = set()
    for settings in ({}, {"bulk_above_rows": 0}):
        simulator = SalesforceSimulator(size=12, page_rows=5)
        compiled = simulator.compiled

        def noted(text: str, *, deleted_too: bool = False, ask: Any = compiled) -> Any:
            queries.add(text)
            return ask(text, deleted_too=deleted_too)

        simulator.compiled = noted  # type: ignore[method-assign]
        hub = OrgHub(tmp_path / str(len(settings)), simulator, **settings)
        hub.sync()
        hub.simulator.mutate({"touch": {"accounts": 2}})
        hub.sync()
        list(hub.connector().check())
    assert len(queries) > 40
    for text in queries:
        query = soql.parse(text)
        for table, path in fields_of(query, query.table) if not query.counts else ():
            assert not unknown(table, path), f"{'.'.join(path)} of {table} in {text}"


def test_every_address_that_was_asked_for_is_documented(tmp_path: Path) -> None:
    hub = OrgHub(tmp_path, SalesforceSimulator(size=12, page_rows=5), bulk_above_rows=0)
    hub.sync()
    hub.clock.sleep(7200)
    hub.sync()
    list(hub.connector().check())
    known = (
        "POST /services/oauth2/token", "GET /services/data", "GET /services/data/v67.0/query/",
        "GET /services/data/v67.0/queryAll/", "GET /services/data/v67.0/sobjects/", "GET /services/data/v67.0/limits",
        "POST /services/data/v67.0/jobs/query", "GET /services/data/v67.0/jobs/query/",
    )  # fmt: skip
    odd = [
        path for path in hub.simulator.log.by_path if not any(path == each or path.startswith(each) for each in known)
    ]
    assert odd == []
    asked = {name for entry in hub.simulator.log.last for name in parse_qs(entry["query"])}
    assert asked <= {"q", "start", "end", "maxRecords", "locator"}


def test_the_simulator_has_no_fields_of_its_own() -> None:
    own = [
        f"{each.name}.{name}"
        for each in objects().values()
        for name in each.fields
        if not name.endswith("__c") and unknown(each.name, [name])
    ]
    assert own == []


@pytest.mark.parametrize(
    ("stream", "name"),
    [
        ("accounts", "Account"), ("accounts", "Account-person-accounts"), ("contacts", "Contact"), ("leads", "Lead"),
        ("opportunities", "Opportunity"), ("cases", "Case"),
    ],
)  # fmt: skip
def test_real_descriptions_are_understood(stream: str, name: str) -> None:
    shape = shape_of(described(name))
    maps = next(each.maps for each in STREAMS if each.name == stream)
    choice = choose(shape, paths_of(maps), lambda _: shape)
    assert set(choice.missing) <= FEATURES
    assert shape.cursor == "SystemModstamp" and shape.replicateable
    if name == "Account-person-accounts":
        assert not {"IsPersonAccount", "PersonEmail"} & set(choice.missing)


def test_compound_fields_of_a_real_description_have_their_parts() -> None:
    shape = shape_of(described("Account"))
    assert shape.parts_of("BillingAddress") == {
        "street": "BillingStreet", "city": "BillingCity", "state": "BillingState", "postalCode": "BillingPostalCode",
        "country": "BillingCountry", "latitude": "BillingLatitude", "longitude": "BillingLongitude",
        "geocodeAccuracy": "BillingGeocodeAccuracy",
    }  # fmt: skip
    lead = shape_of(described("Lead"))
    assert {"street": "Street", "city": "City"}.items() <= lead.parts_of("Address").items()
