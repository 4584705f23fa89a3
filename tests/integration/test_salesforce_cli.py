"""Salesforce as an admin meets it: the CLI against the simulator over real loopback HTTP, and the shipped examples."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.project import Project

from connectors.salesforce.simulator import SalesforceSimulator
from hub.plugins import Registry
from hub.sdk.simulator import serve
from hub.settings import load

EXAMPLE = Path(__file__).parents[2] / "config" / "examples" / "salesforce"
SECRET = "a-secret-of-the-org"


@pytest.fixture
def simulator() -> SalesforceSimulator:
    return SalesforceSimulator(size=60, page_rows=25, secret=SECRET)


@pytest.fixture
def project(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    simulator: SalesforceSimulator,
) -> Iterator[Project]:
    monkeypatch.setenv("SF_SECRET", SECRET)
    project = Project(tmp_path, capsys)
    (tmp_path / "config" / "connectors" / "erp.yaml").unlink()
    with serve(simulator) as url:
        project.settings(
            "connectors/crm.yaml",
            f"kind: salesforce\nbase_url: {url}\nclient_id: hub\n"
            "client_secret: ${env:SF_SECRET}\nbulk_above_rows: 100\n",
        )
        yield project


def test_check_preview_sync_verify_and_status(project: Project, simulator: SalesforceSimulator) -> None:
    said = []
    checked = project.hub("check", "--json")
    assert checked.code == 0, checked.err
    preview = project.hub("preview", "crm", "orders", "-n", "2")
    assert preview.code == 0 and "OrderNumber" in preview.out
    first = project.hub("sync", "--json")
    assert first.code == 0, first.err
    truth = simulator.truth()
    streams = {each["stream"]: each for each in first.json["streams"]}
    assert streams["order_items"]["held"] == streams["order_items"]["source_total"] == truth["order_lines"]["count"]
    assert streams["orders"]["held"] == truth["orders"]["count"]
    assert any(path.endswith("/jobs/query") for path in simulator.log.by_path)

    again = project.hub("sync", "--json")
    assert sum(each["inserted"] + each["updated"] for each in again.json["streams"]) == 0
    simulator.tables["contacts"].rows[3]["Title"] = "Changed behind the cursor"
    verified = project.hub("sync", "crm", "--stream", "contacts", "--verify", "--json")
    assert verified.json["streams"][0]["missed"] == 1, verified.err
    status = project.hub("status", "--json")
    said += [each.out + each.err for each in (checked, preview, first, again, verified, status)]
    assert SECRET not in "".join(said)


def test_a_backfill_tells_its_calls_and_goes_beside_the_stream(project: Project) -> None:
    assert project.hub("sync", "--stream", "contacts").code in (0, 1)
    result = project.hub("backfill", "crm", "contacts", "--from", "2000-01-01", "--yes")
    assert result.code == 0, result.err
    assert "That takes about" in result.err
    assert "kept back" in result.err
    assert "backfill 1: done" in result.out
    assert [run["kind"] for run in project.hub("runs", "--json").json["runs"]] == ["backfill", "sync"]
    assert [each["status"] for each in project.hub("backfills", "--json").json["backfills"]] == ["done"]


def test_a_wrong_secret_is_exit_4_and_tried_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SF_SECRET", "wrong")
    result = project.hub("sync", "--stream", "accounts")
    assert result.code == 4
    assert "refused the login" in result.err


def test_the_examples_are_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESFORCE_CLIENT_ID", "key")
    monkeypatch.setenv("SALESFORCE_SECRET", "hush")
    shutil.copytree(EXAMPLE, tmp_path / "config")
    settings = load(tmp_path / "config", Registry())
    assert [instance.name for instance in settings.select()] == ["crm"]
