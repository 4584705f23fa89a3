"""Which columns of a file the maps and settings of a stream need, and what to say when one is not there.

A column that is gone must stop the reading: its values would otherwise be emptied in every row held.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from connectors.files.delimited import Chunk
from hub.sdk import At, Coalesced, FieldMap, FieldSource, Joined, SourceChanged

if TYPE_CHECKING:
    from hub.sdk import FieldOverrides


def used(maps: Sequence[FieldMap]) -> dict[str, str]:
    """Column of the file -> what is made from it first."""
    columns: dict[str, str] = {}
    for fields in maps:
        for name, source in fields.fields.items() if fields.each is None else ():
            for part in _parts(source):
                columns.setdefault(column_of(part.path), f"{fields.entity.name}.{name}")
        for where in fields.where:
            columns.setdefault(column_of(where.path), f"a condition of {fields.entity.name}")
        if fields.each is not None:
            columns.setdefault(column_of(fields.each).removesuffix("[]"), fields.entity.name)
    return columns


def needed(maps: Sequence[FieldMap], overridden: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """As `used`, without what may be missing: a field with a default, the choices of `first_of`, and fields that the
    admin says otherwise (entity -> columns)."""
    bare = [
        FieldMap(
            fields.entity,
            {
                name: source
                for name, source in fields.fields.items()
                if not isinstance(source, Coalesced)
                and name not in overridden.get(fields.entity.name, ())
                and not (isinstance(source, At) and source.default is not None)
            },
            fields.each,
            fields.where,
        )
        for fields in maps
    ]
    return used(bare)


def overriding(overrides: FieldOverrides | None) -> Iterator[str]:
    """The columns that an admin's own fields of one entity are made from."""
    for spec in overrides.specs.values() if overrides else ():
        for part in (spec, *(spec.join or ()), *(spec.first_of or ())) if spec else ():
            if part.path is not None:
                yield column_of(part.path)
    yield from map(column_of, (overrides.extras or {}).values() if overrides else ())


def missing(columns: Sequence[str], wanted: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """For each column that is not there: what is wrong, and what may be meant."""
    for column, purpose in wanted.items():
        if column not in columns:
            near = get_close_matches(column, columns, n=1, cutoff=0.6)
            hint = f"Did you mean `{near[0]}`?" if near else f"It has: {', '.join(columns[:30])}."
            yield f"there is no column `{column}`, which {purpose} needs.", hint


def require(columns: Sequence[str], wanted: Mapping[str, str], where: str) -> None:
    """Raise SourceChanged for the first column that is not there."""
    for problem, hint in missing(columns, wanted):
        raise SourceChanged(
            problem, fix=f"{hint} A field that files may lack says so with `first_of: [...]`.", where=where
        )


def columns_of(chunk: Chunk) -> tuple[str, ...]:
    """The columns of a chunk's rows; none where it has no row."""
    if isinstance(chunk.rows, list):
        return tuple(chunk.rows[0]) if chunk.rows else ()
    return tuple(chunk.rows.column_names)


def column_of(path: str) -> str:
    """The first step of a path, its escaped dots as they are in the file."""
    return path.replace("\\.", "\0").partition(".")[0].replace("\0", ".")


def _parts(source: FieldSource) -> Iterator[At]:
    parts = source.parts if isinstance(source, Joined | Coalesced) else (source,)
    yield from (part for part in parts if isinstance(part, At))
