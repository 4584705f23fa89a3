"""Scored pairs to clusters: no chains, no vetoed pairs, no guess between two companies."""

from hypothesis import given
from hypothesis import strategies as st

from hub.identity.clusters import Pair, components, split
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
    strong = [(0, 1, 25.0), (1, 2, 25.0), (3, 4, 25.0), (4, 5, 25.0)]
    found = components([*strong, (2, 3, 7.0)], Weights(component_cap=4))
    assert found[0] == found[2] != found[3] == found[5]


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
