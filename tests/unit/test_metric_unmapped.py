"""Fields that carry data and that no map looks at: noted by runs, told as a metric."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import pyarrow as pa
import pytest
from support.canonical import CATALOGUE, engine, rows

from hub.mapping import filled
from hub.store.base import NOT_MAPPED, Run, Store
from metrics.duck import make_unmapped
from metrics.sources import unmapped_of

AT = datetime(2024, 5, 1, tzinfo=UTC)


def run(stream: str, *names: str, more: int = 0, since: datetime | None = None, **values: Any) -> Run:
    note = f"{NOT_MAPPED}{', '.join(names)}{f' and {more} more' if more else ''}"
    told = {"rows_read": 5, "status": "ok", "notes": [note] if names else []} | values
    return Run(1, "sync", "shop", stream, "incremental", "sync", AT, since, AT, **told)


def found(*newest_first: Run) -> list[tuple[str, str, str | None, int]]:
    store = cast("Store", SimpleNamespace(runs=lambda limit: list(newest_first)))
    return unmapped_of(store)


def test_only_fields_with_data_count() -> None:
    page = [{"a": None, "b": "", "c": [], "d": 0}, {"a": " x", "e": {}}]
    assert filled({"a", "b", "c", "d", "e"}, page) == {"a", "d"}
    assert filled({"a", "b"}, pa.table({"a": [None, None], "b": [None, 1.5]})) == {"b"}


def test_what_was_seen_since_the_last_complete_reading_counts() -> None:
    told = found(
        run("orders", "colour", since=AT), run("orders", "size", "colour", more=3), run("orders", "old"),
        run("stock", rows_read=0), run("stock"),
    )  # fmt: skip
    assert told == [
        ("shop", "orders", None, 3), ("shop", "orders", "colour", 1), ("shop", "orders", "size", 1),
        ("shop", "stock", None, 0),
    ]  # fmt: skip


def test_a_reading_that_failed_does_not_hide_the_one_before() -> None:
    assert ("shop", "orders", "size", 1) in found(run("orders", "new", status="failed"), run("orders", "size"))


@pytest.mark.parametrize(("by", "fields"), [((), [5]), (("stream",), [5, 0])])
def test_they_are_counted_and_named(by: tuple[str, ...], fields: list[int]) -> None:
    hub = engine()
    make_unmapped(hub.db, found(run("orders", "size", "colour", more=3), run("stock")))
    result = hub.compute(CATALOGUE.request("unmapped_fields", by=by or ("source",)))
    told = rows(result)
    assert [row["fields"] for row in told] == fields
    assert told[0]["names"] == "colour, size"
