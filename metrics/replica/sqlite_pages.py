"""The records of a SQLite table, taken straight from the pages of the file: a block of pages at a time, in NumPy.

SQLite's own interface hands out one value after the other, which costs more than everything else a rebuild does. The
file format is public and stable (sqlite.org/fileformat2.html). The canonical tables are `WITHOUT ROWID`: index b-trees,
where the pages within the tree hold records, too. Whatever is not as expected raises `Unreadable`, and the rows are
asked for in SQL instead.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from metrics.replica.snapshot import Unsuitable

Bytes = NDArray[np.uint8]
Places = NDArray[np.int64]

PADDING = 1040
"""Bytes behind the last record of a buffer, so that wide words can be read without looking where it ends."""
_MAGIC = b"SQLite format 3\0"
_LEAF, _INNER = 10, 2
_HEADER = {_LEAF: 8, _INNER: 12}
_MOST_LEVELS = 20
_BLOCK_BYTES = 8 << 20
_OVERFLOW_BYTES = 64 << 20
_NO_PAGES = np.array([], np.int64)
_kept_open: dict[tuple[int, int], int] = {}
_guard = threading.Lock()


class Unreadable(Unsuitable):
    """The file, a table or a value is not of the plain form that is read here."""


@dataclass(frozen=True)
class Payloads:
    """Records in a buffer: where each begins."""

    buffer: Bytes
    starts: Places


@dataclass(frozen=True)
class Pages:
    """Pages of one kind that hold records of a table."""

    kind: int
    numbers: Places


class PageFile:
    """A database file that does not change while it is open. Raises Unreadable where it is not one we know."""

    def __init__(self, path: Path) -> None:
        self._descriptor = _descriptor(path)
        head = os.pread(self._descriptor, 100, 0)
        if head[:16] != _MAGIC or int.from_bytes(head[56:60], "big") != 1:
            raise Unreadable("not a SQLite file in UTF-8")
        stated = int.from_bytes(head[16:18], "big")
        self.page_size = 65536 if stated == 1 else stated
        self._usable = self.page_size - head[20]

    def tree(self, root: int) -> list[Pages]:
        """All pages of a table that hold records: leaves, then pages within the tree. All leaves are equally deep."""
        inner: list[Places] = []
        level = np.array([root], np.int64)
        for _ in range(_MOST_LEVELS):
            kind = self._pages(level[:1])[0, 0]
            if kind not in _HEADER:
                raise Unreadable("not the pages of a table WITHOUT ROWID")
            if kind == _LEAF:
                return [Pages(_LEAF, np.sort(level)), Pages(_INNER, np.sort(np.concatenate([_NO_PAGES, *inner])))]
            inner.append(level)
            level = self._children(level)
        raise Unreadable("a tree that never ends")

    def payloads(self, pages: Pages) -> Iterator[Payloads]:
        """The records on these pages, some megabytes at a time."""
        step = max(1, _BLOCK_BYTES // self.page_size)
        for first in range(0, len(pages.numbers), step):
            yield from self._block(pages.kind, pages.numbers[first : first + step])

    def _children(self, numbers: Places) -> Places:
        pages = self._pages(numbers)
        left = _big_endian(pages.reshape(-1), self._cells(pages, _INNER), 4)
        return np.concatenate([left, _big_endian(pages, np.s_[:, 8], 4, axis=1)])

    def _pages(self, numbers: Places, buffer: Bytes | None = None) -> NDArray[np.uint8]:
        """The pages with these numbers, one a row; into the beginning of a buffer where one is given."""
        size = len(numbers) * self.page_size
        target = np.empty(size, np.uint8) if buffer is None else buffer[:size]
        starts = [0, *(np.flatnonzero(np.diff(numbers) != 1) + 1).tolist()]
        for first, end in pairwise([*starts, len(numbers)]):
            part = target.data[first * self.page_size : end * self.page_size]
            if os.preadv(self._descriptor, [part], (int(numbers[first]) - 1) * self.page_size) != len(part):
                raise Unreadable("a page beyond the end of the file")
        return target.reshape(len(numbers), self.page_size)

    def _cells(self, pages: NDArray[np.uint8], kind: int) -> Places:
        """Where each cell begins, within the pages laid end to end."""
        if (pages[:, 0] != kind).any():
            raise Unreadable("a page of another kind than its place in the tree says")
        count = (pages[:, 3].astype(np.int64) << 8) | pages[:, 4]
        page = np.repeat(np.arange(len(pages)) * self.page_size, count)
        within = np.arange(len(page)) - np.repeat(np.cumsum(count) - count, count)
        return page + _big_endian(pages.reshape(-1), page + _HEADER[kind] + 2 * within, 2)

    def _block(self, kind: int, numbers: Places) -> Iterator[Payloads]:
        size = len(numbers) * self.page_size
        buffer = np.empty(size + PADDING, np.uint8)
        buffer[size:] = 0
        cells = self._cells(self._pages(numbers, buffer), kind) + (4 if kind == _INNER else 0)
        length, starts = varints(buffer, cells)
        long = length > self._most_local
        if not long.any():
            yield Payloads(buffer, starts)
            return
        yield Payloads(buffer, starts[~long])
        yield from self._overflowing(buffer, starts[long], length[long])

    @property
    def _most_local(self) -> int:
        return (self._usable - 12) * 64 // 255 - 23

    def _overflowing(self, buffer: Bytes, starts: Places, lengths: Places) -> Iterator[Payloads]:
        """Records that go on in pages of their own, put together one by one."""
        whole, places = bytearray(), []
        for start, length in zip(starts.tolist(), lengths.tolist(), strict=True):
            places.append(len(whole))
            whole += self._together(buffer, start, length)
            if len(whole) > _OVERFLOW_BYTES:
                yield _packed(whole, places)
                whole, places = bytearray(), []
        if places:
            yield _packed(whole, places)

    def _together(self, buffer: Bytes, start: int, length: int) -> bytes:
        least = (self._usable - 12) * 32 // 255 - 23
        local = least + (length - least) % (self._usable - 4)
        local = local if local <= self._most_local else least
        parts = [buffer[start : start + local].tobytes()]
        number = int.from_bytes(buffer[start + local : start + local + 4].tobytes(), "big")
        missing = length - local
        while missing > 0:
            page = os.pread(self._descriptor, self._usable, max(number - 1, 0) * self.page_size)
            part = page[4 : 4 + missing]
            if not part:
                raise Unreadable("a record whose rest is nowhere")
            parts.append(part)
            missing -= len(part)
            number = int.from_bytes(page[:4], "big")
        return b"".join(parts)


def _descriptor(path: Path) -> int:
    """The file, opened once and never closed: closing it would end every lock that this process holds on it, among them
    those that keep other processes from taking the write-ahead log away."""
    with _guard:
        info = path.stat()
        if (info.st_dev, info.st_ino) not in _kept_open:
            _kept_open[info.st_dev, info.st_ino] = os.open(path, os.O_RDONLY)
        return _kept_open[info.st_dev, info.st_ino]


def varints(buffer: Bytes, at: Places) -> tuple[Places, Places]:
    """SQLite's numbers of variable length at these places, and the places behind them."""
    byte = buffer[at]
    value, after = byte.astype(np.int64) & 127, at + 1
    going_on = np.flatnonzero(byte > 127)
    for _ in range(8):
        if not len(going_on):
            return value, after
        byte = buffer[after[going_on]]
        value[going_on] = (value[going_on] << 7) | (byte & 127)
        after[going_on] += 1
        going_on = going_on[byte > 127]
    raise Unreadable("a number of nine bytes where a length stands")


def _big_endian(buffer: NDArray[np.uint8], at: Any, size: int, axis: int = 0) -> Places:
    """Unsigned numbers of some bytes; with `axis` 1, `at` names a column of a table of bytes."""
    value: Places = np.zeros(1, np.int64)
    for place in range(size):
        byte = buffer[:, at[1] + place] if axis else buffer[at + place]
        value = (value << 8) | byte
    return value


def _packed(whole: bytearray, places: list[int]) -> Payloads:
    whole += bytes(PADDING)
    return Payloads(np.frombuffer(whole, np.uint8), np.array(places, np.int64))
