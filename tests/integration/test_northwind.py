"""Northwind, from CSV by YAML alone: the numbers are those of shared/data/README.md, to the cent."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from support.real_data import DATA, Hub, cents, synced

NET = "quantity / 1000000 * unit_price * (1000000 - coalesce(discount_rate, 0))"
"""Net of a line in 10^-12ths: quantities are whole here, so every step is exact."""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Hub:
    with pytest.MonkeyPatch.context() as monkeypatch:
        yield synced(tmp_path_factory.mktemp("hub"), "northwind", "NORTHWIND_DIR", DATA / "northwind", monkeypatch)


@pytest.mark.parametrize(
    ("entity", "count"),
    [("customers", 91), ("orders", 830), ("order_lines", 2155), ("products", 77), ("suppliers", 29)],
)
def test_every_row_is_held(hub: Hub, entity: str, count: int) -> None:
    assert hub.number(f"SELECT count(*) FROM {entity} WHERE deleted_at IS NULL") == count


def test_nothing_is_in_quarantine(hub: Hub) -> None:
    assert hub.number("SELECT count(*) FROM hub_quarantine") == 0


def test_gross_net_and_freight(hub: Hub) -> None:
    assert cents(hub.number("SELECT sum(quantity / 1000000 * unit_price) FROM order_lines")) == Decimal("1354458.59")
    assert cents(hub.number(f"SELECT sum({NET}) FROM order_lines"), 12) == Decimal("1265793.04")
    assert cents(hub.number("SELECT sum(freight_cost) FROM orders")) == Decimal("64942.69")


def test_net_by_year(hub: Hub) -> None:
    rows = hub.rows(
        f"SELECT strftime('%Y', o.ordered_at / 1000000, 'unixepoch'), sum({NET}) FROM order_lines l "
        "JOIN orders o ON o.source_id = l.order_source_id GROUP BY 1"
    )
    assert {year: cents(net, 12) for year, net in rows} == {  # type: ignore[arg-type]
        "1996": Decimal("208083.97"),
        "1997": Decimal("617085.20"),
        "1998": Decimal("440623.87"),
    }


def test_net_by_category(hub: Hub) -> None:
    rows = hub.rows(
        f"SELECT p.category, sum({NET.replace('unit_price', 'l.unit_price')}) FROM order_lines l "
        "JOIN products p ON p.source_id = l.product_source_id GROUP BY 1"
    )
    assert {category: str(cents(net, 12)) for category, net in rows} == {  # type: ignore[arg-type]
        "Beverages": "267868.18", "Condiments": "106047.08", "Confections": "167357.23", "Dairy Products": "234507.28",
        "Grains/Cereals": "95744.59", "Meat/Poultry": "163022.36", "Produce": "99984.58", "Seafood": "131261.74",
    }  # fmt: skip


def test_best_customers(hub: Hub) -> None:
    rows = hub.rows(
        f"SELECT o.customer_source_id, sum({NET}) FROM order_lines l JOIN orders o ON o.source_id = l.order_source_id "
        "GROUP BY 1 ORDER BY 2 DESC LIMIT 3"
    )
    assert [(customer, str(cents(net, 12))) for customer, net in rows] == [  # type: ignore[arg-type]
        ("QUICK", "110277.31"), ("ERNSH", "104874.98"), ("SAVEA", "104361.95"),
    ]  # fmt: skip


def test_freight_by_carrier(hub: Hub) -> None:
    rows = hub.rows("SELECT carrier, sum(freight_cost) FROM orders GROUP BY 1")
    assert {carrier: str(cents(freight)) for carrier, freight in rows} == {  # type: ignore[arg-type]
        "Federal Shipping": "20512.51",
        "Speedy Express": "16185.33",
        "United Package": "28244.85",
    }


def test_delivery(hub: Hub) -> None:
    assert hub.number("SELECT count(*) FROM orders WHERE shipped_at IS NULL") == 21
    assert hub.number("SELECT count(*) FROM orders WHERE shipped_at > requested_at") == 37
    days = hub.rows("SELECT sum((shipped_at - ordered_at) / 86400000000), count(shipped_at) FROM orders")[0]
    assert round(days[0] / days[1], 3) == 8.492  # type: ignore[operator]


def test_stock_at_list_price(hub: Hub) -> None:
    assert hub.number("SELECT sum(on_hand) FROM stock_levels") == 3_119_000_000
    value = hub.number(
        "SELECT sum(on_hand / 1000000 * list_price) FROM stock_levels s "
        "JOIN products p ON p.source_id = product_source_id"
    )
    assert cents(value) == Decimal("73953.35")
    assert hub.number("SELECT count(*) FROM products WHERE status = 'discontinued'") == 10
    low = "on_hand + p.units_on_order <= p.reorder_level AND p.status = 'active'"
    joined = "FROM stock_levels s JOIN products p ON p.source_id = product_source_id"
    assert hub.number(f"SELECT count(*) {joined} WHERE {low}") == 2


def test_no_cost_is_invented(hub: Hub) -> None:
    assert hub.number("SELECT count(*) FROM products WHERE unit_cost IS NOT NULL") == 0


def test_a_second_sync_reads_no_file(hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NORTHWIND_DIR", str(DATA / "northwind"))
    before = hub.number("SELECT sum(rows_read) FROM hub_runs")
    assert hub.run("sync") == 0
    assert hub.number("SELECT sum(rows_read) FROM hub_runs") == before
