"""The contract of a publisher: typed settings, a check, and `publish`, which hands tables on to another system.

A publisher passes on what the hub holds; it computes nothing and never touches the store. The hub gives it one
consistent state of the tables, the state that its last complete run left, and keeps the ledger. A publisher that fails
in the middle leaves what readers see as it was: it writes beside it, and exchanges at the end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic import Field as Setting

from hub.model.kinds import Kind
from hub.sdk.connector import Context, Finding, Json
from hub.sdk.schedule import Schedule

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa


class PublisherConfig(BaseModel):
    """Settings of one publisher: one file of config/publishers/. A publisher adds its own by subclassing."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str = Setting(description="Which publisher: see `hub plugins`.")
    enabled: bool = Setting(True, description="false leaves it out of `hub publish` and of the schedule.")
    schedule: Schedule | None = Setting(None, description="`every 1h`, a cron line, or a mapping, as for connectors.")
    tables: tuple[str, ...] = Setting(
        (), description="Canonical tables, such as `orders`, and `golden_customers` and the like; all where not given."
    )
    metrics: Mapping[str, tuple[str, ...]] = Setting(
        {}, description="Metric -> dimensions to publish it by, each as a table `metric_NAME`."
    )
    personal_data: bool = Setting(
        False, description="true passes on names, addresses, e-mail and telephone numbers of persons as well."
    )


@dataclass(frozen=True)
class Field:
    """One column of a published table. Decimals have 20 digits, 6 of them after the point; moments are UTC."""

    name: str
    kind: Kind
    description: str = ""


@dataclass(frozen=True)
class Table:
    """One table as it is published. `key` names the columns that tell its rows apart; empty where rows have no name."""

    name: str
    description: str
    fields: tuple[Field, ...]
    key: tuple[str, ...]
    rows: int


@dataclass(frozen=True)
class Changes:
    """How much of a table has changed: rows that are new or other now, and keys whose rows are no longer there, some of
    which may never have been published."""

    changed: int
    gone: int


class ChangesUnknown(Exception):
    """Why nobody can tell what changed in a table; it has to be passed on as a whole."""


class Tables(Protocol):
    """The tables of one run: all of the same state.

    as_of   when the state was taken
    mark    equal marks mean equal contents, so that nothing need be published again
    """

    @property
    def as_of(self) -> datetime: ...

    @property
    def mark(self) -> str: ...

    def __iter__(self) -> Iterator[Table]: ...

    def schema(self, table: Table) -> pa.Schema:
        """Its columns in Arrow's terms: string, int64, bool, decimal128(20, 6), date32, timestamp[us, UTC]."""
        ...

    def batches(self, table: Table, rows: int = 100_000) -> Iterator[pa.RecordBatch]:
        """Its rows, ordered by its key, some at a time; memory is bounded by `rows`."""
        ...

    def write_parquet(self, table: Table, path: Path) -> None:
        """All its rows into one Parquet file, the fastest way out."""
        ...

    def changes(self, table: Table, changed: Path, gone: Path) -> Changes:
        """What changed since the state that the publisher's last complete run passed on, as two Parquet files: rows in
        the table's schema, and keys. A run that failed in between makes no difference, so both may name what a target
        knows already. Raises ChangesUnknown, with its reason in words that fit behind "since"."""
        ...


@dataclass(frozen=True)
class Published:
    """What a run has published: rows by table, what an admin should know, and what the next run is to be told."""

    rows: Mapping[str, int]
    notes: tuple[str, ...] = ()
    state: Json = field(default_factory=dict)


__all__ = ["Changes", "ChangesUnknown", "Field", "Kind", "Published", "Publisher", "PublisherConfig", "Table", "Tables"]

P = TypeVar("P", bound=PublisherConfig)


class Publisher(Generic[P]):
    """A target's plugin. Subclass it, name `kind` and `config_model`, and write `publish`."""

    kind: ClassVar[str]
    config_model: ClassVar[type[PublisherConfig]]
    title: ClassVar[str] = ""

    def __init__(self, config: P, context: Context) -> None:
        self.config = config
        self.context = context

    def check(self) -> Iterator[Finding]:
        """Login, permissions, libraries, folders: each as a finding."""
        yield Finding(self.kind, True, "nothing to check")

    def publish(self, tables: Tables, state: Json) -> Published:
        """Pass the tables on. `state` is that of the last complete run, empty at first; `Context.cancelled` says when
        to stop, between tables or blocks. Raises HubError; a run that raised is repeated as a whole."""
        raise NotImplementedError

    def close(self) -> None:
        """Free connections. Called once, also after a failure."""
