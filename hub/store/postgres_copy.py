"""Arrow columns as PostgreSQL's binary COPY format, built by kernels: no Python runs per row or value.

Binary, since the server then parses neither numbers nor times: that is half the work of a load, and exact by nature.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hub.model.kinds import Kind
from hub.store.postgres_arrays import json_clean
from hub.store.postgres_records import clean
from hub.store.shape import to_micros

_BLOCK = 16_384
"""Records that are encoded at a time: the server works on one block while we encode the next."""
_HEADER = b"PGCOPY\n\xff\r\n\x00" + b"\x00" * 8
_TRAILER = b"\xff\xff"
_MICROS_TO_2000 = 946_684_800_000_000
_DAYS_TO_2000 = 10_957
_NULL = struct.pack(">i", -1)
_EMPTY = pa.scalar(b"", pa.binary())
_ARROW = {Kind.BOOLEAN: pa.bool_(), Kind.INTEGER: pa.int64(), Kind.UTC: pa.int64(), Kind.DECIMAL: pa.int64()}

Parts = list[Any]
"""Arrow arrays of bytes that, joined row by row, make up a column."""


def blocks(
    columns: Sequence[Any], kinds: Sequence[Kind], constants: bytes = b"", count: int = 0
) -> Iterator[bytes | memoryview]:
    """The whole stream. `constants` are `count` encoded fields that come first in each record."""
    start_of_row = pa.scalar(struct.pack(">h", count + len(columns)) + constants, pa.binary())
    yield _HEADER
    for start in range(0, len(columns[0]), _BLOCK):
        parts: Parts = [start_of_row]
        for column, kind in zip(columns, kinds, strict=True):
            parts += _encoded(column[start : start + _BLOCK], kind)
        yield _bytes_of(pc.binary_join_element_wise(*parts, _EMPTY))
    yield _TRAILER


def constant(value: str | int | datetime) -> bytes:
    """A text, a 32-bit integer or a moment as an encoded field."""
    if isinstance(value, int):
        body = struct.pack(">i", value)
    elif isinstance(value, str):
        body = value.encode()
    else:
        body = struct.pack(">q", to_micros(value) - _MICROS_TO_2000)
    return struct.pack(">i", len(body)) + body


def all_different(ids: pa.Array) -> bool:
    """Whether no id comes twice. Exports are often sorted by it, which is cheaper to see."""
    if pc.all(pc.less(ids[:-1], ids[1:])).as_py():
        return True
    return bool(pc.count_distinct(ids).as_py() == len(ids))


def lowest_and_highest(ids: pa.Array) -> tuple[str, str] | None:
    """The ends of the ids by their bytes; None where the store keeps other characters in their place."""
    if b"\x00" in bytes(_bytes_of(ids.cast(pa.string()))):
        return None
    ends = pc.min_max(ids).as_py()
    return ends["min"], ends["max"]


def _encoded(values: list[Any] | pa.Array, kind: Kind) -> Parts:
    if (
        isinstance(values, list)
        and kind is Kind.DECIMAL
        and any(v is not None and not -(2**63) <= v < 2**63 for v in values)
    ):
        return [pa.array([_wide_number(value) for value in values], pa.binary())]
    array = pa.array(values, _ARROW.get(kind, pa.string())) if isinstance(values, list) else values
    if kind in (Kind.TEXT, Kind.JSON):
        return _texts(array.cast(pa.string()), kind)
    if kind is Kind.DATE:
        days = array.cast(pa.string()).cast(pa.date32()).cast(pa.int32())
        return [_fixed(_filled(days) - _DAYS_TO_2000, ">i4", days)]
    if kind is Kind.BOOLEAN:
        return [_fixed(_filled(array.cast(pa.int8())), ">i1", array)]
    if kind is Kind.UTC:
        return [_fixed(_filled(array) - _MICROS_TO_2000, ">i8", array)]
    if kind is Kind.DECIMAL:
        return [_numbers(array)]
    return [_fixed(_filled(array), ">i8", array)]


def _filled(array: pa.Array) -> Any:
    """Whole numbers for numpy; what is empty is 0 for now."""
    return (array.fill_null(0) if array.null_count else array).to_numpy(zero_copy_only=False)


def _fixed(values: Any, kind: str, array: pa.Array) -> pa.Array:
    """Fields of one length: the length, then the number."""
    size = np.dtype(kind).itemsize
    fields = np.empty((len(values), 4 + size), np.uint8)
    fields[:, :4] = np.frombuffer(struct.pack(">i", size), np.uint8)
    fields[:, 4:] = values.astype(kind).view(np.uint8).reshape(len(values), size)
    return _fields(fields, array)


def _numbers(array: pa.Array) -> pa.Array:
    """Whole millionths as numeric: base-10000 digits, as many before the point as the largest number needs, two behind.

    Leading and trailing zeros are allowed; the server drops them.
    """
    values = _filled(array)
    negative = values < 0
    size = np.where(negative, -values, values).view(np.uint64)  # also right for the lowest number
    whole, rest = np.divmod(size, np.uint64(10**6))
    largest = int(whole.max())
    count = 1 + sum(largest >= limit for limit in (10**4, 10**8, 10**12))
    digits = np.empty((len(values), 6 + count), ">i2")  # count, weight, sign, scale, then the digits
    digits[:, :4] = (count + 2, count - 1, 0, 6)
    digits[:, 2] = np.where(negative, 0x4000, 0)
    for place in range(3 + count, 4, -1):
        whole, digits[:, place] = np.divmod(whole, np.uint64(10_000))
    digits[:, 4] = whole
    digits[:, 4 + count], last = np.divmod(rest, np.uint64(100))
    digits[:, 5 + count] = last * np.uint64(100)
    width = 2 * digits.shape[1]
    fields = np.empty((len(values), 4 + width), np.uint8)
    fields[:, :4] = (0, 0, 0, width)
    fields[:, 4:] = digits.view(np.uint8).reshape(len(values), width)
    return _fields(fields, array)


def _fields(fields: Any, array: pa.Array) -> pa.Array:
    """Rows of bytes as an Arrow array; where `array` is empty, the field that means so."""
    width = fields.shape[1]
    column = pa.Array.from_buffers(pa.binary(width), len(fields), [None, pa.py_buffer(np.ascontiguousarray(fields))])
    column = column.cast(pa.binary())
    return pc.if_else(array.is_valid(), column, pa.scalar(_NULL, pa.binary())) if array.null_count else column


def _texts(array: pa.Array, kind: Kind) -> Parts:
    """A length, for jsonb its version, and the bytes."""
    array = _storable(array, kind)
    extra = 1 if kind is Kind.JSON else 0
    lengths = _filled(pc.binary_length(array)) + extra
    if array.null_count:
        lengths = np.where(array.is_valid().to_numpy(zero_copy_only=False), lengths, -1)
    prefix = np.ascontiguousarray(lengths.astype(">i4")).view(np.uint8).reshape(len(array), 4)
    head = pa.Array.from_buffers(pa.binary(4), len(array), [None, pa.py_buffer(prefix)]).cast(pa.binary())
    body = array.cast(pa.binary())
    if extra:
        body = pc.binary_join_element_wise(pa.scalar(b"\x01", pa.binary()), body, _EMPTY)
    return [head, body.fill_null(b"") if array.null_count else body]


def _storable(array: pa.Array, kind: Kind) -> pa.Array:
    """The texts without what PostgreSQL refuses. One look at all bytes tells that there is nothing to do."""
    suspect = b"\\u0000" if kind is Kind.JSON else b"\x00"
    if suspect not in bytes(_bytes_of(array)):
        return array
    mended = json_clean if kind is Kind.JSON else clean
    return pa.array([None if value is None else mended(value) for value in array.to_pylist()], pa.string())


def _bytes_of(array: pa.Array) -> memoryview:
    """All values behind one another, as they lie in memory."""
    _, offsets, data = array.buffers()
    if data is None:
        return memoryview(b"")
    first, last = (np.frombuffer(offsets, np.int32)[array.offset + place] for place in (0, len(array)))
    return memoryview(data)[first:last]


def _wide_number(millionths: int | None) -> bytes:
    """A numeric field of any size."""
    if millionths is None:
        return _NULL
    whole, rest = divmod(abs(millionths), 10**6)
    digits = [rest // 100, rest % 100 * 100]
    weight = -1
    while whole:
        whole, digit = divmod(whole, 10_000)
        digits.insert(0, digit)
        weight += 1
    body = struct.pack(f">HhHH{len(digits)}H", len(digits), weight, 0x4000 if millionths < 0 else 0, 6, *digits)
    return struct.pack(">i", len(body)) + body
