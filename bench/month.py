"""Thirty days in minutes: two daemons on one PostgreSQL read all simulated systems.

They do so through outages, restarts, kills and the day on which Berlin puts its clocks back.

    python -m bench.month [days] [seed] [hours between two runs of a stream]

The daemons are real processes (`bench.month_daemon`); time jumps to the next moment at which something is to happen.
Told are: slots that were missed or doubled beyond what the policy allows, what the hub holds against what each system
has, the daemons' memory, and what the log says. By hand; not part of `make bench`.
"""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import time_machine

from bench.data import CACHE
from bench.measure import ROOT
from bench.postgres import fresh_database
from hub.plugins import Registry
from hub.sdk.simulator import FaultPlan, Simulator, serve
from hub.sdk.simulator.faults import Fault
from hub.session import Session
from hub.simulate import simulator_of
from hub.store import open_store
from hub.store.base import Run
from hub.store.operations import Operations
from metrics.demo.systems import SECRET, SYSTEMS, settings_of
from sync_jobs.plans import Plan, plans_of

START = datetime(2026, 10, 12, tzinfo=UTC)
_SIZE = 40
_HUB_YAML = """\
store: {store}
time_zone: Europe/Berlin
workers: 4
defaults: {{schedule: {{every: {hours}h, jitter: 4m}}}}
run: {{spread_seconds: 60, outage_longest_wait: 30m}}
retry: {{attempts: 2, wait_seconds: 0.1, longest_wait_seconds: 1}}
"""
_NIGHTLY = "schedule: {cron: '30 2 * * *', time_zone: Europe/Berlin}\n"
"""At half past two, which comes twice on the last Sunday of October."""
_IMPATIENT = "retry_seconds: 0.5\n"
"""An outage is found out in a moment: what waits between two requests waits in true time."""
_PATIENCE_SECONDS = 300.0


