"""The JSON API of syncs: the same as the pages show and do, for programs."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import AwareDatetime, BaseModel, Field, JsonValue

from hub.console.faults import Missing
from hub.console.visit import Here
from hub.store.operations import Operations
from hub.store.requests import Request, Requests
from hub.store.watching import Watching
from sync_jobs import agenda, console_acts, console_quarantine, status, told
from sync_jobs.console_board import Board, Boards
from sync_jobs.console_runs import run_of
from sync_jobs.console_troubles import troubles

if TYPE_CHECKING:
    from hub.console.desk import Console
    from hub.console.visit import Visit
    from hub.store.base import QuarantineEntry

Number = Annotated[int, Path(ge=1, lt=1 << 31)]
Name = Annotated[str, Query(max_length=200)]
Limit = Annotated[int, Query(ge=1, le=1000, description="How many at most.")]
Text = Annotated[str, Field(max_length=200)]


class Where(BaseModel):
    """A system, or one of its streams."""

    source: Text = Field(description="Name of the system.")
    stream: Text | None = Field(None, description="Stream; all of the system where not given.")


class SyncNow(Where):
    """What is to be synced, and how."""

    full: bool = Field(False, description="Read everything again.")
    verify: bool = Field(False, description="Read everything again, and repair what differs.")


class Pause(Where):
    """What is to be paused."""

    why: Annotated[str, Field(max_length=500)] = Field("", description="What others should know.")


class OneStream(BaseModel):
    """A stream."""

    source: Text
    stream: Text


class Answer(BaseModel):
    """What came of a wish. `requests` are the numbers of what the daemon has yet to do."""

    message: str
    requests: list[int]


class Stretch(OneStream):
    """A stretch of the past."""

    since: AwareDatetime = Field(description="Inclusive lower bound.")
    until: AwareDatetime = Field(description="Upper bound.")


class Entries(BaseModel):
    """Quarantine entries; or, without `ids`, all of a system."""

    ids: Annotated[list[Annotated[int, Field(ge=1, lt=1 << 31)]], Field(max_length=1000)] = Field(default_factory=list)
    source: Text = ""


class Mended(BaseModel):
    """The whole row, mended."""

    row: dict[str, JsonValue]


class Trouble(BaseModel):
    """One thing that is wrong, and what to do."""

    severity: Literal["bad", "warn"]
    source: str
    stream: str
    title: str
    what: str
    fix: str
    since: datetime | None


def add(console: Console, boards: Boards) -> None:
    """Add the routes."""
    reading(console, boards)
    schedule(console, boards)
    quarantine(console)


def reading(console: Console, boards: Boards) -> None:
    """What is, and what was."""

    @console.api("GET", "/status", response_model=list[status.StreamStatus])
    def all_streams(here: Here) -> Any:
        """Every stream: what is held of what there is, how fresh it is, and when it runs next."""
        return [stream.line for stream in boards.board(here.store).streams]

    @console.api("GET", "/troubles", response_model=list[Trouble])
    def what_is_wrong(here: Here) -> Any:
        """What is broken, since when, and what to do; the worst first."""
        return [_trouble(here, each) for each in troubles(boards.board(here.store))]

    @console.api("GET", "/live")
    def what_runs(here: Here) -> list[dict[str, Any]]:
        """The runs that go on, with what they have stored so far."""
        return [{**asdict(each), "share": each.share} for each in boards.board(here.store).live]

    @console.api("GET", "/runs")
    def runs(here: Here, source: Name = "", stream: Name = "", limit: Limit = 50) -> dict[str, Any]:
        """Runs, the newest first."""
        return status.runs_document(here.store.runs(source=source or None, stream=stream or None, limit=limit))

    @console.api("GET", "/runs/{number}")
    def run(
        here: Here, number: Number, after: Annotated[int, Query(ge=0, lt=1 << 31)] = 0, limit: Limit = 200
    ) -> dict[str, Any]:
        """A run with a part of its ledger: up to `limit` pages behind page `after`."""
        return status.run_document(run_of(here.store, number), Watching(here.store).ledger(number, after, limit))

    @console.api("GET", "/alerts")
    def alerts(here: Here, everything: bool = False) -> dict[str, Any]:
        """What is wrong right now, as it was told to people; with `everything` also what is over."""
        return told.document(told.alerts(here.store, everything=everything))

    @console.api("GET", "/requests/{number}")
    def request(here: Here, number: Number) -> dict[str, Any]:
        """What became of something that was asked for: waiting, running, done, failed or expired."""
        found = Requests(here.store).one(number)
        if found is None:
            raise Missing(f"there is no request {number}.")
        return _request(found)


def schedule(console: Console, boards: Boards) -> None:
    """What is to come, and people's say in it."""

    def board(here: Visit) -> Board:
        return boards.board(here.store, fresh=True)

    @console.api("GET", "/schedule")
    def plans(here: Here) -> dict[str, Any]:
        """The next ten starts of every scheduled stream."""
        return agenda.document(agenda.planned(console.session, here.store))

    @console.api("GET", "/backfills")
    def backfills(here: Here, limit: Limit = 50) -> list[dict[str, Any]]:
        """Stretches of the past that are, or were, read again; the newest first."""
        return [asdict(each) for each in Operations(here.store).backfills(limit=limit)]

    @console.api("POST", "/backfills", role="operator", response_model=Answer, status_code=202)
    def backfill(here: Here, wish: Stretch) -> Any:
        """Read a stretch of the past again, beside the stream's own runs. The number is that of the backfill."""
        return _answer(
            here, console_acts.backfill(here, board(here), wish.source, wish.stream, (wish.since, wish.until))
        )

    @console.api("POST", "/backfills/{number}/cancel", role="operator", response_model=Answer, status_code=202)
    def cancel_backfill(here: Here, number: Number) -> Any:
        """End a backfill after its page; what it read stays."""
        return _answer(here, console_acts.cancel_backfill(here, number))

    @console.api("POST", "/sync", role="operator", response_model=Answer, status_code=202)
    def sync(here: Here, wish: SyncNow) -> Any:
        """Sync now: the daemon begins as soon as there is room."""
        done = console_acts.sync(
            here, board(here), wish.source, wish.stream, full=wish.full, verify=wish.verify
        )  # fmt: skip
        return _answer(here, done)

    @console.api("POST", "/pause", role="operator", response_model=Answer)
    def pause(here: Here, wish: Pause) -> Any:
        """Let the daemon leave it alone; what runs goes on to its end."""
        return _answer(here, console_acts.pause(here, board(here), wish.source, wish.stream, wish.why))

    @console.api("POST", "/resume", role="operator", response_model=Answer)
    def resume(here: Here, wish: Where) -> Any:
        """Go on with what was paused."""
        return _answer(here, console_acts.resume(here, board(here), wish.source, wish.stream))

    @console.api("POST", "/cancel", role="operator", response_model=Answer, status_code=202)
    def cancel(here: Here, wish: OneStream) -> Any:
        """End a run of the daemon after its page."""
        return _answer(here, console_acts.cancel(here, board(here), wish.source, wish.stream))


