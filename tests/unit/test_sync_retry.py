"""When a whole run is tried again, and how long is waited."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from support.made_up import Shop, job

from hub.errors import AuthError, HubError, SourceUnavailable, Throttled
from hub.store.base import Store
from sync_jobs import pipeline, retry
from sync_jobs.executors import failed
from sync_jobs.jobs import Job, RunReport
from sync_jobs.retry import RetryPolicy, run_with_retries


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let runs end with these errors (and pages); returns how often it ran and how long was waited."""

    def script(*endings: tuple[HubError | None, int], policy: RetryPolicy | None = None, **settings: Any) -> Any:
        left = list(endings)
        waits: list[float] = []

        def run(job: Job, store: Store) -> RunReport:
            error, pages = left.pop(0)
            report = failed(job, error or HubError(""))
            report.error, report.run.pages = error, pages
            return report

        def wait(seconds: float, job: Job, sleep: Any) -> bool:
            waits.append(seconds)
            return True

        monkeypatch.setattr(pipeline, "run", run)
        monkeypatch.setattr(retry, "_wait", wait)
        work = job(Shop(), Path("var"), **settings)
        report = run_with_retries(work, None, policy or RetryPolicy())  # type: ignore[arg-type]
        return report, waits

    return script


AWAY = SourceUnavailable("away.")


def test_a_run_that_ends_well_is_not_repeated(runs: Any) -> None:
    report, waits = runs((None, 1))
    assert (report.attempts, waits) == (1, [])


def test_a_source_that_is_away_is_tried_again_with_growing_waits(runs: Any) -> None:
    report, waits = runs((AWAY, 0), (AWAY, 0), (None, 1))
    assert (report.attempts, report.ok) == (3, True)
    assert 1.5 <= waits[0] <= 2.5
    assert 3 <= waits[1] <= 5


def test_at_some_point_it_is_enough(runs: Any) -> None:
    report, waits = runs((AWAY, 0), (AWAY, 0), (AWAY, 0), (None, 1))
    assert (report.attempts, report.error, len(waits)) == (3, AWAY, 2)


def test_a_run_that_got_on_starts_the_count_again(runs: Any) -> None:
    report, _ = runs((AWAY, 0), (AWAY, 5), (AWAY, 5), (AWAY, 0), (None, 1))
    assert (report.attempts, report.ok) == (5, True)


def test_but_not_for_ever(runs: Any) -> None:
    report, _ = runs(*[(AWAY, 1)] * 50, policy=RetryPolicy(wait_seconds=0, most_runs=7))
    assert report.attempts == 7


def test_a_source_that_names_the_moment_is_believed(runs: Any) -> None:
    _, waits = runs((Throttled("wait.", retry_after_seconds=17), 0), (None, 1))
    assert waits == [17]


def test_a_moment_too_far_away_is_left_to_the_next_sync(runs: Any) -> None:
    report, waits = runs((Throttled("wait.", retry_after_seconds=3600), 0))
    assert (report.attempts, waits) == (1, [])


def test_other_errors_are_not_mended_by_trying(runs: Any) -> None:
    assert runs((AuthError("no."), 0))[0].attempts == 1


def test_a_dry_run_is_not_repeated(runs: Any) -> None:
    assert runs((AWAY, 0), dry_run=True)[0].attempts == 1


def test_whoever_asks_to_stop_does_not_wait() -> None:
    naps: list[float] = []
    work = job(Shop(), Path("var"), cancelled=lambda: len(naps) >= 2)
    assert not retry._wait(60, work, naps.append)
    assert len(naps) == 2
