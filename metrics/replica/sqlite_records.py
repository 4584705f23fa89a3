"""SQLite records as columns: headers and values of many records at once, and the Arrow arrays that they become."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from hub.model.kinds import Kind
from metrics.replica.arrow_files import ARROW_TYPES
from metrics.replica.sqlite_pages import PADDING, Bytes, Payloads, Places, Unreadable, varints

Words = NDArray[np.uint64]

VIEW_TYPES = {**ARROW_TYPES, **dict.fromkeys((Kind.TEXT, Kind.JSON), pa.string_view())}
"""How values come out of the file: texts as views of it, and decimals, whole millionths there, as the same bits."""
_MOST_HEADER = PADDING - 16
_FIRST_TEXT = 13
_INLINE = 12
"""Bytes of a text that stand in the view itself."""
_EDGE = 10**18


@dataclass(frozen=True)
class Values:
    """One column of some records: the serial type of each value (0: NULL) and where it begins."""

    serial: Places
    at: Places


class Records:
    """Some columns of records of a table that has so many. `values` gives each by its number; None where all are NULL.

    Records that were written before a column was added end early: it is NULL there.
    """

    def __init__(self, payloads: Payloads, columns: int, wanted: Iterable[int]) -> None:
        self.buffer = payloads.buffer
        size, at = varints(self.buffer, payloads.starts)
        body = payloads.starts + size
        self._headers = self._read_headers(at, body - at, columns)
        self.values = self._find(set(wanted), body)
        self.count = len(at)

    def keep_null(self, column: int) -> None:
        """Go on with those records alone that have no value there."""
        tested = self.values[column]
        if tested is not None:
            kept = np.flatnonzero(tested.serial == 0)
            self.values = {
                number: values and Values(values.serial[kept], values.at[kept])
                for number, values in self.values.items()
            }
            self.count = len(kept)

    def _read_headers(self, at: Places, length: Places, columns: int) -> Bytes:
        width = -(-max(columns, int(length.max(initial=1))) // 8) * 8
        if width > _MOST_HEADER:
            raise Unreadable("a record with a header that is too long")
        headers = _words(self.buffer, f"V{width}")[at].view(np.uint8).reshape(-1, width)
        if _summary(headers).max() > 127 or length.min(initial=columns) < columns:
            headers &= _masks(width)[length]
        return headers

    def _find(self, wanted: set[int], at: Places) -> dict[int, Values | None]:
        found: dict[int, Values | None] = {}
        self._used = _summary(self._headers)
        for column in range(max(wanted, default=-1) + 1):
            serial = self._serial(column)
            if column in wanted:
                found[column] = None if serial is None else Values(serial, at)
            if serial is not None:
                at = at + _size(serial)
        return found

    def _serial(self, column: int) -> Places | None:
        if not self._used[column]:
            return None
        first = self._headers[:, column]
        serial = first.astype(np.int64)
        going_on = np.flatnonzero(first > 127) if self._used[column] > 127 else ()
        if not len(going_on):
            return serial
        serial &= 127
        while len(going_on):  # the rest of these headers moves up, so that each column stays at its number
            self._headers[going_on, column:-1] = self._headers[going_on, column + 1 :]
            self._headers[going_on, -1] = 0
            byte = self._headers[going_on, column]
            serial[going_on] = (serial[going_on] << 7) | (byte & 127)
            going_on = going_on[byte > 127]
        self._used = _summary(self._headers)
        return serial


def arrow_array(records: Records, column: int, kind: Kind) -> pa.Array:
    """A column in its Arrow type. Raises Unreadable for a value of another type than the kind says."""
    of_type, values, count = VIEW_TYPES[kind], records.values[column], records.count
    if values is None:
        return pa.nulls(count, of_type)
    if kind in (Kind.TEXT, Kind.JSON, Kind.DATE):
        buffers = [_validity(values), pa.py_buffer(_views(records.buffer, values)), pa.py_buffer(records.buffer)]
        texts = pa.Array.from_buffers(pa.string_view(), count, buffers)
        return texts.cast(pa.string()).cast(of_type) if kind is Kind.DATE else texts
    whole = _integers(records.buffer, values)
    if kind is Kind.DECIMAL and ((whole >= _EDGE) | (whole <= -_EDGE)).any():
        raise Unreadable("a number with more than 18 digits")
    if kind is Kind.BOOLEAN:
        return pa.Array.from_buffers(of_type, count, [_validity(values), _bits(whole != 0)])
    return pa.Array.from_buffers(of_type, count, [_validity(values), pa.py_buffer(whole)])


def _integers(buffer: Bytes, values: Values) -> Places:
    serial = values.serial
    if ((serial == 7) | (serial > 9)).any():
        raise Unreadable("a value that is no whole number where one is expected")
    size = _size(serial)
    whole: Places = _words(buffer, ">i8")[values.at].astype(np.int64)
    whole >>= np.minimum(64 - 8 * size, 63)
    bare = size == 0
    if bare.any():
        whole[bare] = serial[bare] == 9
    return whole


def _views(buffer: Bytes, values: Values) -> Words:
    """Arrow's string views: the length, then up to twelve bytes, or the first four and the place in the buffer."""
    serial = values.serial
    if ((serial != 0) & ((serial < _FIRST_TEXT) | (serial % 2 == 0))).any():
        raise Unreadable("a value that is no text where one is expected")
    length = _size(serial)
    begin, rest = _words(buffer, "V16")[values.at].view(np.uint64).reshape(-1, 2).T
    most = int(length.max(initial=0))
    if length.min(initial=most) == most:  # keys often have one length: then one mask does for all
        begin, rest = begin & _kept()[min(most, 8)], rest & _kept()[min(max(most - 8, 0), 4)]
    else:
        begin, rest = begin & _kept()[np.minimum(length, 8)], rest & _kept()[np.clip(length - 8, 0, 4)]
    views = np.empty((len(serial), 2), np.uint64)
    half = np.uint64(32)
    views[:, 0] = (begin << half) | length.astype(np.uint64)
    views[:, 1] = (begin >> half) | (rest << half)
    if most <= _INLINE:
        return views
    long = length > _INLINE
    views[long, 1] = values.at[long].astype(np.uint64) << half
    return views


