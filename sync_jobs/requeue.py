"""`hub quarantine retry`: waiting records are made again from their raw rows, with the maps as they are now.

No system is asked: the raw rows are kept. A retry is a run of its own in the ledger (kind `retry`), and never moves the
stream's position. Only the records that wait are made again from a row, never its other ones: those may have come in a
newer version since.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from hub import mapping
from hub.access.erase.again import known
from hub.errors import ConfigError, HubError, SourceUnavailable
from hub.model.batch import Batch, Mapped, Reject
from hub.output import say, talk
from hub.store.base import PageEntry, Run
from hub.store.raw import raw_text
from sync_jobs.joblist import job_of, open_instances
from sync_jobs.lease import HeldLease
from sync_jobs.ledger import Tally, merge
from sync_jobs.quarantine import entries, require_open

if TYPE_CHECKING:
    from hub.session import Session
    from hub.store.base import PageWriter, QuarantineEntry, Store
    from sync_jobs.jobs import Job

_PAGE = 1000
"""Entries that are tried in one transaction."""
UNPARSED = "row"
"""Rule of rows that could not even be parsed: no map will mend them."""


@dataclass
class Retried:
    """What became of the entries of one stream.

    settled    entries that are done: their record is stored, or the map no longer asks for it
    refused    entries that wait on, with today's reason
    unparsed   entries whose row could not be parsed: only the source can mend those
    """

    source: str
    stream: str
    run_id: int | None = None
    settled: int = 0
    refused: int = 0
    unparsed: int = 0
    error: HubError | None = None

    @property
    def exit_code(self) -> int:
        if self.error is not None:
            return self.error.exit_code
        return 1 if self.refused or self.unparsed else 0


def retry(
    session: Session,
    store: Store,
    *,
    names: Sequence[str] = (),
    ids: Sequence[int] | None = None,
    mended: Mapping[int, Any] = MappingProxyType({}),
) -> list[Retried]:
    """Try all open entries again, or those of the instances `names`, or those numbered `ids`.

    mended   rows that a person has mended, by the number of their entry
    """
    if ids is not None:
        require_open(store, ids)
    waiting = Counter(
        (each.source, each.stream) for each in entries(store, ids=ids) if not names or each.source in names
    )
    configured = {*session.settings.instances, *session.settings.unavailable}
    opened, broken = open_instances(session, [*names] or sorted({source for source, _ in waiting} & configured))
    results = [Retried(name, "*", error=error) for name, error in broken.items()]
    for instance in opened:
        for stream in instance.streams:
            if not waiting.pop((instance.name, stream.name), 0):
                continue
            if stream.provisional:
                results.append(Retried(instance.name, stream.name, error=_unknown_columns(instance.name, stream.name)))
            else:
                job = replace(job_of(session, instance, stream, "retry"), before_merge=session.registry.before_merge)
                results.append(retry_stream(job, store, ids, mended))
        instance.close()
    for source, stream_name in waiting:
        if source not in broken:
            error = ConfigError(
                "this stream is no longer configured.", fix="Drop its entries, or configure it again.",
                where=f"{source}/{stream_name}",
            )  # fmt: skip
            results.append(Retried(source, stream_name, error=error))
    return results


def retry_stream(
    job: Job, store: Store, ids: Sequence[int] | None = None, mended: Mapping[int, Any] = MappingProxyType({})
) -> Retried:
    """Try the open entries of one stream again, under the stream's lease."""
    result = Retried(job.source, job.stream.name)
    try:
        held = HeldLease(store, job.source, job.stream.name)
    except HubError as error:
        result.error = error.at(job.where)
        return result
    try:
        _Retry(job, store, held, result, mended).run(ids)
    finally:
        held.release()
    return result


class _Retry:
    """One stream's retry while it lasts."""

    def __init__(self, job: Job, store: Store, held: HeldLease, result: Retried, mended: Mapping[int, Any]) -> None:
        self.job, self.store, self.held, self.result, self.mended = job, store, held, result, mended
        self.tally = Tally()
        now = datetime.now(UTC)
        run = Run(0, job.sync_id, job.source, job.stream.name, job.stream.mode.value, "retry", now, None, now)
        self.run_record = store.start_run(run)
        result.run_id = self.run_record.id

    def run(self, ids: Sequence[int] | None) -> None:
        status = "failed"
        waiting = entries(self.store, source=self.job.source, stream=self.job.stream.name, ids=ids)
        try:
            number = 0
            while page := list(islice(waiting, _PAGE)):
                number += 1
                self.held.keep()
                self._page(number, page)
            status = "partial" if self.tally.total.quarantined else "ok"
        except HubError as error:
            self.result.error = error.at(self.job.where)
            self.run_record.error = str(error)
        finally:
            self._close(status)

    def _page(self, number: int, page: list[QuarantineEntry]) -> None:
        page = [replace(each, raw=self.mended.get(each.id, each.raw)) for each in page]
        tried = [each for each in page if each.rule != UNPARSED or each.id in self.mended]
        self.result.unparsed += len(page) - len(tried)
        if not tried:
            return
        rows = _Rows(tried)
        mapped = rows.wanted(mapping.apply(self.job.maps, rows.raws))
        erased = known(self.store)
        if erased:
            erased.apply(self.job.source, mapped.batches)
        self._ask_plugins(mapped)
        same, refused = rows.same(mapped.rejects), rows.refused(mapped.rejects)
        done = [each.id for each in tried if each.id not in same]
        at = datetime.now(UTC)
        with self.store.page(self.run_record, self.held.lease, at) as writer:
            counts = merge(writer, mapped)
            rows.keep_waiting(writer, mapped.rejects)
            writer.settle(done, "resolved", f"run {self.run_record.id}")
            for entity, count in counts.items():
                writer.ledger(PageEntry(number, entity, mapped.rows, 0, count, "quarantine", 0, at))
        self.tally.add_page(mapped, counts)
        self.result.settled += len(tried) - len(refused)
        self.result.refused += len(refused)

    def _ask_plugins(self, mapped: Mapped) -> None:
        if self.job.before_merge:
            for batch in mapped.batches:
                refused = self.job.before_merge(self.job.source, self.job.stream.name, batch)
                if refused:
                    mapped.rejects += batch.refuse(refused)

    def _close(self, status: str) -> None:
        run = self.run_record
        run.status, run.ended_at = status, datetime.now(UTC)
        run.counts, run.rows_read, run.pages = self.tally.total, self.tally.rows, self.tally.pages
        held = self.store.held(self.job.source)
        run.held = sum(held.get(entity, 0) for entity in self.job.entities)
        self.store.finish_run(run)


