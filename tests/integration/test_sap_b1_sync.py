"""A company in SAP Business One through the real pipeline: what the store holds afterwards is what the company has."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.b1_company import CompanyHub, b1

from connectors.sap_b1.simulator import SapB1Simulator
from hub.errors import AuthError, RunIncomplete
from hub.sdk import ReadRequest
from hub.sdk.simulator import FaultPlan
from hub.sdk.simulator.odata import EntityTable
from hub.testing import FakeClock
from sync_jobs import pipeline

MILLION = 1_000_000


def company(folder: Path, size: int = 60, **settings: Any) -> CompanyHub:
    return CompanyHub(folder, SapB1Simulator(size=size), page_size=settings.pop("page_size", 25), **settings)


def paths(hub: CompanyHub, since: int) -> list[str]:
    """What was asked for after so many requests."""
    return [each["path"].rpartition("/b1s/v2/")[2] for each in list(hub.simulator.log.last)[since:]]


@pytest.mark.parametrize("protocol", ["v2", "v1"])
def test_the_first_run_brings_everything(tmp_path: Path, protocol: str) -> None:
    hub = company(tmp_path, protocol=protocol)
    hub.synced()
    assert hub.differences() == []
    assert (hub.simulator.logins, hub.simulator.logouts) == (1, 1), "one session, and it is given back"


def test_a_second_run_changes_nothing_and_asks_for_no_metadata(tmp_path: Path) -> None:
    hub = company(tmp_path)
    hub.synced()
    before = hub.requests
    reports = hub.synced()
    assert {name: report.run.counts.updated for name, report in reports.items() if report.run.counts.updated} == {}
    assert "$metadata" not in paths(hub, before)


def test_what_changed_and_what_is_new_comes(tmp_path: Path) -> None:
    hub = company(tmp_path)
    hub.synced()
    hub.simulator.mutate({
        "touch": {"orders": 5, "partners": 3, "products": 2}, "add": {"orders": 3, "partners": 2, "purchase_orders": 1},
    })  # fmt: skip
    reports = hub.synced()
    assert hub.differences() == []
    assert reports["orders"].by_entity["orders"].inserted == 3
    assert reports["orders"].by_entity["orders"].updated == 5


def test_only_the_days_since_the_last_change_are_asked_for(tmp_path: Path) -> None:
    hub = company(tmp_path)
    age(hub, "orders", "2024-11-05", but=4)
    hub.synced("orders")
    assert hub.synced("orders")["orders"].run.rows_read == 4


def age(hub: CompanyHub, table: str, date: str, *, but: int) -> None:
    """All documents of a table, but so many, were last changed on an earlier day; the others on one day."""
    rows = hub.simulator.tables[table].rows
    for place, row in enumerate(rows):
        day = date if place < len(rows) - but else "2025-12-30"
        row |= {"UpdateDate": day, "CreationDate": day}


def test_deleted_rows_are_found_by_verifying(tmp_path: Path) -> None:
    hub = company(tmp_path)
    hub.synced()
    hub.simulator.mutate({"delete": {"partners": 4, "products": 3, "orders": 2}})
    hub.synced()
    assert hub.differences() != []
    reports = hub.synced(verify=True)
    assert hub.differences() == []
    assert reports["orders"].missed is not None
    assert reports["orders"].missed.deleted >= 2


@pytest.mark.parametrize("pages", [1, 2, 4])
def test_a_stopped_run_goes_on_where_it_was(tmp_path: Path, pages: int) -> None:
    hub, whole = company(tmp_path / "stopped"), company(tmp_path / "whole")
    hub.sync("orders", "returns", stop_after_pages=pages)
    hub.synced("orders", "returns")
    whole.synced("orders", "returns")
    assert hub.everything() == whole.everything()


def test_faults_change_nothing(tmp_path: Path) -> None:
    hub = company(tmp_path, size=120, page_size=20)
    hub.simulator.plan = FaultPlan(share=0.05, seed=7)
    for _ in range(6):
        reports = hub.sync()
        if all(report.ok for report in reports.values()):
            break
    hub.simulator.plan = FaultPlan()
    hub.synced()
    assert hub.differences() == []


def test_a_session_that_times_out_is_opened_again(tmp_path: Path) -> None:
    simulator = SapB1Simulator(size=30)
    connector = b1(simulator, page_size=10)
    orders = next(stream for stream in connector.streams if stream.name == "orders")
    rows = 0
    for page in connector.read(ReadRequest(orders, None, FakeClock().now())):
        rows += len(page.rows)
        simulator.expire()
    connector.close()
    assert rows == 30
    assert simulator.logins > 1


def test_a_page_of_the_largest_size_is_not_taken_for_the_last(tmp_path: Path) -> None:
    hub = CompanyHub(tmp_path, SapB1Simulator(size=40, page_rows=10), page_size=10)
    hub.synced()
    assert hub.differences() == []


def test_a_server_that_cuts_pages_its_own_way_is_followed(tmp_path: Path) -> None:
    hub = CompanyHub(tmp_path, SapB1Simulator(size=40, page_rows=7), page_size=20)
    hub.synced()
    assert hub.differences() == []


# -- what is in the numbers --------------------------------------------------------------------------------------------


def test_foreign_documents_have_both_currencies(tmp_path: Path) -> None:
    hub = company(tmp_path)
    hub.synced("orders")
    dollar = next(row for row in hub.simulator.tables["orders"].rows if row["DocCurrency"] == "$")
    held = hub.live("orders", "currency", "total", "base_currency", "base_total", "subtotal", "tax", "shipping")
    currency, total, base_currency, base_total, subtotal, tax, shipping = held[str(dollar["DocEntry"])]
    assert (currency, base_currency) == ("USD", "EUR")
    assert (total, base_total) == (dollar["DocTotalFc"] * MILLION, dollar["DocTotal"] * MILLION)
    assert subtotal + tax + shipping == total
    lines = hub.live("order_lines", "order_source_id", "total", "currency")
    assert sum(total for order, total, _ in lines.values() if order == str(dollar["DocEntry"])) == subtotal
    assert {currency for order, _, currency in lines.values() if order == str(dollar["DocEntry"])} == {"USD"}


def test_cancelled_documents_and_those_that_cancel_are_told(tmp_path: Path) -> None:
    hub = company(tmp_path)
    hub.synced("orders", "deliveries")
    cancelled = {str(row["DocEntry"]) for row in hub.simulator.tables["orders"].rows if row["Cancelled"] == "tYES"}
    assert {key for key, (status,) in hub.live("orders", "status").items() if status == "cancelled"} == cancelled
    undone = {row["DocEntry"] for row in hub.simulator.tables["deliveries"].rows if row["CancelStatus"] != "csNo"}
    held = hub.live("shipments", "status", "source_status")
    assert {int(key) for key, (status, _) in held.items() if status == "cancelled"} == undone
    assert {words for status, words in held.values() if status == "cancelled"} == {
        "bost_Close csYes", "bost_Close csCancellation",
    }  # fmt: skip


def test_deliveries_and_returns_lead_to_their_orders(tmp_path: Path) -> None:
    hub = company(tmp_path)
    hub.synced("orders", "deliveries", "returns")
    orders, lines = hub.live("orders"), hub.live("order_lines")
    for entity in ("shipment_lines", "returns"):
        found = hub.live(entity, "order_source_id", "order_line_source_id")
        assert found
        assert all(order in orders and line in lines for order, line in found.values()), entity
    assert all(order in orders for (order,) in hub.live("shipments", "order_source_id").values())


def test_open_documents_are_read_again_once_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = company(tmp_path, size=20)
    table = hub.simulator.tables["purchase_orders"]
    assert isinstance(table, EntityTable)
    age(hub, "purchase_orders", "2024-11-05", but=1)
    hub.synced("purchase_orders")
    some = next(row for row in table.rows if row["DocumentStatus"] == "bost_Open" and row["UpdateDate"] < "2024-12")
    some["DocumentLines"][0]["RemainingOpenQuantity"] = Decimal(0)  # a receipt, which moves no stamp
    table.changed([some])

    def status() -> str:
        return str(hub.live("purchase_orders", "status")[str(some["DocEntry"])][0])

    hub.synced("purchase_orders")
    assert status() != "received"
    monkeypatch.setattr(pipeline, "_now", lambda: datetime.now(UTC) + timedelta(hours=25))
    hub.synced("purchase_orders")
    assert status() == "received"


def test_stock_and_cost_are_those_of_each_warehouse(tmp_path: Path) -> None:
    hub = company(tmp_path, size=6)
    hub.synced("products", "warehouses", "stock")
    item = hub.simulator.tables["products"].rows[1]
    level = item["ItemWarehouseInfoCollection"][1]
    key = f"{item['ItemCode']}:02"
    held = hub.live("stock_levels", "on_hand", "reserved", "available", "unit_cost", "currency", "unit")[key]
    on_hand, reserved = level["InStock"] * MILLION, level["Committed"] * MILLION
    assert held == (on_hand, reserved, on_hand - reserved, item["AvgStdPrice"] * MILLION, "EUR", "C62")
    assert hub.live("product_costs", "valuation_method", "cost")[key] == (
        "moving_average", item["AvgStdPrice"] * MILLION,
    )  # fmt: skip
    units = hub.live("product_units", "unit", "numerator", "denominator")
    assert units[f"{item['ItemCode']}:purchasing"] == ("XBX", 12 * MILLION, MILLION)
    grouped = hub.simulator.tables["products"].rows[0]["ItemCode"]
    assert units[f"{grouped}:2"] == ("XCT", 24 * MILLION, MILLION)


def test_names_stand_for_codes(tmp_path: Path) -> None:
    hub = company(tmp_path, size=12)
    hub.synced("customers", "suppliers", "products")
    assert {segment for (segment,) in hub.live("customers", "segment").values()} == {"Group 0", "Group 1", "Group 2"}
    assert {category for (category,) in hub.live("products", "category").values()} == {"Parts", "Tools"}
    assert {owner for (owner,) in hub.live("customers", "owner").values()} == {None, "Seller 1", "Seller 2", "Seller 3"}
    assert all(primary for (primary,) in hub.live("contacts", "is_primary").values())


# -- what goes wrong ---------------------------------------------------------------------------------------------------


def test_a_missing_authorisation_names_what_lacks(tmp_path: Path) -> None:
    hub = company(tmp_path, size=5)
    hub.simulator.refused = {"Orders"}
    report = hub.sync("orders")["orders"]
    assert isinstance(report.error, AuthError)
    assert "authorisation" in report.error.fix


def test_a_small_table_that_cannot_be_read_leaves_its_columns_empty(tmp_path: Path) -> None:
    hub = company(tmp_path, size=5)
    hub.simulator.refused = {"ItemGroups"}
    report = hub.synced("products")["products"]
    assert any("ItemGroups cannot be read" in note for note in report.run.notes)
    assert {category for (category,) in hub.live("products", "category").values()} == {None}


def test_an_unknown_unit_is_told_and_can_be_named(tmp_path: Path) -> None:
    hub = company(tmp_path, size=5)
    for row in hub.simulator.tables["products"].rows:
        row |= {"InventoryUOM": "Gebinde", "UoMGroupEntry": -1, "SalesUnit": "Gebinde"}
    report = hub.synced("products")["products"]
    assert any("nobody knows the unit `Gebinde`" in note for note in report.run.notes)
    named = company(tmp_path / "named", size=5, units={"gebinde": "XCS"})
    named.simulator = hub.simulator
    named.synced("products")
    assert {unit for (unit,) in named.live("products", "unit").values()} == {"XCS"}


def test_a_count_that_the_rows_do_not_reach_is_no_success(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = company(tmp_path, size=10)
    monkeypatch.setattr("connectors.sap_b1.source.SapB1Connector.count", lambda self, request: 900)
    assert isinstance(hub.sync("orders")["orders"].error, RunIncomplete)
