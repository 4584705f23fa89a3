"""One company across four systems: how well it is found, in what time, and what one record in a hundred changed costs.

Default settings on made-up data (`bench.identity_data`), to which no weight is tuned. `N` is the number of records.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq

from bench.data import CACHE
from bench.identity_data import world
from bench.measure import ROOT, Result, Table, Timing
from hub.identity.evaluate import against_clusters

_VARIANTS: dict[str, dict[str, bool]] = {
    "clean": {},
    "noisy": {"noisy": True},
    "dirty": {"dirty": True},
}
F1_BAR = {"clean": 0.96, "noisy": 0.92, "dirty": 0.96}
PRECISION_BAR = {"clean": 0.98, "noisy": 0.97, "dirty": 0.98}
REVIEWS_BAR = 4.0
SECONDS_BAR = {200: 3.0, 1_000_000: 180.0}
MEMORY_BAR_MIB = 2560.0
INCREMENTAL_BAR = 0.1


def main(table: Table, orders: int, **_: object) -> None:
    """Measure all variants at `orders` records."""
    for variant in _VARIANTS:
        folder = data(orders, variant)
        command = [sys.executable, "-m", "bench.identity_run", str(folder)]
        found = json.loads(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)
        _report(table, f"identity, {variant}, N={orders}", variant, orders, found, folder)


def _report(table: Table, name: str, variant: str, records: int, found: dict[str, float], folder: Path) -> None:
    timing = Timing(found["seconds"], found["peak_mib"], found["cpu_seconds"])
    note = f"normalisation {found['normalise_seconds']:.1f} s"
    table.add(Result(name, timing, records, seconds_bar=SECONDS_BAR.get(records), note=note))
    pairs = against_clusters(*_read(folder)).pairs
    reviews = 100 * found["reviews"] / records
    table.add(Result(f"{name}: F1", timing, 0, "F1", pairs.f1, F1_BAR[variant], at_most=False))
    table.add(
        Result(f"{name}: precision", timing, 0, "precision", pairs.precision, PRECISION_BAR[variant], at_most=False)
    )
    table.add(Result(f"{name}: reviews", timing, 0, "per 100 records", reviews, REVIEWS_BAR))
    if records >= 1_000_000:
        ratio = timing.peak_mib / MEMORY_BAR_MIB
        table.add(Result(f"{name}: memory", timing, 0, "of 2.5 GiB", ratio, 1.0))
    again = Timing(found["incremental_seconds"], 0)
    ratio = again.seconds / timing.seconds
    bar = INCREMENTAL_BAR if records >= 1_000_000 else None
    table.add(Result(f"{name}: 1 % changed", again, records // 100, "first", ratio, bar))


def data(records: int, variant: str) -> Path:
    """Folder with the records, one in a hundred of them as changed, and the truth; made once."""
    folder = CACHE / f"identity_{variant}_{records}"
    if not (folder / "truth.parquet").exists():
        folder.mkdir(parents=True, exist_ok=True)
        made = world(records, **_VARIANTS[variant])
        pq.write_table(made.records, folder / "records.parquet")
        pq.write_table(made.records.slice(0, max(1, records // 100)), folder / "changed.parquet")
        pq.write_table(made.truth, folder / "truth.parquet")
    return folder


def _read(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    found, truth = (pq.read_table(folder / f"{name}.parquet") for name in ("clusters", "truth"))
    return (
        dict(zip(found.column("id").to_pylist(), found.column("cluster").to_pylist(), strict=True)),
        dict(zip(truth.column("id").to_pylist(), truth.column("company").to_pylist(), strict=True)),
    )
