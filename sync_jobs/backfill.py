"""`hub backfill`: a stretch of the past is read again, as a job of its own.

It has a lane of its own for its position and lease, so that it can be stopped and gone on with, and the stream's own
runs go on beside it with their cursor untouched. What it brings is merged like everything else: an older version never
overwrites a newer one, and nothing is ever taken for deleted.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from hub.errors import LeaseHeld, UsageError
from hub.output import say, talk
from hub.sdk.connector import Mode, ReadRequest, Stream
from hub.store.operations import Backfill, Operations
from sync_jobs import show
from sync_jobs.executors import performer
from sync_jobs.joblist import Opened, job_of, open_instance, require_known
from sync_jobs.jobs import Cancelled, RunReport
from sync_jobs.manners import giving_way
from sync_jobs.stopping import stop_on_signals
from sync_jobs.stores import opened as opened_stores
from sync_jobs.sync import policy_of

if TYPE_CHECKING:
    from hub.sdk.allowance import Allowance
    from hub.session import Session
    from hub.store.base import Store

_LOOK_SECONDS = 2.0
_OPEN = ("waiting", "running", "stopped")


@dataclass(frozen=True)
class Forecast:
    """What a backfill will take, as far as the system can tell. `counted` is None where it cannot."""

    source: str
    stream: str
    since: datetime
    until: datetime
    counted: int | None
    allowance: Allowance | None
    reserve: float

    @property
    def calls(self) -> int | None:
        return self.allowance.cost(self.counted) if self.allowance and self.counted is not None else None

    @property
    def too_dear(self) -> bool:
        """Whether too few calls would be left for the stream's own runs and for people."""
        return (
            self.calls is not None
            and self.allowance is not None
            and (self.calls > self.allowance.left - self.allowance.total * self.reserve)
        )

    @property
    def text(self) -> str:
        """All of it in words."""
        rows = "the source does not tell how many rows" if self.counted is None else f"{self.counted:,} rows"
        lines = [
            f"{self.source}/{self.stream}, from {self.since:%Y-%m-%d %H:%M} to {self.until:%Y-%m-%d %H:%M} UTC: {rows}"
        ]
        if self.allowance is not None and self.calls is not None:
            kept = round(self.allowance.total * self.reserve)
            lines.append(
                f"That takes about {self.calls:,} calls; {self.allowance.left:,} of {self.allowance.total:,} are left,"
                f" of which {kept:,} are kept back for everything else."
            )
        return "\n".join(lines)


def forecast(session: Session, name: str, stream: str, since: datetime, until: datetime | None) -> Forecast:
    """Ask the system how much there is. Raises UsageError for a stretch that makes no sense, or a stream that has
    none: a snapshot is always read whole."""
    begin, end = since.replace(tzinfo=UTC), (until or datetime.now(UTC)).replace(tzinfo=UTC)
    if begin >= end:
        raise UsageError("--from must lie before --to.", fix="Both are UTC, such as 2024-01-31.")
    opened = open_instance(session, session.select([name])[0], lambda: False)
    try:
        found = _stream(opened, stream)
        if found.mode is Mode.SNAPSHOT:
            raise UsageError(
                f"{name}/{stream} is read whole at every run.", fix=f"`hub sync {name} --stream {stream}` does it."
            )
        request = ReadRequest(found, begin, end, full=True)
        counted, allowance = opened.connector.count(request), opened.connector.allowance(found)
    finally:
        opened.close()
    return Forecast(name, stream, begin, end, counted, allowance, session.hub_settings.run.reserve_share)


def begin(session: Session, wanted: Forecast, *, later: bool, parts: int = 1) -> int:
    """Note a backfill, in so many stretches that are read side by side, and read it here unless it is left to the
    daemon. Returns the exit code."""
    if wanted.too_dear:
        raise UsageError(
            "that would use up what is kept back of the quota.",
            fix="Ask for a shorter stretch, wait for the quota's next period, or lower `run: reserve_share`.",
            where=f"{wanted.source}/{wanted.stream}",
        )
    numbers = [_noted(session, wanted, since, until, later=later) for since, until in stretches(wanted, parts)]
    if later:
        for number in numbers:
            talk(f"Backfill {number} waits for `hub run`.")
        return 0
    return go_on(session, *numbers)


def stretches(wanted: Forecast, parts: int) -> list[tuple[datetime, datetime]]:
    """The whole stretch in equal parts; each begins where the one before it ends, and reads both ends."""
    step = (wanted.until - wanted.since) / parts
    edges = [wanted.since + step * number for number in range(parts)] + [wanted.until]
    return list(pairwise(edges))


def _noted(session: Session, wanted: Forecast, since: datetime, until: datetime, *, later: bool) -> int:
    whole = (since, until) == (wanted.since, wanted.until)
    with session.open_store() as store:
        entry = Operations(store).begin_backfill(
            Backfill(
                0, wanted.source, wanted.stream, since, until, "waiting" if later else "stopped",
                datetime.now(UTC), None, None, None, wanted.counted if whole else None, 0, "",
            )
        )  # fmt: skip
    return entry.id


def go_on(session: Session, *numbers: int) -> int:
    """Read backfills here, side by side, on from where they stand. Returns the worst exit code."""
    with stop_on_signals() as stopped, opened_stores(session, dry_run=False) as stores:

        def read(number: int) -> int:
            with stores.lend() as store:
                return _read(session, store, number, stopped.is_set)

        with ThreadPoolExecutor(min(len(numbers), session.hub_settings.workers)) as threads:
            return max(threads.map(read, numbers))


