"""Systems that cannot even be opened: their streams have a failed run in the history, and no other run is touched."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from support import shut_kind
from support.project import C1, Project

from hub import plugins
from hub.store import open_store

SHUT = "kind: shut\n"


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setitem(plugins.BUILT_IN, "shut", "support.shut_kind")
    monkeypatch.setattr(shut_kind.ShutConnector, "closed", 0)
    project = Project(tmp_path, capsys)
    project.customers(C1)
    project.settings("connectors/erp.yaml", "kind: csv\nfolder: data\nstreams: [customers]\n")
    project.settings("connectors/shut.yaml", SHUT)
    return project


def runs(project: Project, *arguments: str) -> list[tuple[str, str, str]]:
    found: list[dict[str, Any]] = project.hub("runs", "--json", *arguments).json["runs"]
    return [(f"{run['source']}/{run['stream']}", run["status"], run["kind"]) for run in found]


def test_each_stream_has_a_failed_run_with_the_reason(project: Project) -> None:
    assert project.hub("sync").code == 5
    assert sorted(runs(project)) == [
        ("erp/customers", "ok", "sync"), ("shut/customers", "failed", "sync"), ("shut/orders", "failed", "sync"),
    ]  # fmt: skip
    failed = [run for run in project.hub("runs", "--json").json["runs"] if run["source"] == "shut"]
    assert all("the door is shut" in run["error"] and run["ended_at"] for run in failed)
    assert len({run["sync_id"] for run in project.hub("runs", "--json").json["runs"]}) == 1
    assert "shut/orders, run" in project.hub("status").out
    assert shut_kind.ShutConnector.closed > 0


def test_only_the_streams_asked_for_failed(project: Project) -> None:
    project.hub("sync", "shut", "--stream", "orders", "--full")
    assert runs(project) == [("shut/orders", "failed", "full")]
    project.settings("connectors/shut.yaml", SHUT + "streams: {customers: {}, orders: {enabled: false}}\n")
    project.hub("sync", "shut")
    assert runs(project)[0] == ("shut/customers", "failed", "sync")
    assert len(runs(project)) == 2


def test_a_dry_run_leaves_none(project: Project) -> None:
    assert project.hub("sync", "--dry-run").code == 5
    assert runs(project) == []


def test_a_stream_that_another_process_syncs_is_left_alone(project: Project) -> None:
    project.hub("sync", "erp")
    with open_store(f"sqlite:///{project.folder / 'hub.db'}") as store:
        store.acquire("shut", "orders", "erp-server:4711:1:other", timedelta(minutes=1))
    project.hub("sync", "shut")
    assert ("shut/orders", "failed", "sync") not in runs(project)
    assert ("shut/customers", "failed", "sync") in runs(project)


def test_a_plugin_that_does_not_load_fails_the_streams_read_before(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.hub("sync", "shut")
    monkeypatch.setitem(plugins.BUILT_IN, "shut", "support.no_such_module")
    assert project.hub("sync").code == 3
    assert [run for run in runs(project) if run[0].startswith("shut")].count(("shut/orders", "failed", "sync")) == 2
