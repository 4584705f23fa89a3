"""The change stamps of rows: the highest one becomes the cursor, and older rows than asked for are passed over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from connectors.files.delimited import Chunk
from hub.sdk import RowRejected, bind, entities

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True)
class Stamps:
    """How a column with the time of the last change is read."""

    column: str
    options: tuple[tuple[str, Any], ...] = ()

    @cached_property
    def _convert(self) -> Callable[[Any], int | None]:
        convert: Callable[[Any], int | None] = bind(
            entities.ENTITIES["customers"]["created_at"], None, dict(self.options)
        ).scalar
        return convert

    def apply(self, chunk: Chunk, since: datetime | None) -> tuple[Chunk, datetime | None]:
        """The rows changed at `since` or later, and the highest stamp. A row whose stamp cannot be read stays."""
        stamps = [self._stamp(value) for value in self._values(chunk.rows)]
        highest = max((stamp for stamp in stamps if stamp is not None), default=None)
        cursor = None if highest is None else _EPOCH + highest * _MICROSECOND
        if since is None:
            return chunk, cursor
        bound = (since - _EPOCH) // _MICROSECOND
        keep = [index for index, stamp in enumerate(stamps) if stamp is None or stamp >= bound]
        return (chunk if len(keep) == len(stamps) else _only(chunk, keep)), cursor

    def _values(self, rows: Any) -> Sequence[Any]:
        if isinstance(rows, list):
            return [row.get(self.column) for row in rows]
        values: list[Any] = (
            rows.column(self.column).to_pylist() if self.column in rows.column_names else [None] * len(rows)
        )
        return values

    def _stamp(self, value: Any) -> int | None:
        try:
            return self._convert(value)
        except RowRejected:
            return None


def _only(chunk: Chunk, keep: list[int]) -> Chunk:
    return replace(chunk, rows=_taken(chunk.rows, keep), lines=[chunk.lines[index] for index in keep])


def _taken(rows: Any, keep: list[int]) -> Any:
    if isinstance(rows, list):
        return [rows[index] for index in keep]
    import pyarrow as pa  # loaded already: the rows are a table of Arrow's

    return rows.take(pa.array(keep, pa.int64()))  # in an empty list it would find no type
