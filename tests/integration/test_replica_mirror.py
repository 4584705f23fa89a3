"""A copy of the replica for others to read: whole at every moment, and no file is copied twice."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import fsspec
import pytest
from support.clean_store import prepared_url
from support.writing import Sync

from hub.errors import ConfigError, PluginError
from hub.store import open_store
from hub.store.base import Store
from metrics.replica.manifest import MANIFEST
from metrics.replica.mirror import mirrored
from metrics.replica.refresh import refresh

MEMORY = "memory://bucket/hub"


@pytest.fixture
def memory() -> Any:
    files = fsspec.filesystem("memory")
    files.store.clear()
    yield files
    files.store.clear()


def names(files: Any) -> set[str]:
    return {entry.rpartition("/")[2] for entry in files.find("/bucket/hub")}


def changed(store: Store, sync: Sync, folder: Path, number: int) -> Any:
    sync.merge("orders", source_id=[str(number)], total=[number * 1_000_000])
    return refresh(store, folder)


def test_others_find_a_whole_state_in_the_object_store(tmp_path: Path, memory: Any) -> None:
    folder = tmp_path / "replica"
    with open_store(prepared_url("sqlite", tmp_path)) as store:
        sync = Sync(store)
        sync.merge("orders", source_id=[f"a{number}" for number in range(50)], total=[1_000_000] * 50)
        first = refresh(store, folder)
        mirrored(folder, first, MEMORY)
        assert names(memory) == first.files
        second = changed(store, sync, folder, 1)
        before = {name: memory.modified(f"/bucket/hub/{name}") for name in first.files}
        mirrored(folder, second, MEMORY)
        assert first.files | second.files == names(memory), "those who read the state before are not disturbed"
        same = (first.files & second.files) - {MANIFEST}
        assert same and all(memory.modified(f"/bucket/hub/{name}") == before[name] for name in same)
        third = changed(store, sync, folder, 2)
        mirrored(folder, third, MEMORY)
        assert names(memory) == second.files | third.files
    orders = json.loads(memory.cat_file(f"/bucket/hub/{MANIFEST}"))["parts"]["orders"]
    db = duckdb.connect()
    db.register_filesystem(memory)
    files = [f"{MEMORY}/{file['name']}" for file in orders["files"]]
    assert db.execute("SELECT count(*), sum(total) FROM read_parquet(?)", [files]).fetchall() == [(50, 50)]


def test_a_copy_that_broke_off_is_mended(tmp_path: Path, memory: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "replica"
    with open_store(prepared_url("sqlite", tmp_path)) as store:
        sync = Sync(store)
        manifest = changed(store, sync, folder, 1)
        monkeypatch.setattr(type(memory), "pipe_file", _fails)
        with pytest.raises(ConfigError, match="cannot be written"):
            mirrored(folder, manifest, MEMORY)
        assert MANIFEST not in names(memory), "there is no state yet"
        monkeypatch.undo()
        part = next(name for name in manifest.files if name != MANIFEST)
        memory.pipe_file(f"/bucket/hub/{part}", b"half")
        mirrored(folder, manifest, MEMORY)
    assert memory.cat_file(f"/bucket/hub/{part}") == (folder / part).read_bytes()


def _fails(*_: Any, **__: Any) -> None:
    raise OSError("the network is away")


def test_a_folder_and_addresses_that_cannot_be(tmp_path: Path) -> None:
    folder = tmp_path / "replica"
    with open_store(prepared_url("sqlite", tmp_path)) as store:
        manifest = changed(store, Sync(store), folder, 1)
        mirrored(folder, manifest, str(tmp_path / "shared" / "hub"))
        assert {path.name for path in (tmp_path / "shared" / "hub").iterdir()} == manifest.files
        with pytest.raises(PluginError, match="needs the library"):
            mirrored(folder, manifest, "gs://bucket/hub")
        (tmp_path / "file").write_text("")
        with pytest.raises(ConfigError, match="cannot be"):
            mirrored(folder, manifest, str(tmp_path / "file" / "below"))
