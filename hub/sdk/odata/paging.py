"""How a set of entities is walked: by the server's links, by keys, or by counting rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from hub.errors import SourceChanged
from hub.sdk.connector import Json, guard_tokens
from hub.sdk.http.linked import EmptyPages
from hub.sdk.http.paging import DONE
from hub.sdk.http.urls import follow, from_root, shown
from hub.sdk.odata.envelope import Removed, Row
from hub.sdk.odata.filters import after, all_of
from hub.sdk.odata.query import Query

if TYPE_CHECKING:
    from hub.sdk.odata.source import ODataSource


@dataclass(frozen=True)
class ODataPage:
    """One page, its rows made ready for maps.

    resume      where to go on after it, for `Page.resume`
    delta_link  path and query to ask for what changed since; only the last page of a tracked read has one
    """

    rows: list[Row]
    resume: Json
    total: int | None = None
    delta_link: str | None = None
    removed: tuple[Removed, ...] = ()
    origin: str = ""

    @property
    def is_last(self) -> bool:
        return self.resume == DONE


class Paging(Protocol):
    """A way to walk. Which one fits is a fact about the service, written down by the connector's author."""

    def walk(self, source: ODataSource, query: Query, resume: Json | None) -> Iterator[ODataPage]: ...


@dataclass(frozen=True)
class ServerPages:
    """The server cuts the pages, and the link in each is followed byte for byte. The last page is the one without.

    size  rows a page, asked for by `Prefer: odata.maxpagesize`; None leaves it to the server
    """

    size: int | None = None

    def walk(self, source: ODataSource, query: Query, resume: Json | None) -> Iterator[ODataPage]:
        if resume == DONE:
            return
        link = resume["link"] if resume else source.url(query)
        yield from linked(source, query, link, self.size, is_link=resume is not None)


@dataclass(frozen=True)
class KeysetPages:
    """Each page begins after the last key of the page before: `$orderby=Key&$filter=Key gt '…'&$top=size`.

    Rows that come or go meanwhile move no others, so it is right for long reads of a set that changes. `keys` together
    are unique and never null; by default the entity's own. Never take a stamp that JSON cuts off (SAP's have seven
    digits, three are sent). The server's own links are followed within a page. Only the first page has a count.

    short_is_last  the server never sends fewer rows than asked for, so that a short page needs no empty one after it
    """

    size: int
    keys: tuple[str, ...] = ()
    short_is_last: bool = False

    def walk(self, source: ODataSource, query: Query, resume: Json | None) -> Iterator[ODataPage]:
        if resume == DONE:
            return
        keys = self.keys or source.keys(query.path)
        ordered = query.with_(orderby=keys, top=self.size)
        last: list[Any] | None = resume["after"] if resume else None
        link: str | None = resume.get("link") if resume else None
        is_first = True
        while True:
            count = 0
            beyond = all_of(query.filter, after(keys, last)) if last else query.filter
            asked = ordered.with_(filter=beyond, count=query.count and not last)
            begun = bool(link)
            for page in linked(source, asked, link or source.url(asked), None, is_link=begun):
                count += len(page.rows)
                now = _keys_of(page.rows[-1], keys) if page.rows else last
                _guard_progress(page.rows, last, now, query.path)
                last = now
                is_last = page.is_last and not begun and (not count or (self.short_is_last and count < self.size))
                if page.rows or is_first or is_last:
                    goes_on = {} if page.is_last else {"link": page.resume["link"]}
                    yield _resuming(page, DONE if is_last else {"after": last, **goes_on})
                if is_last:
                    return
                is_first = False
            link = None


@dataclass(frozen=True)
class SkipPages:
    """`$skip` and `$top`, in the order of the key: for servers that know nothing better. A row that goes away during
    the read shifts the others, and one may be missed: prefer keys.

    Ends at the first empty page, or at a short one where `short_is_last`.
    """

    size: int
    short_is_last: bool = False

    def walk(self, source: ODataSource, query: Query, resume: Json | None) -> Iterator[ODataPage]:
        if resume == DONE:
            return
        skip = int(resume["skip"]) if resume else 0
        ordered = query.with_(orderby=query.orderby or source.keys(query.path), top=self.size)
        before: list[Row] = []
        is_first = True
        while True:
            rows: list[Row] = []
            asked = ordered.with_(skip=skip)
            total: int | None = None
            for page in linked(source, asked, source.url(asked), None, is_link=False):
                rows += page.rows
                total = page.total if page.total is not None else total
            if rows and rows == before:
                raise SourceChanged(
                    f"{query.path}: the rows after {skip} are those of the page before.",
                    fix="The service does not heed $skip; report it to the connector's author.",
                )
            is_last = not rows or (self.short_is_last and len(rows) < self.size)
            skip += len(rows)
            if rows or is_first or is_last:
                yield ODataPage(rows, DONE if is_last else {"skip": skip}, total, origin=f"{query.path} to {skip}")
            if is_last:
                return
            before, is_first = rows, False


def linked(source: ODataSource, query: Query, start: str, size: int | None, *, is_link: bool) -> Iterator[ODataPage]:
    """Pages by the server's links. A link that comes twice, leaves the host or never leads to rows is an error."""
    seen = {start} if is_link else set()
    empty = EmptyPages()
    path = start
    while True:
        envelope, answer_url = source.fetch(path, query, size)
        link = _kept(answer_url, envelope.next_link)
        if link:
            guard_tokens(seen, link, shown(link))
        yield ODataPage(
            envelope.rows,
            {"link": link} if link else DONE,
            envelope.count,
            _kept(answer_url, envelope.delta_link),
            envelope.removed,
            shown(answer_url),
        )
        if not link:
            return
        if not envelope.removed:
            empty.saw(envelope.rows)
        path = link


def _kept(here: str, link: str | None) -> str | None:
    """Without the host, so that a run can go on after the address of the source has moved."""
    return from_root(follow(here, link)) if link else None


def _resuming(page: ODataPage, resume: Json) -> ODataPage:
    return ODataPage(page.rows, resume, page.total, page.delta_link, page.removed, page.origin)


def _keys_of(row: Row, keys: tuple[str, ...]) -> list[Any]:
    values = [row.get(key) for key in keys]
    if any(value is None or isinstance(value, dict | list) for value in values):
        raise SourceChanged(
            f"a row came without its key ({', '.join(keys)}).", fix="Report it to the connector's author."
        )
    return [value if isinstance(value, str | int) else str(value) for value in values]


def _guard_progress(rows: list[Row], before: list[Any] | None, now: list[Any] | None, path: str) -> None:
    if rows and before is not None and now == before:
        raise SourceChanged(
            f"{path}: rows after the last key were asked for, and the last one came again.",
            fix="The service does not heed $filter on its key; report it to the connector's author.",
        )
