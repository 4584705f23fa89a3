"""Some of a batch's records, whether its columns are lists or Arrow's arrays."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from hub.model.batch import Batch
from hub.store.selection import taken

NAMES = ["Alder", "Birch", None]


@pytest.mark.parametrize("column", [NAMES, pa.array(NAMES), pa.chunked_array([NAMES[:2], NAMES[2:]])])
@pytest.mark.parametrize("places", [[2, 0], [0, 1, 2], []])
def test_records_are_taken_by_their_places(column: Any, places: list[int]) -> None:
    part = taken(Batch("customers", {"name": column}, [5, 6, 7]), places)
    found = part.columns["name"]
    assert (found if isinstance(found, list) else found.to_pylist()) == [NAMES[place] for place in places]
    assert [part.origin(place) for place in range(len(part))] == [5 + place for place in places]
