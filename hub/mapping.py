"""FieldMap: a page of source rows becomes canonical columns. Pure: no network, no store, no clock.

A map is data. It can be printed, checked for completeness, compared (`fingerprint`) and overridden in YAML.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, is_dataclass, replace
from dataclasses import fields as dataclass_fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hub.convert import Misfit
from hub.model.batch import Mapped, Row
from hub.model.kinds import Column, Entity

if TYPE_CHECKING:
    import pyarrow as pa

    from hub.rows.plan import Plan


@dataclass(frozen=True)
class At:
    """The value at a path of the source row. `customer.id` goes down, `lines.0.sku` into a list, `^id` to the parent
    row of an `each` map (`^^` twice). A literal dot in a key is written `\\.`.

    convert  name of a converter in `hub.convert.CONVERTERS`; by default the one of the column's kind
    default  source value to read where the path is missing, null or a blank text
    values   the source's words -> ours, in any case; None for no value. A word that is not listed is read as it is:
             refused unless it is one of ours, or taken as `values["*"]` where that is given
    """

    path: str
    convert: str | None = None
    default: Any = None
    values: Mapping[str, Any] | None = None
    options: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Const:
    """The same source value for every row."""

    value: Any


@dataclass(frozen=True)
class Joined:
    """Several values as one text: composite keys (`10248:11`), a name from two fields. Empty parts are left out
    unless the column is the key, where an empty part rejects the row."""

    parts: tuple[At | Const, ...]
    separator: str = ":"


@dataclass(frozen=True)
class Coalesced:
    """The first of several paths that has a value."""

    parts: tuple[At, ...]


@dataclass(frozen=True)
class Computed:
    """A named function over rows, for what is more than a look-up: `function(rows) -> one source value per row`.
    The function is pure; its name goes into the fingerprint; to refuse one row, return a RowRejected in its place.

    uses  paths it looks at, so that they do not count as fields nobody maps
    """

    function: Callable[[Sequence[Row]], Sequence[Any]]
    convert: str | None = None
    uses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Collected:
    """Several paths as one JSON object, by name; those without a value are left out. This is what `extras` are."""

    parts: Mapping[str, str]


FieldSource = At | Const | Joined | Coalesced | Computed | Collected


@dataclass(frozen=True)
class Where:
    """A row is let in when the value at `path` passes every test that is set. Data, so that YAML can say it.

    equals / one_of     as texts
    prefix / no_prefix  of the text
    empty               True: null, missing or blank text; False: something is there
    """

    path: str
    equals: str | None = None
    one_of: tuple[str, ...] | None = None
    not_one_of: tuple[str, ...] | None = None
    prefix: str | None = None
    no_prefix: str | None = None
    empty: bool | None = None


def at(
    path: str,
    convert: str | None = None,
    *,
    default: Any = None,
    values: Mapping[str, Any] | None = None,
    **options: Any,
) -> At:
    return At(path, convert, default, values, options or None)


def const(value: Any) -> Const:
    return Const(value)


def joined(*parts: str | At | Const, separator: str = ":") -> Joined:
    return Joined(tuple(at(part) if isinstance(part, str) else part for part in parts), separator)


def first_of(*paths: str | At) -> Coalesced:
    return Coalesced(tuple(at(path) if isinstance(path, str) else path for path in paths))


def computed(
    function: Callable[[Sequence[Row]], Sequence[Any]], convert: str | None = None, *, uses: Sequence[str] = ()
) -> Computed:
    return Computed(function, convert, tuple(uses))


@dataclass(frozen=True)
class FieldMap:
    """How one canonical entity is made from a stream's rows.

    entity    from `hub.model.catalog`
    fields    canonical column -> where its value comes from; `source_id` is compulsory
    each      path of a list inside the row: every element yields a record (`lines`, `fulfillments`); a dotted path may
              cross lists (`lines.edges.node` is not magic: name the list, `[]` walks a nested one: `refunds[].lines`)
    where     all must hold for a row to be let in
    replaces  column that holds the parent's id: children of a parent that came again without them are removed
    optional  an `each` list that is missing altogether is "not sent", so nothing is replaced
    """

    entity: Entity
    fields: Mapping[str, FieldSource]
    each: str | None = None
    where: tuple[Where, ...] = ()
    replaces: str | None = None
    optional: bool = False

    def overridden(self, fields: Mapping[str, FieldSource | None], extras: Mapping[str, str] | None = None) -> FieldMap:
        """The same map with an admin's fields in it; None takes a field out; `extras` name -> path go to `extras`,
        beside those that the map has already."""
        merged = {**self.fields, **fields}
        if extras:
            kept = merged.get("extras")
            merged["extras"] = Collected({**(kept.parts if isinstance(kept, Collected) else {}), **extras})
        return replace(self, fields={name: source for name, source in merged.items() if source is not None})

    def fingerprint(self) -> str:
        """Changes whenever the meaning of the map does; the same in every process."""
        text = json.dumps(_described(self), sort_keys=True, ensure_ascii=False)
        return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()

    @cached_property
    def plan(self) -> Plan:
        """The map made ready to run, once. ConfigError where it cannot be."""
        from hub.rows.plan import Plan

        return Plan(self)


def _described(value: Any) -> Any:
    """A map as plain JSON, for its fingerprint."""
    if isinstance(value, Entity):
        return value.name
    if is_dataclass(value) and not isinstance(value, type):
        inner = {each.name: _described(getattr(value, each.name)) for each in dataclass_fields(value)}
        return [type(value).__name__, inner]
    if isinstance(value, Mapping):
        return {str(key): _described(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_described(inner) for inner in value]
    if callable(value):
        return f"{getattr(value, '__module__', '')}.{getattr(value, '__qualname__', type(value).__name__)}"
    return value if isinstance(value, str | int | float | bool | None) else f"{type(value).__name__}:{value}"


def mistake_in(column: Column, source: FieldSource) -> tuple[str, str] | None:
    """Why a source cannot fill a column: (the word in YAML to look at, a sentence). None where it can."""
    from hub.rows.readers import reader_for

    try:
        reader_for(column, source)
    except Misfit as error:
        return error.key, str(error)
    return None


def apply(maps: Sequence[FieldMap], rows: list[Row] | pa.Table) -> Mapped:
    """A whole page through all maps of its stream. Every record ends in a batch or among the rejects; nothing escapes.

    Duplicates within the page are *not* removed here: the store counts them.
    """
    if not isinstance(rows, list):
        from hub.arrow import apply_table

        return apply_table(maps, rows)
    from hub.rows.page import apply_rows

    return apply_rows(maps, rows)


def unmapped(maps: Sequence[FieldMap], rows: list[Row] | pa.Table) -> set[str]:
    """Names of the rows' own fields that no map looks at: new ones are how a source's drift shows."""
    if isinstance(rows, list):
        names = set(map(str, set().union(*(row for row in rows if isinstance(row, dict | Mapping)))))
    else:
        names = set(rows.column_names)
    return names.difference(*(fields.plan.uses for fields in maps))


def filled(names: set[str], rows: list[Row] | pa.Table) -> set[str]:
    """Those of the rows' own fields that carry data in any of the rows."""
    if isinstance(rows, list):
        some = [row for row in rows if isinstance(row, dict | Mapping)]
        return {name for name in names if any(row.get(name) not in _EMPTY for row in some)}
    return {name for name in names if any(value not in _EMPTY for value in rows.column(name).to_pylist())}


_EMPTY: tuple[Any, ...] = (None, "", [], {})
