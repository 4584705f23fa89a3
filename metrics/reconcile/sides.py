"""Each system's own figures, out of the canonical tables and the facts of the metrics: no second truth."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from hub.sdk.metric import EXACT, Metric
from metrics.base import Catalogue, Request
from metrics.compiled import compiled
from metrics.engine import Engine
from metrics.explain.trace import trace
from metrics.reconcile.items import ZERO, Item

Golden = dict[tuple[str, str], str]
"""(source, source_id) -> golden record."""
Period = tuple[date | None, date | None]
"""First and last day; None where it is open."""
_NOISE = re.compile(r"[\s#./_-]+")
_SHORTEST = 3
"""A key of one or two characters says nothing."""
_ONE = Decimal(1)
_SIX = Decimal("0.000001")


def orders(engine: Engine, known: Catalogue, sources: Sequence[str], golden: Golden, period: Period) -> list[Item]:
    """Every order of these systems, with what it adds to revenue; those outside the period, too."""
    facts, own = _facts(engine, known["revenue"])
    same = " AND ".join(f"w.{name} = f.{name}" for name in ("kind", "source", "source_id"))
    join = f"LEFT JOIN ({own}) AS w ON {same}" if own else ""
    rows = engine.db.execute(
        f"""SELECT f.source, f.source_id, f.day, f.left_out, f.sold, o.number, o.po_number, o.currency, o.tax,
            o.shipping, f.customer_source_id, c.name, {"w.sold" if own else "f.sold"}
        FROM ({facts}) AS f JOIN orders AS o ON o.source = f.source AND o.source_id = f.source_id
        LEFT JOIN customers AS c ON c.source = f.source AND c.source_id = f.customer_source_id
        {join}
        WHERE f.kind = 'order' AND f.source IN (SELECT unnest(?::VARCHAR[]))""", [list(sources)]
    ).fetchall()  # fmt: skip
    return [
        Item(
            source, source_id, number or source_id, _keys((number, source_id, po)), golden.get((source, customer)), day,
            name or customer or "(guest)", left_out, _inside(day, *period), _ONE, sold if sold is not None else ZERO,
            amount, currency or engine.currency, tax, freight,
        )
        for source, source_id, day, left_out, sold, number, po, currency, tax, freight, customer, name, amount in rows
    ]  # fmt: skip


def stock(engine: Engine, known: Catalogue, sources: Sequence[str], golden: Golden) -> list[Item]:
    """Every product that these systems hold stock of, over all locations, as each system lists it, whichever of them
    counts in the metrics; priced later, alike for all systems."""
    facts, _ = _facts(engine, known["stock_and_cost"])
    rows = engine.db.execute(
        f"""SELECT f.source, f.product_source_id, any_value(p.name), any_value(p.sku), any_value(p.gtin),
            sum(f.units) FILTER (WHERE f.left_out IS NULL), min(f.left_out), any_value(f.sku)
        FROM ({facts}) AS f LEFT JOIN products AS p ON p.source = f.source AND p.source_id = f.product_source_id
        WHERE f.kind = 'stock' AND f.source IN (SELECT unnest(?::VARCHAR[])) GROUP BY ALL""", [list(sources)]
    ).fetchall()  # fmt: skip
    factors, earlier = _factors(engine), _earlier(engine)
    return [
        Item(
            source, str(product), name or sku or own_sku or str(product), _keys((sku or own_sku, gtin)),
            golden.get((source, product)), None, "", None if units is not None else left_out, True,
            units if units is not None else ZERO,
            factors=factors.get((source, product), ()), earlier=earlier.get((source, product), frozenset()),
        )
        for source, product, name, sku, gtin, units, left_out, own_sku in rows
    ]  # fmt: skip


def prices(engine: Engine, known: Catalogue) -> dict[tuple[str, str], Decimal]:
    """What a unit of each product is worth in each system, to six decimals: as its stock is valued, else at the
    product's cost; those that have a value."""
    found: dict[tuple[str, str], Decimal] = {}
    for metric, value, count in (("stock_and_cost", "cost", "1"), ("stock_value", "worth", "units")):
        facts, _ = _facts(engine, known[metric])
        rows = engine.db.execute(
            f"SELECT source, product_source_id, sum({value}), sum({count}) FROM ({facts}) AS f "
            f"WHERE left_out IS NULL AND {value} IS NOT NULL GROUP BY ALL HAVING sum({count}) <> 0"
        ).fetchall()
        for source, product, worth, units in rows:
            found[source, product] = EXACT.divide(worth, Decimal(units)).quantize(_SIX, context=EXACT)
    return found


