"""What people decided, and which golden number a cluster keeps: pure rules, whatever comes in whatever order."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import UTC, datetime

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.identity.decisions import bound_together, in_force, taken_apart
from hub.identity.heirs import assign
from hub.store.identity import Decision, Key, Said

A, B, C, D = (Key("erp", name) for name in "abcd")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


def decision(number: int, *pairs: Said, undone: bool = False) -> Decision:
    return Decision(number, "customers", "merge", "ann", "", NOW, pairs, {}, NOW if undone else None)


def same(left: Key, right: Key) -> Said:
    return Said(left, right, True)


def apart(left: Key, right: Key) -> Said:
    return Said(left, right, False)


def test_the_newest_word_about_a_pair_holds() -> None:
    assert in_force([decision(1, same(A, B)), decision(2, apart(B, A))]) == [apart(B, A)]


def test_a_decision_that_was_undone_binds_nobody() -> None:
    assert in_force([decision(1, same(A, B)), decision(2, apart(A, B), undone=True)]) == [same(A, B)]


def test_a_word_that_contradicts_newer_ones_around_a_corner_does_not_hold() -> None:
    said = [decision(1, apart(A, C)), decision(2, same(A, B)), decision(3, same(B, C))]
    assert in_force(said) == [same(B, C), same(A, B)]


def test_a_merge_lifts_what_kept_the_records_apart() -> None:
    pairs = bound_together([A, B, C], [apart(B, C)])
    assert set(pairs) == {same(A, B), same(A, C), same(B, C)}
    assert apart(B, C) not in in_force([decision(1, apart(B, C)), decision(2, *pairs)])


def test_a_split_keeps_together_what_was_merged_through_the_record_that_leaves() -> None:
    merged = bound_together([A, B, C], [])
    pairs = taken_apart([A], [B, C], merged)
    assert set(pairs) == {apart(A, B), apart(A, C), same(B, C)}
    assert set(in_force([decision(1, *merged), decision(2, *pairs)])) == set(pairs)


RECORD = st.sampled_from([A, B, C, D])
SAID = st.builds(Said, RECORD, RECORD, st.booleans()).filter(lambda said: said.left != said.right)


@given(st.lists(st.lists(SAID, min_size=1, max_size=4), max_size=6))
def test_what_binds_never_contradicts_itself(said: list[list[Said]]) -> None:
    binding = in_force(decision(number, *pairs) for number, pairs in enumerate(said))
    top = {record: record for record in (A, B, C, D)}
    for pair in binding:
        if pair.same:
            old, new = top[pair.left], top[pair.right]
            top = {record: new if holder == old else holder for record, holder in top.items()}
    assert all(top[pair.left] != top[pair.right] for pair in binding if not pair.same)


def assigned(now: dict[str, str], was: dict[str, int], newest: int) -> tuple[dict[str, int], int]:
    with duckdb.connect() as con:
        for name, table, kind in (("now_in", now, pa.string()), ("was_in", was, pa.int64())):
            column = "cluster" if name == "now_in" else "golden"
            page = pa.table({"id": pa.array(table, pa.string()), column: pa.array(table.values(), kind)})
            con.register("page", page)
            con.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM page")
        highest = assign(con, newest)
        return dict(con.execute("SELECT id, golden FROM assigned").fetchall()), highest


def test_a_golden_number_stays_with_most_of_its_records() -> None:
    found, highest = assigned({"a": "a", "b": "b", "c": "b"}, {"a": 1, "b": 1, "c": 1}, 1)
    assert found == {"b": 1, "c": 1, "a": 2}
    assert highest == 2


def test_a_merge_keeps_the_oldest_number() -> None:
    found, highest = assigned({"a": "a", "b": "a", "c": "a"}, {"a": 7, "b": 2, "c": 7}, 7)
    assert set(found.values()) == {2}
    assert highest == 7


@settings(max_examples=25, deadline=None)
@given(
    st.dictionaries(st.sampled_from("abcdefgh"), st.sampled_from("1234"), max_size=8),
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 5), max_size=8),
)
def test_every_record_has_one_number_and_every_cluster_one_of_its_own(now: dict[str, str], was: dict[str, int]) -> None:
    found, highest = assigned(now, was, 5)
    assert found.keys() == now.keys()
    numbers = defaultdict(set)
    for record, cluster in now.items():
        numbers[cluster].add(found[record])
    assert all(len(each) == 1 for each in numbers.values())
    assert max(Counter(number for each in numbers.values() for number in each).values(), default=1) == 1
    assert max(found.values(), default=0) <= highest
    again, _ = assigned(now, found, highest)
    assert again == found
