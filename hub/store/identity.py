"""What the store keeps of identity, and the contract of both databases for it.

Which records are one company is worked out elsewhere (`hub.identity`); the store keeps the outcome in one transaction,
and people's decisions beside it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from hub.model.catalog import ENTITIES
from hub.model.kinds import Kind

RESOLVED = ("customers", "products")
"""Entities that have golden records."""
RESOLVED_BY = (*RESOLVED, "product_costs")
"""Entities whose changes golden records follow."""
LETTERS = {"customers": "C", "products": "P"}
"""What the number of a golden record begins with."""


class Key(NamedTuple):
    """A record, by its connector instance and its own key there."""

    source: str
    source_id: str

    def __str__(self) -> str:
        return f"{self.source}/{self.source_id}"


@dataclass(frozen=True)
class Link:
    """A record and its golden record. `partner` is the record it was linked with; None for one that is alone."""

    entity: str
    key: Key
    golden_id: str
    rule: str
    score: Decimal | None
    evidence: dict[str, Any]
    partner: Key | None
    linked_at: datetime
    resolution_id: int


@dataclass(frozen=True)
class Review:
    """A pair that a person is asked about. `status`: open, accepted, rejected, gone."""

    id: int
    entity: str
    left: Key
    right: Key
    rule: str
    score: Decimal | None
    evidence: dict[str, Any]
    status: str
    first_seen_at: datetime


class Said(NamedTuple):
    """One pair of a decision: whether the two are one."""

    left: Key
    right: Key
    same: bool


@dataclass(frozen=True)
class Decision:
    """What a person said. `before` has the golden records it touched with their members then; `resolution_id` is that
    of the resolution that first heeded it (or its undoing), None until then."""

    id: int
    entity: str
    kind: str
    who: str
    why: str
    at: datetime
    pairs: tuple[Said, ...]
    before: dict[str, list[str]]
    undone_at: datetime | None = None
    undone_by: str | None = None
    undone_why: str | None = None
    resolution_id: int | None = None

    @property
    def in_force(self) -> bool:
        return self.undone_at is None


@dataclass(frozen=True)
class Resolution:
    """One resolution. `sequence`: the last change it saw; `settings`: fingerprint of what it was made with."""

    id: int
    kind: str
    started_at: datetime
    ended_at: datetime
    sequence: int
    settings: str
    counts: dict[str, Any]


class State(NamedTuple):
    """What a resolution starts from, and must still find when it writes: the last one, the newest golden numbers,
    and how often people decided or took back."""

    resolution_id: int
    customers: int
    products: int
    words: int

    def newest(self, entity: str) -> int:
        return self.customers if entity == "customers" else self.products


_NOT_GOLDEN = {
    "source_id", "source_updated_at", "extras", "source_status", "parent_source_id", "bill_to_source_id",
    "supplier_source_id", "currency", "units_on_order", "unit_cost", "list_price", "price_quantity",
}  # fmt: skip
_OWN = {
    "customers": dict.fromkeys(("currency", "parent_golden_id", "bill_to_golden_id"), Kind.TEXT),
    "products": {
        **dict.fromkeys(("list_price", "price_quantity", "unit_cost"), Kind.DECIMAL),
        **dict.fromkeys(("price_unit", "price_currency", "cost_unit", "cost_currency", "parent_golden_id"), Kind.TEXT),
    },
}  # fmt: skip


def golden_columns(entity: str) -> dict[str, Kind]:
    """The columns of golden records that come from source records."""
    taken = {column.name: column.kind for column in ENTITIES[entity].columns if column.name not in _NOT_GOLDEN}
    return {**taken, **_OWN[entity]}


RAW_OF = {
    "parent_golden_id": "parent_source_id", "bill_to_golden_id": "bill_to_source_id", "price_unit": "unit",
    "price_currency": "currency", "cost_unit": "unit", "cost_currency": "currency",
}  # fmt: skip
"""Golden column -> the column of a record it is from, where that has another name."""
PARTS = {"price_unit": "list_price", "price_currency": "list_price", "price_quantity": "list_price",
         "cost_unit": "unit_cost", "cost_currency": "unit_cost"}  # fmt: skip
"""Golden column -> the amount without which it means nothing."""

LINK_COLUMNS = {
    "entity": Kind.TEXT, "source": Kind.TEXT, "source_id": Kind.TEXT, "golden_id": Kind.TEXT, "rule": Kind.TEXT,
    "score": Kind.DECIMAL, "evidence": Kind.JSON, "with_source": Kind.TEXT, "with_source_id": Kind.TEXT,
    "linked_at": Kind.UTC, "resolution_id": Kind.INTEGER,
}  # fmt: skip
PAIR_COLUMNS = dict.fromkeys(("entity", "left_source", "left_id", "right_source", "right_id"), Kind.TEXT)
REVIEW_COLUMNS = {
    **PAIR_COLUMNS, "rule": Kind.TEXT, "score": Kind.DECIMAL, "evidence": Kind.JSON, "status": Kind.TEXT,
    "first_seen_at": Kind.UTC,
}  # fmt: skip
GOLDEN_HEAD = {
    "golden_id": Kind.TEXT, "records": Kind.INTEGER, "provenance": Kind.JSON, "resolution_id": Kind.INTEGER,
    "deleted_at": Kind.UTC,
}  # fmt: skip


class IdentityWriter(ABC):
    """The inside of the transaction that a resolution writes. Rows are tuples in physical form, and travel in bulk."""

    @abstractmethod
    def put_links(self, entity: str, rows: Iterable[Sequence[Any]]) -> None:
        """Upsert links: (source, source_id, golden_id, rule, score in millionths, evidence as JSON, with_source,
        with_source_id). Only what differs is touched; `linked_at` stays while the golden record stays."""

    @abstractmethod
    def remove_links(self, entity: str, keys: Sequence[Key]) -> None:
        """Remove the links of records that are no longer held."""

    @abstractmethod
    def put_reviews(self, entity: str, rows: Iterable[Sequence[Any]]) -> None:
        """The pairs to ask about, all of them: (left_source, left_id, right_source, right_id, rule, score, evidence).
        Open ones that are not among them become `gone`."""

    @abstractmethod
    def put_golden(self, entity: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Upsert golden records of several records: golden_id, records, provenance, deleted_at, then `names`."""

    @abstractmethod
    def copy_single(self, entity: str, golden_ids: Sequence[str] | None) -> None:
        """Golden records that have one record are that record: copied inside the database; None: all of them."""

    @abstractmethod
    def remove_empty(self, entity: str, golden_ids: Sequence[str] | None) -> None:
        """Remove golden records, among these or all, that no link names any more."""

    @abstractmethod
    def close(self, kind: str, sequence: int, settings: str, counts: Mapping[str, Any], newest: State) -> None:
        """Record the resolution, the newest golden numbers, and that the waiting decisions were heeded."""

    resolution_id: int


