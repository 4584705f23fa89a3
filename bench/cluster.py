"""Four systems over a Dask cluster: how much quicker two workers are than one, where the systems are the bottleneck.

    python -m bench.cluster [orders] [latency_ms]

Each worker has one thread. The systems are REST servers that answer late; all is stored in one PostgreSQL. By hand; not
part of `make bench`.
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

from bench.cases.rest import server
from bench.data import CACHE, Shape, generate
from bench.measure import ROOT
from bench.postgres import fresh_database
from bench.project import PLUGIN, rest_project

_SYSTEMS = 4


def main(orders: int = 20_000, latency_ms: int = 200) -> None:
    data, rows = generate(orders), Shape(orders).rows * _SYSTEMS
    with ExitStack() as stack:
        ports = [stack.enter_context(server(data, latency_ms / 1000)) for _ in range(_SYSTEMS)]
        alone = _synced(ports, "threads", 0)
        print(f"{rows:,} rows, no cluster, one thread: {alone:.1f} s")
        one = _synced(ports, "dask", 1)
        print(f"one worker: {one:.1f} s")
        two = _synced(ports, "dask", 2)
        print(f"two workers: {two:.1f} s, {one / two:.2f} times as quick (bar 1.7)")


def _synced(ports: list[int], executor: str, workers: int) -> float:
    folder = CACHE / "work" / "cluster"
    shutil.rmtree(folder, ignore_errors=True)
    project = rest_project(folder, ports[0], fresh_database())
    first = folder / "config" / "connectors" / "rest.yaml"
    text = first.read_text()
    for number, port in enumerate(ports[1:], 2):
        first.with_name(f"system{number}.yaml").write_text(text.replace(f":{ports[0]}", f":{port}"))
    settings = folder / "config" / "hub.yaml"
    with _cluster(workers) as address:
        chosen = address if executor == "dask" else "threads"
        settings.write_text(f"{settings.read_text()}\nexecutor: {chosen}\nworkers: {4 if workers else 1}\n")
        return project.hub("sync").seconds


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
