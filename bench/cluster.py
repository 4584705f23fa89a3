"""Four systems over a Dask cluster: how much quicker two workers are than one, where the systems are the bottleneck.

    python -m bench.cluster [orders] [latency_ms] [in_flight]

Each worker has one thread. The systems are REST servers that answer late, and few questions at a time; all is stored in
one PostgreSQL. Told are the seconds of the whole `hub sync`, and those between the first run's start and the last one's
end, in which starting the hub has no part. By hand; not part of `make bench`.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import psycopg

from bench.cases.rest import server
from bench.data import CACHE, Shape, generate
from bench.measure import ROOT
from bench.postgres import fresh_database
from bench.project import PLUGIN, rest_project

_SYSTEMS = 4


def main(orders: int = 20_000, latency_ms: int = 200, in_flight: int = 2) -> None:
    data, rows = generate(orders), Shape(orders).rows * _SYSTEMS
    with ExitStack() as stack:
        ports = [stack.enter_context(server(data, latency_ms / 1000)) for _ in range(_SYSTEMS)]
        alone, runs = _synced(ports, in_flight, 0)
        print(f"{rows:,} rows, no cluster, one thread: {alone:.1f} s, runs {runs:.1f} s")
        one, runs_of_one = _synced(ports, in_flight, 1)
        print(f"one worker: {one:.1f} s, runs {runs_of_one:.1f} s")
        two, runs_of_two = _synced(ports, in_flight, 2)
        print(f"two workers: {two:.1f} s, runs {runs_of_two:.1f} s")
        print(f"{one / two:.2f} times as quick, runs {runs_of_one / runs_of_two:.2f} times (bar 1.7)")


def _synced(ports: list[int], in_flight: int, workers: int) -> tuple[float, float]:
    """Seconds of a sync of all systems, and of its runs; on a cluster where there are workers."""
    folder, url = CACHE / "work" / "cluster", fresh_database()
    shutil.rmtree(folder, ignore_errors=True)
    project = rest_project(folder, ports[0], url)
    first = folder / "config" / "connectors" / "rest.yaml"
    text = f"{first.read_text()}max_in_flight: {in_flight}\n"
    first.write_text(text)
    for number, port in enumerate(ports[1:], 2):
        first.with_name(f"system{number}.yaml").write_text(text.replace(f":{ports[0]}", f":{port}"))
    settings = folder / "config" / "hub.yaml"
    with _cluster(workers) as address:
        chosen = address if workers else "threads"
        settings.write_text(f"{settings.read_text()}\nexecutor: {chosen}\nworkers: {4 if workers else 1}\n")
        seconds = project.hub("sync").seconds
    with psycopg.connect(url) as connection:
        found = connection.execute("SELECT max(ended_at) - min(started_at) FROM hub_runs").fetchone()
    assert found is not None
    return seconds, found[0].total_seconds()


@contextmanager
def _cluster(workers: int) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    path = os.pathsep.join([str(PLUGIN), str(ROOT)])
    processes = []

    def start(program: str, *arguments: str) -> None:
        command = [sys.executable, "-c", f"from distributed.cli.{program} import main; main()", *arguments]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        processes.append(subprocess.Popen(command, env=os.environ | {"PYTHONPATH": path}, **quiet))  # type: ignore[call-overload]

    try:
        if workers:
            start("dask_scheduler", "--port", address.partition(":")[2], "--no-dashboard")
            for _ in range(workers):
                start("dask_worker", f"tcp://{address}", "--nthreads", "1", "--no-nanny", "--no-dashboard")
            from distributed import Client

            with Client(f"tcp://{address}", timeout=60, set_as_default=False) as client:
                client.wait_for_workers(workers, timeout=60)
        yield f"dask://{address}"
    finally:
        for process in processes:
            process.kill()
            process.wait()
        time.sleep(0.5)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
