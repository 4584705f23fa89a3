"""Scored pairs to clusters: no chains, no vetoed pairs, no guess between two companies."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hub.identity.clusters import Pair, split
from hub.identity.components import components
from hub.identity.weights import DEFAULT, Weights


def test_a_bare_third_record_does_not_carry_two_companies_together() -> None:
    pairs = [Pair(0, 1, 17), Pair(1, 2, 17), Pair(0, 2, 10, blocked=True)]
    assert split(3, pairs, DEFAULT) == [[0, 1], [2]]


def test_a_hub_does_not_chain() -> None:
    spokes = [Pair(0, place, 7) for place in range(1, 6)]
    others = [Pair(one, two, -10) for one in range(1, 6) for two in range(one + 1, 6)]
    assert max(map(len, split(6, spokes + others, DEFAULT))) <= 2


def test_a_record_that_fits_two_companies_equally_well_is_asked_about() -> None:
    assert split(3, [Pair(0, 1, 7), Pair(0, 2, 6.5), Pair(1, 2, -5)], DEFAULT) == [[0], [1], [2]]
    assert split(3, [Pair(0, 1, 12), Pair(0, 2, 6.5), Pair(1, 2, -5)], DEFAULT) == [[0, 1], [2]]


def test_a_person_is_never_overruled() -> None:
    bound = [Pair(0, 1, -20, blocked=True, bound=True)]
    assert split(2, bound, DEFAULT) == [[0, 1]]
    assert split(2, [Pair(0, 1, 30, blocked=True)], DEFAULT) == [[0], [1]]


def test_a_component_beyond_the_cap_is_cut_at_its_weakest_links() -> None:
    chain = np.arange(10, 15), np.arange(11, 16), np.array([25, 25, 7, 25, 25], dtype=np.float32)
    records, tops = components(*chain, Weights(component_cap=4))
    assert dict(zip(records, tops, strict=True)) == {10: 10, 11: 10, 12: 10, 13: 13, 14: 13, 15: 13}


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=40))
def test_records_hang_together_however_long_the_chain(links: list[tuple[int, int]]) -> None:
    left, right = (np.array([link[side] for link in links], dtype=np.int64) for side in (0, 1))
    records, tops = components(left, right, np.full(len(links), 9, dtype=np.float32), DEFAULT)
    top_of = dict(zip(records.tolist(), tops.tolist(), strict=True))
    assert all(top_of[one] == top_of[two] for one, two in links)
    reached: dict[int, set[int]] = {record: {record} for record in top_of}
    for one, two in links:
        together = reached[one] | reached[two]
        reached |= dict.fromkeys(together, together)
    assert top_of == {record: min(together) for record, together in reached.items()}


scores = st.integers(-10, 25)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6), scores, st.booleans()), max_size=20), st.randoms())
def test_clusters_are_a_partition_without_vetoed_pairs_whatever_the_order(rows: list, dice: object) -> None:
    unique = {
        (min(a, b), max(a, b)): Pair(min(a, b), max(a, b), score, blocked) for a, b, score, blocked in rows if a != b
    }
    pairs = list(unique.values())
    found = split(7, pairs, DEFAULT)
    assert sorted(record for group in found for record in group) == list(range(7))
    for group in found:
        assert not any(unique[pair].blocked for pair in unique if set(pair) <= set(group))
    dice.shuffle(pairs)  # type: ignore[attr-defined]
    assert split(7, pairs, DEFAULT) == found
