"""Checks of a source that behaves: pages, ids, cursors, resuming."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hub.sdk import Mode
from hub.testing.checks import Checks, differences, opened, stream_of
from hub.testing.reading import request_for

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class ReadingChecks(Checks):
    """Reading without faults."""

    def test_every_row_becomes_a_record_or_a_reject(self, stream: str, folder: Path) -> None:
        reading = self.full(self.world(2 * self.page_rows + 1, folder), stream)
        assert reading.rows, "the source has rows and none came"
        assert reading.records, "rows came and none became a record"
        for reject in reading.rejects:
            assert reject.rule and reject.reason, "a reject says which rule refused it, and why"
        told = {f"{reject.field}: {reject.reason}" for reject in reading.rejects}
        assert not reading.rejects, f"good rows were refused: {sorted(told)[:5]}"

    def test_two_reads_are_the_same(self, stream: str, folder: Path) -> None:
        world = self.world(2 * self.page_rows + 1, folder)
        first, second = self.full(world, stream), self.full(world, stream)
        assert not differences(first.records, second.records)

    def test_pages_have_no_edges(self, stream: str, rows: int, folder: Path) -> None:
        world = self.world(rows, folder)
        reading = self.full(world, stream)
        assert reading.pages, "an empty source is one empty page, not none"
        truth = world.truth()
        if truth is None:
            assert bool(reading.rows) == bool(rows)
            return
        for entity, ids in reading.ids().items():
            assert ids == truth.get(entity, ids), f"{entity}: not what the source holds with {rows} rows"
        main = stream_entity(self, stream)
        if main in truth:
            assert reading.ids().get(main, set()) == truth[main]

    def test_a_stopped_read_goes_on_after_any_page(self, stream: str, folder: Path) -> None:
        world = self.world(3 * self.page_rows + 1, folder)
        whole = self.full(world, stream)
        for number, page in enumerate(whole.pages, start=1):
            if page.resume is None:
                continue
            before = self.reading(world, stream, stop_after=number)
            after = self.reading(world, stream, resume=json.loads(json.dumps(page.resume)))
            both = {
                entity: {**before.records.get(entity, {}), **after.records.get(entity, {})}
                for entity in {*before.records, *after.records}
            }
            assert not differences(both, whole.records), f"stopped after page {number}"

    def test_since_is_inclusive(self, stream: str, folder: Path) -> None:
        self._require_incremental(stream)
        world = self.world(2 * self.page_rows + 1, folder)
        entity = stream_entity(self, stream)
        stamps = self.full(world, stream).stamps(entity)
        assert stamps, "rows of an incremental stream have a change stamp"
        middle = sorted(stamps.values())[len(stamps) // 2]
        since = _EPOCH + timedelta(microseconds=middle)
        came = self.reading(world, stream, since=since).ids().get(entity, set())
        wanted = {key for key, stamp in stamps.items() if stamp >= middle}
        assert wanted <= came, f"{len(wanted - came)} rows changed at or after `since` did not come"

    def test_the_cursor_is_the_latest_stamp(self, stream: str, folder: Path) -> None:
        self._require_incremental(stream)
        reading = self.full(self.world(2 * self.page_rows + 1, folder), stream)
        assert reading.cursor is not None, "pages of an incremental stream carry a cursor"
        assert reading.cursor.tzinfo is not None, "a cursor knows its time zone"
        stamps = [stamp for entity in reading.records for stamp in reading.stamps(entity).values()]
        highest = _EPOCH + timedelta(microseconds=max(stamps))
        assert reading.cursor <= highest, "a cursor beyond the rows jumps over those in between"

    def test_the_sources_count_is_what_comes(self, stream: str, folder: Path) -> None:
        world = self.world(2 * self.page_rows + 1, folder)
        with opened(world) as connector:
            count = connector.count(request_for(stream_of(connector, stream), world.clock.now()))
        reading = self.full(world, stream)
        totals = {page.total for page in reading.pages if page.total is not None}
        assert count is None or count == reading.rows
        assert not totals or totals == {reading.rows}

    def test_only_reading_requests_are_sent(self, stream: str, folder: Path) -> None:
        world = self.world(self.page_rows + 1, folder)
        network = self.networked(world)
        self.full(world, stream)
        logins = re.compile(self.logins)
        for sent in network.requests:
            if sent.method in {"GET", "HEAD", "OPTIONS"} or logins.search(sent.url.path):
                continue
            allowed = sent.method == "POST" and any(re.search(path, sent.url.path) for path in self.reading_posts)
            assert allowed, f"{sent.method} {sent.url.path} may change something; if not, name it in `reading_posts`"

    def test_check_finds_a_healthy_source_healthy(self, folder: Path) -> None:
        with opened(self.world(1, folder)) as connector:
            findings = list(connector.check())
        assert findings, "`check` says what it looked at"
        bad = [finding for finding in findings if not finding.ok and finding.severity == "error"]
        assert not bad, f"a healthy source is found ill: {bad}"
        assert all(finding.fix for finding in findings if not finding.ok), "what is not well has a remedy"

    def _require_incremental(self, stream: str) -> None:
        mode = next(each.mode for each in self.streams_under_test() if each.name == stream)
        if mode is not Mode.INCREMENTAL:
            pytest.skip("only incremental streams have a cursor")


def stream_entity(checks: Checks, stream: str) -> str:
    """The main entity of a stream: that of its first map."""
    return next(each.maps[0].entity.name for each in checks.streams_under_test() if each.name == stream)
