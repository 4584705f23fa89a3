"""What only the file on disk can suffer: locks, a full disk, damage, and who may read it."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.writing import Sync, batch, held

from hub.errors import StoreBusy, StoreError
from hub.store.base import Counts
from hub.store.sqlite import SqliteStore


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "hub ä%20?#.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    with SqliteStore(f"sqlite:///{path}", busy_seconds=0.1) as store:
        store.prepare()
        yield store


def test_only_the_owner_can_read_the_file(store: SqliteStore, path: Path) -> None:
    Sync(store).merge("customers", source_id=["a"])

    assert {file.stat().st_mode & 0o777 for file in path.parent.iterdir()} == {0o600}


def test_opening_makes_no_file(tmp_path: Path) -> None:
    no_database = pytest.raises(StoreError, match=r"there is no database .*none\.db\. Run `hub db upgrade`")
    with SqliteStore(f"sqlite:///{tmp_path / 'none.db'}") as store, no_database:
        store.require_current()

    assert list(tmp_path.iterdir()) == []


def test_a_locked_database_is_told_as_busy_and_nothing_is_lost(store: SqliteStore, path: Path) -> None:
    sync = Sync(store)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreBusy, match=r"locked by another process\. Wait"):
        sync.merge("customers", source_id=["a"])
    assert store.held("shop") == {}  # reading goes on

    other.execute("ROLLBACK")
    other.close()
    assert sync.merge("customers", source_id=["a"]) == Counts(read=1, inserted=1)


def test_a_full_disk_undoes_the_page_and_says_what_to_do(store: SqliteStore) -> None:
    sync = Sync(store)
    sync.merge("customers", source_id=["a"], name=["Ann"])
    pages = store.db.row("PRAGMA page_count")
    assert pages is not None
    store.db.run(f"PRAGMA max_page_count = {pages[0] + 5}")
    ids = [str(number) for number in range(5000)]

    with pytest.raises(StoreError, match=r"the disk is full\. Free some space"):
        sync.merge("customers", source_id=[*ids, "a"], name=["x" * 50] * 5000 + ["changed"])

    assert held(store, "customers", "source_id", "name") == [("a", "Ann")]
    store.db.run("PRAGMA max_page_count = 1000000")
    assert sync.merge("customers", source_id=ids) == Counts(read=5000, inserted=5000)
    assert store.held("shop") == {"customers": 5001}


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small file system needs root")
def test_a_disk_that_really_is_full(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("this system does not let us mount a small file system")
    try:
        with SqliteStore(f"sqlite:///{disk / 'hub.db'}") as store:
            store.prepare()
            sync = Sync(store)
            sync.merge("customers", source_id=["a"])
            names = ["x" * 400] * 10_000
            with pytest.raises(StoreError, match=r"the disk (is full|gave an error)"):
                sync.merge("customers", source_id=[str(number) for number in range(10_000)], name=names)
            assert held(store, "customers", "source_id") == [("a",)]
            assert sync.merge("customers", source_id=["b"]) == Counts(read=1, inserted=1)
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "hub.db"
    path.write_bytes(b"customers,orders\n" * 1000)

    with SqliteStore(f"sqlite:///{path}") as store, pytest.raises(StoreError, match="it is not a SQLite database"):
        store.prepare()

    assert path.read_bytes().startswith(b"customers")


def test_a_damaged_file_is_told_and_not_backed_up(store: SqliteStore, path: Path, tmp_path: Path) -> None:
    Sync(store).merge("customers", source_id=[str(number) for number in range(5000)], name=["x" * 50] * 5000)
    store.db.run("PRAGMA wal_checkpoint(TRUNCATE)")
    store.close()
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xff" * 40_000)

    with pytest.raises(StoreError, match="damaged"):
        store.backup(tmp_path / "copy.db")

    assert not (tmp_path / "copy.db").exists()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    url = f"sqlite:///{tmp_path / 'file' / 'hub.db'}"
    with SqliteStore(url) as store, pytest.raises(StoreError, match="cannot be made"):
        store.prepare()


def test_a_record_that_the_table_refuses_names_the_column(store: SqliteStore) -> None:
    page = batch("order_lines", source_id=["1"])
    page.columns["order_source_id"] = [None]

    with pytest.raises(StoreError, match=r"order_lines\.order_source_id"), Sync(store).page() as writer:
        writer.merge(page)


def test_old_libraries_with_few_variables_work_too(store: SqliteStore) -> None:
    store.db.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 999)
    ids = [str(number) for number in range(2000)]
    columns = {"name": ids, "city": ids, "phone": ids, "email": ids}
    sync = Sync(store)

    assert sync.merge("customers", source_id=ids, **columns) == Counts(read=2000, inserted=2000)
    assert sync.merge("customers", source_id=ids, **columns) == Counts(read=2000, unchanged=2000)
    assert sync.delete("customers", *ids) == 2000


def test_a_sync_needs_no_heavy_library(store: SqliteStore) -> None:
    """The start of a small sync must not pay for SQLAlchemy, Arrow or the migrations."""
    store.close()
    script = (
        "import sys; sys.path.insert(0, sys.argv[2]);"
        "from support.writing import Sync; from hub.store import open_store;"
        "store = open_store(sys.argv[1]); store.prepare(); Sync(store).merge('customers', source_id=['a']);"
        "print(*[name for name in ('sqlalchemy', 'sqlmodel', 'alembic', 'pyarrow', 'psycopg') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, store.url, str(Path(__file__).parents[1])],
        capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip

    assert done.stdout.strip() == ""


def test_unchanged_rows_cost_no_writing(store: SqliteStore, path: Path) -> None:
    sync = Sync(store)
    ids = [str(number) for number in range(20_000)]
    sync.merge("customers", source_id=ids, name=ids)
    store.db.run("PRAGMA wal_checkpoint(TRUNCATE)")

    sync.merge("customers", source_id=ids, name=ids)

    assert Path(f"{path}-wal").stat().st_size < 20_000
