"""What is broken, since when, and what to do: the first thing that the console shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from hub.console.words import N_
from sync_jobs.console_board import Board, StreamState, SystemState
from sync_jobs.dispatcher import BY_CREDENTIALS

_COVERED = {
    "failed": ("failure", "outage", "credentials"),
    "interrupted": (),
    "late": ("overdue",),
    "incomplete": ("completeness",),
    "quarantine": ("quarantine",),
}
"""Word of a stream -> kinds of alerts that say the same already."""


@dataclass(frozen=True)
class Trouble:
    """One thing that is wrong.

    title, what, fix   texts to translate, with `values`; as they are where `told` (an alert's own words)
    run                the run that shows more
    """

    severity: str
    title: str
    since: datetime | None = None
    what: str = ""
    fix: str = ""
    source: str = ""
    stream: str = ""
    word: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    told: bool = False
    run: int | None = None

    @property
    def key(self) -> str:
        return f"{self.severity}|{self.title}|{self.source}|{self.stream}|{self.word}"


def troubles(board: Board) -> list[Trouble]:
    """All of them, errors first, then the newest."""
    found = [*_hub(board), *_alerts(board), *_systems(board), *_quarantine(board)]
    late = datetime.max.replace(tzinfo=board.at.tzinfo)
    return sorted(found, key=lambda each: (each.severity != "bad", -(each.since or late).timestamp()))


def _hub(board: Board) -> Iterator[Trouble]:
    if board.daemon is None:
        silent = board.hearts[0] if board.hearts else None
        yield Trouble(
            "bad", N_("Nothing is synced by schedule: no `hub run` is running"), silent.seen_at if silent else None,
            N_("What is asked for here waits until one is started."),
            N_("Start it, or let the system's service manager do it: `systemctl start b2b-hub`, or `hub run`."),
        )  # fmt: skip
    said = {alert.kind for alert in board.alerts}
    problem = board.daemon.problem if board.daemon else ""
    if problem and "settings" not in said:
        yield Trouble("bad", N_("New settings were refused; the old ones are in force"), None, problem, told=True)
    for text in board.problems:
        if not problem:
            yield Trouble(
                "bad", N_("The settings have mistakes"), None, text.replace("\n", " "),
                N_("Mend the file; `hub config check` tells when it is well."), word="settings",
            )  # fmt: skip


def _alerts(board: Board) -> Iterator[Trouble]:
    for alert in board.alerts:
        stream = board.stream(alert.source, alert.stream)
        yield Trouble(
            "bad" if alert.severity == "error" else "warn", alert.title, alert.opened_at, alert.detail, alert.fix,
            alert.source, alert.stream, word=alert.kind, told=True,
            run=stream.line.last_run_id if stream and alert.kind in ("failure", "outage", "credentials") else None,
        )  # fmt: skip


def _systems(board: Board) -> Iterator[Trouble]:
    for system in board.systems:
        if system.paused is not None:
            yield _paused(system, None)
        for stream in system.streams:
            trouble = _stream(board, system, stream)
            if trouble is not None:
                yield trouble


def _stream(board: Board, system: SystemState, stream: StreamState) -> Trouble | None:
    line, word = stream.line, stream.word
    if word == "paused":
        return None if system.paused is not None else _paused(system, stream)
    if word not in _COVERED or word == "quarantine" or _is_told(board, stream, word):
        return None
    name = {"name": f"{line.source}/{line.stream}"}
    base = Trouble("warn", "", stream.since, source=line.source, stream=line.stream, word=word, values=name)
    if word == "failed":
        title = N_("%(name)s: the last run failed")
        return replace(base, severity="bad", title=title, what=line.last_error or "", run=line.last_run_id)
    if word == "interrupted":
        fix = N_("`hub run` goes on after the last page at the next start; or sync now.")
        title = N_("%(name)s: a run was interrupted")
        return replace(base, severity="bad", title=title, fix=fix, run=line.last_run_id)
    if word == "late":
        fix = N_("See what runs now; perhaps there is no room, or no daemon.")
        return replace(base, title=N_("%(name)s: its run is late"), fix=fix)
    values = {**name, "held": f"{line.held:,}", "total": f"{line.source_total:,}"}
    fix = N_("Look at its quarantine; then compare everything with `verify`.")
    return replace(base, title=N_("%(name)s: %(held)s of %(total)s records are held"), values=values, fix=fix)


def _quarantine(board: Board) -> Iterator[Trouble]:
    """One line for all that wait and that no alert tells of: the streams are on the next page."""
    waiting = [each for each in board.streams if each.line.quarantined and not _is_told(board, each, "quarantine")]
    if waiting:
        number = sum(each.line.quarantined for each in waiting)
        names = ", ".join(f"{each.line.source}/{each.line.stream} ({each.line.quarantined:,})" for each in waiting[:6])
        yield Trouble(
            "warn", N_("%(number)s records wait in quarantine"), what=f"{names} …" if len(waiting) > 6 else names,
            fix=N_("Look at the reasons; mend the rows here, or in their systems."), word="quarantine",
            values={"number": f"{number:,}"},
        )  # fmt: skip


def _is_told(board: Board, stream: StreamState, word: str) -> bool:
    kinds = _COVERED[word]
    return any(
        alert.kind in kinds and alert.source == stream.key[0] and alert.stream in ("", stream.key[1])
        for alert in board.alerts
    )


def _paused(system: SystemState, stream: StreamState | None) -> Trouble:
    entry = system.paused if stream is None else stream.entry
    assert entry is not None
    by_login = entry.paused_by == BY_CREDENTIALS
    name = system.name if stream is None else f"{system.name}/{stream.key[1]}"
    title = N_("%(name)s is paused: its login was refused") if by_login else N_("%(name)s is paused by %(who)s")
    return Trouble(
        "bad" if by_login else "warn", title, entry.paused_at, entry.paused_why or "",
        N_("Renew the secret, then resume.") if by_login else N_("Resume it when the reason is gone."),
        system.name, "" if stream is None else stream.key[1], "paused", {"name": name, "who": entry.paused_by or "?"},
    )  # fmt: skip
