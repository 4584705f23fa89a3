"""`apply` for rows: every map over the page, and the sums that must come out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

from hub.errors import RowRejected
from hub.mapping import FieldMap
from hub.model.batch import Batch, Mapped, Reject, Replacement, Row
from hub.model.duplicates import survivors
from hub.model.kinds import Column
from hub.rows.frames import Frame, page_frame, selected
from hub.rows.plan import Owner, Plan, parents_plan
from hub.rows.values import Errors


def apply_rows(maps: Sequence[FieldMap], rows: Sequence[Any]) -> Mapped:
    """See `hub.mapping.apply`. A row that is no object is refused once, by the first map."""
    page = page_frame(rows)
    mapped = Mapped(len(rows), [], [])
    routing = Routing(len(rows), set(page.bad))
    for number, fields in enumerate(maps):
        work = MapRun(fields.plan, page, rows, maps)
        work.run(claims_bad=number == 0)
        routing.add(work.routed())
        mapped.rejects += work.rejects
        if work.batch is not None:
            mapped.batches.append(work.batch)
    mapped.unrouted = routing.unrouted
    return mapped


class Routing:
    """Which rows of the page some map asked for."""

    def __init__(self, rows: int, routed: set[int]) -> None:
        self._rows = rows
        self._mask: list[bool] | None = [False] * rows
        for position in routed:
            self._mask[position] = True

    def add(self, mask: Sequence[bool] | None) -> None:
        """One more map's; None for all rows."""
        if mask is None or self._mask is None:
            self._mask = None
        else:
            self._mask = [one or other for one, other in zip(self._mask, mask, strict=True)]

    @property
    def unrouted(self) -> int:
        return 0 if self._mask is None else self._mask.count(False)


@dataclass(slots=True)
class MapRun:
    """One map over one page."""

    plan: Plan
    page: Frame
    rows: Sequence[Any]
    maps: Sequence[FieldMap]
    rejects: list[Reject] = field(default_factory=list)
    batch: Batch | None = None
    _whole: Frame = field(init=False)
    _mask: list[bool] | None = None
    _lost: set[int] = field(default_factory=set)
    """Parents, by position, of rejected children without a key: what they still have is not known."""
    _refused: list[tuple[str, int]] = field(default_factory=list)
    """Keys of rejected children, each with the position of its parent."""

    def run(self, *, claims_bad: bool) -> None:
        self._whole = self.plan.frame(self.page)
        self._mask = self._let_in(claims_bad)
        frame = self._whole if self._mask is None else self._whole.narrowed(self._mask)
        columns, errors = self._read(frame)
        keep = self._refuse(frame, columns, errors)
        replacement = self._replacement(frame, keep)
        origins = frame.origins()
        if keep is not None:
            columns = {name: selected(values, keep) for name, values in columns.items()}
            origins = list(compress(range(len(frame)) if origins is None else origins, keep))
        if columns["source_id"] or (replacement is not None and replacement.owners):
            self.batch = Batch(self.plan.entity, dict(columns), origins, replacement)

    def _let_in(self, claims_bad: bool) -> list[bool] | None:
        mask = self.plan.let_in(self._whole, self.plan.tests)
        bad = self._whole.bad
        if not bad:
            return mask
        verdicts = [True] * len(self._whole) if mask is None else mask
        for position in bad:
            at_top = self._whole.lift(position, self.plan.depth) in self.page.bad
            verdicts[position] = claims_bad or not at_top
        return verdicts

    def _read(self, frame: Frame) -> tuple[dict[str, list[Any]], dict[int, list[tuple[str, RowRejected]]]]:
        columns: dict[str, list[Any]] = {}
        errors: dict[int, list[tuple[str, RowRejected]]] = {
            position: [(self.plan.map.each or "row", error)] for position, error in frame.bad.items()
        }
        for each in self.plan.fields:
            values, wrong = each.reader.read(frame)
            columns[each.column.name] = values
            for position, error in checked(each.column, values, wrong).items():
                if position not in frame.bad:
                    errors.setdefault(position, []).append((each.column.name, error))
        return columns, errors

    def _refuse(
        self, frame: Frame, columns: dict[str, list[Any]], errors: dict[int, list[tuple[str, RowRejected]]]
    ) -> bytearray | None:
        """Turn refused records into rejects; returns what to keep, None for all."""
        if not errors:
            return None
        keep = bytearray(b"\1") * len(frame)
        origins = frame.origins()
        levels = self.plan.owner.levels if self.plan.owner else 0
        for position in sorted(errors):
            keep[position] = 0
            key = columns["source_id"][position] if _key_is_known(errors[position], position in frame.bad) else None
            origin = position if origins is None else origins[position]
            self.rejects.append(reject_of(self.plan.entity.name, origin, key, errors[position], self.rows[origin]))
            if levels and key is None:
                self._lost.add(frame.lift(position, levels))
            elif levels and key is not None:
                self._refused.append((key, frame.lift(position, levels)))
        return keep

    def routed(self) -> list[bool] | None:
        """Rows of the page that this map asked for; None for all. A row whose list is empty was asked for."""
        tests, depth = self.plan.tests, self.plan.depth
        if not tests:
            return None
        if not depth:
            return self.plan.let_in(self.page, tests)
        mask = self.plan.let_in(self.page, [test.lifted(depth) for test in tests if test.path.up == depth])
        routed = [True] * len(self.page) if mask is None else mask
        if all(test.path.up == depth for test in tests) or self._mask is None:
            return routed
        origins = self._whole.origins() or []
        refused = set(origins) - set(compress(origins, self._mask))
        return [let_in and position not in refused for position, let_in in enumerate(routed)]

    def _replacement(self, records: Frame, keep: bytearray | None) -> Replacement | None:
        """The parents whose children are all here. Of a parent that came twice, one copy counts, as in the store."""
        owner = self.plan.owner
        if owner is None:
            return None
        frame = self._whole.ancestor(owner.levels)
        ids, stamps, unknown = self._owners(owner, frame)
        unknown |= self._lost | self._unsent(owner, frame, unknown)
        known = [position for position, key in enumerate(ids) if key is not None and position not in unknown]
        counting = survivors([ids[position] for position in known], [stamps[position] for position in known])
        current = known if counting is None else [known[place] for place in counting]
        outdated = set(known).difference(current)
        return Replacement(
            owner.column.name,
            {ids[position]: stamps[position] for position in current},
            [key for key, parent in self._refused if parent not in outdated],
            _children_of(outdated, records, owner.levels, keep) if outdated else (),
        )

    def _owners(self, owner: Owner, frame: Frame) -> tuple[list[Any], list[Any], set[int]]:
        """Keys and change stamps of the parents, and the positions that cannot be judged or were not let in."""
        unknown: set[int] = set(frame.bad)
        if owner.id is None:
            ids = self._ids_from_children(owner, frame)
        else:
            ids, wrong = owner.id.read(frame)
            unknown.update(wrong)
        reader = owner.stamp
        if reader is None:
            parents = parents_plan(self.maps, self.plan, owner)
            stamp = (
                None
                if parents is None
                else next((each for each in parents.fields if each.column.name == "source_updated_at"), None)
            )
            reader = stamp.reader if stamp else None
        stamps: list[Any] = [None] * len(frame)
        if reader is not None:
            stamps, wrong = reader.read(frame)
            unknown.update(wrong)
        tests = [test.lifted(owner.levels) for test in self.plan.tests if test.path.up >= owner.levels]
        mask = self.plan.let_in(frame, tests)
        if mask is not None:
            unknown.update(position for position, let_in in enumerate(mask) if not let_in)
        return ids, stamps, unknown

    def _ids_from_children(self, owner: Owner, frame: Frame) -> list[Any]:
        """Where only the children name their parent: those that have children."""
        ids: list[Any] = [None] * len(frame)
        reader = next(each.reader for each in self.plan.fields if each.column.name == owner.column.name)
        values, _ = reader.read(self._whole)
        for position, key in enumerate(values):
            ids[self._whole.lift(position, owner.levels)] = key
        return ids

    def _unsent(self, owner: Owner, frame: Frame, unknown: set[int]) -> set[int]:
        """Parents whose list was not sent. Each is a reject where the list is compulsory: silence proves nothing."""
        unsent: set[int] = set()
        level: Frame | None = self._whole
        for above in range(owner.levels):
            if level is None or level.above is None:
                break
            unsent.update(level.above.lift(position, owner.levels - 1 - above) for position in level.unsent)
            level = level.above
        if not self.plan.map.optional:
            error = RowRejected("the list is missing, so nobody can say what it has lost", rule="required")
            origins = frame.origins()
            for position in sorted(unsent - unknown):
                origin = position if origins is None else origins[position]
                name = self.plan.map.each or "row"
                self.rejects.append(reject_of(self.plan.entity.name, origin, None, [(name, error)], self.rows[origin]))
        return unsent


