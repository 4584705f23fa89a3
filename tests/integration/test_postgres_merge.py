"""The ways a batch takes into PostgreSQL: all must tell the same story, and a wrong guess may only cost time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pyarrow as pa
import pytest
from support.clean_store import empty, prepared_url
from support.postgres import execute, server_url
from support.writing import Sync, batch, change_keys, held, micros, require_true_counters

from hub.model.batch import Batch, Replacement
from hub.model.catalog import ENTITIES
from hub.store import postgres_upsert
from hub.store.base import Counts, PageEntry, StreamState
from hub.store.postgres import PostgresStore
from hub.store.postgres_database import Database

MANY = 30
"""More than a copy or a statement of these tests takes at a time."""


@pytest.fixture(scope="module")
def prepared_store_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return prepared_url("postgres", tmp_path_factory.mktemp("store"))


@pytest.fixture
def store(prepared_store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[PostgresStore]:
    monkeypatch.setattr(postgres_upsert, "_FEW", 5)
    monkeypatch.setattr(postgres_upsert, "_CHUNK", 10)
    empty(prepared_store_url)
    with PostgresStore(prepared_store_url) as store:
        yield store


@pytest.fixture(params=["lists", "arrow"])
def form(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def customers(form: str, first: int, count: int = MANY, **columns: list[Any]) -> Batch:
    ids = [f"C{number:04}" for number in range(first, first + count)]
    made = batch("customers", source_id=ids, **columns)
    if form == "arrow":
        made.columns = {name: pa.array(values) for name, values in made.columns.items()}
    return made


class Ways:
    """Which statements reach the server."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sent: list[str] = []
        self.journeys = 0
        run, copy = Database._run, Database.copy

        def noting_run(db: Database, statements: Any) -> Any:
            self.sent += [statement for statement, _ in (*db._waiting, *statements)]
            self.journeys += 1
            return run(db, statements)

        def noting_copy(db: Database, statement: str, blocks: Any) -> None:
            self.sent.append(statement)
            copy(db, statement, blocks)

        monkeypatch.setattr(Database, "_run", noting_run)
        monkeypatch.setattr(Database, "copy", noting_copy)

    def took(self, words: str) -> bool:
        return any(" ".join(statement.split()).startswith(words) for statement in self.sent)

    def forget(self) -> None:
        self.sent, self.journeys = [], 0


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> Ways:
    return Ways(monkeypatch)


DIRECT = {"lists": "INSERT INTO customers", "arrow": "COPY customers"}
MERGED = "WITH sent"


def test_a_first_load_goes_straight_into_the_table_page_after_page(store: PostgresStore, ways: Ways, form: str) -> None:
    sync = Sync(store)
    for page in range(3):
        ways.forget()
        with sync.page() as writer:
            assert writer.merge(customers(form, page * MANY)) == Counts(read=MANY, inserted=MANY)
        assert ways.took(DIRECT[form])
        assert not ways.took(MERGED)

    require_true_counters(store)
    assert change_keys(store, "customers") == [
        {f"C{number:04}" for number in range(page * MANY, page * MANY + MANY)} for page in range(3)
    ]


def test_a_key_that_is_held_already_turns_the_load_into_a_merge(store: PostgresStore, ways: Ways, form: str) -> None:
    sync = Sync(store)
    with sync.page() as writer:
        writer.merge(customers(form, 0))

    with sync.page() as writer:
        assert writer.merge(customers(form, MANY - 1)) == Counts(read=MANY, inserted=MANY - 1, unchanged=1)
    assert ways.took("ROLLBACK TO SAVEPOINT")
    require_true_counters(store)

    ways.forget()
    with sync.page() as writer:
        assert writer.merge(customers(form, 2 * MANY - 1)) == Counts(read=MANY, inserted=MANY)
    assert not ways.took(DIRECT[form])  # one wrong guess is enough
    require_true_counters(store)


def test_a_load_that_goes_on_finds_its_way_back_to_copying(store: PostgresStore, ways: Ways, form: str) -> None:
    """A run that was stopped starts anew: its first page tells that all is new."""
    with Sync(store).page() as writer:
        writer.merge(customers(form, 0))
    sync = Sync(store, stream="again")

    for page, straight in ((1, False), (2, True)):
        ways.forget()
        with sync.page() as writer:
            assert writer.merge(customers(form, page * MANY)).inserted == MANY
        assert ways.took(DIRECT[form]) == straight


def test_deleted_rows_are_noticed_where_none_is_held(store: PostgresStore, form: str) -> None:
    sync = Sync(store)
    with sync.page() as writer:
        writer.merge(customers(form, 0))
    sync.delete("customers", *(f"C{number:04}" for number in range(MANY)))
    assert store.held("shop") == {}
    sync = Sync(store, stream="again")

    with sync.page() as writer:
        assert writer.merge(customers(form, 0)) == Counts(read=MANY, inserted=MANY)

    assert len(held(store, "customers", "source_id")) == MANY
    require_true_counters(store)


def test_what_a_direct_load_wrote_is_undone_with_its_page(store: PostgresStore, form: str) -> None:
    sync = Sync(store)

    with pytest.raises(ZeroDivisionError), sync.page() as writer:
        writer.merge(customers(form, 0))
        raise ZeroDivisionError

    assert held(store, "customers", "source_id") == []
    with sync.page() as writer:
        assert writer.merge(customers(form, 0)).inserted == MANY


