"""What must hold whatever a source sends and however it is cut into pages."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.writing import Sync, batch, held, micros

from hub.store.base import Counts, Store

_IDS = st.sampled_from("abcdef")
_RECORD = st.fixed_dictionaries(
    {
        "source_id": _IDS,
        "name": st.none() | st.sampled_from(["Ann", "Bob", ""]),
        "annual_revenue": st.none() | st.sampled_from([0, 1, 2**63, -(10**20) + 1]),
        "source_updated_at": st.none() | st.integers(1, 4).map(micros),
    }
)
_RECORDS = st.lists(_RECORD, max_size=14)
_COLUMNS = ("source_id", "name", "annual_revenue", "source_updated_at")
_quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def merged(sync: Sync, records: list[dict[str, Any]]) -> Counts:
    with sync.page() as writer:
        counts = writer.merge(batch("customers", **{name: [record[name] for record in records] for name in _COLUMNS}))
    assert counts.balanced
    assert counts.read == len(records)
    return counts


def state(store: Store, source: str) -> list[tuple[Any, ...]]:
    return held(store, "customers", *_COLUMNS, "deleted_at", live=False, source=source)


def _without_stamps(records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [record | {"source_updated_at": None} for record in records]


_ALIKE = st.lists(_RECORD.filter(lambda record: record["source_updated_at"] is not None), max_size=14)
"""All stamped, or none: where a record comes with and without stamps in turn, it matters what else its page holds."""


@given(records=_ALIKE | _RECORDS.map(_without_stamps), cuts=st.lists(st.integers(0, 14), max_size=4))
@_quick
def test_page_boundaries_do_not_matter(store: Store, records: list[dict[str, Any]], cuts: list[int]) -> None:
    whole, cut = Sync(store, uuid4().hex), Sync(store, uuid4().hex)  # a source for each example: nothing is emptied
    merged(whole, records)
    ends = [0, *sorted(min(end, len(records)) for end in cuts), len(records)]
    for start, end in pairwise(ends):
        merged(cut, records[start:end])

    assert state(store, whole.source) == state(store, cut.source)
    assert store.held(whole.source) == store.held(cut.source)


@given(records=_RECORDS)
@_quick
def test_saving_a_page_twice_equals_saving_it_once(store: Store, records: list[dict[str, Any]]) -> None:
    sync = Sync(store, uuid4().hex)
    merged(sync, records)
    before, sequence = state(store, sync.source), store.sequence()

    again = merged(sync, records)

    assert (again.inserted, again.updated, again.superseded) == (0, 0, 0)
    assert state(store, sync.source) == before
    assert store.sequence() == sequence


_STEPS = st.lists(st.tuples(st.sampled_from(["merge", "delete", "fail"]), _RECORDS), max_size=6)


@given(steps=_STEPS)
@_quick
def test_the_counters_always_equal_counting(store: Store, steps: list[tuple[str, list[dict[str, Any]]]]) -> None:
    sync = Sync(store, uuid4().hex)
    for step, records in steps:
        if step == "merge":
            merged(sync, records)
        elif step == "delete":
            sync.delete("customers", *(record["source_id"] for record in records))
        else:
            fail_half_way(sync, records)

        live = len(held(store, "customers", "source_id", source=sync.source))
        assert store.held(sync.source) == ({"customers": live} if live else {})


def fail_half_way(sync: Sync, records: list[dict[str, Any]]) -> None:
    with pytest.raises(RuntimeError), sync.page() as writer:
        writer.merge(batch("customers", source_id=[record["source_id"] for record in records]))
        writer.delete("customers", ["a"])
        raise RuntimeError


@given(steps=_STEPS)
@_quick
def test_a_reader_that_follows_the_changes_holds_the_same_rows(
    store: Store, steps: list[tuple[str, list[dict[str, Any]]]]
) -> None:
    sync = Sync(store, uuid4().hex)
    sequence, copy = store.sequence(), dict[str, tuple[Any, ...]]()
    for step, records in steps:
        if step == "merge":
            merged(sync, records)
        else:
            sync.delete("customers", *(record["source_id"] for record in records))
        for change in store.changes(sequence) or ():
            keys = change.keys and list(change.keys)
            for page in store.rows("customers", [*_COLUMNS, "deleted_at"], source=change.source, keys=keys):
                copy |= {row[0]: row for row in page}
            sequence = change.sequence

        assert sorted(copy.values(), key=repr) == state(store, sync.source)
