"""`executor: dask://…`: runs on workers of a cluster, and what becomes of them when a worker is lost."""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.plugin_site import PluginSite
from support.postgres import database_url

from hub.store import open_store

if importlib.util.find_spec("distributed") is None:  # not imported, since every worker imports this file
    pytest.skip("distributed is not installed", allow_module_level=True)
ROOT = Path(__file__).parents[2]
PAGES = 10


def until(found: Callable[[], Any], seconds: float = 60) -> Any:
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        if answer := found():
            return answer
        time.sleep(0.05)
    raise AssertionError("it did not come about")


class Dask:
    """A scheduler and workers of one thread each, as separate processes, and a project that uses them."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.log = folder, folder / "pages.log"
        self.log.touch()
        (folder / "site").mkdir()
        (folder / "config" / "connectors").mkdir(parents=True)
        PluginSite(folder / "site").announce("ticking", "support.ticking_kind")
        self.store_url = database_url()
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{taken.getsockname()[1]}"
        self.hub_yaml(f"dask://{self.address}")
        self.processes = [self._start("distributed.cli.dask_scheduler", "--port", self.address.partition(":")[2])]
        self.workers = [self.worker() for _ in range(2)]

    def hub_yaml(self, executor: str, store: str = "") -> None:
        text = f"store: {store or self.store_url}\nexecutor: {executor}\n"
        (self.folder / "config" / "hub.yaml").write_text(text)

    def system(self, name: str, more: str = "") -> None:
        (self.folder / "config" / "connectors" / f"{name}.yaml").write_text(
            f"kind: ticking\nlog: {self.log}\nstreams: [customers]\n{more}"
        )

    def worker(self) -> subprocess.Popen[bytes]:
        process = self._start("distributed.cli.dask_worker", f"tcp://{self.address}", "--nthreads", "1", "--no-nanny")
        self.processes.append(process)
        return process

    def hub(self, *arguments: str) -> subprocess.Popen[bytes]:
        process = self._start("hub", "--config", str(self.folder / "config"), *arguments)
        self.processes.append(process)
        return process

    def _start(self, module: str, *arguments: str) -> subprocess.Popen[bytes]:
        path = os.pathsep.join([str(self.folder / "site"), str(ROOT / "tests"), str(ROOT)])
        entry = "main" if module.startswith("distributed") else ""
        start = ["-c", f"from {module} import main; main()"] if entry else ["-m", module]
        quiet = {"DASK_DISTRIBUTED__DASHBOARD__LINK": "", "DASK_DISTRIBUTED__WORKER__PREFER__CONDA": "0"}
        return subprocess.Popen(
            [sys.executable, "-W", "ignore", *start, *arguments, *(["--no-dashboard"] if entry else [])],
            env=os.environ | {"PYTHONPATH": path} | quiet, cwd=self.folder,
            stdout=subprocess.PIPE if not entry else subprocess.DEVNULL,
            stderr=subprocess.PIPE if not entry else subprocess.DEVNULL,
        )  # fmt: skip

    def pages(self, source: str) -> list[tuple[int, int]]:
        """Process and number of each page that a system was asked for."""
        lines = [line.split() for line in self.log.read_text().splitlines()]
        return [(int(pid), int(number)) for pid, name, _, number, _ in lines if name == source]

    def held(self, source: str) -> dict[str, int]:
        with open_store(self.store_url) as store:
            return store.held(source)

    def close(self) -> None:
        for process in reversed(self.processes):
            process.kill()
            process.communicate()


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    made = Dask(tmp_path_factory.mktemp("dask"))
    from distributed import Client

    with Client(f"tcp://{made.address}", timeout=60, set_as_default=False) as client:
        client.wait_for_workers(2, timeout=60)
    yield made
    made.close()


def ended(process: subprocess.Popen[bytes]) -> tuple[int, bytes, bytes]:
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err


def test_the_systems_are_read_by_the_workers_side_by_side(dask: Dask) -> None:
    dask.system("north", "seconds: 0.1")
    dask.system("south", "seconds: 0.1")
    code, out, err = ended(dask.hub("sync", "north", "south", "--json"))
    assert code == 0, err
    assert [stream["inserted"] for stream in json.loads(out)["streams"]] == [100, 100]
    assert {pid for name in ("north", "south") for pid, _ in dask.pages(name)} == {each.pid for each in dask.workers}


def test_a_worker_that_is_killed_in_mid_page_loses_nothing(dask: Dask) -> None:
    dask.system("fragile", "seconds: 0.3")
    sync = dask.hub("sync", "fragile", "--json")
    until(lambda: len(dask.pages("fragile")) >= 4)
    lost = dask.pages("fragile")[0][0]
    os.kill(lost, signal.SIGKILL)
    dask.workers = [dask.worker(), *(each for each in dask.workers if each.pid != lost)]
    code, out, err = ended(sync)
    assert code == 0, err
    assert json.loads(out)["streams"][0]["status"] == "ok"
    assert dask.held("fragile") == {"customers": 100}
    readers = dict.fromkeys(pid for pid, _ in dask.pages("fragile"))
    first, second = ([page for pid, page in dask.pages("fragile") if pid == reader] for reader in readers)
    assert first[0] == 0
    assert second[0] >= 2, "the other worker goes on after the last stored page"
    assert second[-1] == PAGES - 1


def test_stopping_the_sync_stops_the_worker_after_its_page(dask: Dask) -> None:
    dask.system("long", "seconds: 0.5")
    sync = dask.hub("sync", "long")
    until(lambda: len(dask.pages("long")) >= 2)
    sync.send_signal(signal.SIGTERM)
    assert ended(sync)[0] == 130
    assert 0 < dask.held("long")["customers"] < 100
    with open_store(dask.store_url) as store:
        assert not [lease for lease, _ in store.leases() if lease.source == "long"]


def test_without_a_scheduler_it_is_said_what_to_start(dask: Dask) -> None:
    dask.system("alone")
    dask.hub_yaml("dask://127.0.0.1:9")
    try:
        code, _, err = ended(dask.hub("sync", "alone"))
    finally:
        dask.hub_yaml(f"dask://{dask.address}")
    assert code == 5
    assert b"no Dask scheduler answers at dask://127.0.0.1:9" in err
    assert b"Traceback" not in err


def test_a_database_that_only_one_machine_sees_is_refused(dask: Dask) -> None:
    dask.system("alone")
    dask.hub_yaml(f"dask://{dask.address}", store="sqlite:///hub.db")
    try:
        code, _, err = ended(dask.hub("sync", "alone"))
    finally:
        dask.hub_yaml(f"dask://{dask.address}")
    assert code == 2
    assert b"needs a database that all workers reach" in err
