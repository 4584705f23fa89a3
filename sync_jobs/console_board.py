"""The state of all systems at one moment, as the console shows it: worked out once, whoever asks, however often."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hub.store.base import Counts
from hub.store.operations import EVERY_STREAM, Operations
from hub.store.requests import Requests
from hub.store.watching import Watching
from sync_jobs import status

if TYPE_CHECKING:
    from hub.console.desk import Console
    from hub.mapping import FieldMap
    from hub.session import Session
    from hub.store.base import Run, Store
    from hub.store.operations import AlertEntry, Scheduled
    from hub.store.requests import Heart, Request
    from hub.store.watching import Progress, Running
    from sync_jobs.status import Known, StreamStatus

Key = tuple[str, str]

_FRESH_SECONDS = 0.9
"""A board that is younger is shown to whoever asks."""
_QUARANTINE_SECONDS = 5.0
_SETTINGS_SECONDS = 300.0
"""Exports may come and go, and with them streams."""
_REMEMBERED = 1000
"""Runs that are looked through when the console starts."""
COMPLETE = 0.98
"""A smaller share of what the source counts is worth a warning."""


@dataclass(frozen=True)
class Live:
    """A run that goes on. `rows_before` is what its last whole run had read, for an idea of how far it is."""

    id: int
    source: str
    stream: str
    kind: str
    started_at: datetime
    rows: int = 0
    pages: int = 0
    counts: Counts = field(default_factory=Counts)
    last_page_at: datetime | None = None
    expected: int | None = None
    holder: str | None = None
    cancelling: bool = False

    @property
    def key(self) -> Key:
        return self.source, self.stream

    @property
    def share(self) -> int | None:
        """Percent of what is expected; None where nothing is known. It never says that it is done."""
        return min(self.rows * 100 // self.expected, 99) if self.expected else None


@dataclass(frozen=True)
class StreamState:
    """One stream: its status, and one word for it."""

    line: StreamStatus
    word: str
    """running, failed, paused, late, incomplete, quarantine, never, interrupted or good"""
    since: datetime | None
    entry: Scheduled | None
    live: Live | None = None

    @property
    def key(self) -> Key:
        return self.line.source, self.line.stream


WORDS = ("failed", "interrupted", "late", "paused", "incomplete", "quarantine", "never", "running", "good")
"""From the worst to the best."""


@dataclass(frozen=True)
class SystemState:
    """One system with its streams; its word is that of its worst stream."""

    name: str
    kind: str
    streams: tuple[StreamState, ...]
    paused: Scheduled | None = None

    @property
    def word(self) -> str:
        words = [stream.word for stream in self.streams]
        worst = min(words, key=WORDS.index, default="never")
        return "running" if worst in ("good", "never") and "running" in words else worst

    @property
    def held(self) -> int:
        entities: dict[str, int] = {}
        for stream in self.streams:
            entities.update(stream.line.entities)
        return sum(entities.values())

    @property
    def counted(self) -> tuple[int, int] | None:
        """Held and source's count over the streams whose source counts; None where none does."""
        both = [
            (stream.line.held, stream.line.source_total)
            for stream in self.streams
            if stream.line.held is not None and stream.line.source_total is not None
        ]
        return (sum(held for held, _ in both), sum(total for _, total in both)) if both else None

    @property
    def fresh_at(self) -> datetime | None:
        """The oldest complete read of its streams; None where one was never read."""
        times = [stream.line.last_complete_at for stream in self.streams]
        return min(time for time in times if time is not None) if times and all(times) else None

    @property
    def next_run(self) -> datetime | None:
        return min((stream.line.next_run for stream in self.streams if stream.line.next_run), default=None)

    @property
    def quarantined(self) -> int:
        return sum(stream.line.quarantined for stream in self.streams)


