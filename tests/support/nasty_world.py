"""A small company in which whatever can differ between databases does: texts that sort differently, four currencies,
one of them without rates, fractions, zeros, negatives, moments around midnight and before 1970, what is deleted,
cancelled or refers to nothing, and numbers that need rounding. The same at every call.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

import psycopg
from support.writing import Sync

from hub.model.catalog import ENTITIES
from hub.model.kinds import Column, Kind
from hub.store.base import Store
from metrics.engines.site import Ground

SOURCES = ("shop", "Ärzte-ERP")
CURRENCIES = ("EUR", "USD", "JPY", "CHF")
"""There are no rates for the last one, and those of JPY begin late."""
GROUND = Ground(
    "EUR", "Europe/Berlin", date(2025, 1, 1), fiscal_year_start=4,
    streams=[("shop", "orders", None, None, 5, None, 1, "ok")], unmapped=[("shop", "orders", "gift_note", 1)],
    warehouses={"Hall": ["shop/l-1", "Ärzte-ERP"]},
)  # fmt: skip
"""What its numbers rest on beside the data."""
_BEGIN = datetime(2023, 1, 1, tzinfo=UTC)
_DAYS = 700
_ROWS = {
    "customers": 40, "products": 12, "suppliers": 5, "locations": 6, "orders": 160, "order_lines": 380,
    "stock_levels": 30, "leads": 25, "opportunities": 30, "opportunity_stages": 70,
}  # fmt: skip
_FEW = 40
_WORDS = ("alpha", "Alpha", "Zeta", "äther", "Ärger", "zebra", "a b", "a-b", "_", "1")
_COUNTRIES = ("DE", "FR", "US", "CH")
_AMOUNTS = (0, 1, 333_333, 500_000, 1_000_000, 1_250_000, 2_500_000, 9_990_000, 12_345_678, 100_000_000, 1_234_567_891)
_SHARES = {"discount_rate": (0, 100_000, 33_333, 333_333), "probability": (0, 250_000, 500_000, 1_000_000)}
_COUNTED = ("quantity", "on_hand", "base_quantity", "lead_time_days", "reorder", "available")
_OFTEN_EMPTY = {
    "cancelled_at", "parent_source_id", "total", "subtotal", "discount", "discount_rate", "unit_cost", "value",
    "quantity_cancelled", "is_test", "current_total", "base_quantity", "batch", "valid_to", "listed_cost",
}  # fmt: skip


def write(store: Store) -> None:
    """All of it."""
    for source in SOURCES:
        made = Random(source)
        sync = Sync(store, source)
        for entity in ENTITIES:
            if entity == "fx_rates":
                continue
            columns = _columns(made, entity)
            sync.merge(entity, at=0, **columns)
            if entity == "stock_levels":
                _moved(made, sync, columns)
        for entity in ("customers", "products", "orders", "order_lines", "returns"):
            sync.delete(entity, f"{entity[0]}-3", f"{entity[0]}-7")
        sync.end()
    _rates(store)
    _identity(store)


def _columns(made: Random, entity: str) -> dict[str, list[Any]]:
    count = _ROWS.get(entity, _FEW)
    found: dict[str, list[Any]] = {"source_id": [_key(entity, number) for number in range(count)]}
    for column in ENTITIES[entity].columns:
        if column.name in ("source_id", "source_updated_at", "extras", "campaign_source_id"):
            continue
        rare = 0.8 if column.name in _OFTEN_EMPTY else 0.0 if column.required else 0.08
        found[column.name] = [None if made.random() < rare else _value(made, column) for _ in range(count)]
    return found


def _key(entity: str, number: int) -> str:
    return f"{entity[0]}-{number}" if number % 5 else f"{entity[0].upper()}_{number}"


def _value(made: Random, column: Column) -> Any:
    if column.refers_to:
        return _key(column.refers_to, made.randrange(_ROWS.get(column.refers_to, _FEW) + 2))
    if column.vocabulary:
        usual = [word for word in column.vocabulary if word not in ("cancelled", "draft")]
        return made.choice(column.vocabulary if made.random() < 0.2 else usual)
    if column.format == "currency":
        return made.choice(CURRENCIES[:3] if made.random() < 0.9 else CURRENCIES)
    if column.format == "country":
        return made.choice(_COUNTRIES)
    if column.format == "unit":
        return "C62"
    return _OF_KIND[column.kind](made, column.name)


def _decimal(made: Random, name: str) -> int:
    if name in _SHARES:
        return made.choice(_SHARES[name])
    if name in ("numerator", "denominator", "per_quantity", "price_quantity"):
        return made.choice((1_000_000, 3_000_000, 7_000_000))
    if name.startswith(_COUNTED):
        return made.choice(
            (0, 1_000_000, 2_000_000, 3_500_000, 7_333_333, -1_000_000 if name == "on_hand" else 5_000_000)
        )
    return made.choice(_AMOUNTS) + made.randrange(1_000_000)


def _moment(made: Random, _: str) -> int:
    """Most within two years, a quarter at or around some midnight, few before 1970."""
    day = _BEGIN + timedelta(days=made.randrange(_DAYS))
    if made.random() < 0.02:
        day = datetime(1969, 12, 31, 22, tzinfo=UTC)
    within = made.choice((0, 79_200_000_000, 82_799_999_999, 86_399_999_999)) if made.random() < 0.25 else None
    return int(day.timestamp()) * 1_000_000 + (made.randrange(86_400_000_000) if within is None else within)


_OF_KIND: dict[Kind, Any] = {
    Kind.TEXT: lambda made, _: made.choice(_WORDS),
    Kind.INTEGER: lambda made, _: made.choice((0, 3, 10, 49, 50, 250, 1000)),
    Kind.BOOLEAN: lambda made, _: made.random() < 0.5,
    Kind.DECIMAL: _decimal,
    Kind.UTC: _moment,
    Kind.DATE: lambda made, _: (date(2023, 1, 1) + timedelta(days=made.randrange(_DAYS))).isoformat(),
    Kind.JSON: lambda *_: "{}",
}


def _moved(made: Random, sync: Sync, columns: dict[str, list[Any]]) -> None:
    """Stock that comes and goes over months, and some levels that end."""
    for days in (20, 90, 91, 200, 380):
        columns = {**columns, "on_hand": [_decimal(made, "on_hand") for _ in columns["source_id"]]}
        sync.merge("stock_levels", at=days * 86_400.0, **columns)
    sync.delete("stock_levels", "s-4", "s-9", at=400 * 86_400.0)


def _rates(store: Store) -> None:
    """Weekly, with gaps; JPY by way of another base."""
    days = [date(2022, 6, 1) + timedelta(days=7 * week) for week in range(130)]
    made = Random(3)
    rows = [("EUR", "USD", day, 1_050_000 + made.randrange(90_000)) for day in days]
    rows += [("USD", "JPY", day, 140_000_000 + made.randrange(9_000_000)) for day in days[60:]]
    sync = Sync(store, "ecb", "fx_rates")
    sync.merge(
        "fx_rates", at=0,
        source_id=[str(number) for number in range(len(rows))],
        base_currency=[row[0] for row in rows],
        currency=[row[1] for row in rows],
        rate_on=[row[2].isoformat() for row in rows],
        rate=[row[3] for row in rows],
    )  # fmt: skip
    sync.end()


def _identity(store: Store) -> None:
    """Every second record has a golden one, some of both sources the same."""
    statements = ["INSERT INTO hub_resolutions (id, kind, started_at, ended_at, sequence, settings) "
                  f"VALUES (1, 'full', {_at(store)}, {_at(store)}, 1, '')"]  # fmt: skip
    golden = {
        "customers": ("country, industry, segment, employees", "'DE', 'Ämter', 'b', 50"),
        "products": ("category, sku", "'goods', 'S'"),
    }
    for entity, (names, values) in golden.items():
        for number in range(0, _ROWS[entity], 2):
            key = f"{entity[0].upper()}{number}"
            given = values if number % 3 else ", ".join("NULL" for _ in names.split(","))
            statements.append(
                f"INSERT INTO golden_{entity} (golden_id, records, resolution_id, name, {names}) "
                f"VALUES ('{key}', 2, 1, 'Golden {number}', {given})"
            )
            statements += [
                "INSERT INTO hub_links (entity, source, source_id, golden_id, rule, linked_at, resolution_id) "
                f"VALUES ('{entity}', '{source}', '{_key(entity, number + place)}', '{key}', 'name', {_at(store)}, 1)"
                for place, source in enumerate(SOURCES)
            ]
    _execute(store, statements)


def _at(store: Store) -> str:
    return "0" if store.url.startswith("sqlite") else "now()"


def _execute(store: Store, statements: Sequence[str]) -> None:
    connection: Any = (
        sqlite3.connect(store.url.removeprefix("sqlite:///"))
        if store.url.startswith("sqlite")
        else psycopg.connect(store.url)
    )
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()
