"""kill -9 at every stage of a page, 240 times over both databases, seeded.

After each kill: what the store counts is what it holds, the ledger balances and explains every live row, and the next
run asks the source to go on after the last stored page. After each completed run: just what an undisturbed hub holds.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.clean_store import prepared_url
from support.killing import Ending, run_and_kill
from support.made_up import LINES, ORDERS, Shop, job, order

from hub.sdk.connector import Mode
from hub.store import open_store
from hub.store.base import Store
from sync_jobs import pipeline

KILLS = 25
"""For each database and mode."""
SEED = 20241125
_MAPS = (ORDERS, LINES)
_ENTITIES = ("orders", "order_lines")


class World:
    """A shop that changes, a store that is hurt, and a store that is not."""

    def __init__(self, url: str, calm_url: str, folder: Path, mode: Mode, dice: random.Random) -> None:
        self.url, self.calm_url, self.folder, self.mode, self.dice = url, calm_url, folder, mode, dice
        self.shop = Shop([order(number) for number in range(45)])
        self.day = 0

    def turn(self) -> None:
        """A day passes at the source: orders change, lose lines, come, spoil, and (unless incremental) go."""
        self.day += 1
        rows = self.shop.rows
        for _ in range(8):
            place = self.dice.randrange(len(rows))
            rows[place] = order(int(rows[place]["id"][1:]), changed=self.day, lines=self.dice.randrange(4))
        rows.append(order(100 + self.day, changed=self.day))
        rows.append(order(900 + self.day, changed=self.day, currency="nonsense"))
        if self.mode is Mode.SNAPSHOT:
            for _ in range(3):
                rows.pop(self.dice.randrange(len(rows)))

    def sync(self, url: str, folder: Path, tell: Callable[[Any], None] = lambda value: None) -> dict[str, Any]:
        """One run in this process."""
        shop = Shop(list(self.shop.rows))
        told = False

        def tell_once(number: int) -> None:
            nonlocal told
            if not told:
                told = True
                tell(shop.requests[0].resume)

        shop.before_page = tell_once
        with open_store(url) as store:
            report = pipeline.run(job(shop, folder, self.mode, maps=_MAPS), store)
        assert report.error is None, str(report.error)
        return {"status": report.run.status, "deleted": report.run.counts.deleted}

    def hurt(self, at: tuple[str, int] | None) -> Ending:
        return run_and_kill(lambda tell: self.sync(self.url, self.folder / "hurt", tell), at)

    def somewhere(self, steps: dict[str, int]) -> tuple[str, int]:
        """A function, then a step in it: early ones more often, since a loop runs shorter when a run goes on."""
        name = self.dice.choice(sorted(steps))
        return name, self.dice.randint(1, self.dice.randint(1, steps[name]))

    def calm(self) -> None:
        self.sync(self.calm_url, self.folder / "calm")


def held_rows(store: Store) -> dict[str, set[tuple[Any, ...]]]:
    """Live rows by entity, without what tells when and by which run they were written."""
    columns = {"orders": ["source_id", "total", "source_updated_at"], "order_lines": ["source_id", "sku", "quantity"]}
    return {
        entity: {
            row[:-1] for page in store.rows(entity, [*columns[entity], "deleted_at"]) for row in page if row[-1] is None
        }
        for entity in _ENTITIES
    }


def waiting(store: Store) -> set[tuple[str, str | None, str, str]]:
    return {(entry.entity, entry.source_id, entry.field, entry.rule) for entry in store.quarantined(limit=10_000)}


def require_sound(store: Store) -> None:
    """The counters, the rows and the ledger tell the same story."""
    live = {entity: len(rows) for entity, rows in held_rows(store).items()}
    assert {entity: count for entity, count in live.items() if count} == store.held("shop")
    accounted = dict.fromkeys(_ENTITIES, 0)
    for run in store.runs(limit=10_000):
        for entry in store.pages(run.id):
            assert entry.counts.balanced
            accounted[entry.entity] += entry.counts.inserted - entry.counts.deleted
    assert accounted == live


@pytest.fixture(params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Mode], World]:
    (tmp_path / "calm").mkdir()
    url, calm_url = prepared_url(request.param, tmp_path), prepared_url("sqlite", tmp_path / "calm")
    return lambda mode: World(url, calm_url, tmp_path, mode, random.Random(f"{SEED}{mode}"))


@pytest.mark.slow
@pytest.mark.parametrize("mode", [Mode.SNAPSHOT, Mode.INCREMENTAL])
def test_no_kill_loses_or_doubles_a_row(world: Callable[[Mode], World], mode: Mode) -> None:
    here = world(mode)
    here.hurt(None)
    here.calm()
    here.turn()
    here.calm()
    steps = here.hurt(None).steps  # of a run that meets all there is: changes, rejects, deletions
    assert {"pipeline._save_completed", "ledger.merge", "lease._take"} <= set(steps)
    kills: Counter[str] = Counter()
    resumed = 0
    while kills.total() < KILLS:
        here.turn()
        here.calm()
        at = here.somewhere(steps)
        ending = here.hurt(at)
        while ending.killed:
            kills[at[0]] += 1
            require_gone(here.url)
            with open_store(here.url) as store:
                require_sound(store)
                require_ended_or_not(store)
                resume = store.stream_state("shop", "rows").resume
            place = resume["at"] if resume else None
            at = here.somewhere(steps)
            ending = here.hurt(at if kills.total() < KILLS else None)
            assert ending.asked in ((place, None) if ending.killed else (place,))
            resumed += bool(ending.asked)
        require_same(here)
    assert resumed > KILLS / 10
    assert len(kills) > KILLS / 3


def require_ended_or_not(store: Store) -> None:
    """The newest run is over exactly where it has moved the position: neither is true without the other."""
    newest = next(iter(store.runs(limit=1)), None)
    complete = store.stream_state("shop", "rows").last_complete_at
    if newest is not None:
        moved = complete is not None and complete >= newest.started_at
        assert moved == (newest.status in {"ok", "partial"})


def require_same(here: World) -> None:
    """The hurt store holds what the calm one does, and nothing is left open."""
    with open_store(here.url) as hurt, open_store(here.calm_url) as calm:
        require_sound(hurt)
        assert held_rows(hurt) == held_rows(calm)
        assert waiting(hurt) == waiting(calm)
        assert hurt.stream_state("shop", "rows").cursor == calm.stream_state("shop", "rows").cursor
        assert hurt.stream_state("shop", "rows").resume is None
        assert hurt.leases() == []
        assert {run.status for run in hurt.runs(limit=10_000)} <= {"ok", "partial", "crashed"}


def require_gone(url: str) -> None:
    """PostgreSQL notices a moment later that a client has died, and rolls back only then."""
    if not url.startswith("postgres"):
        return
    from support.postgres import execute

    others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    until = time.monotonic() + 30
    while execute(url, others)[0][0] and time.monotonic() < until:
        time.sleep(0.005)
