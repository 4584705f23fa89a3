"""Every request that the connector sends, and every field it reads, against Microsoft's own list of resources."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from support.business_central import CompanyHub

from connectors.business_central.rows import OWN, RELATED_TOO, may_be_blank, needed
from connectors.business_central.simulation.schema import RESOURCES
from connectors.business_central.simulator import BusinessCentralSimulator
from connectors.business_central.streams import SOURCES, STREAMS
from hub.sdk import Stream
from hub.sdk.fields import source_paths

SHARED = Path(__file__).parents[3] / "shared" / "schemas" / "dynamics"
SCHEMA = SHARED / "business-central-v2.0-resources.json"
pytestmark = pytest.mark.skipif(not SCHEMA.exists(), reason="the vendor's schema is not at hand")

TYPES = dict(RESOURCES)
WORDS = {"and", "or", "gt", "ge", "le", "eq", "ne", "desc"}
OF_SETUP = {"allowPostingFrom", "allowPostingTo", "systemCreatedAt", "systemModifiedAt", "systemCreatedBy"} | {
    "systemModifiedBy"
}
"""Of resources that no stream reads."""
BY_NUMBER = {"itemId", "locationId"}
"""Found by number or code, where a resource has no id."""


@cache
def schema() -> dict[str, Any]:
    return json.loads(SCHEMA.read_text(encoding="utf-8"))["resources"]  # type: ignore[no-any-return]


def type_of(resource: str) -> str:
    """The documented type of a set, or of what a navigation leads to."""
    return next((kind for name, kind in TYPES if resource in {name, kind}), resource)


def has(kind: str, path: tuple[str, ...]) -> bool:
    """Whether a type has a property, or a navigation that leads to it."""
    first, *rest = path
    known = schema()[kind]
    if not rest:
        return first in known["properties"] or first in known["navigation"]
    return first in known["navigation"] and has(type_of(known["navigation"][first]), tuple(rest))


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_every_field_of_the_maps_is_documented(stream: Stream) -> None:
    kind = type_of(SOURCES[stream.name].path)
    for fields in stream.maps:
        for path in source_paths(fields):
            if path[-1] in OWN:
                continue
            candidates = [path] if path[-1] not in BY_NUMBER else needed([path])
            assert any(has(kind, each) for each in candidates), f"{kind} has no {'/'.join(path)}"


def test_every_request_names_what_is_documented(tmp_path: Path) -> None:
    """The simulator's log of a first and of a second run, with posted orders among them."""
    simulator = BusinessCentralSimulator(size=40)
    hub = CompanyHub(tmp_path, simulator, page_size=10, document_page_size=10)
    hub.synced()
    simulator.mutate({"post": {"orders": 2}, "touch": {"products": 2}, "move": {"products": 1}})
    hub.synced()
    seen = set()
    for entry in simulator.log.last:
        _, found, rest = entry["path"].partition("/api/v2.0/")
        if not found or rest == "$metadata":
            continue
        resource = rest.removesuffix("/$count").rpartition("/")[2]
        seen.add(resource)
        require_query(type_of(resource), entry["query"])
    assert seen >= {source.path for source in SOURCES.values()} | {"purchaseInvoices", "itemLedgerEntries", "companies"}


def require_query(kind: str, query: str) -> None:
    for option, text in parse_qsl(query):
        if option == "$select":
            assert all(has(kind, (name,)) for name in text.split(",")), f"{kind}: {text}"
        elif option == "$expand":
            for name, chosen in re.findall(r"(\w+)\(\$select=([\w,]+)\)", text):
                assert all(has(kind, (name, each)) for each in chosen.split(",")), f"{kind}: {text}"
        elif option in {"$filter", "$orderby"}:
            names = set(re.findall(r"[A-Za-z]\w+", re.sub(r"'[^']*'|\d\S*", "", text))) - WORDS
            assert all(has(kind, (name,)) for name in names), f"{kind}: {text}"
        else:
            assert option in {"$top", "$skiptoken", "$count"}, option


@pytest.mark.parametrize(("name", "kind"), RESOURCES)
def test_the_simulator_has_the_documented_properties(name: str, kind: str) -> None:
    """All of them and no other, so that it refuses what the vendor would refuse."""
    listed = {each for line in RESOURCES[name, kind].strip().splitlines() for each in line.partition(": ")[2].split()}
    documented = {each for each, facts in schema()[kind]["properties"].items() if facts["type"] != "stream"}
    assert listed == documented


def test_printed_examples_become_records() -> None:
    """Microsoft's example of each resource goes through the maps; words and blanks are as documented."""
    from connectors.business_central.rows import clean
    from hub.sdk import apply

    examples = json.loads((SHARED / "samples" / "bc_documented_examples.json").read_text())["examples"]
    entries = json.loads((SHARED / "samples" / "bc_item_ledger_entries.json").read_text())["value"]
    clean(entries)
    assert (entries[1]["entryType"], entries[1]["documentType"]) == ("Negative Adjmt.", " ")
    for stream, name in (("customers", "customer"), ("products", "item"), ("locations", "location")):
        row = dict(examples[name]) | {"localCurrencyCode": "USD"}
        clean([row])
        maps = next(each.maps for each in STREAMS if each.name == stream)
        mapped = apply(maps, [row])
        assert not mapped.rejects
        assert sum(len(batch) for batch in mapped.batches) == 1


def test_a_printed_order_becomes_an_order_with_its_lines() -> None:
    from connectors.business_central.rows import clean
    from hub.sdk import apply

    (order,) = json.loads((SHARED / "samples" / "bc_sales_orders_page1.json").read_text())["value"]
    clean([order])
    clean(order["salesOrderLines"])
    assert order["requestedDeliveryDate"] is None
    mapped = apply(next(each.maps for each in STREAMS if each.name == "orders"), [order])
    assert not mapped.rejects
    assert [(batch.entity.name, len(batch)) for batch in mapped.batches] == [("orders", 1), ("order_lines", 1)]


def test_relations_of_contacts_are_found_under_both_names() -> None:
    assert (RELATED_TOO, "relatedId") in needed([("contactInformation", "relatedId")])


@pytest.mark.parametrize(("name", "kind"), RESOURCES)
def test_dates_and_references_are_known_by_their_names(name: str, kind: str) -> None:
    """Their blanks are told by the name of the property, and no text is mistaken for one of them."""
    for each, facts in schema()[kind]["properties"].items():
        if facts["type"] in {"date", "datetime", "GUID"} and each not in {"id", *OF_SETUP}:
            assert may_be_blank(each), f"{kind}.{each}"
