"""A delimited text (CSV, TSV) as chunks of rows, by the fast way or the careful one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from connectors.files import csv_rows
from connectors.files.csv_rows import BadRow, Layout
from connectors.files.header import column_names, read_header, sniffed
from connectors.files.records import Block, Cutter, Syntax
from connectors.files.text import Text
from hub.sdk import HubError, Row, SourceChanged

if TYPE_CHECKING:
    import pyarrow as pa

_ROW_BLOCK_BYTES = 1 << 18
"""Page size of the careful way: a row costs several times its text as a dict."""
_ARROW_BLOCK_BYTES = 1 << 21


@dataclass(slots=True)
class Chunk:
    """Some rows of a file.

    lines         the line of each row
    bad           lines that are no rows
    offset, line  the place after them, where reading can start again; None where it cannot
    start         line they begin with; 0 where the first of `lines` and `bad` tells
    """

    rows: list[Row] | pa.Table
    lines: Sequence[int]
    bad: list[BadRow] = field(default_factory=list)
    offset: int | None = None
    line: int = 1
    start: int = 0


@dataclass(frozen=True)
class Format:
    """How a delimited file is written: the part of the settings that reading needs."""

    delimiter: str | None = None
    quote: str = '"'
    header: int = 1
    skip: int = 0
    columns: tuple[str, ...] = ()
    null_words: frozenset[str] = frozenset()
    max_record_bytes: int = 1 << 24
    max_field_chars: int = 1 << 20


class Head(NamedTuple):
    """What the beginning of a file says."""

    syntax: Syntax
    layout: Layout
    offset: int
    line: int


def read_head(text: Text, form: Format, syntax_type: type[Syntax] = Syntax) -> Head:
    """The delimiter, the columns and the place of the first row. Raises SourceChanged where there is no header."""
    cutter = Cutter(
        text.chunks(), syntax_type(form.delimiter or ",", form.quote, max_record_bytes=form.max_record_bytes)
    )
    try:
        return _head(cutter, form, text.part.name)
    except HubError as error:
        raise error.at(f"{text.part.name}:{cutter.line}") from error


def _head(cutter: Cutter, form: Format, name: str) -> Head:
    while cutter.line < form.header and cutter.skip_line():
        pass
    while form.header and cutter.peek_line() and not cutter.peek_line().strip():
        cutter.skip_line()
    if form.delimiter is None:
        line = cutter.peek_line().decode("utf-8", "replace")
        cutter.syntax = type(cutter.syntax)(
            sniffed(line, form.quote), form.quote, max_record_bytes=form.max_record_bytes
        )
    names = read_header(cutter, name) if form.header else form.columns
    if form.columns and form.header:
        names = _renamed(names, form.columns)
    for _ in range(form.skip):
        cutter.skip_line()
    layout = Layout(names, form.null_words, form.max_field_chars)
    return Head(cutter.syntax, layout, cutter.offset, cutter.line)


def _renamed(names: tuple[str, ...], columns: tuple[str, ...]) -> tuple[str, ...]:
    if len(columns) != len(names):
        raise SourceChanged(
            f"the header has {len(names)} columns, `columns` names {len(columns)}.",
            fix="Name each column of the file, in its order, or leave `columns` out.",
        )
    return column_names(columns)


def chunks(
    text: Text, form: Format, *, start: tuple[int, int] | None = None, columnar: bool = False
) -> Iterator[Chunk]:
    """The rows of a file, from its first one or from a place (offset, line) that an earlier chunk named."""
    head = read_head(text, form, _fast_syntax() if columnar else Syntax)
    offset, line = start or (head.offset, head.line)
    cutter = Cutter(text.chunks(offset), head.syntax, offset=offset, line=line)
    parse = _fast_parse(head) if columnar else _careful_parse(head)
    for block in cutter.blocks(_ARROW_BLOCK_BYTES if columnar else _ROW_BLOCK_BYTES):
        yield parse(block)


def _fast_syntax() -> type[Syntax]:
    from connectors.files.csv_arrow import FastSyntax

    return FastSyntax


def _careful_parse(head: Head) -> Callable[[Block], Chunk]:
    def parse(block: Block) -> Chunk:
        parsed = csv_rows.parse(block, head.syntax, head.layout)
        return Chunk(parsed.rows, parsed.lines, parsed.bad, block.end, block.line + block.lines)

    return parse


def _fast_parse(head: Head) -> Callable[[Block], Chunk]:
    from connectors.files import csv_arrow

    careful = _careful_parse(head)

    def parse(block: Block) -> Chunk:
        fast: tuple[Any, Sequence[int]] | None = csv_arrow.parse(block, head.syntax, head.layout)
        if fast is None:
            return careful(block)
        return Chunk(fast[0], fast[1], [], block.end, block.line + block.lines, block.line)

    return parse
