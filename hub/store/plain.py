"""Columns of a batch as plain lists, whatever they came as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def plain(values: list[Any] | pa.Array, start: int, stop: int) -> list[Any]:
    """A slice of a column as a list of Python values."""
    if isinstance(values, list):
        return values[start:stop]
    part = values.slice(start, stop - start)
    kind = str(part.type)
    if kind in ("string", "large_string") or not part.null_count:
        whole: list[Any] = part.to_numpy(zero_copy_only=False).tolist()  # several times as fast as to_pylist
        return whole
    listed: list[Any] = part.to_pylist()
    return listed
