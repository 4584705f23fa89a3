"""The fast way to parse a block: Arrow. It answers only where it is certain to give what `csv_rows` gives; otherwise
it answers None, and the careful way takes the block."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from connectors.files.csv_rows import Layout
from connectors.files.csv_rows import parse as parse_carefully
from connectors.files.records import Block, Syntax


class FastSyntax(Syntax):
    """Finds the end of a run of proper records by arithmetic on the positions of all quotes."""

    def proper_end(self, text: bytes, start: int) -> int:
        if not self.quote or text.find(self.quote_byte, start) < 0 or start:
            return super().proper_end(text, start)
        return self._by_parity(text) or super().proper_end(text, start)

    def _by_parity(self, text: bytes) -> int:
        """The end, where every quote before it is proper; 0 where that is not certain.

        Quotes at even places open and those at odd places close: an opening one follows a delimiter, a line end or a
        quote that it doubles; a closing one stands before such. A line feed is outside when an even number precede it.
        """
        data = np.frombuffer(text, np.uint8)
        quotes = np.flatnonzero(data == self.quote_byte[0])
        end = len(text)
        while True:
            end = text.rfind(b"\n", 0, end) + 1
            if end == 0:
                return 0
            before = int(np.searchsorted(quotes, end))
            if before % 2 == 0:
                break
            end = int(quotes[before - 1])
        opening, closing = quotes[:before:2], quotes[1:before:2]
        bounds = np.zeros(256, np.bool_)
        bounds[[self.quote_byte[0], ord(self.delimiter), 10, 13]] = True
        preceded = bounds[data[np.maximum(opening - 1, 0)]] | (opening == 0)
        # A quote before an opening one must be the closing one it doubles, and the other way round: both follow from
        # adjacency, since places alternate.
        return end if bool(preceded.all() and bounds[data[closing + 1]].all()) else 0


class LinesWhenAsked(Sequence[int]):
    """The line of each row, worked out only when somebody asks: with the careful parser."""

    def __init__(self, block: Block, syntax: Syntax, layout: Layout, count: int) -> None:
        self._source = (block, syntax, layout)
        self._count = count
        self._lines: Sequence[int] | None = None

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def __getitem__(self, index: int | slice) -> int | Sequence[int]:
        if self._lines is None:
            self._lines = parse_carefully(*self._source).lines
        return self._lines[index]


def parse(block: Block, syntax: Syntax, layout: Layout) -> tuple[pa.Table, Sequence[int]] | None:
    """The block's rows as a table of texts, and the line of each; None where the careful way must decide."""
    text = block.text
    if not block.proper or (b"\r" in text and text.count(b"\r") != text.count(b"\r\n")):
        return None
    try:
        table = csv.read_csv(pa.BufferReader(text), *_options(block, syntax, layout))
    except pa.ArrowInvalid:
        return None
    if _has_blank_row(table) or _has_long_field(table, layout.max_field_chars):
        return None
    rows = table.num_rows
    if rows == block.lines:
        return table, range(block.line, block.line + rows)
    return table, LinesWhenAsked(block, syntax, layout, rows)


def _options(
    block: Block, syntax: Syntax, layout: Layout
) -> tuple[csv.ReadOptions, csv.ParseOptions, csv.ConvertOptions]:
    read = csv.ReadOptions(column_names=layout.names, use_threads=False, block_size=len(block.text) + 1)
    parse_options = csv.ParseOptions(
        delimiter=syntax.delimiter, quote_char=syntax.quote or False, newlines_in_values=bool(syntax.quote)
    )
    convert = csv.ConvertOptions(
        column_types=dict.fromkeys(layout.names, pa.string()),
        null_values=sorted(layout.null_words),
        strings_can_be_null=bool(layout.null_words),
    )
    return read, parse_options, convert


def _has_blank_row(table: pa.Table) -> bool:
    """Whether some row has nothing but blanks in it. No Python values here: turning the first one into Arrow's makes
    pyarrow import pandas, which costs more than reading a million rows."""
    blank = None
    for column in table.columns:
        something = pc.cast(pc.binary_length(column), pa.bool_())
        here = pc.or_kleene(pc.is_null(column), pc.or_kleene(pc.invert(something), pc.utf8_is_space(column)))
        blank = here if blank is None else pc.and_(blank, here)
        if not pc.any(blank).as_py():
            return False
    return blank is not None and table.num_rows > 0


def _has_long_field(table: pa.Table, limit: int) -> bool:
    return any(
        column.nbytes > limit and (pc.max(pc.utf8_length(column)).as_py() or 0) > limit for column in table.columns
    )
