"""The completeness ledger: what must hold before a page is stored, and before a run may call itself complete."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from hub.errors import RunIncomplete, SourceChanged
from hub.model.batch import Reject
from hub.store.base import Counts

_JUDGED_FROM = 50
"""Records read before the share of rejects says anything."""
_TOLERANCE = 0.01
"""Rows that may come and go at the source while it is read, as a share of its own count."""


@dataclass
class Tally:
    """Running totals of one run."""

    rows: int = 0
    unrouted: int = 0
    pages: int = 0
    by_entity: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    first_reject: Reject | None = None

    def add(self, entity: str, counts: Counts) -> None:
        self.by_entity[entity] = self.by_entity[entity] + counts

    @property
    def total(self) -> Counts:
        return sum(self.by_entity.values(), Counts())

    def require_few_rejects(self, max_share: float, where: str) -> None:
        """Stop a run that mostly fails: the source or the map has changed, and going on only fills the quarantine."""
        total = self.total
        if total.read < _JUDGED_FROM or total.quarantined <= max_share * total.read:
            return
        first = self.first_reject
        why = f" First: {first.entity}.{first.field}: {first.reason}" if first else ""
        raise SourceChanged(
            f"{total.quarantined} of {total.read} records were refused, more than the {max_share:.0%} allowed.{why}",
            fix="See `hub quarantine list`; mend the map under `fields:` or the source, then run the sync again.",
            where=where,
        )


def require_complete(rows: int, source_total: int | None, where: str) -> None:
    """Refuse to call a run complete that read far less than the source counted."""
    if source_total is None or rows >= source_total * (1 - _TOLERANCE) - 1:
        return
    raise RunIncomplete(
        f"{rows} rows came, but the source counts {source_total}.",
        fix="Nothing was deleted and the cursor stays; run `hub check` for missing permissions, then sync again.",
        where=where,
    )


def require_plausible_deletes(entity: str, missing: int, held: int, max_share: float, where: str) -> None:
    """Refuse to delete most of what is held because a snapshot lacks it: an export cut short looks just like that."""
    if missing < _JUDGED_FROM or missing <= max_share * held:
        return
    raise RunIncomplete(
        f"the snapshot lacks {missing} of the {held} {entity} held, more than the {max_share:.0%} allowed.",
        fix="Nothing was deleted. If they are really gone, run `hub sync` again with --allow-deletes.",
        where=where,
    )
