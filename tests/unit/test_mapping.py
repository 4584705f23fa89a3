"""A map turns a page of source rows into records and rejects; every row is accounted for."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.errors import ConfigError, PluginError, RowRejected
from hub.mapping import FieldMap, Where, apply, at, computed, const, first_of, joined, unmapped
from hub.model.batch import Batch, Mapped, Row
from hub.model.catalog import Customer, Opportunity, Order, OrderLine, Return
from hub.model.kinds import Entity

ANY_TIME = settings(deadline=None)
DAY = 1_704_412_800_000_000
"""2024-01-05"""


def customers(**fields: Any) -> FieldMap:
    return FieldMap(Customer, {"source_id": at("id"), **fields})


def column(name: str, source: Any, rows: list[Any], entity: Entity = Customer) -> list[Any]:
    """What one field becomes, where no row is refused."""
    mapped = apply([FieldMap(entity, {"source_id": const("1"), name: source})], rows)
    assert mapped.rejects == []
    return mapped.batches[0].lists()[name]


def reasons(mapped: Mapped) -> list[tuple[int, str, str, str]]:
    return [(reject.row, reject.field, reject.rule, reject.reason) for reject in mapped.rejects]


# -- where a value comes from ---------------------------------------------------------------


def test_paths_go_down_into_objects_and_lists() -> None:
    rows = [{"a": {"b": "x"}, "l": [{"s": "y"}], "d.t": "z"}, {"a": None, "l": []}, {"a": [], "l": ""}, {}]
    assert column("name", at("a.b"), rows) == ["x", None, None, None]
    assert column("name", at("l.0.s"), rows) == ["y", None, None, None]
    assert column("name", at(r"d\.t"), rows) == ["z", None, None, None]


def test_something_else_where_an_object_should_be_refuses_the_row() -> None:
    mapped = apply(
        [customers(name=at("a.b"))], [{"id": 1, "a": "text"}, {"id": 2, "a": [1]}, {"id": 3, "a": {"b": "x"}}]
    )
    assert reasons(mapped) == [
        (0, "name", "type", "is sought in an object, but the source has a text there"),
        (1, "name", "type", "is sought in an object, but the source has a list there"),
    ]
    assert mapped.batches[0].lists()["name"] == ["x"]


def test_a_default_stands_for_missing_null_and_blank() -> None:
    rows = [{}, {"v": None}, {"v": " "}, {"v": 0}, {"v": "2"}]
    assert column("annual_revenue", at("v", default=5), rows) == [5_000_000] * 3 + [0, 2_000_000]
    assert column("created_at", at("v", default="2024-01-05", format="%d.%m.%Y"), [{}, {"v": "06.01.2024"}]) == [
        DAY,
        DAY + 86_400_000_000,
    ]


def test_values_turn_the_sources_words_into_ours() -> None:
    status = at("s", values={"Sent": "shipped", "1": "draft", "n/a": None, "": "on_hold"})
    rows = [{"s": "Sent"}, {"s": "SENT "}, {"s": 1}, {"s": "N/A"}, {"s": None}, {"s": "Completed"}]
    assert column("status", status, rows, Order) == ["shipped", "shipped", "draft", None, "on_hold", "completed"]


def test_a_star_stands_for_all_words_that_are_not_ours() -> None:
    rows = [{"s": "whatever"}, {"s": "Sent"}, {"s": "cancelled"}, {"s": ""}]
    assert column("status", at("s", values={"Sent": "shipped", "*": "open"}), rows, Order) == [
        "open",
        "shipped",
        "cancelled",
        None,
    ]
    assert column("country", at("s", values={"Sent": "DE", "*": None}), rows) == [None, "DE", None, None]


def test_a_percentage_where_a_share_should_be_is_refused_and_how_to_mend_it_is_told() -> None:
    lines = FieldMap(OrderLine, {"source_id": at("id"), "order_source_id": const("1"), "discount_rate": at("off")})
    rows = [{"id": 1, "off": "0.05"}, {"id": 2, "off": 5}, {"id": 3, "off": 1}, {"id": 4, "off": "-0.1"}, {"id": 5}]
    for page in (rows, pa.table({"id": [str(row["id"]) for row in rows], "off": ["0.05", "5", "1", "-0.1", None]})):
        mapped = apply([lines], page)
        assert reasons(mapped) == [
            (1, "discount_rate", "range", "is above 1; where the source tells a percentage, set `percent: true`")
        ]
        assert mapped.batches[0].lists()["discount_rate"] == [50_000, 1_000_000, -100_000, None]


def test_a_chance_lies_between_nothing_and_certainty() -> None:
    chances = FieldMap(Opportunity, {"source_id": at("id"), "probability": at("p")})
    rows = [{"id": number, "p": p} for number, p in enumerate((0, "0.6", 1, "-0.1", 60))]
    for page in (rows, pa.table({"id": ["0", "1", "2", "3", "4"], "p": ["0", "0.6", "1", "-0.1", "60"]})):
        assert [(row, rule, reason[:10]) for row, _, rule, reason in reasons(apply([chances], page))] == [
            (3, "range", "is below 0"),
            (4, "range", "is above 1"),
        ]


def test_a_word_nobody_listed_is_refused() -> None:
    (reject,) = apply([FieldMap(Order, {"source_id": at("id"), "status": at("s")})], [{"id": 1, "s": "Weird"}]).rejects
    assert (reject.rule, reject.source_id) == ("vocabulary", "1")


def test_joined_texts_leave_gaps_out_but_a_key_may_not_have_any() -> None:
    rows = [{"id": 1, "f": "Ada", "l": "Lovelace"}, {"id": 2, "l": "Curie"}, {"id": 3}]
    assert column("name", joined("f", "l", separator=" "), rows) == ["Ada Lovelace", "Curie", None]
    mapped = apply([FieldMap(Customer, {"source_id": joined("id", "l")})], rows)
    assert mapped.batches[0].lists()["source_id"] == ["1:Lovelace", "2:Curie"]
    assert reasons(mapped) == [(2, "source_id", "key", "lacks a part of the key")]
    assert mapped.rejects[0].source_id is None


def test_parts_of_a_joined_text_may_be_converted() -> None:
    rows = [{"d": "05.01.2024", "n": "7.50", "t": "2024-01-05T10:00:00Z", "b": True}]
    parts = joined(
        at("d", "date", format="%d.%m.%Y"), at("n", "decimal"), at("t", "utc"), at("b", "boolean"), const("x")
    )
    assert column("name", parts, rows) == ["2024-01-05:7.5:2024-01-05T10:00:00Z:true:x"]


def test_the_first_that_has_a_value_counts_and_later_ones_are_not_judged() -> None:
    source = first_of("a", "b", at("c", default=9))
    rows = [{"a": "1", "b": "wrong"}, {"b": 2}, {"a": " ", "b": None, "c": "3"}, {}]
    assert column("employees", source, rows) == [1, 2, 3, 9]
    mapped = apply([customers(employees=source)], [{"id": 1, "a": "wrong", "b": 2}])
    assert reasons(mapped) == [(0, "employees", "type", "is not a number")]


def test_constants_are_converted_once() -> None:
    assert column("currency", const("eur"), [{}, {}], Order) == ["EUR", "EUR"]


def full_names(rows: Sequence[Row]) -> list[Any]:
    return [f"{row['first']} {row['last']}" for row in rows]


def test_a_function_that_fails_on_one_row_spoils_no_other() -> None:
    rows = [{"id": 1, "first": "Ada", "last": "Lovelace"}, {"id": 2}]
    mapped = apply([customers(name=computed(full_names))], rows)
    assert mapped.batches[0].lists()["name"] == ["Ada Lovelace"]
    assert reasons(mapped) == [(1, "name", "type", "cannot be computed: full_names failed with KeyError")]


def test_a_function_may_refuse_a_row_in_its_own_words() -> None:
    refusing = computed(lambda rows: [RowRejected("is a test", rule="range") for _ in rows])
    mapped = apply([customers(name=refusing)], [{"id": 1}])
    assert reasons(mapped) == [(0, "name", "range", "is a test")]


def test_a_function_that_loses_rows_is_a_fault_of_the_plugin() -> None:
    with pytest.raises(PluginError, match="gave 1 values for 2 rows"):
        apply([customers(name=computed(lambda rows: ["x"]))], [{"id": 1}, {"id": 2}])


# -- which rows, and which records ---------------------------------------------------------------

LINES = FieldMap(
    OrderLine,
    {"source_id": joined("^id", "no"), "order_source_id": at("^id"), "quantity": at("qty"), "sku": at("^sku")},
    each="lines",
    replaces="order_source_id",
)
ORDERS = FieldMap(Order, {"source_id": at("id"), "source_updated_at": at("changed"), "total": at("total")})


def lines_of(mapped: Mapped) -> Batch:
    return next(batch for batch in mapped.batches if batch.entity is OrderLine)


def test_every_element_of_a_list_becomes_a_record() -> None:
    rows = [
        {"id": 1, "sku": "S", "changed": "2024-01-05", "lines": [{"no": 1, "qty": 2}, {"no": 2, "qty": "3.5"}]},
        {"id": 2, "lines": []},
        {"id": 3, "lines": [{"no": 1, "qty": 1}]},
    ]
    mapped = apply([ORDERS, LINES], rows)
    batch = lines_of(mapped)
    assert batch.lists() == {
        "source_id": ["1:1", "1:2", "3:1"],
        "order_source_id": ["1", "1", "3"],
        "quantity": [2_000_000, 3_500_000, 1_000_000],
        "sku": ["S", "S", None],
    }
    assert [batch.origin(place) for place in range(3)] == [0, 0, 2]
    assert batch.replacement is not None
    assert batch.replacement.owner_column == "order_source_id"
    assert batch.replacement.owners == {"1": DAY, "2": None, "3": None}
    assert (mapped.rows, mapped.unrouted, mapped.rejects) == (3, 0, [])


def test_lists_inside_lists_are_walked_with_brackets() -> None:
    returns = FieldMap(
        Return,
        {"source_id": joined("^^id", "^id", "id"), "order_source_id": at("^^id"), "quantity": at("qty")},
        each="refunds[].items",
        replaces="order_source_id",
        optional=True,
    )
    rows = [
        {"id": 1, "refunds": [{"id": 7, "items": [{"id": 1, "qty": 1}]}, {"id": 8, "items": [{"id": 2, "qty": 1}]}]},
        {"id": 2, "refunds": [{"id": 9}]},
        {"id": 3, "refunds": []},
        {"id": 4},
    ]
    (batch,) = apply([returns], rows).batches
    assert batch.lists()["source_id"] == ["1:7:1", "1:8:2"]
    assert [batch.origin(place) for place in range(2)] == [0, 0]
    assert batch.replacement is not None
    assert set(batch.replacement.owners) == {"1", "3"}  # the lists of 2 and 4 were not sent in full


def test_children_that_were_refused_are_not_gone() -> None:
    rows = [{"id": 1, "lines": [{"no": 1, "qty": "x"}, {"no": 2, "qty": 1}]}, {"id": 2, "lines": [{"qty": 1}]}]
    mapped = apply([LINES], rows)
    replacement = lines_of(mapped).replacement
    assert replacement is not None
    assert replacement.kept == ["1:1"]
    assert replacement.owners == {"1": None}  # a line of 2 has no key: nobody knows which one it is


@pytest.mark.parametrize("lines", ["text", {"no": 1}, 5])
def test_what_is_no_list_is_refused_and_replaces_nothing(lines: Any) -> None:
    mapped = apply([LINES], [{"id": 1, "lines": lines}])
    assert [(reject.field, reject.rule) for reject in mapped.rejects] == [("lines", "type")]
    assert all(batch.replacement is None or not batch.replacement.owners for batch in mapped.batches)


def test_an_element_that_is_no_object_is_refused_alone() -> None:
    mapped = apply([LINES], [{"id": 1, "lines": [{"no": 1, "qty": 1}, "text"]}])
    assert reasons(mapped) == [(0, "lines", "type", "an element of the list is a text, an object is expected")]
    assert len(lines_of(mapped)) == 1


@pytest.mark.parametrize("row", [{"id": 1}, {"id": 1, "lines": None}])
def test_a_compulsory_list_that_is_missing_is_refused_since_silence_proves_nothing(row: Row) -> None:
    mapped = apply([LINES], [row])
    assert reasons(mapped) == [(0, "lines", "required", "the list is missing, so nobody can say what it has lost")]
    optional = FieldMap(OrderLine, LINES.fields, each="lines", replaces="order_source_id", optional=True)
    mapped = apply([optional], [row])
    assert mapped.rejects == []
    assert all(batch.replacement is None or not batch.replacement.owners for batch in mapped.batches)


def test_a_parents_change_stamp_that_cannot_be_read_replaces_nothing() -> None:
    mapped = apply([ORDERS, LINES], [{"id": 1, "changed": "soon", "lines": [{"no": 1, "qty": 1}]}])
    replacement = lines_of(mapped).replacement
    assert replacement is not None
    assert replacement.owners == {}


def test_where_lets_rows_in() -> None:
    tests = (Where("no", no_prefix="C"), Where("kind", not_one_of=("test",)))
    sales = FieldMap(Order, {"source_id": at("no")}, where=tests)
    credits = FieldMap(Return, {"source_id": at("no")}, where=(Where("no", prefix="C"), Where("qty", empty=False)))
    rows = [{"no": "1"}, {"no": "C2", "qty": 1}, {"no": "C3"}, {"no": "4", "kind": "test"}, {"no": 5, "kind": {}}]
    mapped = apply([sales, credits], rows)
    assert [(batch.entity.name, batch.lists()["source_id"]) for batch in mapped.batches] == [
        ("orders", ["1", "5"]),
        ("returns", ["C2"]),
    ]
    assert mapped.batches[0].origins == [0, 4]
    assert mapped.unrouted == 2


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        (Where("v", equals="a"), [True, False, False, False]),
        (Where("v", one_of=("a", "1")), [True, True, False, False]),
        (Where("v", empty=True), [False, False, True, True]),
        (Where("v", empty=False), [True, True, False, False]),
        (Where("v", equals=""), [False, False, True, True]),
        (Where("v", prefix="a", empty=False), [True, False, False, False]),
    ],
)
def test_tests_look_at_texts(where: Where, expected: list[bool]) -> None:
    rows = [{"id": 0, "v": "a "}, {"id": 1, "v": 1.0}, {"id": 2, "v": " "}, {"id": 3}]
    mapped = apply([FieldMap(Customer, {"source_id": at("id")}, where=(where,))], rows)
    kept = mapped.batches[0].lists()["source_id"]
    assert kept == [str(number) for number, let_in in enumerate(expected) if let_in]
    assert mapped.unrouted == expected.count(False)


def test_where_may_look_at_elements_and_at_their_parents() -> None:
    lines = FieldMap(
        OrderLine,
        LINES.fields,
        each="lines",
        replaces="order_source_id",
        where=(Where("^state", not_one_of=("draft",)), Where("gone", empty=True)),
    )
    rows = [
        {"id": 1, "lines": [{"no": 1, "qty": 1}, {"no": 2, "qty": 1, "gone": "x"}]},
        {"id": 2, "state": "draft", "lines": [{"no": 1, "qty": 1}]},
        {"id": 3, "lines": [{"no": 1, "gone": "x"}]},
        {"id": 4, "lines": []},
    ]
    mapped = apply([lines], rows)
    batch = lines_of(mapped)
    assert batch.lists()["source_id"] == ["1:1"]
    assert batch.replacement is not None
    assert set(batch.replacement.owners) == {"1", "3", "4"}
    assert mapped.unrouted == 2  # the draft, and the order none of whose lines was let in


# -- what is refused ---------------------------------------------------------------


def test_one_reject_a_record_names_the_first_field_and_counts_the_others() -> None:
    fields = FieldMap(Order, {"total": at("t"), "currency": at("c"), "ordered_at": at("o"), "source_id": at("id")})
    row = {"id": 7, "t": "x", "c": "EURO", "o": "soon"}
    (reject,) = apply([fields], [row]).rejects
    assert (reject.entity, reject.row, reject.source_id, reject.raw) == ("orders", 0, "7", row)
    assert (reject.field, reject.rule) == ("ordered_at", "format")
    assert reject.reason.endswith("(2 more fields refused)")


def test_required_columns_and_keys() -> None:
    lines = FieldMap(OrderLine, {"source_id": at("id"), "order_source_id": at("order")})
    mapped = apply([lines], [{"id": 1}, {"order": 2}, {"id": " ", "order": 3}])
    assert reasons(mapped) == [
        (0, "order_source_id", "required", "is missing"),
        (1, "source_id", "key", "is missing"),
        (2, "source_id", "key", "is missing"),
    ]


@pytest.mark.parametrize("row", [5, None, "text", [1], True, 1.5])
def test_a_row_that_is_no_object_is_refused_once(row: Any) -> None:
    mapped = apply([ORDERS, LINES], [{"id": 1, "lines": []}, row])
    assert [(reject.row, reject.field, reject.rule, reject.raw) for reject in mapped.rejects] == [
        (1, "row", "type", {"value": row})
    ]
    assert mapped.unrouted == 0


def test_no_rows_make_nothing() -> None:
    assert apply([ORDERS, LINES], []) == Mapped(0, [], [])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abcd"), inner, max_size=4),
    max_leaves=12,
)
HUNGRY = (
    FieldMap(
        Order,
        {
            "source_id": first_of("a", "b"),
            "status": at("a.b", values={"x": "open", "*": "draft"}),
            "total": at("b"),
            "ordered_at": at("c.0"),
            "currency": at("d", default="EUR"),
            "extras": at("d"),
        },
        where=(Where("d", no_prefix="x"),),
    ).overridden({}, {"c": "c", "deep": "a.b"}),
    FieldMap(
        OrderLine,
        {"source_id": joined("^a", "b"), "order_source_id": at("^a"), "quantity": at("c"), "sku": at("d.a")},
        each="b",
        replaces="order_source_id",
        where=(Where("^d", one_of=("", "x")), Where("a", empty=True)),
    ),
    FieldMap(Return, {"source_id": at("a"), "order_source_id": at("^^a")}, each="c[].d", optional=True),
)


@ANY_TIME
@given(st.lists(JSON | st.fixed_dictionaries(dict.fromkeys("abcd", JSON)), max_size=4))
def test_anything_json_can_hold_maps_or_is_refused(rows: list[Any]) -> None:
    mapped = apply(HUNGRY, rows)
    orders = [batch for batch in mapped.batches if batch.entity is Order]
    refused = [reject.row for reject in mapped.rejects if reject.entity == "orders"]
    seen = sorted([batch.origin(place) for batch in orders for place in range(len(batch))] + refused)
    assert len(seen) == len(set(seen))
    assert mapped.rows == len(rows)
    assert mapped.unrouted <= len(rows) - len(seen)
    for batch in mapped.batches:
        assert {len(values) for values in batch.columns.values()} == {len(batch)}
    for reject in mapped.rejects:
        assert reject.raw == rows[reject.row] or reject.raw == {"value": rows[reject.row]} or "nan" in repr(rows)


@ANY_TIME
@given(st.lists(st.fixed_dictionaries(dict.fromkeys("abcd", JSON)), max_size=4), st.integers(0, 4))
def test_page_boundaries_do_not_matter(rows: list[Any], cut: int) -> None:
    whole = apply(HUNGRY, rows)
    parts = [apply(HUNGRY, rows[:cut]), apply(HUNGRY, rows[cut:])]

    def ids(mapped: Mapped, entity: Entity) -> list[str]:
        return [key for batch in mapped.batches if batch.entity is entity for key in batch.lists()["source_id"]]

    for fields in HUNGRY:
        assert ids(whole, fields.entity) == [key for part in parts for key in ids(part, fields.entity)]
    assert whole.unrouted == sum(part.unrouted for part in parts)
    assert len(whole.rejects) == sum(len(part.rejects) for part in parts)


# -- the map itself ---------------------------------------------------------------


def test_drift_is_what_nobody_maps() -> None:
    names = customers(name=computed(full_names, uses=("first", "last"))).overridden({}, {"note": "n.text"})
    maps = [ORDERS, LINES, names]
    rows = [{"id": 1, "total": 2, "lines": [{"new": 1}], "first": "", "n": {}, "fresh": 1}, {"older": 2}, 5]
    assert unmapped(maps, rows) == {"fresh", "older"}
    assert unmapped([FieldMap(Customer, {"source_id": at(r"a\.b")}, where=(Where("w.x", empty=True),))], [
        {"a.b": 1, "w": {}, "a": 2}
    ]) == {"a"}  # fmt: skip


def test_an_admins_fields_go_over_the_maps_own() -> None:
    fields = customers(name=at("name"), email=at("mail")).overridden({"name": const("X"), "email": None}, {"note": "n"})
    assert set(fields.fields) == {"source_id", "name", "extras"}
    again = fields.overridden({}, {"tags": "t"})
    row = {"id": 1, "n": " hot ", "t": ["b", "a"], "mail": "x"}
    assert apply([again], [row]).batches[0].lists() == {
        "source_id": ["1"],
        "name": ["X"],
        "extras": ['{"note":"hot","tags":["b","a"]}'],
    }


def test_empty_extras_are_none() -> None:
    assert apply([customers().overridden({}, {"n": "n"})], [{"id": 1, "n": ""}]).batches[0].lists()["extras"] == [None]


def test_the_fingerprint_changes_with_the_meaning_and_not_with_the_process() -> None:
    fields = customers(name=at("name"), email=computed(full_names))
    assert fields.fingerprint() == customers(email=computed(full_names), name=at("name")).fingerprint()
    others = [
        customers(name=at("other"), email=computed(full_names)),
        customers(name=at("name", default="x"), email=computed(full_names)),
        customers(name=at("name")),
        FieldMap(Customer, fields.fields, where=(Where("x", empty=True),)),
        FieldMap(Customer, fields.fields, each="x"),
    ]
    assert len({each.fingerprint() for each in [fields, *others]}) == 6
    code = (
        "from hub.mapping import FieldMap, at; from hub.model.catalog import Customer\n"
        "print(FieldMap(Customer, {'source_id': at('id', values={'b': 1, 'a': 2})}).fingerprint())"
    )
    twice = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(2)]
    assert twice[0].stdout == twice[1].stdout
    assert len(twice[0].stdout.strip()) == 24


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (FieldMap(Customer, {"source_id": at("id"), "nme": at("x")}), r"customers.nme: .* Did you mean `name`\?"),
        (FieldMap(OrderLine, {"source_id": at("id")}), "order_lines.order_source_id: the column is required"),
        (customers(name=at("x", "date")), "customers.name: `date` makes date, but name holds text"),
        (customers(country=const("Narnia")), "customers.country: the constant `Narnia` is not a country"),
        (customers(name=at("a..b")), "is not a path"),
        (customers(name=at("^x")), "leads above the page's own rows"),
        (customers(employees=joined("a", "b")), "`join` makes a free text, but employees holds integer"),
        (FieldMap(OrderLine, {"source_id": at("a"), "order_source_id": at("b")}, replaces="sku"), "needs `each`"),
        (FieldMap(OrderLine, LINES.fields, each="lines", replaces="sku2"), "the map has no field `sku2`"),
        (FieldMap(Customer, {"source_id": at("id")}, where=(Where("a..b", empty=True),)), "customers.where"),
    ],
)  # fmt: skip
def test_a_map_that_cannot_work_says_where_and_why(fields: FieldMap, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        apply([fields], [])


def test_the_row_path_needs_no_pyarrow() -> None:
    code = (
        "import sys; from hub.mapping import FieldMap, apply, at; from hub.model.catalog import Customer\n"
        "apply([FieldMap(Customer, {'source_id': at('id'), 'country': at('c')})], [{'id': 1, 'c': 'DE'}])\n"
        "print([name for name in ('pyarrow', 'numpy', 'pydantic', 'sqlalchemy') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