def quarantine(console: Console) -> None:
    """Records that wait."""

    @console.api("GET", "/quarantine")
    def entries(
        here: Here, source: Name = "", stream: Name = "", after: Annotated[int, Query(ge=0, lt=1 << 31)] = 0,
        limit: Limit = 100,
    ) -> list[dict[str, Any]]:  # fmt: skip
        """Records that wait, by growing id behind `after`, without their rows."""
        found = here.store.quarantined(source=source or None, stream=stream or None, after=after, limit=limit)
        return [_entry(here, each) for each in found]

    @console.api("GET", "/quarantine/{number}")
    def entry(here: Here, number: Number) -> dict[str, Any]:
        """One record with its row. Viewers get the row's fields without their values; each other look is noted."""
        found = console_quarantine.entry_of(here.store, number)
        return {**_entry(here, found), "raw": console_quarantine.looked_at(here, found)}

    @console.api("PUT", "/quarantine/{number}/row", role="operator", response_model=Answer, status_code=202)
    def mend(here: Here, number: Number, mended: Mended) -> Any:
        """Try a record again with a mended row."""
        found = console_quarantine.entry_of(here.store, number)
        return Answer(message="it is tried again", requests=[console_quarantine.ask_mended(here, found, mended.row)])

    @console.api("POST", "/quarantine/retry", role="operator", response_model=Answer, status_code=202)
    def retry(here: Here, wish: Entries) -> Any:
        """Try records again, with the maps as they are now."""
        number = console_quarantine.ask_retry(here, wish.ids or None, wish.source)
        return Answer(message="they are tried again", requests=[number])

    @console.api("POST", "/quarantine/drop", role="operator")
    def drop(here: Here, wish: Entries) -> dict[str, int]:
        """Give records up; they stay on record."""
        return {"dropped": console_quarantine.give_up(here, wish.ids)}


def _trouble(here: Visit, each: Any) -> Trouble:
    texts = {
        name: text if each.told else here._(text, **(each.values if name == "title" else {}))
        for name, text in (("title", each.title), ("what", each.what), ("fix", each.fix))
    }
    return Trouble(severity=each.severity, source=each.source, stream=each.stream, since=each.since, **texts)


def _answer(here: Visit, done: console_acts.Done) -> Answer:
    return Answer(message=done.told(here), requests=list(done.requests))


def _request(found: Request) -> dict[str, Any]:
    """A request as JSON, without the rows that it carries."""
    return {
        "id": found.id, "kind": found.kind, "source": found.source, "stream": found.stream, "status": found.status,
        "asked_at": found.asked_at, "asked_by": found.asked_by, "started_at": found.started_at,
        "ended_at": found.ended_at, "result": found.outcome,
    }  # fmt: skip


def _entry(here: Visit, each: QuarantineEntry) -> dict[str, Any]:
    listed = {name: value for name, value in asdict(each).items() if name != "raw"}
    return {**listed, "source_id": console_quarantine.shown_id(here, each)}
