"""S/4HANA as an admin meets it: `hub check`, `preview`, `sync`, `sync --verify` and `status` over a real socket."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.project import Project

from connectors.sap.simulator import SapSimulator
from hub.sdk.simulator import serve


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("SAP_PASSWORD", "simulated")
    project = Project(tmp_path, capsys)
    (tmp_path / "config" / "connectors" / "erp.yaml").unlink()
    return project


def configure(project: Project, url: str, more: str = "") -> None:
    login = "user: hub\npassword: ${env:SAP_PASSWORD}\nclient: '100'\n"
    project.settings("connectors/s4.yaml", f"kind: sap\nbase_url: {url}\n{login}{more}")


@pytest.mark.parametrize("more", ["", "odata4: [orders, products, purchase_orders]\n"])
def test_the_whole_way(project: Project, more: str) -> None:
    simulator = SapSimulator(size=40)
    with serve(simulator) as url:
        configure(project, url, more)
        check = project.hub("check")
        assert check.code == 0, check.out
        assert "stream orders: may be read by" in check.out
        assert project.hub("preview", "s4", "stock").code == 0
        first = project.hub("sync", "--json")
        assert first.code == 0, first.err
        assert {stream["status"] for stream in first.json["streams"]} == {"ok"}
        second = project.hub("sync", "--json")
        assert all(stream["updated"] == stream["deleted"] == 0 for stream in second.json["streams"])
        simulator.mutate({"delete": {"partners": 3, "orders": 2}})
        third = project.hub("sync", "s4", "--stream", "partners", "--json")
        assert third.json["streams"][0]["deleted"] >= 6, "customers and their addresses"
        verified = project.hub("sync", "s4", "--stream", "orders", "--verify", "--json")
        assert verified.code == 0, verified.err
        assert verified.json["streams"][0]["deleted"] > 2, "orders that were deleted for good, and their lines"
        assert project.hub("status").code == 0


def test_a_wrong_password_is_one_sentence_with_a_remedy(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(SapSimulator(size=3)) as url:
        configure(project, url)
        monkeypatch.setenv("SAP_PASSWORD", "wrong-secret")
        result = project.hub("sync", "s4", "--stream", "orders")
    assert result.code == 4
    assert "refused the credentials" in result.err
    assert "wrong-secret" not in result.err + result.out


def test_the_example_runs_against_the_simulator(project: Project) -> None:
    example = Path(__file__).parents[2] / "config" / "examples" / "sap" / "connectors" / "erp.yaml"
    with serve(SapSimulator(size=12)) as url:
        text = example.read_text(encoding="utf-8").replace("http://127.0.0.1:8765", url)
        project.settings("connectors/s4.yaml", text)
        assert project.hub("check").code == 0
        assert project.hub("sync").code == 0
