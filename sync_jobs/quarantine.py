"""`hub quarantine list|show|drop`: records that wait for somebody, and giving them up."""

from __future__ import annotations

import getpass
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from hub.errors import UsageError
from hub.output import say, talk
from sync_jobs import show

if TYPE_CHECKING:
    from hub.store.base import QuarantineEntry, Store

_PAGE = 1000
"""Entries that are read at a time."""


def entries(
    store: Store, *, source: str | None = None, stream: str | None = None, ids: Sequence[int] | None = None,
    status: str | None = "open",
) -> Iterator[QuarantineEntry]:  # fmt: skip
    """All entries that fit, by id, read in pages."""
    after = 0
    while page := store.quarantined(source=source, stream=stream, ids=ids, status=status, after=after, limit=_PAGE):
        yield from page
        after = page[-1].id


def entry(store: Store, number: int) -> QuarantineEntry:
    """One entry, whatever its status. Raises UsageError where there is none."""
    found = store.quarantined(ids=[number], status=None, limit=1)
    if not found:
        raise UsageError(f"there is no quarantine entry {number}.", fix="`hub quarantine list` shows them.")
    return found[0]


def require_open(store: Store, ids: Sequence[int]) -> None:
    """Raise UsageError for numbers that are not those of open entries."""
    known = {each.id for each in entries(store, ids=ids)}
    missing = [str(number) for number in ids if number not in known]
    if missing:
        raise UsageError(
            f"no open quarantine entry has the number {', '.join(missing)}.", fix="See `hub quarantine list`."
        )


def drop(store: Store, ids: Sequence[int]) -> int:
    """Give entries up: they stay on record, with who said so. Returns how many."""
    require_open(store, ids)
    return store.settle(ids, "dropped", whoami())


def whoami() -> str:
    """The person, for the record."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def tell_list(found: Sequence[QuarantineEntry], total: int) -> None:
    """One line for each entry, without anything that is in the row but its id."""
    headers = ["entry", "stream", "entity", "record", "field", "rule", "reason", "from", "row", "times", "last seen"]
    rows = [
        [
            str(each.id), f"{each.source}/{each.stream}", each.entity, each.source_id, each.field, each.rule,
            each.reason, each.origin, each.row_number, each.times_seen, show.moment(each.last_seen_at),
        ]
        for each in found
    ]  # fmt: skip
    say(show.table(headers, rows) or "Nothing waits in quarantine.")
    if total > len(found):
        talk(f"These are the first {len(found):,} of {total:,}; --limit shows more.")


def tell_entry(each: QuarantineEntry) -> None:
    """One entry in full, with the raw row."""
    for line in _lines(each):
        say(show.printable(line))


def _lines(each: QuarantineEntry) -> Iterator[str]:
    yield f"entry {each.id}: {each.source}/{each.stream}, {each.status}"
    yield f"  {each.entity} {each.source_id or '(no id)'}: {each.field} breaks the rule `{each.rule}`"
    yield f"  {each.reason}"
    yield f"  from {each.origin or 'the source'}, row {each.row_number}; run {each.run_id}"
    first, last = show.moment(each.first_seen_at), show.moment(each.last_seen_at)
    times = "once" if each.times_seen == 1 else f"{each.times_seen} times"
    yield f"  first seen {first}, last seen {last}, {times}"
    yield "  raw row:"
    for line in json.dumps(each.raw, indent=2, ensure_ascii=False, default=str).splitlines():
        yield f"    {line}"
    if each.status == "open":
        yield f"  Mend the source or `fields:`, then `hub quarantine retry {each.id}`; or drop it."


def document(found: Sequence[QuarantineEntry], total: int) -> dict[str, Any]:
    """The JSON of `hub quarantine list`: total (open entries that fit), and `entries`, one object each: id, source,
    stream, entity, source_id, field, rule, reason, origin, row_number, run_id, first_seen_at, last_seen_at, times_seen,
    status. Raw rows are only in `hub quarantine show --json`, as `raw`."""
    listed = [{name: value for name, value in asdict(each).items() if name != "raw"} for each in found]
    return {"total": total, "entries": listed}
