"""A table gives the same batches and rejects as the same rows would: the kernels only save time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.mapping import FieldMap, FieldSource, Where, apply, at, computed, const, first_of, joined, unmapped
from hub.model import catalog
from hub.model.batch import Batch, Mapped, Reject

ANY_TIME = settings(deadline=None)
ORDERS = FieldMap(
    catalog.Order,
    {
        "source_id": joined("no", at("part", "date")),
        "customer_source_id": first_of("customer", at("guest", values={"x": "X1", "-": None}, default="nobody")),
        "status": at("status", values={"Sent": "shipped", "*": "open"}),
        "source_status": at("status"),
        "ordered_at": at("ordered"),
        "promised_at": at("ordered", timezone="Europe/Berlin"),
        "currency": at("currency", default="EUR"),
        "total": at("total"),
        "tax": at("tax", decimal=",", default=0),
        "shipping": at("cents", "minor_units"),
    },
)
NOTES = FieldMap(
    catalog.Customer,
    {
        "source_id": at("customer"),
        "name": joined("no", "status", separator=" / "),
        "employees": at("total"),
        "kind": const("company"),
        "country": at("currency", values={"EUR": "DE", "USD": "US", "GBP": None}),
        "annual_revenue": at("missing", default="1.5"),
        "created_at": at("part", "utc"),
        "email": computed(lambda rows: [f"{row['no']}@example.com" for row in rows]),
    },
    where=(Where("guest", no_prefix="C"), Where("customer", empty=False)),
).overridden({}, {"guest": "guest", "t": "total"})
MAPS = (ORDERS, NOTES)


def rows_of(mapped: Mapped) -> dict[str, Any]:
    """Everything a page became, as plain values."""
    return {
        "rows": mapped.rows,
        "unrouted": mapped.unrouted,
        "batches": [
            (batch.entity.name, batch.lists(), [batch.origin(place) for place in range(len(batch))], batch.replacement)
            for batch in mapped.batches
        ],
        "rejects": [repr(reject) for reject in mapped.rejects],  # a NaN in a raw row differs from itself
    }


def both(maps: tuple[FieldMap, ...], table: pa.Table) -> Mapped:
    """The table's result, after a look at the rows' result."""
    by_table = apply(maps, table)
    assert rows_of(by_table) == rows_of(apply(maps, table.to_pylist()))
    assert unmapped(maps, table) == unmapped(maps, table.to_pylist()) or not table.num_rows
    return by_table


def strings(*usual: str) -> st.SearchStrategy[str | None]:
    return st.one_of(st.sampled_from(usual), st.sampled_from(("", " ", None)), st.text(max_size=8))


MOMENTS = st.one_of(
    st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)).map(str),
    st.from_regex(
        r"2024-[01][0-9]-[0-3][0-9]([ T][0-2][0-9]:?[0-9]{2}(:?[0-9]{2}(\.[0-9]{1,9})?)?)?(Z|[+-][0-9:]{2,5})?",
        fullmatch=True,
    ),
    strings("2024-01-05", "2024-03-31 02:30:00", "2024-10-27 02:30:00", "0000-00-00", "2024-01-05T10", "2038-07-01"),
)  # fmt: skip
NUMBERS = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9).map(str),
    st.floats(allow_nan=True).map(str),
    st.text(alphabet="0123456789-+.,eE ()", max_size=20),
    strings("12", "0x10", "1,5", "inf", "99999999999999.5", "9300000000000.25", "12.3456789", "1e5", ".5", "5.", "-0"),
)
COLUMNS: dict[str, st.SearchStrategy[str | None]] = {
    "no": strings("1", "A-7", " x ", "ä", "\u00a0y\u3000", "a\0b", "z" * 210),
    "part": MOMENTS,
    "customer": strings("C1", "C2"),
    "guest": strings("x", "X", "-", "C9"),
    "status": strings("Sent", "sent", "Completed", "On Hold"),
    "ordered": MOMENTS,
    "currency": strings("EUR", "usd", "GBP"),
    "total": NUMBERS,
    "tax": NUMBERS,
    "cents": NUMBERS,
    "new": strings("n"),
}


@st.composite
def string_tables(draw: st.DrawFn) -> pa.Table:
    """Any table of texts, whole or in chunks, wide or not."""
    count = draw(st.integers(0, 6))
    kind = draw(st.sampled_from([pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())]))
    names = draw(st.lists(st.sampled_from(sorted(COLUMNS)), unique=True, min_size=6))
    columns = {
        name: pa.array(draw(st.lists(COLUMNS[name], min_size=count, max_size=count)), pa.string()).cast(kind)
        for name in names
    }
    table = pa.table(columns)
    cut = draw(st.integers(0, count))
    return pa.concat_tables([table.slice(0, cut), table.slice(cut)]) if draw(st.booleans()) else table.slice(cut)


@ANY_TIME
@given(string_tables())
def test_any_table_of_texts_gives_what_its_rows_give(table: pa.Table) -> None:
    mapped = both(MAPS, table)
    records = sum(len(batch) for batch in mapped.batches if batch.entity is catalog.Order)
    assert records + sum(reject.entity == "orders" for reject in mapped.rejects) == table.num_rows


def one(source: FieldSource, values: list[Any], kind: pa.DataType | None, column: str = "total") -> Batch | None:
    """Orders whose `column` comes from a table's column `v`."""
    fields = FieldMap(catalog.Order, {"source_id": at("id"), column: source})
    table = pa.table({"id": pa.array(range(len(values))), "v": pa.array(values, kind)})
    mapped = both((fields,), table)
    return mapped.batches[0] if mapped.batches else None


