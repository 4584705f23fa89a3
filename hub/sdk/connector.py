"""The contract of a connector: typed settings, streams, and `read`, which yields pages.

A connector fetches. It does not rename, convert, filter by meaning or save: maps do the first, the hub the rest.
The hub brings concurrency, retries of whole runs, checkpoints, quarantine and the ledger.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from hub.errors import HubError, SourceChanged
from hub.mapping import FieldMap
from hub.model.batch import Reject, Row
from hub.sdk.allowance import Allowance
from hub.sdk.clock import Clock
from hub.sdk.links import filled
from hub.sdk.stopping import run_is_over

if TYPE_CHECKING:
    import httpx
    import pyarrow as pa

    from hub.sdk.config import ConnectorConfig

Json = dict[str, Any]


class Mode(StrEnum):
    """How a stream is read, and what its reading proves."""

    INCREMENTAL = "incremental"
    """Rows changed since a cursor. A row that does not come has not changed; nothing is deleted by silence."""
    SNAPSHOT = "snapshot"
    """Everything, each time. After a *complete* read, rows that did not come are soft-deleted."""
    APPEND = "append"
    """New rows only; rows never change and are never deleted."""


@dataclass(frozen=True)
class Stream:
    """One thing a connector can read, and the canonical entities it becomes."""

    name: str
    maps: tuple[FieldMap, ...]
    mode: Mode = Mode.INCREMENTAL
    overlap: timedelta = timedelta(minutes=5)
    """Read again before the cursor, for clocks that differ and transactions that commit late."""
    depends_on: tuple[str, ...] = ()
    """Streams of the same connector that should run first; references are soft, so this only saves dangling ones."""
    description: str = ""
    whole: bool = True
    """A full read shows all there is, so that `hub sync --verify` may take what it lacks for deleted. False where the
    source forgets what it has handed out: a folder whose files are moved away, a log."""
    provisional: bool = False
    """The maps are a stand-in, since the source could not be looked at; reading it tells why."""


@dataclass(frozen=True)
class ReadRequest:
    """What one run must read of a stream.

    since    inclusive lower bound with the overlap taken off already; None reads everything
    until    upper bound, fixed before the first request; rows changed later belong to the next run
    state    what the last complete run left (`Page.state`): a delta link, the fingerprints of files ...
    resume   `Page.resume` of the last page that was stored, if this run goes on where a crash stopped it
    full     the admin asked for everything again: ignore `state` for skipping
    verify   the same, to find out what the runs before have missed: do not rely on what they left
    """

    stream: Stream
    since: datetime | None
    until: datetime
    state: Json = field(default_factory=dict)
    resume: Json | None = None
    full: bool = False
    verify: bool = False


@dataclass
class Page:
    """A few thousand rows as the source sent them, and how to go on after them.

    rows      dicts, or an Arrow table where the source is columnar
    resume    hands back the place after this page to a later run; None: a stopped run starts over
    cursor    highest change stamp among the rows, by the source's clock; the next run's `since` comes from it
    state     to be kept when the run completes; the last page's wins
    deleted   canonical entity name -> ids the source says are gone (tombstones); children that the stream's maps
              replace with their parent go with it
    total     how many rows the source says the whole read has, for the completeness check
    partial   why even a full read cannot show all there is (a permission that lacks): then nothing is taken for deleted
    origin    where the rows lie, for people: a file with line, a URL without secrets
    first_row number of the first row within `origin`, counted from 1
    lines     the number of each row where they do not simply count on from `first_row` (blank or broken lines between)
    notes     what an admin should know of this reading; each is kept with the run once
    rejects   rows that could not even be parsed; `Reject.row` counts from `first_row`, not within `rows`
    """

    rows: list[Row] | pa.Table
    resume: Json | None = None
    cursor: datetime | None = None
    state: Json | None = None
    deleted: Mapping[str, list[str]] = field(default_factory=dict)
    total: int | None = None
    partial: str = ""
    origin: str = ""
    first_row: int = 1
    lines: Sequence[int] | None = None
    rejects: list[Reject] = field(default_factory=list)
    notes: Sequence[str] = ()

    def number(self, position: int) -> int:
        """How far the row at a position of `rows` lies after `first_row`, at its origin."""
        return position if self.lines is None else self.lines[position] - self.first_row


@dataclass(frozen=True)
class Finding:
    """One line of `hub check`: what was looked at, whether it is well, and what to do where not."""

    subject: str
    ok: bool
    detail: str
    fix: str = ""
    severity: str = "error"
    """error: a stream cannot run; warning: it runs, but somebody should know."""
    expires_at: datetime | None = None
    """When what was looked at ends (a secret, a certificate, a token): the hub tells it in time."""


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class Context:
    """What the hub lends a connector: its instance name, the network, the clock and the wish to stop."""

    source: str
    transport: httpx.BaseTransport | None = None
    now: Callable[[], datetime] = _utc_now
    cancelled: Callable[[], bool] = lambda: False
    base_dir: str = "."
    """Folder that relative paths in the connector's YAML start from."""
    clock: Clock = field(default_factory=Clock)
    """For measuring and waiting; `now` is for moments."""

    def stopped(self) -> bool:
        """Whether to give up waiting: somebody asked to stop, or the run that this thread works for is over."""
        return self.cancelled() or run_is_over()


