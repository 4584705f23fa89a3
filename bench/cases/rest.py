"""JSON pages of 1,000 rows over loopback HTTP, without and with latency, against dlt."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bench.data import CACHE, Shape, generate
from bench.measure import ROOT, Result, Table, Timing, median
from bench.peers.environment import dlt
from bench.postgres import fresh_database
from bench.project import rest_project

LATENCY = 0.05


def main(table: Table, orders: int, *, rounds: int = 3, peers: bool = True) -> None:
    data, rows = generate(orders), Shape(orders).rows
    with server(data, 0) as port:
        for name, bar in (("SQLite", 5.0), ("PostgreSQL", 2.0)):
            (hub,) = median(rounds, partial(_hub, port, name))
            table.add(Result(f"hub REST -> {name}, N={orders}", hub, rows))
            if peers:
                peer = _dlt(port, name, "arrow")
                table.add(
                    Result(
                        f"dlt REST by Arrow -> {name}",
                        peer,
                        rows,
                        "hub",
                        peer.seconds / hub.seconds,
                        bar,
                        at_most=False,
                    )
                )
    with server(data, LATENCY) as port:
        hub = _hub(port, "SQLite")
        table.add(Result(f"hub REST, 50 ms -> SQLite, N={orders}", hub, rows))
        if peers:
            peer = _dlt(port, "SQLite", "rest_api")
            table.add(
                Result(
                    "dlt rest_api, 50 ms -> SQLite", peer, rows, "hub", peer.seconds / hub.seconds, 5.0, at_most=False
                )
            )


def _store(name: str, folder: Path) -> str:
    return fresh_database() if name == "PostgreSQL" else f"sqlite:///{folder}/store.db"


def _hub(port: int, name: str) -> Timing:
    folder = CACHE / "work" / "rest"
    project = rest_project(folder, port, "sqlite:///hub.db" if name == "SQLite" else fresh_database())
    return project.hub("sync")


def _dlt(port: int, name: str, how: str) -> Timing:
    work = CACHE / "work" / "dlt_rest"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir(parents=True)
    return dlt("dlt_rest.py", str(port), _store(name, work), how, str(work), sqlite=name == "SQLite")


@contextmanager
def server(data: Path, latency: float) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "bench.rest_server", str(data), str(port), str(latency)]
    with subprocess.Popen(command, cwd=ROOT) as process:
        try:
            for _ in range(6_000):  # encoding four million rows takes its time
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                except ConnectionRefusedError:
                    time.sleep(0.1)
            yield port
        finally:
            process.terminate()
