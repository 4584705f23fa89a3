"""A whole business at sizes beyond the bars: sync, replica, all metrics, publishing, pages of the feed.

`python -m bench scale --lines 10000000`; `--stores` and `--workers` choose what is loaded, how; `--memory 4GB` is what
DuckDB may take for metrics, which is most of the machine's otherwise. Each step is a process of its own; what it made
is removed at the end. The history of stock and the links of identity are put into the SQLite store by one statement
each, as in `suite`; beyond 5 million orders that takes too long for the history, and there is none. Files and store
take about 300 bytes an order line.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bench.data import CACHE
from bench.measure import ROOT, Result, Table, Timing, run
from bench.postgres import fresh_database
from bench.project import Project
from bench.suite_data import grow_history, link, write_sources

_ENTITIES = ("orders", "order_lines")
_PAGES = ("by key", "status, newest first", "a month, in order", "changed since")
_MOST_STATES = 5_000_000
_SETTINGS = """\
store: {store}
reporting_currency: EUR
time_zone: Europe/Berlin
workers: {workers}
identity: {{after_sync: never}}
"""


def main(
    table: Table,
    orders: int,
    *,
    stores: Sequence[str] = ("sqlite", "postgres"),
    workers: Sequence[int] = (1, 2),
    memory: str = "",
    **_: object,
) -> None:
    """Measure with `orders` orders and three times as many lines."""
    project = Project(CACHE / f"scale-{orders}")
    if not (project.folder / "complete").exists():
        shutil.rmtree(project.folder, ignore_errors=True)
        write_sources(project.folder, orders)
        _publisher(project.folder)
        (project.folder / "complete").touch()
    for store in stores:
        for number in workers:
            url = _load(table, project, store, orders, number)
        again = project.hub("sync", "--full", ok=(0, 1))
        _add(table, f"{store}: sync, unchanged", orders, again, _rows(project.folder))
        _steps(table, project, store, url, orders, memory)
    shutil.rmtree(project.folder)


def _publisher(folder: Path) -> None:
    publishers = folder / "config" / "publishers"
    publishers.mkdir()
    tables = ", ".join(_ENTITIES)
    (publishers / "copy.yaml").write_text(f"kind: folder\ntarget: copy\ntables: [{tables}]\n", encoding="utf-8")


def _load(table: Table, project: Project, store: str, orders: int, workers: int) -> str:
    """A first sync of all files into an empty store; its URL."""
    project.forget()
    url = "sqlite:///hub.db" if store == "sqlite" else fresh_database()
    settings = _SETTINGS.format(store=url, workers=workers)
    (project.folder / "config" / "hub.yaml").write_text(settings, encoding="utf-8")
    timing = project.hub("sync", ok=(0, 1))
    _add(table, f"{store}: sync, {workers} workers", orders, timing, _rows(project.folder))
    return url


def _steps(table: Table, project: Project, store: str, url: str, orders: int, memory: str) -> None:
    rows, config = 5 * orders, str(project.folder / "config")
    if store == "sqlite":
        url = f"sqlite:///{project.folder / 'hub.db'}"
        if orders <= _MOST_STATES:
            grow_history(project.folder / "hub.db", orders)
        link(project.folder / "hub.db")
    built = run([sys.executable, "-m", "bench.hub_metrics", config, "refresh"])
    _add(table, f"{store}: replica", orders, built, rows)
    for state in ("cold", "warm") if store == "sqlite" else ():
        timing = _limited(config, memory) if memory else project.hub("metrics", "compute")
        _add(table, f"{store}: all metrics, {state}", orders, timing, rows)
    _add(table, f"{store}: publish as Parquet", orders, project.hub("publish", "copy"), 4 * orders)
    shutil.rmtree(project.folder / "copy")
    _pages(table, store, url, orders)


def _limited(config: str, memory: str) -> Timing:
    return run([sys.executable, "-m", "bench.hub_metrics", config, "all", memory], cwd=ROOT)


def _pages(table: Table, store: str, url: str, orders: int) -> None:
    command = [sys.executable, "-m", "bench.odata_ask", url, "page", *_PAGES]
    asked = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    for name, milliseconds in json.loads(asked.stdout).items():
        _add(table, f"{store}: page, {name}", orders, Timing(milliseconds / 1000, 0))


def _rows(folder: Path) -> int:
    """Lines of all files, without their headers."""
    return sum(_lines(path) - 1 for path in sorted(folder.glob("data/*/*.csv")))


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 22), b""))


def _add(table: Table, step: str, orders: int, timing: Timing, rows: int = 0) -> None:
    note = f"{timing.cpu_seconds:.1f} s of CPU" if timing.cpu_seconds else ""
    table.add(Result(f"{3 * orders / 1e6:g}M lines, {step}", timing, rows, note=note))
