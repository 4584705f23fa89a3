"""Cutting a text into records: the same ones whatever the way and the size of the blocks, and no line is lost."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from connectors.files import csv_arrow, csv_rows
from connectors.files.csv_arrow import FastSyntax
from connectors.files.csv_rows import Layout
from connectors.files.records import Block, Cutter, Syntax

CELLS = st.text(st.sampled_from("ab\"é,;\n\r\t '0漢\0") | st.characters(codec="utf-8"), max_size=8)


def pieces(data: bytes, size: int) -> Iterator[bytes]:
    return (data[start : start + size] for start in range(0, len(data), size))


def blocks(data: bytes, syntax: Syntax, *, size: int = 1 << 16, chunk: int = 7) -> list[Block]:
    return list(Cutter(pieces(data, chunk), syntax).blocks(size))


def carefully(block: Block, syntax: Syntax, layout: Layout) -> tuple[list[dict[str, object]], list[int]]:
    parsed = csv_rows.parse(block, syntax, layout)
    return parsed.rows, list(parsed.lines)  # type: ignore[return-value]


def quickly(block: Block, syntax: Syntax, layout: Layout) -> tuple[list[dict[str, object]], list[int]]:
    fast = csv_arrow.parse(block, syntax, layout)
    if fast is None:
        return carefully(block, syntax, layout)
    return fast[0].to_pylist(), list(fast[1])


def read(data: bytes, names: tuple[str, ...], how: Callable[..., object], *, fast: bool, size: int) -> list[object]:
    syntax = (FastSyntax if fast else Syntax)(",")
    layout = Layout(names)
    found: list[object] = []
    for block in blocks(data, syntax, size=size):
        rows, lines = how(block, syntax, layout)  # type: ignore[misc]
        found += zip(rows, lines, strict=True)
        found += [(bad.line, bad.reason) for bad in csv_rows.parse(block, syntax, layout).bad]
    return sorted(found, key=repr)


@settings(max_examples=300, deadline=None)
@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=2), max_size=6),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    last_line_ends=st.booleans(),
    size=st.sampled_from([1, 20, 1 << 16]),
)
@example(rows=[["", '"'], ['","', '\n"\n']], end="\n", quoting=csv.QUOTE_ALL, last_line_ends=True, size=1)
def test_both_ways_give_what_a_csv_writer_wrote(
    rows: list[list[str]], end: str, quoting: int, last_line_ends: bool, size: int
) -> None:
    # Python's writer leaves a carriage return without quotes where lines end otherwise; no reader can tell it then.
    assume(quoting == csv.QUOTE_ALL or end == "\r\n" or not any("\r" in cell for row in rows for cell in row))
    text = io.StringIO()
    csv.writer(text, lineterminator=end, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    data = text.getvalue().encode() if last_line_ends else text.getvalue().removesuffix(end).encode()
    wanted = [{"a": first, "b": second} for first, second in rows if first.strip() or second.strip()]

    for fast, how in ((False, carefully), (True, quickly)):
        found = read(data, ("a", "b"), how, fast=fast, size=size)
        assert sorted(repr(row) for row, _ in found) == sorted(map(repr, wanted))  # type: ignore[misc]


@settings(max_examples=300, deadline=None)
@given(
    data=st.binary(max_size=60) | st.text('a,"\n\r é', max_size=60).map(str.encode),
    size=st.sampled_from([1, 16, 1 << 16]),
)
@example(data=b'a,"b\nc,d\n', size=1)
@example(data=b'5" pipe,a\n"x"y,b\n', size=16)
def test_both_ways_agree_on_any_bytes(data: bytes, size: int) -> None:
    assert read(data, ("a", "b"), carefully, fast=False, size=size) == read(
        data, ("a", "b"), quickly, fast=True, size=size
    )


@settings(max_examples=300, deadline=None)
@given(data=st.text('a,"\n\r é', max_size=60).map(str.encode))
def test_block_size_does_not_matter(data: bytes) -> None:
    whole = read(data, ("a", "b"), carefully, fast=False, size=1 << 16)
    assert read(data, ("a", "b"), carefully, fast=False, size=1) == whole


@settings(max_examples=200, deadline=None)
@given(data=st.text('ab,"\n', max_size=60).map(str.encode))
def test_every_byte_is_in_a_record_or_a_bad_line(data: bytes) -> None:
    syntax = Syntax(",")
    text = b"".join(block.text for block in blocks(data, syntax, size=8))
    assert text.removesuffix(b"\n") == data.removesuffix(b"\n")
    for block in blocks(data, syntax, size=8):
        covered = sum(segment.end - segment.start for segment in block.segments) + sum(
            len(bad.text) for bad in block.bad
        )
        assert covered == len(block.text)


def bad_lines(data: bytes, **options: int) -> list[tuple[int, str]]:
    return [(bad.line, bad.reason) for block in blocks(data, Syntax(",", **options)) for bad in block.bad]


def test_a_forgotten_quote_costs_one_line() -> None:
    data = b'1,"Miller\n2,Smith\n3,"Jones, ""J"""\n'
    [block] = blocks(data, Syntax(","))
    rows, lines = carefully(block, Syntax(","), Layout(("id", "name")))
    assert rows == [{"id": "2", "name": "Smith"}, {"id": "3", "name": 'Jones, "J"'}]
    assert lines == [2, 3]
    assert [bad.line for bad in block.bad] == [1]


