"""Cutting a text into blocks of whole records, without parsing them.

A record ends with a line feed that stands outside of quotes. Most blocks hold *proper* records only: each quote opens
a field, closes one, or is doubled inside. Lines that break this rule are looked at one by one: a quote in the middle
of an unquoted field (`5" pipe`) means itself; a line whose quotes do not work out is reported as bad, alone, and the
next line starts a new record. So a forgotten quote costs one line, never the rest of the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from hub.sdk import SourceChanged

_SHOWN_BYTES = 1 << 15
"""How much of a bad line is kept for the quarantine."""

ProperEnd = Callable[[bytes, int], int]
"""`(text, start)` -> end of the last complete proper record of the run that begins at `start`; `start` if none does."""


class Bad(NamedTuple):
    """A line that is no record."""

    line: int
    reason: str
    text: bytes


class Segment(NamedTuple):
    """Consecutive good records within a block's text."""

    start: int
    end: int
    line: int


class Block(NamedTuple):
    """Some records, or bad lines, in their order.

    proper   the whole text is proper records, without a quote that means itself
    end      offset after the block
    line     line of the file it begins with, counted from 1
    lines    how many lines it has
    """

    text: bytes
    segments: list[Segment]
    bad: list[Bad]
    proper: bool
    end: int
    line: int
    lines: int


class Syntax:
    """How fields and records are told apart. `delimiter` is one byte, `quote` is one byte or empty."""

    def __init__(self, delimiter: str, quote: str = '"', *, max_record_bytes: int = 1 << 24) -> None:
        self.delimiter, self.quote, self.max_record_bytes = delimiter, quote, max_record_bytes
        self.quote_byte = quote.encode()
        d, q = re.escape(delimiter.encode()), re.escape(self.quote_byte or b"\0")
        opening = rb"(?<![^%s\r\n])%s" % (d, q)
        inside = rb"(?:[^%s]++|%s%s)*+" % (q, q, q)
        run = rb"(?:[^%s\n]++|%s%s%s(?=[%s\r\n]))*+" % (q, opening, inside, q, d)
        self._proper = re.compile(rb"(?:%s\n)++" % run)
        self._going_on = re.compile(rb"%s(?:%s%s%s?)?\Z" % (run, opening, inside, q))
        field = rb"(?:%s(?:[^%s\n]++|%s%s)*+%s[ \t]*+|(?!%s)[^%s\r\n]*+)" % (q, q, q, q, q, q, d)
        self.blank_line = re.compile(rf"\n[\s{re.escape(delimiter + quote)}]*?\n")
        self._literal = re.compile(rb"(?:%s%s)*+%s\r?+\n" % (field, d, field))

    def proper_end(self, text: bytes, start: int) -> int:
        """See `ProperEnd`; exact, by one regular expression."""
        if self.quote and text.find(self.quote_byte, start) >= 0:
            match = self._proper.match(text, start)
            return match.end() if match else start
        return max(start, text.rfind(b"\n", start) + 1)

    def is_literal(self, line: bytes) -> bool:
        """Whether a line is a record in which quotes inside of unquoted fields mean themselves."""
        return self._literal.fullmatch(line) is not None

    def goes_on(self, text: bytes, start: int) -> bool:
        """Whether the record that starts here is so far proper, and not at its end when the text is."""
        return self._going_on.match(text, start) is not None


