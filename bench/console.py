"""The console: how long pages take, and what 100 people who look on cost a sync.

    python -m bench.console [orders] [viewers]        (100,000 orders: about 415,000 rows)
    python -m bench.console --pages PROJECT           (only the pages, of a project that is synced already)

The sync is a full one of files into SQLite, whole processes, without and with viewers of the live page; told are the
wall clock and the processor's time of the sync. By hand; not part of `make bench`.
"""

from __future__ import annotations

import re
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.data import generate
from bench.measure import Timing
from bench.project import Project, files_project

PORT = 18_991
PAGES = (
    "/", "/systems", "/systems/{source}", "/runs", "/runs/{run}", "/quarantine", "/matches", "/numbers", "/decisions",
    "/configuration", "/audit", "/api/v1/status", "/metrics",
)  # fmt: skip
_TIMES = 7


@contextmanager
def console(folder: Path) -> Iterator[str]:
    """`hub console` of a project, as a process."""
    command = [sys.executable, "-m", "hub", "--config", str(folder / "config"), "console", "--port", str(PORT)]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    base = f"http://127.0.0.1:{PORT}"
    try:
        _await(base)
        yield base
    finally:
        process.terminate()
        process.wait(20)


def _await(base: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(f"{base}/healthz", timeout=2).close()
            return
        except OSError:
            time.sleep(0.1)
    raise SystemExit("the console did not start")


def _get(url: str) -> str:
    with urllib.request.urlopen(url, timeout=60) as answer:
        return str(answer.read().decode())


def pages(base: str) -> None:
    """Each page some times; the middle one and the slowest after the first."""
    found = re.search(r'href="/systems/([^"]+)"', _get(f"{base}/systems"))
    run = re.search(r'href="/runs/(\d+)"', _get(f"{base}/runs"))
    for path in PAGES:
        url = base + path.format(source=found[1] if found else "", run=run[1] if run else 1)
        taken = []
        for _ in range(_TIMES):
            began = time.perf_counter()
            size = len(_get(url))
            taken.append((time.perf_counter() - began) * 1000)
        print(f"{path:24} {statistics.median(taken[1:]):6.1f} ms  slowest {max(taken[1:]):6.1f} ms  {size // 1024} KB")


class Viewers:
    """So many open pages that follow what happens."""

    def __init__(self, count: int) -> None:
        self.messages = 0
        self._sockets = [socket.create_connection(("127.0.0.1", PORT)) for _ in range(count)]
        for each in self._sockets:
            each.sendall(b"GET /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        import select

        while self._sockets:
            for ready in select.select(self._sockets, [], [], 0.5)[0]:
                self.messages += ready.recv(65_536).count(b"data: ")

    def leave(self) -> None:
        sockets, self._sockets = self._sockets, []
        self._thread.join(2)
        for each in sockets:
            each.close()


def load(project: Project, viewers: int) -> None:
    """A full sync without and with viewers, one after the other, twice each."""
    alone, watched = [], []
    for _ in range(2):
        alone.append(project.hub("sync", "--full"))
        looking = Viewers(viewers)
        watched.append(project.hub("sync", "--full"))
        looking.leave()
        assert looking.messages >= viewers, "nobody saw anything"
    for name, field in (("wall clock", "seconds"), ("processor's time", "cpu_seconds")):
        before, after = (min(float(getattr(each, field)) for each in runs) for runs in (alone, watched))
        print(f"sync with {viewers} viewers, {name}: {before:.2f} s -> {after:.2f} s ({after / before - 1:+.1%})")


def main(orders: int, viewers: int) -> None:
    with tempfile.TemporaryDirectory(prefix="bench-console-") as folder:
        project = files_project(Path(folder) / "project", generate(orders))
        first: Timing = project.hub("sync")
        print(f"{orders:,} orders synced in {first.seconds:.1f} s")
        with console(project.folder) as base:
            pages(base)
            load(project, viewers)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--pages"]:
        with console(Path(sys.argv[2])) as address:
            pages(address)
    else:
        numbers = [int(word.replace(",", "")) for word in sys.argv[1:]]
        main(*(numbers + [100_000, 100][len(numbers) :]))
