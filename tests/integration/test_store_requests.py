"""Requests, hearts and progress, the same on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from support.writing import START, Sync, moment

from hub.store.base import Counts, PageEntry, Store
from hub.store.requests import Heart, Requests
from hub.store.watching import Watching


def test_a_request_is_taken_once_and_forgets_its_rows(store: Store) -> None:
    requests = Requests(store)
    number = requests.ask(
        "retry", "erp", "orders", who="ada", at=START, detail={"ids": [1], "rows": {"1": {"name": "Grace"}}}
    )
    assert [each.id for each in requests.waiting()] == [number]
    assert requests.take(number, "one", moment(1))
    assert not requests.take(number, "two", moment(1))
    (found,) = requests.newest()
    assert (found.status, found.taken_by, found.started_at) == ("running", "one", moment(1))
    assert found.wish["rows"] == {"1": {"name": "Grace"}}
    requests.end(found, "done", moment(2), {"exit_code": 0})
    ended = requests.one(number)
    assert ended is not None
    assert (ended.status, ended.ended_at, ended.outcome) == ("done", moment(2), {"exit_code": 0})
    assert ended.wish == {"ids": [1]}
    assert requests.waiting() == []
    assert requests.forget(moment(2)) == 0
    assert requests.forget(moment(3)) == 1


def test_who_is_gone_leaves_orphans(store: Store) -> None:
    requests = Requests(store)
    first, second = (requests.ask("retry", "erp", "", who="ada", at=START) for _ in range(2))
    requests.take(first, "alive", START)
    requests.take(second, "gone", START)
    assert [each.id for each in requests.orphans(["alive"])] == [second]
    assert [each.id for each in requests.orphans([])] == [first, second]


def test_a_heart_beats_until_it_is_silent(store: Store) -> None:
    requests = Requests(store)
    heart = Heart("host:1", "0.1", START, START, 3, "")
    requests.beat(heart)
    requests.beat(replace(heart, seen_at=moment(5), problem="hub.yaml:1"))
    (found,) = requests.hearts()
    assert (found.started_at, found.seen_at, found.problem) == (START, moment(5), "hub.yaml:1")
    assert found.beats(moment(5) + timedelta(seconds=30))
    assert not found.beats(moment(5) + timedelta(seconds=31))
    requests.stopped("host:1")
    assert requests.hearts() == []


def test_progress_is_what_the_ledger_has_more(store: Store) -> None:
    watching = Watching(store)
    assert watching.newest_run() == 0
    sync = Sync(store)
    number = sync.run.id
    assert [(each.id, each.stream) for each in watching.running()] == [(number, "orders")]
    assert watching.progress(number) is None
    for page in (1, 2):
        with sync.page() as writer:
            for entity, read in (("orders", 10), ("order_lines", 30)):
                counts = Counts(read=read, inserted=read)
                writer.ledger(PageEntry(page, entity, 12, 0, counts, "orders.json", 1, moment(page)))
    found = watching.progress(number)
    assert found is not None
    assert (found.page, found.pages, found.rows, found.at) == (2, 2, 24, moment(2)), "rows count once for each page"
    assert found.counts == Counts(read=80, inserted=80)
    more = watching.progress(number, after=1)
    assert more is not None
    assert (more.pages, more.rows) == (1, 12)
    assert watching.progress(number, after=2) is None
    assert watching.last_page(number) == 2
    lines = watching.ledger(number, after=1)
    assert [(line.number, line.entity, line.counts.read) for line in lines] == [
        (2, "order_lines", 30),
        (2, "orders", 10),
    ]
    assert lines[0].at == moment(2)
    sync.end()
    assert watching.running() == []
    assert watching.newest_run() == number
    assert watching.open_questions() == 0
