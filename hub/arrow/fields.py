"""What a field's reader says, over a table: the counterpart of `hub.rows.readers`, with the same results."""

from __future__ import annotations

from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from hub.arrow.columns import Converted, Values, as_array, convert_column, repeated
from hub.arrow.kernels import positions
from hub.arrow.texts import plain, readable
from hub.errors import RowRejected
from hub.model.kinds import Column, Kind
from hub.rows.frames import Frame, page_frame
from hub.rows.paths import Path
from hub.rows.readers import AtReader, CoalescedReader, ComputedReader, ConstReader, JoinedReader, Reader, as_texts
from hub.rows.values import Errors


class Table:
    """A page's table: columns by name, and the same rows as dicts where somebody needs them."""

    def __init__(self, table: pa.Table) -> None:
        self.table = readable(table)
        self._places = {name: place for place, name in enumerate(table.column_names)}
        self._frame: Frame | None = None

    def __len__(self) -> int:
        return int(self.table.num_rows)

    def column(self, path: Path) -> pa.ChunkedArray | None:
        """The column a path names; None where the table has none. Of equal names the last one counts, as in a dict."""
        place = self._places.get(path.keys[0])
        return None if place is None or path.up else self.table.column(place)

    @property
    def frame(self) -> Frame:
        """The rows as the row path takes them."""
        if self._frame is None:
            self._frame = page_frame(self.table.to_pylist())
        return self._frame

    def rows(self, places: list[int]) -> list[dict[str, Any]]:
        """Some rows as dicts."""
        found: list[dict[str, Any]] = self.table.take(pa.array(places, pa.int64())).to_pylist()
        return found

    def chosen(self, mask: pa.Array) -> Table:
        """Only the rows the mask lets through."""
        return Table(self.table.filter(mask))


def read_field(column: Column, reader: Reader, table: Table) -> Converted:
    """One canonical column of the whole table. Deep paths and computed fields go through the row path."""
    if isinstance(reader, ConstReader):
        return repeated(reader.value, column.kind, len(table)), {}
    if isinstance(reader, ComputedReader) or any(len(path.keys) > 1 for path in reader.paths):
        values, errors = reader.read(table.frame)
        return as_array(values, column.kind), errors
    if isinstance(reader, AtReader):
        return _at(reader, table)
    if isinstance(reader, CoalescedReader):
        return reduce(_first, (_at(part, table) for part in reader.parts))
    if isinstance(reader, JoinedReader):
        return _joined(reader, table)
    values, errors = reader.read(_narrow_frame(reader, table))
    return as_array(values, column.kind), errors


def _narrow_frame(reader: Reader, table: Table) -> Frame:
    """Only the columns the reader looks at, as rows."""
    names = {path.keys[0]: table.column(path) for path in reader.paths}
    lists = {name: column.to_pylist() for name, column in names.items() if column is not None}
    if not lists:
        return Frame([{} for _ in range(len(table))])
    return Frame([dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)])


def _at(reader: AtReader, table: Table) -> Converted:
    column = table.column(reader.path)
    if column is None:
        return repeated(reader.conversion.blank, reader.conversion.column.kind, len(table)), {}
    return convert_column(reader.conversion, column)


def _first(one: Converted, other: Converted) -> Converted:
    """The first that has a value; an error of the second counts only where it was needed."""
    values, errors = one
    later, wrong = other
    if isinstance(values, list) or isinstance(later, list):
        values, later = _as_list(values), _as_list(later)
        needed = [value is None and at not in errors for at, value in enumerate(values)]
        merged: Values = [b if need else a for a, b, need in zip(values, later, needed, strict=True)]
    else:
        if not values.null_count:
            return one
        needed = _needed(values, errors)
        merged = pc.if_else(pa.array(needed), later, values)
    return merged, errors | {at: error for at, error in wrong.items() if needed[at]}


def _needed(values: pa.Array, errors: Errors) -> Any:
    needed = values.is_null().to_numpy(zero_copy_only=False)
    if errors:
        needed[list(errors)] = False
    return needed


def _as_list(values: Values) -> list[Any]:
    return values if isinstance(values, list) else values.to_pylist()


def _never_all_null(parts: list[pa.Array]) -> pa.Array:
    """The first part, blank where all are null: pyarrow 26 loses such rows when it skips nulls."""
    if not all(part.null_count for part in parts):
        return parts[0]
    return pc.if_else(reduce(pc.and_, (part.is_null() for part in parts)), "", parts[0])


def _joined(reader: JoinedReader, table: Table) -> Converted:
    parts: list[pa.Array] = []
    errors: Errors = {}
    for part, kind in reader.parts:
        values, wrong = read_field(Column("part", kind, ""), part, table)
        if kind not in (Kind.TEXT, Kind.DATE, Kind.JSON):
            values = as_texts(_as_list(values), kind)
        parts.append(pa.array(values, pa.string()) if isinstance(values, list) else values)
        errors = wrong | errors
    if not reader.is_key:
        parts[0] = _never_all_null(parts)
    handling = "emit_null" if reader.is_key else "skip"
    joined = pc.binary_join_element_wise(*parts, reader.separator, null_handling=handling)
    if reader.is_key and joined.null_count:
        missing = RowRejected("lacks a part of the key", rule="key")
        for place in positions(joined.is_null().to_numpy(zero_copy_only=False)):
            errors.setdefault(place, missing)
    found, too_long = convert_column(reader.conversion, plain(joined))
    return found, too_long | errors
