"""Shopify through the real pipeline and a real socket: what the hub holds is what the shop has, to the cent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.shopify_shop import Shop, shop

from hub.sdk.simulator import Fault, FaultPlan

QUICK_FAULTS = (Fault.ERROR, Fault.UNAVAILABLE, Fault.TRUNCATED, Fault.HTML, Fault.DISCONNECT, Fault.EXPIRED)
PAGES, BULK = "bulk_above_rows: 1000000\n", "bulk_above_rows: 0\n"


@pytest.fixture
def small(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("SHOPIFY_TOKEN", "shpat_simulated")
    with shop(tmp_path, capsys, size=40, orders=120) as made:
        yield made


def agrees(small: Shop) -> None:
    held, truth = small.held(), small.truth()
    for entity, known in truth.items():
        assert held[entity] == known, entity


def test_a_full_read_by_pages_holds_what_the_shop_has(small: Shop) -> None:
    small.configure(PAGES)
    result = small.sync()
    assert result.code == 0, result.err
    agrees(small)
    assert not small.simulator.jobs.rows, "no bulk operation was asked for"


def test_bulk_brings_the_same_records_as_pages(small: Shop) -> None:
    small.configure(PAGES)
    small.sync()
    by_pages = small.records()
    (small.project.folder / "hub.db").unlink()
    small.configure(BULK)
    assert small.sync().code == 0
    assert small.simulator.jobs.rows, "bulk operations were asked for"
    agrees(small)
    assert small.records() == by_pages


def test_a_second_run_brings_changes_additions_and_deletions(small: Shop) -> None:
    assert small.sync().code == 0
    small.simulator.tick(3600)
    tables = ("customers", "companies", "products", "orders", "stock")
    small.simulator.mutate({"touch": dict.fromkeys(tables, 7), "add": {"orders": 5, "customers": 2}})
    small.simulator.mutate({"delete": {"orders": 3, "companies": 2, "stock": 4}})
    result = small.sync("--json")
    assert result.code == 0, result.err
    agrees(small)
    orders = next(stream for stream in result.json["streams"] if stream["stream"] == "orders")
    assert orders["deleted"] >= 3
    assert orders["rows_read"] < 60, "only what changed is read, and orders whose returns are open"
    newest = {row["id"] for row in small.simulator.tables["orders"].rows[-5:]}
    assert newest <= small.held()["orders"][1]


def test_children_go_with_what_they_belong_to(small: Shop) -> None:
    small.sync()
    small.simulator.tick(3600)
    small.simulator.mutate({"delete": {"orders": 20}})
    small.sync("--stream", "orders")
    held, truth = small.held(), small.truth()
    for entity in ("orders", "order_lines", "shipments", "shipment_lines", "returns"):
        assert held[entity] == truth[entity], entity


def test_nothing_is_lost_or_doubled_over_faults(small: Shop) -> None:
    small.configure(f"{PAGES}page_size: 20\n")
    small.simulator.plan = FaultPlan(share=0.05, kinds=QUICK_FAULTS)
    result = small.sync()
    assert result.code == 0, result.err
    agrees(small)


def test_bulk_gets_over_faults_too(small: Shop) -> None:
    small.configure(BULK)
    small.simulator.plan = FaultPlan(share=0.2, kinds=QUICK_FAULTS)
    result = small.sync()
    assert result.code == 0, result.err
    agrees(small)


def test_custom_fields_reach_the_request_and_the_record(small: Shop) -> None:
    small.configure(
        "fields:\n  customers: {tax_id: metafield.vat, extras: {debtor: metafield.erp.debtor, tags: tags}}\n"
        "  orders: {sales_rep: note}\n"
    )
    assert small.sync("--stream", "customers").code == 0
    assert small.sync("--stream", "companies").code == 0
    persons = [row for row in small.records()["customers"] if "gid://shopify/Customer/700001" in row]
    assert any('"debtor":"D1"' in str(value) for value in persons[0])
    assert any(small.simulator.company.customer(1).tax_id == value for value in persons[0])


def test_a_field_that_no_type_has_is_a_mistake_in_the_yaml(small: Shop) -> None:
    small.configure("fields:\n  customers: {tax_id: vaat}\n")
    result = small.sync("--stream", "customers")
    assert result.code == 2
    assert "`vaat` of customers" in result.err


def test_lists_longer_than_a_page_are_read_to_their_end(small: Shop) -> None:
    small.configure(PAGES)
    small.sync("--stream", "orders")
    many = [n for n in range(120) if len(small.simulator.sales.deal(n).lines) > 20]
    assert many, "the shop has orders with many lines"
    held = small.held()["order_lines"][1]
    for number in many:
        deal = small.simulator.sales.deal(number)
        assert {small.simulator.sales.line_id(deal, line) for line in deal.lines} <= held


def test_check_tells_all_that_is_well(small: Shop) -> None:
    result = small.project.hub("check")
    assert result.code == 0
    for words in ("Simulated shop, EUR", "API version: 2026-10", "stream orders: may be read", "come back a second"):
        assert words in result.out


def test_verify_finds_what_shopify_never_told(small: Shop) -> None:
    """A customer merged into another one, and the stock of a product that was deleted: no event says so."""
    small.sync()
    lost = small.simulator.tables["customers"].rows.pop()
    small.simulator._numbers["customers"].pop(lost["n"])
    small.simulator.mutate({"delete": {"products": 3}})
    assert small.sync().code == 0
    assert lost["id"] in small.held()["customers"][1], "a run of changes cannot see it"
    result = small.sync("--verify")
    assert result.code == 0, result.err
    agrees(small)


def test_verify_deletes_no_order_that_shopify_merely_hides(small: Shop) -> None:
    """An app that has lost read_all_orders sees the orders of the last sixty days only."""
    small.sync()
    before = small.held()["orders"]
    small.simulator.scopes -= {"read_all_orders"}
    small.simulator.tick(70 * 86_400)
    result = small.sync("--verify")
    assert small.held()["orders"] == before
    assert "hides orders older than 60 days" in result.out + result.err
