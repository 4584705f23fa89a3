"""How a collection is paged. A rule is data, written down by the connector's author and never guessed from an answer.

Paths (`rows_at`, `total_at` …) are dotted; a dot inside a key is written `\\.`, as in `@odata\\.nextLink`; "" is the
whole answer. A missing `rows_at` is SourceChanged: an empty collection still has its list.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Any, Protocol

from hub.errors import SourceChanged
from hub.sdk.connector import Json, guard_tokens
from hub.sdk.http.answer import Answer
from hub.sdk.http.decode import dig
from hub.sdk.http.flight import flight
from hub.sdk.http.urls import follow, from_root, shown

if TYPE_CHECKING:
    from hub.sdk.http.source import HttpSource

DONE: Json = {"done": True}
_LINK = re.compile(r"<([^>]*)>([^<]*)")
_REL = re.compile(r'\brel="?(\w+)')
_MAX_EMPTY_PAGES = 50
"""So many pages in a row without a row, each promising another: the source will never end."""


@dataclass(frozen=True)
class Fetched:
    """One page as the source sent it.

    resume   where to go on after it, for `Page.resume`
    total    rows of the whole collection, where the rule says where to find that
    origin   where the rows come from, for people
    """

    rows: list[dict[str, Any]]
    answer: Answer
    resume: Json
    total: int | None = None
    origin: str = ""

    @property
    def is_last(self) -> bool:
        """No page comes after it."""
        return self.resume == DONE


class PageRule(Protocol):
    """A way to walk a collection. Write another one where these four do not fit."""

    def walk(
        self, http: HttpSource, path: str, params: dict[str, Any], headers: dict[str, str], resume: Json | None
    ) -> Iterator[Fetched]: ...


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


@dataclass(frozen=True)
class NextLink:
    """The answer holds the address of the next page (`@odata.nextLink`, `nextRecordsUrl`), followed byte for byte.

    The last page is the one without a link. `in_header`: it stands in the `Link` header, as rel="next".
    The first page's parameters are part of the link, so they are not sent again; headers are.
    """

    rows_at: str
    link_at: str = ""
    total_at: str | None = None
    in_header: bool = False

    def walk(
        self, http: HttpSource, path: str, params: dict[str, Any], headers: dict[str, str], resume: Json | None
    ) -> Iterator[Fetched]:
        if resume == DONE:
            return
        link: str | None = resume["link"] if resume else None
        seen: set[str] = {link} if link else set()
        empty = EmptyPages()
        while True:
            answer = http.request("GET", link or path, params=None if link else params, headers=headers)
            rows = rows_of(answer, self.rows_at)
            target = self._link(answer)
            # Kept without the host, so that a run can go on after the address of the source has moved.
            link = from_root(follow(answer.url, target)) if target else None
            if link:
                guard_tokens(seen, link, shown(link))
            total = total_of(answer, self.total_at)
            yield Fetched(rows, answer, {"link": link} if link else DONE, total, shown(answer.url))
            if not link:
                return
            empty.saw(rows)

    def _link(self, answer: Answer) -> str | None:
        if self.in_header:
            return link_header(answer.headers.get("link", ""))
        link = optional(answer, self.link_at)
        if link is not None and not isinstance(link, str):
            raise SourceChanged(f'"{self.link_at}" is no address.', fix="Report it to the connector's author.")
        return link or None


@dataclass(frozen=True)
class NextToken:
    """The answer holds a token for the next page, sent back as a parameter beside the first ones.

    The last page is the one without a token, or whose `more_at` is false.
    """

    rows_at: str
    token_at: str
    token_param: str
    more_at: str | None = None
    total_at: str | None = None

    def walk(
        self, http: HttpSource, path: str, params: dict[str, Any], headers: dict[str, str], resume: Json | None
    ) -> Iterator[Fetched]:
        if resume == DONE:
            return
        token: str | None = resume["token"] if resume else None
        seen: set[str] = {token} if token else set()
        empty = EmptyPages()
        while True:
            asked = {**params, self.token_param: token} if token else params
            answer = http.request("GET", path, params=asked, headers=headers)
            rows = rows_of(answer, self.rows_at)
            token = self._token(answer)
            if token:
                guard_tokens(seen, token, path)
            yield Fetched(rows, answer, {"token": token} if token else DONE, total_of(answer, self.total_at), path)
            if not token:
                return
            empty.saw(rows)

    def _token(self, answer: Answer) -> str | None:
        if self.more_at is not None and answer.at(self.more_at) is False:
            return None
        token = optional(answer, self.token_at)
        if token is None or token == "":
            return None
        if isinstance(token, bool | dict | list):
            raise SourceChanged(f'"{self.token_at}" is no page token.', fix="Report it to the connector's author.")
        return str(token)


class EmptyPages:
    """Raises when pages keep coming without a row in them."""

    def __init__(self) -> None:
        self._count = 0

    def saw(self, rows: list[Any]) -> None:
        self._count = 0 if rows else self._count + 1
        if self._count >= _MAX_EMPTY_PAGES:
            raise SourceChanged(
                f"{self._count} empty pages came in a row, each promising another.",
                fix="The source would never end; report it to the connector's author.",
            )


def rows_of(answer: Answer, path: str) -> list[dict[str, Any]]:
    """The rows of an answer. SourceChanged where there is no list, or something in it is no object."""
    rows = answer.at(path)
    if not isinstance(rows, list):
        raise SourceChanged(
            f'"{path or "the answer"}" is no list of rows.',
            fix="Check the API version; report it to the connector's author if it is current.",
        )
    for row in rows:
        if type(row) is not dict:
            raise SourceChanged(f'something in "{path or "the answer"}" is no object.', fix="Report it.")
    return rows


def optional(answer: Answer, path: str) -> Any:
    """What lies at the path, None where a step of it is missing."""
    try:
        return dig(answer.data, path)
    except KeyError:
        return None


def count_at(answer: Answer, path: str) -> int:
    """A number of rows or pages, also where it comes as a text. SourceChanged where it is none."""
    value = answer.at(path)
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise SourceChanged(f'"{path}" is no count.', fix="Report it to the connector's author.")


def total_of(answer: Answer, path: str | None) -> int | None:
    """The count at the path, None where the rule names none or this page does not repeat it."""
    if path is None or optional(answer, path) is None:
        return None
    return count_at(answer, path)


def link_header(header: str) -> str | None:
    """The address with rel="next" in a `Link` header (RFC 8288)."""
    for address, attributes in _LINK.findall(header):
        if "next" in _REL.findall(attributes.lower()):
            return str(address)
    return None


__all__ = ["DONE", "Fetched", "NextLink", "NextToken", "NumberedPages", "OffsetPages", "PageRule"]
