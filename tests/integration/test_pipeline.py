"""The sync path on both databases: what a run stores, where the next one starts, what it proves and what it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support.clean_store import empty, prepared_url
from support.made_up import (
    CUSTOMERS,
    LINES,
    ORDERS,
    CountingShopConnector,
    Shop,
    customer,
    day,
    job,
    order,
)

from hub.errors import PluginError, RunIncomplete, SourceChanged, SourceUnavailable
from hub.mapping import Where
from hub.model.batch import Batch, Reject
from hub.sdk.connector import Mode, Page, ReadRequest
from hub.store import open_store
from hub.store.base import Store
from sync_jobs import pipeline
from sync_jobs.jobs import Job, RunReport


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def prepared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    return prepared_url(request.param, tmp_path_factory.mktemp("store"))


@pytest.fixture
def store(prepared: str) -> Iterator[Store]:
    empty(prepared)
    with open_store(prepared) as store:
        yield store


@pytest.fixture
def sync(store: Store, tmp_path: Path) -> Any:
    """Sync a shop into the store; the report is checked for a ledger that balances."""

    def run(shop: Shop, mode: Mode = Mode.INCREMENTAL, **settings: Any) -> RunReport:
        report = pipeline.run(job(shop, tmp_path / "var", mode, **settings), store)
        require_ledger(store, report)
        return report

    return run


def require_ledger(store: Store, report: RunReport) -> None:
    """The run's counts are the sum of its pages', and each balances."""
    entries = store.pages(report.run.id) if report.run.id else []
    assert all(entry.counts.balanced for entry in entries)
    if report.run.id:
        assert sum(entry.counts.read for entry in entries) == report.run.counts.read
        assert store.run(report.run.id).status == report.run.status  # type: ignore[union-attr]


def names(store: Store, entity: str = "customers") -> dict[str, Any]:
    """Live rows: id -> name (or the second column that matters)."""
    column = {"customers": "name", "orders": "total", "order_lines": "order_source_id"}[entity]
    rows = [row for page in store.rows(entity, ["source_id", column, "deleted_at"]) for row in page]
    return {row[0]: row[1] for row in rows if row[2] is None}


def refused(number: int) -> dict[str, Any]:
    """A customer that ends in quarantine."""
    return customer(number, name="x" * 5000)


def with_bad_lines(number: int, *lines: int, changed: float = 0) -> dict[str, Any]:
    """An order with one good line, and these that are refused."""
    row = order(number, changed=changed, lines=1)
    row["lines"] += [{"id": f"{row['id']}:{line}", "sku": "S", "quantity": "many"} for line in lines]
    return row


def waiting(store: Store) -> set[str | None]:
    """The records that wait in quarantine."""
    return {entry.source_id for entry in store.quarantined()}


class TestFirstRun:
    def test_everything_is_read_and_accounted_for(self, sync: Any, store: Store) -> None:
        report = sync(Shop([customer(number) for number in range(25)]))
        assert (report.run.status, report.exit_code) == ("ok", 0)
        assert (report.run.counts.read, report.run.counts.inserted) == (25, 25)
        assert report.run.pages == 3
        assert (report.held, report.source_total) == (25, 25)
        assert store.held("shop") == {"customers": 25}

    def test_an_empty_source_is_a_complete_run(self, sync: Any) -> None:
        report = sync(Shop([]), Mode.SNAPSHOT)
        assert (report.run.status, report.run.counts.read, report.held) == ("ok", 0, 0)

    def test_one_row_may_yield_several_entities(self, sync: Any, store: Store) -> None:
        report = sync(Shop([order(number, lines=3) for number in range(4)]), maps=(ORDERS, LINES))
        assert {name: counts.inserted for name, counts in report.by_entity.items()} == {"orders": 4, "order_lines": 12}
        assert report.run.held == 16


class TestCursor:
    def test_the_next_run_asks_from_the_cursor_less_the_overlap(self, sync: Any) -> None:
        shop = Shop([customer(number, changed=number) for number in range(5)])
        sync(shop)
        sync(shop, overlap=timedelta(hours=1))
        assert shop.requests[-1].since == day(4) - timedelta(hours=1)

    def test_the_upper_bound_is_fixed_before_the_first_request(
        self, sync: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = [day(10)]
        monkeypatch.setattr(pipeline, "_now", lambda: now[0])
        shop = Shop([customer(number, changed=number) for number in range(30)])
        shop.before_page = lambda number: now.__setitem__(0, day(10 + number))
        sync(shop)
        assert shop.requests[-1].until == day(10)

    def test_rows_with_equal_stamps_are_never_lost(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(number, changed=3) for number in range(10)])
        sync(shop)
        shop.rows.append(customer(10, changed=3))
        sync(shop, overlap=timedelta(0))
        assert len(names(store)) == 11

    def test_a_stamp_from_the_future_does_not_move_the_cursor_beyond_now(
        self, sync: Any, monkeypatch: pytest.MonkeyPatch, store: Store
    ) -> None:
        monkeypatch.setattr(pipeline, "_now", lambda: day(10))
        sync(Shop([customer(1, changed=5), customer(2, changed=5000)]))
        assert store.stream_state("shop", "rows").cursor == day(10)

    def test_a_run_without_news_leaves_the_cursor_where_it_was(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(1, changed=5)])
        sync(shop)
        shop.rows.clear()
        assert sync(shop).run.counts.read == 0
        assert store.stream_state("shop", "rows").cursor == day(5)

    def test_full_reads_everything_again(self, sync: Any) -> None:
        shop = Shop([customer(number, changed=number) for number in range(5)])
        sync(shop)
        report = sync(shop, full=True)
        assert shop.requests[-1].since is None
        assert (report.run.kind, report.run.counts.unchanged) == ("full", 5)

    def test_older_rows_than_start_are_not_asked_for(self, sync: Any) -> None:
        shop = Shop([customer(number, changed=number) for number in range(5)])
        sync(shop, start=day(3))
        assert shop.requests[-1].since == day(3)

    def test_a_changed_map_asks_for_a_full_read(self, sync: Any) -> None:
        shop = Shop([order(number, changed=number) for number in range(5)])
        sync(shop, maps=(ORDERS,))
        report = sync(shop, maps=(ORDERS, LINES))
        assert shop.requests[-1].since is None
        assert any("map has changed" in note for note in report.run.notes)

    def test_a_clock_that_was_set_back_is_told_and_loses_nothing(
        self, sync: Any, monkeypatch: pytest.MonkeyPatch, store: Store
    ) -> None:
        shop = Shop([customer(1, changed=9)])
        monkeypatch.setattr(pipeline, "_now", lambda: day(10))
        sync(shop)
        monkeypatch.setattr(pipeline, "_now", lambda: day(2))
        shop.rows.append(customer(2, changed=9.5))
        report = sync(shop)
        assert shop.requests[-1].until >= day(9)
        assert any("clock" in note for note in report.run.notes)
        assert len(names(store)) == 2
        assert store.stream_state("shop", "rows").cursor >= day(9)  # type: ignore[operator]


class TestMerge:
    def test_what_is_the_same_is_not_touched(self, sync: Any) -> None:
        shop = Shop([customer(number) for number in range(12)])
        sync(shop, Mode.SNAPSHOT)
        shop.rows[3] = customer(3, changed=1, name="Renamed")
        counts = sync(shop, Mode.SNAPSHOT).run.counts
        assert (counts.updated, counts.unchanged, counts.inserted) == (1, 11, 0)

    def test_an_older_version_loses(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(1, changed=5, name="New")])
        sync(shop)
        shop.rows = [customer(1, changed=4, name="Old")]
        assert sync(shop, full=True).run.counts.superseded == 1
        assert names(store) == {"C00001": "New"}

    def test_lines_that_an_order_came_again_without_are_removed(self, sync: Any, store: Store) -> None:
        shop = Shop([order(1, lines=3), order(2, lines=2)])
        sync(shop, maps=(ORDERS, LINES))
        shop.rows = [order(1, changed=1, lines=1)]
        report = sync(shop, maps=(ORDERS, LINES))
        assert report.by_entity["order_lines"].deleted == 2
        assert sorted(names(store, "order_lines")) == ["O00001:0", "O00002:0", "O00002:1"]

    def test_a_tombstone_deletes(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(number) for number in range(3)])
        sync(shop)
        shop.rows, shop.deleted = [], {"customers": ["C00001", "never-seen"]}
        assert sync(shop).run.counts.deleted == 1
        assert sorted(names(store)) == ["C00000", "C00002"]

    def test_the_lines_of_an_order_that_is_gone_go_with_it(self, sync: Any, store: Store) -> None:
        shop = Shop([order(1, lines=3), order(2, lines=2)])
        sync(shop, maps=(ORDERS, LINES))
        shop.rows, shop.deleted = [], {"orders": ["O00001"]}
        report = sync(shop, maps=(ORDERS, LINES))
        assert report.by_entity["order_lines"].deleted == 3
        assert sorted(names(store, "order_lines")) == ["O00002:0", "O00002:1"]
        assert sorted(names(store, "orders")) == ["O00002"]


class TestSnapshot:
    def test_what_a_complete_read_lacks_is_deleted(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(number) for number in range(30)])
        sync(shop, Mode.SNAPSHOT)
        del shop.rows[7]
        assert sync(shop, Mode.SNAPSHOT).run.counts.deleted == 1
        assert "C00007" not in names(store)
        assert sync(shop, Mode.SNAPSHOT).run.counts.deleted == 0

    def test_one_in_and_one_out_is_noticed_although_the_counts_are_equal(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(number) for number in range(30)])
        sync(shop, Mode.SNAPSHOT)
        shop.rows[7] = customer(99)
        counts = sync(shop, Mode.SNAPSHOT).run.counts
        assert (counts.inserted, counts.deleted) == (1, 1)

    def test_a_row_that_comes_twice_hides_no_deletion(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(number) for number in range(30)], tells_total=False)
        sync(shop, Mode.SNAPSHOT)
        sync(shop, Mode.SNAPSHOT)
        shop.rows[25] = customer(1)
        assert sync(shop, Mode.SNAPSHOT).run.counts.deleted == 1
        assert "C00025" not in names(store)

    def test_an_aborted_read_deletes_nothing(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(number) for number in range(30)])
        sync(shop, Mode.SNAPSHOT)
        del shop.rows[0]

        def broken(pages: Iterator[Page]) -> Iterator[Page]:
            yield next(pages)
            raise SourceUnavailable("it went away.")

        shop.pages = broken
        report = sync(shop, Mode.SNAPSHOT)
        assert (report.run.status, report.exit_code) == ("failed", 5)
        assert len(names(store)) == 30

    def test_an_export_cut_short_deletes_nothing(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(number) for number in range(200)])
        sync(shop, Mode.SNAPSHOT)
        shop.rows = shop.rows[:60]
        report = sync(shop, Mode.SNAPSHOT)
        assert isinstance(report.error, RunIncomplete)
        assert "lacks 140 of the 200 customers held" in str(report.error)
        assert "--allow-deletes" in report.error.fix
        assert len(names(store)) == 200
        assert sync(shop, Mode.SNAPSHOT, allow_deletes=True).run.counts.deleted == 140

    def test_an_export_that_came_out_empty_deletes_nothing(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(number) for number in range(20)])
        sync(shop, Mode.SNAPSHOT)
        shop.rows = []
        assert isinstance(sync(shop, Mode.SNAPSHOT).error, RunIncomplete)
        assert len(names(store)) == 20

    def test_a_refused_record_is_not_gone(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(number) for number in range(30)])
        sync(shop, Mode.SNAPSHOT)
        shop.rows[4] = customer(4, changed=1, name="x" * 5000)
        counts = sync(shop, Mode.SNAPSHOT).run.counts
        assert (counts.quarantined, counts.deleted) == (1, 0)
        assert "C00004" in names(store)

    def test_a_record_without_its_key_forbids_deletions(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(number) for number in range(30)])
        sync(shop, Mode.SNAPSHOT)
        shop.rows[4] = customer(4, id=None)
        report = sync(shop, Mode.SNAPSHOT)
        assert report.run.counts.deleted == 0
        assert any("without its key" in note for note in report.run.notes)

    def test_rows_that_vanish_while_it_is_read_forbid_deletions(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(number) for number in range(30)])
        sync(shop, Mode.SNAPSHOT)
        shop.before_page = lambda number: shop.rows.pop(0) if number == 2 else None  # type: ignore[assignment,func-returns-value]
        report = sync(shop, Mode.SNAPSHOT)
        assert (report.run.status, report.run.counts.deleted) == ("ok", 0)
        assert any("lost rows while it was read" in note for note in report.run.notes)
        shop.before_page = lambda number: None
        assert sync(shop, Mode.SNAPSHOT).run.counts.deleted == 1

    def test_a_start_forbids_deletions_of_what_is_older(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(number, changed=number) for number in range(20)])
        sync(shop, Mode.SNAPSHOT)
        assert sync(shop, Mode.SNAPSHOT, start=day(10)).run.counts.deleted == 0
        assert len(names(store)) == 20


class TestCompleteness:
    def test_a_source_that_loses_a_page_fails_and_keeps_the_cursor(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(number, changed=number) for number in range(50)])

        def without_the_third(pages: Iterator[Page]) -> Iterator[Page]:
            yield from (page for number, page in enumerate(pages) if number != 2)

        shop.pages = without_the_third
        report = sync(shop)
        assert isinstance(report.error, RunIncomplete)
        assert "40 different rows came, but the source counts 50" in str(report.error)
        assert report.exit_code == 6
        assert store.stream_state("shop", "rows").cursor is None
        shop.pages = lambda pages: pages
        assert sync(shop).run.status == "ok"
        assert len(names(store)) == 50

    def test_a_page_that_takes_the_place_of_another_is_noticed(self, sync: Any) -> None:
        shop = Shop([customer(number) for number in range(50)])

        def second_twice(pages: Iterator[Page]) -> Iterator[Page]:
            read = list(pages)
            yield from [*read[:2], replace(read[1]), *read[3:]]

        shop.pages = second_twice
        report = sync(shop)
        assert isinstance(report.error, RunIncomplete)

    def test_a_page_that_comes_twice_in_addition_does_no_harm(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(number) for number in range(50)])

        def second_twice(pages: Iterator[Page]) -> Iterator[Page]:
            for number, page in enumerate(pages):
                yield page
                if number == 1:
                    yield replace(page)

        shop.pages = second_twice
        report = sync(shop)
        assert report.run.status == "ok"
        assert (report.run.counts.inserted, report.run.counts.unchanged) == (50, 10)
        assert any("10 rows came in pages that had come before" in note for note in report.run.notes)

    def test_the_sources_own_count_is_asked_for_where_pages_tell_none(self, sync: Any) -> None:
        shop = Shop([customer(number) for number in range(50)], tells_total=False, counts=lambda request: 80)
        report = sync(shop, connector=CountingShopConnector)
        assert isinstance(report.error, RunIncomplete)
        assert "the source counts 80" in str(report.error)

    def test_rows_deleted_after_they_were_counted_are_no_failure(self, sync: Any) -> None:
        answers = iter([60, 50, 50])
        shop = Shop([customer(number) for number in range(50)], tells_total=False, counts=lambda request: next(answers))
        assert sync(shop, connector=CountingShopConnector).run.status == "ok"

    def test_a_source_that_cannot_be_counted_is_a_note(self, sync: Any) -> None:
        def refuse(request: ReadRequest) -> int:
            raise SourceUnavailable("counting is switched off.")

        shop = Shop([customer(1)], tells_total=False, counts=refuse)
        report = sync(shop, connector=CountingShopConnector)
        assert report.run.status == "ok"
        assert any("counting is switched off" in note for note in report.run.notes)

    def test_a_run_of_changes_learns_the_whole_count_too(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(number, changed=number) for number in range(20)], tells_total=False)
        sync(shop, overlap=timedelta(0))
        report = sync(shop, connector=CountingShopConnector, overlap=timedelta(0))
        assert report.run.counts.read == 1
        assert report.source_total == 20

    def test_rows_that_the_map_keeps_out_are_not_missed(self, sync: Any, store: Store) -> None:
        named = replace(CUSTOMERS, where=(Where("email", empty=False),))
        shop = Shop([customer(number, email="a@b.example" if number % 4 else None) for number in range(20)])
        shop.rows[5] = refused(5) | {"email": "a@b.example"}
        report = sync(shop, Mode.SNAPSHOT, maps=(named,))
        assert (report.run.source_total, report.held, report.source_total) == (20, 14, 15)
        assert report.run.rows_unrouted == 5

    def test_a_row_that_holds_several_records_tells_how_many(self, sync: Any, store: Store) -> None:
        shop = Shop([order(number, lines=number % 3) for number in range(20)])
        report = sync(shop, Mode.SNAPSHOT, maps=(LINES,))
        assert (report.run.source_total, report.held, report.source_total) == (20, 19, 19)
        shop.rows[2]["lines"][0]["quantity"] = "many"
        report = sync(shop, Mode.SNAPSHOT, maps=(LINES,))
        assert (report.held, report.source_total) == (19, 19), "a line that is refused now is still held"
        del shop.rows[1]
        assert sync(shop, Mode.SNAPSHOT, maps=(LINES,)).source_total == 18

    def test_a_run_of_changes_does_not_know_how_many_rows_are_kept_out_of_all(self, sync: Any) -> None:
        named = replace(CUSTOMERS, where=(Where("email", empty=True),))
        shop = Shop([customer(number, changed=number) for number in range(20)], tells_total=False)
        sync(shop, maps=(named,), connector=CountingShopConnector)
        assert sync(shop, maps=(named,), connector=CountingShopConnector).source_total is None


class TestRejects:
    def test_a_bad_row_waits_in_quarantine_and_the_rest_goes_on(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(number) for number in range(20)])
        shop.rows[5] = customer(5, name="x" * 5000)
        report = sync(shop)
        assert (report.run.status, report.exit_code, report.run.counts.quarantined) == ("partial", 1, 1)
        entry = store.quarantined()[0]
        assert (entry.entity, entry.source_id, entry.field, entry.row_number) == ("customers", "C00005", "name", 6)

    def test_a_mended_row_settles_its_entry(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(1, name="x" * 5000)])
        sync(shop)
        shop.rows = [customer(1, changed=1)]
        sync(shop)
        assert store.quarantined() == []

    def test_a_record_that_was_never_stored_and_is_no_longer_sent_needs_no_mending(
        self, sync: Any, store: Store
    ) -> None:
        shop = Shop([customer(1), refused(2), refused(3)])
        sync(shop, Mode.SNAPSHOT)
        assert {entry.source_id for entry in store.quarantined()} == {"C00002", "C00003"}
        del shop.rows[1]
        sync(shop, Mode.SNAPSHOT)
        assert {entry.source_id for entry in store.quarantined()} == {"C00003"}

    def test_a_refused_line_that_its_order_no_longer_has_needs_no_mending(self, sync: Any, store: Store) -> None:
        shop = Shop([with_bad_lines(1, 1, 2), with_bad_lines(2, 1)])
        sync(shop, maps=(ORDERS, LINES))
        assert waiting(store) == {"O00001:1", "O00001:2", "O00002:1"}
        shop.rows = [with_bad_lines(1, 2, changed=1)]
        sync(shop, maps=(ORDERS, LINES))
        assert waiting(store) == {"O00001:2", "O00002:1"}
        closed = [entry for entry in store.quarantined(status="resolved") if entry.source_id == "O00001:1"]
        assert len(closed) == 1

    def test_a_refused_line_whose_order_is_gone_needs_no_mending(self, sync: Any, store: Store) -> None:
        shop = Shop([with_bad_lines(1, 1), with_bad_lines(2, 1)])
        sync(shop, maps=(ORDERS, LINES))
        shop.rows, shop.deleted = [], {"orders": ["O00001"]}
        sync(shop, maps=(ORDERS, LINES))
        assert waiting(store) == {"O00002:1"}

    def test_a_line_without_a_key_is_mended_when_its_order_comes_whole(self, sync: Any, store: Store) -> None:
        broken = order(1, lines=2)
        broken["lines"][1]["id"] = None
        shop = Shop([broken])
        sync(shop, maps=(ORDERS, LINES))
        assert waiting(store) == {None}
        sync(shop, maps=(ORDERS, LINES))
        assert waiting(store) == {None}
        shop.rows = [order(1, lines=2)]
        sync(shop, maps=(ORDERS, LINES))
        assert waiting(store) == set()

    def test_a_line_refused_and_dropped_within_one_run_needs_no_mending(self, sync: Any, store: Store) -> None:
        shop = Shop([with_bad_lines(1, 1), order(2), order(1, lines=1, changed=1)], page_size=1)
        sync(shop, maps=(ORDERS, LINES))
        assert waiting(store) == set()

    def test_an_older_version_of_an_order_closes_nothing(self, sync: Any, store: Store) -> None:
        shop = Shop([with_bad_lines(1, 1, changed=5)])
        sync(shop, maps=(ORDERS, LINES))
        shop.rows = [order(1, lines=1, changed=1)]
        sync(shop, maps=(ORDERS, LINES), full=True)
        assert waiting(store) == {"O00001:1"}

    def test_nothing_but_refused_records_is_no_empty_store(self, sync: Any, store: Store) -> None:
        shop = Shop([refused(2), refused(3)])
        sync(shop, Mode.SNAPSHOT)
        del shop.rows[0]
        sync(shop, Mode.SNAPSHOT)
        assert {entry.source_id for entry in store.quarantined()} == {"C00003"}

    def test_a_record_refused_on_the_page_that_tells_its_end_needs_no_mending(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(1), refused(2)], deleted={"customers": ["C00002"]})
        sync(shop)
        assert store.quarantined() == []

    def test_too_many_rejects_stop_the_run_and_the_next_one_starts_over(self, sync: Any, store: Store) -> None:
        rows = [customer(number, name="x" * 5000) if number < 60 else customer(number) for number in range(200)]
        shop = Shop(rows, page_size=60)
        report = sync(shop)
        assert isinstance(report.error, SourceChanged)
        assert "60 of 60 records were refused" in str(report.error)
        assert "hub quarantine list" in report.error.fix
        assert report.run.pages == 1
        shop.rows = [customer(number) for number in range(200)]
        assert sync(shop).run.counts.inserted == 200

    def test_rows_that_are_no_objects_are_quarantined(self, sync: Any, store: Store) -> None:
        def with_odd_rows(pages: Iterator[Page]) -> Iterator[Page]:
            for page in pages:
                yield replace(page, rows=[None, *page.rows, "surprise", 7])

        shop = Shop([customer(1), customer(2)], pages=with_odd_rows)
        report = sync(shop, max_reject_share=1.0)
        assert (report.run.counts.inserted, report.run.counts.quarantined) == (2, 3)
        assert [entry.reason for entry in store.quarantined()] == [
            "The row is null, no object.", "The row is a str, no object.", "The row is a int, no object.",
        ]  # fmt: skip


class TestContract:
    """What a connector yields is looked at before anything is made of it."""

    @pytest.mark.parametrize(
        ("page", "wrong"),
        [
            ({"rows": []}, "it yielded a dict in place of a Page"),
            (Page(None), "its rows are null"),  # type: ignore[arg-type]
            (Page("<html>"), "its rows are a str"),  # type: ignore[arg-type]
            (Page([], cursor=day(1).replace(tzinfo=None)), "its cursor is not a moment with a time zone"),
            (Page([], total="many"), "its total is not a count"),  # type: ignore[arg-type]
            (Page([], resume={"at": {1, 2}}), "its resume is not a JSON object"),
            (Page([], deleted={"clients": ["1"]}), "its deleted names `clients`, which is no entity"),
        ],
    )
    def test_a_page_of_another_shape(self, sync: Any, page: Any, wrong: str) -> None:
        report = sync(Shop([], pages=lambda pages: iter([page])))
        assert isinstance(report.error, SourceChanged)
        assert wrong in str(report.error)
        assert "Report it" in report.error.fix

    def test_a_connector_that_fails_is_named(self, sync: Any, caplog: pytest.LogCaptureFixture) -> None:
        def broken(pages: Iterator[Page]) -> Iterator[Page]:
            yield next(pages)
            raise KeyError("secret-token")

        report = sync(Shop([customer(1)], pages=broken))
        assert isinstance(report.error, PluginError)
        assert "the connector `made_up` failed with KeyError" in str(report.error)
        assert "secret-token" not in str(report.error)

    def test_a_source_that_shows_the_same_page_for_ever_is_stopped(self, sync: Any) -> None:
        def for_ever(pages: Iterator[Page]) -> Iterator[Page]:
            page = next(pages)
            while True:
                yield replace(page)

        report = sync(Shop([customer(1), customer(2)], tells_total=False, pages=for_ever))
        assert isinstance(report.error, SourceChanged)
        assert "does not come to an end" in str(report.error)
        assert report.run.counts.inserted == 2

    def test_a_source_that_goes_in_a_circle_is_stopped(self, sync: Any) -> None:
        def circle(pages: Iterator[Page]) -> Iterator[Page]:
            seen = list(pages)
            while True:
                yield from (replace(page) for page in seen)

        shop = Shop([customer(number) for number in range(30)], tells_total=False, pages=circle)
        assert "does not come to an end" in str(sync(shop).error)

    def test_a_source_of_endless_fresh_rows_is_stopped(self, sync: Any) -> None:
        def fresh(pages: Iterator[Page]) -> Iterator[Page]:
            number = 0
            while True:
                number += 1
                yield Page([customer(number)])

        report = sync(Shop(pages=fresh), max_pages=25)
        assert "more than 25 pages" in str(report.error)


class TestStopped:
    def test_a_stopped_run_goes_on_after_its_last_page(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(number, changed=number) for number in range(50)])
        broken_at(shop, 3)
        assert sync(shop).run.status == "failed"
        mended(shop)
        report = sync(shop)
        assert shop.requests[-1].resume == {"after": 20}
        assert report.run.counts.inserted == 30
        assert "goes on after page 2 of a run that was stopped" in report.run.notes
        assert store.stream_state("shop", "rows").cursor == day(49)
        assert len(names(store)) == 50

    def test_the_bounds_stay_those_of_the_stopped_run(self, sync: Any) -> None:
        shop = Shop([customer(number, changed=number) for number in range(50)])
        broken_at(shop, 3)
        sync(shop)
        first = shop.requests[-1]
        mended(shop)
        sync(shop)
        assert (shop.requests[-1].since, shop.requests[-1].until) == (first.since, first.until)

    def test_a_source_that_cannot_resume_starts_over(self, sync: Any) -> None:
        shop = Shop([customer(number) for number in range(50)], resumable=False)
        broken_at(shop, 3)
        sync(shop)
        mended(shop)
        report = sync(shop)
        assert (report.run.counts.unchanged, report.run.counts.inserted) == (20, 30)

    def test_a_place_that_the_source_has_forgotten_starts_the_reading_over(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(number) for number in range(50)])
        broken_at(shop, 3)
        sync(shop)

        def forgotten(pages: Iterator[Page]) -> Iterator[Page]:
            if shop.requests[-1].resume:
                raise SourceChanged("the page token has expired.")
            yield from pages

        mended(shop)
        shop.pages = forgotten
        report = sync(shop)
        assert report.run.status == "ok"
        assert any("no longer knows the place after page 2" in note for note in report.run.notes)
        assert len(names(store)) == 50

    def test_a_snapshot_goes_on_and_still_deletes_what_it_lacks(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(number) for number in range(50)])
        sync(shop, Mode.SNAPSHOT)
        del shop.rows[3], shop.rows[40]
        broken_at(shop, 3)
        sync(shop, Mode.SNAPSHOT)
        mended(shop)
        assert sync(shop, Mode.SNAPSHOT).run.counts.deleted == 2
        assert len(names(store)) == 48

    def test_a_snapshot_whose_keys_are_lost_starts_over(self, sync: Any, store: Store, tmp_path: Path) -> None:
        shop = Shop([customer(number) for number in range(50)])
        sync(shop, Mode.SNAPSHOT)
        del shop.rows[3]
        broken_at(shop, 3)
        sync(shop, Mode.SNAPSHOT)
        for path in (tmp_path / "var" / "seen").iterdir():
            path.unlink()
        mended(shop)
        report = sync(shop, Mode.SNAPSHOT)
        assert any("started over" in note for note in report.run.notes)
        assert report.run.counts.deleted == 1

    def test_asked_to_stop_it_ends_after_whole_pages(self, sync: Any, store: Store) -> None:
        stopped: list[bool] = []
        shop = Shop([customer(number) for number in range(50)])
        report = sync(shop, cancelled=lambda: bool(stopped), progress=lambda tally: stopped.append(True))
        assert (report.run.status, report.exit_code) == ("cancelled", 130)
        assert 0 < report.run.pages < 5
        assert report.run.counts.inserted == 10 * report.run.pages
        assert sync(shop).run.counts.inserted == 50 - report.run.counts.inserted


class TestDryRun:
    def test_it_tells_what_would_change_and_writes_nothing(self, sync: Any, store: Store, tmp_path: Path) -> None:
        shop = Shop([customer(number) for number in range(30)])
        sync(shop, Mode.SNAPSHOT)
        before = everything(store)
        files = sorted((tmp_path / "var").rglob("*"))
        shop.rows[3] = customer(3, changed=1, name="Renamed")
        shop.rows[4] = customer(77)
        shop.rows[5] = customer(5, changed=1, name="x" * 5000)
        counts = sync(shop, Mode.SNAPSHOT, dry_run=True).run.counts
        assert (counts.updated, counts.inserted, counts.deleted, counts.quarantined) == (1, 1, 1, 1)
        assert everything(store) == before
        assert sorted((tmp_path / "var").rglob("*")) == files

    def test_it_needs_no_lease(self, sync: Any, store: Store) -> None:
        held = store.acquire("shop", "rows", "somebody", timedelta(minutes=1))
        assert held is not None
        assert sync(Shop([customer(1)]), dry_run=True).run.counts.inserted == 1


class TestHooks:
    def test_a_plugin_may_refuse_records_before_they_are_stored(self, sync: Any, store: Store) -> None:
        def no_testers(source: str, stream: str, batch: Batch) -> list[Reject]:
            ids = batch.lists()["source_id"]
            return [
                Reject("customers", place, key, "name", "hook", "A tester.", {"id": key})
                for place, key in enumerate(ids)
                if key == "C00003"
            ]

        report = sync(Shop([customer(number) for number in range(5)]), before_merge=no_testers)
        assert (report.run.counts.inserted, report.run.counts.quarantined) == (4, 1)
        assert store.quarantined()[0].rule == "hook"

    def test_a_plugin_that_fails_keeps_its_page_out(self, sync: Any, store: Store) -> None:
        def broken(source: str, stream: str, batch: Batch) -> list[Reject]:
            raise PluginError("plugin acme failed in `hub_before_merge`.")

        report = sync(Shop([customer(1)]), before_merge=broken)
        assert report.exit_code == 3
        assert names(store) == {}


class TestNotes:
    def test_fields_that_nobody_maps_are_noted_once(self, sync: Any) -> None:
        report = sync(Shop([customer(number, shoe_size=44) for number in range(30)]))
        assert report.run.notes == ["fields not mapped: shoe_size"]


def broken_at(shop: Shop, page: int) -> None:
    """The source goes away before this page."""

    def go_away(number: int) -> None:
        if number == page:
            raise SourceUnavailable("it went away.")

    shop.before_page = go_away


def mended(shop: Shop) -> None:
    shop.before_page = lambda number: None


def everything(store: Store) -> Any:
    """All that a dry run might have written."""
    return (
        names(store), store.held("shop"), store.runs(), store.quarantined(status=None),
        store.stream_state("shop", "rows"), store.leases(), store.sequence(),
    )  # fmt: skip


__all__ = ["Job"]
