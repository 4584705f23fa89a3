"""Business Central through the real pipeline into SQLite: what is held is what the company has, to the cent."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import httpx
import pytest
from support.business_central import CompanyHub

from connectors.business_central.simulator import BusinessCentralSimulator
from hub.sdk.simulator import Fault, FaultPlan, in_process
from hub.sdk.simulator.odata import EntityTable

FEW = {"page_size": 40, "document_page_size": 25}


@pytest.fixture
def simulator() -> BusinessCentralSimulator:
    return BusinessCentralSimulator(size=90, orders=120)


def table(simulator: BusinessCentralSimulator, name: str) -> EntityTable:
    found = simulator.tables[name]
    assert isinstance(found, EntityTable)
    return found


def test_a_first_sync_holds_the_truth(tmp_path: Path, simulator: BusinessCentralSimulator) -> None:
    hub = CompanyHub(tmp_path, simulator, **FEW)
    hub.synced()
    assert hub.differences() == []


def test_everything_is_there_through_faults(tmp_path: Path) -> None:
    plan = FaultPlan(share=0.05, seed=3)
    simulator = BusinessCentralSimulator(size=150, orders=400, faults=plan)
    hub = CompanyHub(tmp_path, simulator, **FEW)
    hub.synced()
    assert hub.differences() == []
    assert simulator._injector.counts, "the plan had its way"


def test_changes_and_posted_orders_are_seen_by_the_next_run(
    tmp_path: Path, simulator: BusinessCentralSimulator
) -> None:
    hub = CompanyHub(tmp_path, simulator, **FEW)
    hub.synced()
    touched = ("customers", "products", "orders", "shipments", "invoices", "creditmemos", "purchase_orders", "receipts")
    done = simulator.mutate({
        "touch": dict.fromkeys(touched, 4), "add": dict.fromkeys(touched, 3), "post": {"orders": 5},
        "move": {"products": 6},
    })  # fmt: skip
    hub.synced()
    assert hub.differences() == []
    orders = hub.live("orders", "status", "source_status")
    assert {orders[number] for number in done["post"]["orders"]} == {("completed", "Posted")}


def test_an_order_entered_and_posted_between_two_runs_is_there(
    tmp_path: Path, simulator: BusinessCentralSimulator
) -> None:
    hub = CompanyHub(tmp_path, simulator, **FEW)
    hub.synced("orders")
    (number,) = simulator.mutate({"add": {"orders": 1}})["add"]["orders"]
    simulator.books.post([row for row in table(simulator, "orders").rows if row["number"] == number])
    hub.synced("orders")
    assert hub.live("orders", "status")[number] == ("completed",)


def test_stock_moves_without_the_item_and_is_read_again(tmp_path: Path, simulator: BusinessCentralSimulator) -> None:
    hub = CompanyHub(tmp_path, simulator)
    hub.synced("stock")
    assert hub.synced("stock")["stock"].run.rows_read == 0, "no new ledger entry, no reading"
    moved = simulator.mutate({"move": {"products": 10}})["move"]["products"]
    hub.synced("stock")
    held = hub.live("stock_levels", "on_hand")
    for row in table(simulator, "products").rows:
        if row["id"] in moved and row["type"] == "Inventory":
            assert Decimal(int(held[row["id"]][0])) / 1_000_000 == row["inventory"]


def test_verify_finds_what_was_deleted_and_keeps_what_was_posted(
    tmp_path: Path, simulator: BusinessCentralSimulator
) -> None:
    hub = CompanyHub(tmp_path, simulator, **FEW)
    hub.synced()
    simulator.mutate({"delete": {"orders": 3, "customers": 2, "purchase_orders": 2}, "post": {"orders": 4}})
    reports = hub.synced(verify=True)
    assert hub.differences() == []
    assert reports["customers"].by_entity["customers"].deleted == 2
    assert reports["orders"].by_entity["orders"].deleted == 3


def test_a_stopped_reading_of_orders_goes_on_where_it_was(tmp_path: Path, simulator: BusinessCentralSimulator) -> None:
    simulator.plan = FaultPlan(share=0.15, kinds=(Fault.UNAVAILABLE,), in_a_row=1000, seed=5)
    hub = CompanyHub(tmp_path, simulator, document_page_size=5, retry_seconds=0)
    failed = 0
    for _ in range(60):
        report = hub.sync("orders")["orders"]
        if report.error is None:
            break
        failed += 1
    assert 0 < failed < 60, "some runs fail, and each gets further"
    simulator.plan = FaultPlan()
    hub.synced("orders")
    known = simulator.truth()
    assert set(hub.live("orders")) == set(known["orders"]["ids"])


def test_stock_per_location_comes_from_a_page_of_ones_own(tmp_path: Path, simulator: BusinessCentralSimulator) -> None:
    hub = CompanyHub(tmp_path, simulator, stock_page="acme/hub/v1.0/stockByLocations", page_size=50)
    hub.synced("locations", "stock")
    held = hub.live("stock_levels", "product_source_id", "location_source_id", "on_hand")
    assert len(held) == len(table(simulator, "stock_by_location").rows) == 180
    assert {location for _, location, _ in held.values()} == set(hub.live("locations"))
    assert {product for product, _, _ in held.values()} <= {row["id"] for row in table(simulator, "products").rows}


def test_a_canceled_invoice_does_not_count_for_its_order(tmp_path: Path, simulator: BusinessCentralSimulator) -> None:
    invoices = table(simulator, "invoices")
    open_numbers = {row["number"] for row in table(simulator, "orders").rows}
    canceled = next(row for row in invoices.rows if row["orderNumber"] and row["orderNumber"] not in open_numbers)
    canceled["status"] = "Canceled"
    invoices.changed([canceled])
    hub = CompanyHub(tmp_path, simulator, **FEW)
    hub.synced("orders", "invoices")
    alone = [row for row in invoices.rows if row["orderNumber"] == canceled["orderNumber"]]
    status = "cancelled" if len(alone) == 1 else "completed"
    assert hub.live("orders", "status")[canceled["orderNumber"]] == (status,)
    assert hub.live("invoices", "status")[canceled["id"]] == ("cancelled",)


def test_without_posted_orders_only_those_entered_are_read(tmp_path: Path, simulator: BusinessCentralSimulator) -> None:
    hub = CompanyHub(tmp_path, simulator, posted_orders=False)
    hub.synced("orders")
    assert set(hub.live("orders")) == {row["number"] for row in table(simulator, "orders").rows}


def test_requests_are_few(tmp_path: Path) -> None:
    simulator = BusinessCentralSimulator(size=500, orders=1200)
    hub = CompanyHub(tmp_path, simulator)
    hub.synced()
    documents = {name: len(simulator.tables[name].rows) for name in ("orders", "shipments", "invoices")}
    pages = sum(-(-count // 500) for count in documents.values())
    asked = simulator.log.summary()["requests"]
    assert asked <= pages + 50, "a page each of the masters and small lists, and the lines come with their documents"
    hub.synced()
    again = simulator.log.summary()["requests"] - asked
    assert again <= 50


def test_a_row_that_is_broken_is_refused_and_stops_nothing(tmp_path: Path, simulator: BusinessCentralSimulator) -> None:
    """Wherever it comes from: the orders themselves, or the invoices that posted ones are made of."""
    inner = in_process(simulator)
    for resource in ("salesOrders", "salesInvoices"):
        hub = CompanyHub(tmp_path / resource, simulator, **FEW)
        hub.transport = SpoilsFirstRows(inner, resource)
        report = hub.synced("orders")["orders"]
        assert report.by_entity["orders"].quarantined >= 1
        assert report.by_entity["orders"].inserted > 100


class SpoilsFirstRows(httpx.BaseTransport):
    """In every page of documents of one resource the first one has objects where values were."""

    def __init__(self, inner: httpx.BaseTransport, resource: str) -> None:
        self.inner, self.resource = inner, resource

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self.inner.handle_request(request)
        if not request.url.path.endswith(self.resource) or "expand" not in str(request.url):
            return answer
        answer.read()
        body = answer.json()
        body["value"][0] = {name: {"spoilt": name} for name in body["value"][0]}
        return httpx.Response(200, json=body)
