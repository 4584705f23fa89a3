"""`hub publish` to an SFTP server: readers see a complete set or the one before, whatever happens in between."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.writing import Sync

from hub.session import Session
from metrics.publish import run

pytest.importorskip("paramiko")
pytest.importorskip("fsspec")
sftp_server = pytest.importorskip("support.sftp_server")
ROOT = Path(__file__).parents[2]


class Published:
    """A hub, and a server that its tables are published to."""

    def __init__(self, folder: Path, server: Any) -> None:
        self.server, self.there = server, server.folder
        (folder / "config" / "publishers").mkdir(parents=True)
        (folder / "config" / "hub.yaml").write_text("store: sqlite:///hub.db\n")
        self.settings = folder / "config" / "publishers" / "lake.yaml"
        self.settings.with_suffix(".secret").write_text("sftp-secret")
        self.configure()
        self.session = Session(folder / "config")
        self.sync("1")

    def configure(self, more: str = "", key: str = "") -> None:
        self.settings.write_text(
            f"kind: folder\ntarget: sftp://hub@127.0.0.1:{self.server.port}/lake\ntables: [orders, customers]\n"
            f"login: {{password: '${{file:{self.settings.with_suffix('.secret')}}}'}}\n"
            f"options: {{host_key: '{key or self.server.fingerprint}'}}\n{more}"
        )

    def sync(self, *names: str) -> None:
        with self.session.open_store() as store:
            sync = Sync(store)
            sync.merge("orders", source_id=names)
            sync.merge("customers", source_id=names)
            sync.end()

    def publish(self) -> run.Report:
        (report,) = run.publish(self.session)
        return report

    @property
    def manifest(self) -> dict[str, Any]:
        return json.loads((self.there / "lake" / "manifest.json").read_text())  # type: ignore[no-any-return]

    def require_complete(self) -> None:
        """Every file that readers are told of is there, whole."""
        for table in self.manifest["tables"].values():
            for file in table["files"]:
                assert (self.there / "lake" / file["path"]).stat().st_size == file["bytes"]

    def require_tidy(self) -> None:
        """Nothing lies about that nobody is told of."""
        sets = {path.name for path in (self.there / "lake").iterdir() if path.is_dir()}
        assert sets == set(self.manifest["sets"])
        assert not list(self.there.rglob("*.part"))


@pytest.fixture
def published(tmp_path: Path) -> Iterator[Published]:
    (tmp_path / "there").mkdir()
    with sftp_server.serving(tmp_path / "there") as server:
        yield Published(tmp_path, server)


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_the_manifest_comes_last(published: Published, form: str) -> None:
    published.configure(f"format: {form}\nkeep: 1\n")
    assert published.publish().error is None
    published.sync("2")
    assert published.publish().error is None
    published.require_complete()
    published.require_tidy()
    assert published.manifest["tables"]["orders"]["rows"] == 2
    named = [path for what, path in published.server.done if what == "rename"]
    assert [Path(path).name for path in named] == [f"orders.{form}", f"customers.{form}", "manifest.json"] * 2


@pytest.mark.parametrize("breaks_at", [1, 3])
def test_a_connection_that_breaks_leaves_readers_what_they_had(published: Published, breaks_at: int) -> None:
    published.publish()
    before = published.manifest
    published.sync("2")
    published.server.breaks_at = breaks_at + sum(what == "write" for what, _ in published.server.done)
    assert "cannot be written" in str(published.publish().error)
    assert published.manifest == before
    published.require_complete()
    assert published.publish().error is None
    published.require_complete()
    published.require_tidy()


def test_a_kill_in_the_middle_leaves_readers_what_they_had(published: Published) -> None:
    published.publish()
    before = published.manifest
    published.sync("2")
    seen = len(published.server.done)
    child = subprocess.Popen(
        [sys.executable, "-m", "hub", "--config", str(published.session.config_dir), "publish"],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    while not any(what == "write" for what, _ in published.server.done[seen:]):
        assert child.poll() is None
        time.sleep(0.001)
    child.send_signal(signal.SIGKILL)
    child.wait()
    assert published.manifest == before
    published.require_complete()
    assert published.publish().error is None, "who is dead holds nothing"
    published.require_complete()
    published.require_tidy()


def test_a_server_with_another_key_is_sent_nothing(published: Published) -> None:
    published.configure(key="SHA256:somebody+else")
    error = str(published.publish().error)
    assert "is not the one that `host_key` names" in error
    assert published.server.fingerprint in error
    assert published.server.asked == []


def test_a_wrong_password_is_no_secret_told(published: Published) -> None:
    published.settings.with_suffix(".secret").write_text("not-it")
    error = str(published.publish().error)
    assert "refuses our login" in error
    assert "not-it" not in error


def test_delta_tables_need_an_object_store(published: Published) -> None:
    published.configure("format: delta\n")
    assert "Delta tables cannot be written by sftp" in str(published.publish().error)
