"""Files that only grow: where the last reading of one ended, and whether all before that is still as it was read."""

from __future__ import annotations

import hashlib
from typing import Any

from connectors.files import formats
from connectors.files.delimited import Chunk
from connectors.files.options import Options
from connectors.files.unpack import Part, kind_of, opened

_ENDS_BYTES = 1 << 12
_BY_LINES = {"csv", "tsv", "jsonl"}

Place = dict[str, Any]
"""offset and line where reading may go on, `at` in the file's own bytes, and a mark of what lies before: JSON."""


def end_of(part: Part, options: Options, last: Chunk | None) -> Place | None:
    """Where a reading ended, by its last chunk. None where the next one cannot go on there: in an archive, another
    encoding, behind half a line or a line that was none."""
    if last is None or last.offset is None or last.bad or formats.format_of(part.name, options) not in _BY_LINES:
        return None
    at = formats.text_of(part, options).position(last.offset)
    if at is None or kind_of(part.path, part.name) != "plain":
        return None
    mark = _mark(part, at)
    return {"offset": last.offset, "line": last.line, "at": at, "mark": mark} if mark else None


def start_of(part: Part, place: Place | None) -> tuple[int, int] | None:
    """Where to go on in a file that has grown since; None where it has to be read from its beginning."""
    if place is None or _mark(part, place["at"]) != place["mark"]:
        return None
    return place["offset"], place["line"]


def _mark(part: Part, at: int) -> str:
    """A hash of the first and the last bytes before a place; empty where no line ends there."""
    with opened(part.path, part.name) as file:
        head = file.read(min(_ENDS_BYTES, at))
        file.seek(max(0, at - _ENDS_BYTES))
        tail = file.read(min(_ENDS_BYTES, at))
    if len(tail) < min(_ENDS_BYTES, at) or not tail.endswith(b"\n"):
        return ""
    return hashlib.blake2b(head + tail, digest_size=8).hexdigest()
