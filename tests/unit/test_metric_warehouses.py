"""One warehouse, listed by several systems: its goods count once, and everything that is listed can be seen."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from support.canonical import compute, engine, rows

from hub.errors import ConfigError
from hub.plugins import Registry
from hub.settings import load
from metrics.authority import Place, make_places, places
from metrics.engine import Engine
from metrics.report.content import Content
from metrics.report.systems import system_section


def level(source: str, source_id: str, product: str, on_hand: int, location: str | None) -> dict[str, Any]:
    return {"source": source, "source_id": source_id, "product_source_id": product, "on_hand": D(on_hand),
            "location_source_id": location, "currency": "EUR"}  # fmt: skip


PRODUCTS = [
    {"source": "sap", "source_id": "P", "sku": "P", "unit_cost": D(4), "currency": "EUR"},
    {"source": "shop", "source_id": "9", "sku": "P", "unit_cost": D(5), "currency": "EUR"},
    {"source": "shop", "source_id": "Q", "sku": "Q"},
]
LOCATIONS = [{"source": "sap", "source_id": "1010:A", "parent_source_id": "1010"}]
LEVELS = [
    level("sap", "1", "P", 10, "1010:A"), level("sap", "2", "P", 7, "2000"),
    level("shop", "1", "9", 9, "Hamburg"), level("shop", "2", "Q", 3, "Hamburg"), level("shop", "3", "9", 1, None),
]  # fmt: skip


def held(**warehouses: tuple[str, ...]) -> Engine:
    made = engine(products=PRODUCTS, locations=LOCATIONS, stock_levels=LEVELS)
    make_places(made.db, warehouses)
    return made


def on_hand(**warehouses: tuple[str, ...]) -> D:
    value: D = compute(held(**warehouses), "stock_on_hand").value
    return value


def test_without_warehouses_all_that_is_listed_counts() -> None:
    assert on_hand() == D(30)


def test_the_stock_of_a_warehouse_is_told_by_its_first_system() -> None:
    assert on_hand(north=("sap/1010:A", "shop/Hamburg")) == D(18)  # 10 + 7 of SAP, 1 of the shop that lies elsewhere
    assert on_hand(north=("shop/Hamburg", "sap/1010:A")) == D(20)


def test_a_location_stands_for_all_that_lies_within_it() -> None:
    assert on_hand(north=("shop/Hamburg", "sap/1010")) == D(20)


def test_a_system_alone_stands_for_all_its_stock_but_for_what_is_named() -> None:
    assert on_hand(north=("sap/1010", "shop")) == D(17)
    assert on_hand(north=("sap", "shop")) == D(17)
    assert on_hand(north=("sap/1010", "shop"), south=("shop/Hamburg", "sap/2000")) == D(22)  # 10 of SAP, 12 of the shop


def test_a_place_without_stock_does_not_make_that_of_others_disappear() -> None:
    made = held(north=("sap/1011", "shop/Hamburg", "sap/1010"))
    assert compute(made, "stock_on_hand").value == D(20)
    assert places(made.db) == [
        Place("north", "sap/1011", False, 0), Place("north", "shop/Hamburg", True, 2),
        Place("north", "sap/1010", False, 1),
    ]  # fmt: skip


def test_what_does_not_count_is_told_with_its_warehouse() -> None:
    result = compute(held(north=("sap/1010", "shop")), "stock_value")
    assert result.value == D("68.00")  # 17 x 4
    assert [(aside.detail, aside.rows, aside.by_rule) for aside in result.asides] == [("north", 3, True)]


def test_history_counts_once_too() -> None:
    changes = [
        {**level("sap", "1", "P", 10, "1010:A"), "changed_at": datetime(2024, 1, 1), "unit_cost": D(2)},
        {**level("shop", "1", "9", 10, "Hamburg"), "changed_at": datetime(2024, 1, 1), "unit_cost": D(2)},
    ]
    sold = {
        "orders": [{"source": "sap", "source_id": "1", "ordered_at": datetime(2024, 1, 4), "currency": "EUR"}],
        "order_lines": [
            {"source": "sap", "source_id": "a", "order_source_id": "1", "product_source_id": "P", "quantity": D(10),
             "unit_price": D(5), "unit_cost": D(2)},
        ],
    }  # fmt: skip
    made = engine(products=PRODUCTS, stock_history=changes, **sold)
    make_places(made.db, {"north": ("sap/1010:A", "shop/Hamburg")})
    assert compute(made, "inventory_turnover").value == D("1.000000")  # 20 sold of 20 at cost; 0.5 where both counted


def test_stock_and_cost_show_each_system_beside_the_other() -> None:
    links = [
        {"source": "sap", "source_id": "P", "golden_id": "G1"},
        {"source": "shop", "source_id": "9", "golden_id": "G1"},
    ]
    made = engine(products=PRODUCTS, stock_levels=LEVELS, product_identities=links)
    make_places(made.db, {"north": ("sap/1010:A", "shop/Hamburg")})
    by = ("product", "source")
    found = rows(compute(made, "stock_and_cost", by=by, given={"least_systems": "2"}))
    said = [(row["product_id"], row["source"], row["units"], row["counted"], row["unit_cost"]) for row in found]
    assert said == [("G1", "sap", D(17), D(17), D(4)), ("G1", "shop", D(10), D(1), D(5))]
    assert len(rows(compute(made, "stock_and_cost", by=by))) == 3  # and what the shop alone lists


def test_the_report_shows_what_does_not_count_in_brackets_and_says_why() -> None:
    links = [
        {"source": "sap", "source_id": "P", "golden_id": "G1"}, {"source": "shop", "source_id": "9", "golden_id": "G1"},
    ]  # fmt: skip
    made = engine(products=PRODUCTS, stock_levels=LEVELS, product_identities=links)
    make_places(made.db, {"north": ("sap/1010:A", "shop", "sap/nowhere")})
    content = Content("Test", datetime(2026, 1, 1), "EUR", "UTC", None, None, places=places(made.db))
    content.results["systems"] = compute(made, "stock_and_cost", by=("product", "source"), given={"least_systems": "2"})
    section = system_section(content)
    assert section is not None
    assert section.table.heads == ("Product", "", "sap", "shop", "Counted")
    assert [list(row[2:]) for row in section.table.rows] == [["17", "(10)", "17"], ["4.00", "5.00", ""]]
    assert "north by sap/1010:A" in section.lead
    assert "No stock is held for sap/nowhere" in section.lead


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("{north: [erp/1, shop/2]}", "there is no connector instance `shop`. Choose from: erp."),
        ("{north: [erp/1]}", "at least 2"),
        ("{north: [erp/1, erp/1]}", "`erp/1` is in north twice"),
        ("{north: [erp/1, erp/2], south: [erp/3, erp/2]}", "`erp/2` is in north and in south"),
        ("{north: [erp/1, erp/]}", "`erp/` is no place"),
    ],
)
def test_a_warehouse_that_cannot_be_is_told_with_its_line(tmp_path: Path, said: str, problem: str) -> None:
    (tmp_path / "config" / "connectors").mkdir(parents=True)
    (tmp_path / "config" / "hub.yaml").write_text(f"warehouses: {said}\n")
    (tmp_path / "config" / "connectors" / "erp.yaml").write_text("kind: csv\nfolder: .\n")
    with pytest.raises(ConfigError) as refused:
        load(tmp_path / "config", Registry())
    assert problem in refused.value.mistakes[0]
    assert "hub.yaml:1:" in refused.value.mistakes[0]
