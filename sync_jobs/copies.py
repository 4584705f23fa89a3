"""Stock that a page tells several times: an export of past snapshots.

Each copy is merged in its turn, so that the history gets all of them; for the counts they are copies of one record.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from hub.model.batch import Batch
from hub.store.base import Counts, PageWriter
from hub.store.plain import plain
from hub.store.selection import taken


def date_by_count(batches: Iterable[Batch]) -> None:
    """Let the moment that a figure was counted decide which is the newer one, where the source tells no other."""
    for batch in batches:
        if batch.entity.history and "source_updated_at" not in batch.columns and "counted_at" in batch.columns:
            batch.columns["source_updated_at"] = batch.columns["counted_at"]


def merge_in_turn(writer: PageWriter, batch: Batch) -> Counts:
    """Merge a batch, the older copies of each record before the newer ones. The counts are those of a single merge."""
    waves = _waves(batch)
    if len(waves) < 2:
        return writer.merge(batch)
    counts = Counts()
    for wave in waves[:-1]:
        part = taken(batch, wave)
        part.replacement = None
        counts = counts + writer.merge(part)
    last = writer.merge(taken(batch, waves[-1]))
    records, settled = len(waves[-1]) - last.duplicate, last.superseded
    inserted = counts.inserted + last.inserted
    unchanged = min(last.unchanged, records - settled - inserted)
    return replace(
        last,
        read=len(batch),
        duplicate=len(batch) - records,
        inserted=inserted,
        unchanged=unchanged,
        updated=records - settled - inserted - unchanged,
    )


def _waves(batch: Batch) -> list[list[int]]:
    """Positions of the records, the last copy of each in the last wave; one wave where nothing comes twice."""
    ids = plain(batch.columns["source_id"], 0, len(batch)) if batch.entity.history else []
    if len(set(ids)) == len(ids):
        return []
    stamps = batch.columns.get("source_updated_at")
    moments: list[int | None] = plain(stamps, 0, len(batch)) if stamps is not None else [None] * len(ids)
    copies: dict[str, list[int]] = {}
    for place, key in enumerate(ids):
        copies.setdefault(key, []).append(place)
    waves: list[list[int]] = [[] for _ in range(max(map(len, copies.values())))]
    for places in copies.values():
        if all(moments[place] is not None for place in places):
            places.sort(key=lambda place: moments[place] or 0)
        for turn, place in enumerate(reversed(places)):
            waves[-1 - turn].append(place)
    return [sorted(wave) for wave in waves]
