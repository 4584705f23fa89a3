"""Where records come from: the rows of a page, or the elements of a list inside them, each knowing its parent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress
from typing import Any

from hub.convert.base import shape
from hub.errors import RowRejected
from hub.rows import paths
from hub.rows.paths import Path

Row = dict[str, Any]


@dataclass(slots=True)
class Frame:
    """Rows of one level of a page.

    parent  for each row the position of its parent in `above`; empty at the top
    bad     rows that are not objects, or stand for a list that is not one: they become rejects
    unsent  positions in `above` whose list was missing or null
    """

    rows: list[Row]
    above: Frame | None = None
    parent: list[int] = field(default_factory=list)
    bad: dict[int, RowRejected] = field(default_factory=dict)
    unsent: set[int] = field(default_factory=set)
    _origins: list[int] | None = None
    _columns: dict[tuple[str, ...], list[Any]] = field(default_factory=dict)
    _below: dict[Path, Frame] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def values(self, path: Path) -> list[Any]:
        """What stands at a path, one for each row. Remembered, since several maps read the same fields."""
        if path.up:
            if self.above is None:
                return [None] * len(self.rows)
            values = self.above.values(Path(path.up - 1, path.keys))
            return [values[position] for position in self.parent]
        found = self._columns.get(path.keys)
        if found is None:
            found = self._columns[path.keys] = paths.column(self.rows, path.keys)
        return found

    def below(self, path: Path) -> Frame:
        """The elements of the list at a path of every row."""
        found = self._below.get(path)
        if found is None:
            found = self._below[path] = _elements(self, path)
        return found

    def origins(self) -> list[int] | None:
        """For each row the position of its source row in the page; None where they are the same."""
        if self.above is None:
            return self._origins
        higher = self.above.origins()
        return self.parent if higher is None else [higher[position] for position in self.parent]

    def narrowed(self, mask: Sequence[bool]) -> Frame:
        """Only the rows that the mask lets through."""
        kept = list(compress(range(len(self.rows)), mask))
        new = {position: number for number, position in enumerate(kept)} if self.bad else {}
        return Frame(
            list(compress(self.rows, mask)),
            self.above,
            list(compress(self.parent, mask)),
            {new[position]: error for position, error in self.bad.items() if position in new},
            self.unsent,
            list(compress(self._origins, mask)) if self._origins is not None else kept,
        )

    def ancestor(self, levels: int) -> Frame:
        return self if not levels or self.above is None else self.above.ancestor(levels - 1)

    def lift(self, position: int, levels: int) -> int:
        """The position of a row's ancestor in its own frame."""
        return position if not levels or self.above is None else self.above.lift(self.parent[position], levels - 1)


def page_frame(rows: Sequence[Any]) -> Frame:
    """The rows of a page; what is not an object is marked as bad."""
    if set(map(type, rows)) <= {dict}:
        return Frame(rows if isinstance(rows, list) else list(rows))
    frame = Frame([])
    for position, row in enumerate(rows):
        if isinstance(row, Mapping):
            frame.rows.append(dict(row))
        else:
            frame.rows.append({})
            frame.bad[position] = RowRejected(f"the row is {shape(row)}, an object is expected")
    return frame


def _elements(above: Frame, path: Path) -> Frame:
    lists = above.values(path)
    frame = Frame([], above)
    if set(map(type, lists)) == {list} and not above.bad:
        frame.parent = [position for position, elements in enumerate(lists) for _ in elements]
        elements = [element for elements in lists for element in elements]
    else:
        elements = _doubtful_elements(frame, above, lists)
    kinds = set(map(type, elements))
    if kinds <= {dict}:
        frame.rows = elements
        return frame
    for position, element in enumerate(elements):
        if isinstance(element, RowRejected):
            frame.bad[position] = element
        elif not isinstance(element, dict):
            frame.bad[position] = RowRejected(f"an element of the list is {shape(element)}, an object is expected")
    frame.rows = [element if isinstance(element, dict) else {} for element in elements]
    return frame


def _doubtful_elements(frame: Frame, above: Frame, lists: list[Any]) -> list[Any]:
    """Elements of lists among which some are missing, or are no lists; the latter yield one bad element."""
    elements: list[Any] = []
    for position, value in enumerate(lists):
        found: Sequence[Any]
        if position in above.bad:
            found = (above.bad[position],)
        elif isinstance(value, list | tuple):
            found = value
        elif value is None or (isinstance(value, str) and not value.strip()):
            frame.unsent.add(position)
            continue
        elif isinstance(value, RowRejected):
            found = (value,)
        else:
            found = (RowRejected(f"is {shape(value)}, a list is expected"),)
        elements.extend(found)
        frame.parent.extend([position] * len(found))
    return elements


def selected(values: list[Any], mask: Iterable[int] | None) -> list[Any]:
    """The values the mask lets through; all without a mask."""
    return values if mask is None else list(compress(values, mask))
