"""What the Dynamics connector asks for is in Microsoft's own description, and Microsoft's answers are understood."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from support.dynamics_hub import HOST, EnvironmentHub
from support.http_fakes import Scripted, answer, source

from connectors.dynamics import maps, words
from connectors.dynamics.config import DynamicsConfig
from connectors.dynamics.plan import ADDED, paths_of
from connectors.dynamics.sim_tables import CHOICES, COLUMNS, SETS
from connectors.dynamics.simulator import DynamicsSimulator
from connectors.dynamics.source import DynamicsConnector
from connectors.dynamics.streams import SOURCES, STREAMS
from hub.sdk import AuthError, Context, SourceChanged, Throttled, apply
from hub.sdk.odata import Metadata, ODataSource, Query, Version, parse_metadata
from hub.sdk.simulator.odata import properties
from hub.testing import FakeClock

FOLDER = Path(__file__).parents[3] / "shared" / "schemas" / "dynamics"
pytestmark = pytest.mark.skipif(not FOLDER.is_dir(), reason="../shared is not here")


@cache
def csdl() -> Metadata:
    return parse_metadata(gzip.decompress((FOLDER / "dataverse-sales-csdl.xml.gz").read_bytes()))


@cache
def option_sets() -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / "dataverse-option-sets.json").read_text())["tables"]
    return found


def sample(name: str) -> Any:
    return json.loads((FOLDER / "samples" / name).read_text())


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_every_column_of_the_maps_is_described(stream: Any) -> None:
    known = csdl().type_of(SETS[SOURCES[stream.name].table]).properties
    assert [path for path in paths_of(stream.maps) if path not in known and path not in ADDED] == []


def test_every_query_that_was_sent_is_sound(tmp_path: Path) -> None:
    untracked = frozenset({"lead", "salesorder"})
    hub = EnvironmentHub(tmp_path, DynamicsSimulator(size=12, untracked=untracked), page_size=5)
    hub.sync()
    hub.simulator.mutate({"touch": {"leads": 3, "accounts": 3}})
    hub.sync()
    list(hub.connector().check())
    root = "/api/data/v9.2/"
    known = set(SETS.values())
    for entry in hub.simulator.log.last:
        path, options = entry["path"].removeprefix(root), parse_qs(entry["query"])
        if path.partition("/")[0] not in known or path == "organizations":
            continue
        columns = csdl().type_of(path.removesuffix("/$count")).properties
        named = [name for text in options.get("$select", []) for name in text.split(",")]
        named += [text.split(" ")[0] for text in ",".join(options.get("$orderby", [])).split(",") if text]
        named += [part.split(" ")[0] for text in options.get("$filter", []) for part in text.split(" and ")]
        assert set(named) <= set(columns), path
        assert set(options) <= {"$select", "$filter", "$orderby", "$skiptoken", "$deltatoken"}


def test_every_address_that_was_asked_for_is_documented(tmp_path: Path) -> None:
    hub = EnvironmentHub(tmp_path, DynamicsSimulator(size=5))
    hub.sync()
    list(hub.connector().check())
    root = "GET /api/data/v9.2/"
    beside = ("WhoAmI()", "RetrieveVersion()", "EntityDefinitions(LogicalName=", "systemusers(", "organizations")
    odd = [
        path
        for path in hub.simulator.log.by_path
        if not path.startswith(tuple(root + each for each in (*SETS.values(), *beside)))
        and path != "POST /contoso/oauth2/v2.0/token"
    ]
    assert odd == []


def test_the_simulator_has_no_columns_of_its_own_and_the_same_types() -> None:
    for table, text in COLUMNS.items():
        if table == "organization":
            continue
        known = csdl().type_of(SETS[table]).properties
        wrong = [
            each.name
            for each in properties(text)
            if each.name not in known or known[each.name].type != f"Edm.{each.type}"
        ]
        assert wrong == [], table


def test_labels_and_states_are_those_of_the_vendor() -> None:
    for table, columns in CHOICES.items():
        for column, labels in columns.items():
            known = {each["value"]: each["label"] for each in option_sets()[table][column]}
            assert set(labels) <= set(known), f"{table}.{column}"
    states = {
        "salesorder": (words.order_status, {"open", "on_hold", "cancelled", "completed", "partially_shipped"}),
        "invoice": (words.invoice_status, {"open", "paid", "cancelled"}),
        "lead": (words.lead_status, {"open", "working", "converted", "disqualified"}),
        "opportunity": (words.opportunity_status, {"open", "won", "lost"}),
        "incident": (words.case_status, {"open", "waiting", "resolved", "closed"}),
    }
    for table, (status, expected) in states.items():
        reasons = option_sets()[table]["statuscode"]
        rows = [{"statecode": each["state"], "statuscode": each["value"]} for each in reasons]
        assert set(status(rows)) == expected, table


# -- the vendor's documented answers -----------------------------------------------------------------------------------


def read(body: Any, path: str, status: int = 200, **headers: str) -> Any:
    odata = ODataSource(source(Scripted(answer(body, status, **headers)), base_url="https://example.crm4.dynamics.com"),
                        Version.V4, metadata=csdl())  # fmt: skip
    return next(odata.pages(Query(path)))


def test_sample_pages_map_without_a_reject() -> None:
    for name, path, fields in (
        ("salesorders_page1.json", "salesorders", maps.ORDERS),
        ("salesorders_page2.json", "salesorders", maps.ORDERS),
        ("salesorderdetails.json", "salesorderdetails", maps.ORDER_LINES),
        ("products.json", "products", maps.PRODUCTS),
        ("accounts_delta.json", "accounts", maps.CUSTOMERS),
    ):
        page = read(sample(name), path)
        mapped = apply([fields], page.rows)
        assert mapped.rejects == [], name
        assert len(mapped.batches[0]) == len(page.rows), name


def test_sample_links_and_removed_entries_are_understood() -> None:
    first = read(sample("salesorders_page1.json"), "salesorders")
    assert first.resume["link"].startswith("/api/data/v9.2/salesorders?")
    delta = read(sample("accounts_delta.json"), "accounts")
    assert [gone.id for gone in delta.removed] == ["22222222-2222-4222-8222-222222222222"]
    assert delta.delta_link is not None
    assert delta.delta_link.endswith("$deltatoken=919058%2108%2f22%2f2026%2008%3a21%3a20")


def test_a_contact_that_orders_is_told_from_an_account() -> None:
    rows = read(sample("salesorders_page1.json"), "salesorders").rows
    kinds = [row.get("_customerid_value@Microsoft.Dynamics.CRM.lookuplogicalname") for row in rows]
    assert "contact" in kinds
    for row, kind, contact in zip(rows, kinds, words.buying_contact(rows), strict=True):
        assert (contact == row["_customerid_value"]) is (kind == "contact")


ERRORS = sample("errors.json")["cases"] if FOLDER.is_dir() else []
KINDS = {429: Throttled, 403: AuthError}


@pytest.mark.parametrize("case", ERRORS, ids=lambda case: case["case"])
def test_sample_errors_say_who_must_act(case: Any) -> None:
    refused = answer(case["body"], case["status"], **case.get("headers", {}))
    transport = Scripted(answer({"access_token": "t", "expires_in": 3599}), refused)
    settings = {"kind": "dynamics", "base_url": HOST, "login_url": HOST, "tenant_id": "t", "client_id": "hub",
                "client_secret": "simulated", "retry_seconds": 0}  # fmt: skip
    clock = FakeClock()
    connector = DynamicsConnector(
        DynamicsConfig.model_validate(settings), Context("crm", transport=transport, clock=clock, now=clock.now)
    )
    with pytest.raises(KINDS.get(case["status"], SourceChanged)) as raised:
        connector.environment.http.get("accounts")
    assert case["body"]["error"]["code"] in str(raised.value)
    assert raised.value.fix
