"""One reading of a stream, as the hub would do it, and what would be held after it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from hub.sdk import Batch, Connector, Mode, Page, ReadRequest, Reject, Stream, apply

MAX_PAGES = 200
"""More pages than this for a few rows: the connector would never end."""

Records = dict[str, dict[str, dict[str, Any]]]
"""Canonical entity -> source_id -> column -> value."""


@dataclass
class Reading:
    """Pages that came, the records they became, what was refused, what is gone."""

    pages: list[Page] = field(default_factory=list)
    records: Records = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    deleted: dict[str, set[str]] = field(default_factory=dict)
    rows: int = 0
    batches: list[Batch] = field(default_factory=list)

    def ids(self) -> dict[str, set[str]]:
        return {entity: set(records) for entity, records in self.records.items()}

    def stamps(self, entity: str) -> dict[str, int]:
        """source_id -> time of the last change, where the source tells one [microseconds]."""
        found = {key: record.get("source_updated_at") for key, record in self.records.get(entity, {}).items()}
        return {key: stamp for key, stamp in found.items() if stamp is not None}

    @property
    def cursor(self) -> datetime | None:
        return max((page.cursor for page in self.pages if page.cursor is not None), default=None)

    @property
    def state(self) -> dict[str, Any]:
        return next((page.state for page in reversed(self.pages) if page.state is not None), {})

    def take(self, stream: Stream, page: Page) -> None:
        """Map a page and note what came of it."""
        mapped = apply(stream.maps, page.rows)
        assert mapped.rows == len(page.rows), "the maps lost count of the page's rows"
        self.pages.append(page)
        self.rows += len(page.rows) + len(page.rejects)
        self.rejects += [*mapped.rejects, *page.rejects]
        for batch in mapped.batches:
            self.batches.append(batch)
            self._keep(batch)
        for entity, ids in page.deleted.items():
            self.deleted.setdefault(entity, set()).update(ids)

    def _keep(self, batch: Batch) -> None:
        columns = batch.lists()
        records = self.records.setdefault(batch.entity.name, {})
        outdated = set(batch.replacement.outdated) if batch.replacement else set()
        for number, key in enumerate(columns["source_id"]):
            if number in outdated:
                continue
            records[key] = {name: values[number] for name, values in columns.items() if values[number] is not None}


def request_for(
    stream: Stream,
    until: datetime,
    *,
    since: datetime | None = None,
    state: dict[str, Any] | None = None,
    resume: dict[str, Any] | None = None,
) -> ReadRequest:
    """What the hub would ask for. What is kept between runs goes through JSON, as it does in the store."""
    kept_state = json.loads(json.dumps(state or {}))
    kept_resume = None if resume is None else json.loads(json.dumps(resume))
    return ReadRequest(stream, since, until, state=kept_state, resume=kept_resume)


def read(connector: Connector[Any], request: ReadRequest, *, stop_after: int | None = None) -> Reading:
    """Read a stream to its end, or like a process that dies after so many pages."""
    reading = Reading()
    pages: Iterator[Page] = connector.read(request)
    for number, page in enumerate(pages, start=1):
        assert number <= MAX_PAGES, f"more than {MAX_PAGES} pages came for a few rows: the connector would never end"
        reading.take(request.stream, page)
        if number == stop_after:
            break
    close = getattr(pages, "close", None)
    if close is not None:
        close()
    return reading


class Held:
    """What the hub would hold: the rules of the store, small enough to be obviously right."""

    def __init__(self) -> None:
        self.records: Records = {}

    def take(self, stream: Stream, reading: Reading) -> None:
        """Merge one complete reading."""
        for batch in reading.batches:
            self._replace_children(batch)
        for entity, records in reading.records.items():
            self.records.setdefault(entity, {}).update(records)
        for entity, ids in reading.deleted.items():
            for key in ids:
                self.records.get(entity, {}).pop(key, None)
        if stream.mode is Mode.SNAPSHOT and reading.pages:
            for entity in {fields.entity.name for fields in stream.maps}:
                self.records[entity] = dict(reading.records.get(entity, {}))

    def _replace_children(self, batch: Batch) -> None:
        replacement = batch.replacement
        if replacement is None:
            return
        known = self.records.get(batch.entity.name, {})
        gone = [key for key, record in known.items() if record.get(replacement.owner_column) in replacement.owners]
        for key in gone:
            if key not in replacement.kept:
                del known[key]


def since_after(stream: Stream, cursor: datetime | None) -> datetime | None:
    """The next run's lower bound: inclusive, and back by the stream's overlap."""
    return None if cursor is None or stream.mode is Mode.SNAPSHOT else cursor - stream.overlap
