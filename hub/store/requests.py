"""What people ask the daemon for in the console, and which daemons live. The same SQL on both databases.

The console writes a request, a daemon takes it by one conditional statement, and writes what came of it; so any number
of consoles and daemons may share a store. Nothing here is on the path of a sync.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from hub.store.same_sql import SameSql, places

if TYPE_CHECKING:
    from hub.store.base import Store

HEARTBEAT = timedelta(seconds=5)
"""How often a daemon shows that it lives."""
ALIVE_WITHIN = timedelta(seconds=30)
"""A daemon that was silent for longer is dead, or hangs."""
KEEP = timedelta(days=30)
_ROWS = "rows"
"""Part of the detail that holds records, and is forgotten at the end."""


@dataclass(frozen=True)
class Request:
    """One wish: `hub.store.console_tables.RequestRow` says what each field means. `detail` and `result` are JSON."""

    id: int
    kind: str
    source: str
    stream: str
    detail: str
    status: str
    asked_at: datetime
    asked_by: str
    taken_by: str = ""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    result: str = "{}"

    @property
    def wish(self) -> dict[str, Any]:
        """`detail` as a mapping."""
        return dict(json.loads(self.detail))

    @property
    def outcome(self) -> dict[str, Any]:
        """`result` as a mapping."""
        return dict(json.loads(self.result))


@dataclass(frozen=True)
class Heart:
    """A daemon: `hub.store.console_tables.DaemonRow`."""

    holder: str
    version: str
    started_at: datetime
    seen_at: datetime
    streams: int
    problem: str

    def beats(self, now: datetime) -> bool:
        return now - self.seen_at <= ALIVE_WITHIN


_NAMES = tuple(field.name for field in fields(Request) if field.name != "id")


class Requests:
    """Requests and hearts in one store. Give it a store of its own thread."""

    def __init__(self, store: Store) -> None:
        self._sql = SameSql(store)

    # -- the console's side ------------------------------------------------------------------------------------

    def ask(
        self, kind: str, source: str, stream: str, *, who: str, at: datetime, detail: Mapping[str, Any] | None = None
    ) -> int:
        """Ask for something; returns the request's number."""
        wanted = Request(
            0, kind, source, stream, json.dumps(dict(detail or {}), ensure_ascii=False), "waiting", at, who
        )
        found = self._sql.rows(
            f"INSERT INTO hub_requests ({', '.join(_NAMES)}) VALUES ({places(len(_NAMES))}) RETURNING id",
            *(getattr(wanted, name) for name in _NAMES),
        )
        return int(found[0][0])

    def one(self, number: int) -> Request | None:
        return next(iter(self._sql.read(Request, "SELECT {} FROM hub_requests WHERE id = $1", number)), None)

    def newest(self, limit: int = 50) -> list[Request]:
        """Requests, the newest first."""
        return self._sql.read(Request, "SELECT {} FROM hub_requests ORDER BY id DESC LIMIT $1", limit)

    def hearts(self) -> list[Heart]:
        """Daemons that live, or died without a word, the latest seen first."""
        return self._sql.read(Heart, "SELECT {} FROM hub_daemons ORDER BY seen_at DESC")

    # -- the daemon's side -------------------------------------------------------------------------------------

    def waiting(self) -> list[Request]:
        """What nobody has begun yet, the oldest first."""
        return self._sql.read(
            Request, "SELECT {} FROM hub_requests WHERE ended_at IS NULL AND status = 'waiting' ORDER BY id LIMIT 100"
        )

    def take(self, number: int, who: str, at: datetime) -> bool:
        """Begin one. False where another daemon was quicker."""
        return self._sql.change(
            "UPDATE hub_requests SET status = 'running', taken_by = $2, started_at = $3"
            " WHERE id = $1 AND status = 'waiting'",
            number, who, at,
        ) == 1  # fmt: skip

    def end(self, request: Request, status: str, at: datetime, result: Mapping[str, Any]) -> None:
        """Note what came of it, and forget the rows of records that it carried."""
        kept = {name: value for name, value in request.wish.items() if name != _ROWS}
        self._sql.change(
            "UPDATE hub_requests SET status = $2, ended_at = $3, result = $4, detail = $5 WHERE id = $1",
            request.id, status, at, json.dumps(dict(result), default=str), json.dumps(kept),
        )  # fmt: skip

    def orphans(self, alive: Collection[str]) -> list[Request]:
        """What somebody had begun who is not among these daemons any more."""
        others = f" AND taken_by NOT IN ({places(len(alive))})" if alive else ""
        return self._sql.read(
            Request,
            f"SELECT {{}} FROM hub_requests WHERE ended_at IS NULL AND status = 'running'{others} ORDER BY id",
            *alive,
        )

    def beat(self, heart: Heart) -> None:
        """Show that a daemon lives."""
        names = [field.name for field in fields(Heart)]
        changed = ", ".join(f"{name} = excluded.{name}" for name in names[1:])
        self._sql.change(
            f"INSERT INTO hub_daemons ({', '.join(names)}) VALUES ({places(len(names))})"
            f" ON CONFLICT (holder) DO UPDATE SET {changed}",
            *(getattr(heart, name) for name in names),
        )

    def stopped(self, holder: str) -> None:
        """A daemon says good-bye, or somebody has found it dead."""
        self._sql.change("DELETE FROM hub_daemons WHERE holder = $1", holder)

    def forget(self, before: datetime) -> int:
        """Remove requests that ended before a moment."""
        return self._sql.change("DELETE FROM hub_requests WHERE ended_at < $1", before)
