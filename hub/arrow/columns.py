"""One Arrow column -> a column in physical form: by a kernel, by its distinct values, or value by value."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hub.arrow.kernels import kernel_for, positions
from hub.arrow.texts import plain
from hub.model.kinds import Kind
from hub.rows.values import Conversion, Errors

Values: TypeAlias = "list[Any] | pa.Array"
Converted: TypeAlias = "tuple[Values, Errors]"

_TYPES = {Kind.INTEGER: pa.int64(), Kind.DECIMAL: pa.int64(), Kind.UTC: pa.int64(), Kind.BOOLEAN: pa.bool_()}
_CANNOT = (pa.ArrowInvalid, pa.ArrowNotImplementedError, pa.ArrowKeyError)


def physical_type(kind: Kind) -> pa.DataType:
    """The Arrow type of a kind's physical form."""
    return _TYPES.get(kind, pa.string())


def as_array(values: list[Any], kind: Kind) -> Values:
    """A list as an array; it stays a list where a number is too wide."""
    try:
        return pa.array(values, physical_type(kind))
    except (OverflowError, pa.ArrowInvalid):
        return values


def repeated(value: Any, kind: Kind, count: int) -> Values:
    """The same value for every row."""
    if value is None:
        return pa.nulls(count, physical_type(kind))
    try:
        return pa.repeat(pa.scalar(value, physical_type(kind)), count)
    except (OverflowError, pa.ArrowInvalid):
        return [value] * count


def convert_column(conversion: Conversion, column: Any) -> Converted:
    """The same as `conversion.column_of(column.to_pylist())`, only quicker."""
    array = plain(column)
    kind = conversion.column.kind
    if pa.types.is_null(array.type):
        return repeated(conversion.blank, kind, len(array)), {}
    kernel = kernel_for(conversion, array.type) if conversion.is_plain else None
    if kernel is not None:
        try:
            values, unsure = kernel(array)
        except _CANNOT:
            pass
        else:
            return _completed(conversion, array, values, unsure)
    if conversion.remembers and pa.types.is_string(array.type):
        return _by_distinct(conversion, array)
    values, errors = conversion.column_of(array.to_pylist())
    return as_array(values, kind), errors


def _completed(conversion: Conversion, array: pa.Array, values: pa.Array, unsure: Any) -> Converted:
    """A kernel's answer with the gaps filled that it left."""
    if conversion.blank is not None and values.null_count:
        filled: Values = _filled(values, conversion.blank)
    else:
        filled = values
    if unsure is None or not unsure.any():
        return filled, {}
    places = positions(unsure)
    found, wrong = conversion.column_of(array.take(pa.array(places, pa.int64())).to_pylist())
    errors = {places[at]: error for at, error in wrong.items()}
    replacement = as_array(found, conversion.column.kind)
    if isinstance(filled, list) or isinstance(replacement, list):
        merged = filled if isinstance(filled, list) else filled.to_pylist()
        for place, value in zip(places, found, strict=True):
            merged[place] = value
        return merged, errors
    return pc.replace_with_mask(filled, pa.array(unsure), replacement), errors


def _filled(values: pa.Array, blank: Any) -> Values:
    try:
        return values.fill_null(pa.scalar(blank, values.type))
    except (OverflowError, pa.ArrowInvalid):
        return [blank if value is None else value for value in values.to_pylist()]


def _by_distinct(conversion: Conversion, array: pa.Array) -> Converted:
    """Few different texts: each is converted once."""
    encoded = array.dictionary_encode()
    distinct = encoded.dictionary.to_pylist()
    indices = encoded.indices
    if indices.null_count:
        indices = indices.fill_null(len(distinct))
        distinct.append(None)
    found, wrong = conversion.column_of(distinct)
    errors: Errors = {}
    if wrong:
        places = indices.to_numpy()
        for place in positions(np.isin(places, list(wrong))):
            errors[place] = wrong[int(places[place])]
    known = as_array(found, conversion.column.kind)
    if isinstance(known, list):
        return [known[index] for index in indices.to_pylist()], errors
    return known.take(indices), errors
