"""What a stream's settings make of rows before they are mapped: numbered occurrences, and wide tables made long."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.files.delimited import Chunk
from hub.sdk import Row


@dataclass(frozen=True)
class Wide:
    """A table with one column for each value of something: every such cell becomes a row of its own.

    keep   columns that each row takes over
    name   column that gets the wide column's name
    value  column that gets the cell
    skip   cells that mean "no value here"
    """

    keep: tuple[str, ...]
    name: str
    value: str
    skip: frozenset[str] = frozenset({""})

    def apply(self, chunk: Chunk) -> Chunk:
        """The long rows, each with the line of its wide one."""
        rows: list[Row] = []
        lines: list[int] = []
        wide = chunk.rows if isinstance(chunk.rows, list) else chunk.rows.to_pylist()
        for row, line in zip(wide, chunk.lines, strict=True):
            kept = {column: row.get(column) for column in self.keep}
            for column, cell in row.items():
                if (
                    column not in kept
                    and cell is not None
                    and not (isinstance(cell, str) and cell.strip() in self.skip)
                ):
                    rows.append({**kept, self.name: column, self.value: cell})
                    lines.append(line)
        return replace(chunk, rows=rows, lines=lines)


class Occurrences:
    """Numbers rows that share their key, from 1, in the file's order: a stable part of the key for rows without one.

    Counted within one file, so that a file read alone gives the numbers it gives together with others. Needs some 100
    bytes of memory for each distinct key of a file.
    """

    def __init__(self, name: str, within: Sequence[str]) -> None:
        self._name = name
        self._within = tuple(within)
        self._seen: dict[Any, int] = {}

    def apply(self, chunk: Chunk) -> Chunk:
        """The same rows with their number; must see every chunk of a file, in order."""
        if isinstance(chunk.rows, list):
            numbers = self._numbers(tuple(row.get(column) for column in self._within) for row in chunk.rows)
            rows: Any = [{**row, self._name: number} for row, number in zip(chunk.rows, numbers, strict=True)]
            return replace(chunk, rows=rows)
        return replace(chunk, rows=self._numbered_table(chunk.rows))

    def _numbered_table(self, table: Any) -> Any:
        import pyarrow as pa

        missing = [column for column in self._within if column not in table.column_names]
        keys: Iterable[Any] = zip(
            *(table.column(column).to_pylist() for column in self._within if column not in missing), strict=True
        )
        numbers = self._numbers(keys) if len(missing) < len(self._within) else self._numbers([()] * table.num_rows)
        return table.append_column(self._name, pa.array(numbers, pa.string()))

    def _numbers(self, keys: Iterable[Any]) -> list[str]:
        seen = self._seen
        numbers = []
        for key in keys:
            number = seen.get(key, 0) + 1
            seen[key] = number
            numbers.append(str(number))
        return numbers
