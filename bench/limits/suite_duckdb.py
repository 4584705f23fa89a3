"""A dozen metrics of the suite by hand, in DuckDB on Parquet, in EUR at the day's rate, customers counted once.

`python -m bench.limits.suite_duckdb PROJECT prepare|run`; PROJECT is one of `bench.suite_data`. The records are those
of the sources' CSV files; rates are joined by the day, and quotients are floats: the least that gives these figures.
"""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb

_EXACT = (
    "quantity", "unit_price", "unit_cost", "total", "discount_rate", "refund", "on_hand", "cost", "rate", "amount",
)  # fmt: skip
_NAMES = ("customers", "orders", "order_lines", "returns", "stock_levels", "stock_history", "fx_rates",
          "marketing_spend", "product_costs")  # fmt: skip
_SALES = (
    "CREATE TEMP TABLE rates AS SELECT currency, rate_on AS day, rate FROM fx_rates",
    """CREATE TEMP TABLE placed AS SELECT source, source_id, customer_source_id AS customer, currency, promised_at,
           delivered_at, status, (ordered_at AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Berlin')::date AS day
       FROM orders""",
    """CREATE TEMP TABLE lines AS
       SELECT o.source, o.source_id, o.customer, o.day, l.product_source_id, l.quantity, l.discount_rate,
              l.quantity * l.unit_price * (1 - coalesce(l.discount_rate, 0)) / coalesce(r.rate, 1) AS net,
              l.quantity * l.unit_price / coalesce(r.rate, 1) AS listed,
              l.quantity * l.unit_cost / coalesce(r.rate, 1) AS cost
       FROM order_lines l JOIN placed o ON o.source = l.source AND o.source_id = l.order_source_id
       LEFT JOIN rates r ON r.currency = o.currency AND r.day = o.day WHERE o.status <> 'cancelled'""",
    """CREATE TEMP TABLE sold AS SELECT source, source_id, any_value(customer) AS customer, any_value(day) AS day,
              sum(net) AS net FROM lines GROUP BY ALL""",
    """CREATE TEMP TABLE first AS SELECT customer, min(day) AS first_day, max(day) AS last_day, count(*) AS orders,
              sum(net) AS net FROM sold GROUP BY ALL""",
)
_METRICS = (
    "SELECT date_trunc('month', day), sum(net) FROM sold GROUP BY ALL",
    "SELECT sum(net) / count(*), count(*), count(DISTINCT customer) FROM sold",
    "SELECT date_trunc('month', day), sum(net), sum(cost) FROM lines GROUP BY ALL",
    "SELECT sum(net), sum(listed - net) FROM lines",
    """SELECT customer, ntile(5) OVER (ORDER BY last_day), ntile(5) OVER (ORDER BY orders), ntile(5) OVER (ORDER BY net)
       FROM first""",
    """SELECT date_trunc('month', day), count(DISTINCT s.customer), count(DISTINCT s.customer) FILTER (day = first_day),
              sum(s.net), sum(s.net) FILTER (day = first_day),
              count(DISTINCT s.customer) FILTER (day - before > 365)
       FROM (SELECT *, lag(day) OVER (PARTITION BY customer ORDER BY day) AS before FROM sold) s
       JOIN first USING (customer) GROUP BY ALL""",
    """SELECT date_trunc('month', first_day), date_diff('month', first_day, day), count(DISTINCT customer), sum(s.net)
       FROM sold s JOIN first USING (customer) GROUP BY ALL""",
    """SELECT sum(net) / sum(orders), sum(orders), count(*), max(last_day) - min(first_day), avg(last_day - first_day),
              (SELECT sum(amount) FROM marketing_spend) / count(*) FROM first""",
    """SELECT (SELECT sum(cost) FROM lines) / (sum(worth * lasted) / 60480000) FROM (
           SELECT on_hand * unit_cost AS worth, epoch(lead(changed_at) OVER (PARTITION BY source_id ORDER BY changed_at)
           - changed_at) AS lasted FROM stock_history)""",
    "SELECT product_source_id, sum(on_hand), sum(on_hand * unit_cost) FROM stock_levels GROUP BY ALL",
    """SELECT date_trunc('month', day), count(*), count(*) FILTER (delivered_at::date <= promised_at::date) FROM placed
       WHERE status <> 'cancelled' GROUP BY ALL""",
    """SELECT sum(refund / coalesce(r.rate, 1)) / (SELECT sum(net) FROM sold) FROM returns b
       JOIN placed o ON o.source = b.source AND o.source_id = b.order_source_id
       LEFT JOIN rates r ON r.currency = o.currency AND r.day = b.returned_at::date""",
)


def prepare(folder: Path) -> None:
    """CSV -> Parquet with exact types; the history of stock, which no CSV has, from the store."""
    target = folder / "by_hand"
    if target.exists():
        return
    target.mkdir()
    with duckdb.connect() as db:
        for name in _NAMES[:-4] + _NAMES[-3:]:
            files = [str(path) for path in sorted((folder / "data").glob(f"*/{name}.csv"))]
            header = [name for name, *_ in db.execute(f"DESCRIBE SELECT * FROM '{files[0]}'").fetchall()]
            columns = ", ".join(f"'{column}': '{_type(column)}'" for column in header)
            read = f"read_csv({files}, header=true, filename=true, columns={{{columns}}})"
            source = "split_part(filename, '/', -2) AS source"
            db.execute(f"COPY (SELECT * EXCLUDE (filename), {source} FROM {read}) TO '{target / name}.parquet'")
        history = f"read_parquet('{folder}/var/replica/base-*stock_history*.parquet')"
        columns = "source_id, changed_at, on_hand, unit_cost"
        db.execute(f"COPY (SELECT {columns} FROM {history}) TO '{target}/stock_history.parquet'")


def _type(name: str) -> str:
    if name in _EXACT:
        return "DECIMAL(18,6)"
    return "TIMESTAMP" if name.endswith("_at") else "DATE" if name == "rate_on" else "VARCHAR"


def run(folder: Path) -> None:
    """All of them, results fetched."""
    with duckdb.connect() as db:
        for path in (folder / "by_hand").glob("*.parquet"):
            db.execute(f"CREATE VIEW {path.stem} AS SELECT * FROM '{path}'")
        for statement in (*_SALES, *_METRICS):
            db.execute(statement).fetchall()


if __name__ == "__main__":
    {"prepare": prepare, "run": run}[sys.argv[2]](Path(sys.argv[1]))
