"""A rejected source row as a JSON text that every database takes, whatever the row holds."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from hub.model.batch import Reject

MAX_CELL = 1_000_000
"""Characters of one cell that are kept; the rest is cut off, and its length told."""


def raw_text(row: Mapping[str, Any]) -> str:
    """The row as a JSON object with sorted keys. What JSON does not know becomes text: decimals and times as people
    write them, bytes as base64, infinite numbers by name; characters that databases refuse are written as escapes."""
    return json.dumps(_plain(row), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def record_key(reject: Reject, raw: str) -> str:
    """What a rejected record is recognised by when it comes again: its id, or a digest of its row."""
    return reject.source_id if reject.source_id else "sha256:" + hashlib.sha256(raw.encode()).hexdigest()


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return {_text(str(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, bytes | bytearray | memoryview):
        return _text(base64.b64encode(value).decode("ascii"))
    if isinstance(value, Sequence | set | frozenset):
        return [_plain(item) for item in value]
    if isinstance(value, float) and math.isfinite(value):
        return value
    return _text(str(value))


def _text(value: str) -> str:
    if len(value) > MAX_CELL:
        value = f"{value[:MAX_CELL]}... ({len(value)} characters)"
    if "\x00" in value or not value.isascii():
        value = value.replace("\x00", "\\u0000").encode("utf-8", "backslashreplace").decode("utf-8")
    return value
