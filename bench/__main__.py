"""`make bench`, or `python -m bench [CASE…] [--orders N] [--rounds R] [--no-peers]`: prints rows/s, memory and ratios.

Without arguments all cases run at the sizes that the bars name, but for `scale`, which runs when it is named only. Exit
code 1 when a bar was not met.
"""

from __future__ import annotations

import argparse
import compileall
import importlib
import platform
import sys

from bench.measure import ROOT, Table
from hub.layout import PACKAGES

CASES: dict[str, tuple[int, ...]] = {
    "csv_sqlite": (100_000, 1_000_000),
    "csv_postgres": (100_000, 1_000_000),
    "rest": (100_000,),
    "delta": (100_000,),
    "memory": (1_000_000, 10_000_000),
    "metrics": (1_000_000,),
    "suite": (1_000_000,),
    "identity": (200, 10_000, 100_000, 1_000_000),
    "connectors": (10_000,),
    "odata": (1_000_000, 5_000_000),
    "publish": (1_000_000,),
    "engines": (100_000,),
    "scale": (333_333, 3_333_333),
}
"""Case (a module of `bench.cases`) -> the numbers of orders it is measured at (of records, for `identity`)."""
_BY_NAME_ONLY = ("scale",)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", choices=[*CASES, []], default=[])
    parser.add_argument("--orders", type=int, help="one size in place of the bars' own")
    parser.add_argument("--lines", type=int, help="the same in order lines, of which an order has three")
    parser.add_argument("--stores", nargs="+", choices=["sqlite", "postgres"], default=["sqlite", "postgres"])
    parser.add_argument("--workers", nargs="+", type=int, default=[1, 2], help="of `scale`: streams at the same time")
    parser.add_argument("--memory", default="", help="of `scale`: what DuckDB may take for metrics, such as 4GB")
    parser.add_argument("--rounds", type=int, default=3, help="interleaved rounds; the median counts")
    parser.add_argument("--no-peers", action="store_true", help="leave dlt out")
    asked = parser.parse_args()
    size = asked.orders or (asked.lines or 0) // 3
    table = Table()
    for package in PACKAGES:  # an editable install leaves that to the first run
        compileall.compile_dir(ROOT / package, quiet=2)
    sys.stdout.write(f"Python {platform.python_version()} on {platform.machine()}\n")
    for case in asked.cases or [name for name in CASES if name not in _BY_NAME_ONLY]:
        module = importlib.import_module(f"bench.cases.{case}")
        options = {"rounds": asked.rounds, "peers": not asked.no_peers}
        if case == "scale":
            options = {"stores": asked.stores, "workers": asked.workers, "memory": asked.memory}
        for orders in (size,) if size else CASES[case]:
            module.main(table, orders, **options)
    missed = [result.name for result in table.results if result.met is False]
    sys.stdout.write(f"\n{len(missed)} bars not met{': ' if missed else ''}{', '.join(missed)}\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
