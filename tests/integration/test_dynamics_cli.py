"""Dynamics as an admin meets it: the CLI against the simulator over real loopback HTTP, and the shipped examples."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.project import Project

from connectors.dynamics.simulator import DynamicsSimulator
from hub.plugins import Registry
from hub.sdk.simulator import Fault, FaultPlan, serve
from hub.settings import load

EXAMPLE = Path(__file__).parents[2] / "config" / "examples" / "dynamics"
SECRET = "a-secret-of-the-app"
QUICK = (Fault.ERROR, Fault.UNAVAILABLE, Fault.DISCONNECT, Fault.TRUNCATED, Fault.HTML, Fault.EXPIRED)
"""All but those that make one wait."""


@pytest.fixture
def simulator() -> DynamicsSimulator:
    return DynamicsSimulator(size=60, page_rows=25, secret=SECRET, faults=FaultPlan(share=0.05, seed=3, kinds=QUICK))


@pytest.fixture
def project(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    simulator: DynamicsSimulator,
) -> Iterator[Project]:
    monkeypatch.setenv("CRM_SECRET", SECRET)
    project = Project(tmp_path, capsys)
    (tmp_path / "config" / "connectors" / "erp.yaml").unlink()
    with serve(simulator) as url:
        project.settings(
            "connectors/crm.yaml",
            f"kind: dynamics\nbase_url: {url}\nlogin_url: {url}\ntenant_id: contoso\nclient_id: hub\n"
            "client_secret: ${env:CRM_SECRET}\ntimeout_seconds: 2\n",
        )
        yield project


def test_check_preview_sync_verify_and_status(project: Project, simulator: DynamicsSimulator) -> None:
    checked = project.hub("check", "--json")
    assert checked.code == 0, checked.err
    preview = project.hub("preview", "crm", "orders", "-n", "2")
    assert preview.code == 0 and "ordernumber" in preview.out
    first = project.hub("sync", "--json")
    assert first.code == 0, first.err
    truth = simulator.truth()
    streams = {each["stream"]: each for each in first.json["streams"]}
    assert streams["order_lines"]["held"] == truth["order_lines"]["count"]
    assert streams["orders"]["held"] == streams["orders"]["source_total"] == truth["orders"]["count"]

    simulator.mutate({"delete": {"orders": 2}, "touch": {"contacts": 3}})
    again = project.hub("sync", "--json")
    assert again.code == 0, again.err
    streams = {each["stream"]: each for each in again.json["streams"]}
    assert streams["orders"]["held"] == simulator.truth()["orders"]["count"]
    verified = project.hub("sync", "crm", "--verify", "--json")
    assert [each["missed"] for each in verified.json["streams"]] == [0] * len(verified.json["streams"]), verified.err
    status = project.hub("status", "--json")
    assert status.code == 0
    assert SECRET not in "".join(each.out + each.err for each in (checked, preview, first, again, verified, status))


def test_the_examples_are_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYNAMICS_SECRET", "hush")
    shutil.copytree(EXAMPLE, tmp_path / "config")
    settings = load(tmp_path / "config", Registry())
    assert [instance.name for instance in settings.select()] == ["crm"]
