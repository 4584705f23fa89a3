"""What a page must be before anything is made of it, and when a source that never ends is stopped.

A connector may be a stranger's, and a source may be broken: both are held to their contract here, so that whatever
comes behind can rely on it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from hub.errors import SourceChanged
from hub.model.batch import Reject
from hub.model.catalog import ENTITIES
from hub.sdk.connector import Page

_MAX_REPEATS = 20
"""Pages in a row that this run has shown before. One or two happen when a source changes while it is read."""
_MAX_EMPTY = 1_000
"""Empty pages in a row: a source read day by day may well have years without a row."""


class LoopGuard:
    """Watches the pages of one run. `repeated_rows` are those of pages that came before, and prove nothing."""

    def __init__(self, max_pages: int, where: str) -> None:
        self._max_pages = max_pages
        self._where = where
        self._seen: set[int] = set()
        self._pages = self._repeats = self._empty = 0
        self.repeated_rows = 0

    def look(self, page: Page) -> int:
        """Count a page; returns how many of its rows are a repetition. Raises SourceChanged when there is no end."""
        self._pages += 1
        rows = len(page.rows)
        repeated = bool(rows) and self._is_known(page)
        self._repeats = self._repeats + 1 if repeated else 0 if rows else self._repeats
        self._empty = 0 if rows or page.rejects or page.deleted else self._empty + 1
        if self._repeats >= _MAX_REPEATS:
            self._stop(f"the last {_MAX_REPEATS} pages had all come before in this run")
        if self._empty >= _MAX_EMPTY:
            self._stop(f"the last {_MAX_EMPTY} pages were empty")
        if self._pages > self._max_pages:
            self._stop(f"there are more than {self._max_pages:,} pages, the connector's `max_pages`")
        return rows if repeated else 0

    def _is_known(self, page: Page) -> bool:
        mark = hash((len(page.rows), *map(repr, _sample(page.rows))))
        if mark in self._seen:
            return True
        self._seen.add(mark)
        return False

    def _stop(self, reason: str) -> None:
        raise SourceChanged(
            f"the source does not come to an end: {reason}.",
            fix="Pages already stored are kept. Check the source's paging with `hub preview`, and report it to the "
            "connector's author.",
            where=self._where,
        )


def _sample(rows: Any) -> list[Any]:
    """First, middle and last row: enough to know a page again, at no cost."""
    places = sorted({0, len(rows) // 2, len(rows) - 1})
    if isinstance(rows, list):
        return [rows[place] for place in places]
    return [rows.slice(place, 1).to_pylist() for place in places]


def require_page(page: Any, where: str) -> Page:
    """The page, if it is what `hub.sdk.Page` promises. Raises SourceChanged with what is wrong."""
    wrong = "" if isinstance(page, Page) else f"it yielded {_a(page)} in place of a Page"
    wrong = wrong or _wrong_rows(page.rows) or _wrong_position(page)
    if wrong:
        raise SourceChanged(
            f"the connector broke its contract: {wrong}.",
            fix="Nothing of this page was stored. Report it to the connector's author.",
            where=where,
        )
    return page  # type: ignore[no-any-return]  # just looked at


def refuse_odd_rows(page: Page, entity: str) -> None:
    """Turn rows that are no objects (null, a text ...) into rejects: they end in quarantine like any bad row."""
    rows = page.rows
    if not isinstance(rows, list) or set(map(type, rows)) <= {dict}:
        return
    good = [place for place, row in enumerate(rows) if isinstance(row, Mapping)]
    odd = [
        Reject(
            entity,
            page.number(place),
            None,
            "source_id",
            "row",
            f"The row is {_a(row)}, no object.",
            {"value": row},
        )
        for place, row in enumerate(rows)
        if not isinstance(row, Mapping)
    ]
    page.lines = [page.first_row + page.number(place) for place in good]
    page.rows = [rows[place] for place in good]
    page.rejects = page.rejects + odd


def _wrong_rows(rows: Any) -> str:
    if isinstance(rows, list) or hasattr(rows, "column_names"):
        return ""
    return f"its rows are {_a(rows)}, not a list of objects or an Arrow table"


def _wrong_position(page: Page) -> str:
    if page.cursor is not None and not (isinstance(page.cursor, datetime) and page.cursor.tzinfo):
        return "its cursor is not a moment with a time zone"
    if page.total is not None and (not isinstance(page.total, int) or page.total < 0):
        return "its total is not a count"
    for name in ("resume", "state"):
        if not _is_json_object(getattr(page, name)):
            return f"its {name} is not a JSON object"
    return next(
        (f"its deleted names `{name}`, which is no entity" for name in page.deleted if name not in ENTITIES), ""
    )


def _is_json_object(value: Any) -> bool:
    try:
        return value is None or (isinstance(value, dict) and json.dumps(value) is not None)
    except (TypeError, ValueError):
        return False


def _a(value: Any) -> str:
    return "null" if value is None else f"a {type(value).__name__}"