def _summary(headers: Bytes) -> Bytes:
    """All headers laid over one another: which columns are ever used, and have serial types of several bytes."""
    overlaid: Bytes = np.bitwise_or.reduce(headers.view(np.uint64), axis=0, initial=0).view(np.uint8)
    return overlaid


def _validity(values: Values) -> pa.Buffer | None:
    there = values.serial != 0
    return None if there.all() else _bits(there)


def _bits(flags: NDArray[np.bool_]) -> pa.Buffer:
    return pa.py_buffer(np.packbits(flags, bitorder="little"))


def _size(serial: Places) -> Places:
    """Bytes of a value by its serial type."""
    if serial.max(initial=0) < len(_sizes()):
        return _sizes()[serial]
    return np.where(serial > 11, (serial - 12) >> 1, _sizes()[np.minimum(serial, 11)])


@cache
def _sizes() -> Places:
    return np.array([0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0, *((serial - 12) // 2 for serial in range(12, 512))], np.int64)


@cache
def _kept() -> Words:
    """Masks for the first 0 to 8 bytes of a word."""
    return np.array([(1 << 8 * count) - 1 for count in range(9)], np.uint64)


@cache
def _masks(width: int) -> Bytes:
    """For each length of a header, what of so many bytes belongs to it."""
    masks: Bytes = np.tril(np.full((width + 1, width), 255, np.uint8), -1)
    return masks


def _words(buffer: Bytes, of_type: str) -> NDArray[Any]:
    """A word beginning at every byte."""
    size = np.dtype(of_type).itemsize
    return np.ndarray((len(buffer) - size + 1,), np.dtype(of_type), buffer, strides=(1,))
