"""Backup and pruning."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from support.writing import Sync, batch, change_keys, held, reject, require_true_counters

from hub.errors import StoreError
from hub.store import open_store
from hub.store.base import Counts, PageEntry, Store

LONG_AGO = datetime.now(UTC) - timedelta(days=500)


def page_then(sync: Sync, at: datetime, *ids: str) -> None:
    """A page that was stored at another time."""
    with sync.store.page(sync.run, sync.lease, at) as writer:
        writer.merge(batch("customers", source_id=ids))
        writer.ledger(PageEntry(1, "customers", len(ids), 0, Counts(read=len(ids)), "", 1, at))


def end(sync: Sync, at: datetime) -> None:
    sync.run.status, sync.run.ended_at = "ok", at
    sync.store.finish_run(sync.run)
    sync.store.release(sync.lease)


def test_old_run_history_is_removed(sync: Sync, new_sync: Callable[..., Sync], store: Store) -> None:
    page_then(sync, LONG_AGO, "a")
    end(sync, LONG_AGO)
    new = new_sync()
    page_then(new, datetime.now(UTC), "a", "b")
    with new.page() as writer:
        writer.delete("customers", ["a"])

    removed = store.prune(keep_runs_days=400, keep_deleted_days=0)

    assert removed == {"deleted customers": 1, "changes": 1, "pages": 1, "runs": 1}
    assert [run.id for run in store.runs()] == [new.run.id]
    assert store.pages(sync.run.id) == []
    assert len(store.pages(new.run.id)) == 1


def test_readers_behind_the_pruned_changes_are_told_to_start_over(
    sync: Sync, new_sync: Callable[..., Sync], store: Store
) -> None:
    page_then(sync, LONG_AGO, "a")
    pruned = store.sequence()
    end(sync, LONG_AGO)
    page_then(new_sync(), datetime.now(UTC), "b")
    newest = store.sequence()

    store.prune(keep_runs_days=400, keep_deleted_days=None)

    assert store.changes(0) is None
    assert store.sequence() == newest
    assert change_keys(store, "customers", after=pruned) == [{"b"}]


def test_the_sequence_never_goes_back(sync: Sync, store: Store) -> None:
    page_then(sync, LONG_AGO, "a")
    end(sync, LONG_AGO)
    before = store.sequence()

    store.prune(keep_runs_days=0, keep_deleted_days=0)

    assert store.sequence() == before


def test_a_run_that_live_rows_name_stays(sync: Sync, new_sync: Callable[..., Sync], store: Store) -> None:
    """It says which stream the rows belong to: without it a snapshot could never find out that they are gone."""
    page_then(sync, LONG_AGO, "a")
    end(sync, LONG_AGO)
    new_sync()

    store.prune(keep_runs_days=400, keep_deleted_days=None)

    assert [key for page in store.live_ids("shop", "orders", "customers") for key in page] == ["a"]


def test_rows_deleted_long_ago_are_removed_and_the_counters_stay_true(sync: Sync, store: Store) -> None:
    page_then(sync, LONG_AGO, "a", "b", "c")
    with store.page(sync.run, sync.lease, LONG_AGO) as writer:
        writer.delete("customers", ["a"])
    with store.page(sync.run, sync.lease, datetime.now(UTC)) as writer:
        writer.delete("customers", ["b"])

    assert store.prune(keep_runs_days=400, keep_deleted_days=30) == {"deleted customers": 1}

    assert held(store, "customers", "source_id", live=False) == [("b",), ("c",)]
    require_true_counters(store)


def test_nothing_deleted_is_removed_unless_asked(sync: Sync, store: Store) -> None:
    page_then(sync, LONG_AGO, "a")
    with store.page(sync.run, sync.lease, LONG_AGO) as writer:
        writer.delete("customers", ["a"])

    assert store.prune(keep_runs_days=400, keep_deleted_days=None) == {}

    assert held(store, "customers", "source_id", live=False) == [("a",)]


def test_a_running_run_is_never_pruned(sync: Sync, store: Store) -> None:
    assert store.prune(keep_runs_days=0, keep_deleted_days=None) == {}

    assert [run.id for run in store.runs()] == [sync.run.id]


def test_quarantine_outlives_its_run(sync: Sync, new_sync: Callable[..., Sync], store: Store) -> None:
    sync.refuse(reject("7"))
    end(sync, LONG_AGO)
    new_sync()

    store.prune(keep_runs_days=400, keep_deleted_days=30)

    assert len(store.quarantined()) == 1
    assert sync.run.id in [run.id for run in store.runs()]


def test_a_backup_is_a_database_of_its_own(tmp_path: Path) -> None:
    with open_store(f"sqlite:///{tmp_path / 'hub.db'}") as store:
        store.prepare()
        Sync(store).merge("customers", source_id=["a"], name=["Ann"])
        store.backup(tmp_path / "copy.db")
        Sync(store, stream="later").merge("customers", source_id=["b"])

    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600
    assert sorted(path.name for path in tmp_path.iterdir() if "copy" in path.name) == ["copy.db"]
    with open_store(f"sqlite:///{tmp_path / 'copy.db'}") as copy:
        copy.require_current()
        assert held(copy, "customers", "source_id", "name") == [("a", "Ann")]
        assert copy.held("shop") == {"customers": 1}


def test_a_backup_can_be_made_while_a_page_is_written(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hub.db'}"
    with open_store(url) as store, open_store(url) as writer_store:
        store.prepare()
        sync = Sync(writer_store)
        sync.merge("customers", source_id=["a"])
        with sync.page() as writer:
            writer.merge(batch("customers", source_id=["b"]))
            store.backup(tmp_path / "copy.db")

    with open_store(f"sqlite:///{tmp_path / 'copy.db'}") as copy:
        assert held(copy, "customers", "source_id") == [("a",)]


def test_a_backup_never_overwrites(store: Store, tmp_path: Path) -> None:
    target = tmp_path / "precious.txt"
    target.write_text("precious")

    with pytest.raises(StoreError, match=r"precious.txt exists already\. Name a file"):
        store.backup(target)

    assert target.read_text() == "precious"


def test_a_backup_to_nowhere_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with open_store(f"sqlite:///{tmp_path / 'hub.db'}") as store:
        store.prepare()

        with pytest.raises(StoreError, match="cannot be"):
            store.backup(tmp_path / "file" / "copy.db")
