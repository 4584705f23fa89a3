"""Matching beside what a cluster still reads."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.made_up import Shop, job

from hub.errors import StoreError
from hub.sdk import FieldMap, at, entities
from sync_jobs import beside
from sync_jobs.beside import MatchingBeside
from sync_jobs.executors import Watcher, failed
from sync_jobs.jobs import Job

ORDERS = FieldMap(entities.Order, {"source_id": at("id")})


class Stores:
    @contextmanager
    def lend(self) -> Iterator[None]:
        yield None


def work(source: str, *, orders: bool = False) -> Job:
    made = job(Shop(), Path("var"))
    return replace(made, source=source, maps=(ORDERS,)) if orders else replace(made, source=source)


def watching(monkeypatch: pytest.MonkeyPatch, groups: list[list[Job]], match: Any) -> MatchingBeside:
    monkeypatch.setattr(beside, "identify", lambda session, store: match())
    return MatchingBeside(None, Stores(), groups, Watcher())  # type: ignore[arg-type]


def end(watcher: MatchingBeside, job: Job) -> None:
    watcher.ended(job, failed(job, StoreError("")))


def test_it_begins_when_the_last_customers_are_in(monkeypatch: pytest.MonkeyPatch) -> None:
    first, orders, last = work("a"), work("a", orders=True), work("b")
    matched = threading.Event()
    watcher = watching(monkeypatch, [[first, orders], [last]], matched.set)
    end(watcher, first)
    assert not watcher.has_begun
    end(watcher, last)
    assert watcher.has_begun
    assert matched.wait(10), "orders are still being read"
    end(watcher, orders)
    assert watcher.result() is None


def test_without_customers_it_is_left_to_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    orders = work("a", orders=True)
    watcher = watching(monkeypatch, [[orders]], lambda: None)
    end(watcher, orders)
    assert not watcher.has_begun


def test_what_was_stopped_is_not_matched(monkeypatch: pytest.MonkeyPatch) -> None:
    customers = replace(work("a"), cancelled=lambda: True)
    watcher = watching(monkeypatch, [[customers]], lambda: None)
    end(watcher, customers)
    assert not watcher.has_begun


def test_a_failure_of_ours_comes_out(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails() -> None:
        raise IndexError("oops")

    customers = work("a")
    watcher = watching(monkeypatch, [[customers]], fails)
    end(watcher, customers)
    with pytest.raises(IndexError):
        watcher.result()
