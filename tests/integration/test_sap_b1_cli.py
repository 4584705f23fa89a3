"""SAP Business One as an admin meets it: `hub check`, `preview`, `sync`, `--verify` and `status` over a real socket."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.project import Project

from connectors.sap_b1.simulator import SapB1Simulator
from hub.sdk.simulator import serve


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("B1_PASSWORD", "simulated")
    project = Project(tmp_path, capsys)
    (tmp_path / "config" / "connectors" / "erp.yaml").unlink()
    return project


def configure(project: Project, url: str, more: str = "") -> None:
    login = "company: SBODEMO\nuser: hub\npassword: ${env:B1_PASSWORD}\ntime_zone: Europe/Berlin\n"
    project.settings("connectors/b1.yaml", f"kind: sap_b1\nbase_url: {url}\n{login}{more}")


def test_the_whole_way(project: Project) -> None:
    simulator = SapB1Simulator(size=40)
    with serve(simulator) as url:
        configure(project, url)
        check = project.hub("check")
        assert check.code == 0
        assert "stream orders: may be read: 40 rows" in check.out
        assert project.hub("preview", "b1", "orders").code == 0
        first = project.hub("sync", "--json")
        assert first.code == 0, first.err
        streams = {stream["stream"]: stream for stream in first.json["streams"]}
        assert len(streams) == 9
        for name, stream in streams.items():
            assert stream["held"] == stream["source_total"], name
        second = project.hub("sync", "--json")
        assert all(stream["updated"] == stream["deleted"] == 0 for stream in second.json["streams"])
        simulator.mutate({"delete": {"partners": 5}})
        verified = project.hub("sync", "b1", "--verify", "--json")
        assert verified.code == 0, verified.err
        assert sum(stream["missed"] for stream in verified.json["streams"]) >= 20, "partners, contacts and addresses"
        assert project.hub("status").code == 0
    assert simulator.logins == simulator.logouts


def test_a_wrong_password_is_one_sentence_with_a_remedy(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(SapB1Simulator(size=3)) as url:
        configure(project, url)
        monkeypatch.setenv("B1_PASSWORD", "wrong-secret")
        result = project.hub("sync", "b1", "--stream", "orders")
    assert result.code == 4
    assert "Login failed" in result.err
    assert "wrong-secret" not in result.err + result.out
