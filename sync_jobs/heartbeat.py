"""The dead man's switch: a monitor outside gets a sign of life while all is well, and tells people when it stops.

Whoever is dead cannot say so. So those who must be alive (the loop that decides, what it writes to the database, the
thread that carries alerts) leave a mark in a `Pulse`, and a thread that does nothing else sends the sign only while all
of these are fresh. It touches neither store nor scheduler: a monitor that hangs delays nobody.
"""

from __future__ import annotations

import contextlib
import json
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, assert_never
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from hub import log as hub_log

if TYPE_CHECKING:
    from hub.settings.operations import HeartbeatSettings

log = logging.getLogger(__name__)

FILE = "heartbeat.json"
"""Within the folder for what may be deleted: how the last one went, for `hub check`."""
SCHEDULER, STORE, ALERTS = "the scheduler", "the database", "the thread that carries alerts"
_LIMITS = {
    SCHEDULER: (timedelta(minutes=2), "has not moved"),
    STORE: (timedelta(minutes=2), "could not be written to"),
    ALERTS: (timedelta(minutes=30), "has not moved"),
}
"""How long each may be silent. A mail server that hangs takes its time for every alert."""
_TICK_SECONDS = 1.0
_TIMEOUT_SECONDS = 10.0
_FIRST_WAIT_SECONDS = 15.0
"""After a try that failed; doubles, up to the time between two signs of life."""


class Pulse:
    """Who has to give signs of life, and when each last did."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last = dict.fromkeys(_LIMITS, clock())
        self._to_begin = {SCHEDULER, STORE}

    @property
    def has_begun(self) -> bool:
        """Whether the scheduler has moved at all, and the database was written to."""
        return not self._to_begin

    def beat(self, name: str) -> None:
        """`name` is alive."""
        self._last[name] = self._clock()
        self._to_begin.discard(name)

    def wrong(self) -> str:
        """Who has been silent for too long, in words; empty where all is well."""
        now = self._clock()
        late = (
            (name, now - self._last[name], what)
            for name, (limit, what) in _LIMITS.items()
            if now - self._last[name] > limit.total_seconds()
        )
        return "; ".join(f"{name} {what} for {seconds:.0f} seconds" for name, seconds, what in late)


@dataclass(frozen=True)
class Told:
    """How the last try went. `problem` is empty where the monitor took it; `wrong` says what it was told of."""

    at: datetime
    problem: str = ""
    wrong: str = ""

    @property
    def is_well(self) -> bool:
        return not (self.problem or self.wrong)

    @property
    def text(self) -> str:
        """In words, for `hub check`."""
        when = f"{self.at:%Y-%m-%d %H:%M:%S} UTC"
        if self.problem:
            return f"the monitor did not take it at {when}: {self.problem}"
        return f"the monitor was told at {when} that {self.wrong}" if self.wrong else f"last taken at {when}"


class Heartbeat(threading.Thread):
    """Sends signs of life. `settings` gives those in force; None where nobody outside waits for one."""

    def __init__(
        self, settings: Callable[[], HeartbeatSettings | None], pulse: Pulse, stop: threading.Event, state_dir: Path
    ) -> None:
        super().__init__(name="heartbeat", daemon=True)
        self._settings, self.pulse, self._stop_asked = settings, pulse, stop
        self._file = state_dir / FILE
        self._next = 0.0
        self._failures = 0
        self._was_wrong = ""
        self.last: Told | None = None

    @property
    def refused(self) -> str:
        """Why the monitor does not take signs of life, once that has lasted for some tries; empty where it does."""
        return self.last.problem if self.last is not None and self._failures >= 3 else ""

    def run(self) -> None:
        while not self._stop_asked.wait(_TICK_SECONDS):
            try:
                self.look(time.monotonic())
            except Exception as error:  # whatever it is, the next second is another one
                log.exception("an error of ours", exc_info=error)

    def look(self, clock: float) -> None:
        """Send what is due. Whether something is wrong is told at once, where the monitor can be told."""
        settings, wrong = self._settings(), self.pulse.wrong()
        if settings is None:
            self._next, self._failures, self.last = 0.0, 0, None
            return
        if bool(wrong) != bool(self._was_wrong):
            self._next = 0.0
            log.error("no sign of life is sent: %s", wrong) if wrong else log.warning("signs of life are sent again")
        self._was_wrong = wrong
        if clock < self._next or not (wrong or self.pulse.has_begun):
            return
        sign = failure(settings, wrong) if wrong else Sign(settings.method, settings.url.get_secret_value())
        if sign is not None:
            self._settle(settings.every.total_seconds(), clock, Told(datetime.now(UTC), send(sign), wrong))

    def _settle(self, every: float, clock: float, told: Told) -> None:
        if told.problem and not self._failures:
            log.warning("the monitor did not take the sign of life: %s It is tried again.", told.problem)
        if not told.problem and self._failures:
            log.warning("the monitor takes signs of life again")
        self._failures = self._failures + 1 if told.problem else 0
        wait = min(_FIRST_WAIT_SECONDS * (1 << min(self._failures - 1, 10)), every) if told.problem else every
        self._next, self.last = clock + wait, told
        _note(self._file, told)


class Sign(NamedTuple):
    """One request to the monitor. `text` is sent along where it is posted."""

    method: str
    address: str
    text: str = "all is well"


def failure(settings: HeartbeatSettings, wrong: str) -> Sign | None:
    """How the monitor is told that something is wrong; None where silence says it. The log hides the address."""
    parts = urlsplit(settings.url.get_secret_value())
    match settings.kind:
        case "healthchecks":
            sign = Sign("post", urlunsplit(parts._replace(path=f"{parts.path.rstrip('/')}/fail")), wrong)
        case "uptime_kuma":
            query = urlencode({**dict(parse_qsl(parts.query)), "status": "down", "msg": wrong})
            sign = Sign("get", urlunsplit(parts._replace(query=query)))
        case "plain":
            return None
        case _:
            assert_never(settings.kind)
    hub_log.hide(sign.address)
    return sign


def send(sign: Sign) -> str:
    """Ask the monitor. Why it did not take it, without any part of the address; empty where it did."""
    import httpx

    body = sign.text.encode() if sign.method == "post" else None
    try:
        with httpx.stream(sign.method.upper(), sign.address, content=body, timeout=_TIMEOUT_SECONDS) as answer:
            status = answer.status_code
    except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
        return f"it does not answer ({type(error).__name__})."
    return "" if status < 300 else f"it answers {status}."


def _note(file: Path, told: Told) -> None:
    document = {"at": told.at.isoformat(), "problem": told.problem, "wrong": told.wrong}
    with contextlib.suppress(OSError):  # a folder that cannot be written: `hub check` then knows nothing
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        scratch = file.with_suffix(".new")
        scratch.write_text(json.dumps(document), encoding="utf-8")
        scratch.replace(file)


def last_told(state_dir: Path) -> Told | None:
    """How the last one went, as `hub run` on this machine noted it; None where it has sent none."""
    try:
        found = json.loads((state_dir / FILE).read_bytes())
        return Told(datetime.fromisoformat(found["at"]), str(found["problem"]), str(found["wrong"]))
    except (OSError, ValueError, LookupError, TypeError):
        return None
