"""Rows of a file that are older than what is asked for are passed over, whatever the rows are held in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from connectors.files.delimited import Chunk
from connectors.files.since import Stamps

ROWS = [{"id": str(day), "changed": f"2025-01-0{day}T00:00:00Z"} for day in (1, 2, 3)]


@pytest.mark.parametrize("rows", [ROWS, pa.Table.from_pylist(ROWS)])
@pytest.mark.parametrize(("since", "left"), [(1, ["1", "2", "3"]), (3, ["3"]), (9, [])])
def test_older_rows_are_passed_over(rows: Any, since: int, left: list[str]) -> None:
    chunk, highest = Stamps("changed").apply(Chunk(rows, [2, 3, 4]), datetime(2025, 1, since, tzinfo=UTC))
    found = chunk.rows if isinstance(chunk.rows, list) else chunk.rows.to_pylist()
    assert [row["id"] for row in found] == left
    assert chunk.lines == [int(key) + 1 for key in left]
    assert highest == datetime(2025, 1, 3, tzinfo=UTC)
