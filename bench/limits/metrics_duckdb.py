"""The four metrics of the baseline by hand, in DuckDB on Parquet: monthly revenue per customer, customer lifetime
value, inventory turnover by product, RFM per customer; amounts in EUR at the rate of the order's day.

`python -m bench.limits.metrics_duckdb FOLDER prepare|run`
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

TYPES = {"quantity": "DECIMAL(20,6)", "on_hand": "DECIMAL(20,6)", "rate": "DECIMAL(20,6)", "rate_on": "DATE"}
MONEY = ("unit_price", "unit_cost", "total")

NET = """
    CREATE TEMP TABLE sales AS
    SELECT o.customer_id, o.ordered_at, l.sku, l.quantity * l.unit_cost AS cost, l.order_id,
           l.quantity * l.unit_price / coalesce(r.rate, 1) AS net
    FROM order_lines l JOIN orders o ON o.id = l.order_id
    ASOF LEFT JOIN fx_rates r ON r.currency = o.currency AND r.rate_on <= o.ordered_at::date
    WHERE o.status <> 'cancelled'"""
METRICS = (
    "SELECT date_trunc('month', ordered_at), customer_id, sum(net) FROM sales GROUP BY ALL",
    "SELECT sum(net) / count(DISTINCT order_id), count(DISTINCT order_id), count(DISTINCT customer_id), "
    "min(ordered_at), max(ordered_at) FROM sales",
    "SELECT s.sku, s.cogs / sum(k.on_hand * k.unit_cost) FROM (SELECT sku, sum(cost) AS cogs FROM sales GROUP BY 1) s "
    "JOIN stock k USING (sku) GROUP BY s.sku, s.cogs",
    "SELECT customer_id, ntile(5) OVER (ORDER BY max(ordered_at)), ntile(5) OVER (ORDER BY count(DISTINCT order_id)), "
    "ntile(5) OVER (ORDER BY sum(net)) FROM sales GROUP BY 1",
)


def prepare(folder: Path) -> None:
    """CSV -> Parquet with exact types."""
    with duckdb.connect() as connection:
        for path in sorted(folder.glob("*.csv")):
            header = path.open(encoding="utf-8").readline().strip().split(",")
            types = {name: TYPES.get(name, _type(name)) for name in header}
            columns = ", ".join(f"'{name}': '{kind}'" for name, kind in types.items())
            source = f"read_csv('{path}', header=true, columns={{{columns}}})"
            connection.execute(f"COPY (SELECT * FROM {source}) TO '{path.with_suffix('.parquet')}'")


def _type(name: str) -> str:
    if name in MONEY:
        return "DECIMAL(20,6)"
    return "TIMESTAMP" if name.endswith("_at") else "VARCHAR"


def run(folder: Path) -> None:
    """All four, results fetched."""
    with duckdb.connect() as connection:
        for path in folder.glob("*.parquet"):
            connection.execute(f"CREATE VIEW {path.stem} AS SELECT * FROM '{path}'")
        connection.execute(NET)
        for query in METRICS:
            connection.execute(query).fetchall()


if __name__ == "__main__":
    {"prepare": prepare, "run": run}[sys.argv[2]](Path(sys.argv[1]))
