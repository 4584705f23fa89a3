"""Parts of a batch."""

from __future__ import annotations

from dataclasses import replace

from hub.model.batch import Batch, Replacement, chosen
from hub.store.plain import plain


def taken(batch: Batch, keep: list[int]) -> Batch:
    """Some of a batch's records, in the order of their positions."""
    columns = {name: chosen(values, keep) for name, values in batch.columns.items()}
    return Batch(batch.entity, columns, [batch.origin(record) for record in keep], batch.replacement)


def without_outdated(batch: Batch) -> Batch:
    """The batch without children of copies of a parent that another copy of the same page outdates."""
    full = batch.replacement
    if full is None or not full.outdated:
        return batch
    outdated = set(full.outdated)
    rest = taken(batch, [record for record in range(len(batch)) if record not in outdated])
    rest.replacement = replace(full, outdated=())
    return rest


def without_children_of(batch: Batch, owners: set[str]) -> Batch:
    """The batch without the records of some parents, and without a word about what these parents lack."""
    full = batch.replacement
    assert full is not None
    parents = plain(batch.columns[full.owner_column], 0, len(batch))
    rest = taken(batch, [record for record, parent in enumerate(parents) if parent not in owners])
    others = {owner: stamp for owner, stamp in full.owners.items() if owner not in owners}
    rest.replacement = Replacement(full.owner_column, others, full.kept)
    return rest