def test_a_quote_inside_of_an_unquoted_field_means_itself() -> None:
    [block] = blocks(b'1,5" pipe\n', Syntax(","))
    assert carefully(block, Syntax(","), Layout(("id", "name")))[0] == [{"id": "1", "name": '5" pipe'}]


def test_text_after_a_closing_quote_is_refused() -> None:
    assert bad_lines(b'1,"Smith "Bob" Jr"\n2,x\n') == [
        (1, "has a quote that is not closed, or one inside of quotes that is not doubled")
    ]


def test_a_quote_never_closed_is_found_at_the_end() -> None:
    assert bad_lines(b'1,a\n2,"b\n3,c\n') == [(2, "opens a quote that is never closed")]


def test_an_endless_line_is_passed_over_in_little_memory() -> None:
    def endless() -> Iterator[bytes]:
        yield b"1,a\n2,"
        for _ in range(100):
            yield b"x" * 1000
        yield b"\n3,c\n"

    cutter = Cutter(endless(), Syntax(",", max_record_bytes=5_000))
    found = list(cutter.blocks(1_000))
    assert max(len(block.text) for block in found) < 10_000
    assert [(bad.line, bad.reason) for block in found for bad in block.bad] == [(2, "is longer than 4 KiB")]
    rows = [row for block in found for row in carefully(block, Syntax(","), Layout(("id", "name")))[0]]
    assert [row["id"] for row in rows] == ["1", "3"]


def test_an_endless_quoted_field_ends_its_line_only() -> None:
    data = b'1,"' + b"x\n" * 5_000 + b"2,b\n"
    reasons = bad_lines(data, max_record_bytes=2_000)
    assert reasons[0] == (1, "opens a quote that is never closed")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1,a,b", "line 1 has 3 fields, the header has 2; a text with the delimiter in it needs quotes"),
        ("1", "line 1 has 1 fields, the header has 2"),
        ("1,\udcff", "line 1 has bytes in `b` that are not text in this encoding; set `encoding`, e.g. `cp1252`"),
        ("1," + "x" * 40, "line 1 has a field of more than 0 KiB"),
    ],
)
def test_a_row_that_is_none_is_told_with_its_line(line: str, reason: str) -> None:
    [block] = blocks(line.encode("utf-8", "surrogateescape"), Syntax(","))
    parsed = csv_rows.parse(block, Syntax(","), Layout(("a", "b"), max_field_chars=30))
    assert [(bad.line, bad.reason) for bad in parsed.bad] == [(1, reason)]
    assert csv_arrow.parse(block, Syntax(","), Layout(("a", "b"), max_field_chars=30)) is None


def test_lines_are_those_of_an_editor() -> None:
    data = b'1,"two\nlines"\n\n2,b\n,\n3,c\n'
    [block] = blocks(data, Syntax(","))
    rows, lines = carefully(block, Syntax(","), Layout(("id", "name")))
    assert [(row["id"], line) for row, line in zip(rows, lines, strict=True)] == [("1", 1), ("2", 4), ("3", 6)]
    assert quickly(block, Syntax(","), Layout(("id", "name"))) == (rows, lines)


def test_blanks_beyond_the_header_are_no_fault() -> None:
    [block] = blocks(b"1,a,,\n", Syntax(","))
    assert carefully(block, Syntax(","), Layout(("id", "name"))) == ([{"id": "1", "name": "a"}], [1])


def test_null_words_are_no_values_on_both_ways() -> None:
    layout = Layout(("id", "name"), frozenset({"N/A", "-"}))
    [block] = blocks(b'1,N/A\n2,"-"\n3,\n', Syntax(","))
    rows, _ = carefully(block, Syntax(","), layout)
    assert [row["name"] for row in rows] == [None, None, ""]
    assert quickly(block, Syntax(","), layout)[0] == rows
