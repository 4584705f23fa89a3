"""PostgreSQL goes away, is slow, or is shared: nothing is lost, nobody waits for ever, and the counts stay true."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import psycopg
import pyarrow as pa
import pytest
from support.clean_store import empty, prepared_url
from support.postgres import execute, terminate_others
from support.writing import TTL, Sync, batch, held, require_true_counters

from hub.errors import LeaseLost, StoreBusy
from hub.model.batch import Batch
from hub.model.catalog import ENTITIES
from hub.store import postgres_database
from hub.store.base import Counts, StreamState
from hub.store.postgres import PostgresStore


@pytest.fixture(scope="module")
def prepared_store_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    return prepared_url("postgres", tmp_path_factory.mktemp("store"))


@pytest.fixture
def url(prepared_store_url: str) -> str:
    empty(prepared_store_url)
    return prepared_store_url


@pytest.fixture
def store(url: str) -> Iterator[PostgresStore]:
    with PostgresStore(url) as store:
        yield store


@pytest.fixture
def other(url: str) -> Iterator[PostgresStore]:
    """Another hub on the same database."""
    with PostgresStore(url) as store:
        yield store


def arrow(first: int, count: int = 5000) -> Batch:
    ids = [f"{number:06}" for number in range(first, first + count)]
    return Batch(ENTITIES["customers"], {"source_id": pa.array(ids), "name": pa.array(ids)})


def in_thread(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


class TestGone:
    def test_a_connection_that_is_cut_in_a_page_loses_that_page_only(self, store: PostgresStore, url: str) -> None:
        sync = Sync(store)
        sync.merge("customers", source_id=["a"])

        with pytest.raises(StoreBusy, match="Whole pages are stored") as caught, sync.page() as writer:
            writer.merge(batch("customers", source_id=["b"]))
            assert terminate_others(url) == 1
            writer.merge(batch("customers", source_id=["c"]))

        assert caught.value.retryable
        assert sync.merge("customers", source_id=["b", "c"]) == Counts(read=2, inserted=2)  # it connects anew
        assert store.held("shop") == {"customers": 3}

    def test_what_comes_after_the_cut_never_goes_in_without_what_came_before(
        self, store: PostgresStore, url: str
    ) -> None:
        """A page whose writer goes on regardless must not continue in a new connection."""
        sync = Sync(store)

        with pytest.raises(StoreBusy), sync.page() as writer:
            writer.merge(batch("customers", source_id=["b"]))
            terminate_others(url)
            for entity in ("customers", "orders"):
                with pytest.raises(StoreBusy):
                    writer.merge(batch(entity, source_id=["c"]))

        assert (store.held("shop"), held(store, "orders", "source_id")) == ({}, [])

    def test_a_connection_that_is_cut_before_the_commit(self, store: PostgresStore, url: str) -> None:
        sync = Sync(store)

        with pytest.raises(StoreBusy), sync.page() as writer:
            writer.merge(batch("customers", source_id=["b"]))
            writer.save_state(StreamState(state={"a": 1}))
            terminate_others(url)

        assert (store.held("shop"), store.stream_state("shop", "orders").state) == ({}, {})

    def test_a_copy_that_is_cut(self, store: PostgresStore, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
        from hub.store import postgres_copy

        encoded = postgres_copy._encoded
        calls = itertools.count()

        def cutting(*arguments: object) -> object:
            if next(calls) == 10:
                terminate_others(url)
            return encoded(*arguments)  # type: ignore[arg-type]

        monkeypatch.setattr(postgres_copy, "_encoded", cutting)
        monkeypatch.setattr(postgres_copy, "_BLOCK", 100)
        sync = Sync(store)

        with pytest.raises(StoreBusy), sync.page() as writer:
            writer.merge(arrow(0))
        assert next(calls) > 10

        with sync.page() as writer:
            assert writer.merge(arrow(0)) == Counts(read=5000, inserted=5000)
        require_true_counters(store)

    def test_a_server_started_anew_between_two_runs_is_not_noticed(
        self, store: PostgresStore, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(postgres_database, "_IDLE_SECONDS", 0.0)
        store.held("shop")
        terminate_others(url)

        assert store.acquire("shop", "orders", "me", TTL) is not None


class TestShared:
    def test_hubs_of_different_sources_do_not_wait_for_each_other(
        self, store: PostgresStore, other: PostgresStore
    ) -> None:
        """Both write the same table, and both pages are open at once; also where a whole copy is under way."""
        shop, erp = Sync(store, "shop"), Sync(other, "erp")

        with shop.page() as first:
            assert first.merge(arrow(0)).inserted == 5000
            with erp.page() as second:
                assert second.merge(arrow(0)).inserted == 5000
                assert second.merge(batch("customers", source_id=["x"])).inserted == 1
            assert first.merge(batch("customers", source_id=["x"])).inserted == 1

        assert (store.held("shop"), store.held("erp")) == ({"customers": 5001}, {"customers": 5001})

    def test_two_streams_that_write_the_same_records_take_turns(
        self, store: PostgresStore, other: PostgresStore
    ) -> None:
        first, second = Sync(store), Sync(other, stream="more")
        counts: list[Counts] = []

        with first.page() as writer:
            writer.merge(batch("customers", source_id=["a"], name=["one"]))
            waiting = in_thread(lambda: counts.append(second.merge("customers", source_id=["a"], name=["one"])))
            waiting.join(0.3)
            assert waiting.is_alive()
        waiting.join(10)

        assert counts == [Counts(read=1, unchanged=1)]

    def test_streams_that_write_two_entities_in_opposite_order_do_not_lock_each_other_out(self, url: str) -> None:
        """Only their first pages can meet crosswise, and then PostgreSQL ends one, which tries again."""

        def write(stream: str, entities: tuple[str, str]) -> None:
            with PostgresStore(url) as store:
                sync = Sync(store, stream=stream)
                done = 0
                while done < 10:
                    try:
                        with sync.page() as writer:
                            for entity in entities:
                                writer.merge(batch(entity, source_id=[f"{stream}{done}", "shared"]))
                    except StoreBusy:
                        busy.append(stream)
                        continue
                    done += 1

        busy: list[str] = []
        threads = [
            in_thread(lambda: write("a", ("customers", "orders"))),
            in_thread(lambda: write("b", ("orders", "customers"))),
        ]
        for thread in threads:
            thread.join(30)

        assert not any(thread.is_alive() for thread in threads)
        assert len(busy) <= 2
        with PostgresStore(url) as store:
            assert store.held("shop") == {"customers": 21, "orders": 21}

    def test_a_reader_of_changes_never_jumps_over_one_that_is_not_committed_yet(
        self, store: PostgresStore, other: PostgresStore
    ) -> None:
        """Numbers are given out before a commit: a later one must not become visible first."""
        first, second = Sync(store), Sync(other, "erp")
        page = first.page()
        page.__enter__().merge(batch("customers", source_id=["a"]))
        second.merge("customers", source_id=["b"])
        seen = store.db.another()
        before = seen.rows("SELECT sequence, source FROM hub_changes ORDER BY sequence")
        page.__exit__(None, None, None)
        after = seen.rows("SELECT sequence, source FROM hub_changes ORDER BY sequence")
        seen.close()

        assert [source for _, source in after] == ["erp", "shop"]
        assert after[: len(before)] == before
        assert before

    def test_a_table_that_somebody_locks_is_told_as_busy(self, store: PostgresStore, url: str) -> None:
        sync = Sync(store)
        store.db.rows("SET lock_timeout = '200ms'")
        with psycopg.connect(url) as holder:
            holder.execute("LOCK TABLE customers")

            with pytest.raises(StoreBusy, match="another process holds a lock"):
                sync.merge("customers", source_id=["a"])

        assert sync.merge("customers", source_id=["a"]) == Counts(read=1, inserted=1)

    def test_a_stranger_who_writes_our_rows_is_noticed(self, store: PostgresStore, url: str) -> None:
        """The merge found the row, and then somebody else deleted it: the page may not tell that it wrote it."""
        Sync(store).merge("customers", source_id=["a"], name=["one"])
        sync = Sync(store, stream="again")
        stranger = psycopg.connect(url)
        stranger.execute("DELETE FROM customers")
        failures: list[Exception] = []

        def merge() -> None:
            try:
                sync.merge("customers", source_id=["a"], name=["two"])
            except StoreBusy as error:
                failures.append(error)

        page = in_thread(merge)
        page.join(0.3)
        stranger.commit()
        stranger.close()
        page.join(10)

        assert "another program changed the hub's tables" in str(failures[0])
        assert held(store, "customers", "name") == []


class TestLeases:
    def test_a_stale_lease_stops_a_page_that_only_keeps_books(
        self, store: PostgresStore, other: PostgresStore, url: str
    ) -> None:
        """All of such a page travels with its commit; the check must still come first."""
        sync = Sync(store)
        execute(url, "UPDATE hub_leases SET expires_at = now() - interval '1 second'")
        assert other.acquire("shop", "orders", "other", TTL) is not None

        with pytest.raises(LeaseLost, match="shop/orders: another hub took this stream over"), sync.page() as writer:
            writer.save_state(StreamState(state={"mine": True}))

        assert store.stream_state("shop", "orders").state == {}

    def test_nobody_takes_a_stream_over_in_the_middle_of_a_page(
        self, store: PostgresStore, other: PostgresStore, url: str
    ) -> None:
        sync = Sync(store)
        execute(url, "UPDATE hub_leases SET expires_at = now() - interval '1 second'")
        taken: list[object] = []

        with sync.page() as writer:
            writer.merge(batch("customers", source_id=["a"]))
            rival = in_thread(lambda: taken.append(other.acquire("shop", "orders", "other", TTL)))
            rival.join(0.3)
            assert not taken
        rival.join(10)

        assert taken[0] is not None
        assert store.held("shop") == {"customers": 1}
        with pytest.raises(LeaseLost):
            sync.merge("customers", source_id=["b"])

    def test_the_clock_is_the_databases(self, store: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
        """Two machines whose clocks differ agree on when a lease ends."""
        monkeypatch.setattr(time, "time", lambda: 0.0)
        assert store.acquire("shop", "orders", "me", timedelta(seconds=30)) is not None

        ((_, expires_at),) = store.leases()

        ((now,),) = execute(store.url, "SELECT now()")
        assert timedelta(seconds=25) < expires_at - now <= timedelta(seconds=30)


def test_two_hubs_may_start_on_an_empty_database_at_once() -> None:
    from support.postgres import database_url

    url = database_url()
    failures: list[Exception] = []

    def start() -> None:
        try:
            with PostgresStore(url) as store:
                store.prepare()
                assert store.held("shop") == {}
        except Exception as error:
            failures.append(error)

    threads = [in_thread(start) for _ in range(3)]
    for thread in threads:
        thread.join(60)

    assert failures == []


def test_pages_travel_while_a_reader_holds_its_view(store: PostgresStore) -> None:
    sync = Sync(store)
    with sync.page() as writer:
        writer.merge(arrow(0, 12_000))

    pages = store.rows("customers", ["source_id", "name"])
    first = next(pages)
    with sync.page(at=50) as writer:
        writer.merge(batch("customers", source_id=[f"{number:06}" for number in range(12_000)], name=["new"] * 12_000))

    rest = [row for page in pages for row in page]
    assert {name == key for key, name in first + rest} == {True}
    assert held(store, "customers", "name")[0] == ("new",)
