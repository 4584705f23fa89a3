"""`hub sync --verify`: what the runs before have missed is found, repaired and counted, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.made_up import LINES, ORDERS, CountingShopConnector, Shop, customer, day, job, order
from support.writing import Sync, held

from hub.errors import RunIncomplete, SourceUnavailable
from hub.mapping import apply
from hub.sdk.connector import Mode, Page
from hub.store.base import Store
from sync_jobs import pipeline
from sync_jobs.jobs import RunReport
from sync_jobs.ledger import merge
from sync_jobs.status import runs_document
from sync_jobs.verify import Missed, merge_apart, missed_in


@pytest.fixture
def sync(store: Store, tmp_path: Path) -> Any:
    def run(shop: Shop, mode: Mode = Mode.INCREMENTAL, **fields: Any) -> RunReport:
        whole = fields.pop("whole", True)
        made = job(shop, tmp_path / "var", mode, **fields)
        return pipeline.run(replace(made, stream=replace(made.stream, whole=whole)), store)

    return run


def live(store: Store, entity: str = "customers") -> set[str]:
    rows = (row for page in store.rows(entity, ["source_id", "deleted_at"]) for row in page)
    return {key for key, deleted_at in rows if deleted_at is None}


def shop_of(count: int) -> Shop:
    return Shop([customer(number, changed=number / 100) for number in range(count)])


def test_what_the_fast_path_missed_is_repaired_and_counted(sync: Any, store: Store) -> None:
    shop = shop_of(30)
    sync(shop)
    shop.rows[3] |= {"name": "changed behind its stamp"}
    shop.rows.append(customer(90, changed=-50))
    del shop.rows[7]
    assert sync(shop).run.counts.updated == 0

    report = sync(shop, verify=True)

    assert (report.run.kind, report.run.status) == ("verify", "ok")
    assert report.missed == Missed(inserted=1, updated=1, deleted=1)
    assert live(store) == {row["id"] for row in shop.rows}
    assert shop.requests[-1].since is None
    assert (shop.requests[-1].full, shop.requests[-1].verify) == (True, True)


def test_nothing_missed_is_said_too(sync: Any, store: Store) -> None:
    shop = shop_of(30)
    sync(shop)
    report = sync(shop, verify=True)
    assert report.missed == Missed()
    assert report.run.notes[0].startswith("the fast path had missed 0 records: 0 inserted, 0 updated, 0 deleted")


def test_what_changed_since_the_last_run_is_news_and_no_miss(sync: Any, store: Store) -> None:
    shop = shop_of(30)
    sync(shop)
    shop.rows[3] |= {"name": "in time", "changed": day(5).isoformat()}
    shop.rows.append(customer(90, changed=6))
    shop.rows[4] |= {"name": "behind its stamp"}

    report = sync(shop, verify=True)

    assert report.missed == Missed(updated=1, news=2)
    assert store.stream_state("shop", "rows").cursor == day(6)


def test_children_are_news_with_their_parent(sync: Any, store: Store) -> None:
    shop = Shop([order(number, changed=number / 100) for number in range(20)])
    sync(shop, maps=(ORDERS, LINES))
    shop.rows[3] = order(3, changed=9, lines=4)
    shop.rows[5]["lines"].pop()

    report = sync(shop, verify=True, maps=(ORDERS, LINES))

    assert report.missed == Missed(deleted=1, news=3)  # the order and two lines more
    assert len(live(store, "order_lines")) == 20 * 2 + 2 - 1


def test_a_stream_without_times_of_change_says_what_the_number_includes(sync: Any) -> None:
    shop = shop_of(3)
    shop.pages = lambda pages: (replace(page, cursor=None) for page in pages)
    sync(shop, Mode.SNAPSHOT)
    shop.rows[0] |= {"name": "other"}
    report = sync(shop, Mode.SNAPSHOT, verify=True)
    assert report.missed.total == 1
    assert "tells no time of change" in report.run.notes[0]


def test_before_the_first_complete_run_nothing_can_have_been_missed(sync: Any) -> None:
    report = sync(shop_of(3), verify=True)
    assert report.missed == Missed(news=3)
    assert missed_in(report.run) == 0


def test_the_history_of_runs_knows_it(sync: Any, store: Store) -> None:
    shop = shop_of(3)
    sync(shop)
    shop.rows[0] |= {"name": "other"}
    sync(shop, verify=True)
    assert [run["missed"] for run in runs_document(store.runs())["runs"]] == [1, None]


class TestNothingIsTakenForDeleted:
    """Although it did not come."""

    def test_in_a_stream_whose_rows_are_only_ever_added(self, sync: Any, store: Store) -> None:
        shop = shop_of(30)
        sync(shop, Mode.APPEND)
        del shop.rows[5]
        assert sync(shop, Mode.APPEND, verify=True).missed == Missed()
        assert len(live(store)) == 30

    def test_in_a_stream_that_forgets_what_it_handed_out(self, sync: Any, store: Store) -> None:
        shop = shop_of(30)
        sync(shop, whole=False)
        del shop.rows[5]
        report = sync(shop, whole=False, verify=True)
        assert (report.missed, len(live(store))) == (Missed(), 30)
        assert any("deletions were not looked for" in note for note in report.run.notes)

    def test_where_the_admin_asks_for_no_older_rows(self, sync: Any, store: Store) -> None:
        shop = Shop([customer(number, changed=number) for number in range(30)])
        sync(shop)
        report = sync(shop, verify=True, start=day(10))
        assert (report.missed, len(live(store))) == (Missed(), 30)
        assert any("deletions were not looked for" in note for note in report.run.notes)

    def test_where_the_connector_may_not_see_everything(self, sync: Any, store: Store) -> None:
        shop = shop_of(30)
        sync(shop)
        del shop.rows[5]
        shop.pages = lambda pages: (
            replace(page, partial="orders of the last 60 days are shown only") for page in pages
        )
        report = sync(shop, verify=True)
        assert (report.missed, len(live(store))) == (Missed(), 30)
        assert "deletions were not looked for, since orders of the last 60 days are shown only" in report.run.notes

    def test_where_fewer_rows_came_than_the_source_counts(self, sync: Any, store: Store) -> None:
        shop = shop_of(30)
        sync(shop)
        shop.pages = lambda pages: (page for page in pages if page.first_row != 11)
        assert isinstance(sync(shop, verify=True, connector=CountingShopConnector).error, RunIncomplete)
        assert len(live(store)) == 30

    def test_where_it_is_more_than_can_be_believed(self, sync: Any, store: Store) -> None:
        shop = shop_of(200)
        sync(shop)
        del shop.rows[10:]
        report = sync(shop, verify=True)
        assert "hub sync --verify --allow-deletes" in str(report.error)
        assert len(live(store)) == 200
        assert sync(shop, verify=True, allow_deletes=True).missed == Missed(deleted=190)


class TestStopped:
    def stopping_before(self, shop: Shop, stop: int) -> None:
        def pages(pages: Iterator[Page]) -> Iterator[Page]:
            for page in pages:
                if page.first_row >= stop:
                    raise SourceUnavailable("gone.")
                yield page

        shop.pages = pages

    @pytest.mark.parametrize("verify", [True, False])
    def test_it_goes_on_and_counts_what_was_repaired_before(self, sync: Any, store: Store, verify: bool) -> None:
        """Also where the next run was not asked to verify: it ends what was begun."""
        shop = shop_of(30)
        sync(shop)
        shop.rows[3] |= {"name": "early"}
        shop.rows[25] |= {"name": "late"}
        del shop.rows[28]
        self.stopping_before(shop, 20)
        assert sync(shop, verify=True).missed == Missed(updated=1)
        shop.pages = lambda pages: pages

        report = sync(shop, verify=verify)

        assert (report.run.kind, report.run.counts.read) == ("verify", 9)
        assert report.missed == Missed(updated=2, deleted=1)
        assert store.stream_state("shop", "rows").cursor == day(0.29)

    def test_a_stopped_run_of_another_kind_is_not_gone_on_with(self, sync: Any) -> None:
        shop = shop_of(30)
        self.stopping_before(shop, 20)
        sync(shop)
        shop.pages = lambda pages: pages
        assert sync(shop, verify=True).run.counts.read == 30

    def test_keys_that_are_lost_start_it_over_and_what_was_counted_stays(self, sync: Any, tmp_path: Path) -> None:
        shop = shop_of(30)
        sync(shop)
        shop.rows[3] |= {"name": "early"}
        self.stopping_before(shop, 20)
        sync(shop, verify=True)
        shop.pages = lambda pages: pages
        for path in (tmp_path / "var" / "seen").glob("*.jsonl"):
            path.unlink()
        report = sync(shop, verify=True)
        assert (report.run.counts.read, report.missed) == (30, Missed(updated=1))


def test_a_dry_run_tells_what_would_be_repaired(sync: Any, store: Store) -> None:
    shop = shop_of(30)
    sync(shop)
    shop.rows[3] |= {"name": "other"}
    shop.rows[4] |= {"name": "in time", "changed": day(5).isoformat()}
    del shop.rows[7]
    report = sync(shop, verify=True, dry_run=True)
    assert (report.run.kind, report.missed) == ("dry-run", Missed(updated=1, deleted=1, news=1))
    assert len(live(store)) == 30


def orders() -> st.SearchStrategy[list[dict[str, Any]]]:
    rows = st.builds(order, st.integers(1, 3), st.integers(0, 4), st.integers(0, 3))
    return st.lists(st.builds(lambda row, stamped: row if stamped else row | {"changed": None}, rows, st.booleans()))


@given(before=orders(), page=orders())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_page_taken_apart_leaves_the_same_rows(store: Store, before: list[Any], page: list[Any]) -> None:
    whole, apart = Sync(store, uuid4().hex), Sync(store, uuid4().hex)
    for run in (whole, apart):
        with run.page() as writer:
            merge(writer, apply([ORDERS, LINES], before))
    with whole.page() as writer:
        merge(writer, apply([ORDERS, LINES], page))

    with apart.page() as writer:
        counts, _ = merge_apart(writer, apply([ORDERS, LINES], page), day(2))

    assert all(count.balanced for count in counts.values())
    assert sum(count.read for count in counts.values()) == len(page) + sum(len(row["lines"]) for row in page)
    for entity, columns in (("orders", ["total", "source_updated_at"]), ("order_lines", ["quantity"])):
        assert held(store, entity, "source_id", *columns, source=whole.source) == held(
            store, entity, "source_id", *columns, source=apart.source
        )
