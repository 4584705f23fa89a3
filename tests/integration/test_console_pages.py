"""What the console shows and does: the pages in every language, the buttons, and the daemon that heeds them."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from support.console import Client, ConsoleHub, csrf_of

from hub.console.lending import Lending
from hub.model.catalog import ENTITIES
from hub.store import open_store
from hub.store.base import Run
from hub.store.operations import Operations
from hub.store.requests import Request, Requests
from sync_jobs.crew import Crew
from sync_jobs.reload import Settings, load
from sync_jobs.stores import Stores
from sync_jobs.wishes import Wishes

PAGES = (
    "/", "/systems", "/systems/erp", "/runs", "/runs?source=erp&limit=5", "/runs/1", "/quarantine", "/quarantine/1",
    "/quarantine?source=erp&stream=orders", "/matches", "/golden", "/golden?text=a", "/decisions", "/numbers",
    "/numbers/revenue?by=month&start=&end=2024-12-31", "/numbers/revenue/explain", "/reconcile",
    "/reconcile?what=orders&left=erp&right=erp", "/reports", "/configuration", "/access", "/audit", "/erase", "/api",
)  # fmt: skip


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleHub]:
    """A hub for tests that only look."""
    made = ConsoleHub(tmp_path_factory.mktemp("still"))
    assert made.hub("sync") == 1
    yield made
    made.close()


@pytest.fixture
def looker(still: ConsoleHub) -> Iterator[Client]:
    with still.client() as client:
        yield client


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[ConsoleHub]:
    made = ConsoleHub(tmp_path)
    assert made.hub("sync") == 1
    yield made
    made.close()


@pytest.fixture
def client(hub: ConsoleHub) -> Iterator[Client]:
    with hub.client() as client:
        yield client


def press(client: Client, path: str, **data: object) -> str:
    """Press a button; returns what the next page says about it."""
    token = csrf_of(client.get("/").text)
    answer = client.post(path, data={"csrf": token, **data}, headers={"referer": "http://127.0.0.1/systems"})
    assert answer.status_code == 303, answer.text
    return client.get(answer.headers["location"]).text


def heeded(hub: ConsoleHub) -> list[Request]:
    """Let a daemon do what was asked for, and return it."""
    stores = Stores(hub.url)
    crew = Crew(stores, lambda: None)
    wishes, settings = Wishes(stores, crew), Settings(load(hub.config))
    with stores.lend() as store:
        wishes.turn(settings, store)
        ends = time.monotonic() + 30
        while wishes.at_work and time.monotonic() < ends:
            time.sleep(0.02)
        found = Requests(store).newest()
        wishes.good_bye(store)
    stores.close()
    return found


def test_every_page_in_every_language(looker: Client) -> None:
    for language, word in (("en", "Skip to content"), ("zh", "跳到正文")):
        looker.cookies.set("hub_language", language)
        for path in PAGES:
            answer = looker.get(path)
            assert answer.status_code == 200, f"{path}: {answer.text[:300]}"
            assert f'<html lang="{language}"' in answer.text
            assert word in answer.text, path
            assert answer.text.count("<h1") == 1, path
            assert 'id="main"' in answer.text


def test_the_overview_begins_with_what_is_wrong(looker: Client) -> None:
    page = looker.get("/").text
    assert page.index("Nothing is synced by schedule") < page.index("2 records wait in quarantine")
    assert page.index("2 records wait in quarantine") < page.index('id="systems"')
    assert '<time datetime="' in page
    assert ' UTC">' in page


def test_no_page_reads_through_a_table_that_grows(
    still: ConsoleHub, looker: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counts come from counters and from the ledger, so that pages are as quick with millions of rows as with three."""
    said: set[str] = set()
    take = Lending.take

    def listening(lending: Lending) -> Any:
        store: Any = take(lending)
        store.db.connection.set_trace_callback(said.add)
        return store

    monkeypatch.setattr(Lending, "take", listening)
    for path in PAGES:
        if "text=" not in path:  # somebody searches for a name
            looker.get(path)
    looker.get("/metrics")
    assert len(said) > 30
    big = {*ENTITIES, "hub_pages", "hub_changes", "hub_quarantine", "hub_audit", "hub_raw"}
    with closing(sqlite3.connect(still.folder / "hub.db")) as database:
        for statement in said:
            if statement.startswith("SELECT"):
                plan = [row[3] for row in database.execute(f"EXPLAIN QUERY PLAN {statement}")]
                through = [step for step in plan if step.startswith("SCAN ") and step.split()[1] in big]
                assert not through or " LIMIT " in statement, f"{statement}: {through}"
                assert "count(*)" not in statement or not through, statement


