"""Metrics that an admin writes in YAML: SQL over the canonical tables, checked before anything is computed."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal as D
from pathlib import Path
from typing import Any

import pytest
from support.canonical import engine

from hub.errors import ConfigError, MetricUndefined
from hub.schemas import metrics_schema
from metrics.base import Catalogue
from metrics.explain import explain
from metrics.own import own_metrics

OPEN = """\
open_value:
  title: Open orders
  unit: money
  dimensions: [month, channel, customer, size]
  formula: value = sum of the totals of open orders; average = value / orders
  source: Agreed with finance
  day: ordered_at
  record: orders
  figures:
    orders: {count: source_id}
    value: {sum: total, currency: currency, unit: money}
    average: {ratio: [value, orders], digits: 2}
  value: value
  sql: |
    SELECT source, source_id, ordered_at, channel, customer_source_id, total, currency,
           CASE WHEN total > 15 THEN 'big' ELSE 'small' END AS size
    FROM orders WHERE status = 'open'
"""
MAY, JUNE = datetime(2024, 5, 31, 23), datetime(2024, 6, 2)
ORDERS = [
    {"source_id": "1", "status": "open", "channel": "web", "total": D("10.50"), "currency": "EUR", "ordered_at": MAY,
     "customer_source_id": "a"},
    {"source_id": "2", "status": "open", "channel": "web", "total": D(20), "currency": "USD", "ordered_at": JUNE,
     "customer_source_id": "a"},
    {"source_id": "3", "status": "open", "channel": "phone", "total": D(5), "currency": "XXX", "ordered_at": JUNE},
    {"source_id": "4", "status": "shipped", "channel": "phone", "total": D(99), "currency": "EUR", "ordered_at": JUNE},
]  # fmt: skip
RATES = [{"source_id": "u", "base_currency": "EUR", "currency": "USD", "rate": D(2), "rate_on": date(2024, 1, 1)}]


def read(folder: Path, text: str) -> Catalogue:
    (folder / "metrics").mkdir(exist_ok=True)
    (folder / "metrics" / "own.yaml").write_text(text, encoding="utf-8")
    return Catalogue([]).with_own(own_metrics(folder, frozenset({"revenue"})))


def mistakes(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read(folder, text)
    return [mistake.split("own.yaml:", 1)[1] for mistake in caught.value.mistakes]


def broken(sql: str, **more: Any) -> str:
    return "mine: " + json.dumps({"title": "A", "formula": "x", "source": "me", "sql": sql, **more})


@pytest.fixture
def known(tmp_path: Path) -> Catalogue:
    return read(tmp_path, OPEN)


def test_amounts_are_converted_at_the_rate_of_the_day(known: Catalogue) -> None:
    result = engine(orders=ORDERS, fx_rates=RATES).compute(known.request("open_value"))
    assert result.rows == [(2, D("20.50"), D("10.25"))]
    assert [str(aside) for aside in result.asides] == [
        "1 orders record: no exchange rate into the reporting currency (XXX)"
    ]


@pytest.mark.parametrize(
    ("by", "rows"),
    [
        ("size", [("big", D("10.00")), ("small", D("10.50"))]),
        ("month", [(date(2024, 5, 1), D("10.50")), (date(2024, 6, 1), D("10.00"))]),
        ("channel", [("web", D("20.50"))]),
    ],
)
def test_it_is_grouped_by_its_columns_and_by_what_follows_from_them(
    known: Catalogue, by: str, rows: list[tuple[Any, ...]]
) -> None:
    result = engine(orders=ORDERS, fx_rates=RATES).compute(known.request("open_value", by=[by]))
    assert list(zip(result.values(result.columns[0].name), result.values("value"), strict=True)) == rows


def test_the_day_is_that_of_the_reporting_time_zone(known: Catalogue) -> None:
    hub = engine(zone="Europe/Berlin", orders=ORDERS, fx_rates=RATES)
    june = known.request("open_value", start=date(2024, 6, 1))
    assert hub.compute(june).values("value") == [D("20.50")]


def test_customers_are_golden_customers(known: Catalogue) -> None:
    links = [{"source_id": "a", "golden_id": "C1"}]
    hub = engine(orders=ORDERS, fx_rates=RATES, customer_identities=links)
    assert hub.compute(known.request("open_value", by=["customer"])).values("customer_id") == ["C1"]


def test_an_explanation_ends_at_the_records(known: Catalogue) -> None:
    found = explain(engine(orders=ORDERS, fx_rates=RATES), known.request("open_value", by=["channel"]), ["web"])
    assert [record.source_id for record in found.records.page(10)] == ["1", "2"]
    assert "FROM orders WHERE status = 'open'" in found.request.metric.formula
    assert "Reads orders." in found.request.metric.formula


def test_without_figures_the_column_of_its_name_is_added_up(tmp_path: Path) -> None:
    known = read(tmp_path, broken("SELECT channel, count(*) AS mine FROM orders GROUP BY 1", dimensions=["channel"]))
    hub = engine(orders=ORDERS)
    assert hub.compute(known.request("mine")).value == 4
    assert hub.compute(known.request("mine", by=["channel"])).values("mine") == [2, 2]


def test_no_row_is_no_number(known: Catalogue) -> None:
    with pytest.raises(MetricUndefined):
        engine().compute(known.request("open_value"))


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("SELECT totl AS mine FROM orders", "there is no column `totl`. Did you mean `total`?"),
        ("SELECT total AS mine FROM ordrs", "there is no table `ordrs`. Did you mean `orders`?"),
        ("SELEC 1", 'syntax error at or near "SELEC"'),
        ("SELECT 1 AS mine; DROP TABLE orders", "expected one SELECT"),
        ("DELETE FROM orders", "expected one SELECT"),
        ("COPY orders TO '/tmp/x.csv'", "expected one SELECT"),
        ("ATTACH '/tmp/x.db'", "expected one SELECT"),
        ("SELECT * FROM read_csv('/etc/passwd')", "`read_csv` is not allowed"),
        ("SELECT * FROM '/etc/passwd.csv'", "reads a file or the network"),
        ("SELECT * FROM 'https://example.com/x.parquet'", "reads a file or the network"),
        ("SELECT count(*) AS mine FROM duckdb_settings()", "`duckdb_settings` is not allowed"),
        ("SELECT count(*) AS mine FROM orders WHERE ordered_at < now()", "`now` gives something else each time"),
        ("SELECT avg(total) AS mine FROM orders", "`mine` is neither exact nor a text"),
        ("SELECT channel AS mine FROM orders", "`mine` is no number"),
        ("SELECT total AS other FROM orders", "the SQL gives no column `mine`"),
    ],
)
def test_sql_that_cannot_be_is_told(tmp_path: Path, sql: str, told: str) -> None:
    (mistake,) = mistakes(tmp_path, broken(sql))
    assert told in mistake


def test_the_place_of_a_mistake_is_that_in_the_sql(tmp_path: Path) -> None:
    text = OPEN.replace("channel, customer_source_id, total", "chanel, customer_source_id, total")
    assert mistakes(tmp_path, text) == ["15:43: open_value.sql: there is no column `chanel`. Did you mean `channel`?"]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = OPEN.replace("  unit: money\n", "  unti: money\n", 1) + (
        "revenue:\n  title: x\n  formula: x\n  source: x\n  sql: SELECT 1 AS revenue\n"
        "other:\n  title: x\n  formula: x\n  source: x\n  sql: SELECT channel, 1 AS other FROM orders\n"
        "  dimensions: [month, customer, chanel]\n  by: [channel]\n  figures: {a: {sum: channel}, b: {ratio: [a, c]}}\n"
    )
    told = " ".join(mistakes(tmp_path, text))
    for part in (
        "no setting `unti` here. Did you mean `unit`?", "there is a metric `revenue` already", "`month` needs `day`",
        "`customer` follows from source and customer_source_id", "no column `chanel`. Did you mean `channel`?",
        "`channel` is not among its dimensions", "`channel` is no number", "`c` is no figure to take a ratio of",
    ):  # fmt: skip
        assert part in told


def test_its_schema_says_what_a_definition_may_have() -> None:
    schema = metrics_schema()["$defs"]["OwnMetric"]
    assert schema["required"] == ["title", "sql", "formula", "source"]
    assert all(setting.get("description") for setting in schema["properties"].values())


def test_the_shipped_example_is_sound() -> None:
    example = Path(__file__).parents[2] / "config" / "examples" / "northwind"
    assert [metric.id for metric in own_metrics(example)] == ["freight_by_weekday"]
