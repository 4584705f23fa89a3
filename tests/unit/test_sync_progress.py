"""What is told while a sync runs, and when a stream is due next."""

from __future__ import annotations

import io
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from support.made_up import Shop, day, job

from hub.errors import AuthError
from hub.store.operations import Scheduled
from sync_jobs import progress
from sync_jobs.executors import Watcher, failed
from sync_jobs.ledger import Tally
from sync_jobs.rules import rule_of
from sync_jobs.status import next_run

WORK = job(Shop(), Path("var"))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    return now


class TestLog:
    def test_a_line_comes_every_half_minute_and_not_more(
        self, clock: list[float], capsys: pytest.CaptureFixture[str]
    ) -> None:
        log = progress.LogProgress()
        log.page(WORK, Tally(rows=12000, pages=12))
        for second in range(0, 65, 5):
            clock[0] = second
            log.tick()
        assert capsys.readouterr().err.splitlines() == ["shop/rows: 12,000 rows in 12 pages so far"] * 2

    def test_what_has_ended_is_silent(self, clock: list[float], capsys: pytest.CaptureFixture[str]) -> None:
        log = progress.LogProgress()
        log.page(WORK, Tally(rows=1, pages=1))
        log.ended(WORK, failed(WORK, AuthError("no.")))
        clock[0] = 100
        log.tick()
        assert capsys.readouterr().err == ""


class TestTerminal:
    def test_a_short_sync_draws_nothing(self, clock: list[float], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stderr", Terminal())
        bars = progress.TerminalProgress()
        bars.page(WORK, Tally(rows=1, pages=1))
        bars.tick()
        bars.ended(WORK, failed(WORK, AuthError("no.")))
        assert sys.stderr.getvalue() == ""  # type: ignore[attr-defined]

    def test_a_long_one_shows_each_running_stream_and_cleans_up(
        self, clock: list[float], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "stderr", Terminal())
        bars = progress.TerminalProgress()
        clock[0] = 5
        bars.page(WORK, Tally(rows=7000, pages=7))
        bars.tick()
        bars.ended(WORK, failed(WORK, AuthError("no.")))
        assert "7,000 rows in 7 pages" in sys.stderr.getvalue()  # type: ignore[attr-defined]
        assert bars._bars is None


def test_who_watches_depends_on_where_it_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert type(progress.watcher_for(quiet=True)) is Watcher
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert isinstance(progress.watcher_for(quiet=False), progress.LogProgress)
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert isinstance(progress.watcher_for(quiet=False), progress.TerminalProgress)


class TestNextRun:
    @pytest.mark.parametrize(
        ("schedule", "length"),
        [("every 15m", timedelta(minutes=15)), ("every 2 hours", timedelta(hours=2)), ("every 1d", timedelta(days=1))],
    )
    def test_an_interval_counts_from_the_last_start(self, schedule: str, length: timedelta) -> None:
        assert next_run(rule_of([schedule], "UTC"), None, day(5)) == day(5) + length

    def test_a_stream_without_a_schedule_has_none(self) -> None:
        assert next_run(None, None, day(1)) is None

    def test_what_the_daemon_noted_counts(self) -> None:
        rule = rule_of(["0 2 * * *"], "UTC")
        assert rule is not None
        entry = Scheduled("erp", "orders", rule.text, slot_at=day(7), next_at=day(7), retry_at=day(6))
        assert next_run(rule, entry, day(1)) == day(6)
        assert next_run(rule, replace(entry, rule="every 1h"), day(1)) == day(1) + timedelta(hours=2), "an old rule"