class Daemon:
    """A daemon's process, and what it says of itself."""

    def __init__(self, name: str, config: Path, folder: Path) -> None:
        self.name, self.config, self.log = name, config, folder / f"{name}.log"
        self.process: subprocess.Popen[str] | None = None
        self.state: dict[str, Any] = {"busy": 0, "next": None, "memory": 0}

    def start(self, now: datetime) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.month_daemon", str(self.config), now.isoformat()],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log.open("a"), text=True, cwd=ROOT,
        )  # fmt: skip
        self.ask("")

    def ask(self, line: str) -> dict[str, Any]:
        assert self.process is not None and self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"daemon {self.name} ended by itself; see {self.log}")
        self.state = json.loads(answer)
        return self.state

    def end(self, number: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(60)
        self.process = None
        self.state = {"busy": 0, "next": None, "memory": 0}


class Month:
    """The whole set-up."""

    def __init__(self, days: int, seed: int, hours: int, stack: ExitStack) -> None:
        self.folder = CACHE / "work" / "month"
        shutil.rmtree(self.folder, ignore_errors=True)
        (self.folder / "config" / "connectors").mkdir(parents=True)
        self.end, self.dice = START + timedelta(days=days), random.Random(seed)
        self.now = START
        self.clock = stack.enter_context(time_machine.travel(START, tick=True))
        self.store_url = fresh_database("postgres-month")
        (self.folder / "config" / "hub.yaml").write_text(_HUB_YAML.format(store=self.store_url, hours=hours))
        registry = Registry()
        self.systems: dict[str, Simulator] = {}
        for kind, _ in SYSTEMS:
            app = simulator_of(registry, kind)(seed=seed, size=_SIZE, secret=SECRET, faults=FaultPlan())
            address = stack.enter_context(serve(app))
            text = settings_of(kind, address, "${env:MONTH_SECRET}") + (_NIGHTLY if kind == "oracle_scm" else "")
            (self.folder / "config" / "connectors" / f"{kind}.yaml").write_text(text + _IMPATIENT)
            self.systems[kind] = app
        os.environ["MONTH_SECRET"] = SECRET
        with open_store(self.store_url) as store:
            store.prepare()
        self.daemons = [Daemon(name, self.folder / "config", self.folder) for name in ("one", "two")]
        self.outages: dict[str, list[tuple[datetime, datetime]]] = defaultdict(list)
        self.ends: list[datetime] = []
        self.memory: list[tuple[datetime, int]] = []
        self.events = sorted(self._events(days), key=lambda event: event[0])

    def _events(self, days: int) -> list[tuple[datetime, str, str]]:
        """What is to happen, and when: changes, outages, restarts, kills."""
        found: list[tuple[datetime, str, str]] = []

        def moment() -> datetime:
            return START + timedelta(seconds=self.dice.uniform(3600, days * 86_400 - 43_200))

        for kind in self.systems:
            found += [(moment(), "change", kind) for _ in range(days)]
            for _ in range(max(1, days // 10)):
                begins = moment()
                until = begins + timedelta(minutes=self.dice.uniform(20, 600))
                self.outages[kind].append((begins, until))
                found += [(begins, "shut", kind), (until, "open", kind)]
        for _ in range(days):
            found.append((moment(), self.dice.choice(["kill", "kill", "stop"]), self.dice.choice(["one", "two"])))
        return found

    # -- time ------------------------------------------------------------------------------------------------------

    def run(self) -> None:
        for daemon in self.daemons:
            daemon.start(self.now)
        day = START
        while self.now < self.end:
            self._settle()
            upcoming = [datetime.fromisoformat(each.state["next"]) for each in self.daemons if each.state["next"]]
            event = self.events[0][0] if self.events else self.end
            moment = min([*upcoming, event, self.now + timedelta(minutes=50), self.end])
            self._jump(max(moment, self.now) + timedelta(seconds=1))
            while self.events and self.events[0][0] <= self.now:
                _, what, whom = self.events.pop(0)
                getattr(self, f"_{what}")(whom)
            if self.now - day > timedelta(days=1):
                day = self.now
                self.memory += [(day, each.state["memory"]) for each in self.daemons if each.process]
                print(f"{day:%Y-%m-%d} {len(self.ends)} ends of a daemon", flush=True)
        for kind in self.systems:
            self._open(kind)
        for _ in range(14):  # everything once more, and its retries
            self._settle()
            self._jump(self.now + timedelta(hours=1))
        self._settle()
        for daemon in self.daemons:
            daemon.end(signal.SIGTERM)

    def _jump(self, moment: datetime) -> None:
        self.now = moment
        self.clock.move_to(moment)
        for daemon in self.daemons:
            daemon.ask(moment.isoformat())

    def _settle(self) -> None:
        """Until no daemon is at work, twice in a row, having looked at the clock in between."""
        until, quiet = time.monotonic() + _PATIENCE_SECONDS, 0
        while quiet < 4:
            busy = [daemon.ask("")["busy"] for daemon in self.daemons]
            quiet = 0 if any(busy) else quiet + 1
            if time.monotonic() > until:
                raise RuntimeError(f"daemons are at work for {_PATIENCE_SECONDS:.0f} s: {busy}")
            time.sleep(0.05)

    # -- what happens ----------------------------------------------------------------------------------------------

    def _change(self, kind: str) -> None:
        system = self.systems[kind]
        with system.lock:
            system._moment = max(system._moment, self.now - timedelta(minutes=10))
        names = [name for name in system.tables if re.search("(?i)order|customer|account|partner|sales", name)]
        for name in names[:3]:
            try:
                system.mutate({"touch": {name: 2}, "add": {name: 1}})
            except (KeyError, NotImplementedError, AttributeError, TypeError, ValueError):
                continue

    def _shut(self, kind: str) -> None:
        self.systems[kind].plan = FaultPlan(share=1.0, kinds=(Fault.UNAVAILABLE,), in_a_row=1_000_000)

    def _open(self, kind: str) -> None:
        self.systems[kind].plan = FaultPlan(share=0.01, retry_after_seconds=0)

    def _kill(self, name: str) -> None:
        """Kill it in the middle of a run, if there is one within the next hours."""
        daemon = next(each for each in self.daemons if each.name == name)
        for _ in range(200):
            if daemon.ask("")["busy"]:
                break
            time.sleep(0.01)
        self._end(daemon, signal.SIGKILL)

    def _stop(self, name: str) -> None:
        self._end(next(each for each in self.daemons if each.name == name), signal.SIGTERM)

    def _end(self, daemon: Daemon, number: signal.Signals) -> None:
        daemon.end(number)
        self.ends.append(self.now)
        daemon.start(self.now)

    # -- what came of it -------------------------------------------------------------------------------------------

    def plans(self) -> dict[tuple[str, str], Plan]:
        return plans_of(Session(self.folder / "config"))

    def report(self) -> None:
        with open_store(self.store_url) as store:
            runs = [run for run in store.runs(limit=1_000_000) if run.kind == "sync"]
        statuses = Counter(run.status for run in runs)
        print(f"{len(runs):,} runs: {dict(statuses)}; {len(self.ends)} ends of a daemon")
        missed, doubled, slots = self._slots(runs)
        print(f"{slots:,} slots of {len(self.plans())} streams: {missed} missed, {doubled} doubled")
        for kind, system in self.systems.items():
            print(f"{kind}: {self._difference(kind, system.truth()) or 'equal to the truth'}")
        third = len(self.memory) // 3
        first, last = (
            sorted(size >> 20 for _, size in part)[third // 2] for part in (self.memory[:third], self.memory[-third:])
        )
        print(f"memory, median of the first third {first} MB, of the last {last} MB")
        lines = Counter(
            re.sub(r"\d+(\.\d+)?", "#", line.strip())[:150] for each in self.daemons for line in each.log.open()
        )
        print(f"the log has {lines.total():,} lines of {len(lines)} kinds; the most frequent:")
        for line, count in lines.most_common(25):
            print(f"  {count:6}  {line}")

    def _slots(self, runs: list[Run]) -> tuple[int, int, int]:
        """For each slot: did a run that ended well begin before the next one, and no more than one?

        Not judged are slots during which the system was away. Where a daemon was ended in a slot, a run that it had
        begun may be gone on with, and is no double.
        """
        missed = doubled = slots = 0
        good = defaultdict(list)
        for run in runs:
            if run.status == "ok":
                good[run.source, run.stream].append(run.started_at)
        for key, plan in self.plans().items():
            slot = self._first_slot(plan)
            while (after := plan.rule.after(slot)) < self.end:
                away = any(slot - timedelta(hours=1) < until and begin < after for begin, until in self.outages[key[0]])
                if not away and slot > START:
                    due, next_due = plan.rule.due(slot, plan.where), plan.rule.due(after, plan.where)
                    found = sum(due <= at < next_due for at in good[key])
                    taken_over = any(slot <= end <= after for end in self.ends)
                    slots, missed, doubled = slots + 1, missed + (found == 0), doubled + (found > 1 and not taken_over)
                    if found == 0 or (found > 1 and not taken_over):
                        print(f"  {plan.where}: {found} runs for {slot:%d.%m. %H:%M}", file=sys.stderr)
                slot = after
        return missed, doubled, slots

    def _first_slot(self, plan: Plan) -> datetime:
        """Of `every`: counted back from the one that is next, since its first one is the moment of the first start."""
        if plan.rule.every is None:
            return plan.rule.first(START)
        with open_store(self.store_url) as store:
            (slot,) = (entry.slot_at for entry in Operations(store).schedules() if entry.key == plan.key)
        assert slot is not None
        return slot - plan.rule.every * ((slot - START) // plan.rule.every)

    def _difference(self, kind: str, truth: dict[str, Any]) -> str:
        import psycopg

        found = []
        with psycopg.connect(self.store_url) as db:
            for entity, known in truth.items():
                query = f"SELECT source_id FROM {entity} WHERE source = %s AND deleted_at IS NULL"
                held, there = {row[0] for row in db.execute(query, (kind,))}, set(map(str, known["ids"]))
                if held != there:
                    found.append(f"{entity}: {len(there - held)} missing, {len(held - there)} too many")
                elif entity == "orders" and known.get("sums"):
                    sums = {code: Decimal(total) for code, total in known["sums"].items()}
                    if sums not in [_sums(db, kind, column) for column in ("total", "subtotal")]:
                        found.append("orders: sums differ")
        return "; ".join(found)


def _sums(db: Any, kind: str, column: str) -> dict[str, Decimal]:
    where = "WHERE source = %s AND deleted_at IS NULL GROUP BY 1"
    return dict(db.execute(f"SELECT currency, sum({column}) FROM orders {where}", (kind,)).fetchall())


def main(days: int = 30, seed: int = 7, hours: int = 6) -> None:
    began = time.monotonic()
    with ExitStack() as stack:
        month = Month(days, seed, hours, stack)
        month.run()
        month.report()
    print(f"{days} days in {time.monotonic() - began:.0f} s; threads left: {threading.active_count() - 1}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
