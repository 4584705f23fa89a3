"""Stores are opened when they are needed, and lent again."""

from __future__ import annotations

from pathlib import Path

import pytest

from hub.console.lending import Lending
from hub.session import Session
from hub.store.base import Store
from sync_jobs.stores import Stores, opened


@pytest.fixture
def session(tmp_path: Path) -> Session:
    (tmp_path / "config").mkdir()
    return Session(tmp_path / "config")


def test_a_store_is_lent_again_when_it_is_back(session: Session) -> None:
    with opened(session, dry_run=False) as stores:
        with stores.lend() as first, stores.lend() as second:
            assert first is not second
        with stores.lend() as third, stores.lend() as fourth:
            assert {id(third), id(fourth)} == {id(first), id(second)}


def test_a_store_in_whose_hands_something_failed_is_not_lent_again(session: Session) -> None:
    with opened(session, dry_run=False) as stores:
        with pytest.raises(ZeroDivisionError), stores.lend() as first:
            raise ZeroDivisionError
        with stores.lend() as second:
            assert second is not first
            assert second.held("erp") == {}


def test_all_stores_are_closed_at_the_end(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[Store] = []
    with opened(session, dry_run=False) as stores:
        with stores.lend() as first, stores.lend() as second:
            for store in (first, second):
                monkeypatch.setattr(store, "close", lambda store=store: closed.append(store))
        assert closed == []
    assert set(map(id, closed)) == {id(first), id(second)}


@pytest.mark.parametrize("kind", [Stores, Lending])
def test_a_store_that_comes_back_after_the_end_is_closed(
    session: Session, monkeypatch: pytest.MonkeyPatch, kind: type[Stores | Lending]
) -> None:
    """A thread that is late, such as one that makes an index, must not leave a connection to the garbage collector."""
    closed: list[Store] = []
    stores = kind(session.store_url)
    with stores.lend() as store:
        monkeypatch.setattr(store, "close", lambda: closed.append(store))
        stores.close()
        assert closed == []
    assert closed == [store]


def test_a_dry_run_before_the_first_sync_leaves_nothing_behind(session: Session, tmp_path: Path) -> None:
    with opened(session, dry_run=True) as stores:
        assert isinstance(stores, Stores)
        with stores.lend() as store:
            assert store.held("erp") == {}
    assert [path.name for path in tmp_path.iterdir()] == ["config"]
