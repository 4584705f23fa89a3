"""Business Central as an admin meets it: `hub check`, `preview`, `sync`, `sync --verify` and `status` over a socket."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.project import Project

from connectors.business_central.simulator import BusinessCentralSimulator
from hub.sdk.simulator import serve


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("BC", "simulated")
    project = Project(tmp_path, capsys)
    (tmp_path / "config" / "connectors" / "erp.yaml").unlink()
    return project


def configure(project: Project, url: str, more: str = "") -> None:
    settings = (
        f"kind: business_central\nbase_url: {url}\nlogin_url: {url}\ntenant_id: contoso.example\nclient_id: hub\n"
        f"client_secret: ${{env:BC}}\ncompany: CRONUS International Ltd.\n{more}"
    )
    project.settings("connectors/bc.yaml", settings)


def test_the_whole_way(project: Project) -> None:
    simulator = BusinessCentralSimulator(size=60)
    with serve(simulator) as url:
        configure(project, url)
        check = project.hub("check")
        assert check.code == 0
        assert "stream orders: salesOrders may be read" in check.out
        assert project.hub("preview", "bc", "orders").code == 0
        first = project.hub("sync", "--json")
        assert first.code == 0, first.err
        assert {stream["status"] for stream in first.json["streams"]} == {"ok"}
        second = project.hub("sync", "--json")
        assert all(stream["updated"] == stream["deleted"] == 0 for stream in second.json["streams"])
        simulator.mutate({"delete": {"customers": 3}, "post": {"orders": 2}})
        third = project.hub("sync", "bc", "--stream", "orders", "--json")
        assert third.json["streams"][0]["updated"] >= 2, "posted orders are completed, and not deleted"
        verified = project.hub("sync", "bc", "--stream", "customers", "--verify", "--json")
        assert verified.code == 0, verified.err
        assert verified.json["streams"][0]["deleted"] == 3, "what no change tells of"
        assert project.hub("status").code == 0


def test_a_wrong_secret_is_one_sentence_with_a_remedy(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(BusinessCentralSimulator(size=3)) as url:
        configure(project, url)
        monkeypatch.setenv("BC", "wrong-secret")
        result = project.hub("sync", "bc", "--stream", "orders")
    assert result.code == 4
    assert "AADSTS7000215" in result.err
    assert "wrong-secret" not in result.err + result.out
