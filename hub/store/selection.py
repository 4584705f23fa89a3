"""Parts of a batch."""

from __future__ import annotations

from hub.model.batch import Batch


def taken(batch: Batch, keep: list[int]) -> Batch:
    """Some of a batch's records, in the order of their positions."""
    columns = {
        name: [values[record] for record in keep] if isinstance(values, list) else values.take(keep)
        for name, values in batch.columns.items()
    }
    return Batch(batch.entity, columns, [batch.origin(record) for record in keep], batch.replacement)


def without_children_of(batch: Batch, owners: set[str]) -> Batch:
    """The batch without the records of some parents."""
    assert batch.replacement is not None
    column = batch.columns[batch.replacement.owner_column]
    parents = column if isinstance(column, list) else column.to_pylist()
    return taken(batch, [record for record, parent in enumerate(parents) if parent not in owners])
