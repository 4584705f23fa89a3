"""Which revision of an order counts. A search shows them all: the newest, drafts of the next, and older copies.

The key of the newest one, draft or not, is `system:id`; older copies have another. So a submitted order under that key
is the current one. For all others Oracle is asked which revisions there are, and the highest that was submitted counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from connectors.oracle_scm.api import Collection, OracleApi, Row
from connectors.oracle_scm.query import Condition
from connectors.oracle_scm.ranges import Walk
from connectors.oracle_scm.rows import NO, YES
from connectors.oracle_scm.selection import Node
from connectors.oracle_scm.values import is_true

Key = tuple[str, str]
"""Source system and id: what all revisions of an order share."""

_ATTRIBUTES = (
    "HeaderId", "SourceTransactionSystem", "SourceTransactionId", "SourceTransactionRevisionNumber", "SubmittedFlag",
)  # fmt: skip
_LIST = 40
"""Ids in one filter: addresses have a length."""


class Revisions:
    """Tells the current revision of each order.

    filters  attributes that the pod can filter by: where it can do so by none of those needed, the highest revision
             that was seen so far counts
    whole    a full reading asks for all revised orders at once
    """

    def __init__(self, api: OracleApi, wanted: Collection, filters: frozenset[str], *, whole: bool) -> None:
        self._api = api
        known = dict.fromkeys(name for name in _ATTRIBUTES if name in wanted.node.attributes)
        self._wanted = replace(wanted, node=Node(known), conditions=())
        self._whole = whole and "SourceTransactionRevisionNumber" in filters
        self._by_id = "SourceTransactionId" in filters
        self._known: dict[Key, int] = {}
        """Key -> highest revision that was submitted, of orders that have others."""
        self._asked = False

    def mark(self, rows: list[Row]) -> None:
        """Set `current` in the rows. What has no key of an order is left to the map."""
        doubtful = [row for row in rows if not self._is_plainly_current(row)]
        if doubtful:
            self._learn(doubtful)
        for row in rows:
            row["current"] = YES
        for row in doubtful:
            key = _key(row)
            if key is not None:
                is_highest = _number(row) == self._known.get(key, _number(row))
                row["current"] = YES if _is_submitted(row) and is_highest else NO

    @staticmethod
    def _is_plainly_current(row: Row) -> bool:
        key = _key(row)
        return key is not None and _is_submitted(row) and row.get("OrderKey") == ":".join(key)

    def _learn(self, rows: list[Row]) -> None:
        if self._whole:
            if not self._asked:
                self._take_all()
            return
        if not self._by_id:
            self._note(rows)
            return
        unknown = sorted({key for row in rows if (key := _key(row)) is not None} - self._known.keys())
        for start in range(0, len(unknown), _LIST):
            ids = tuple(dict.fromkeys(number for _, number in unknown[start : start + _LIST]))
            self._take([Condition("SourceTransactionId", "in", ids)])

    def _take_all(self) -> None:
        self._take([Condition("SourceTransactionRevisionNumber", ">", 1)])
        self._asked = True

    def _take(self, conditions: list[Condition]) -> None:
        walk = Walk(self._api, replace(self._wanted, conditions=tuple(conditions)), "HeaderId")
        for chunk in walk.chunks():
            self._note(chunk.rows)

    def _note(self, rows: Iterable[Row]) -> None:
        for row in rows:
            key = _key(row)
            if key is not None and _is_submitted(row):
                self._known[key] = max(_number(row), self._known.get(key, 0))


def _key(row: Row) -> Key | None:
    parts: list[Any] = [row.get("SourceTransactionSystem"), row.get("SourceTransactionId")]
    return (str(parts[0]), str(parts[1])) if all(isinstance(part, str | int) and part != "" for part in parts) else None


def _is_submitted(row: Row) -> bool:
    """Drafts say that they are; where a pod does not tell, only a status of its own shows them."""
    flag = row.get("SubmittedFlag")
    return is_true(flag) if flag is not None else row.get("StatusCode") != "DOO_DRAFT"


def _number(row: Row) -> int:
    """A revision's number; an order that has none is its only one."""
    number = row.get("SourceTransactionRevisionNumber")
    return number if isinstance(number, int) and not isinstance(number, bool) else 1