class IdentityStore(ABC):
    """The part of the store for identity."""

    @abstractmethod
    def identity_state(self) -> State:
        """The last resolution's number and the newest golden numbers; zeros before the first one."""

    @abstractmethod
    def resolution_id(self) -> int:
        """The number of the last resolution; 0 before the first one."""

    @abstractmethod
    def last_resolution(self) -> Resolution | None: ...

    @abstractmethod
    def resolving(self, state: State, at: datetime) -> AbstractContextManager[IdentityWriter]:
        """The transaction of a resolution that began from `state`. StoreBusy where another one came first."""

    @abstractmethod
    def holders(self, entity: str) -> list[str]:
        """Sources that hold live records of an entity."""

    @abstractmethod
    def links(
        self, entity: str, *, keys: Sequence[Key] | None = None, golden_ids: Sequence[str] | None = None
    ) -> Iterator[list[Link]]:
        """Links in pages: all, those of these records, or those of these golden records."""

    @abstractmethod
    def golden_of(self, entity: str) -> Iterator[list[tuple[str, str, str]]]:
        """(source, source_id, golden_id) of all links, in pages."""

    @abstractmethod
    def golden(self, entity: str, golden_ids: Sequence[str]) -> list[dict[str, Any]]:
        """Golden records by column, in physical form; `provenance` as text."""

    @abstractmethod
    def find_golden(self, entity: str, text: str, limit: int) -> list[tuple[str, str, int]]:
        """(golden_id, name, records) of golden records whose name contains a text, the largest first."""

    @abstractmethod
    def contacts_of(self, keys: Sequence[Key]) -> list[tuple[Key, Key, str, str]]:
        """Live contacts of these customer records: contact, customer, name, role."""

    @abstractmethod
    def reviews(
        self, *, entity: str | None = None, status: str | None = "open", ids: Sequence[int] | None = None,
        limit: int = 1000,
    ) -> list[Review]:  # fmt: skip
        """Pairs to ask about, the surest first."""

    @abstractmethod
    def decisions(self, *, entity: str | None = None, ids: Sequence[int] | None = None) -> list[Decision]:
        """All decisions in the order they were made, also those that were undone."""

    @abstractmethod
    def decide(self, decision: Decision, moves: Mapping[Key, str], number: int = 0) -> int:
        """Keep a decision; returns its number. `moves`: record -> golden record it goes to at once; `number`: a new
        golden number that this takes. Reviews of its pairs are settled."""

    @abstractmethod
    def undo(self, decision_id: int, who: str, why: str, at: datetime, moves: Mapping[Key, str]) -> None:
        """Take a decision back; its reviews are open again when the next resolution asks for them."""

    @abstractmethod
    def identity_counts(self, entity: str) -> dict[str, Any]:
        """`records`, `golden`, `rules` (rule -> links), `sizes` (records -> golden records), `largest`
        ((golden_id, records), at most ten), `reviews` (status -> pairs), `decisions` (kind -> in force)."""
