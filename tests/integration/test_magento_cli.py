"""Magento as an admin meets it: `hub check`, `preview`, `sync`, `sync --verify` and `status` over a real socket."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.project import Project

from connectors.magento.simulator import MagentoSimulator
from hub.sdk.simulator import serve

PARTS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("MAGENTO", "simulated")
    project = Project(tmp_path, capsys)
    (tmp_path / "config" / "connectors" / "erp.yaml").unlink()
    return project


def configure(project: Project, url: str, more: str = "") -> None:
    login = "".join(f"{part}: ${{env:MAGENTO}}\n" for part in PARTS)
    project.settings("connectors/shop.yaml", f"kind: magento\nbase_url: {url}\n{login}{more}")


def test_the_whole_way(project: Project) -> None:
    simulator = MagentoSimulator(size=60)
    with serve(simulator) as url:
        configure(project, url)
        check = project.hub("check")
        assert check.code == 0
        assert "stream orders: may be read: 60 rows" in check.out
        assert project.hub("preview", "shop", "orders").code == 0
        first = project.hub("sync", "--json")
        assert first.code == 0, first.err
        assert {stream["status"] for stream in first.json["streams"]} == {"ok"}
        second = project.hub("sync", "--json")
        assert all(stream["updated"] == stream["deleted"] == 0 for stream in second.json["streams"])
        simulator.mutate({"delete": {"customers": 3}})
        third = project.hub("sync", "shop", "--stream", "customers", "--json")
        assert third.json["streams"][0]["deleted"] >= 6, "customers, their contacts and addresses"
        verified = project.hub("sync", "shop", "--stream", "customers", "--verify", "--json")
        assert verified.code == 0, verified.err
        assert verified.json["streams"][0]["deleted"] == 0, "the fast path had found them all"
        assert project.hub("status").code == 0


def test_a_wrong_secret_is_one_sentence_with_a_remedy(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    with serve(MagentoSimulator(size=3)) as url:
        configure(project, url)
        monkeypatch.setenv("MAGENTO", "wrong-secret")
        result = project.hub("sync", "shop", "--stream", "orders")
    assert result.code == 4
    assert "consumer_key_rejected" in result.err
    assert "wrong-secret" not in result.err + result.out
