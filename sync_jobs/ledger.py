"""The completeness ledger: what must hold before a page is stored, and before a run may call itself complete."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace

from hub.errors import RunIncomplete, SourceChanged
from hub.model.batch import Mapped, Reject
from hub.store.base import Counts, PageWriter
from sync_jobs.copies import merge_in_turn

_JUDGED_FROM = 50
"""Records read before the share of rejects says anything."""
_DELETES_JUDGED_FROM = 50
"""Deletions below this are nobody's disaster ..."""
_EMPTIED_FROM = 10
"""... unless they are all there is: an export that came out empty."""
_TOLERANCE = 0.001
"""Rows that may go while a source is read that counts itself once only, as a share of its count."""


@dataclass
class Tally:
    """Running totals of one run."""

    rows: int = 0
    unrouted: int = 0
    pages: int = 0
    by_entity: dict[str, Counts] = field(default_factory=lambda: defaultdict(Counts))
    first_reject: Reject | None = None

    def copy(self) -> Tally:
        return replace(self, by_entity=self.by_entity.copy())

    def add(self, entity: str, counts: Counts) -> None:
        self.by_entity[entity] = self.by_entity[entity] + counts

    def add_page(self, mapped: Mapped, counts: dict[str, Counts]) -> None:
        """A page that was stored."""
        for entity, count in counts.items():
            self.add(entity, count)
        self.rows += mapped.rows
        self.unrouted += mapped.unrouted
        self.pages += 1
        if self.first_reject is None and mapped.rejects:
            self.first_reject = mapped.rejects[0]

    @property
    def total(self) -> Counts:
        return sum(self.by_entity.values(), Counts())

    def is_mostly_rejects(self, max_share: float) -> bool:
        total = self.total
        return total.read >= _JUDGED_FROM and total.quarantined > max_share * total.read

    def require_few_rejects(self, max_share: float, where: str) -> None:
        """Stop a run that mostly fails: the source or the map has changed, and going on only fills the quarantine."""
        if not self.is_mostly_rejects(max_share):
            return
        total = self.total
        first = self.first_reject
        why = f" First: {first.entity}.{first.field}: {first.reason}" if first else ""
        raise SourceChanged(
            f"{total.quarantined} of {total.read} records were refused, more than the {max_share:.0%} allowed.{why}",
            fix="See `hub quarantine list`; mend the map under `fields:` or the source, then run the sync again.",
            where=where,
        )


def merge(writer: PageWriter, mapped: Mapped) -> dict[str, Counts]:
    """Merge all batches of a page and account for its rejects: entity -> counts that balance, or RunIncomplete."""
    counts: dict[str, Counts] = {}
    for batch in mapped.batches:
        name = batch.entity.name
        counts[name] = counts.get(name, Counts()) + merge_in_turn(writer, batch)
    for reject in mapped.rejects:
        count = counts.setdefault(reject.entity, Counts())
        count.read += 1
        count.quarantined += 1
    require_balance(counts, expected=_records(mapped))
    return counts


def _records(mapped: Mapped) -> dict[str, int]:
    """How many records of each entity the page was mapped to: the number the store's counts are held against."""
    records: dict[str, int] = defaultdict(int)
    for batch in mapped.batches:
        records[batch.entity.name] += len(batch)
    for reject in mapped.rejects:
        records[reject.entity] += 1
    return records


def require_balance(counts: dict[str, Counts], expected: dict[str, int]) -> None:
    """Every record must be accounted for once."""
    wrong = [
        f"{name}: {expected.get(name, 0)} records, {count}"
        for name, count in counts.items()
        if not count.balanced or count.read != expected.get(name, 0)
    ]
    if wrong:
        raise RunIncomplete(
            f"the ledger does not balance: {'; '.join(wrong)}.",
            fix="Nothing of this page was stored. Please report it with the output of `hub runs`.",
        )


def require_complete(rows: int, source_total: int | None, where: str) -> None:
    """Refuse to call a run complete that read fewer rows than the source counted."""
    if source_total is None or rows >= source_total - int(source_total * _TOLERANCE):
        return
    raise RunIncomplete(
        f"{rows} different rows came, but the source counts {source_total}.",
        fix="Nothing was deleted and the cursor stays; run `hub check` for missing permissions, then sync again.",
        where=where,
    )


def require_plausible_deletes(
    entity: str, missing: int, held: int, max_share: float, *, where: str, command: str
) -> None:
    """Refuse to delete most of what is held because a complete read lacks it: an export cut short looks just like that.

    command   how to run the same again
    """
    emptied = missing == held and held >= _EMPTIED_FROM
    if missing <= max_share * held or (missing < _DELETES_JUDGED_FROM and not emptied):
        return
    raise RunIncomplete(
        f"the complete read lacks {missing} of the {held} {entity} held, more than the {max_share:.0%} allowed.",
        fix=f"Nothing was deleted. If they are really gone, run `{command} --allow-deletes`.",
        where=where,
    )
