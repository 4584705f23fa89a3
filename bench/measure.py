"""Whole processes, timed: seconds, peak memory, and the median of interleaved rounds."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Timing:
    """One process: wall-clock seconds, its own peak resident memory, and the processor's seconds, which tell more on a
    busy machine."""

    seconds: float
    peak_mib: float
    cpu_seconds: float = 0.0


@dataclass
class Result:
    """One line of the table. `bar` is the ratio that the issue asks for, at most or at least; `seconds_bar` the most
    seconds that it allows, on a quiet machine."""

    name: str
    timing: Timing
    rows: int = 0
    against: str = ""
    ratio: float | None = None
    bar: float | None = None
    at_most: bool = True
    seconds_bar: float | None = None
    note: str = ""

    @property
    def met(self) -> bool | None:
        if self.seconds_bar is not None:
            return self.timing.seconds <= self.seconds_bar
        if self.bar is None or self.ratio is None:
            return None
        return self.ratio <= self.bar if self.at_most else self.ratio >= self.bar


@dataclass
class Table:
    """Results as they come, printed at once."""

    results: list[Result] = field(default_factory=list)

    def add(self, result: Result) -> None:
        self.results.append(result)
        rate = f"{result.rows / result.timing.seconds:>11,.0f}/s" if result.rows and result.timing.seconds else " " * 13
        sign = "<=" if result.at_most else ">="
        ratio = f"{result.ratio:6.2f}x {result.against}" if result.ratio is not None else ""
        verdict = {True: "met", False: "NOT MET", None: ""}[result.met]
        bar = f"bar {sign} {result.bar:g} {verdict}" if result.bar is not None else ""
        if result.seconds_bar is not None:
            bar = f"{result.timing.cpu_seconds:.2f} s of CPU; bar <= {result.seconds_bar:g} s {verdict}"
        sys.stdout.write(
            f"{result.name:<44}{result.timing.seconds:8.2f} s {rate} {result.timing.peak_mib:6.0f} MiB  "
            f"{ratio:<34} {bar} {result.note}\n"
        )
        sys.stdout.flush()


def run(
    command: Sequence[str], *, cwd: Path = ROOT, env: Mapping[str, str] | None = None, ok: tuple[int, ...] = (0,)
) -> Timing:
    """Run one process to its end, with modules compiled as any installation has them. Raises with its output when it
    fails."""
    started = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=cwd,
        env={**_environment(), **(env or {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        assert process.stdout
        output = process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode not in ok:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{output[-3000:]}")
    return Timing(seconds, _mib(usage), usage.ru_utime + usage.ru_stime)


def _environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}


def _mib(usage: resource.struct_rusage) -> float:
    return usage.ru_maxrss / 1024


def median(rounds: int, *contestants: Callable[[], Timing]) -> list[Timing]:
    """Each contestant in turn, `rounds` times over, so that all meet the same machine; the median seconds of each."""
    timings: list[list[Timing]] = [[] for _ in contestants]
    for _ in range(rounds):
        for place, contestant in enumerate(contestants):
            timings[place].append(contestant())
    return [middle(each) for each in timings]


def middle(timings: Sequence[Timing]) -> Timing:
    """The median seconds of several rounds, and their highest peak of memory."""
    return Timing(
        statistics.median(timing.seconds for timing in timings),
        max(timing.peak_mib for timing in timings),
        statistics.median(timing.cpu_seconds for timing in timings),
    )
