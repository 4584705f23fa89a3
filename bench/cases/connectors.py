"""Every connector against its simulator: a full sync against fetching the same pages and throwing them away, and again
through faults at one request in twenty, after which all must be there as the simulator has it, to the cent."""

from __future__ import annotations

import json
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

from bench.data import CACHE
from bench.measure import ROOT, Result, Table, Timing, median, run
from metrics.demo.systems import SECRET, SYSTEMS, settings_of

FAULTS = 0.05
_START_SECONDS = 600
_SHARE = 0.7
_HUB = Path(sys.executable).with_name("hub")


def main(table: Table, orders: int, *, rounds: int = 3, **_unused: object) -> None:
    for kind in [system.kind for system in SYSTEMS]:
        with simulator(kind, orders, 0.0) as address:
            project = _project(kind, address)
            fetch, sync = median(rounds, partial(_fetched, project), partial(_synced, project, "store"))
            rows, wrong = _against_truth(project / "store.db", address)
            note = f"{_requests(address):,} requests in all; {wrong or 'equal to the truth'}"
            ratio = fetch.seconds / sync.seconds
            table.add(Result(f"{kind}, fetch alone, {orders}", fetch))
            table.add(
                Result(f"{kind}, sync, {orders}", sync, rows, "of fetching", ratio, _SHARE, at_most=False, note=note)
            )
        with simulator(kind, orders, FAULTS) as address:
            project = _project(kind, address)
            sync = _synced(project, "faults")
            _, wrong = _against_truth(project / "faults.db", address)
            table.add(Result(f"{kind}, sync through faults, {orders}", sync, rows, note=wrong or "equal to the truth"))


@contextmanager
def simulator(kind: str, size: int, faults: float) -> Iterator[str]:
    """`hub simulate` as a process of its own; yields its address once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(_HUB), "simulate", kind, "--port", str(port), "--size", str(size), "--faults", str(faults)]
    with subprocess.Popen([*command, "--secret", SECRET], cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        try:
            _await(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(_START_SECONDS * 10):
        if process.poll() is not None:
            raise RuntimeError(f"the simulator ended with {process.returncode}")
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the simulator does not start")


def _project(kind: str, address: str) -> Path:
    folder = CACHE / "work" / "connectors" / kind
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "config" / "connectors").mkdir(parents=True)
    (folder / "config" / "hub.yaml").write_text("store: sqlite:///store.db\n", encoding="utf-8")
    text = settings_of(kind, address, "${env:BENCH_SECRET}") + "retry_seconds: 600\n"
    (folder / "config" / "connectors" / f"{kind}.yaml").write_text(text, encoding="utf-8")
    return folder


def _fetched(project: Path) -> Timing:
    return run([sys.executable, "-m", "bench.limits.pages", str(project)], env={"BENCH_SECRET": SECRET})


def _synced(project: Path, store: str) -> Timing:
    for path in project.glob(f"{store}.db*"):
        path.unlink()
    shutil.rmtree(project / "var", ignore_errors=True)
    (project / "config" / "hub.yaml").write_text(f"store: sqlite:///{store}.db\n", encoding="utf-8")
    return run([str(_HUB), "sync"], cwd=project, env={"BENCH_SECRET": SECRET}, ok=(0, 1))


def _asked(address: str, path: str) -> Any:
    with urllib.request.urlopen(f"{address}{path}") as answer:
        return json.load(answer)


def _requests(address: str) -> int:
    return int(_asked(address, "/_sim/log")["requests"])


def _against_truth(store: Path, address: str) -> tuple[int, str]:
    """Live rows of all entities, and what of them differs from the simulator: counts, ids, and sums per currency."""
    with sqlite3.connect(store) as db:
        rows = db.execute("SELECT sum(rows) FROM hub_held").fetchone()[0] or 0
        found = (_difference(db, entity, known) for entity, known in _asked(address, "/_sim/truth").items())
        return rows, "; ".join(each for each in found if each)


def _difference(db: sqlite3.Connection, entity: str, known: dict[str, Any]) -> str:
    held = {row[0] for row in db.execute(f"SELECT source_id FROM {entity} WHERE deleted_at IS NULL")}
    there = set(map(str, known["ids"]))
    if held != there:
        return f"{entity}: {len(there - held)} missing, {len(held - there)} too many"
    if (
        known.get("sums")
        and entity == "orders"
        and not any(
            _sums(db, column) == {code: Decimal(total) for code, total in known["sums"].items()}
            for column in ("total", "subtotal")
        )
    ):
        return "orders: sums differ"
    return ""


def _sums(db: sqlite3.Connection, column: str) -> dict[str, Decimal]:
    """What the live orders add up to, per currency. The truth is what a vendor's orders state: in all, or net."""
    query = f"SELECT currency, sum({column}) FROM orders WHERE deleted_at IS NULL GROUP BY 1"
    return {code or "": Decimal(total or 0).scaleb(-6) for code, total in db.execute(query)}