C = TypeVar("C", bound="ConnectorConfig")


class Connector(Generic[C]):
    """A system's plugin. Subclass it, name `kind`, `config_model` and `streams`, and write `read`."""

    kind: ClassVar[str]
    config_model: ClassVar[type[ConnectorConfig]]
    streams: ClassVar[tuple[Stream, ...]] = ()
    title: ClassVar[str] = ""
    simulator: ClassVar[str | None] = None
    """Stand-in for the system, as `package.module:Class` of a `hub.sdk.simulator.Simulator`; for `hub simulate`."""
    plain_settings: ClassVar[bool] = False
    """Nothing but attributes of the settings is used, none of pydantic's methods. Then the hub may hand over a plain
    copy of settings that it has judged before, and a start needs no pydantic (`hub.settings.kept`)."""

    links: ClassVar[Mapping[str, str]] = {}
    """Canonical entity -> address of a record's page in the system, such as `{base_url}/orders/{id}`: `{id}` is the
    record's key, other names are settings."""

    def __init__(self, config: C, context: Context) -> None:
        self.config = config
        self.context = context

    @classmethod
    def link(cls, config: C, entity: str, source_id: str) -> str | None:
        """Where a person finds a record in the system's own pages; None where there is no such page.

        Works without the network. It may use attributes of `config`, but no secret: the address stands in reports.
        """
        template = cls.links.get(entity)
        return filled(template, config, source_id) if template else None

    def discover(self) -> tuple[Stream, ...]:
        """The streams of this instance; those of the class unless the settings define them."""
        return self.streams

    def check(self) -> Iterator[Finding]:
        """Login, permissions, versions, files: each as a finding. Needs the network; raises only what stops it all."""
        yield Finding(self.kind, True, "nothing to check")

    def read(self, request: ReadRequest) -> Iterator[Page]:
        """The pages of one run, in an order in which `resume` makes sense.

        A snapshot that yields no page at all says "nothing has changed since `state`" and proves no absence; an empty
        source yields one empty page.
        """
        raise NotImplementedError

    def count(self, request: ReadRequest) -> int | None:
        """The source's own count of what `read` of the same request yields; None where it cannot tell."""
        return None

    def allowance(self, stream: Stream) -> Allowance | None:
        """What the account may still ask of the system, for a forecast; None where it does not tell."""
        return None

    def close(self) -> None:
        """Free connections. Called once, also after a failure."""


def guard_tokens(seen: set[str], token: str, where: str) -> None:
    """Raise when a source hands out a page token twice: following it would never end."""
    if token in seen:
        raise SourceChanged(
            "the source handed out the same page token twice.",
            fix="Report it with the connector's version; nothing was lost, the run stops here.",
            where=where,
        )
    seen.add(token)


__all__ = [
    "Connector",
    "Context",
    "Finding",
    "HubError",
    "Mode",
    "Page",
    "ReadRequest",
    "Stream",
    "guard_tokens",
]
