"""Pages by number or offset: any of them can be asked for at any time, so several are in flight."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any

from hub.errors import SourceChanged
from hub.sdk.connector import Json
from hub.sdk.http.answer import Answer
from hub.sdk.http.flight import flight
from hub.sdk.http.paging import DONE, Fetched, count_at, rows_of

if TYPE_CHECKING:
    from hub.sdk.http.source import HttpSource


@dataclass(frozen=True)
class NumberedPages:
    """`?page=7&limit=250`: several pages in flight, handed out in order.

    Ends after the last page by `total_at` (rows) or `pages_at` (pages); without either, at the first empty page, or at
    the first short one where `short_is_last` says that this source never sends a short page before its last.
    """

    rows_at: str
    size: int
    page_param: str = "page"
    size_param: str | None = "limit"
    first: int = 1
    total_at: str | None = None
    pages_at: str | None = None
    short_is_last: bool = False

    def walk(
        self, http: HttpSource, path: str, params: dict[str, Any], headers: dict[str, str], resume: Json | None
    ) -> Iterator[Fetched]:
        if resume == DONE:
            return
        number = int(resume["page"]) if resume else self.first
        counted = self.total_at is not None or self.pages_at is not None
        last: int | None = None
        before: list[Any] = []
        with flight(
            lambda page: self._ask(http, path, params, headers, page), http.config.max_in_flight, path
        ) as pages:
            while last is None or number <= last:
                pages.ahead(number, 1, last, alone=counted and last is None)
                number, answer = pages.next()
                rows = rows_of(answer, self.rows_at)
                if rows and rows == before:
                    raise SourceChanged(
                        f"pages {number - 1} and {number} are the same.",
                        fix=f"The source does not heed `{self.page_param}`; report it to the connector's author.",
                    )
                last = self._last(answer, number, len(rows))
                if rows or number == self.first:
                    yield self._fetched(path, answer, rows, number, last)
                before, number = rows, number + 1

    def _ask(self, http: HttpSource, path: str, params: dict[str, Any], headers: dict[str, str], page: int) -> Answer:
        asked = {**params, self.page_param: page} | ({self.size_param: self.size} if self.size_param else {})
        return http.request("GET", path, params=asked, headers=headers)

    def _last(self, answer: Answer, number: int, rows: int) -> int | None:
        """Number of the last page, as far as this answer tells."""
        if self.pages_at is not None:
            return self.first - 1 + count_at(answer, self.pages_at)
        if self.total_at is not None:
            total = count_at(answer, self.total_at)
            capped = number == self.first and 0 < rows < min(self.size, total)
            if capped:
                raise SourceChanged(
                    f"{self.size} rows a page were asked for and {rows} came, though there are {total}.",
                    fix="Report it to the connector's author: the source allows smaller pages than it did.",
                )
            return self.first - 1 + ceil(total / self.size)
        return number if not rows or (self.short_is_last and rows < self.size) else None

    def _fetched(self, path: str, answer: Answer, rows: list[Any], number: int, last: int | None) -> Fetched:
        resume: Json = DONE if last is not None and number >= last else {"page": number + 1}
        total = count_at(answer, self.total_at) if self.total_at is not None else None
        return Fetched(rows, answer, resume, total, f"{path} page {number}")


@dataclass(frozen=True)
class OffsetPages:
    """`?offset=500&limit=500`: goes on by the number of rows that came, whatever was asked for.

    Ends when `more_at` is false, when `total_at` rows have come, or at the first empty page. With `total_at`, several
    pages are in flight; where the source sends fewer rows than asked, those asked ahead are dropped and asked again.
    """

    rows_at: str
    size: int
    offset_param: str = "offset"
    size_param: str | None = "limit"
    total_at: str | None = None
    more_at: str | None = None

    def walk(
        self, http: HttpSource, path: str, params: dict[str, Any], headers: dict[str, str], resume: Json | None
    ) -> Iterator[Fetched]:
        if resume == DONE:
            return
        offset, step, total, is_first = int(resume["offset"]) if resume else 0, self.size, None, True
        before: list[Any] = []
        with flight(lambda at: self._ask(http, path, params, headers, at), http.config.max_in_flight, path) as pages:
            while True:
                pages.ahead(offset, step, None if total is None else total - 1, alone=total is None)
                offset, answer = pages.next()
                rows = rows_of(answer, self.rows_at)
                if rows and rows == before:
                    raise SourceChanged(
                        f"the rows at offset {offset} are those of the page before.",
                        fix=f"The source does not heed `{self.offset_param}`; report it to the connector's author.",
                    )
                total = count_at(answer, self.total_at) if self.total_at is not None else None
                before, end = rows, offset + len(rows)
                is_last = self._is_last(answer, rows, end, total)
                if rows or is_first:
                    place = f"{path} rows {offset + 1}-{end}"
                    yield Fetched(rows, answer, DONE if is_last else {"offset": end}, total, place)
                if is_last:
                    return
                if len(rows) != step:
                    pages.forget()
                    step = len(rows)
                offset, is_first = end, False

    def _ask(self, http: HttpSource, path: str, params: dict[str, Any], headers: dict[str, str], at: int) -> Answer:
        asked = {**params, self.offset_param: at} | ({self.size_param: self.size} if self.size_param else {})
        return http.request("GET", path, params=asked, headers=headers)

    def _is_last(self, answer: Answer, rows: list[Any], end: int, total: int | None) -> bool:
        if not rows:
            return True
        if total is not None:
            return end >= total
        return self.more_at is not None and answer.at(self.more_at) is False