class Cutter:
    """Takes lines and blocks off a stream of bytes, and knows where it is."""

    def __init__(self, chunks: Iterator[bytes], syntax: Syntax, *, offset: int = 0, line: int = 1) -> None:
        self.syntax = syntax
        self.offset = offset
        self.line = line
        self._chunks = chunks
        self._text = b""
        self._ended = False
        self._discarding = False

    def peek_line(self) -> bytes:
        """The next physical line with its end, without taking it; empty at the end of the text."""
        want = 1
        while b"\n" not in self._text and not self._ended:
            self._fill(want)
            want = len(self._text) + 1
            if len(self._text) > self.syntax.max_record_bytes:
                raise SourceChanged(
                    f"line {self.line} is longer than {self.syntax.max_record_bytes >> 10} KiB.",
                    fix="Check that the file is what `format` says, or raise `max_record_kib`.",
                )
        return self._text[: self._text.find(b"\n") + 1]

    def skip_line(self) -> bool:
        """Pass over a physical line; False at the end of the text."""
        line = self.peek_line()
        self._take(len(line), bool(line))
        return bool(line)

    def next_record(self) -> Block | None:
        """The next record with all of its lines, or a bad line; None at the end of the text."""
        return next(self._cut(1, self._one_record, single=True), None)

    def blocks(self, size: int, proper_end: ProperEnd | None = None) -> Iterator[Block]:
        """The rest of the text in blocks of about `size` bytes."""
        return self._cut(size, proper_end or self.syntax.proper_end)

    def _one_record(self, text: bytes, start: int) -> int:
        end = text.find(b"\n", start) + 1
        while end and self.syntax.proper_end(text[:end], start) != end:
            end = text.find(b"\n", end) + 1
        return end or start

    def _cut(self, size: int, proper_end: ProperEnd, *, single: bool = False) -> Iterator[Block]:
        want = size
        while True:
            self._fill(want)
            if not self._text and self._ended:
                return
            block = self._block(proper_end, single)
            want = size if block else max(len(self._text) + size, len(self._text) * 2)
            if block:
                yield block

    def _fill(self, size: int) -> None:
        if self._ended or len(self._text) >= size:
            return
        parts, length = [self._text], len(self._text)
        while length < size:
            chunk = next(self._chunks, None)
            if chunk is None:
                self._ended = True
                break
            if self._discarding:
                chunk = self._rest_of(chunk)
            parts.append(chunk)
            length += len(chunk)
        self._text = b"".join(parts)
        if self._ended and self._text and not self._text.endswith(b"\n"):
            self._text += b"\n"

    def _rest_of(self, chunk: bytes) -> bytes:
        """What comes after an overlong line."""
        end = chunk.find(b"\n") + 1
        self.offset += end or len(chunk)
        if not end:
            return b""
        self._discarding = False
        self.line += 1
        return chunk[end:]

    def _take(self, end: int, lines: int) -> bytes:
        taken, self._text = self._text[:end], self._text[end:]
        self.offset += end
        self.line += lines
        return taken

    def _block(self, proper_end: ProperEnd, single: bool) -> Block | None:
        """The complete records of the text at hand; None when more of it is needed."""
        text, position, line = self._text, 0, self.line
        segments: list[Segment] = []
        bad: list[Bad] = []
        proper = True
        while position < len(text) and not (single and position):
            end = proper_end(text, position)
            if end == position:
                irregular = self._irregular(text, position)
                if irregular is None:
                    break
                proper = False
                end, reason = irregular
                if reason:
                    bad.append(Bad(line, reason, text[position : min(end, position + _SHOWN_BYTES)]))
            if not bad or bad[-1].line != line:
                _extend(segments, position, end, line)
            line += line_ends(text, position, end)
            position = end
        if position == 0:
            return None
        first, lines = self.line, line - self.line
        return Block(self._take(position, lines), segments, bad, proper, self.offset, first, lines)

    def _irregular(self, text: bytes, start: int) -> tuple[int, str] | None:
        """End of a line that is not proper, and what is wrong with it; None when more of the text must be seen."""
        overlong = len(text) - start > self.syntax.max_record_bytes
        end = text.find(b"\n", start) + 1
        if end == 0:
            if not overlong:
                return None
            self._discarding = True
            return len(text), f"is longer than {self.syntax.max_record_bytes >> 10} KiB"
        if self.syntax.is_literal(text[start:end]):
            return end, ""
        if self.syntax.goes_on(text, start):
            if not self._ended and not overlong:
                return None
            return end, "opens a quote that is never closed"
        return end, "has a quote that is not closed, or one inside of quotes that is not doubled"


def line_ends(text: bytes, start: int, end: int) -> int:
    """How many lines an editor counts: a carriage return alone ends one, too."""
    feeds = text.count(b"\n", start, end)
    if text.find(b"\r", start, end) < 0:  # which takes a tenth of counting them
        return feeds
    return feeds + text.count(b"\r", start, end) - text.count(b"\r\n", start, end)


def _extend(segments: list[Segment], start: int, end: int, line: int) -> None:
    if segments and segments[-1].end == start:
        segments[-1] = Segment(segments[-1].start, end, segments[-1].line)
    else:
        segments.append(Segment(start, end, line))
