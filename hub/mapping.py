"""FieldMap: a page of source rows becomes canonical columns. Pure: no network, no store, no clock.

A map is data. It can be printed, checked for completeness, compared (`fingerprint`) and overridden in YAML.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub.model.batch import Mapped, Row
from hub.model.kinds import Entity

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class At:
    """The value at a path of the source row. `customer.id` goes down, `lines.0.sku` into a list, `^id` to the parent row
    of an `each` map (`^^` twice). A literal dot in a key is written `\\.`.

    convert  name of a converter in `hub.convert.CONVERTERS`; by default the one of the column's kind
    default  physical-form source value where the path is missing, null or an empty text
    values   the source's words -> ours; a word that is not listed is rejected unless it is already one of ours,
             or taken as `values["*"]` where that is given
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
    The function is pure; its name goes into the fingerprint; raise RowRejected inside `values` by returning it."""

    function: Callable[[Sequence[Row]], Sequence[Any]]
    convert: str | None = None


FieldSource = At | Const | Joined | Coalesced | Computed


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


def computed(function: Callable[[Sequence[Row]], Sequence[Any]], convert: str | None = None) -> Computed:
    return Computed(function, convert)


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
        """The same map with an admin's fields in it; None takes a field out; `extras` name -> path go to `extras`."""
        raise NotImplementedError

    def fingerprint(self) -> str:
        """Changes whenever the meaning of the map does."""
        raise NotImplementedError


def apply(maps: Sequence[FieldMap], rows: list[Row] | pa.Table) -> Mapped:
    """A whole page through all maps of its stream. Every record ends in a batch or among the rejects; nothing escapes.

    Duplicates within the page are *not* removed here: the store counts them.
    """
    raise NotImplementedError
