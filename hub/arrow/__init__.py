"""The Arrow path: the same as `hub.rows`, over tables whose values Arrow's kernels can convert in bulk.

Kernels answer only what they are certain of; everything else goes through the same scalar converters as on the row
path, so both paths agree by construction. Loaded only where a source is columnar, since pyarrow takes half a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hub.mapping import FieldMap
from hub.model.batch import Mapped

if TYPE_CHECKING:
    import pyarrow as pa


def apply_table(maps: Sequence[FieldMap], table: pa.Table) -> Mapped:
    """See `hub.mapping.apply`."""
    from hub.arrow.lean import leave_pandas_out

    leave_pandas_out()
    from hub.arrow.page import apply_table as apply_whole

    return apply_whole(maps, table)