@dataclass(frozen=True)
class Board:
    """Everything at one moment."""

    at: datetime
    systems: tuple[SystemState, ...]
    live: tuple[Live, ...]
    runs: tuple[Run, ...]
    alerts: tuple[AlertEntry, ...]
    hearts: tuple[Heart, ...]
    requests: tuple[Request, ...]
    problems: tuple[str, ...]

    @property
    def daemon(self) -> Heart | None:
        """The daemon that lives, if there is one."""
        return next((heart for heart in self.hearts if heart.beats(self.at)), None)

    @property
    def streams(self) -> list[StreamState]:
        return [stream for system in self.systems for stream in system.streams]

    def system(self, name: str) -> SystemState | None:
        return next((system for system in self.systems if system.name == name), None)

    def stream(self, source: str, stream: str) -> StreamState | None:
        return next((each for each in self.streams if each.key == (source, stream)), None)


class Boards:
    """Makes boards. One is made at a time, and shown to all who ask within a second."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._lock = threading.Lock()
        self._board: Board | None = None
        self._made = 0.0
        self._newest: dict[Key, Run] = {}
        self._seen = 0
        self._unfinished: set[int] = set()
        self._progress: dict[int, Progress] = {}
        self._waiting: dict[Key, int] = {}
        self._waiting_at = 0.0
        self._known: dict[Key, Known] = {}
        self._kinds: dict[str, str] = {}
        self._problems: list[str] = []
        self._known_of: Session | None = None
        self._known_at = 0.0

    def board(self, store: Store, *, fresh: bool = False) -> Board:
        """The present state; `fresh` after something was changed."""
        with self._lock:
            if self._board is None or fresh or time.monotonic() - self._made > _FRESH_SECONDS:
                self._board = self._make(store)
                self._made = time.monotonic()
            return self._board

    def maps(self, source: str, stream: str) -> tuple[FieldMap, ...]:
        """The maps of a stream, as the settings have them; none of one that they do not name."""
        known = self._known.get((source, stream))
        return known.maps if known is not None else ()

    def _make(self, store: Store) -> Board:
        now = datetime.now(UTC)
        self._learn()
        self._follow_runs(store)
        if time.monotonic() - self._waiting_at > _QUARANTINE_SECONDS:
            self._waiting, self._waiting_at = store.open_quarantine(), time.monotonic()
        ops, requests = Operations(store), Requests(store)
        asked = requests.newest(50)
        lines = status.lines(store, self._known, self._newest, self._waiting)
        entries = {entry.key: entry for entry in ops.schedules()}
        live = self._live(store, lines, asked)
        streams = [_state(line, entries, live, now) for line in lines]
        problems = [*self._problems, *([self._console.problem] if self._console.problem else [])]
        return Board(
            now, self._systems(streams, entries), tuple(live.values()), tuple(store.runs(limit=12)),
            tuple(ops.alerts()), tuple(requests.hearts()), tuple(asked), tuple(problems),
        )  # fmt: skip

    def _learn(self) -> None:
        """What the settings say. They are read anew after an edit, and now and then."""
        session = self._console.session
        if session is self._known_of and time.monotonic() - self._known_at < _SETTINGS_SECONDS:
            return
        self._known, self._problems = status.configured(session)
        self._kinds = {key[0]: "" for key in self._known}
        if not self._problems:
            self._kinds = {name: instance.kind for name, instance in session.settings.instances.items()}
        self._known_of, self._known_at = session, time.monotonic()

    def _follow_runs(self, store: Store) -> None:
        """The newest run of each stream: those that began since the last look, and those that had not ended then."""
        newest = Watching(store).newest_run()
        if newest > self._seen:
            for run in reversed(store.runs(limit=min(newest - self._seen, _REMEMBERED))):
                self._note(run)
            self._seen = newest
        for number in list(self._unfinished):
            ended = store.run(number)
            self._unfinished.discard(number)
            if ended is not None:
                self._note(ended)

    def _note(self, run: Run) -> None:
        known = self._newest.get((run.source, run.stream))
        if run.kind != "backfill" and (known is None or known.id <= run.id):
            self._newest[run.source, run.stream] = run
        if run.status == "running":
            self._unfinished.add(run.id)

    # -- what goes on ------------------------------------------------------------------------------------------

    def _live(self, store: Store, lines: list[StreamStatus], asked: list[Request]) -> dict[Key, Live]:
        watching = Watching(store)
        running = watching.running()
        self._progress = {each.id: self._progress[each.id] for each in running if each.id in self._progress}
        by_key = {(line.source, line.stream): line for line in lines}
        cancelled = {(each.source, each.stream) for each in asked if each.kind == "cancel" and each.ended_at is None}
        return {
            (each.source, each.stream): self._following(store, watching, each, by_key, cancelled) for each in running
        }

    def _following(
        self, store: Store, watching: Watching, run: Running, lines: dict[Key, StreamStatus], cancelled: set[Key]
    ) -> Live:
        before = self._progress.get(run.id)
        more = watching.progress(run.id, before.page if before else 0)
        if more is not None:
            self._progress[run.id] = _added(before, more)
        so_far = self._progress.get(run.id)
        key = (run.source, run.stream)
        line = lines.get(key)
        live = Live(
            run.id, *key, run.kind, run.started_at, expected=self._expected(store, run), cancelling=key in cancelled,
            holder=line.syncing if line else None,
        )  # fmt: skip
        if so_far is None:
            return live
        return replace(live, rows=so_far.rows, pages=so_far.pages, counts=so_far.counts, last_page_at=so_far.at)

    def _expected(self, store: Store, run: Running) -> int | None:
        """How many rows a run may bring, by the last whole one of its kind."""
        if run.kind not in ("full", "verify") and (run.source, run.stream) in self._known:
            last = [each for each in store.runs(source=run.source, stream=run.stream, limit=6) if each.id < run.id]
            done = [each.rows_read for each in last if each.status in ("ok", "partial") and each.kind == run.kind]
            return done[0] or None if done else None
        return store.stream_state(run.source, run.stream).source_total

    def _systems(self, streams: list[StreamState], entries: dict[Key, Scheduled]) -> tuple[SystemState, ...]:
        names = sorted({*self._kinds, *(stream.key[0] for stream in streams)})
        systems = []
        for name in names:
            whole = entries.get((name, EVERY_STREAM))
            paused = whole if whole is not None and whole.paused_at is not None else None
            own = tuple(stream for stream in streams if stream.key[0] == name)
            systems.append(SystemState(name, self._kinds.get(name, ""), own, paused))
        return tuple(systems)


def _added(before: Progress | None, more: Progress) -> Progress:
    if before is None:
        return more
    return replace(
        more, pages=before.pages + more.pages, rows=before.rows + more.rows, counts=before.counts + more.counts
    )


def _state(line: StreamStatus, entries: dict[Key, Scheduled], live: dict[Key, Live], now: datetime) -> StreamState:
    key = (line.source, line.stream)
    entry, running = entries.get(key), live.get(key)
    word, since = _word(line, entry, running, now)
    return StreamState(line, word, since, entry, running)


def _word(
    line: StreamStatus, entry: Scheduled | None, running: Live | None, now: datetime
) -> tuple[str, datetime | None]:
    """One word for a stream, and since when it holds."""
    if running is not None and line.syncing:
        return "running", running.started_at
    if running is not None:
        return "interrupted", running.last_page_at or running.started_at
    if line.last_status in ("failed", "crashed"):
        return "failed", entry.ended_at if entry is not None and entry.ended_at else None
    if line.paused is not None:
        return "paused", entry.paused_at if entry is not None else None
    if line.next_run is not None and line.last_run_id is not None and (now - line.next_run).total_seconds() > 300:
        return "late", line.next_run
    if line.last_run_id is None:
        return "never", None
    if line.held is not None and line.source_total and line.held < line.source_total * COMPLETE:
        return "incomplete", line.source_total_at
    if line.quarantined:
        return "quarantine", None
    return "good", line.last_complete_at
