"""Records that come more than once within a page: only one copy of each counts."""

from __future__ import annotations

from collections.abc import Sequence


def survivors(ids: Sequence[str], stamps: Sequence[int | None] | None) -> list[int] | None:
    """Positions of the records to keep, in order; None where all are different.

    As if they came one after the other: the last one counts, unless an earlier one bears a later stamp.
    """
    if len(set(ids)) == len(ids):
        return None
    kept: dict[str, int] = {}
    for position, key in enumerate(ids):
        before = kept.get(key)
        if before is None or not _is_older(stamps, position, before):
            kept[key] = position
    return sorted(kept.values())


def _is_older(stamps: Sequence[int | None] | None, position: int, other: int) -> bool:
    if stamps is None:
        return False
    mine, theirs = stamps[position], stamps[other]
    return mine is not None and theirs is not None and mine < theirs
