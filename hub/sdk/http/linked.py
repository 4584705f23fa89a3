"""Pages that lead to the next one, by a link or a token: one after the other, and never in circles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub.errors import SourceChanged
from hub.sdk.connector import Json, guard_tokens
from hub.sdk.http.answer import Answer
from hub.sdk.http.paging import DONE, Fetched, optional, rows_of, total_of
from hub.sdk.http.urls import follow, from_root, shown

if TYPE_CHECKING:
    from hub.sdk.http.source import HttpSource

_LINK = re.compile(r"<([^>]*)>([^<]*)")
_REL = re.compile(r'\brel="?(\w+)')
_MAX_EMPTY_PAGES = 50
"""So many pages in a row without a row, each promising another: the source will never end."""


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


def link_header(header: str) -> str | None:
    """The address with rel="next" in a `Link` header (RFC 8288)."""
    for address, attributes in _LINK.findall(header):
        if "next" in _REL.findall(attributes.lower()):
            return str(address)
    return None
