"""Peak memory of a sync: the same whatever the size of the data."""

from __future__ import annotations

from bench.cases.rest import server
from bench.data import CACHE, Shape, generate
from bench.measure import Result, Table, Timing
from bench.project import files_project, rest_project

ARROW_MIB, JSON_MIB = 400, 150


def main(table: Table, orders: int, **_: object) -> None:
    data, rows = generate(orders), Shape(orders).rows
    csv = files_project(CACHE / "work" / "memory_csv", data).hub("sync")
    table.add(_result(f"hub CSV -> SQLite, memory, N={orders}", csv, rows, ARROW_MIB))
    with server(data, 0) as port:
        json = rest_project(CACHE / "work" / "memory_json", port).hub("sync")
    table.add(_result(f"hub REST -> SQLite, memory, N={orders}", json, rows, JSON_MIB))


def _result(name: str, timing: Timing, rows: int, limit: int) -> Result:
    return Result(name, timing, rows, f"of {limit} MiB", timing.peak_mib / limit, 1.0)
