"""The highest change stamp of a page, for `Page.cursor`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from hub.sdk.http.decode import dig


def iso_moment(value: Any) -> datetime | None:
    """An ISO 8601 text as an aware moment, UTC where it says no offset; None for anything else."""
    if not isinstance(value, str):
        return None
    try:
        moment = datetime.fromisoformat(value)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def latest(rows: Iterable[Any], path: str, read: Callable[[Any], datetime | None] = iso_moment) -> datetime | None:
    """The highest stamp at a path of the rows; None where no row has one.

    A stamp that cannot be read is passed over: its row will be rejected, and must not stop the others.
    """
    highest: datetime | None = None
    for row in rows:
        try:
            moment = read(dig(row, path))
        except KeyError:
            continue
        if moment is not None and (highest is None or moment > highest):
            highest = moment
    return highest
