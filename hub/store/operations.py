"""What operations keep in the store: schedules, alerts and their deliveries, backfills. The same SQL on both databases.

Each method is one statement, so that any number of hubs may call it: whoever changes a row first has won, and the
others are told so by the answer. Nothing here is on the path of a sync.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from hub.store.shape import from_micros, to_micros

if TYPE_CHECKING:
    from hub.store.base import Store

EVERY_STREAM = "*"
"""In place of a stream: the pause holds for the whole system."""


@dataclass(frozen=True)
class Scheduled:
    """Where one stream's schedule stands: `hub.store.operations_tables.ScheduleRow` says what each field means."""

    source: str
    stream: str
    rule: str = ""
    slot_at: datetime | None = None
    next_at: datetime | None = None
    claimed_at: datetime | None = None
    retry_at: datetime | None = None
    wanted_at: datetime | None = None
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str = ""
    failures: int = 0
    paused_at: datetime | None = None
    paused_by: str | None = None
    paused_why: str | None = None

    @property
    def key(self) -> tuple[str, str]:
        return self.source, self.stream


@dataclass(frozen=True)
class AlertEntry:
    """One thing that was wrong, from its beginning to its end."""

    id: int
    key: str
    kind: str
    severity: str
    source: str
    stream: str
    title: str
    detail: str
    fix: str
    opened_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class Delivery:
    """An alert that is to be sent: `event` is opened or ended."""

    alert_id: int
    event: str
    channel: str
    attempts: int
    next_at: datetime
    done_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True)
class Backfill:
    """A stretch of the past that is to be read again."""

    id: int
    source: str
    stream: str
    since: datetime
    until: datetime
    status: str
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    cancel_at: datetime | None
    counted: int | None
    rows: int
    error: str

    @property
    def lane(self) -> str:
        """Where its position and its lease are kept, apart from the stream's own."""
        return f"{self.stream}#backfill-{self.id}"


T = TypeVar("T")
_SCHEDULED = tuple(field.name for field in fields(Scheduled))
_PROGRESS = (
    "rule", "slot_at", "next_at", "claimed_at", "retry_at", "started_at", "ended_at", "outcome", "failures",
)  # fmt: skip
"""What a run of the schedule moves; pauses and wishes are other people's."""


