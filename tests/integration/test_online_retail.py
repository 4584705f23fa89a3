"""Online Retail, 2011 Q1: one file of invoice lines becomes five entities, and the totals are those of the file."""

from __future__ import annotations

from decimal import Decimal

import pytest
from support.real_data import DATA, Hub, cents, synced

MONTH = "strftime('%Y-%m', {} / 1000000, 'unixepoch')"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    folder = DATA / "online_retail_2011q1"
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield synced(tmp_path_factory.mktemp("hub"), "online_retail", "ONLINE_RETAIL_DIR", folder, monkeypatch)


def by_month(hub: Hub, entity: str, moment: str) -> dict[str, int]:
    amount = "sum(quantity / 1000000 * unit_price)"
    return dict(hub.rows(f"SELECT {MONTH.format(moment)}, {amount} FROM {entity} GROUP BY 1"))  # type: ignore[arg-type]


def test_every_row_is_a_line_or_a_return(hub: Hub) -> None:
    lines = hub.number("SELECT count(*) FROM order_lines")
    returns = hub.number("SELECT count(*) FROM returns")
    assert (lines + returns, returns) == (99_602, 1_875)


def test_exact_duplicates_stay_apart(hub: Hub) -> None:
    """784 rows of the file equal an earlier one; each has a line or return of its own."""
    twins = sum(
        hub.number(
            f"SELECT count(*) - count(DISTINCT {document} || '|' || coalesce(product_source_id, '') || '|' || "
            f"coalesce({text}, '') || '|' || quantity || '|' || unit_price || '|' || {moment}) FROM {entity}"
        )
        for entity, document, text, moment in (
            ("order_lines", "order_source_id", "name", "ordered_at"),
            ("returns", "number", "reason", "returned_at"),
        )
    )
    assert twins == 784


def test_gross_sales_and_credit_notes(hub: Hub) -> None:
    sales = hub.number(
        "SELECT sum(quantity / 1000000 * unit_price) FROM order_lines WHERE quantity > 0 AND unit_price > 0"
    )
    credit = hub.number("SELECT sum(quantity / 1000000 * unit_price) FROM returns")
    everything = hub.number("SELECT sum(quantity / 1000000 * unit_price) FROM order_lines") - credit
    assert cents(sales) == Decimal("1932635.81")
    assert cents(-credit) == Decimal("-191305.82")
    assert cents(everything) == Decimal("1741329.99")


def test_gross_by_month(hub: Hub) -> None:
    sales, credit = by_month(hub, "order_lines", "ordered_at"), by_month(hub, "returns", "returned_at")
    assert {month: str(cents(sales[month] - credit[month])) for month in sales} == {
        "2011-01": "560000.26",
        "2011-02": "498062.65",
        "2011-03": "683267.08",
    }


def test_documents_and_customers(hub: Hub) -> None:
    invoices = hub.number("SELECT count(*) FROM orders")
    credit_notes = hub.number("SELECT count(DISTINCT number) FROM returns")
    assert invoices + credit_notes == 4_852
    assert hub.number("SELECT count(*) FROM customers") == 1_812


def test_sales_to_unknown_buyers_are_kept(hub: Hub) -> None:
    lines = hub.number(
        "SELECT count(*) FROM order_lines l JOIN orders o ON o.source = l.source AND o.source_id = order_source_id "
        "WHERE customer_source_id IS NULL"
    )
    returns = hub.number("SELECT count(*) FROM returns WHERE customer_source_id IS NULL")
    assert lines + returns == 29_505


def test_corrections_of_stock_are_no_sales(hub: Hub) -> None:
    cancelled = "FROM orders WHERE status = 'cancelled'"
    assert hub.number(f"SELECT count(*) {cancelled}") == 278
    assert (
        hub.number(f"SELECT sum(unit_price) FROM order_lines WHERE order_source_id IN (SELECT source_id {cancelled})")
        == 0
    )


def test_every_line_has_its_product(hub: Hub) -> None:
    for entity in ("order_lines", "returns"):
        dangling = f"FROM {entity} WHERE product_source_id NOT IN (SELECT source_id FROM products)"
        assert hub.number(f"SELECT count(*) {dangling}") == 0


def test_postage_and_fees_are_no_goods(hub: Hub) -> None:
    kinds = dict(
        hub.rows("SELECT source_id, kind FROM products WHERE source_id IN ('POST', 'AMAZONFEE', 'D', '22386')")
    )
    assert kinds == {"POST": "shipping", "AMAZONFEE": "fee", "D": "discount", "22386": "goods"}


def test_a_product_keeps_its_newest_name(hub: Hub) -> None:
    assert hub.number("SELECT count(*) FROM products WHERE name IS NOT NULL") == 3_007


def test_reading_everything_again_changes_nothing(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ONLINE_RETAIL_DIR", str(DATA / "online_retail_2011q1"))
    assert hub.run("sync", "--full") == 0
    assert hub.rows("SELECT inserted, deleted FROM hub_runs ORDER BY id DESC LIMIT 1") == [(0, 0)]
    assert hub.number("SELECT updated FROM hub_runs ORDER BY id DESC LIMIT 1") == 0
