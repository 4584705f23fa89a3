"""What `hub reconcile` does: settings, store and engine brought together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import TYPE_CHECKING

from hub.errors import UsageError
from metrics.reconcile import compared, sides
from metrics.reconcile.items import ZERO, Comparison, Item
from metrics.reconcile.pairing import RECORD_RULES, paired
from metrics.reconcile.sides import Golden, Period
from metrics.workbench import Workbench, workbench

if TYPE_CHECKING:
    from hub.session import Session
    from hub.store.base import Store

WHAT = ("orders", "revenue", "stock", "customers")
GROUPS = {"orders": ("month", "customer"), "revenue": ("month", "customer"), "stock": ("product",),
          "customers": ("month", "customer")}  # fmt: skip
"""What each can be broken down by: what both systems know of the thing compared."""
_DATED = ("orders", "revenue")


def reconcile(
    session: Session, what: str, sources: Sequence[str], start: date | None = None, end: date | None = None,
    *, products: Sequence[str] = (),
) -> list[Comparison]:  # fmt: skip
    """Each pair of the systems compared; of stock only that of these products, where any are named. Raises UsageError
    for systems that hold nothing of it."""
    _require(what, sources, start, end)
    if products and what != "stock":
        raise UsageError(f"{what} cannot be limited to products.", fix="Leave --product out, or reconcile stock.")
    with session.open_store() as store, workbench(session) as bench:
        entity = "products" if what == "stock" else "customers"
        golden = {
            (source, source_id): golden_id
            for page in store.golden_of(entity)
            for source, source_id, golden_id in page
            if source in sources
        }
        items = bench.engine.with_room(lambda: _items(bench, what, sources, golden, (start, end)))
        _require_held(store, what, sources, items)
        wanted = set(bench.only(products=products).products)
    if wanted:
        items = [item for item in items if item.golden in wanted or f"{item.source}/{item.source_id}" in wanted]
    items = named_alike(items, sources)
    found = []
    for left, right in combinations(sources, 2):
        mine, theirs = ([item for item in items if item.source == name] for name in (left, right))
        found.append(compared(what, mine, theirs, (left, right), bench.engine.currency))
    return found


def _items(bench: Workbench, what: str, sources: Sequence[str], golden: Golden, period: Period) -> list[Item]:
    engine, known = bench.engine, bench.catalogue
    if what in _DATED:
        return sides.orders(engine, known, sources, golden, period)
    if what == "customers":
        return sides.customers(engine, known, sources, golden)
    return at_one_price(sides.stock(engine, known, sources, golden), sources, sides.prices(engine, known))


def at_one_price(items: Sequence[Item], sources: Sequence[str], prices: dict[tuple[str, str], Decimal]) -> list[Item]:
    """A unit is worth the same wherever it is counted: what the first system that knows a cost says."""
    valued = {(item.source, item.source_id): prices.get((item.source, item.source_id)) for item in items}
    for left, right in combinations(sources, 2):
        mine, theirs = ([item for item in items if item.source == name] for name in (left, right))
        for pair in paired(mine, theirs, RECORD_RULES).pairs:
            one, two = ((item.source, item.source_id) for item in pair[:2])
            price = valued[one] if valued[one] is not None else valued[two]
            valued[one] = valued[two] = price
    return [
        priced
        for item in items
        for priced in sides.priced([item], valued[item.source, item.source_id] or ZERO)
    ]  # fmt: skip


def named_alike(items: Sequence[Item], sources: Sequence[str]) -> list[Item]:
    """Customers by one name in all systems, that of the first system asked for; namesakes with their golden number."""
    names: dict[str, str] = {}
    for source in reversed(sources):
        names |= {item.golden: item.customer for item in items if item.source == source and item.golden}
    told = Counter(names.values())
    labels = {golden: name if told[name] == 1 else f"{name} ({golden})" for golden, name in names.items()}
    return [replace(item, customer=labels.get(item.golden or "", item.customer)) for item in items]


def _require(what: str, sources: Sequence[str], start: date | None, end: date | None) -> None:
    if what not in WHAT:
        raise UsageError(f"`{what[:40]}` cannot be reconciled.", fix=f"Choose one of {', '.join(WHAT)}.")
    if len(set(sources)) != len(sources):
        raise UsageError("a system cannot be compared with itself.", fix="Name different ones after --between.")
    if (start or end) and what not in _DATED:
        raise UsageError(f"{what} has no period: it is compared as it is now.", fix="Leave --from and --to out.")
    if start and end and start > end:
        raise UsageError(f"the period ends ({end}) before it begins ({start}).")


def _require_held(store: Store, what: str, sources: Sequence[str], items: Sequence[Item]) -> None:
    there = {item.source for item in items}
    for name in sources:
        if name not in there:
            entity = {"stock": "stock levels", "revenue": "orders"}.get(what, what)
            known = sorted({run.source for run in store.runs(limit=1000)})
            raise UsageError(
                f"`{name[:60]}` holds no {entity}.", fix=f"Systems that were synced: {', '.join(known) or 'none'}."
            )