def _read(session: Session, store: Store, number: int, stopped: Callable[[], bool]) -> int:
    entry = known(store, number)
    if entry.status not in _OPEN:
        raise UsageError(f"backfill {number} is {entry.status}.", fix="`hub backfills` lists them.")
    report = work(session, store, entry, stopped)
    after = known(store, number)
    if report.error is not None and not isinstance(report.error, Cancelled):
        talk(f"hub: {report.error}")
    hint = f" `hub backfills --resume {number}` goes on." if after.status == "stopped" else ""
    say(f"backfill {number}: {after.status}, {after.rows:,} rows read.{hint}")
    return report.exit_code


def work(session: Session, store: Store, entry: Backfill, stopped: Callable[[], bool]) -> RunReport:
    """Read until its end, or until it is stopped or cancelled; what became of it is noted. Raises LeaseHeld where
    somebody else is at it, and what keeps the system from being opened."""
    opened = open_instance(session, session.settings.instances[entry.source], stopped)
    try:
        wish = _Wish(store, entry, stopped)
        job = replace(
            job_of(session, opened, _stream(opened, entry.stream), os.urandom(6).hex()),
            start=entry.since, until=entry.until, lane=entry.lane, before_merge=session.registry.before_merge,
            cancelled=wish.is_made,
        )  # fmt: skip
        Operations(store).save_backfill(
            replace(entry, status="running", started_at=entry.started_at or datetime.now(UTC), error="")
        )
        polite = giving_way(job, store, session.hub_settings.run.reserve_share)
        report = performer(session)(polite, store, policy_of(session))
    finally:
        opened.close()
    if isinstance(report.error, LeaseHeld):
        raise report.error
    _note(store, entry, report, cancelled=wish.cancelled)
    return report


def _note(store: Store, entry: Backfill, report: RunReport, *, cancelled: bool) -> None:
    ops, now = Operations(store), datetime.now(UTC)
    if report.error is None:
        status = "done"
    elif cancelled:
        status = "cancelled"
    else:  # whatever stopped it, it can go on
        status = "stopped"
    over = status != "stopped"
    error = "" if report.error is None or isinstance(report.error, Cancelled) else str(report.error)
    ops.save_backfill(
        replace(
            entry, status=status, started_at=entry.started_at or report.run.started_at, ended_at=now if over else None,
            rows=entry.rows + report.run.rows_read, error=error,
        )
    )  # fmt: skip
    if over:
        ops.forget_position(entry.source, entry.lane)


@dataclass
class _Wish:
    """Whether a backfill is to end: the process is stopped, or a person cancelled it."""

    store: Store
    entry: Backfill
    stopped: Callable[[], bool]
    cancelled: bool = False
    looked: float = 0.0

    def is_made(self) -> bool:
        if time.monotonic() - self.looked > _LOOK_SECONDS:
            self.looked = time.monotonic()
            now = Operations(self.store).backfill(self.entry.id)
            self.cancelled = now is not None and now.cancel_at is not None
        return self.cancelled or self.stopped()


def waiting(store: Store) -> list[Backfill]:
    """Those that the daemon may take, the oldest first: they wait for it, or were being read when somebody died."""
    found = [entry for entry in Operations(store).backfills(open_only=True) if entry.status in ("waiting", "running")]
    return found[::-1]


def cancel(session: Session, number: int) -> str:
    """End a backfill. Returns what happened, in words."""
    with session.open_store() as store:
        entry = known(store, number)
        if not Operations(store).cancel_backfill(number, datetime.now(UTC)):
            return f"backfill {number} is {entry.status} already."
        if entry.status == "running":
            return f"backfill {number} ends after its page; what it read stays."
        Operations(store).forget_position(entry.source, entry.lane)
        return f"backfill {number} is cancelled; what it read stays."


def known(store: Store, number: int) -> Backfill:
    """One backfill. Raises UsageError for a number that none has."""
    entry = Operations(store).backfill(number)
    if entry is None:
        raise UsageError(f"there is no backfill {number}.", fix="`hub backfills` lists them.")
    return entry


def listed(session: Session) -> list[Backfill]:
    """All of them, the newest first."""
    with session.open_store() as store:
        return Operations(store).backfills()


def tell(found: list[Backfill]) -> None:
    """One line for each."""
    rows = [
        [
            str(entry.id), f"{entry.source}/{entry.stream}", show.moment(entry.since), show.moment(entry.until),
            entry.status, entry.rows, entry.counted,
        ]
        for entry in found
    ]  # fmt: skip
    say(show.table(["backfill", "stream", "from", "to", "status", "rows", "counted"], rows) or "No backfills yet.")
    for entry in found:
        if entry.error:
            say(f"{entry.id}: {show.printable(entry.error)}")


def document(found: list[Backfill]) -> dict[str, Any]:
    """The JSON of `hub backfills`: `backfills`, one object each: id, source, stream, since, until, status, asked_at,
    started_at, ended_at, cancel_at, counted, rows, error."""
    return {"backfills": [asdict(entry) for entry in found]}


def _stream(opened: Opened, name: str) -> Stream:
    require_known([name], [opened])
    return next(stream for stream in opened.streams if stream.name == name)
