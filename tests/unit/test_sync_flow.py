"""Fetching, mapping and merging at the same time, in order, with errors in their place and a few pages in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from support.http_fakes import Scripted, answer

from hub import log
from hub.errors import SourceUnavailable
from hub.sdk import Context, HttpConnectorConfig, HttpSource, NextToken, NumberedPages
from sync_jobs.flow import Flow, T, U


def idle() -> None:
    """Nothing to do meanwhile."""


def flow_of(
    source: Callable[[], Iterator[T]],
    work: Callable[[T], U] = lambda page: page,
    weigh: Callable[[U], int] = lambda _: 1,
) -> Flow[T, U]:
    return Flow(source, work, "test", weigh=weigh)


def pages_of(flow: Flow[T, U], idle: Callable[[], object] = idle) -> Iterator[U]:
    """Page by page, whatever groups they come in."""
    for group in flow.groups(idle):
        yield from group


def test_pages_come_in_order() -> None:
    flow = flow_of(lambda: iter(range(100)), lambda page: page * 2)
    assert list(pages_of(flow)) == [page * 2 for page in range(100)]
    assert flow.stop()


def test_an_error_of_the_source_comes_after_the_pages_before_it() -> None:
    def source() -> Iterator[int]:
        yield 1
        yield 2
        raise SourceUnavailable("gone.")

    seen: list[int] = []
    flow = flow_of(source)
    with pytest.raises(SourceUnavailable):
        for page in pages_of(flow):
            seen.append(page)  # noqa: PERF402  what came before the error counts
    assert seen == [1, 2]
    flow.stop()


def test_an_error_of_the_work_comes_in_its_place() -> None:
    seen: list[int] = []
    flow = flow_of(lambda: iter([1, 2, 0, 3]), lambda page: 6 // page)
    with pytest.raises(ZeroDivisionError):
        for page in pages_of(flow):
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
    flow = flow_of(lambda: http.pages("x", rule), lambda page: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        list(pages_of(flow))
    began = time.monotonic()
    assert flow.stop()
    assert time.monotonic() - began < 1


def test_pages_that_are_ready_together_come_as_one_group() -> None:
    ready = threading.Event()

    def work(page: int) -> int:
        if page == 8:
            ready.set()
        return page

    groups = list(flow_of(lambda: iter(range(9)), work).groups(lambda: ready.wait(10)))
    assert [page for group in groups for page in group] == list(range(9))
    assert len(groups) <= 2
    assert len(groups[0]) >= 8


def test_heavy_pages_come_alone() -> None:
    worked: list[int] = []
    flow = flow_of(lambda: iter(range(50)), lambda page: worked.append(page) or page, lambda _: 100_000)
    for number, group in enumerate(flow.groups(idle)):
        assert group == [number]
        time.sleep(0.002)
        assert len(worked) <= number + 3
    assert len(worked) == 50


def test_only_a_few_pages_wait() -> None:
    fetched: list[int] = []

    def source() -> Iterator[int]:
        for page in range(1000):
            fetched.append(page)
            yield page

    flow = flow_of(source)
    results = pages_of(flow)
    next(results)
    time.sleep(0.2)
    assert len(fetched) <= 25
    assert flow.stop()


def test_stopping_closes_the_source() -> None:
    closed = threading.Event()

    def source() -> Iterator[int]:
        try:
            yield from range(1000)
        finally:
            closed.set()

    flow = flow_of(source)
    next(pages_of(flow))
    assert flow.stop()
    assert closed.is_set()


def test_a_source_that_hangs_is_told_not_waited_for() -> None:
    release = threading.Event()

    def source() -> Iterator[int]:
        yield 1
        release.wait(30)

    flow = flow_of(source)
    next(pages_of(flow))
    assert not flow.stop(timeout_seconds=0.1)
    release.set()
    assert flow.stop()


def test_somebody_is_asked_now_and_then_while_nothing_comes() -> None:
    asked = threading.Event()

    def source() -> Iterator[int]:
        asked.wait(10)
        yield 1

    flow = flow_of(source)
    assert list(pages_of(flow, asked.set)) == [1]


def test_what_the_threads_log_names_the_stream() -> None:
    names: list[str] = []
    with log.context(stream="orders"):
        flow = flow_of(lambda: iter([1]), lambda page: names.append(log._CONTEXT.get()["stream"]))
        list(pages_of(flow))
    assert names == ["orders"]
