"""What moves through the hub: a page's worth of one entity, column by column, in physical form.

A column is a list, or an Arrow array where the source was columnar already; both hold the physical form that
`hub.model.kinds.Kind` defines (for Arrow: string, int64, bool). Nobody but the store and the mapping looks inside.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

from hub.model.kinds import Entity

Row = Mapping[str, Any]
"""What the source sent, untouched."""


@dataclass(slots=True)
class Replacement:
    """The children of these parents were sent in full: what the store has beyond them is gone at the source.

    owners    parent's source_id -> its source_updated_at [microseconds], None where the source tells none
    kept      ids of children that were sent but rejected; they are not gone
    outdated  positions of children that came with a copy of their parent which another copy of the same page outdates
    """

    owner_column: str
    owners: dict[str, int | None]
    kept: list[str] = field(default_factory=list)
    outdated: Sequence[int] = ()


@dataclass(slots=True)
class Batch:
    """Records of one entity, checked and ready to merge. All columns are equally long; `source_id` is always one.

    `origins[i]` is the position, within its page, of the source row that record i was made of. None: record i is row i.
    """

    entity: Entity
    columns: dict[str, list[Any] | pa.Array]
    origins: Sequence[int] | None = None
    replacement: Replacement | None = None

    def __len__(self) -> int:
        return len(self.columns["source_id"])

    def origin(self, record: int) -> int:
        return record if self.origins is None else self.origins[record]

    def refuse(self, refused: Sequence[Reject]) -> list[Reject]:
        """Take records out; `Reject.row` is the record's position here, and the source row's in what is returned."""
        gone = {reject.row for reject in refused}
        keep = [record for record in range(len(self)) if record not in gone]
        rejects = [replace(reject, row=self.origin(reject.row)) for reject in refused]
        self.columns = {name: chosen(values, keep) for name, values in self.columns.items()}
        self.origins = [self.origin(record) for record in keep]
        if self.replacement:
            outdated = set(self.replacement.outdated)
            self.replacement.kept += [
                reject.source_id for reject in refused if reject.source_id is not None and reject.row not in outdated
            ]
            self.replacement.outdated = [place for place, record in enumerate(keep) if record in outdated]
        return rejects

    def lists(self) -> dict[str, list[Any]]:
        """Every column as a plain list."""
        return {
            name: values if isinstance(values, list) else values.to_pylist() for name, values in self.columns.items()
        }


@dataclass(frozen=True, slots=True)
class Reject:
    """One record that breaks a rule, with all that somebody needs to mend it."""

    entity: str
    row: int
    """Position of the source row within its page."""
    source_id: str | None
    field: str
    rule: str
    """type, required, range, vocabulary, length, key, format, currency, row, hook"""
    reason: str
    """One plain sentence without the row's other values."""
    raw: Row


@dataclass(slots=True)
class Mapped:
    """What a page became: batches to merge, rejects to quarantine, and the rows no map asked for."""

    rows: int
    batches: list[Batch]
    rejects: list[Reject]
    unrouted: int = 0
    """Rows that no map's `where` let in: counted, never silently dropped."""


def chosen(values: list[Any] | pa.Array, keep: list[int]) -> list[Any] | pa.Array:
    """The values of a column at some places, of which there may be none."""
    if isinstance(values, list):
        return [values[position] for position in keep]
    import pyarrow as pa  # loaded already: the column is an Arrow array

    return values.take(pa.array(keep, pa.int64()))