def test_two_batches_of_one_entity_in_a_page(store: PostgresStore, form: str) -> None:
    sync = Sync(store)
    with sync.page() as writer:
        writer.merge(customers(form, 0))

    with sync.page() as writer:
        assert writer.merge(customers(form, 5, name=["a"] * MANY)) == Counts(read=MANY, inserted=5, updated=MANY - 5)
        assert writer.merge(customers(form, 10, name=["a"] * MANY)) == Counts(read=MANY, inserted=5, unchanged=MANY - 5)

    require_true_counters(store)


def test_stock_always_goes_through_the_merge_which_writes_its_history(store: PostgresStore, form: str) -> None:
    ids = [f"s{number}" for number in range(MANY)]
    stock = batch("stock_levels", source_id=ids, on_hand=[1_000_000] * MANY, counted_at=[micros(5)] * MANY)
    if form == "arrow":
        stock.columns = {name: pa.array(values) for name, values in stock.columns.items()}

    with Sync(store).page() as writer:
        assert writer.merge(stock) == Counts(read=MANY, inserted=MANY)

    rows = [row for page in store.rows("stock_history", ["source_id", "changed_at", "on_hand"]) for row in page]
    assert sorted(rows) == sorted((key, micros(5), 1_000_000) for key in ids)


def test_an_index_finds_children_by_parent_and_is_made_once(store: PostgresStore, ways: Ways) -> None:
    sync = Sync(store)
    for _ in range(2):
        with sync.page() as writer:
            writer.merge(
                batch(
                    "order_lines", Replacement("order_source_id", {"o": None}), source_id=["l"], order_source_id=["o"]
                )
            )
    with PostgresStore(store.url) as another:
        Sync(another, stream="again").merge(
            "order_lines", Replacement("order_source_id", {"o": None}), source_id=["l"], order_source_id=["o"]
        )

    assert sum(statement.startswith("CREATE INDEX") for statement in ways.sent) == 1
    assert execute(store.url, "SELECT to_regclass('ix_lazy_order_lines_order_source_id')::text") == [
        ("ix_lazy_order_lines_order_source_id",)
    ]


def test_a_dry_run_makes_no_index(store: PostgresStore) -> None:
    sync = Sync(store)
    replacement = Replacement("shipment_source_id", {"s": None})
    children = batch("shipment_lines", replacement, source_id=["l"], shipment_source_id=["s"])

    with store.page(sync.run, None, sync.run.started_at) as writer:
        assert writer.merge(children).inserted == 1

    assert execute(store.url, "SELECT to_regclass('ix_lazy_shipment_lines_shipment_source_id')") == [(None,)]


def test_no_column_bears_a_name_that_sql_keeps_for_itself_or_that_the_merge_uses() -> None:
    """Statements name tables and columns without quotes."""
    with psycopg.connect(server_url()) as connection:
        reserved = {
            row[0] for row in connection.execute("SELECT word FROM pg_get_keywords() WHERE catcode IN ('R', 'T')")
        }
    names = {name for entity in ENTITIES.values() for name in (entity.name, *entity.by_name)}

    assert not names & (reserved | {"place", "gone", "stale"})


def test_a_small_page_takes_few_journeys_to_the_server(store: PostgresStore, ways: Ways) -> None:
    Sync(store).merge("customers", source_id=["a", "b"], name=["A", "B"], source_updated_at=[micros(0)] * 2)
    sync = Sync(store, stream="again")
    ways.forget()

    with sync.page() as writer:
        counts = writer.merge(
            batch("customers", source_id=["a", "b"], name=["A", "C"], source_updated_at=[micros(1)] * 2)
        )
        writer.ledger(PageEntry(2, "customers", 2, 0, counts, "a.csv", 1, sync.run.started_at))
        writer.save_state(StreamState(state={"a": 1}))

    assert counts == Counts(read=2, updated=2)
    assert ways.journeys <= 3


def test_all_ways_agree_on_what_changed(store: PostgresStore, form: str) -> None:
    """A page of everything at once: new, changed, same, older, twice and back again."""
    sync = Sync(store)
    ids = [f"C{number:04}" for number in range(MANY)]
    with sync.page() as writer:
        writer.merge(customers(form, 0, name=ids, source_updated_at=[micros(10)] * MANY))
    sync.delete("customers", "C0000", "C0001")
    names, stamps = list(ids), [micros(10)] * MANY
    names[2:5], stamps[2:5] = ["new"] * 3, [micros(11)] * 3
    names[5:9], stamps[5:9] = ["old"] * 4, [micros(9)] * 4
    stamps[1] = micros(9)
    page = customers(form, 0, name=names, source_updated_at=stamps).lists()
    for name, value in (("source_id", "C0002"), ("name", "newest"), ("source_updated_at", micros(12))):
        page[name].append(value)
    columns = {name: pa.array(values) for name, values in page.items()} if form == "arrow" else page

    with sync.page() as writer:
        counts = writer.merge(Batch(ENTITIES["customers"], columns))

    assert counts == Counts(read=MANY + 1, inserted=1, updated=3, superseded=5, duplicate=1, unchanged=MANY - 9)
    assert change_keys(store, "customers")[-1] == {"C0000", "C0002", "C0003", "C0004"}
    live = dict(held(store, "customers", "source_id", "name"))
    assert (live["C0000"], live["C0002"], live["C0003"], live["C0005"]) == ("C0000", "newest", "new", "C0005")
    assert "C0001" not in live
    require_true_counters(store)
