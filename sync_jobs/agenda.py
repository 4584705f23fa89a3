"""`hub schedule`, `hub pause` and `hub resume`: the schedule as people see it, and their say in it."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from hub.errors import HubError, UsageError
from hub.output import say
from hub.store.operations import EVERY_STREAM, Operations, Scheduled
from sync_jobs import show
from sync_jobs.plans import Plan, plans_of, upcoming, wanted

if TYPE_CHECKING:
    from hub.session import Session
    from hub.store.base import Store

_NEXT = 10


@dataclass(frozen=True)
class Planned:
    """One scheduled stream with its next starts. `entry` is None where no daemon has seen it yet."""

    plan: Plan
    entry: Scheduled | None
    starts: list[datetime]
    paused: Scheduled | None


@dataclass(frozen=True)
class Agenda:
    """What is scheduled, and the systems that cannot say now which streams they have, with why."""

    lines: list[Planned]
    unlisted: dict[str, HubError]


def planned(session: Session, store: Store, names: tuple[str, ...] = ()) -> Agenda:
    """Every scheduled stream, or those of some instances. Raises UsageError for a name that is not configured."""
    _require_known(session, names)
    entries = {entry.key: entry for entry in Operations(store).schedules()}
    now = datetime.now(UTC)
    asked, found = wanted(session), []
    for key, plan in asked.plans.items():
        if names and plan.source not in names:
            continue
        entry, whole = entries.get(key), entries.get((plan.source, EVERY_STREAM))
        known = entry is not None and entry.rule == plan.rule.text
        slot = entry.slot_at if entry is not None and known and entry.slot_at else plan.rule.first(now)
        paused = next((each for each in (whole, entry) if each is not None and each.paused_at is not None), None)
        found.append(Planned(plan, entry if known else None, upcoming(plan, slot, _NEXT), paused))
    return Agenda(found, {name: why for name, why in asked.unlisted.items() if not names or name in names})


def tell(agenda: Agenda, *, explain: bool) -> None:
    """The next starts of each stream, in its own time zone; with `explain` also why."""
    lines = agenda.lines
    for name, why in agenda.unlisted.items():
        say(f"{name}: its streams cannot be listed now: {why.problem} {why.fix or ''}".rstrip())
    if not lines and not agenda.unlisted:
        say("No stream has a schedule. Write `schedule: every 15m` into its connector's file.")
    for line in lines:
        plan = line.plan
        state = f"  PAUSED by {line.paused.paused_by}" if line.paused else ""
        say(f"{plan.where}: {plan.rule.text}{state}")
        for reason in _reasons(line) if explain else ():
            say(f"  {reason}")
        for start in line.starts:
            local = start.astimezone(plan.rule.zone)
            say(f"  {local:%a %Y-%m-%d %H:%M:%S} {local:%Z}  ({start:%Y-%m-%d %H:%M:%S}Z)")


def _reasons(line: Planned) -> list[str]:
    plan, entry = line.plan, line.entry
    reasons = []
    if line.paused:
        since = show.moment(line.paused.paused_at)
        reasons.append(f"paused since {since}: {show.printable(line.paused.paused_why or 'no reason was given')}")
    if plan.after:
        reasons.append(f"after {', '.join(plan.after)}, where they are due as well")
    reasons.append(f"at most {plan.cap} of this system at a time; missed starts: {_MISFIRE[plan.rule.misfire]}")
    if entry is None:
        reasons.append("no `hub run` has seen this schedule yet: the starts are those if it began now")
        return reasons
    if entry.claimed_at:
        reasons.append(f"running, or to be gone on with: the start of {show.moment(entry.claimed_at)}")
    if entry.wanted_at:
        reasons.append("somebody asked for a run: it begins as soon as there is room")
    if entry.retry_at:
        reasons.append(f"{entry.failures} runs in a row failed; the next try is at {show.moment(entry.retry_at)}")
    if entry.ended_at:
        reasons.append(f"last run: {entry.outcome}, ended at {show.moment(entry.ended_at)}")
    return reasons


_MISFIRE = {"once": "one run for all of them", "skip": "skipped", "all": "each is made up for"}


def document(agenda: Agenda) -> dict[str, Any]:
    """The JSON of `hub schedule`: `unlisted`: why systems cannot say which streams they have; `streams`, one object
    each: source, stream, rule, time_zone, after, runs_at_once,
    misfire, paused_at, paused_by, paused_why, running_slot, retry_at, failures, last_started_at, last_ended_at,
    last_outcome; next: the next starts."""
    unlisted = {name: why.problem for name, why in agenda.unlisted.items()}
    return {"streams": [_document(line) for line in agenda.lines], "unlisted": unlisted}


def _document(line: Planned) -> dict[str, Any]:
    plan, entry = line.plan, line.entry or Scheduled(line.plan.source, line.plan.stream)
    return {
        "source": plan.source, "stream": plan.stream, "rule": plan.rule.text, "time_zone": plan.rule.zone.key,
        "after": list(plan.after), "runs_at_once": plan.cap, "misfire": plan.rule.misfire,
        "paused_at": line.paused.paused_at if line.paused else None,
        "paused_by": line.paused.paused_by if line.paused else None,
        "paused_why": line.paused.paused_why if line.paused else None,
        "running_slot": entry.claimed_at, "retry_at": entry.retry_at, "failures": entry.failures,
        "last_started_at": entry.started_at, "last_ended_at": entry.ended_at, "last_outcome": entry.outcome or None,
        "next": line.starts,
    }  # fmt: skip


# -- a person's say --------------------------------------------------------------------------------------------


def pause(session: Session, store: Store, name: str, why: str) -> str:
    """Pause `NAME` or `NAME/STREAM`; what runs goes on to its end. Returns what happened, in words."""
    source, stream = _named(session, name)
    paused = Operations(store).pause(source, stream or EVERY_STREAM, datetime.now(UTC), _who(), why)
    return f"{name} is paused; `hub resume {name}` goes on." if paused else f"{name} was paused already."


def resume(session: Session, store: Store, name: str) -> str:
    """Lift the pauses of `NAME`, its streams among them, or of `NAME/STREAM`. Returns what happened, in words."""
    source, stream = _named(session, name)
    ops = Operations(store)
    lifted = ops.resume(source, stream)
    whole = ops.schedule(source, EVERY_STREAM)
    if whole is not None and whole.paused_at is not None:
        return f"{source} as a whole is still paused: `hub resume {source}`."
    if not lifted:
        return f"{name} was not paused."
    return f"{name} goes on; what was missed is made up for as its schedule says."


def _require_known(session: Session, names: Sequence[str]) -> None:
    """Raise UsageError for a name that neither a connector instance nor a scheduled publisher has."""
    publishers = {plan.source for plan in plans_of(session).values() if plan.publishes}
    session.settings.select([name for name in names if name not in publishers])


def _named(session: Session, name: str) -> tuple[str, str | None]:
    """The instance and stream that a person means. Raises UsageError for what is not scheduled."""
    source, _, stream = name.partition("/")
    _require_known(session, [source])
    if not stream:
        return source, None
    known = [plan.stream for plan in plans_of(session).values() if plan.source == source]
    if stream not in known:
        from hub.settings.mistakes import nearest

        raise UsageError(
            f"{source} has no scheduled stream `{stream}`.{nearest(stream, known)}", fix="See `hub schedule`."
        )
    return source, stream


def _who() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container whose user has no name
        return "somebody"
