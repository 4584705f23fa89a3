"""A source that forgot what the last run left: everything is read and compared, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.made_up import Shop, customer, job

from hub.errors import StateExpired
from hub.sdk.connector import Page
from hub.store.base import Store
from sync_jobs import pipeline
from sync_jobs.jobs import RunReport


def forgetful(shop: Shop) -> None:
    """From now on it knows nothing of what it told the run before; asked for everything, it answers."""

    def pages(asked: Iterator[Page]) -> Iterator[Page]:
        if not shop.requests[-1].full:
            raise StateExpired("the log of changes is gone.", fix="Nothing needs to be done.")
        yield from asked

    shop.pages = pages


@pytest.fixture
def sync(store: Store, tmp_path: Path) -> Any:
    def run(shop: Shop) -> RunReport:
        return pipeline.run(job(shop, tmp_path / "var"), store)

    return run


def live(store: Store) -> dict[str, str]:
    rows = (row for page in store.rows("customers", ["source_id", "name", "deleted_at"]) for row in page)
    return {key: name for key, name, deleted_at in rows if deleted_at is None}


def test_everything_is_read_and_what_is_gone_is_deleted(sync: Any, store: Store) -> None:
    shop = Shop([customer(number, changed=number / 100) for number in range(30)])
    sync(shop)
    forgetful(shop)
    shop.rows[3] |= {"name": "changed behind its stamp"}
    del shop.rows[7]

    report = sync(shop)

    assert (report.error, report.run.status) == (None, "ok")
    assert live(store) == {row["id"]: row["name"] for row in shop.rows}
    assert "everything is read again and compared: the log of changes is gone." in report.run.notes
    assert "1 updated, 1 deleted" in report.run.notes[0]


def test_a_source_that_forgets_within_a_reading_fails_it(sync: Any, store: Store) -> None:
    shop = Shop([customer(number) for number in range(30)])
    sync(shop)

    def late(pages: Iterator[Page]) -> Iterator[Page]:
        yield next(pages)
        raise StateExpired("the log of changes is gone.", fix="Nothing needs to be done.")

    shop.pages = late
    assert isinstance(sync(shop).error, StateExpired)
    assert len(live(store)) == 30
