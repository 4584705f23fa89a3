"""Results as plain text: tables that fit a terminal and a log alike, counts, ages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

_UNITS = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))


def table(headers: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Columns side by side; numbers to the right. Empty where there are no rows."""
    if not rows:
        return ""
    texts = [[_text(cell) for cell in row] for row in rows]
    numeric = [all(isinstance(row[place], int | None) for row in rows) for place in range(len(headers))]
    widths = [max(len(line[place]) for line in [list(headers), *texts]) for place in range(len(headers))]
    lines = [
        "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(line, widths, numeric, strict=True)
        ).rstrip()
        for line in [list(headers), *texts]
    ]
    return "\n".join(lines)


def _text(cell: Any) -> str:
    if cell is None:
        return "-"
    return f"{cell:,}" if isinstance(cell, int) and not isinstance(cell, bool) else printable(str(cell))


def printable(text: str) -> str:
    """The text without control characters: what a source sends must not steer the terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def moment(at: datetime | None) -> str:
    return "-" if at is None else at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def age(since: datetime | None, now: datetime) -> str:
    """How long ago, in the largest unit that says something: `3 h ago`."""
    return "never" if since is None else f"{duration(now - since)} ago"


def duration(length: timedelta) -> str:
    seconds = max(0, int(length.total_seconds()))
    for unit, size in _UNITS:
        if seconds >= 2 * size or size == 1:
            return f"{seconds // size} {unit}"
    return "0 s"


def share(part: int | None, whole: int | None) -> str:
    """`held / source`: what we have of what there is; a question mark for what is not known."""
    return " / ".join("?" if count is None else f"{count:,}" for count in (part, whole))
