"""What people are told: each thing that is wrong once, and its end.

An alert is open under its key until it ends, in the store, so that two hubs and a restart tell it once. What is to be
sent lies in the store as well (`hub_deliveries`), and is tried until it arrives.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from hub import log as hub_log
from hub.errors import AuthError, HubError, SourceUnavailable
from hub.store.base import Store
from hub.store.operations import AlertEntry, Operations

log = logging.getLogger(__name__)

_LONGEST = 2_000
"""Characters of a text that somebody else may have written."""


@dataclass(frozen=True)
class Alert:
    """What `hub_notify` gets, and what is sent.

    event     opened or ended
    kind      failure, outage, credentials, expiry, overdue, quarantine, completeness, check, silence or settings
    source    connector instance; empty where it is about the hub itself
    stream    empty where it is about the whole system
    title     one line
    detail    what happened, without personal data or secrets
    fix       what to do
    """

    id: int
    event: str
    kind: str
    severity: str
    source: str
    stream: str
    title: str
    detail: str
    fix: str
    opened_at: datetime
    ended_at: datetime | None = None

    @property
    def subject(self) -> str:
        """The title, with whether it begins or is over."""
        return f"[hub] {'over: ' if self.event == 'ended' else ''}{self.title}"

    @property
    def text(self) -> str:
        """All of it for a person, some lines."""
        when = f"Since {self.opened_at:%Y-%m-%d %H:%M} UTC"
        if self.ended_at is not None:
            when = f"It lasted from {self.opened_at:%Y-%m-%d %H:%M} to {self.ended_at:%Y-%m-%d %H:%M} UTC"
        return "\n".join(line for line in (self.title, self.detail, self.fix, f"{when}. Alert {self.id}.") if line)


def alert_of(entry: AlertEntry, event: str) -> Alert:
    """What is told of an alert at its beginning or its end."""
    return Alert(
        entry.id, event, entry.kind, entry.severity, entry.source, entry.stream, entry.title, entry.detail, entry.fix,
        entry.opened_at, entry.ended_at if event == "ended" else None,
    )  # fmt: skip


class Alerts:
    """Opens and ends alerts.

    channels   the names of the channels that want alerts of a kind
    recovery   whether their end is told, too
    """

    def __init__(
        self, store: Store, channels: Callable[[str], Sequence[str]], now: Callable[[], datetime], *, recovery: bool
    ) -> None:
        self._ops, self._channels, self._now, self._recovery = Operations(store), channels, now, recovery

    def open(
        self, kind: str, title: str, *, source: str = "", stream: str = "", subject: str = "", detail: str = "",
        fix: str = "", severity: str = "error",
    ) -> bool:  # fmt: skip
        """Tell that something is wrong; nothing where it is told already. Returns whether it was news."""
        title, detail, fix = (hub_log.redact(text)[:_LONGEST] for text in (title, detail, fix))
        now = self._now()
        entry = AlertEntry(
            0, key(kind, source, stream, subject), kind, severity, source, stream, title, detail, fix, now, None
        )
        number = self._ops.open_alert(entry)
        if number is None:
            return False
        log.warning("alert %d: %s", number, title, extra={"connector": source, "stream": stream} if source else {})
        self._ops.send(number, "opened", self._channels(kind), now)
        return True

    def end(self, kind: str, *, source: str = "", stream: str = "", subject: str = "") -> bool:
        """Tell that it is over; nothing where it was not told. Returns whether it was."""
        now = self._now()
        entry = self._ops.end_alert(key(kind, source, stream, subject), now)
        if entry is None:
            return False
        log.warning("alert %d is over: %s", entry.id, entry.title)
        if self._recovery:
            told = {delivery.channel for delivery in self._ops.deliveries(entry.id)}
            self._ops.send(entry.id, "ended", [name for name in self._channels(kind) if name in told], now)
        return True

    def is_open(self, kind: str, *, source: str = "", stream: str = "", subject: str = "") -> bool:
        wanted = key(kind, source, stream, subject)
        return any(entry.key == wanted for entry in self._ops.alerts())

    def run_failed(self, source: str, stream: str, error: HubError) -> None:
        """A scheduled run failed: what is told depends on who has to act."""
        if isinstance(error, SourceUnavailable):
            self.open(
                "outage", f"{source} does not answer", source=source, detail=error.problem,
                fix=error.fix or "It is tried again.",
            )  # fmt: skip
        elif isinstance(error, AuthError):
            self.open(
                "credentials", f"{source} refuses our login or a permission; {stream} is paused",
                source=source, detail=error.problem,
                fix=f"{error.fix} Then run `hub resume {source}`.".strip(),
            )  # fmt: skip
        else:
            self.open(
                "failure", f"the run of {source}/{stream} failed", source=source, stream=stream, detail=error.problem,
                fix=error.fix,
            )  # fmt: skip

    def run_succeeded(self, source: str, stream: str) -> None:
        """A run came to its end: whatever was told of it is over."""
        for kind in ("outage", "credentials"):
            self.end(kind, source=source)
        for kind in ("failure", "overdue"):
            self.end(kind, source=source, stream=stream)


def key(kind: str, source: str, stream: str, subject: str) -> str:
    """What makes an alert the same as another one."""
    return ":".join((kind, source, stream, subject))
