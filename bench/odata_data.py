"""Orders straight into a store's table, as many as a question to the feed shall be measured on."""

from __future__ import annotations

from bench.data import CACHE
from bench.postgres import fresh_database
from hub.store import open_store

_COLUMNS = (
    "source, source_id, number, customer_source_id, status, source_status, channel, ordered_at, source_updated_at,"
    " currency, subtotal, tax, total, ship_country, is_test, created_at, first_seen_at, synced_at, run_id"
)
_POSTGRES = """
    SELECT 'shop', 'O' || lpad(i::text, 9, '0'), '#' || i, 'C' || lpad((i * 7919 % {customers})::text, 8, '0'),
      (ARRAY['open','shipped','completed','cancelled'])[1 + i % 4], 'Word ' || i % 7, 'web', at, at + interval '500 s',
      (ARRAY['EUR','USD','GBP'])[1 + i % 3], cents / 100.0, 19, cents / 100.0 + 19, 'DE', false, at, at, at, 1
    FROM generate_series(1, {orders}::bigint) AS i, LATERAL (SELECT i * 104729 % 9000000 AS cents) AS c,
      LATERAL (SELECT timestamptz '2023-01-01 00:00Z' + i * 61 % 60000000 * interval '1 second' AS at) AS a"""
_SQLITE = """
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {orders}),
      o AS (SELECT i, i * 104729 % 9000000 * 10000 AS micros, (1672531200 + i * 61 % 60000000) * 1000000 AS at FROM n)
    SELECT 'shop', printf('O%09d', i), '#' || i, printf('C%08d', i * 7919 % {customers}),
      CASE i % 4 WHEN 0 THEN 'open' WHEN 1 THEN 'shipped' WHEN 2 THEN 'completed' ELSE 'cancelled' END,
      'Word ' || i % 7, 'web', at, at + 500000000, CASE i % 3 WHEN 0 THEN 'EUR' WHEN 1 THEN 'USD' ELSE 'GBP' END,
      micros, 19000000, micros + 19000000, 'DE', 0, at, at, at, 1
    FROM o"""


def sqlite_with(orders: int) -> str:
    """The URL of a SQLite store with so many orders; made once."""
    path = CACHE / "odata" / f"orders_{orders}.db"
    if not path.with_suffix(".complete").exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        _fill(f"sqlite:///{path}", _SQLITE, orders)
        path.with_suffix(".complete").touch()
    return f"sqlite:///{path}"


def postgres_with(orders: int) -> str:
    """The URL of a PostgreSQL store with so many orders."""
    url = fresh_database()
    _fill(url, _POSTGRES, orders)
    return url


def _fill(url: str, select: str, orders: int) -> None:
    names = [name.strip() for name in _COLUMNS.split(",")]
    with open_store(url) as store:
        store.prepare()
        db = store.db  # type: ignore[attr-defined]  # the contract names no connection
        db.rows(f"INSERT INTO orders ({_COLUMNS}) {select.format(orders=orders, customers=max(1, orders // 10))}")
        for name in names[1:]:
            db.rows(f"INSERT INTO hub_columns VALUES ('orders', '{name}')")
        db.rows(f"INSERT INTO hub_held VALUES ('shop', 'orders', {orders})")
        if store.dialect == "sqlite":
            db.connection.commit()
        else:
            db.rows("ANALYZE orders")
