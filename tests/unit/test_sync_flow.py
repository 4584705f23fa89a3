"""Fetching, mapping and merging at the same time, in order, with errors in their place and a few pages in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
from support.http_fakes import Scripted, answer

from hub import log
from hub.errors import SourceUnavailable
from hub.sdk import Context, HttpConnectorConfig, HttpSource, NextToken, NumberedPages
from sync_jobs.flow import Flow


def idle() -> None:
    """Nothing to do meanwhile."""


def test_pages_come_in_order() -> None:
    flow = Flow(lambda: iter(range(100)), lambda page: page * 2, "test")
    assert list(flow.results(idle)) == [page * 2 for page in range(100)]
    assert flow.stop()


def test_an_error_of_the_source_comes_after_the_pages_before_it() -> None:
    def source() -> Iterator[int]:
        yield 1
        yield 2
        raise SourceUnavailable("gone.")

    seen: list[int] = []
    flow = Flow(source, lambda page: page, "test")
    with pytest.raises(SourceUnavailable):
        for page in flow.results(idle):
            seen.append(page)  # noqa: PERF402  what came before the error counts
    assert seen == [1, 2]
    flow.stop()


def test_an_error_of_the_work_comes_in_its_place() -> None:
    seen: list[int] = []
    flow = Flow(lambda: iter([1, 2, 0, 3]), lambda page: 6 // page, "test")
    with pytest.raises(ZeroDivisionError):
        for page in flow.results(idle):
            seen.append(page)  # noqa: PERF402  what came before the error counts
    assert seen == [6, 3]
    flow.stop()


@pytest.mark.parametrize("deep", [False, True])
def test_a_source_that_waits_for_better_times_ends_with_the_run(deep: bool) -> None:
    """Also where the wait is in one of the threads that ask ahead."""
    net = Scripted(answer({"rows": [{"id": 1}], "total": 3}), answer({"message": "down"}, 503, retry_after="60"))
    config = HttpConnectorConfig(kind="test", base_url="https://shop.test")
    http = HttpSource(config, Context("shop", transport=net))
    rule = NumberedPages("rows", 1, total_at="total") if deep else NextToken("rows", "total", "token")
    flow = Flow(lambda: http.pages("x", rule), lambda page: 1 // 0, "test")
    with pytest.raises(ZeroDivisionError):
        list(flow.results(idle))
    began = time.monotonic()
    assert flow.stop()
    assert time.monotonic() - began < 1


def test_only_a_few_pages_wait() -> None:
    fetched: list[int] = []

    def source() -> Iterator[int]:
        for page in range(1000):
            fetched.append(page)
            yield page

    flow = Flow(source, lambda page: page, "test")
    results = flow.results(idle)
    next(results)
    time.sleep(0.2)
    assert len(fetched) <= 8
    assert flow.stop()


def test_stopping_closes_the_source() -> None:
    closed = threading.Event()

    def source() -> Iterator[int]:
        try:
            yield from range(1000)
        finally:
            closed.set()

    flow = Flow(source, lambda page: page, "test")
    next(flow.results(idle))
    assert flow.stop()
    assert closed.is_set()


def test_a_source_that_hangs_is_told_not_waited_for() -> None:
    release = threading.Event()

    def source() -> Iterator[int]:
        yield 1
        release.wait(30)

    flow = Flow(source, lambda page: page, "test")
    next(flow.results(idle))
    assert not flow.stop(timeout_seconds=0.1)
    release.set()
    assert flow.stop()


def test_somebody_is_asked_now_and_then_while_nothing_comes() -> None:
    asked = threading.Event()

    def source() -> Iterator[int]:
        asked.wait(10)
        yield 1

    flow = Flow(source, lambda page: page, "test")
    assert list(flow.results(asked.set)) == [1]


def test_what_the_threads_log_names_the_stream() -> None:
    names: list[str] = []
    with log.context(stream="orders"):
        flow = Flow(lambda: iter([1]), lambda page: names.append(log._CONTEXT.get()["stream"]), "test")
        list(flow.results(idle))
    assert names == ["orders"]
