"""A stranger's plugin, installed beside the hub: found, synced over loopback HTTP through faults, simulated."""

from __future__ import annotations

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.acme import ACME, install_acme

from hub.sdk.simulator import Fault, FaultPlan, serve

sys.path.append(str(ACME / "src"))

from b2b_hub_acme.simulator import AcmeSimulator

ROOT = Path(__file__).parents[2]
QUICK_FAULTS = (Fault.ERROR, Fault.UNAVAILABLE, Fault.TRUNCATED, Fault.HTML, Fault.DISCONNECT, Fault.EXPIRED)


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    site = install_acme(tmp_path_factory.mktemp("acme"))
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), str(ROOT)]), "ACME_SECRET": "simulated"}


@pytest.fixture
def project(tmp_path: Path) -> Iterator[tuple[Path, AcmeSimulator]]:
    """A configured project, and the simulator it is pointed at."""
    simulator = AcmeSimulator(size=600, faults=FaultPlan(share=0.05, kinds=QUICK_FAULTS))
    with serve(simulator) as url:
        connectors = tmp_path / "config" / "connectors"
        connectors.mkdir(parents=True)
        (tmp_path / "config" / "hub.yaml").write_text("store: sqlite:///hub.db\n")
        (connectors / "erp.yaml").write_text(
            f"kind: acme\nbase_url: {url}\nclient_secret: ${{env:ACME_SECRET}}\npage_size: 20\n"
        )
        yield tmp_path, simulator


def hub(environment: dict[str, str], folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hub.cli", *arguments]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def held(folder: Path) -> dict[str, Any]:
    """Live ids by entity, and the orders' sums by currency [whole millionths]."""
    with sqlite3.connect(folder / "hub.db") as database:
        ids = {
            table: {key for (key,) in database.execute(f"SELECT source_id FROM {table} WHERE deleted_at IS NULL")}
            for table in ("customers", "orders")
        }
        live = "SELECT currency, sum(total) FROM orders WHERE deleted_at IS NULL GROUP BY currency"
        return {**ids, "sums": dict(database.execute(live))}


def expected(simulator: AcmeSimulator) -> dict[str, Any]:
    truth = simulator.truth()
    sums = {code: int(Decimal(total) * 1_000_000) for code, total in truth["orders"]["sums"].items()}
    return {**{name: set(truth[name]["ids"]) for name in ("customers", "orders")}, "sums": sums}


def test_the_plugin_is_found(environment: dict[str, str], tmp_path: Path) -> None:
    done = hub(environment, tmp_path, "plugins", "--json")
    assert done.returncode == 0, done.stderr
    assert {"kind": "acme", "from": "b2b-hub-acme 1.0.0"} in json.loads(done.stdout)["kinds"]


def test_it_syncs_to_the_cent_through_faults(environment: dict[str, str], project: tuple[Path, AcmeSimulator]) -> None:
    folder, simulator = project
    first = hub(environment, folder, "sync")
    assert first.returncode == 0, first.stderr
    assert held(folder) == expected(simulator)

    simulator.mutate({"touch": {"orders": 7}, "add": {"customers": 2}, "delete": {"orders": 3, "customers": 1}})
    second = hub(environment, folder, "sync")
    assert second.returncode == 0, second.stderr
    assert held(folder) == expected(simulator)
    assert "simulated" not in first.stdout + first.stderr + second.stdout + second.stderr, "the secret is not printed"


def test_hub_simulate_serves_it(environment: dict[str, str], tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "hub.cli", "simulate", "acme", "--port", str(port), "--size", "7"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL) as process:
        try:
            truth = _patiently(f"http://127.0.0.1:{port}/_sim/truth")
            assert truth["orders"]["count"] == 7
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(20)


def test_a_kind_without_a_simulator_is_told(environment: dict[str, str], tmp_path: Path) -> None:
    done = hub(environment, tmp_path, "simulate", "csv")
    assert done.returncode == 2
    assert "csv has no simulator" in done.stderr


def _patiently(url: str) -> Any:
    for _ in range(400):
        try:
            return httpx.get(url, trust_env=False).json()
        except httpx.ConnectError:
            time.sleep(0.05)
    raise AssertionError("the simulator did not start")
