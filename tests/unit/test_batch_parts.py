"""Some of a batch's records, whether its columns are lists or Arrow's arrays."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from hub.model.batch import Batch
from hub.model.catalog import Customer
from hub.store.selection import taken

KEYS = ["a", "b", "c"]


@pytest.mark.parametrize("column", [KEYS, pa.array(KEYS), pa.chunked_array([KEYS[:2], KEYS[2:]])])
@pytest.mark.parametrize("places", [[2, 0], [0, 1, 2], []])
def test_records_are_taken_by_their_places(column: Any, places: list[int]) -> None:
    part = taken(Batch(Customer, {"source_id": column}, [5, 6, 7]), places)
    found = part.columns["source_id"]
    assert (found if isinstance(found, list) else found.to_pylist()) == [KEYS[place] for place in places]
    assert [part.origin(place) for place in range(len(part))] == [5 + place for place in places]