def priced(items: Iterable[Item], price: Decimal) -> list[Item]:
    """Items that stand for one product, each worth its units at the same price."""
    return [replace(item, value=item.quantity * price) for item in items]


def customers(engine: Engine, known: Catalogue, sources: Sequence[str], golden: Golden) -> list[Item]:
    """Every customer of these systems, with the revenue it brought there."""
    facts, _ = _facts(engine, known["revenue"])
    rows = engine.db.execute(
        f"""WITH sold AS (
            SELECT source, customer_source_id, sum(sold) AS sold FROM ({facts}) AS f
            WHERE kind = 'order' AND left_out IS NULL GROUP BY ALL)
        SELECT c.source, c.source_id, c.name, c.tax_id, c.email, c.number, CAST(c.created_at AS DATE), s.sold
        FROM customers AS c LEFT JOIN sold AS s ON s.source = c.source AND s.customer_source_id = c.source_id
        WHERE c.source IN (SELECT unnest(?::VARCHAR[]))""", [list(sources)]
    ).fetchall()  # fmt: skip
    return [
        Item(
            source, source_id, name or source_id,
            tuple(f"{kind}:{key}" for kind, value in (("tax", tax_id), ("mail", email)) for key in _keys((value,))),
            golden.get((source, source_id)), created, name or source_id, None, True, _ONE,
            sold if sold is not None else ZERO,
        )
        for source, source_id, name, tax_id, email, _, created, sold in rows
    ]  # fmt: skip


def _facts(engine: Engine, metric: Metric) -> tuple[str, str]:
    """SQL of a metric's facts as they count for the whole, and in their own currencies where any is converted."""
    request = Request(metric, (), parameters={p.name: p.default for p in metric.parameters})
    plan = compiled(metric, (), converts=engine.converts, cache_dir=engine.cache_dir)
    found = trace(metric, (), converts=engine.converts, cache_dir=engine.cache_dir)
    engine.prepare(request, plan)
    return plan.facts_sql, found.own


def _factors(engine: Engine) -> dict[tuple[str, str], tuple[Decimal, ...]]:
    rows = engine.db.execute(
        "SELECT source, product_source_id, numerator, denominator FROM product_units "
        "WHERE numerator > 0 AND denominator > 0 AND numerator <> denominator"
    ).fetchall()
    found: dict[tuple[str, str], tuple[Decimal, ...]] = {}
    for source, product, numerator, denominator in rows:
        factor = EXACT.divide(numerator, denominator)
        found[source, product] = (*found.get((source, product), ()), factor)
    return found


def _earlier(engine: Engine) -> dict[tuple[str, str], frozenset[Decimal]]:
    """What each product's stock was before, where a system keeps one level of it."""
    rows = engine.db.execute(
        "SELECT source, product_source_id, list(DISTINCT on_hand) FROM stock_history WHERE on_hand IS NOT NULL "
        "GROUP BY ALL HAVING count(DISTINCT source_id) = 1"
    ).fetchall()
    return {(source, product): frozenset(values) for source, product, values in rows}


def _keys(values: Iterable[Any]) -> tuple[str, ...]:
    """What something is called, without what people write differently; each once."""
    found = (_NOISE.sub("", str(value)).upper().lstrip("0") for value in values if value)
    return tuple(dict.fromkeys(key for key in found if len(key) >= _SHORTEST))


def _inside(day: date | None, start: date | None, end: date | None) -> bool:
    return day is None or ((start is None or day >= start) and (end is None or day <= end))
