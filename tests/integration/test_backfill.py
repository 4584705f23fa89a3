"""A stretch of the past is read again, beside the stream's own runs."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.made_up import CUSTOMERS, Shop, ShopConfig, ShopConnector, customer, day, job

from hub.errors import SourceUnavailable, Throttled, UsageError
from hub.plugins import Registry
from hub.sdk import Connector, Context, ReadRequest, Stream
from hub.sdk.allowance import Allowance
from hub.sdk.connector import Mode
from hub.session import Session
from hub.store.base import Store
from hub.store.operations import Backfill, Operations
from sync_jobs import backfill, manners, pipeline
from sync_jobs.jobs import Cancelled

SHOP = Shop()
ALLOWANCE = Allowance(left=900, total=1000, rows_per_call=10)


class Counting(ShopConnector):
    """A shop under the name that the settings give it."""

    kind = "made_up"
    streams = (Stream("rows", (CUSTOMERS,)), Stream("prices", (CUSTOMERS,), Mode.SNAPSHOT))

    def __init__(self, config: ShopConfig, context: Context) -> None:
        Connector.__init__(self, config, context)
        self.shop = SHOP

    def count(self, request: ReadRequest) -> int | None:
        return sum(1 for row in SHOP.rows if request.since is None or row["changed"] >= request.since.isoformat())

    def allowance(self, stream: Stream) -> Allowance | None:
        return ALLOWANCE


@pytest.fixture
def session(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    folder = tmp_path / "config" / "connectors"
    folder.mkdir(parents=True)
    (folder / "shop.yaml").write_text("kind: made_up\n")
    (tmp_path / "config" / "hub.yaml").write_text(f"store: {store.url}\nretry: {{attempts: 1}}\n")
    made = Session(tmp_path / "config")
    registry = Registry()
    registry._connectors["made_up"], registry._origins["made_up"] = Counting, "tests"
    monkeypatch.setitem(made.__dict__, "registry", registry)
    for name, value in vars(Shop([customer(number, changed=number) for number in range(60)])).items():
        setattr(SHOP, name, value)
    yield made


def live_state(store: Store) -> Any:
    return store.stream_state("shop", "rows")


def begin(store: Store, **fields: Any) -> Backfill:
    wanted = Backfill(0, "shop", "rows", day(10), day(90), "waiting", datetime.now(UTC), None, None, None, 50, 0, "")
    return Operations(store).begin_backfill(replace(wanted, **fields))


def test_it_reads_its_stretch_and_leaves_the_live_position_alone(
    session: Session, store: Store, tmp_path: Path
) -> None:
    assert pipeline.run(job(SHOP, tmp_path), store).ok
    before = live_state(store)
    report = backfill.work(session, store, begin(store), lambda: False)
    assert report.ok
    assert SHOP.requests[-1].since == day(10)
    assert SHOP.requests[-1].until == day(90)
    assert live_state(store) == before
    assert [run.kind for run in store.runs()] == ["backfill", "sync"]
    (entry,) = Operations(store).backfills()
    assert (entry.status, entry.rows) == ("done", 50)


def test_one_that_was_stopped_goes_on_after_its_last_page(session: Session, store: Store) -> None:
    entry, pages = begin(store), iter(range(100))

    def away(number: int) -> None:
        if next(pages) == 3:
            raise SourceUnavailable("shut.")

    SHOP.before_page = away
    assert not backfill.work(session, store, entry, lambda: False).ok
    (stopped,) = Operations(store).backfills()
    assert (stopped.status, stopped.rows, stopped.error) == ("stopped", 30, "shop/rows: shut.")
    assert backfill.work(session, store, stopped, lambda: False).ok
    assert SHOP.requests[-1].resume == {"after": 30}
    (done,) = Operations(store).backfills()
    assert (done.status, done.rows, done.error) == ("done", 50, "")
    assert store.held("shop") == {"customers": 50}


def test_a_cancelled_one_ends_after_its_page(session: Session, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backfill, "_LOOK_SECONDS", 0.0)
    entry = begin(store)
    SHOP.before_page = lambda number: number == 3 and Operations(store).cancel_backfill(entry.id, datetime.now(UTC))  # type: ignore[assignment, func-returns-value]
    if store.dialect == "postgresql":
        pytest.skip("the wish comes from another connection there")
    Operations(store).save_backfill(replace(entry, status="running"))
    report = backfill.work(session, store, entry, lambda: False)
    assert isinstance(report.error, Cancelled)
    (ended,) = Operations(store).backfills()
    assert ended.status == "cancelled"
    assert not backfill.waiting(store)


def test_it_leaves_the_reserve_of_the_quota_to_everything_else(
    session: Session, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = iter([500, 200])
    SHOP.before_page = lambda number: time.sleep(0.05)
    monkeypatch.setattr(manners, "_QUOTA_SECONDS", 0.0)
    monkeypatch.setattr(Counting, "allowance", lambda self, stream: ALLOWANCE._replace(left=next(left, 900)))
    report = backfill.work(session, store, begin(store), lambda: False)
    assert isinstance(report.error, Throttled)
    assert "200 of 1,000 calls are left, and are kept for everything else" in str(report.error)
    (stopped,) = Operations(store).backfills()
    assert stopped.status == "stopped"
    assert 0 < stopped.rows < 50
    assert backfill.work(session, store, stopped, lambda: False).ok
    assert SHOP.requests[-1].resume == {"after": stopped.rows}
    assert store.held("shop") == {"customers": 50}


def test_a_run_of_the_stream_and_a_backfill_leave_each_other_alone(
    session: Session, store: Store, tmp_path: Path, second_store: Store
) -> None:
    told: list[str] = []

    def meanwhile(number: int) -> None:
        if number == 2 and not told:
            told.append("")
            told.append(pipeline.run(job(Shop(list(SHOP.rows)), tmp_path), second_store).run.status)

    SHOP.before_page = meanwhile
    assert backfill.work(session, store, begin(store), lambda: False).ok
    assert told == ["", "ok"]
    assert {(run.kind, run.status) for run in store.runs()} == {("backfill", "ok"), ("sync", "ok")}


class TestTheForecast:
    def test_it_tells_count_and_cost(self, session: Session) -> None:
        found = backfill.forecast(session, "shop", "rows", datetime(2024, 1, 11), None)
        assert found.counted == 50
        assert "50 rows\nThat takes about 5 calls; 900 of 1,000 are left, of which 200 are kept back" in found.text
        assert not found.too_dear

    def test_a_reserve_is_kept(self, session: Session) -> None:
        found = backfill.forecast(session, "shop", "rows", datetime(2024, 1, 11), None)
        dear = replace(found, counted=7_001)
        assert (dear.calls, dear.too_dear) == (701, True)
        with pytest.raises(UsageError, match="kept back"):
            backfill.begin(session, dear, later=True)

    def test_a_snapshot_has_no_past(self, session: Session) -> None:
        with pytest.raises(UsageError, match="read whole"):
            backfill.forecast(session, "shop", "prices", datetime(2024, 1, 11), None)

    def test_a_stretch_has_a_length(self, session: Session) -> None:
        with pytest.raises(UsageError, match="before"):
            backfill.forecast(session, "shop", "rows", datetime(2024, 1, 11), datetime(2024, 1, 11))

    def test_one_that_is_left_to_the_daemon_waits(self, session: Session, store: Store) -> None:
        found = backfill.forecast(session, "shop", "rows", datetime(2024, 1, 11), datetime(2024, 2, 1))
        assert backfill.begin(session, found, later=True) == 0
        (waiting,) = backfill.waiting(store)
        assert waiting.until - waiting.since == timedelta(days=21)

    def test_parts_meet_and_together_are_the_whole(self, session: Session, store: Store) -> None:
        found = backfill.forecast(session, "shop", "rows", datetime(2024, 1, 11), datetime(2024, 2, 1))
        backfill.begin(session, found, later=True, parts=3)
        first, second, third = backfill.waiting(store)
        assert (first.since, third.until) == (found.since, found.until)
        assert (first.until, second.until) == (second.since, third.since)
        assert {each.until - each.since for each in (first, second, third)} == {timedelta(days=7)}

    def test_parts_are_read_side_by_side(self, session: Session, store: Store) -> None:
        found = backfill.forecast(session, "shop", "rows", datetime(2024, 1, 11), datetime(2024, 3, 31))
        assert backfill.begin(session, found, later=False, parts=4) == 0
        assert [entry.status for entry in Operations(store).backfills()] == ["done"] * 4
        assert store.held("shop") == {"customers": 50}