TYPED: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    (pa.int16(), st.integers(-(2**15), 2**15 - 1)),
    (pa.uint64(), st.integers(0, 2**64 - 1)),
    (pa.float64(), st.one_of(st.floats(), st.floats(-1e9, 1e9).map(lambda number: round(number, 4)))),
    (pa.float32(), st.floats(width=32)),
    (pa.bool_(), st.booleans()),
    (pa.decimal128(12, 2), st.decimals(-(10**9), 10**9, places=2)),
    (pa.decimal128(38, 6), st.decimals(-(10**20), 10**20, places=6)),
    (pa.decimal128(38, 10), st.decimals(-(10**9), 10**9, places=10)),
    (pa.timestamp("us"), st.datetimes()),
    (pa.timestamp("s"), st.datetimes().map(lambda moment: moment.replace(microsecond=0))),
    (pa.timestamp("us", "Asia/Tokyo"), st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=st.just(UTC))),
    (pa.date32(), st.dates()),
    (pa.date64(), st.dates()),
    (pa.string(), st.text(max_size=5)),
    (pa.binary(), st.binary(max_size=3)),
    (pa.list_(pa.int64()), st.lists(st.integers(0, 9), max_size=2)),
    (pa.struct([("a", pa.int64())]), st.fixed_dictionaries({"a": st.integers(0, 9)})),
    (pa.null(), st.none()),
]
TARGETS: list[tuple[str, FieldSource]] = [
    ("total", at("v")),
    ("total", at("v", round=2)),
    ("number", at("v")),
    ("ordered_at", at("v")),
    ("ordered_at", at("v", timezone="America/New_York")),
    ("ordered_at", at("v", epoch="seconds")),
    ("extras", at("v")),
    ("status", at("v", values={"1": "open", "true": "draft"})),
    ("number", joined("v", at("v"), separator="+")),
    ("number", first_of("v", "id")),
    ("number", at("v.a")),
]


@ANY_TIME
@given(st.data(), st.sampled_from(TYPED), st.sampled_from(TARGETS))
def test_any_typed_column_gives_what_its_values_give(
    data: st.DataObject, typed: tuple[Any, st.SearchStrategy[Any]], target: tuple[str, FieldSource]
) -> None:
    kind, values = typed
    one(target[1], data.draw(st.lists(st.one_of(values, st.none()), max_size=4)), kind, target[0])


@ANY_TIME
@given(st.lists(st.one_of(st.dates(), st.none()), max_size=4), st.sampled_from([pa.date32(), pa.timestamp("ms")]))
def test_days_are_days_in_any_type(days: list[date | None], kind: pa.DataType) -> None:
    fields = FieldMap(catalog.MarketingSpend, {"source_id": const("1"), "spent_on": at("v")})
    both((fields,), pa.table({"v": pa.array(days, pa.date32()).cast(kind)}))


