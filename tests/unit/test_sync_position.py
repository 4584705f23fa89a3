"""Where a run starts, and where the next one will."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from support.made_up import Shop, day, job

from hub.sdk.connector import Mode, Page
from hub.store.base import StreamState
from sync_jobs.position import Span, next_state, plan

NOW = day(100)
KNOWN = StreamState(cursor=day(50), map_fingerprint="map")
moments = st.floats(0, 100).map(day)


def planned(state: StreamState, mode: Mode = Mode.INCREMENTAL, now: datetime = NOW, **settings: Any) -> Span:
    return plan(job(Shop(), Path("var"), mode, **settings), state, "map", now)


class TestPlan:
    def test_the_first_run_reads_everything(self) -> None:
        span = planned(StreamState())
        assert (span.since, span.until, span.whole) == (None, NOW, True)

    def test_later_runs_go_back_by_the_overlap_of_the_stream_or_the_admin(self) -> None:
        assert planned(KNOWN).since == day(50) - timedelta(minutes=5)
        assert planned(KNOWN, overlap=timedelta(hours=2)).since == day(50) - timedelta(hours=2)
        assert planned(KNOWN, overlap=timedelta(0)).since == day(50)

    def test_a_snapshot_reads_everything_each_time(self) -> None:
        assert planned(KNOWN, Mode.SNAPSHOT).since is None

    def test_start_bounds_even_a_full_read(self) -> None:
        assert planned(KNOWN, full=True, start=day(20)).since == day(20)
        assert planned(KNOWN, start=day(80)).since == day(80)
        assert planned(KNOWN, start=day(20)).since == day(50) - timedelta(minutes=5)

    def test_a_reading_that_skips_what_it_knows_is_not_the_whole(self) -> None:
        assert not planned(StreamState(state={"files": 1})).whole
        assert planned(StreamState(state={"files": 1}), full=True).whole

    def test_a_resumed_run_needs_the_same_map(self) -> None:
        stopped = replace(KNOWN, resume={"at": {"page": 3}, "pages": 2, "map": "map"}, resume_until=day(60))
        assert (planned(stopped).resume, planned(stopped).until) == ({"page": 3}, day(60))
        assert planned(replace(stopped, resume={**(stopped.resume or {}), "map": "other"})).resume is None
        assert planned(stopped, full=True).resume is None


class TestRoundTrip:
    def test_what_a_stopped_run_had_seen_is_not_forgotten(self) -> None:
        span = planned(KNOWN)
        span.began_empty = False
        span.saw(Page([{}] * 5, resume={"page": 2}, cursor=day(70), total=9, state={"link": "x"}), 5, repeated=1)
        state = next_state(KNOWN, span, 1, "map")
        again = plan(job(Shop(), Path("var")), state, "map", day(200))
        assert again.resumed
        for name in (
            "since", "until", "rows", "repeated", "total", "lowest_total", "highest_total", "cursor", "state", "whole",
            "resume", "began_empty",
        ):  # fmt: skip
            assert getattr(again, name) == getattr(span, name), name
        assert (again.pages_before, again.last_page) == (1, 1)

    def test_a_page_without_a_place_to_go_on_leaves_none(self) -> None:
        span = planned(KNOWN)
        span.saw(Page([{}]), 1, repeated=0)
        assert next_state(replace(KNOWN, resume={"at": 1}), span, 1, "map").resume is None

    def test_the_cursor_waits_for_the_end_of_the_run(self) -> None:
        span = planned(KNOWN)
        span.saw(Page([{}], resume={"page": 2}, cursor=day(70)), 1, repeated=0)
        assert next_state(KNOWN, span, 1, "map").cursor == day(50)
        assert span.completed_state(KNOWN, "map", NOW).cursor == day(70)


class TestCursor:
    @given(st.lists(moments, max_size=5), moments)
    def test_it_never_goes_back_nor_beyond_the_upper_bound(self, stamps: list[datetime], until: datetime) -> None:
        span = Span(None, until, full=False)
        for stamp in stamps:
            span.saw(Page([{}], cursor=stamp), 1, repeated=0)
        after = span.completed_state(KNOWN, "map", NOW).cursor
        assert after is not None
        assert after >= day(50)
        assert after == max([day(50), *([min(max(stamps), until)] if stamps else [])])

    def test_a_full_read_may_take_a_wrong_cursor_back(self) -> None:
        span = planned(replace(KNOWN, cursor=day(99)), full=True)
        span.saw(Page([{}], cursor=day(60)), 1, repeated=0)
        assert span.completed_state(KNOWN, "map", NOW).cursor == day(60)


class TestProofOfAbsence:
    def test_a_plain_snapshot_proves_it(self) -> None:
        span = planned(StreamState(), Mode.SNAPSHOT)
        span.saw(Page([{}] * 5, total=5), 5, repeated=0)
        assert span.no_proof_of_absence == ""

    def test_a_source_that_shrank_while_it_was_read_does_not(self) -> None:
        span = planned(StreamState(), Mode.SNAPSHOT)
        span.counted(10)
        span.counted(9)
        span.rows = 10
        assert "lost rows while it was read" in span.no_proof_of_absence

    def test_a_row_short_does_not(self) -> None:
        span = planned(StreamState(), Mode.SNAPSHOT)
        span.saw(Page([{}] * 9, total=10), 9, repeated=0)
        assert "9 different rows came, and the source counts 10" in span.no_proof_of_absence


class TestSourceTotal:
    def test_a_delta_does_not_count_the_whole(self) -> None:
        before = replace(KNOWN, source_total=1000, source_total_at=day(40))
        span = planned(before)
        span.saw(Page([{}] * 3, total=3), 3, repeated=0)
        assert span.completed_state(before, "map", NOW).source_total is None

    def test_rows_that_the_map_keeps_out_are_not_expected_to_be_held(self) -> None:
        span = planned(StreamState(), Mode.SNAPSHOT)
        span.saw(Page([{}] * 6, resume={"page": 2}, total=10), 6, repeated=0, left_out=2)
        span = plan(job(Shop(), Path("var"), Mode.SNAPSHOT), next_state(StreamState(), span, 1, "map"), "map", NOW)
        span.saw(Page([{}] * 4, total=10), 4, repeated=0, left_out=1)
        assert span.completed_state(StreamState(), "map", NOW).source_total == 7

    def test_a_delta_without_rows_changes_nothing(self) -> None:
        before = replace(KNOWN, source_total=1000, source_total_at=day(40))
        assert planned(before).completed_state(before, "map", NOW).source_total == 1000