def test_times_are_in_the_hubs_zone_with_utc_beside(looker: Client) -> None:
    page = looker.get("/runs/1").text
    assert "CET</time>" in page or "CEST</time>" in page
    assert "Times are in Europe/Berlin" in page


def test_a_run_shows_its_ledger_and_adds_up(looker: Client) -> None:
    page = looker.get("/runs/1").text
    assert "It adds up" in page
    assert "customers.csv" in page


def test_what_is_not_there_is_told(looker: Client) -> None:
    for path in (
        "/runs/99", "/runs/99999999999999", "/systems/sap", "/quarantine/77", "/golden/C999999", "/numbers/nonsense",
        "/nowhere",
    ):  # fmt: skip
        answer = looker.get(path)
        assert answer.status_code in (404, 409), path
        assert "<h1" in answer.text


def test_sync_now_is_a_wish_that_the_schedule_heeds(hub: ConsoleHub, client: Client) -> None:
    with open_store(hub.url) as store:
        ops = Operations(store)
        assert ops.schedules() == [], "no daemon has seen it yet"
    assert "waits for its sync" in press(client, "/systems/erp/sync")
    found = heeded(hub)
    done = [(each.kind, each.stream, each.status) for each in found]
    assert done == [("sync", "orders", "waiting"), ("sync", "customers", "done")], "one after the other"
    assert found[1].outcome["runs"]


def test_pause_and_resume(hub: ConsoleHub, client: Client) -> None:
    assert "is paused; what runs goes on" in press(client, "/systems/erp/pause", why="stocktaking")
    page = client.get("/").text
    assert "erp is paused by local" in page
    assert "stocktaking" in page
    token = csrf_of(page)
    refused = client.post("/systems/erp/sync", data={"csrf": token})
    assert refused.status_code == 409
    assert "Resume it first" in refused.text
    assert "goes on" in press(client, "/systems/erp/resume")
    assert "paused by" not in client.get("/").text


def test_what_does_not_run_cannot_be_cancelled(looker: Client) -> None:
    token = csrf_of(looker.get("/").text)
    answer = looker.post("/systems/erp/cancel", data={"csrf": token, "stream": "orders"})
    assert answer.status_code == 409
    assert "is not running" in answer.text


def test_a_run_that_hub_sync_began_is_ended_from_here(hub: ConsoleHub, client: Client) -> None:
    now = datetime.now(UTC)
    with open_store(hub.url) as store:
        lease = store.acquire("erp", "orders", "elsewhere:4711:1:space#1", timedelta(minutes=1))
        run = store.start_run(Run(0, "s1", "erp", "orders", "incremental", "sync", now, None, now))
        assert lease is not None
        assert "erp/orders ends after its page." in press(client, "/systems/erp/cancel", stream="orders")
        (wish,) = Requests(store).waiting()
        assert (wish.kind, wish.source, wish.stream) == ("cancel", "erp", "orders")

        store.release(lease)
        time.sleep(1)
        token = csrf_of(client.get("/").text)
        answer = client.post("/systems/erp/cancel", data={"csrf": token, "stream": "orders"})
        assert answer.status_code == 409
        assert "its process died" in answer.text
        run.status, run.ended_at = "failed", now
        store.finish_run(run)


def test_errors_are_in_the_language_of_the_page(looker: Client) -> None:
    looker.cookies.set("hub_language", "zh")
    token = csrf_of(looker.get("/").text)
    answer = looker.post("/systems/erp/cancel", data={"csrf": token, "stream": "orders"})
    assert "erp/orders 没有在运行。" in answer.text
    assert "没有系统 <code>nothing</code>。" in looker.get("/systems/nothing").text
    assert "无法理解该请求：" in looker.get("/runs?limit=many").text
    assert "这里什么也没有。" in looker.get("/nothing-here").text
    looker.cookies.set("hub_language", "en")


def entry_about(client: Client, field: str) -> int:
    return next(each["id"] for each in client.get("/api/v1/quarantine").json() if each["field"] == field)


def test_a_mended_row_is_stored_by_the_daemon(hub: ConsoleHub, client: Client) -> None:
    number = entry_about(client, "total")
    page = press(client, f"/quarantine/{number}/mend", **{"field.total": "20.00"})
    assert "It waits until" in page
    assert "no `hub run`" not in page
    (wish,) = heeded(hub)
    assert (wish.kind, wish.status) == ("retry", "done")
    assert "rows" not in wish.wish, "the row is forgotten at the end"
    assert "the record is stored" in client.get(f"/quarantine/{number}?request={wish.id}").text
    assert [each["field"] for each in client.get("/api/v1/quarantine").json()] == ["country"]


