"""`hub odata pbids`, `hub db views` and `hub db copy` on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hub import cli


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "hub.yaml").write_text("console: {public_url: https://hub.example.com}\n")
    return str(tmp_path / "config")


def hub(config: str, *words: str) -> int:
    return cli.run(["--config", config, *words])


def test_a_pbids_file_names_the_feed_and_nothing_else(config: str, tmp_path: Path) -> None:
    assert hub(config, "odata", "pbids", "-o", "deep/hub.pbids") == 0
    written = json.loads((tmp_path / "deep" / "hub.pbids").read_text())
    details = {"protocol": "odata", "address": {"url": "https://hub.example.com/odata/"}}
    assert written == {"version": "0.1", "connections": [{"details": details, "options": {}}]}


@pytest.mark.parametrize("url", ["hub.example.com", "ftp://x/odata", "https://a:b@x/odata", "https://x/odata?k=1"])
def test_an_address_that_is_none_is_refused(config: str, url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert hub(config, "odata", "pbids", "--url", url) == 2
    assert "no address of a feed" in capsys.readouterr().err


def test_views_are_made_or_printed(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert hub(config, "db", "upgrade") == 0
    assert hub(config, "db", "views", "--print") == 0
    assert "CREATE VIEW bi_orders" in capsys.readouterr().out
    assert hub(config, "db", "views") == 0
    assert "made 29 views" in capsys.readouterr().out
    assert hub(config, "db", "views", "--role", "reader") == 2


def test_a_copy_is_told_and_its_mistakes_explained(
    config: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = "sqlite:///hub.db", "sqlite:///copy.db"
    assert hub(config, "db", "copy", source, target) == 7
    assert "there is no database" in capsys.readouterr().err
    assert hub(config, "db", "upgrade") == 0
    capsys.readouterr()
    assert hub(config, "db", "copy", source, target, "--json") == 0
    assert {"name": "orders", "rows": 0, "checksum": "0" * 16} in json.loads(capsys.readouterr().out)["tables"]
    for wrong in ("mysql://x/y", "postgresql://u:${env:HUB_NOT_SET}@h/d"):
        assert hub(config, "db", "copy", source, wrong) == 2
    assert (tmp_path / "copy.db").exists()
