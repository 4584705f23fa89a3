"""Two years of business for the whole suite of metrics: two systems, every entity that a metric reads, and identity.

N orders, 3N lines, N/5 customer records, N changes of stock, and some of everything else. Values depend on the row
number only. What the hub can sync it syncs, from CSV; the history of stock and the links of identity, which take two
years and a resolution to come about, are put into the store by one statement each.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from bench.data import CACHE
from bench.project import Project

_DAY = 86_400
_FIRST_DAY = 1_672_531_200  # 2023-01-01
_DAYS = 700
_CONFLICTS = "ON CONFLICT DO NOTHING"
_CONSTANTS = {"stock_levels": {"stock_type": "unrestricted", "currency": "EUR"}, "fx_rates": {"base_currency": "EUR"}}


@dataclass(frozen=True)
class Part:
    """What one of the two systems holds of N orders."""

    source: str
    orders: int
    customers: int
    skus: int
    shift: int
    """Keeps the values of the two apart."""


def parts(orders: int) -> tuple[Part, Part]:
    """A shop with three fifths of everything, and an ERP with the rest and all stock."""
    skus = min(5_000, max(50, orders // 100))
    return (
        Part("shop", orders * 3 // 5, max(orders * 3 // 25, 10), skus, 0),
        Part("erp", orders * 2 // 5, max(orders * 2 // 25, 10), skus, 13),
    )


def project(orders: int) -> Project:
    """A project whose SQLite store holds it all; made once, and kept without a replica."""
    folder = CACHE / f"suite-{orders}"
    made = Project(folder)
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        write_sources(folder, orders)
        (folder / "config" / "hub.yaml").write_text(
            "store: sqlite:///hub.db\nreporting_currency: EUR\ntime_zone: Europe/Berlin\n"
            "identity: {after_sync: never}\n",
            encoding="utf-8",
        )
        made.hub("sync", ok=(0, 1))
        grow_history(folder / "hub.db", orders)
        link(folder / "hub.db")
        (folder / "complete").touch()
    return made


def write_sources(folder: Path, orders: int) -> None:
    """The CSV files of both systems, and connectors that read them."""
    for part in parts(orders):
        _write_source(folder, part)


def _write_source(folder: Path, part: Part) -> None:
    import duckdb

    data = folder / "data" / part.source
    data.mkdir(parents=True)
    streams = []
    with duckdb.connect() as db:
        for entity, select in _selects(part).items():
            db.execute(f"COPY ({select}) TO '{data / entity}.csv' (HEADER)")
            columns = [name for name, *_ in db.execute(f"DESCRIBE {select}").fetchall()]
            streams.append(_stream(entity, columns))
    connectors = folder / "config" / "connectors"
    connectors.mkdir(parents=True, exist_ok=True)
    text = f"kind: files\nfolder: data/{part.source}\nstreams:\n" + "".join(streams)
    (connectors / f"{part.source}.yaml").write_text(text, encoding="utf-8")


def _stream(entity: str, columns: list[str]) -> str:
    fields = [f"          {name}: {name}\n" for name in columns]
    fields += [f"          {name}: {{const: {value}}}\n" for name, value in _CONSTANTS.get(entity, {}).items()]
    return (
        f"  {entity}:\n    files: {entity}.csv\n    mode: incremental\n    entities:\n"
        f"      - entity: {entity}\n        fields:\n{''.join(fields)}"
    )


def _selects(part: Part) -> dict[str, str]:
    """Entity -> query of its rows."""
    n, s = part.orders, part.shift
    money = "((hash({0}) % 90000 + 100)::decimal(12,0) / 100)::decimal(12,2)".format
    chance = f"(hash(i + {s}) % 1000000 / 1000000.0)"
    customer = f"'C' || lpad((({chance} ** 2) * {part.customers})::integer::varchar, 7, '0')"
    product = f"'P' || ((hash(i + {s}) % {part.skus}))"
    found = {
        "customers": f"""
            SELECT 'C' || lpad(i::varchar, 7, '0') AS source_id, 'Customer ' || i || ' Ltd.' AS name,
                   list_value('Retail','Food','Machinery','Chemicals','Services')[1 + i % 5] AS industry,
                   list_value('key', 'usual', 'small')[1 + i % 3] AS segment, i * 37 % 900 AS employees,
                   list_value('DE','FR','US','GB','CN','NL')[1 + i % 6] AS country, {_stamp("i * 37")} AS created_at
            FROM range({part.customers + 1}) t(i)""",
        "products": f"""
            SELECT 'P' || i AS source_id, 'SKU-' || i AS sku, 'Product ' || i AS name,
                   'Group ' || i % 40 AS category, 'goods' AS kind, {money("i")} AS list_price,
                   ({money("i")} * 0.6)::decimal(12,2) AS unit_cost, 'EUR' AS currency, 3 + i % 40 AS lead_time_days
            FROM range({part.skus}) t(i)""",
        "orders": f"""
            SELECT 'O' || lpad(i::varchar, 8, '0') AS source_id, {customer} AS customer_source_id,
                   list_value('open','shipped','completed','completed','completed','cancelled')[1 + i % 6] AS status,
                   list_value('web','edi','phone')[1 + (i + {s}) % 3] AS channel,
                   {_stamp(f"i * 61 + {s}")} AS ordered_at, {_stamp(f"i * 61 + {7 * _DAY}")} AS promised_at,
                   {_stamp(f"i * 61 + {_DAY} * (1 + i % 5)")} AS shipped_at,
                   {_stamp(f"i * 61 + {_DAY} * (3 + i % 9)")} AS delivered_at,
                   list_value('EUR','EUR','USD','GBP')[1 + i % 4] AS currency, {money("i * 3")} AS total,
                   list_value('DHL','UPS','GLS','own')[1 + i % 4] AS carrier,
                   (5 + i % 900 / 100)::decimal(12,2) AS freight_cost
            FROM range({n}) t(i)""",
        "order_lines": f"""
            SELECT 'L' || lpad(i::varchar, 9, '0') AS source_id, 'O' || lpad((i // 3)::varchar, 8, '0')
                   AS order_source_id, {product} AS product_source_id, 1 + i % 20 AS quantity,
                   {money("i")} AS unit_price, ({money("i")} * 0.7)::decimal(12,2) AS unit_cost,
                   CASE WHEN i % 10 = 0 THEN 0.05 END AS discount_rate
            FROM range({3 * n}) t(i)""",
        "shipments": f"""
            SELECT 'S' || i AS source_id, 'O' || lpad((i * 5)::varchar, 8, '0') AS order_source_id, 'shipped' AS status,
                   list_value('DHL','UPS','GLS','own')[1 + i % 4] AS carrier,
                   {_stamp(f"i * 305 + {_DAY} * (1 + i % 5)")} AS shipped_at,
                   {_stamp(f"i * 305 + {_DAY} * (3 + i % 9)")} AS delivered_at
            FROM range({n // 5}) t(i)""",
        "returns": f"""
            SELECT 'R' || i AS source_id, 'O' || lpad((i * 20)::varchar, 8, '0') AS order_source_id,
                   'received' AS status, list_value('damaged','wrong item','too late','other')[1 + i % 4] AS reason,
                   {product} AS product_source_id, 1 AS quantity, {money("i")} AS refund,
                   {_stamp(f"i * 1220 + {20 * _DAY}")} AS returned_at, i % 3 = 0 AS restocked
            FROM range({n // 20}) t(i)""",
        "cases": f"""
            SELECT 'K' || i AS source_id, {customer} AS customer_source_id, 'closed' AS status,
                   list_value('low','normal','high')[1 + i % 3] AS priority, {_stamp("i * 1220")} AS opened_at,
                   {_stamp("i * 1220 + 3600 + i % 90000")} AS first_response_at,
                   {_stamp("i * 1220 + 90000 + i % 900000")} AS closed_at
            FROM range({n // 20}) t(i)""",
    }
    return found | (_of_shop(part, customer) if part.source == "shop" else _of_erp(part, product, money))


def _of_shop(part: Part, customer: str) -> dict[str, str]:
    n = part.orders
    return {
        "leads": f"""
            SELECT 'E' || i AS source_id, list_value('open','converted','disqualified')[1 + i % 3] AS status,
                   list_value('fair','web','call')[1 + i % 3] AS lead_source, {customer} AS customer_source_id,
                   {_stamp("i * 3050")} AS created_at,
                   CASE WHEN i % 3 = 1 THEN {_stamp(f"i * 3050 + {9 * _DAY}")} END AS converted_at
            FROM range({n // 50}) t(i)""",
        "opportunities": f"""
            SELECT 'D' || i AS source_id, {customer} AS customer_source_id, 'owner ' || i % 9 AS owner,
                   list_value('open','won','lost')[1 + i % 3] AS status, 'proposal' AS stage, 'EUR' AS currency,
                   (100 + i % 9000)::decimal(12,2) AS amount, 0.25 AS probability, {_stamp("i * 3050")} AS created_at,
                   CASE WHEN i % 3 > 0 THEN {_stamp(f"i * 3050 + {_DAY} * (i % 60)")} END AS closed_at
            FROM range({n // 50}) t(i)""",
        "opportunity_stages": f"""
            SELECT 'G' || i AS source_id, 'D' || i // 3 AS opportunity_source_id,
                   list_value('qualified','proposal','negotiation')[1 + i % 3] AS stage, 'open' AS status,
                   {_stamp(f"(i // 3) * 3050 + {_DAY} * (i % 3) * 5")} AS entered_at
            FROM range({3 * n // 50}) t(i)""",
        "marketing_spend": f"""
            SELECT 'M' || i AS source_id, 'web' AS channel, (100 + i % 900)::decimal(12,2) AS amount, 'EUR' AS currency,
                   date '2023-01-01' + (i % {_DAYS})::integer AS spent_on
            FROM range(1000) t(i)""",
        "fx_rates": f"""
            SELECT c || '-' || strftime(d, '%Y-%m-%d') AS source_id, c AS currency, strftime(d, '%Y-%m-%d') AS rate_on,
                   ((hash(c, d) % 1000 + 8000)::decimal(12,0) / 10000)::decimal(12,4) AS rate
            FROM (SELECT unnest(range(date '2022-12-30', date '2022-12-30' + {_DAYS + 60}, interval 1 day)) AS d),
                 (VALUES ('USD'), ('GBP')) v(c)""",
    }


def _of_erp(part: Part, product: str, money: object) -> dict[str, str]:
    n = part.orders
    return {
        "stock_levels": f"""
            SELECT 'P' || i // 5 || '-W' || i % 5 AS source_id, 'P' || i // 5 AS product_source_id,
                   'W' || i % 5 AS location_source_id, i * 17 % 500 AS on_hand,
                   ((i * 613 % 60000 + 70)::decimal(12,0) / 100)::decimal(12,2) AS unit_cost
            FROM range({part.skus * 5}) t(i)""",
        "locations": "SELECT 'W' || i AS source_id, 'Warehouse ' || i AS name FROM range(5) t(i)",
        "product_costs": f"""
            SELECT 'Q' || i AS source_id, 'P' || i AS product_source_id, (1 + i % 90)::decimal(12,2) AS cost,
                   'EUR' AS currency, date '2023-01-01' AS valid_from
            FROM range({part.skus}) t(i)""",
        "suppliers": "SELECT 'V' || i AS source_id, 'Supplier ' || i AS name FROM range(200) t(i)",
        "purchase_orders": f"""
            SELECT 'B' || i AS source_id, 'V' || i % 200 AS supplier_source_id, 'received' AS status,
                   {_stamp("i * 6100")} AS ordered_at, {_stamp(f"i * 6100 + {14 * _DAY}")} AS promised_at,
                   'EUR' AS currency
            FROM range({n // 40}) t(i)""",
        "purchase_order_lines": f"""
            SELECT 'H' || i AS source_id, 'B' || i // 4 AS purchase_order_source_id, {product} AS product_source_id,
                   10 + i % 90 AS quantity, 10 + i % 90 AS quantity_received, (1 + i % 800 / 100)::decimal(12,2)
                   AS unit_price, {_stamp(f"(i // 4) * 6100 + {_DAY} * (7 + i % 15)")} AS received_at
            FROM range({n // 10}) t(i)""",
        "receipts": f"""
            SELECT 'T' || i AS source_id, 'B' || i // 4 AS purchase_order_source_id,
                   'H' || i AS purchase_order_line_source_id, {product} AS product_source_id, 10 + i % 90 AS quantity,
                   {_stamp(f"(i // 4) * 6100 + {_DAY} * (7 + i % 15)")} AS received_at
            FROM range({n // 10}) t(i)""",
    }


def _stamp(seconds: str) -> str:
    return (
        f"strftime(to_timestamp({_FIRST_DAY} + ({seconds}) % {_DAYS * _DAY}) AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ')"
    )


def grow_history(path: Path, changes: int) -> None:
    """The levels' earlier states, evenly over the days before."""
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        (levels,) = db.execute("SELECT count(*) FROM stock_history").fetchone()
        states = changes // levels - 1
        db.execute(
            f"""INSERT INTO stock_history (source, source_id, changed_at, product_source_id, location_source_id,
                    stock_type, on_hand, unit_cost, currency, is_deleted, run_id)
                WITH RECURSIVE step(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM step WHERE n + 1 < {states})
                SELECT source, source_id,
                       ({_FIRST_DAY} + (n * {_DAYS * _DAY // states}) + (on_hand / 1000000) * 60) * 1000000,
                       product_source_id, location_source_id, stock_type,
                       (on_hand / 1000000 + n * 37) % 500 * 1000000, unit_cost, currency, is_deleted, run_id
                FROM stock_history, step WHERE true {_CONFLICTS}"""
        )


def link(path: Path) -> None:
    """Every record of the ERP is one of the shop's, as far as there are such; what is left is alone."""
    with contextlib.closing(sqlite3.connect(path)) as db, db:
        for entity, letter, names in (
            ("customers", "C", "name, industry, segment, employees, country"),
            ("products", "P", "name, sku, category"),
        ):
            db.execute(
                f"""INSERT INTO hub_links (entity, source, source_id, golden_id, rule, linked_at, resolution_id)
                    SELECT '{entity}', source, source_id,
                           printf('{letter}%06d', dense_rank() OVER (ORDER BY source_id)), 'bench', 0, 1
                    FROM {entity}"""
            )
            db.execute(
                f"""INSERT INTO golden_{entity} (golden_id, records, resolution_id, {names})
                    SELECT l.golden_id, 1, 1, {", ".join(f"e.{name}" for name in names.split(", "))}
                    FROM hub_links l JOIN {entity} e ON e.source = l.source AND e.source_id = l.source_id
                    WHERE l.entity = '{entity}' {_CONFLICTS}"""
            )
        db.execute(
            "INSERT INTO hub_resolutions (id, kind, started_at, ended_at, sequence, settings)"
            " VALUES (1, 'full', 0, 0, (SELECT max(sequence) FROM hub_changes), '')"
        )