def test_a_row_that_is_still_wrong_is_refused_with_todays_reason(hub: ConsoleHub, client: Client) -> None:
    number = entry_about(client, "country")
    press(client, f"/quarantine/{number}/mend", row='{"source_id": "C3", "name": "Grace", "country": "Lemuria"}')
    (wish,) = heeded(hub)
    page = client.get(f"/quarantine/{number}?request={wish.id}").text
    assert "refused again" in page
    assert "Lemuria" in page


@pytest.mark.parametrize("row", ["{", "[]", '"text"', "null"])
def test_what_is_no_row_is_told_at_once(looker: Client, row: str) -> None:
    token = csrf_of(looker.get("/").text)
    answer = looker.post("/quarantine/1/mend", data={"csrf": token, "row": row})
    assert answer.status_code == 400
    assert "JSON" in answer.text


def test_given_up_records_leave_the_list_and_stay_on_record(client: Client) -> None:
    number = entry_about(client, "country")
    assert "1 record was given up" in press(client, "/quarantine/drop", entry=number)
    assert number not in [each["id"] for each in client.get("/api/v1/quarantine").json()]
    assert "given up" in client.get(f"/quarantine/{number}").text


def test_a_wish_that_fails_says_why(hub: ConsoleHub, client: Client) -> None:
    number = entry_about(client, "total")
    press(client, "/quarantine/retry", entry=number)
    (hub.config / "connectors" / "erp.yaml").unlink()
    (hub.config / "connectors" / "other.yaml").write_text("kind: csv\nfolder: data\nschedule: every 1h\n")
    (wish,) = heeded(hub)
    assert wish.status == "failed"
    assert "no longer configured" in str(wish.outcome)


def test_what_a_dead_daemon_left_is_ended_by_the_next(hub: ConsoleHub) -> None:
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    with open_store(hub.url) as store:
        requests = Requests(store)
        number = requests.ask("retry", "erp", "", who="local", at=now)
        assert requests.take(number, "gone:1:2:3", now)
        assert not requests.take(number, "late:1:2:3", now), "one daemon only"
    (wish,) = heeded(hub)
    assert (wish.status, wish.outcome["error"]) == ("failed", "the daemon that worked on it is gone")


def test_readiness_needs_a_daemon_that_lives(hub: ConsoleHub, client: Client) -> None:
    assert client.get("/healthz").json()["status"] == "ok"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["daemon"]) == (503, "no `hub run` is running")
    hub.beat()
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "checks": {"store": "ok", "schema": "ok", "daemon": "ok"}}


def test_figures_for_prometheus(looker: Client) -> None:
    text = looker.get("/metrics").text
    assert 'hub_stream_quarantined_records{source="erp",stream="orders"} 1.0' in text
    assert 'hub_stream_held_records{source="erp",stream="customers"} 2.0' in text
    assert "hub_daemons_alive 0.0" in text


def test_an_edit_shows_what_a_reload_would_change(hub: ConsoleHub, client: Client) -> None:
    from hub.session import Session
    from hub.settings.provenance import keep_in_force

    session = Session(hub.config)
    keep_in_force(session.state_dir, hub.config, session.registry)
    assert client.get("/api/v1/configuration").json()["changes"] == []
    (hub.config / "connectors" / "erp.yaml").write_text(
        "kind: csv\nfolder: data\nschedule: every 5m\npasword: not-a-reference\n"
    )
    document = client.get("/api/v1/configuration").json()
    edit = {"file": "connectors/erp.yaml", "name": "schedule", "before": "every 1h", "after": "every 5m"}
    assert edit in document["changes"]
    assert any("pasword" in mistake for mistake in document["mistakes"])
    assert "not-a-reference" not in client.get("/configuration").text, "a misspelt secret is not shown"
    assert "erp.yaml:3" in client.get("/configuration").text


def test_language_and_colours_are_remembered(looker: Client) -> None:
    token = csrf_of(looker.get("/").text)
    looker.post("/preferences", data={"csrf": token, "language": "zh", "theme": "dark"})
    page = looker.get("/").text
    assert '<html lang="zh" data-theme="dark"' in page
    looker.post("/preferences", data={"csrf": token, "language": "xx", "theme": "pink"})
    assert '<html lang="zh" data-theme="dark"' in looker.get("/").text


def test_many_requests_at_once_get_their_answers(still: ConsoleHub) -> None:
    seen: list[int] = []

    def look() -> None:
        with still.client() as client:
            seen.extend(client.get(path).status_code for path in ("/", "/runs", "/quarantine"))

    threads = [threading.Thread(target=look) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert seen == [200] * 18
