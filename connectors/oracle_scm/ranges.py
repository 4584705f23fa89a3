"""Walks a collection by its key, so that nothing that changes meanwhile moves rows from page to page.

Offsets shift when rows come or go, and deep ones are slow. So every page asks for keys *beyond* the last one seen, at
offset 0. To have several pages in flight, what is left after the first page is cut into ranges of equally many rows: a
few keys are asked for by offset, one row each. Wrong offsets or totals would only make the ranges uneven.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any, TypeVar

from connectors.oracle_scm.api import Collection, Found, OracleApi, Row
from connectors.oracle_scm.query import Condition
from hub.sdk import SourceChanged

T = TypeVar("T")
Key = int | str
Place = dict[str, Any]
Flying = deque[tuple["Range", Future[tuple[list[Row], "Range | None"]]]]

_PAGES_A_RANGE = 4
"""A range that is shorter than this many pages is not worth the request that finds its end."""


@dataclass(frozen=True)
class Range:
    """Keys of one slice above `after`, up to `last`; None: no bound. `left`: rows in it, as far as Oracle told."""

    slice: int
    after: Key | None = None
    last: Key | None = None
    left: int | None = None

    @property
    def conditions(self) -> list[Condition]:
        return self._condition(">", self.after) + self._condition("<=", self.last)

    def _condition(self, operator: str, key: Key | None) -> list[Condition]:
        return [] if key is None else [Condition("", operator, key)]


@dataclass(frozen=True)
class Chunk:
    """Rows of one or more requests, and the place to go on after them. `total`: rows of the whole walk as it began."""

    rows: list[Row]
    place: Place
    total: int | None = None


@dataclass
class Walk:
    """All rows of a collection, slice by slice.

    key     attribute to walk by
    slices  conditions, one set for each part that Oracle wants to be asked for by itself
    unique  whether no two rows of a slice share a key; where they do, they always come in the same chunk
    """

    api: OracleApi
    wanted: Collection
    key: str
    slices: Sequence[tuple[Condition, ...]] = ((),)
    unique: bool = True

    def chunks(self, place: Place | None = None) -> Iterator[Chunk]:
        """From the start, or on from a place. An empty collection is one empty chunk."""
        with _pool(self.api.config.max_in_flight) as pool:
            ranges = deque(Range(*each) for each in place["ranges"]) if place else deque[Range]()
            if place is None:
                yield from self._first_pages(pool, ranges)
            flying: Flying = deque()
            self._send(pool, ranges, flying)
            while flying:
                _, future = flying.popleft()
                rows, rest = future.result()
                if rest is not None:
                    ranges.append(rest)
                self._send(pool, ranges, flying)
                yield Chunk(rows, _place([*(asked for asked, _ in flying), *ranges]))

    def _send(self, pool: ThreadPoolExecutor, ranges: deque[Range], flying: Flying) -> None:
        """Ask for the next page of as many ranges as may be in flight, while others are worked on."""
        while ranges and len(flying) < self.api.config.max_in_flight:
            each = ranges.popleft()
            flying.append((each, _submitted(pool, self._read, each)))

    def _first_pages(self, pool: ThreadPoolExecutor, ranges: deque[Range]) -> Iterator[Chunk]:
        """The first page of each slice, with what Oracle counts; what they leave goes into `ranges`."""
        starts = [Range(number) for number in range(len(self.slices))]
        asked = [_submitted(pool, self._ask, each, True) for each in starts]
        found = [future.result() for future in asked]
        totals = [each.total for each in found]
        total = None if None in totals else sum(each or 0 for each in totals)
        if not starts:
            yield Chunk([], _place([]), 0)
        for start, page in zip(starts, found, strict=True):
            rows, rest = self._taken(Range(start.slice, left=page.total), page)
            if rest is not None:
                ranges.extend(self._cut(pool, rest))
            yield Chunk(rows, _place([*ranges, *starts[start.slice + 1 :]]), total)

    def _cut(self, pool: ThreadPoolExecutor, rest: Range) -> list[Range]:
        """A range as several of equally many rows, where that helps."""
        pages = (rest.left or 0) // self.api.config.page_size
        parts = min(self.api.config.max_in_flight, pages // _PAGES_A_RANGE)
        if parts < 2 or rest.left is None:
            return [rest]
        left, each = rest.left, rest.left // parts
        ends = [future.result() for future in [_submitted(pool, self._key_at, rest, n * each) for n in range(1, parts)]]
        ranges, after = [], rest.after
        for end in ends:
            if end is not None and end != after:
                ranges.append(Range(rest.slice, after, end))
                after = end
        return [*ranges, Range(rest.slice, after, rest.last, None if ranges else left)]

    def _key_at(self, rest: Range, offset: int) -> Key | None:
        page = self.api.page(self.wanted, self._conditions(rest), offset=offset, limit=1)
        return self._key_of(page.rows[0]) if page.rows else None

    # -- one page ------------------------------------------------------------------------------------------------------

    def _read(self, each: Range) -> tuple[list[Row], Range | None]:
        return self._taken(each, self._ask(each))

    def _ask(self, each: Range, total: bool = False) -> Found:
        return self.api.page(self.wanted, self._conditions(each), total=total)

    def _conditions(self, each: Range) -> list[Condition]:
        bounds = [Condition(self.key, bound.operator, bound.value) for bound in each.conditions]
        return [*self.slices[each.slice], *bounds]

    def _taken(self, each: Range, page: Found) -> tuple[list[Row], Range | None]:
        """The rows of a page that can be handed out, and what is left of its range."""
        self._check(each, page.rows)
        rows = page.rows
        if self._is_last(each, page):
            return rows, None
        last = self._last_key(rows)
        if last is None:
            raise SourceChanged(f"no row has a number in {self.key}.", fix="Report it to the connector's author.")
        if not self.unique:
            rows, last = self._whole_groups(each, rows, last)
        elif last == each.last:
            return rows, None
        left = None if each.left is None else max(0, each.left - len(rows))
        return rows, Range(each.slice, last, each.last, left)

    def _whole_groups(self, each: Range, rows: list[Row], last: Key) -> tuple[list[Row], Key]:
        """Rows that share the last key may go on in the next page, so they wait for it; or all of them are fetched."""
        start = len(rows)
        while start and self._key_of(rows[start - 1]) in (last, None):
            start -= 1
        before = self._last_key(rows[:start])
        return (self._group(each, last), last) if before is None else (rows[:start], before)

    def _group(self, each: Range, key: Key) -> list[Row]:
        """All rows with one key, where they fill more than a page."""
        rows: list[Row] = []
        conditions = [*self.slices[each.slice], Condition(self.key, "=", key)]
        while True:
            page = self.api.page(self.wanted, conditions, offset=len(rows))
            rows += page.rows
            if not page.rows or (not page.more and len(page.rows) < page.limit):
                return rows

    @staticmethod
    def _is_last(each: Range, page: Found) -> bool:
        """Neither `hasMore` nor a count is believed alone: both must say so, or no row comes."""
        if not page.rows:
            return True
        return not page.more and (len(page.rows) < page.limit or len(page.rows) == each.left)

    def _last_key(self, rows: list[Row]) -> Key | None:
        return next((key for row in reversed(rows) if (key := self._key_of(row)) is not None), None)

    def _key_of(self, row: Row) -> Key | None:
        key = row.get(self.key)
        return key if isinstance(key, int | str) and not isinstance(key, bool) else None

    def _check(self, each: Range, rows: list[Row]) -> None:
        """Rows that were not asked for mean that filter or order are not heeded: going on would never end."""
        after: Key | None = each.after
        for row in rows:
            key = self._key_of(row)
            if key is None:
                continue
            if key == each.after or _is_less(key, each.after) or _is_less(each.last, key):
                raise SourceChanged(
                    f"rows came that were not asked for: {self.key} {key}, after {each.after}.",
                    fix="The pod heeds neither filter nor order here; report it with its release.",
                )
            if _is_less(key, after):
                raise SourceChanged(f"rows do not come in the order of {self.key}.", fix="Report it.")
            after = key


def _is_less(low: Key | None, high: Key | None) -> bool:
    """Whether a key surely lies before another: texts are in the database's own order, which nobody tells."""
    return isinstance(low, int) and isinstance(high, int) and low < high


def _place(ranges: Sequence[Range]) -> Place:
    return {"ranges": [[each.slice, each.after, each.last, each.left] for each in ranges]}


@contextmanager
def _pool(width: int) -> Iterator[ThreadPoolExecutor]:
    """Threads that end with the block; requests that were not begun are dropped."""
    pool = ThreadPoolExecutor(width, thread_name_prefix="oracle pages")
    try:
        yield pool
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _submitted(pool: ThreadPoolExecutor, work: Callable[..., T], *arguments: Any) -> Future[T]:
    """Log lines of the thread carry the run's context, as those of the caller do."""
    return pool.submit(copy_context().run, work, *arguments)
