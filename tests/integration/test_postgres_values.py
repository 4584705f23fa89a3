"""Every value arrives in PostgreSQL exactly, in its native type, by whichever way a batch takes into the table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.clean_store import empty, prepared_url
from support.postgres import execute
from support.writing import Sync

from hub.model.batch import Batch
from hub.model.catalog import ENTITIES
from hub.model.kinds import MAX_MICROS, Entity, Kind
from hub.store import postgres_upsert
from hub.store.base import Counts, Store
from hub.store.postgres import PostgresStore

YEAR_1 = -62_135_596_800_000_000
YEAR_9999 = 253_402_300_799_999_999
ODD_TEXTS = [
    "", " ", "NULL", "\\N", "\\", "\t", "a\nb", "\r\n", '"', "'", "{}", "{a,b}", ",", "\x1f", "\x1e", "a\x1fb\x1ec",
    "é", "\U0001f600", "日本", "$1", "%s", "\ufffd",
]  # fmt: skip
FORMS = pytest.mark.parametrize("form", ["lists", "arrow"])
SAMPLES: dict[Kind, list[Any]] = {
    Kind.TEXT: ODD_TEXTS,
    Kind.INTEGER: [0, 1, -1, 2**63 - 1, -(2**63)],
    Kind.BOOLEAN: [True, False],
    Kind.DECIMAL: [0, 1, -1, 10_000, 99_990_000, 12_345_678_901_234_567, 2**63 - 1, -(2**63), MAX_MICROS, -MAX_MICROS],
    Kind.UTC: [0, -1, 1, 1_700_000_000_123_456, YEAR_1, YEAR_9999, YEAR_9999 - 1],
    Kind.DATE: ["2024-02-29", "0001-01-01", "9999-12-31", "1999-12-31", "2000-01-01"],
    Kind.JSON: ["{}", "[]", "null", '"a"', '{"a":[1,2.5,null,true],"b":"\\"\\\\u0000 é"}'],
}
_ARROW = {Kind.BOOLEAN: pa.bool_(), Kind.INTEGER: pa.int64(), Kind.UTC: pa.int64()}


@pytest.fixture(scope="module")
def prepared_store_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return prepared_url("postgres", tmp_path_factory.mktemp("store"))


@pytest.fixture
def store(prepared_store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    monkeypatch.setattr(postgres_upsert, "_FEW", 0)  # Arrow is copied however few the records are
    empty(prepared_store_url)
    with PostgresStore(prepared_store_url) as store:
        yield store


def in_form(form: str, entity: Entity, columns: dict[str, list[Any]]) -> Batch:
    """A batch of lists, or of Arrow arrays; what is too wide for those stays a list."""
    if form == "lists":
        return Batch(entity, columns)
    return Batch(entity, {name: _as_arrow(entity[name].kind, values) for name, values in columns.items()})


def _as_arrow(kind: Kind, values: list[Any]) -> Any:
    if kind is Kind.DECIMAL:
        fits = all(value is None or -(2**63) <= value < 2**63 for value in values)
        return pa.array(values, pa.int64()) if fits else values
    return pa.array(values, _ARROW.get(kind, pa.string()))


def full_batch(entity: Entity, form: str) -> tuple[Batch, list[tuple[Any, ...]]]:
    """A batch that fills every column of an entity with every sample, and its records."""
    most = max(len(values) for values in SAMPLES.values())
    columns: dict[str, list[Any]] = {}
    for column in entity.columns:
        values = [*SAMPLES[column.kind], *([] if column.required else [None])]
        columns[column.name] = (values * most)[:most]
    columns["source_id"] = [f"{number}\\'é" for number in range(most)]
    return in_form(form, entity, columns), list(zip(*columns.values(), strict=True))


def stored(store: Store, batch: Batch) -> list[tuple[Any, ...]]:
    names = list(batch.columns)
    rows = [row for page in store.rows(batch.entity.name, names) for row in page]
    return sorted(rows, key=lambda row: row[names.index("source_id")])


@FORMS
@pytest.mark.parametrize("name", list(ENTITIES))
def test_every_column_of_every_entity_keeps_every_value(store: Store, name: str, form: str) -> None:
    batch, records = full_batch(ENTITIES[name], form)
    sync = Sync(store)

    with sync.page() as writer:
        assert writer.merge(batch) == Counts(read=len(records), inserted=len(records))
    position = list(batch.columns).index("source_id")
    assert stored(store, batch) == sorted(records, key=lambda row: row[position])
    with sync.page() as writer:
        assert writer.merge(full_batch(ENTITIES[name], form)[0]) == Counts(read=len(records), unchanged=len(records))


@FORMS
def test_a_reader_of_the_tables_sees_native_types(store: Store, form: str) -> None:
    columns: dict[str, list[Any]] = {
        "source_id": ["1"], "amount": [12_345_678], "spent_on": ["2024-02-29"], "extras": ['{"a":1}'],
        "source_updated_at": [1_709_210_096_000_001], "customers_won": [3],
    }  # fmt: skip
    with Sync(store).page() as writer:
        writer.merge(in_form(form, ENTITIES["marketing_spend"], columns))

    ((amount, day, at, extras, won),) = execute(
        store.url, "SELECT amount, spent_on, source_updated_at, extras, customers_won FROM marketing_spend"
    )

    assert (amount, day, extras, won) == (Decimal("12.345678"), date(2024, 2, 29), {"a": 1}, 3)
    assert at == datetime(2024, 2, 29, 12, 34, 56, 1, UTC)


@FORMS
def test_what_postgresql_cannot_store_is_replaced_and_the_page_goes_on(store: Store, form: str) -> None:
    """The map refuses NUL in texts; should one come all the same, it must not stop a run."""
    columns = {"source_id": ["a\x00", "b"], "name": ["\x00x", None], "extras": ['{"a\\u0000":"\\\\u0000"}', None]}
    sync = Sync(store)

    for expected in (Counts(read=2, inserted=2), Counts(read=2, unchanged=2)):
        with sync.page() as writer:
            assert writer.merge(in_form(form, ENTITIES["customers"], columns)) == expected

    batch = Batch(ENTITIES["customers"], columns)
    assert stored(store, batch) == [("a\ufffd", "\ufffdx", '{"a\ufffd":"\\\\u0000"}'), ("b", None, None)]
    assert sync.delete("customers", "a\x00") == 1


def test_a_broken_file_name_does_not_stop_a_run(store: Store) -> None:
    """Names in no known encoding come as halves of surrogate pairs, which PostgreSQL refuses."""
    sync = Sync(store)
    state = {"caf\udce9.csv": ["\x00", "\U0001f600", 1]}
    with sync.page() as writer:
        found = store.stream_state("shop", "orders")
        found.state, found.resume = state, {"file": "caf\udce9.csv"}
        writer.save_state(found)
        writer.merge(Batch(ENTITIES["customers"], {"source_id": ["1"], "name": ["caf\udce9"]}))

    kept = store.stream_state("shop", "orders")

    assert (kept.state, kept.resume) == (state, {"file": "caf\udce9.csv"})
    assert stored(store, Batch(ENTITIES["customers"], {"source_id": ["1"], "name": [""]})) == [("1", "caf\ufffd")]


_VALUES: dict[str, Any] = {
    "name": st.one_of(st.none(), st.sampled_from(ODD_TEXTS), st.text(st.characters(exclude_categories=["Cs"]))),
    "employees": st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1)),
    "annual_revenue": st.one_of(st.none(), st.integers(-MAX_MICROS, MAX_MICROS), st.integers(-(10**9), 10**9)),
    "created_at": st.one_of(st.none(), st.integers(YEAR_1, YEAR_9999)),
}
_TABLES = st.lists(st.tuples(*_VALUES.values()), min_size=1, max_size=8)


def _cleaned(rows: list[Any]) -> list[Any]:
    return [(None if row[0] is None else row[0].replace("\x00", "\ufffd"), *row[1:]) for row in rows]


def _keyed(form: str, rows: list[Any]) -> Batch:
    columns = dict(zip(_VALUES, map(list, zip(*rows, strict=True)), strict=True))
    columns["source_id"] = [f"k{number}" for number in range(len(rows))]
    return in_form(form, ENTITIES["customers"], columns)


@FORMS
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(before=_TABLES, after=_TABLES)
def test_any_batch_is_held_as_it_came_and_replaces_any_other(
    store: Store, form: str, before: list[Any], after: list[Any]
) -> None:
    common = min(len(before), len(after))
    same = sum(old == new for old, new in zip(_cleaned(before), _cleaned(after), strict=False))
    held = _cleaned(after) + _cleaned(before)[common:]
    empty(store.url)
    with PostgresStore(store.url) as store:
        sync = Sync(store)
        with sync.page() as writer:
            writer.merge(_keyed(form, before))
        with sync.page() as writer:
            counts = writer.merge(_keyed(form, after))

        assert counts == Counts(read=len(after), inserted=len(after) - common, updated=common - same, unchanged=same)
        names = Batch(ENTITIES["customers"], {"source_id": [], **{name: [] for name in _VALUES}})
        assert stored(store, names) == [(f"k{number}", *row) for number, row in enumerate(held)]


def test_a_batch_may_mix_arrow_columns_and_lists(store: Store) -> None:
    columns: dict[str, Any] = {
        "source_id": pa.array(["1", "2"]),
        "name": ["a", None],
        "annual_revenue": [MAX_MICROS, None],
    }
    batch = Batch(ENTITIES["customers"], columns)

    with Sync(store).page() as writer:
        writer.merge(batch)

    assert stored(store, batch) == [("1", "a", MAX_MICROS), ("2", None, None)]


@FORMS
def test_sliced_and_large_arrow_texts_are_read_right(store: Store, form: str) -> None:
    ids, names = (
        [f"{number:05}" for number in range(40_000)],
        [f"n{number % 7}" * (number % 3) for number in range(40_000)],
    )
    if form == "arrow":
        whole = pa.array(["x", *ids, "y"], pa.large_string()), pa.array([None, *names, None])
        columns: dict[str, Any] = {"source_id": whole[0].slice(1, 40_000), "name": whole[1].slice(1, 40_000)}
    else:
        columns = {"source_id": ids, "name": names}
    sync = Sync(store)

    with sync.page() as writer:
        assert writer.merge(Batch(ENTITIES["customers"], columns)).inserted == 40_000
    with sync.page() as writer:
        assert writer.merge(Batch(ENTITIES["customers"], columns)).unchanged == 40_000

    assert stored(store, Batch(ENTITIES["customers"], columns)) == list(zip(ids, names, strict=True))
