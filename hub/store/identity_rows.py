"""Rows of the tables of identity: their columns, and what is made of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from hub.model.kinds import Kind
from hub.store.identity import LETTERS, Decision, Key, Link, Review, Said
from hub.store.shape import from_micros

KEY = {"source": Kind.TEXT, "source_id": Kind.TEXT}
ID = {"golden_id": Kind.TEXT}
DECISION = {
    "id": Kind.INTEGER, "entity": Kind.TEXT, "kind": Kind.TEXT, "who": Kind.TEXT, "why": Kind.TEXT, "at": Kind.UTC,
    "before": Kind.JSON, "undone_at": Kind.UTC, "undone_by": Kind.TEXT, "undone_why": Kind.TEXT,
    "resolution_id": Kind.INTEGER,
}  # fmt: skip
SAID = {
    "decision_id": Kind.INTEGER, "left_source": Kind.TEXT, "left_id": Kind.TEXT, "right_source": Kind.TEXT,
    "right_id": Kind.TEXT, "same": Kind.BOOLEAN,
}  # fmt: skip
RESOLUTION = {
    "id": Kind.INTEGER, "kind": Kind.TEXT, "started_at": Kind.UTC, "ended_at": Kind.UTC, "sequence": Kind.INTEGER,
    "settings": Kind.TEXT, "counts": Kind.JSON,
}  # fmt: skip
MARKS = {"customers": "golden_customers", "products": "golden_products"}
PAGE = 5000
"""Rows a page of reading or writing."""


def pages(rows: Iterable[Sequence[Any]]) -> Iterator[list[Sequence[Any]]]:
    """The rows, some at a time."""
    waiting = iter(rows)
    while page := list(islice(waiting, PAGE)):
        yield page


def _score(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value).scaleb(-6)


def link_of(row: Sequence[Any]) -> Link:
    entity, source, source_id, golden, rule, score, evidence, one, two, at, resolution = row
    partner = None if one is None else Key(one, two)
    told = json.loads(evidence) if evidence else {}
    return Link(entity, Key(source, source_id), golden, rule, _score(score), told, partner, from_micros(at), resolution)


def review_of(row: Sequence[Any]) -> Review:
    number, entity, one, one_id, two, two_id, rule, score, evidence, status, at = row
    told = json.loads(evidence) if evidence else {}
    return Review(
        number, entity, Key(one, one_id), Key(two, two_id), rule, _score(score), told, status, from_micros(at)
    )


def decision_of(row: Sequence[Any], pairs: tuple[Said, ...]) -> Decision:
    number, entity, kind, who, why, at, before, undone, undone_by, undone_why, resolution = row
    gone = None if undone is None else from_micros(undone)
    return Decision(
        number, entity, kind, who, why, from_micros(at), pairs, json.loads(before or "{}"), gone, undone_by, undone_why,
        resolution,
    )  # fmt: skip


def golden_number(golden_id: str) -> int:
    """The number within a golden id."""
    return int(golden_id[1:])


def golden_id(entity: str, number: int) -> str:
    return f"{LETTERS[entity]}{number:06d}"