class _Rows:
    """The different raw rows of some entries, and which of their records wait."""

    def __init__(self, page: list[QuarantineEntry]) -> None:
        self.raws: list[Any] = []
        self._entries: dict[tuple[int, str], list[QuarantineEntry]] = defaultdict(list)
        places: dict[str, int] = {}
        for each in page:
            text = raw_text(each.raw)
            if text not in places:
                places[text] = len(self.raws)
                self.raws.append(each.raw)
            self._entries[places[text], each.entity].append(each)

    def wanted(self, mapped: Mapped) -> Mapped:
        """Only the records that wait. One whose id was not known, or is another by today's map, stands for its row."""
        rejects = [reject for reject in mapped.rejects if self._waits(reject.row, reject.entity, reject.source_id)]
        refused = {(reject.row, reject.entity) for reject in rejects}
        made = defaultdict(set)
        for batch in mapped.batches:
            for place, key in enumerate(batch.lists()["source_id"]):
                made[batch.origin(place), batch.entity.name].add(key)
        renamed = {
            key for key in self._entries
            if key not in refused and not any(self._waits(*key, source_id) for source_id in made[key])
        }  # fmt: skip
        batches = [self._wanted_of(batch, renamed) for batch in mapped.batches]
        return Mapped(len(self.raws), [batch for batch in batches if len(batch)], rejects)

    def _wanted_of(self, batch: Batch, renamed: set[tuple[int, str]]) -> Batch:
        columns = batch.lists()
        keep = [
            place
            for place, key in enumerate(columns["source_id"])
            if (batch.origin(place), batch.entity.name) in renamed
            or self._waits(batch.origin(place), batch.entity.name, key)
        ]
        return Batch(
            batch.entity,
            {name: [values[place] for place in keep] for name, values in columns.items()},
            [batch.origin(place) for place in keep],
        )

    def _waits(self, row: int, entity: str, source_id: str | None) -> bool:
        waiting = self._entries.get((row, entity), [])
        return any(each.source_id is None or source_id is None or each.source_id == source_id for each in waiting)

    def keep_waiting(self, writer: PageWriter, rejects: Sequence[Reject]) -> None:
        """Give refused records today's reason; where they came from stays as it was."""
        for reject in rejects:
            first = self._entries[reject.row, reject.entity][0]
            writer.quarantine([reject], origin=first.origin, first_row=first.row_number - reject.row)

    def refused(self, rejects: Sequence[Reject]) -> set[int]:
        """The entries whose record is refused again, be it for another reason, which then has an entry of its own."""
        return {each.id for reject in rejects for each in self._entries[reject.row, reject.entity]}

    def same(self, rejects: Sequence[Reject]) -> set[int]:
        """Those of them that wait on for the same reason as before."""
        return {
            each.id
            for reject in rejects
            for each in self._entries[reject.row, reject.entity]
            if (each.field, each.rule, each.source_id or None) == (reject.field, reject.rule, reject.source_id or None)
        }


def _unknown_columns(source: str, stream: str) -> HubError:
    return SourceUnavailable(
        "its columns are not known while it cannot be looked at.",
        fix="Run `hub check` to see why, then retry.",
        where=f"{source}/{stream}",
    )


def tell(results: Sequence[Retried]) -> None:
    """One line for each stream; errors on stderr."""
    for each in results:
        if each.error is not None:
            talk(f"hub: {each.error}")
            continue
        parts = [f"{each.settled} settled", f"{each.refused} still refused"]
        if each.unparsed:
            parts.append(f"{each.unparsed} left alone, since their rows could not be parsed")
        say(f"{each.source}/{each.stream}: {', '.join(parts)} (run {each.run_id})")
    if not results:
        say("Nothing waits in quarantine.")


def document(results: Sequence[Retried]) -> dict[str, Any]:
    """The JSON of `hub quarantine retry`: exit_code, and `streams`, one object each: source, stream, run_id, settled,
    refused, unparsed, error."""
    streams = [
        {
            "source": each.source, "stream": each.stream, "run_id": each.run_id, "settled": each.settled,
            "refused": each.refused, "unparsed": each.unparsed, "error": str(each.error) if each.error else None,
        }
        for each in results
    ]  # fmt: skip
    return {"exit_code": exit_code(results), "streams": streams}


def exit_code(results: Sequence[Retried]) -> int:
    """0 when nothing waits any more of what was tried."""
    return max((each.exit_code for each in results), default=0)
