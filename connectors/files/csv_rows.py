"""The careful way to parse a block: the standard library, record by record. It decides what a record is; the fast way
(`csv_arrow`) only ever answers where both agree."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from connectors.files.records import Bad, Block, Syntax
from hub.sdk import Row

_UNDECODED = re.compile("[\ud800-\udfff]")
_SHOWN_CHARS = 1 << 15
"""How much of an overlong cell is kept for the quarantine."""


class BadRow(NamedTuple):
    """A line that could not be made a row, with what it held."""

    line: int
    reason: str
    raw: Row


class Layout(NamedTuple):
    """What the columns are called, and which cells mean "nothing"."""

    names: tuple[str, ...]
    null_words: frozenset[str] = frozenset()
    max_field_chars: int = 1 << 20

    def raw(self, cells: Sequence[str]) -> Row:
        """Cells with what names there are, for somebody to look at."""
        named = dict(zip(self.names, cells, strict=False))
        return named | {
            f"column {number}": cell for number, cell in enumerate(cells[len(self.names) :], len(self.names) + 1)
        }


@dataclass(slots=True)
class Parsed:
    """The rows of a block, each with its line, and the lines that are none."""

    rows: list[Row]
    lines: Sequence[int]
    bad: list[BadRow]


def parse(block: Block, syntax: Syntax, layout: Layout) -> Parsed:
    """A block's rows. Blank lines, and rows of nothing but blank cells, are no rows."""
    cells: list[list[str]] = []
    lines: list[int] = []
    doubtful = False
    for segment in block.segments:
        text = block.text[segment.start : segment.end].decode("utf-8", "surrogateescape")
        doubtful = doubtful or _is_doubtful(text, syntax, layout)
        _parse_segment(text, segment.line, syntax, cells, lines)
    bad = [BadRow(line.line, f"line {line.line} {line.reason}", _shown(line)) for line in block.bad]
    if doubtful or set(map(len, cells)) - {len(layout.names)}:
        _set_bad_aside(cells, lines, layout, bad)
    bad.sort(key=lambda row: row.line)
    return Parsed(_named(cells, layout), lines, bad)


def _shown(bad: Bad) -> Row:
    return {"line": bad.text.decode("utf-8", "replace").rstrip("\r\n")}


def _is_doubtful(text: str, syntax: Syntax, layout: Layout) -> bool:
    """Whether some row of a text may be blank, overlong or not decoded, so that each needs a look."""
    return (
        len(text) > layout.max_field_chars
        or text.count("\r") != text.count("\r\n")
        or syntax.blank_line.search("\n" + text) is not None
        or (not text.isascii() and _UNDECODED.search(text) is not None)
    )


class _Reader(Protocol):
    """What the standard library's reader has beyond an iterator."""

    line_num: int

    def __iter__(self) -> Iterator[list[str]]: ...


def reader_of(text: str, syntax: Syntax) -> _Reader:
    """The standard library's reader over a text that is whole records."""
    if csv.field_size_limit() < syntax.max_record_bytes:
        csv.field_size_limit(syntax.max_record_bytes)
    lines = io.StringIO(text, newline="")
    if not syntax.quote:
        return csv.reader(lines, delimiter=syntax.delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(lines, delimiter=syntax.delimiter, quotechar=syntax.quote)


def _parse_segment(text: str, line: int, syntax: Syntax, cells: list[list[str]], lines: list[int]) -> None:
    reader = reader_of(text, syntax)
    before = len(cells)
    cells.extend(reader)
    count = len(cells) - before
    if reader.line_num == count:  # every record is one line
        lines.extend(range(line, line + count))
        return
    reader = reader_of(text, syntax)
    start = 0
    for _ in reader:
        lines.append(line + start)
        start = reader.line_num


def _named(cells: list[list[str]], layout: Layout) -> list[Row]:
    names, words = layout.names, layout.null_words
    if words:
        return [
            {name: None if cell in words else cell for name, cell in zip(names, record, strict=False)}
            for record in cells
        ]
    return [dict(zip(names, record)) for record in cells]  # noqa: B905  at least as many cells as names


def _set_bad_aside(cells: list[list[str]], lines: list[int], layout: Layout, bad: list[BadRow]) -> None:
    kept = 0
    for record, line in zip(cells, lines, strict=True):
        if not any(map(str.strip, record)):
            continue
        reason = _fault(record, layout)
        if reason:
            bad.append(BadRow(line, f"line {line} {reason}", _printable(layout.raw(record))))
        else:
            cells[kept], lines[kept] = record, line
            kept += 1
    del cells[kept:], lines[kept:]


def _fault(record: list[str], layout: Layout) -> str:
    width = len(layout.names)
    if len(record) < width:
        return f"has {len(record)} fields, the header has {width}"
    if len(record) > width and any(map(str.strip, record[width:])):
        return f"has {len(record)} fields, the header has {width}; a text with the delimiter in it needs quotes"
    if max(map(len, record)) > layout.max_field_chars:
        return f"has a field of more than {layout.max_field_chars >> 10} KiB"
    for name, cell in zip(layout.names, record, strict=False):
        if _UNDECODED.search(cell):
            return f"has bytes in `{name}` that are not text in this encoding; set `encoding`, e.g. `cp1252`"
    return ""


def _printable(raw: Row) -> Row:
    return {
        name: _UNDECODED.sub("\ufffd", cell[:_SHOWN_CHARS]) if isinstance(cell, str) else cell
        for name, cell in raw.items()
    }
