"""The data of `../shared/bench-baseline.md`: N orders, N/10 customers, 3N order lines, five stock rows a SKU.

Written by DuckDB straight to CSV, deterministic, cached under `bench/data/`. `delta` is one more set of files in which
one row in a hundred came again with other values and a later change stamp.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CACHE = Path(__file__).parent / "data"
LOCATIONS = 5


@dataclass(frozen=True)
class Shape:
    """How many rows of each file belong to N orders."""

    orders: int

    @property
    def customers(self) -> int:
        return self.orders // 10

    @property
    def lines(self) -> int:
        return self.orders * 3

    @property
    def skus(self) -> int:
        return min(5_000, max(100, self.orders // 100))

    @property
    def stock(self) -> int:
        return self.skus * LOCATIONS

    @property
    def rows(self) -> int:
        return self.orders + self.customers + self.lines + self.stock


def _selects(shape: Shape) -> dict[str, str]:
    """File -> query of its rows. Values depend on the row number only, so that every run has the same data."""
    return {
        "customers": f"""
            SELECT 'C' || lpad(i::varchar, 8, '0') AS id, 'Customer ' || i || ' Ltd.' AS name,
                   'buyer' || i || '@example.com' AS email,
                   'DE' || lpad((100000000 + i)::varchar, 9, '0') AS vat_id,
                   list_value('Retail','Food','Machinery','Chemicals','Services')[1 + i % 5] AS industry,
                   list_value('DE','FR','US','GB','CN','NL')[1 + i % 6] AS country,
                   {_stamp("i * 37")} AS created_at, {_stamp("i * 37 + 1000")} AS updated_at
            FROM range({shape.customers}) t(i)""",
        "orders": f"""
            SELECT 'O' || lpad(i::varchar, 9, '0') AS id, 'C' || lpad((i * 7919 % {shape.customers})::varchar, 8, '0')
                   AS customer_id, {_stamp("i * 61")} AS ordered_at,
                   list_value('open','shipped','completed','cancelled')[1 + i % 4] AS status,
                   list_value('EUR','USD','GBP')[1 + i % 3] AS currency,
                   ((i * 104729 % 9000000 + 1000)::decimal(12,0) / 100)::decimal(12,2) AS total,
                   {_stamp("i * 61 + 500")} AS updated_at
            FROM range({shape.orders}) t(i)""",
        "order_lines": f"""
            SELECT 'L' || lpad(i::varchar, 10, '0') AS id, 'O' || lpad((i // 3)::varchar, 9, '0') AS order_id,
                   'SKU' || lpad((i * 31 % {shape.skus})::varchar, 5, '0') AS sku, 1 + i % 20 AS quantity,
                   ((i * 7907 % 90000 + 100)::decimal(12,0) / 100)::decimal(12,2) AS unit_price,
                   ((i * 7907 % 60000 + 70)::decimal(12,0) / 100)::decimal(12,2) AS unit_cost
            FROM range({shape.lines}) t(i)""",
        "stock": f"""
            SELECT 'SKU' || lpad((i // {LOCATIONS})::varchar, 5, '0') AS sku, 'W' || (i % {LOCATIONS}) AS location,
                   i * 17 % 500 AS on_hand, ((i * 613 % 60000 + 70)::decimal(12,0) / 100)::decimal(12,2) AS unit_cost,
                   {_stamp("i * 61")} AS updated_at
            FROM range({shape.stock}) t(i)""",
        "fx_rates": """
            SELECT c || '-' || strftime(d, '%Y-%m-%d') AS id, c AS currency, strftime(d, '%Y-%m-%d') AS rate_on,
                   ((hash(c, d) % 1000 + 8000)::decimal(12,0) / 10000)::decimal(12,4) AS rate
            FROM (SELECT unnest(range(date '2022-12-30', date '2025-01-01', interval 1 day)) AS d),
                 (VALUES ('USD'), ('GBP')) v(c)""",
    }


def _stamp(seconds: str) -> str:
    return f"strftime(timestamp '2023-01-01' + to_seconds(({seconds}) % 60000000), '%Y-%m-%dT%H:%M:%SZ')"


_CHANGED = {
    "customers": "name || ' changed' AS name",
    "orders": "(total + 1)::decimal(12,2) AS total",
    "order_lines": "quantity + 1 AS quantity",
    "stock": "on_hand + 1 AS on_hand",
}


def generate(orders: int) -> Path:
    """The folder with customers.csv, orders.csv, order_lines.csv, stock.csv, and `delta/` with the same names."""
    folder = CACHE / str(orders)
    if (folder / "complete").exists():
        return folder
    import duckdb  # here, so that the measuring process stays small: a child's peak memory starts from its parent's

    (folder / "delta").mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as connection:
        for name, select in _selects(Shape(orders)).items():
            connection.execute(f"CREATE OR REPLACE TABLE t AS {select}")
            connection.execute(f"COPY (SELECT * FROM t ORDER BY 1) TO '{folder / name}.csv' (HEADER)")
            if name not in _CHANGED:
                continue
            stamp = ", '2026-01-01T00:00:00Z' AS updated_at" if name != "order_lines" else ""
            connection.execute(
                f"COPY (SELECT * REPLACE ({_CHANGED[name]}{stamp}) FROM t WHERE hash(t) % 100 = 0 ORDER BY 1) "
                f"TO '{folder / 'delta' / name}.csv' (HEADER)"
            )
    (folder / "complete").touch()
    return folder