def test_nanoseconds_are_cut_off_towards_the_past() -> None:
    fields = FieldMap(catalog.Order, {"source_id": const("1"), "ordered_at": at("v")})
    mapped = apply((fields,), pa.table({"v": pa.array([-1, 1_999, None], pa.timestamp("ns"))}))
    assert mapped.batches[0].lists()["ordered_at"] == [-1, 1, None]


def test_clean_columns_stay_arrow_arrays_in_physical_form() -> None:
    fields = FieldMap(
        catalog.Order, {"source_id": at("id"), "total": at("t"), "ordered_at": at("o"), "currency": const("EUR")}
    )
    columns = {"id": ["1", "2"], "t": ["1.50", "-2"], "o": ["2024-01-05T12:00:00Z", "2024-01-05T13:00:00Z"]}
    (batch,) = apply((fields,), pa.table(columns)).batches
    types = {name: values.type for name, values in batch.columns.items() if isinstance(values, pa.Array)}
    assert types == {"source_id": pa.string(), "total": pa.int64(), "ordered_at": pa.int64(), "currency": pa.string()}
    assert batch.origins is None


def test_a_number_beyond_64_bits_stays_exact() -> None:
    batch = one(at("v"), ["99999999999999.999999", "1"], pa.string())
    assert batch is not None
    assert batch.columns["total"] == [99_999_999_999_999_999_999, 1_000_000]


def test_of_two_columns_with_one_name_the_last_counts() -> None:
    fields = FieldMap(catalog.Order, {"source_id": at("a")})
    table = pa.table([pa.array(["1"]), pa.array(["2"])], names=["a", "a"])
    assert apply((fields,), table).batches[0].lists() == {"source_id": ["2"]}


def test_texts_that_are_not_unicode_are_refused() -> None:
    latin = pa.array([b"caf\xe9", b"tea"]).view(pa.string())
    fields = FieldMap(catalog.Customer, {"source_id": at("id"), "name": at("name")})
    mapped = apply((fields,), pa.table({"id": ["1", "2"], "name": latin}))
    assert {reject.reason for reject in mapped.rejects} == {"is binary data, a text is expected"}
    assert mapped.rejects[0].raw == {"id": "1", "name": b"caf\xe9"}


def test_a_hook_may_take_records_out_of_a_columnar_batch() -> None:
    fields = FieldMap(catalog.Customer, {"source_id": at("id")})
    (batch,) = apply((fields,), pa.table({"id": ["a", "b", "c"]})).batches
    assert [reject.row for reject in batch.refuse([Reject("customers", 1, "b", "x", "hook", "no", {})])] == [1]
    assert [reject.row for reject in batch.refuse([Reject("customers", 1, "c", "x", "hook", "no", {})])] == [2]
    assert batch.lists() == {"source_id": ["a"]}
    batch.refuse([Reject("customers", 0, "a", "x", "hook", "no", {})])
    assert len(batch) == 0


def test_lists_inside_a_table_go_the_way_of_rows() -> None:
    lines = FieldMap(
        catalog.OrderLine,
        {"source_id": joined("^id", "no"), "order_source_id": at("^id"), "quantity": at("qty")},
        each="lines",
        replaces="order_source_id",
    )
    orders = FieldMap(catalog.Order, {"source_id": at("id"), "source_updated_at": at("changed")})
    changed = datetime(2024, 1, 5, tzinfo=UTC)
    rows = [
        {"id": 1, "changed": changed, "lines": [{"no": 1, "qty": Decimal("2.5")}, {"no": 2, "qty": None}]},
        {"id": 2, "changed": changed + timedelta(days=1), "lines": []},
        {"id": 3, "changed": changed, "lines": None},
    ]
    mapped = both((orders, lines), pa.Table.from_pylist(rows))
    assert [batch.entity.name for batch in mapped.batches] == ["orders", "order_lines"]
    replacement = mapped.batches[1].replacement
    assert replacement is not None
    assert set(replacement.owners) == {"1", "2"}


@pytest.mark.parametrize("rows", [0, 3])
def test_a_table_without_the_columns_still_accounts_for_every_row(rows: int) -> None:
    mapped = both(MAPS, pa.table({"other": ["x"] * rows}))
    assert len([reject for reject in mapped.rejects if reject.entity == "orders"]) == rows
