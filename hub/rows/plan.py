"""A FieldMap made ready to run: its paths parsed, its readers built, its constants converted. Built once a map."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from hub.convert import Misfit, nearest
from hub.errors import ConfigError
from hub.mapping import At, Coalesced, Collected, Computed, FieldMap, FieldSource, Joined
from hub.model.kinds import Column
from hub.rows.frames import Frame
from hub.rows.paths import Path, parse, parse_each
from hub.rows.readers import Reader, reader_for
from hub.rows.where import Test


@dataclass(frozen=True, slots=True)
class Field:
    """One canonical column with its source and reader."""

    column: Column
    source: FieldSource
    reader: Reader


class Plan:
    """What `apply` needs to know of one map. ConfigError, with entity and column, where the map cannot work.

    lists   paths of the lists that `each` walks; none for a map of plain rows
    fields  in the entity's order, so the key comes first
    tests   the `where`s
    owner   how to name the parents whose children are replaced
    uses    top-level fields of the source row that the map looks at
    """

    def __init__(self, fields: FieldMap) -> None:
        self.map = fields
        self.entity = fields.entity
        self.lists = self._lists()
        self.fields = self._fields()
        self.tests = tuple(self._test(where) for where in fields.where)
        self.owner = self._owner()
        self.uses = frozenset(self._uses())

    @property
    def depth(self) -> int:
        """How many lists lie between the page's rows and the records."""
        return len(self.lists)

    def frame(self, page: Frame) -> Frame:
        """The frame that holds the records."""
        for path in self.lists:
            page = page.below(path)
        return page

    def let_in(self, frame: Frame, tests: Iterable[Test]) -> list[bool] | None:
        """For each row whether all tests pass; None for "all of them"."""
        mask: list[bool] | None = None
        for test in tests:
            verdicts = list(map(test.passes, frame.values(test.path)))
            mask = verdicts if mask is None else [one and other for one, other in zip(mask, verdicts, strict=True)]
        return None if mask is None or all(mask) else mask

    def source_of(self, name: str) -> FieldSource | None:
        return self.map.fields.get(name)

    def _lists(self) -> tuple[Path, ...]:
        if self.map.each is None:
            return ()
        try:
            return parse_each(self.map.each)
        except ValueError as error:
            raise self._wrong("each", str(error)) from None

    def _fields(self) -> tuple[Field, ...]:
        names = [column.name for column in self.entity.columns]
        for name in self.map.fields:
            if name not in self.entity:
                raise self._wrong(name, f"{self.entity.name} has no such column.{nearest(name, names)}")
        for column in self.entity.columns:
            if column.required and column.name not in self.map.fields:
                raise self._wrong(column.name, "the column is required, but the map has no field for it.")
        return tuple(
            self._field(column, self.map.fields[column.name])
            for column in self.entity.columns
            if column.name in self.map.fields
        )

    def _field(self, column: Column, source: FieldSource) -> Field:
        try:
            reader = reader_for(column, source)
        except Misfit as error:
            raise self._wrong(column.name, str(error)) from None
        for path in reader.paths:
            self._require_level(column.name, path)
        return Field(column, source, reader)

    def _require_level(self, name: str, path: Path) -> None:
        if path.up > self.depth:
            raise self._wrong(name, f"`{'^' * path.up}{'.'.join(path.keys)}` leads above the page's own rows.")

    def _test(self, where: Any) -> Test:
        try:
            test = Test(where)
        except ValueError as error:
            raise self._wrong("where", str(error)) from None
        self._require_level("where", test.path)
        return test

    def _owner(self) -> Owner | None:
        name = self.map.replaces
        if name is None:
            return None
        if not self.depth:
            raise self._wrong("replaces", "it needs `each`: only a list inside its parent is known to be whole.")
        field = next((field for field in self.fields if field.column.name == name), None)
        if field is None:
            raise self._wrong("replaces", f"the map has no field `{name}`.")
        return Owner.of(self, field)

    def _uses(self) -> Iterable[str]:
        """Names at the top of the source row. Inside a list, everything belongs to the list's own name."""
        paths = [path for field in self.fields for path in field.reader.paths] + [test.path for test in self.tests]
        for field in self.fields:
            if isinstance(field.source, Computed):
                paths += map(parse, field.source.uses)
        yield from (path.keys[0] for path in paths if path.up == self.depth)
        if self.lists:
            yield self.lists[0].keys[0]

    def _wrong(self, name: str, sentence: str) -> ConfigError:
        return ConfigError(
            f"{sentence[:1].lower()}{sentence[1:]}" if sentence[:1] != "`" else sentence,
            fix="Correct the map of this stream, in YAML under `fields:` or in the connector.",
            where=f"{self.entity.name}.{name}",
        )


@dataclass(frozen=True, slots=True)
class Owner:
    """How the parents of replaced children are named.

    levels  how far above the records the parent is
    id      reads the parent's key, in the parent's frame; None where only the children know it
    stamp   reads its change stamp there, where the map has it from the parent
    """

    column: Column
    levels: int
    id: Reader | None
    stamp: Reader | None

    @classmethod
    def of(cls, plan: Plan, field: Field) -> Owner:
        levels = min((path.up for path in field.reader.paths), default=0)
        if not levels:
            return cls(field.column, 1, None, None)
        stamp = next((each for each in plan.fields if each.column.name == "source_updated_at"), None)
        return cls(
            field.column,
            levels,
            reader_for(field.column, lifted(field.source, levels)),
            None if stamp is None else _stamp_reader(stamp, levels),
        )


def _stamp_reader(stamp: Field, levels: int) -> Reader | None:
    if not stamp.reader.paths or min(path.up for path in stamp.reader.paths) < levels:
        return None
    return reader_for(stamp.column, lifted(stamp.source, levels))


def lifted(source: Any, levels: int) -> Any:
    """The same source as seen from so many levels higher."""
    match source:
        case At():
            return replace(source, path=source.path[levels:])
        case Joined() | Coalesced():
            return replace(source, parts=tuple(lifted(part, levels) for part in source.parts))
        case Collected():
            return Collected({name: path[levels:] for name, path in source.parts.items()})
        case _:
            return source


def parents_plan(maps: Sequence[FieldMap], plan: Plan, owner: Owner) -> Plan | None:
    """The plan of the map that makes the parents themselves, if this stream has it."""
    above = plan.lists[: plan.depth - owner.levels]
    for fields in maps:
        if fields.entity.name == owner.column.refers_to and fields.plan.lists == above:
            return fields.plan
    return None