def _children_of(parents: set[int], records: Frame, levels: int, keep: bytearray | None) -> list[int]:
    """Positions, among the records that are kept, of those that have one of these parents."""
    kept = range(len(records)) if keep is None else compress(range(len(records)), keep)
    return [place for place, record in enumerate(kept) if records.lift(record, levels) in parents]


def _key_is_known(errors: Sequence[tuple[str, RowRejected]], is_bad: bool) -> bool:
    return not is_bad and all(name != "source_id" for name, _ in errors)


def checked(column: Column, values: list[Any], errors: Errors) -> Errors:
    """The errors with those added that the column's own rules find."""
    if column.required and None in values:
        error = missing(column)
        errors = {at: error for at, value in enumerate(values) if value is None} | errors
    low, high = column.limits
    if low is not None:
        small = too_small(column)
        errors = {at: small for at, value in enumerate(values) if value is not None and value < low} | errors
    if high is not None:
        large = too_large(column)
        errors = {at: large for at, value in enumerate(values) if value is not None and value > high} | errors
    return errors


def missing(column: Column) -> RowRejected:
    """A required value is not there."""
    return RowRejected("is missing", rule="key" if column.name == "source_id" else "required")


def too_small(column: Column) -> RowRejected:
    """A number is below the column's minimum."""
    return RowRejected(f"is below {column.minimum}", rule="range")


def too_large(column: Column) -> RowRejected:
    """A number is above the column's maximum: of a share, most often a percentage."""
    hint = "; where the source tells a percentage, set `percent: true`" if column.maximum == 1 else ""
    return RowRejected(f"is above {column.maximum}{hint}", rule="range")


def reject_of(entity: str, origin: int, key: str | None, errors: Sequence[tuple[str, RowRejected]], raw: Any) -> Reject:
    """One reject for a record: its first failing field, and how many more there are."""
    name, error = errors[0]
    more = len(errors) - 1
    reason = error.problem if not more else f"{error.problem} ({more} more field{'s' * (more > 1)} refused)"
    row: Row = raw if isinstance(raw, dict) else {"value": raw}
    return Reject(entity, origin, key, name, error.rule, reason, row)
