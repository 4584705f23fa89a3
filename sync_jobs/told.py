"""`hub alerts`: what is wrong, and whether people were reached."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from hub.output import say
from hub.store.operations import AlertEntry, Delivery, Operations
from sync_jobs import show

if TYPE_CHECKING:
    from hub.store.base import Store

Told = list[tuple[AlertEntry, list[Delivery]]]


def alerts(store: Store, *, everything: bool) -> Told:
    """Alerts with their deliveries, the newest first."""
    ops = Operations(store)
    return [(entry, ops.deliveries(entry.id)) for entry in ops.alerts(open_only=not everything, limit=200)]


def tell(found: Told) -> None:
    """One line for each, with what to do below it."""
    rows = [
        [
            str(entry.id), show.moment(entry.opened_at), show.moment(entry.ended_at) if entry.ended_at else "open",
            entry.severity, show.printable(entry.title), _reached(sent),
        ]
        for entry, sent in found
    ]  # fmt: skip
    say(show.table(["alert", "since", "until", "severity", "what", "told"], rows) or "Nothing is wrong.")
    for entry, _ in found:
        if entry.ended_at is None and (entry.detail or entry.fix):
            say(f"{entry.id}: {show.printable(f'{entry.detail} {entry.fix}'.strip())}")


def _reached(sent: list[Delivery]) -> str:
    if not sent:
        return "nobody: no channel"
    arrived = sum(1 for each in sent if each.done_at is not None and not each.error)
    return f"{arrived} of {len(sent)}"


def document(found: Told) -> dict[str, Any]:
    """The JSON of `hub alerts`: `alerts`, one object each: id, key, kind, severity, source, stream, title, detail, fix,
    opened_at, ended_at, and `deliveries`: event, channel, attempts, next_at, done_at, error."""
    return {"alerts": [{**asdict(entry), "deliveries": [asdict(each) for each in sent]} for entry, sent in found]}
