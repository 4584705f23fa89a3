"""JSON Lines: one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from connectors.files.csv_rows import BadRow
from connectors.files.delimited import Chunk
from connectors.files.records import Block, Cutter, Syntax
from connectors.files.text import Text
from hub.sdk import Row

_BLOCK_BYTES = 1 << 19


def chunks(text: Text, *, start: tuple[int, int] | None, max_record_bytes: int) -> Iterator[Chunk]:
    """The objects of a file; a line that is none is a bad row."""
    offset, line = start or (0, 1)
    syntax = Syntax(",", "", max_record_bytes=max_record_bytes)
    cutter = Cutter(text.chunks(offset), syntax, offset=offset, line=line)
    for block in cutter.blocks(_BLOCK_BYTES):
        yield _parsed(block)


def _parsed(block: Block) -> Chunk:
    rows: list[Row] = []
    lines: list[int] = []
    bad = [
        BadRow(item.line, f"line {item.line} {item.reason}", {"line": item.text.decode("utf-8", "replace")})
        for item in block.bad
    ]
    for segment in block.segments:
        for number, line in enumerate(block.text[segment.start : segment.end].split(b"\n")[:-1], segment.line):
            if not line.strip():
                continue
            value, reason = _object(line)
            if reason:
                bad.append(
                    BadRow(number, f"line {number} {reason}", {"line": line[: 1 << 15].decode("utf-8", "replace")})
                )
            else:
                rows.append(value)
                lines.append(number)
    return Chunk(rows, lines, bad, block.end, block.line + block.lines)


def _object(line: bytes) -> tuple[dict[str, Any], str]:
    try:
        value = json.loads(line)
    except RecursionError:
        return {}, "is nested too deeply"
    except ValueError:
        return {}, "is not JSON"
    return (value, "") if isinstance(value, dict) else ({}, "is not a JSON object")
