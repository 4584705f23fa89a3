"""The whole way from records to companies."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hub.identity.evaluate import against_clusters, against_pairs
from hub.identity.explain import explain
from hub.identity.records import COLUMNS
from hub.identity.resolve import Decision, Resolver
from hub.identity.weights import DEFAULT

SCHEMA = pa.schema([(name, pa.string()) for name in COLUMNS])


def page(rows: Sequence[dict[str, Any]]) -> pa.Table:
    return pa.Table.from_pylist([{"source": row["id"][0], **row} for row in rows], schema=SCHEMA)


def resolver(rows: Sequence[dict[str, Any]], decisions: Sequence[Decision] = ()) -> Resolver:
    found = Resolver(duckdb.connect(config={"threads": 1}), processes=1)
    found.load([page(rows)])
    found.resolve(decisions)
    return found


def clusters(found: Resolver) -> dict[str, str]:
    table = found.clusters()
    return dict(zip(table.column("id").to_pylist(), table.column("cluster").to_pylist(), strict=True))


ACME = [
    {"id": "a1", "name": "ACME Corp.", "country": "DE", "email": "sales@acme.de"},
    {
        "id": "b1",
        "name": "Acme Corporation GmbH",
        "country": "DE",
        "city": "Köln",
        "tax_id": "DE136695976",
        "email": "info@acme.de",
    },
    {"id": "c1", "email": "acme-shop@acme.de", "kind": "person", "name": "Ada Adler"},
]


def test_one_company_in_three_systems_is_one() -> None:
    assert set(clusters(resolver(ACME)).values()) == {"a1"}


def test_two_valid_tax_numbers_are_two_companies_even_through_a_bare_third_record() -> None:
    rows = [
        {"id": "a1", "name": "Müller Bau GmbH", "country": "DE", "city": "Köln", "tax_id": "DE136695976"},
        {"id": "b1", "name": "Müller Bau GmbH", "country": "DE", "city": "Köln", "tax_id": "DE811907980"},
        {"id": "c1", "name": "Müller Bau", "country": "DE", "city": "Köln"},
    ]
    found = resolver(rows)
    assert len(set(clusters(found).values())) == 3
    assert {(row["left"], row["right"]) for row in found.reviews().to_pylist()} == {("a1", "c1"), ("b1", "c1")}


def test_a_vat_group_shares_a_number_and_stays_apart() -> None:
    rows = [
        {
            "id": "a1",
            "name": "Nordlicht Energie AG",
            "country": "DE",
            "city": "Kiel",
            "tax_id": "DE136695976",
            "email": "a@nordlicht.de",
        },
        {
            "id": "b1",
            "name": "Hafenlogistik Brunsen GmbH",
            "country": "DE",
            "city": "Ulm",
            "tax_id": "DE136695976",
            "email": "b@brunsen.de",
        },
    ]
    found = resolver(rows)
    assert len(set(clusters(found).values())) == 2
    assert {"left": "a1", "right": "b1", "kind": "VAT group"} in found.relations().to_pylist()


@pytest.mark.parametrize("tax", ["00000000", "111111111", "DE811907980"])
def test_placeholders_never_link_also_those_that_only_the_data_show(tax: str) -> None:
    names = [
        "Alba",
        "Borken",
        "Cinder",
        "Dolmen",
        "Ember",
        "Fjordal",
        "Granit",
        "Hornum",
        "Isarwinkel",
        "Juniper",
        "Kestrel",
        "Larchen",
    ]
    rows = [{"id": f"a{name}", "name": f"{name} GmbH", "country": "DE", "tax_id": tax} for name in names]
    assert len(set(clusters(resolver(rows)).values())) == len(names)


def test_a_shared_mail_host_is_found_from_the_data() -> None:
    names = ["Alba", "Borken", "Cinder", "Dolmen", "Ember", "Fjordal", "Granit", "Hornum"]
    rows = [{"id": f"a{name}", "name": f"{name} GmbH", "email": f"{name}@mailverbund.de"} for name in names]
    assert len(set(clusters(resolver(rows)).values())) == len(names)


def test_branches_and_parents_are_related_not_merged() -> None:
    rows = [
        {"id": "a1", "name": "Rheinwerk AG", "country": "DE", "city": "Köln", "email": "a@rheinwerk.de"},
        {
            "id": "b1",
            "name": "Rheinwerk AG Niederlassung Ulm",
            "country": "DE",
            "city": "Ulm",
            "email": "b@rheinwerk.de",
        },
        {
            "id": "c1",
            "name": "Rheinwerk AG",
            "country": "DE",
            "city": "Köln",
            "email": "c@rheinwerk.de",
            "parent_id": "a1",
        },
    ]
    found = resolver(rows)
    assert len(set(clusters(found).values())) == 3
    kinds = {(row["left"], row["right"], row["kind"]) for row in found.relations().to_pylist()}
    assert kinds >= {("a1", "b1", "branch"), ("c1", "a1", "parent")}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"name": "Müller GmbH"}, {"name": "Müller AG"}),
        ({"name": "Studio 54 GmbH"}, {"name": "Studio 45 GmbH"}),
        ({"name": "Adler Foods Ltd", "country": "GB"}, {"name": "Adler Foods Ltd", "country": "IE"}),
        ({"name": "Adler Tools Ltd"}, {"name": "Adler Foods Ltd"}),
    ],
)
def test_what_keeps_namesakes_and_siblings_apart(one: dict[str, str], other: dict[str, str]) -> None:
    place = {"country": "DE", "city": "Ulm", "street": "Gartenweg 3", "postal_code": "89073", "email": "info@adler.de"}
    assert len(set(clusters(resolver([{"id": "a1", **place, **one}, {"id": "b1", **place, **other}])).values())) == 2


def test_a_decision_binds_whatever_the_score() -> None:
    split = resolver(ACME, [Decision("a1", "b1", same=False)])
    assert clusters(split)["a1"] != clusters(split)["b1"]
    assert not any({row["left"], row["right"]} == {"a1", "b1"} for row in split.reviews().to_pylist())
    strangers = [{"id": "a1", "name": "Alba GmbH", "country": "DE"}, {"id": "b1", "name": "Borken AG", "country": "FR"}]
    assert set(clusters(resolver(strangers, [Decision("b1", "a1", same=True)])).values()) == {"a1"}


def test_a_link_is_explained_field_by_field() -> None:
    found = explain(resolver(ACME), "a1", "b1")
    assert found is not None
    assert found.score > 6
    assert "Domain speaks for it (+8.0): acme.de" in found.lines
    assert explain(resolver(ACME), "a1", "nobody") is None


def test_links_name_rule_and_evidence() -> None:
    links = {(row["left"], row["right"]): row for row in resolver(ACME).links().to_pylist()}
    assert links["a1", "b1"]["rule"] == "domain"
    assert links["a1", "b1"]["w_domain"] == 8


def test_nothing_is_something_too() -> None:
    found = resolver([])
    assert clusters(found) == {}
    assert found.reviews().num_rows == found.links().num_rows == found.relations().num_rows == 0
    alone = resolver([{"id": "a1"}, {"id": "b1"}])
    assert clusters(alone) == {"a1": "a1", "b1": "b1"}


_NAMES = ["Alba GmbH", "Alba", "Alba AG", "Albe GmbH", "Borken Bau GmbH", "Borken Bau", "Borken Tools Ltd", None]
_rows = st.lists(
    st.fixed_dictionaries(
        {
            "name": st.sampled_from(_NAMES),
            "country": st.sampled_from(["DE", None]),
            "city": st.sampled_from(["Ulm", "Köln", None]),
            "tax_id": st.sampled_from(["DE136695976", "DE811907980", "DE136695978", None, None]),
            "email": st.sampled_from(["x@alba.de", "y@borken.de", None]),
            "phone": st.sampled_from(["+49 731 1234567", None]),
        }
    ),
    min_size=1,
    max_size=9,
)
_few = settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@_few
@given(_rows, st.randoms(use_true_random=False))
def test_the_order_of_arrival_does_not_matter(rows: list[dict[str, Any]], dice: Any) -> None:
    named = [{"id": f"{'abcd'[place % 4]}{place}", **row} for place, row in enumerate(rows)]
    first = clusters(resolver(named))
    dice.shuffle(named)
    assert clusters(resolver(named)) == first
    assert first.keys() == {row["id"] for row in named}, "every record is in one cluster"


@_few
@given(_rows, st.data())
def test_comparing_only_what_changed_gives_the_same(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    named = [{"id": f"{'abcd'[place % 4]}{place}", **row} for place, row in enumerate(rows)]
    cut = data.draw(st.integers(0, len(named)))
    before = [
        *named[:cut],
        *({**row, "name": "Cinder Oy", "tax_id": None} for row in named[cut + 1 :]),
        {"id": "gone", "name": "Alba"},
    ]
    found = resolver(before)
    found.resolve_changed([page(named[cut:])], gone=["gone"])
    assert clusters(found) == clusters(resolver(named))


def test_beside_what_changed_nothing_is_compared_again() -> None:
    beta = [
        {"id": "a2", "name": "Beta Valves Ltd", "country": "GB", "city": "Leeds", "email": "office@beta-valves.co.uk"},
        {"id": "b2", "name": "Beta Valves", "country": "GB", "city": "Leeds", "email": "sales@beta-valves.co.uk"},
    ]
    found = Resolver(
        duckdb.connect(config={"threads": 1}), replace(DEFAULT, recount_below=0, recount_share=9.0), processes=1
    )
    found.load([page([*ACME, *beta])])
    found.resolve()
    found.con.execute("UPDATE edges SET score = 77 WHERE score > 6")
    found.resolve_changed([page([{**ACME[1], "name": "Cinder Oy", "tax_id": None, "email": None}])], gone=["c1"])
    assert clusters(found) == {"a1": "a1", "b1": "b1", "a2": "a2", "b2": "a2"}
    assert found.con.execute("SELECT score FROM edges WHERE score > 6").fetchall() == [(77.0,)]
    found.resolve_changed([page(ACME)])
    assert clusters(found) == {"a1": "a1", "b1": "a1", "c1": "a1", "a2": "a2", "b2": "a2"}


def test_a_split_that_is_taken_back_leaves_no_trace() -> None:
    found = resolver(ACME)
    before = clusters(found), found.links().to_pylist()
    found.resolve_changed([], decisions=[Decision("a1", "b1", same=False)])
    assert clusters(found) != before[0]
    found.resolve_changed([], decisions=[])
    assert (clusters(found), found.links().to_pylist()) == before


def test_quality_is_measured_by_pairs_and_by_clusters() -> None:
    cluster_of = {"a": "a", "b": "a", "c": "c", "d": "c", "e": "e"}
    quality = against_clusters(cluster_of, {"a": "1", "b": "1", "c": "2", "d": "3", "e": "3"})
    assert (quality.pairs.precision, quality.pairs.recall) == (0.5, 0.5)
    assert (quality.clusters.right, quality.clusters.found, quality.clusters.true) == (1, 2, 2)
    measure = against_pairs(cluster_of, [("a", "b", True), ("c", "d", False), ("d", "e", True), ("a", "zz", True)])
    assert (measure.right, measure.found, measure.true) == (1, 2, 2)
