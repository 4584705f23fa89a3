"""A kept value and the present one, with the bridge between them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.errors import UsageError
from hub.sdk.metric import Output
from hub.store.snapshots import Snapshot, Snapshots
from metrics import text
from metrics.base import Request
from metrics.engine import Engine
from metrics.explain.shelf import Shelf
from metrics.replica.snapshot import quoted
from metrics.report.tables import figure_of
from metrics.result import Result
from metrics.snapshots import key_of, result_of
from metrics.snapshots.basis import SUMS, basis_of, basis_path
from metrics.snapshots.bridge import Contribution, bridged
from metrics.snapshots.told import Restated

if TYPE_CHECKING:
    from hub.store.base import Change, Store

BASIS_FOLDER = "snapshots"


def known_then(store: Store, request: Request, moment: datetime) -> Snapshot:
    """The newest snapshot by a moment; of the whole also one by other dimensions, whose sum is the same. Raises
    UsageError where there is none."""
    kept = Snapshots(store)
    found = kept.known_at(request.metric.id, key_of(request), moment) or _sum_then(kept, request, moment)
    if found is None:
        raise UsageError(
            f"{request.metric.id} was not computed like this by {moment:%Y-%m-%d %H:%M} UTC.",
            fix=f"See `hub metrics history {request.metric.id}`.",
        )
    return found


def _sum_then(kept: Snapshots, request: Request, moment: datetime) -> Snapshot | None:
    if request.by:
        return None
    asked = json.loads(key_of(request))
    for snapshot in kept.listed(request.metric.id, limit=1000):
        same = {**json.loads(snapshot.request), "by": []} == asked
        if same and snapshot.value is not None and snapshot.taken_at <= moment:
            return snapshot
    return None


def restated(
    engine: Engine, request: Request, snapshot: Snapshot, folder: Path, keys: Sequence[str] = (),
    *, touched: Mapping[str, int] | None = None,
) -> Restated:  # fmt: skip
    """The bridge from a snapshot to now: over the whole of its request, or for one of its rows. `touched`: what was
    changed since. A number that is no sum of records has its figures of then and of now instead.

    Raises UsageError where the snapshot has no such row."""
    output = request.metric.output(request.metric.value)
    unit = engine.currency if output.unit == "money" else output.unit
    after = engine.compute(request)
    is_same = json.loads(snapshot.request)["by"] == list(request.by) and bool(snapshot.body)
    found = Restated(snapshot, unit, None, False, touched=touched)
    then = Decimal(snapshot.value) if snapshot.value else None
    if is_same:
        before = result_of(snapshot, request)
        counted = {k: (before.counted.get(k, 0), after.counted.get(k, 0)) for k in {**before.counted, **after.counted}}
        found = replace(found, figures=_figures(before, after, keys), counted=counted)
        then = _value(before, keys) if keys else then
    now = _value(after, keys)
    if not isinstance(then, Decimal | int) or not isinstance(now, Decimal | int) or request.metric.id not in SUMS:
        return found
    path = basis_path(folder, request.metric.id, snapshot.sequence)
    group = _Group.of(request, keys)
    has_basis = path.exists() and group and not request.only and _is_usual(request)
    statement = basis_of(engine, replace(request, by=(), start=None, end=None), Shelf()) if has_basis else None
    changed = _changed(engine, group, path, statement) if statement and group else ({}, {}, {})
    return replace(found, bridge=bridged(Decimal(then), Decimal(now), *changed), has_basis=bool(statement))


def touched_since(changes: Sequence[Change] | None) -> dict[str, int] | None:
    """Records that were changed, by entity and source: of pages too large to be listed, nobody knows how many."""
    if changes is None:
        return None
    keys: dict[str, set[str]] = {}
    for change in changes:
        if change.keys is None:
            return None
        keys.setdefault(f"{change.entity.replace('_', ' ')} of {change.source}", set()).update(change.keys)
    return {what: len(those) for what, those in keys.items()}


def _is_usual(request: Request) -> bool:
    """Whether it has the parameters that the records of then were kept for."""
    return all(request.parameters.get(p.name, p.default) == p.default for p in request.metric.parameters)


def _figures(before: Result, after: Result, keys: Sequence[str]) -> tuple[tuple[Output, Any, Any], ...]:
    then, now = _row(before, keys), _row(after, keys)
    if then is None or now is None:
        return ()
    rows = [dict(zip((c.name for c in r.columns), row, strict=True)) for r, row in ((before, then), (after, now))]
    return tuple((output, rows[0].get(output.name), rows[1].get(output.name)) for output in after.metric.outputs)


def _row(result: Result, keys: Sequence[str]) -> tuple[Any, ...] | None:
    """The row that is meant; the only one where no key says which."""
    if not keys:
        return result.rows[0] if result.count == 1 else None
    wanted = [key.casefold() for key in keys]
    return next((row for row in result.rows if wanted in _names(result, row)), None)


def _value(result: Result, keys: Sequence[str]) -> Any:
    """The headline of the whole, or of the row that is meant."""
    if not keys:
        return figure_of(result)[0]
    row = _row(result, keys)
    if row is None:
        raise UsageError(
            f"there was no row for {', '.join(repr(key[:60]) for key in keys)}.", fix="Give the whole key."
        )
    return row[next(i for i, column in enumerate(result.columns) if column.name == result.metric.value)]


def _names(result: Result, row: Sequence[Any]) -> list[list[str]]:
    """What a row with one dimension may be called: its key, or its name."""
    keys = [(c.name, v) for c, v in zip(result.columns, row, strict=True) if c.role == "key" and v is not None]
    labels = [str(v) for c, v in zip(result.columns, row, strict=True) if c.role == "label" and v is not None]
    whole = "/".join(text.period(value, name) for name, value in keys)
    return [[name.casefold()] for name in (whole, *labels)]


@dataclass(frozen=True)
class _Group:
    """Which records belong to what is compared: those of a period, and of a customer."""

    start: date | None
    end: date | None
    customer: str | None = None

    @classmethod
    def of(cls, request: Request, keys: Sequence[str]) -> _Group | None:
        """None where the records do not tell whether they belong to the row."""
        if not keys:
            return cls(request.start, request.end)
        if request.by == ("customer",):
            return cls(request.start, request.end, keys[0])
        if request.by == ("month",):
            first = date.fromisoformat(f"{keys[0]}-01")
            return cls(first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1))
        return None

    def holds(self, day: date | None, customer: str | None) -> bool:
        if self.customer is not None and (customer or "").casefold() != self.customer.casefold():
            return False
        return day is None or ((self.start is None or day >= self.start) and (self.end is None or day <= self.end))


def _changed(engine: Engine, group: _Group, path: Path, statement: str) -> Any:
    """Records that differ between then and now, and whether those that do not count any more are still held."""
    names = "kind, entity, source, source_id, customer, day, value, own, currency"
    engine.db.execute(f"CREATE OR REPLACE TEMP TABLE hub_now AS {statement}")
    kept = f"read_parquet({quoted(str(path))})"
    sides = []
    for one, other in ((kept, "hub_now"), ("hub_now", kept)):
        rows = engine.db.execute(f"SELECT {names} FROM {one} EXCEPT ALL SELECT {names} FROM {other}").fetchall()
        sides.append({row[:4]: Contribution(row[6], row[7], row[8], group.holds(row[5], row[4])) for row in rows})
    return sides[0], sides[1], {key: _is_held(engine, key) for key in sides[0] if key not in sides[1]}


def _is_held(engine: Engine, key: tuple[Any, ...]) -> bool:
    _, entity, source, source_id = key
    counted = f"SELECT count(*) FROM {entity} WHERE source = ? AND source_id = ?"
    return bool(engine.db.execute(counted, [source, source_id]).fetchall()[0][0])
