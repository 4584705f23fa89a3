"""Rows of a result: in order, as many as are asked for, also of large results, and when the engine is gone."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal as D

import pytest
from support.canonical import CATALOGUE, engine

from hub.sdk.metric import MONEY
from metrics import rows
from metrics.show import source_lines
from metrics.sources import Source
from metrics.text import figure, table

ORDERS = [
    {"source_id": str(n), "customer_source_id": f"c{n % 7}", "ordered_at": datetime(2024, 1 + n % 5, 3), "total": D(n)}
    for n in range(60)
]


@pytest.mark.parametrize("few", [0, 1000])
def test_rows_are_the_same_however_many_there_are(few: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_FEW", few)
    asked = [CATALOGUE.request("revenue", by=["month", "customer"]), CATALOGUE.request("rfm")]
    made = engine(orders=ORDERS)
    results = made.compute_all([*asked, CATALOGUE.request("inventory_turnover")])[:2]
    del made
    revenue, rfm = results
    assert (revenue.count, rfm.count) == (35, 7)
    assert revenue.head(3) == revenue.rows[:3]
    assert [row[:3] for row in revenue.rows] == sorted(row[:3] for row in revenue.rows)
    assert sum(revenue.values("gross")) == D(sum(range(60)))
    assert len(table(revenue, 5)) == 1 + 5 + 1
    assert table(revenue, 5)[-1] == "... and 30 more rows"


def test_a_metric_alone_is_what_it_is_among_others() -> None:
    made = engine(orders=ORDERS)
    request = CATALOGUE.request("customer_lifetime_value", by=["customer"], defaults={"lifespan_years": D(3)})
    alone = made.compute(request)
    among, _ = made.compute_all([request, CATALOGUE.request("average_order_value")])
    assert alone.rows == among.rows
    assert (alone.counted, alone.asides) == (among.counted, among.asides)


def test_the_usual_questions_load_neither_ibis_nor_pandas() -> None:
    code = (
        "import sys; from metrics.base import Catalogue; from metrics.catalogue import hub_metrics\n"
        "from metrics.compiled import compiled; import metrics.engine, metrics.workbench, metrics.text, metrics.show\n"
        "known = Catalogue(hub_metrics())\n"
        "for name in known.metrics:\n"
        "    request = known.request(name)\n"
        "    compiled(request.metric, request.by, converts=True)\n"
        "print(sorted({'ibis', 'pandas', 'pyarrow', 'sqlglot', 'numpy', 'sqlalchemy'} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("value", "shown"), [("-0.004", "0.00"), ("-0.006", "-0.01"), ("-0.005", "0.00"), ("2.5", "2.50")]
)
def test_less_than_half_a_cent_is_nothing_and_has_no_sign(value: str, shown: str) -> None:
    assert figure(D(value), MONEY) == shown


def test_sources_are_told_by_system_and_streams_only_where_something_is_wrong() -> None:
    moment = datetime(2024, 5, 1, tzinfo=UTC)
    whole = [Source("erp", name, moment, 5, 5, 0, "ok", "") for name in ("customers", "orders")]
    bad = [
        Source("erp", "stock", moment, 5, 8, 3, "partial", ""),
        Source("shop", "orders", None, None, None, 0, "failed", ""),
    ]
    assert list(source_lines([*whole, *bad])) == [
        "erp: 2 streams, complete; read on 2024-05-01 00:00 UTC or later",
        "erp/stock: read on 2024-05-01 00:00 UTC, 5 records out of 8 rows there, 3 rows in quarantine",
        "shop/orders: never read completely, last run failed",
    ]
