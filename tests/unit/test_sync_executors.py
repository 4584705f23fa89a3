"""Connectors side by side, the streams of one in order, and nobody stops the others."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.made_up import CUSTOMERS, Shop, ShopConnector, job

from hub.errors import AuthError, StoreError
from hub.sdk.connector import Stream
from hub.store.base import Store
from sync_jobs import executors, show
from sync_jobs.executors import ThreadExecutor, Watcher, failed
from sync_jobs.joblist import ordered
from sync_jobs.jobs import Job, RunReport
from sync_jobs.retry import RetryPolicy


def work(source: str, name: str = "rows", **settings: Any) -> Job:
    made = job(Shop(), Path("var"), **settings)
    return replace(made, source=source, stream=replace(made.stream, name=name))


class Heard(Watcher):
    def __init__(self) -> None:
        self.ends: list[str] = []
        self.threads: set[int] = set()

    def ended(self, job: Job, report: RunReport) -> None:
        self.ends.append(job.where)
        self.threads.add(threading.get_ident())


@contextmanager
def no_store() -> Any:
    yield None


def executor(monkeypatch: pytest.MonkeyPatch, run: Any, **settings: Any) -> ThreadExecutor:
    monkeypatch.setattr(executors, "run_with_retries", run)
    return ThreadExecutor(no_store, **settings)  # type: ignore[arg-type]


def good(job: Job, store: Store, policy: RetryPolicy) -> RunReport:
    report = failed(job, AuthError(""))
    report.error = None
    return report


def test_reports_come_in_the_order_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    groups = [[work("a", "one"), work("a", "two")], [work("b")]]
    heard = Heard()
    reports = executor(monkeypatch, good).run(groups, heard)
    assert [(report.run.source, report.run.stream) for report in reports] == [("a", "one"), ("a", "two"), ("b", "rows")]
    assert sorted(heard.ends) == ["a/one", "a/two", "b/rows"]
    assert heard.threads == {threading.get_ident()}


def test_what_took_longest_comes_first_where_there_are_too_few_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    heard, took = Heard(), {"a": 1.0, "b": 30.0, "c": 0.0}
    groups = [[work(name)] for name in took]
    reports = executor(monkeypatch, good, workers=1, took=lambda group: took[group[0].source]).run(groups, heard)
    assert heard.ends == ["b/rows", "a/rows", "c/rows"]
    assert [report.run.source for report in reports] == ["a", "b", "c"]


def test_connectors_run_side_by_side(monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(2, timeout=10)

    def meet(job: Job, store: Store, policy: RetryPolicy) -> RunReport:
        both.wait()
        return good(job, store, policy)

    reports = executor(monkeypatch, meet).run([[work("a")], [work("b")]], Watcher())
    assert all(report.ok for report in reports)


def test_a_bug_in_one_stream_is_told_and_stops_no_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(executors.hub_log, "record_bug", lambda error: tmp_path / "bug.txt")

    def buggy(job: Job, store: Store, policy: RetryPolicy) -> RunReport:
        if job.stream.name == "bad":
            raise IndexError("oops")
        return good(job, store, policy)

    bad, fine = executor(monkeypatch, buggy).run([[work("a", "bad"), work("a", "fine")]], Watcher())
    assert (bad.exit_code, fine.ok) == (70, True)
    assert "an error of ours: IndexError" in str(bad.error)
    assert "bug.txt" in str(bad.error)


def test_a_store_that_cannot_be_opened_fails_its_group(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Any:
        raise StoreError("gone.")

    reports = ThreadExecutor(broken).run([[work("a", "one"), work("a", "two")]], Watcher())
    assert [report.exit_code for report in reports] == [7, 7]


def test_after_a_stop_what_has_not_begun_does_not_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    reports = executor(monkeypatch, good).run([[work("a", cancelled=lambda: True)]], Watcher())
    assert (reports[0].exit_code, reports[0].run.status) == (130, "cancelled")


def test_each_connector_is_closed_once_whatever_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[ShopConnector] = []

    def close(self: ShopConnector) -> None:
        closed.append(self)
        raise OSError("it does not want to")

    monkeypatch.setattr(ShopConnector, "close", close)
    first = work("a", "one")
    executor(monkeypatch, good).run([[first, replace(first, stream=replace(first.stream, name="two"))]], Watcher())
    assert closed == [first.connector]


class TestOrder:
    def names(self, *streams: Stream) -> list[str]:
        return [each.name for each in ordered(streams)]

    def named(self, name: str, *before: str) -> Stream:
        return Stream(name, (CUSTOMERS,), depends_on=before)

    def test_what_others_depend_on_comes_first(self) -> None:
        assert self.names(self.named("c", "b"), self.named("b", "a"), self.named("a")) == ["a", "b", "c"]

    def test_otherwise_the_order_stays(self) -> None:
        assert self.names(self.named("b"), self.named("a")) == ["b", "a"]

    def test_a_stream_that_is_not_asked_for_is_not_waited_for(self) -> None:
        assert self.names(self.named("b", "missing")) == ["b"]

    def test_a_circle_is_cut(self) -> None:
        assert sorted(self.names(self.named("a", "b"), self.named("b", "a"))) == ["a", "b"]


class TestShow:
    def test_a_table_aligns_numbers_to_the_right(self) -> None:
        text = show.table(["name", "rows"], [["a", 1], ["long name", 12345]])
        assert text.splitlines() == ["name         rows", "a               1", "long name  12,345"]

    def test_nothing_steers_the_terminal(self) -> None:
        assert show.printable("a\x1b[2Jb\tc") == "a [2Jb c"