class Operations:
    """The tables of operations in one store. Give it a store of its own thread."""

    def __init__(self, store: Store) -> None:
        self._db: Any = store.db  # type: ignore[attr-defined]  # both stores have one; the contract names none
        self._sqlite = store.dialect == "sqlite"

    # -- schedules ---------------------------------------------------------------------------------------------

    def schedules(self) -> list[Scheduled]:
        """Every stream that was ever scheduled or paused."""
        return self._read(Scheduled, "SELECT {} FROM hub_schedules ORDER BY source, stream")

    def schedule(self, source: str, stream: str) -> Scheduled | None:
        found = self._read(Scheduled, "SELECT {} FROM hub_schedules WHERE source = $1 AND stream = $2", source, stream)
        return next(iter(found), None)

    def begin_schedule(self, entry: Scheduled) -> None:
        """Note a stream that is scheduled for the first time; nothing where somebody was quicker."""
        self._change(
            f"INSERT INTO hub_schedules ({', '.join(_SCHEDULED)}) VALUES ({_places(len(_SCHEDULED))})"
            " ON CONFLICT (source, stream) DO NOTHING",
            *(getattr(entry, name) for name in _SCHEDULED),
        )

    def move_schedule(self, before: Scheduled, after: Scheduled) -> bool:
        """Change what runs move, unless another hub has moved it since `before` was read. A pause, or a wish that was
        made meanwhile, is left as it is."""
        named = ", ".join(f"{name} = ${number}" for number, name in enumerate(_PROGRESS, 3))
        number = len(_PROGRESS) + 3
        return self._change(
            f"UPDATE hub_schedules SET {named},"
            f" wanted_at = CASE WHEN wanted_at = ${number + 3} THEN ${number + 4} ELSE wanted_at END"
            f" WHERE source = $1 AND stream = $2 AND rule = ${number} AND {_same('slot_at', number + 1)}"
            f" AND {_same('claimed_at', number + 2)}",
            before.source, before.stream, *(getattr(after, name) for name in _PROGRESS),
            before.rule, before.slot_at, before.claimed_at, before.wanted_at, after.wanted_at,
        ) == 1  # fmt: skip

    def pause(self, source: str, stream: str, at: datetime, who: str, why: str) -> bool:
        """Pause a stream, or a whole system by `*`. False where it is paused already."""
        self.begin_schedule(Scheduled(source, stream))
        return self._change(
            "UPDATE hub_schedules SET paused_at = $3, paused_by = $4, paused_why = $5"
            " WHERE source = $1 AND stream = $2 AND paused_at IS NULL",
            source, stream, at, who, why,
        ) == 1  # fmt: skip

    def resume(self, source: str, stream: str | None) -> int:
        """Lift the pauses of a stream, or of a system and all its streams. Returns how many there were."""
        return self._change(
            "UPDATE hub_schedules SET paused_at = NULL, paused_by = NULL, paused_why = NULL, retry_at = NULL,"
            " failures = 0 WHERE source = $1 AND paused_at IS NOT NULL"
            + ("" if stream is None else " AND stream = $2"),
            *([source] if stream is None else [source, stream]),
        )  # fmt: skip

    def want(self, source: str, stream: str, at: datetime) -> bool:
        """Ask for a run as soon as there is room. False where the stream is not scheduled."""
        return self._change(
            "UPDATE hub_schedules SET wanted_at = $3 WHERE source = $1 AND stream = $2", source, stream, at
        ) == 1  # fmt: skip

    # -- alerts ------------------------------------------------------------------------------------------------

    def open_alert(self, alert: AlertEntry) -> int | None:
        """Note that something is wrong. Its number, or None where it is known already."""
        names = [field.name for field in fields(AlertEntry) if field.name != "id"]
        found = self._rows(
            f"INSERT INTO hub_alerts ({', '.join(names)}) VALUES ({_places(len(names))})"
            " ON CONFLICT (key) WHERE ended_at IS NULL DO NOTHING RETURNING id",
            *(getattr(alert, name) for name in names),
        )
        return int(found[0][0]) if found else None

    def end_alert(self, key: str, at: datetime) -> AlertEntry | None:
        """Note that it is over. The alert, or None where none was open."""
        return next(
            iter(
                self._read(
                    AlertEntry,
                    "UPDATE hub_alerts SET ended_at = $2 WHERE key = $1 AND ended_at IS NULL RETURNING {}",
                    key,
                    at,
                )
            ),
            None,
        )

    def alerts(self, *, open_only: bool = True, limit: int = 1000) -> list[AlertEntry]:
        """Alerts, the newest first."""
        where = "WHERE ended_at IS NULL" if open_only else ""
        return self._read(AlertEntry, f"SELECT {{}} FROM hub_alerts {where} ORDER BY id DESC LIMIT $1", limit)

    def alert(self, number: int) -> AlertEntry | None:
        return next(iter(self._read(AlertEntry, "SELECT {} FROM hub_alerts WHERE id = $1", number)), None)

    def send(self, alert_id: int, event: str, channels: Sequence[str], at: datetime) -> None:
        """Put an alert into the post, for each channel once."""
        for channel in channels:
            self._change(
                "INSERT INTO hub_deliveries (alert_id, event, channel, attempts, next_at, error)"
                " VALUES ($1, $2, $3, 0, $4, '') ON CONFLICT (alert_id, event, channel) DO NOTHING",
                alert_id, event, channel, at,
            )  # fmt: skip

    def take_delivery(self, now: datetime, until: datetime, channels: Sequence[str]) -> Delivery | None:
        """The next delivery that is due on one of these channels. Nobody else gets it before `until`: somebody who
        dies over it delays it, and loses none."""
        if not channels:
            return None
        names = ", ".join(f"${number}" for number in range(3, 3 + len(channels)))
        waits = "SELECT 1 FROM hub_deliveries WHERE done_at IS NULL AND next_at <= $1 LIMIT 1"
        if not self._rows(waits, now):  # a look costs no right to write
            return None
        found = self._read(
            Delivery,
            "UPDATE hub_deliveries SET next_at = $2, attempts = attempts + 1 WHERE (alert_id, event, channel) ="
            " (SELECT alert_id, event, channel FROM hub_deliveries"
            f" WHERE done_at IS NULL AND next_at <= $1 AND channel IN ({names}) ORDER BY next_at, alert_id LIMIT 1"
            + (")" if self._sqlite else " FOR UPDATE SKIP LOCKED)")
            + " RETURNING {}",
            now, until, *channels,
        )  # fmt: skip
        return next(iter(found), None)

    def settle_delivery(self, delivery: Delivery) -> None:
        """Note how a try ended."""
        self._change(
            "UPDATE hub_deliveries SET next_at = $4, done_at = $5, error = $6"
            " WHERE alert_id = $1 AND event = $2 AND channel = $3",
            delivery.alert_id, delivery.event, delivery.channel, delivery.next_at, delivery.done_at, delivery.error,
        )  # fmt: skip

    def deliveries(self, alert_id: int) -> list[Delivery]:
        """What was sent of one alert, and what still waits."""
        return self._read(
            Delivery, "SELECT {} FROM hub_deliveries WHERE alert_id = $1 ORDER BY event DESC, channel", alert_id
        )

    def forget_alerts(self, before: datetime) -> int:
        """Remove alerts that ended before a moment, with their deliveries."""
        ended = "SELECT id FROM hub_alerts WHERE ended_at < $1"
        self._change(f"DELETE FROM hub_deliveries WHERE alert_id IN ({ended})", before)
        return self._change("DELETE FROM hub_alerts WHERE ended_at < $1", before)

    # -- backfills ---------------------------------------------------------------------------------------------

    def begin_backfill(self, wanted: Backfill) -> Backfill:
        """Note a backfill; returns it with its number."""
        names = [field.name for field in fields(Backfill) if field.name != "id"]
        found = self._rows(
            f"INSERT INTO hub_backfills ({', '.join(names)}) VALUES ({_places(len(names))}) RETURNING id",
            *(getattr(wanted, name) for name in names),
        )
        return replace(wanted, id=int(found[0][0]))

    def backfills(self, *, open_only: bool = False, limit: int = 100) -> list[Backfill]:
        """Backfills, the newest first."""
        where = "WHERE status IN ('waiting', 'running', 'stopped')" if open_only else ""
        return self._read(Backfill, f"SELECT {{}} FROM hub_backfills {where} ORDER BY id DESC LIMIT $1", limit)

    def backfill(self, number: int) -> Backfill | None:
        return next(iter(self._read(Backfill, "SELECT {} FROM hub_backfills WHERE id = $1", number)), None)

    def save_backfill(self, entry: Backfill) -> None:
        """Note how far it is. A wish to cancel it is left as it is."""
        self._change(
            "UPDATE hub_backfills SET status = $2, started_at = $3, ended_at = $4, rows = $5, error = $6 WHERE id = $1",
            entry.id, entry.status, entry.started_at, entry.ended_at, entry.rows, entry.error,
        )  # fmt: skip

    def cancel_backfill(self, number: int, at: datetime) -> bool:
        """Ask for its end; one that nobody is running ends at once. False where it has ended before."""
        changed = self._change(
            "UPDATE hub_backfills SET cancel_at = $2,"
            " ended_at = CASE WHEN status = 'running' THEN ended_at ELSE $2 END,"
            " status = CASE WHEN status = 'running' THEN status ELSE 'cancelled' END"
            " WHERE id = $1 AND status IN ('waiting', 'running', 'stopped')",
            number, at,
        )  # fmt: skip
        return changed == 1

    def forget_position(self, source: str, stream: str) -> None:
        """Forget where a lane stood, once it has come to its end."""
        self._change("DELETE FROM hub_streams WHERE source = $1 AND stream = $2", source, stream)

    # -- business ----------------------------------------------------------------------------------------------

    def orders_by_hour(self, source: str, since: datetime, until: datetime) -> dict[datetime, int]:
        """How many live orders a source placed in each hour of a stretch; hours without any are left out."""
        hour = (
            "ordered_at / 3600000000"
            if self._sqlite
            else "CAST(floor(extract(epoch FROM ordered_at) / 3600) AS bigint)"
        )
        found = self._rows(
            f"SELECT {hour} AS hour, count(*) FROM orders WHERE source = $1 AND ordered_at >= $2 AND ordered_at < $3"
            " AND deleted_at IS NULL GROUP BY 1",
            source, since, until,
        )  # fmt: skip
        return {datetime.fromtimestamp(number * 3600, UTC): count for number, count in found}

    # -- both databases ----------------------------------------------------------------------------------------

    def _read(self, kind: type[T], statement: str, *values: Any) -> list[T]:
        """Rows as objects of a kind; `{}` stands for its columns."""
        columns = [(field.name, "datetime" in str(field.type)) for field in fields(kind)]  # type: ignore[arg-type]
        rows = self._rows(statement.format(", ".join(name for name, _ in columns)), *values)
        return [
            kind(*(self._value(value, time) for value, (_, time) in zip(row, columns, strict=True))) for row in rows
        ]

    def _value(self, value: Any, is_time: bool) -> Any:
        return from_micros(value) if is_time and self._sqlite and value is not None else value

    def _rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        if self._sqlite:
            return list(self._db.rows(statement.replace("$", "?"), _plain(values)))
        return list(self._db.rows(statement, values))

    def _change(self, statement: str, *values: Any) -> int:
        if self._sqlite:
            return int(self._db.run(statement.replace("$", "?"), _plain(values)).rowcount)
        return int(self._db.count(statement, values))


def _plain(values: Sequence[Any]) -> list[Any]:
    return [to_micros(value) if isinstance(value, datetime) else value for value in values]


def _places(count: int) -> str:
    return ", ".join(f"${number}" for number in range(1, count + 1))


def _same(column: str, number: int) -> str:
    """A comparison that takes two empty values for the same, on both databases."""
    return f"{column} IS NOT DISTINCT FROM ${number}"
