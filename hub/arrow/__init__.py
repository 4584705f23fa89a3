"""The Arrow path: the same as `hub.rows`, over tables whose values Arrow's kernels can convert in bulk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hub.mapping import FieldMap
from hub.model.batch import Mapped
from hub.rows.page import apply_rows

if TYPE_CHECKING:
    import pyarrow as pa


def apply_table(maps: Sequence[FieldMap], table: pa.Table) -> Mapped:
    """See `hub.mapping.apply`."""
    return apply_rows(maps, table.to_pylist())
