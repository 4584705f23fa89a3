"""The OData feed: rows streamed against the database's own JSON, and pages of a large table.

At 5 million orders and more: milliseconds of filtered and ordered pages on PostgreSQL. Below: all rows in one answer.
"""

from __future__ import annotations

import json
import subprocess
import sys

from bench.measure import ROOT, Result, Table, Timing, median, run
from bench.odata_data import postgres_with, sqlite_with

LARGE = 5_000_000
STREAM_BAR, PAGE_BAR_MS = 0.5, 100.0


def main(table: Table, orders: int, *, rounds: int = 3, **_: object) -> None:
    """Measure at `orders` rows."""
    if orders >= LARGE:
        _pages(table, orders)
    else:
        for name, url in (("SQLite", sqlite_with(orders)), ("PostgreSQL", postgres_with(orders))):
            _stream(table, name, url, orders, rounds)


def _stream(table: Table, name: str, url: str, orders: int, rounds: int) -> None:
    bare_command = [sys.executable, "-m", "bench.limits.odata_json", url, str(orders)]
    command = [sys.executable, "-m", "bench.odata_ask", url, "stream", str(orders)]
    bare, fed = median(rounds, lambda: run(bare_command), lambda: run(command))
    table.add(Result(f"{name}'s own JSON, N={orders}", bare, orders))
    ratio, note = bare.seconds / fed.seconds, f"{fed.cpu_seconds:.1f} s of CPU, bare {bare.cpu_seconds:.1f} s"
    table.add(
        Result(f"OData feed, {name}, N={orders}", fed, orders, "bare", ratio, STREAM_BAR, at_most=False, note=note)
    )


def _pages(table: Table, orders: int) -> None:
    command = [sys.executable, "-m", "bench.odata_ask", postgres_with(orders), "page"]
    found = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
    for name, milliseconds in found.items():
        ratio = milliseconds / PAGE_BAR_MS
        table.add(Result(f"OData page, {name}, N={orders}", Timing(milliseconds / 1000, 0), 0, "of 100 ms", ratio, 1.0))
