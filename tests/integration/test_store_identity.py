"""What both databases keep of identity: the same links, questions, decisions and golden records."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.matching import ACME, ACME_SHOP, BETA, Matching
from support.writing import START, moment

from hub.errors import StoreBusy
from hub.store.base import Store
from hub.store.identity import Decision, Key, Said, State

A, X = Key("erp", "a"), Key("shop", "x")
EVIDENCE = json.dumps({"name": 6.5, "names": "same"})
LINKS: list[tuple[Any, ...]] = [
    (*A, "C000001", "tax id", 20_500_000, EVIDENCE, *X),
    (*X, "C000001", "tax id", 20_500_000, EVIDENCE, *A),
]
QUESTION = (*A, *X, "name", 4_000_000, EVIDENCE)


def resolve(store: Store, *, links: Any = (), reviews: Any = (), at: float = 0) -> int:
    """One resolution of customers, as the job writes it."""
    state = store.identity_state()
    with store.resolving(state, moment(at)) as writer:
        writer.put_links("customers", links)
        writer.put_reviews("customers", reviews)
        writer.copy_single("customers", None)
        writer.remove_empty("customers", None)
        writer.close("full", 7, "print", {"customers": {"new": 2}}, state._replace(customers=1))
    return writer.resolution_id


def test_a_link_keeps_its_first_day_while_its_golden_record_stays(store: Store) -> None:
    assert store.identity_state() == State(0, 0, 0, 0)
    assert resolve(store, links=LINKS) == 1
    again = [(*LINKS[0][:4], 30_000_000, *LINKS[0][5:]), (*X, "C000002", "alone", None, None, None, None)]
    assert resolve(store, links=again, at=9) == 2
    ((first, moved),) = [sorted(page, key=lambda link: link.key) for page in store.links("customers")]
    assert (first.score, first.linked_at, first.resolution_id) == (Decimal(30), moment(0), 1)
    assert (moved.golden_id, moved.linked_at, moved.resolution_id, moved.partner) == ("C000002", moment(9), 2, None)
    assert first.evidence == {"name": 6.5, "names": "same"}


def test_links_are_found_by_record_and_by_golden_record(store: Store) -> None:
    resolve(store, links=LINKS)
    assert [link.key for page in store.links("customers", keys=[X, Key("no", "one")]) for link in page] == [X]
    assert {link.key for page in store.links("customers", golden_ids=["C000001"]) for link in page} == {A, X}
    assert sorted(row for page in store.golden_of("customers") for row in page) == [(*A, "C000001"), (*X, "C000001")]


def test_a_question_that_is_no_longer_asked_is_gone_and_comes_back_under_its_number(store: Store) -> None:
    resolve(store, reviews=[QUESTION])
    (asked,) = store.reviews()
    assert (asked.left, asked.right, asked.score, asked.status) == (A, X, Decimal(4), "open")
    resolve(store)
    assert store.reviews() == []
    assert [each.status for each in store.reviews(status=None)] == ["gone"]
    resolve(store, reviews=[QUESTION])
    assert [each.id for each in store.reviews()] == [asked.id]


def test_a_decision_moves_records_settles_questions_and_waits_for_the_next_resolution(store: Store) -> None:
    resolve(store, links=LINKS, reviews=[QUESTION])
    decision = Decision(
        0, "customers", "split", "Ann", "für später", START, (Said(X, A, False),), {"C000001": ["erp/a"]}
    )
    number = store.decide(decision, {X: "C000002"}, 2)
    links = [link for page in store.links("customers", keys=[X]) for link in page]
    assert [(link.golden_id, link.linked_at) for link in links] == [("C000002", START)]
    assert [each.status for each in store.reviews(status=None)] == ["rejected"]
    (kept,) = store.decisions(entity="customers")
    assert (kept.id, kept.who, kept.why, kept.pairs, kept.before) == (
        number, "Ann", "für später", decision.pairs, {"C000001": ["erp/a"]}
    )  # fmt: skip
    assert (kept.in_force, kept.resolution_id, store.identity_state().customers) == (True, None, 2)
    resolve(store, links=LINKS)
    assert store.decisions()[0].resolution_id == 2
    store.undo(number, "Bo", "wrong", datetime.now(UTC), {X: "C000001"})
    (undone,) = store.decisions(ids=[number])
    assert (undone.in_force, undone.undone_by, undone.undone_why, undone.resolution_id) == (False, "Bo", "wrong", None)


def test_a_decision_during_a_resolution_is_never_taken_for_heeded(store: Store) -> None:
    state = store.identity_state()
    store.decide(Decision(0, "customers", "reject", "Ann", "", START, (Said(A, X, False),), {}), {})
    with pytest.raises(StoreBusy, match="changed meanwhile"), store.resolving(state, START):
        raise AssertionError
    assert store.decisions()[0].resolution_id is None


def test_the_last_resolution_tells_its_state(store: Store) -> None:
    assert store.last_resolution() is None
    resolve(store, links=LINKS)
    last = store.last_resolution()
    assert last is not None
    assert (last.id, last.sequence, last.settings, last.counts) == (1, 7, "print", {"customers": {"new": 2}})
    assert store.resolution_id() == 1


def test_texts_with_odd_characters_survive(store: Store) -> None:
    odd = Key("erp", "a/b 'c' \"d\" \\ %_?;é")
    resolve(store, links=[(*odd, "C000001", "alone", None, None, None, None)])
    ((link,),) = list(store.links("customers", keys=[odd]))
    assert link.key == odd


def test_records_of_two_systems_become_one_golden_record(store: Store, tmp_path: Path) -> None:
    hub = Matching(store, tmp_path)
    hub.put("erp", a={**ACME, "annual_revenue": 10**20 - 1, "currency": "EUR"}, b={**BETA, "parent_source_id": "a"})
    hub.put("shop", x=ACME_SHOP)
    hub.put("erp", "products", p={"sku": "4711", "is_stocked": True, "unit_cost": 5})
    hub.run()
    one, two = hub.one("C000001"), hub.one("C000002")
    assert (one["records"], one["annual_revenue"], one["currency"]) == (2, 10**20 - 1, "EUR")
    assert (two["name"], two["parent_golden_id"], two["provenance"]) == (BETA["name"], "C000001", None)
    product = hub.one("P000001", "products")
    assert (product["is_stocked"], product["unit_cost"], product["price_currency"]) == (True, 5, None)
    assert store.find_golden("customers", "beta", 5) == [("C000002", BETA["name"], 1)]
    counts = store.identity_counts("customers")
    assert (counts["records"], counts["golden"], counts["sizes"], counts["largest"]) == (
        3, 2, {1: 1, 2: 1}, [("C000001", 2)]
    )  # fmt: skip
    assert store.holders("customers") == ["erp", "shop"]
    hub.clerk().split(["shop/x"], "")
    hub.run()
    assert hub.golden() == {"erp/a": "C000001", "erp/b": "C000002", "shop/x": "C000003"}
