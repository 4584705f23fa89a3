"""Run history, the ledger's lines and the positions of streams."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.writing import START, Sync, moment

from hub.store.base import Counts, PageEntry, Run, Store, StreamState

COUNTS = Counts(read=21, inserted=1, updated=2, unchanged=3, superseded=4, duplicate=5, quarantined=6, deleted=7)


def test_a_run_is_recorded_with_all_it_counted(sync: Sync, store: Store) -> None:
    run = sync.run
    run.status, run.ended_at, run.since = "partial", moment(9), moment(-9)
    run.rows_read, run.rows_unrouted, run.pages, run.source_total, run.held = 22, 1, 3, 99, 17
    run.counts, run.error, run.notes = COUNTS, "it broke.", ["field not mapped: x"]

    store.finish_run(run)

    assert store.runs() == [run]


def test_a_run_ends_together_with_its_last_page(sync: Sync, store: Store) -> None:
    run = sync.run
    run.status, run.ended_at = "ok", moment(9)
    done = StreamState(cursor=moment(5), last_complete_at=moment(9))

    with pytest.raises(RuntimeError), sync.page() as writer:
        writer.save_state(done)
        writer.finish_run(run)
        raise RuntimeError
    assert (store.runs()[0].status, store.stream_state("shop", "orders")) == ("running", StreamState())

    with sync.page() as writer:
        writer.save_state(done)
        writer.finish_run(run)
    assert store.runs() == [run]
    assert store.stream_state("shop", "orders") == done


def test_a_run_that_has_just_started_is_running(sync: Sync, store: Store) -> None:
    (run,) = store.runs()

    assert (run.id, run.status, run.ended_at, run.started_at, run.notes) == (sync.run.id, "running", None, START, [])


def test_runs_are_listed_newest_first_and_by_stream(sync: Sync, new_sync: Callable[..., Sync], store: Store) -> None:
    first = sync.run.id
    other = new_sync(source="erp").run.id
    sync.end()
    again = new_sync().run.id

    assert first < other < again
    assert [run.id for run in store.runs()] == [again, other, first]
    assert [run.id for run in store.runs(source="shop")] == [again, first]
    assert [run.id for run in store.runs(source="shop", stream="other")] == []
    assert [run.id for run in store.runs(limit=1)] == [again]


def test_a_run_that_died_is_told_by_the_next_one(sync: Sync, new_sync: Callable[..., Sync], store: Store) -> None:
    elsewhere = new_sync(stream="customers")
    store.release(sync.lease)  # what happens by itself once the lease has expired
    new_sync()

    newest, running, crashed = store.runs()

    assert (newest.status, running.status, running.id) == ("running", "running", elsewhere.run.id)
    assert (crashed.id, crashed.status) == (sync.run.id, "crashed")
    assert crashed.ended_at is not None
    assert crashed.error


def test_a_page_has_a_line_for_each_entity(sync: Sync, store: Store) -> None:
    entries = [
        PageEntry(1, "order_lines", 10, 0, COUNTS, "orders.csv", 1, moment(1)),
        PageEntry(1, "orders", 10, 2, Counts(read=10, unchanged=10), "orders.csv", 1, moment(1)),
        PageEntry(2, "orders", 0, 0, Counts(), "", 0, moment(2)),
    ]
    for entry in entries:
        with sync.page() as writer:
            writer.ledger(entry)

    assert store.pages(sync.run.id) == entries
    assert store.pages(sync.run.id + 1) == []


def test_names_of_files_that_are_no_text_do_not_stop_a_page(sync: Sync, store: Store) -> None:
    with sync.page() as writer:
        writer.ledger(PageEntry(1, "orders", 1, 0, Counts(), "caf\udce9.csv", 1, moment(1)))

    assert store.pages(sync.run.id)[0].origin.startswith("caf")


def test_a_stream_begins_nowhere(store: Store) -> None:
    assert store.stream_state("shop", "orders") == StreamState()


def test_a_position_is_kept_and_replaced_as_a_whole(sync: Sync, store: Store) -> None:
    stopped = StreamState(
        cursor=moment(1), state={"delta": "x", "n": [1, None]}, resume={"page": 7}, resume_since=moment(2),
        resume_until=moment(3), map_fingerprint="abc", last_complete_at=moment(4), source_total=5,
        source_total_at=moment(6),
    )  # fmt: skip
    for state in (stopped, StreamState(cursor=moment(9))):
        with sync.page() as writer:
            writer.save_state(state)

        assert store.stream_state("shop", "orders") == state


def test_the_position_moves_with_its_page_only(sync: Sync, store: Store) -> None:
    with pytest.raises(RuntimeError), sync.page() as writer:
        writer.save_state(StreamState(cursor=moment(9)))
        raise RuntimeError

    assert store.stream_state("shop", "orders") == StreamState()


def test_starting_a_run_gives_it_its_number(store: Store) -> None:
    run = Run(0, "sync", "shop", "orders", "snapshot", "full", START, None, START)

    assert store.start_run(run) is run
    assert run.id > 0
