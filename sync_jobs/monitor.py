"""Looks, now and then, at what no run tells by itself: what is late, waits, falls silent, or will expire."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hub.errors import HubError, SourceUnavailable
from hub.store.base import Store
from hub.store.operations import EVERY_STREAM, Operations
from sync_jobs import expiring
from sync_jobs.alerts import Alerts
from sync_jobs.expiring import Expiry
from sync_jobs.plans import Plan
from sync_jobs.silence import HISTORY, silence

if TYPE_CHECKING:
    from hub.sdk.connector import Finding
    from hub.session import Session
    from hub.settings.operations import NotificationSettings
    from sync_jobs.jobs import RunReport
    from sync_jobs.schedule import Key

log = logging.getLogger(__name__)

_KEEP_ALERTS = timedelta(days=400)
_OPENING = "login"
"""What an alert is about where a system could not even be opened."""


def completeness(alerts: Alerts, settings: NotificationSettings, report: RunReport) -> None:
    """After a run: is as much held as the source counts?"""
    run, held, total = report.run, report.held, report.source_total
    if held is None or not total:
        return
    if held / total < settings.completeness_below:
        alerts.open(
            "completeness", f"{run.source}/{run.stream}: {held:,} of {total:,} records are held",
            source=run.source, stream=run.stream, severity="warning",
            fix=f"Run `hub sync {run.source} --stream {run.stream} --verify`; look at `hub quarantine list`.",
        )  # fmt: skip
    else:
        alerts.end("completeness", source=run.source, stream=run.stream)


def overdue(
    store: Store, alerts: Alerts, settings: NotificationSettings, plans: Mapping[Key, Plan], now: datetime
) -> None:
    """Streams that should have begun long ago. One whose failure was told already is not told again, and that a whole
    system is away, or refuses us, is told once: its streams are late from its return on."""
    back = _back(store, now)
    entries = {entry.key: entry for entry in Operations(store).schedules()}
    for key, plan in plans.items():
        entry, whole = entries.get(key), entries.get((plan.source, EVERY_STREAM))
        if entry is None or entry.next_at is None or entry.paused_at or (whole and whole.paused_at):
            continue
        late = now - max(entry.next_at, back.get(plan.source, entry.next_at))
        told = entry.failures or entry.retry_at or entry.claimed_at
        if late > settings.overdue_after and not told:
            alerts.open(
                "overdue", f"{plan.where} is overdue", source=plan.source, stream=plan.stream, severity="warning",
                detail=f"It should have begun at {entry.next_at:%Y-%m-%d %H:%M} UTC ({plan.rule.text}).",
                fix="Are there too many streams for `workers` and `runs_at_once`? See `hub schedule`.",
            )  # fmt: skip
        elif late <= timedelta():
            alerts.end("overdue", source=plan.source, stream=plan.stream)


def _back(store: Store, now: datetime) -> dict[str, datetime]:
    """When each system that was away last answered again; now, where it is away."""
    back: dict[str, datetime] = {}
    for entry in Operations(store).alerts(open_only=False):
        if entry.kind in ("outage", "credentials"):
            ended = entry.ended_at or now
            back[entry.source] = max(ended, back.get(entry.source, ended))
    return back


def quarantine(store: Store, alerts: Alerts, settings: NotificationSettings) -> None:
    """Streams with many records in quarantine."""
    waiting = store.open_quarantine()
    told = {(entry.source, entry.stream) for entry in Operations(store).alerts() if entry.kind == "quarantine"}
    for source, stream in waiting.keys() | told:
        count = waiting.get((source, stream), 0)
        if count > settings.quarantine_above:
            alerts.open(
                "quarantine", f"{source}/{stream}: {count:,} records wait in quarantine",
                source=source, stream=stream, severity="warning", fix="See `hub quarantine list`.",
            )  # fmt: skip
        else:
            alerts.end("quarantine", source=source, stream=stream)


def business_silence(store: Store, alerts: Alerts, plans: Mapping[Key, Plan]) -> None:
    """Sources without an order for longer than their own past makes likely. A source that is not read tells nothing."""
    read: dict[str, datetime] = {}
    for plan in plans.values():
        complete = store.stream_state(plan.source, plan.stream).last_complete_at if "orders" in plan.entities else None
        if complete is not None:
            read[plan.source] = min(complete, read.get(plan.source, complete))
    for source, until in read.items():
        found = silence(Operations(store).orders_by_hour(source, until - HISTORY, until), until)
        if found is None:
            alerts.end("silence", source=source)
            continue
        alerts.open(
            "silence", f"{source}: no order for {found.hours} hours", source=source, severity="warning",
            detail=f"The last one was placed before {found.since:%Y-%m-%d %H:%M} UTC. The same hours of earlier weeks"
            f" brought {found.expected:.0f} orders; the longest pause until now had {found.longest_before} hours.",
            fix="Ask whether the shop takes orders, then look whether they reach the system we read.",
        )  # fmt: skip


def unlisted(alerts: Alerts, problems: Mapping[str, HubError], before: frozenset[str]) -> None:
    """Systems that cannot say which streams they have: nothing of theirs is read but what the settings name. `before`
    are those that could not when this was looked at last."""
    for source in before - problems.keys():
        alerts.end("check", source=source, subject=_OPENING)
    for source, reason in problems.items():
        alerts.open("check", f"{source}: {reason.problem}", source=source, subject=_OPENING, fix=reason.fix)


def checks(session: Session, store: Store, alerts: Alerts, stopped: Callable[[], bool], now: datetime) -> None:
    """What `hub check` finds: API versions that will be retired, credentials that will expire, permissions that lack.
    A system that does not answer is not told here: its runs do."""
    from sync_jobs.joblist import open_instances

    ends, unknown = list(expiring.of_hub(session, store, now)), set[str]()
    for instance in session.settings.select():
        if stopped():
            return
        ends += expiring.of_instance(instance)
        opened, broken = open_instances(session, (instance.name,))
        away = alerts.is_open("outage", source=instance.name)
        for each in opened:
            try:
                for finding in each.connector.check():
                    ends += filter(None, [expiring.of_finding(each.name, finding)])
                    _found(alerts, each.name, finding, is_away=away)
            except SourceUnavailable:
                unknown.add(each.name)
                log.info("%s could not be checked, since it does not answer", each.name)
            except HubError as error:
                broken[each.name] = error
            except Exception as error:  # a plugin's fault must not end the checks of the others
                unknown.add(each.name)
                log.warning("the check of %s failed", each.name, exc_info=error)
            finally:
                each.close()
        for name, reason in broken.items():
            unknown.add(name)
            if not isinstance(reason, SourceUnavailable):
                alerts.open("check", f"{name}: {reason.problem}", source=name, subject=_OPENING, fix=reason.fix)
    endings(store, alerts, ends, unknown, now=now, within=session.hub_settings.run.expiring_within)


def _found(alerts: Alerts, source: str, finding: Finding, *, is_away: bool) -> None:
    """A system that is away cannot show what it has: that is told already."""
    if finding.ok:
        alerts.end("check", source=source, subject=finding.subject)
    elif not is_away:
        alerts.open(
            "check", f"{source}: {finding.subject}: {finding.detail}", source=source, subject=finding.subject,
            fix=finding.fix, severity=finding.severity,
        )  # fmt: skip


def endings(
    store: Store, alerts: Alerts, found: Iterable[Expiry], unknown: Collection[str], *, now: datetime,
    within: timedelta,
) -> None:  # fmt: skip
    """What ends soon is told once, and that it was renewed. `unknown` are systems that could not be asked."""
    soon = {(each.source, each.key): each for each in expiring.near(found, now, within)}
    for entry in Operations(store).alerts():
        subject = entry.key.split(":", 3)[3]
        if entry.kind == "expiry" and (entry.source, subject) not in soon and entry.source not in unknown:
            alerts.end("expiry", source=entry.source, subject=subject)
    for each in soon.values():
        alerts.open(
            "expiry", f"{each.source or 'hub'}: {each.subject} ends on {each.ends_at:%Y-%m-%d %H:%M} UTC",
            source=each.source, subject=each.key, severity="warning", fix=each.fix,
        )  # fmt: skip


def heartbeat(alerts: Alerts, refused: str) -> None:
    """A monitor outside that takes no signs of life, for a wrong address say, guards nobody."""
    if refused:
        alerts.open(
            "check", "the monitor outside does not take the hub's sign of life", subject="heartbeat",
            severity="warning", detail=refused, fix="Correct `notifications: heartbeat` in hub.yaml.",
        )  # fmt: skip
    else:
        alerts.end("check", subject="heartbeat")


def forget(store: Store, now: datetime) -> None:
    """Remove alerts that nobody looks at any more."""
    Operations(store).forget_alerts(now - _KEEP_ALERTS)
