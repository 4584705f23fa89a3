"""The bytes of a string array, looked at directly: lengths, edges and NULs of a whole column in a few passes."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from numpy.typing import NDArray

Mask = "NDArray[np.bool_]"

_TRIMMABLE = np.zeros(256, dtype=np.bool_)
_TRIMMABLE[:0x21] = True
_TRIMMABLE[0x7F:] = True
"""Bytes at a text's edge that may be white space: ASCII's own, and everything that begins or ends a wider character."""


class Texts:
    """A `string` array with its buffers as numpy views. Nothing is copied."""

    def __init__(self, array: pa.Array) -> None:
        self.array = array
        self._buffers = array.buffers()
        count = len(array)
        offsets = np.frombuffer(self._buffers[1], dtype=np.int32) if self._buffers[1] else np.zeros(1, dtype=np.int32)
        self.offsets = offsets[array.offset : array.offset + count + 1]
        has_data = self._buffers[2] is not None and self._buffers[2].size > 0
        self.data = np.frombuffer(self._buffers[2], dtype=np.uint8) if has_data else np.zeros(1, dtype=np.uint8)

    @cached_property
    def lengths(self) -> NDArray[np.int32]:
        """Bytes of each text."""
        return np.diff(self.offsets)

    @cached_property
    def present(self) -> NDArray[np.bool_]:
        """Neither null nor empty."""
        there = self.lengths > 0
        if self.array.null_count:
            there &= self.array.is_valid().to_numpy(zero_copy_only=False)
        return there

    def byte(self, position: int) -> NDArray[np.uint8]:
        """The byte at a position of each text (negative: from its end); meaningless where the text is shorter."""
        places = self.offsets[:-1] + position if position >= 0 else self.offsets[1:] + position
        return self.data[np.clip(places, 0, len(self.data) - 1)]

    def trimmable(self) -> NDArray[np.bool_]:
        """Texts that may have white space at an edge."""
        return (_TRIMMABLE[self.byte(0)] | _TRIMMABLE[self.byte(-1)]) & self.present

    def with_nul(self) -> NDArray[np.bool_] | None:
        """Texts that hold a NUL; None where no byte of the column is one."""
        data = self.data[self.offsets[0] : self.offsets[-1]]
        if data.all():
            return None
        places = np.flatnonzero(data == 0) + self.offsets[0]
        found = np.zeros(len(self.array), dtype=np.bool_)
        found[np.searchsorted(self.offsets, places, side="right") - 1] = True
        return found

    def without_blanks(self) -> pa.Array:
        """The same texts with null for the empty ones."""
        if self.present.all():
            return self.array
        return self.only(self.present)

    def only(self, mask: NDArray[np.bool_]) -> pa.Array:
        """The same texts with null where the mask is false. Shares the bytes."""
        if self._buffers[1] is None:
            return self.array
        bitmap = pa.py_buffer(np.packbits(mask, bitorder="little"))
        offsets = self._buffers[1].slice(self.array.offset * 4)
        return pa.Array.from_buffers(pa.string(), len(self.array), [bitmap, offsets, self._buffers[2]])


def plain(column: Any) -> pa.Array:
    """A column as one array; dictionaries and the wide or viewed kinds of text become `string`."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], array.type)
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    if pa.types.is_large_string(array.type) or pa.types.is_string_view(array.type):
        array = array.cast(pa.string())
    return array


def readable(table: pa.Table) -> pa.Table:
    """The same table; a column of texts that are not UTF-8, which a file may hold unchecked, becomes binary data."""
    for place, column in enumerate(table.columns):
        if not all(map(_is_unicode, column.chunks)):
            name = table.column_names[place]
            table = table.set_column(place, name, pa.chunked_array([plain(column).cast(pa.binary())]))
    return table


def _is_unicode(array: pa.Array) -> bool:
    if pa.types.is_dictionary(array.type):
        array = array.dictionary
    if pa.types.is_string(array.type):
        texts = Texts(array)
        if texts.data[texts.offsets[0] : texts.offsets[-1]].max(initial=0) < 0x80:
            return True
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
