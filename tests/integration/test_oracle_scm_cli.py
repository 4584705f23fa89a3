"""Oracle Fusion SCM as an admin meets it: `hub check`, `preview`, `sync`, `sync --verify`, `status` over a socket."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from support.project import Project

from connectors.oracle_scm.simulation.pod import OracleScmSimulator
from hub.sdk.simulator import serve

EXAMPLE = Path(__file__).parents[2] / "config" / "examples" / "oracle_scm"


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("ORACLE_PASSWORD", "simulated")
    project = Project(tmp_path, capsys)
    shutil.rmtree(tmp_path / "config")
    shutil.copytree(EXAMPLE, tmp_path / "config")
    return project


def at(project: Project, url: str) -> None:
    """The shipped example, with this address."""
    file = project.folder / "config" / "connectors" / "scm.yaml"
    file.write_text(file.read_text().replace("http://127.0.0.1:8765", url))


def test_the_whole_way(project: Project) -> None:
    simulator = OracleScmSimulator(size=40)
    with serve(simulator) as url:
        at(project, url)
        check = project.hub("check")
        assert check.code == 0, check.out
        assert "salesOrdersForOrderHub may be read" in check.out
        assert project.hub("preview", "scm", "orders").code == 0
        first = project.hub("sync", "--json")
        assert first.code == 0, first.err
        assert {stream["status"] for stream in first.json["streams"]} == {"ok"}
        second = project.hub("sync", "--json")
        assert all(stream["updated"] == stream["deleted"] == 0 for stream in second.json["streams"])
        simulator.tables["suppliers"].rows.pop(2)
        simulator.mutate({"touch": {"orders": 5}, "delete": {"stock": 2}})
        third = project.hub("sync", "scm", "--stream", "stock", "--json")
        assert third.json["streams"][0]["deleted"] == 2
        verified = project.hub("sync", "scm", "--stream", "suppliers", "--verify", "--json")
        assert verified.code == 0, verified.err
        assert verified.json["streams"][0]["deleted"] == 1, "nothing else tells that it is gone"
        assert project.hub("status").code == 0


def test_a_wrong_password_is_one_sentence_with_a_remedy(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(OracleScmSimulator(size=3)) as url:
        at(project, url)
        monkeypatch.setenv("ORACLE_PASSWORD", "wrong-secret")
        result = project.hub("sync", "scm", "--stream", "orders")
    assert result.code == 4
    assert "it expires" in result.err
    assert "wrong-secret" not in result.err + result.out
