"""Snapshots on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hub.store.base import Store
from hub.store.snapshots import Snapshot, Snapshots

AT = datetime(2024, 7, 1, 12, tzinfo=UTC)


def snapshot(hours: int, value: str, request: str = "{}") -> Snapshot:
    return Snapshot(AT + timedelta(hours=hours), "revenue", request, hours, 1, value, f"digest {value}", '{"rows": []}')


def test_the_same_result_is_kept_once_in_a_row(store: Store) -> None:
    kept = Snapshots(store)
    numbers = [kept.keep(snapshot(hours, value)) for hours, value in ((0, "1.10"), (1, "1.10"), (2, "2"), (3, "1.10"))]
    assert [number is None for number in numbers] == [False, True, False, False]
    assert [each.value for each in kept.listed("revenue", "{}")] == ["1.10", "2", "1.10"]
    assert kept.keep(snapshot(4, "1.10", '{"by": []}')) is not None
    assert len(kept.listed("revenue")) == 4
    assert kept.listed("orders") == []


def test_what_was_known_at_a_moment(store: Store) -> None:
    kept = Snapshots(store)
    for hours, value in ((0, "1"), (2, "2")):
        kept.keep(snapshot(hours, value))
    known = kept.known_at("revenue", "{}", AT + timedelta(hours=1))
    assert known is not None
    assert (known.value, known.taken_at, known.body) == ("1", AT, '{"rows": []}')
    assert kept.one(known.id) == known
    assert kept.known_at("revenue", "{}", AT - timedelta(hours=1)) is None


def test_of_old_values_the_last_of_each_month_stays(store: Store) -> None:
    kept = Snapshots(store)
    for days, value in ((0, "1"), (1, "2"), (40, "3"), (41, "4")):  # July and August of 2024
        kept.keep(snapshot(24 * days, value))
    kept.keep(snapshot(0, "other", '{"by": ["month"]}'))
    recent = Snapshot(datetime.now(UTC), "revenue", "{}", 9, 1, "5", "digest 5", "{}")
    kept.keep(recent)
    kept.keep(Snapshot(datetime.now(UTC), "revenue", "{}", 9, 1, "6", "digest 6", "{}"))
    assert kept.prune(keep_days=100) == 2
    assert [each.value for each in kept.listed("revenue", "{}")] == ["6", "5", "4", "2"]
    assert len(kept.listed("revenue", '{"by": ["month"]}')) == 1
    assert kept.prune(keep_days=100) == 0
