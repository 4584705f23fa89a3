"""Values that take more than a look-up: each function goes over the rows of a page. Pure.

Rows come from JSON (true, 12.5) or from a Bulk job's CSV ("true", "12.5"): both are read alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.sdk import Row, RowRejected

_ACTIVATED = {
    "on hold": "on_hold",
    "partially shipped": "partially_shipped",
    "partially fulfilled": "partially_shipped",
    "shipped": "shipped",
    "fulfilled": "shipped",
    "delivered": "completed",
    "completed": "completed",
    "complete": "completed",
    "closed": "completed",
    "invoiced": "completed",
    "canceled": "cancelled",
    "cancelled": "cancelled",
}
"""Labels of an activated order: each org has its own beside them, which count as open."""
_NOT_ACTIVATED = {"draft": "draft", "canceled": "cancelled", "cancelled": "cancelled", "expired": "cancelled",
                  "superseded": "cancelled"}  # fmt: skip
_CASE = {
    "on hold": "waiting",
    "waiting": "waiting",
    "waiting on customer": "waiting",
    "waiting for customer": "waiting",
    "pending": "waiting",
    "pending customer": "waiting",
    "resolved": "resolved",
    "solved": "resolved",
}
_LEAD = {
    "open - not contacted": "open",
    "open": "open",
    "new": "open",
    "working - contacted": "working",
    "working": "working",
    "contacted": "working",
    "nurturing": "working",
    "qualified": "working",
    "closed - converted": "converted",
    "converted": "converted",
    "closed - not converted": "disqualified",
    "unqualified": "disqualified",
    "disqualified": "disqualified",
}


def is_true(value: Any) -> bool:
    return value is True or value == "true"


def order_status(rows: Sequence[Row]) -> list[str | None]:
    """By the status' category, and by the org's own label once the order is activated."""
    return [_order_status(_word(row.get("StatusCode")), _word(row.get("Status"))) for row in rows]


def _order_status(code: str, label: str) -> str | None:
    if code and code != "activated":
        return _NOT_ACTIVATED.get(code)
    return _ACTIVATED.get(label, _NOT_ACTIVATED.get(label, "open")) if code or label else None


def opportunity_status(rows: Sequence[Row]) -> list[str]:
    """Won, lost or open, whatever the sales team calls its stages."""
    return ["won" if is_true(row.get("IsWon")) else "lost" if is_true(row.get("IsClosed")) else "open" for row in rows]


def opportunity_closed(rows: Sequence[Row]) -> list[Any]:
    """The close date of what is closed: of an open one it is only expected."""
    return [row.get("CloseDate") if is_true(row.get("IsClosed")) else None for row in rows]


def lead_status(rows: Sequence[Row]) -> list[str]:
    """Converted by Salesforce's own flag; else by the usual labels. One that is not known counts as open."""
    return [
        "converted" if is_true(row.get("IsConverted")) else _LEAD.get(_word(row.get("Status")), "open") for row in rows
    ]


def case_status(rows: Sequence[Row]) -> list[str]:
    """Closed by Salesforce's own flag; else by the usual labels. One that is not known counts as open."""
    return ["closed" if is_true(row.get("IsClosed")) else _CASE.get(_word(row.get("Status")), "open") for row in rows]


def product_status(rows: Sequence[Row]) -> list[str]:
    """What is archived or inactive is not sold any more."""
    return [
        "active" if is_true(row.get("IsActive")) and not is_true(row.get("IsArchived")) else "discontinued"
        for row in rows
    ]


def quantity_given_back(rows: Sequence[Row]) -> list[Any]:
    return [_positive(row.get("Quantity")) for row in rows]


def amount_given_back(rows: Sequence[Row]) -> list[Any]:
    return [_positive(row.get("TotalPrice")) for row in rows]


def return_status(rows: Sequence[Row]) -> list[str]:
    """A reduction order takes effect when it is activated."""
    return [
        "completed" if _word(_inner(row, "Order").get("StatusCode")) == "activated" else "requested" for row in rows
    ]


def _word(value: Any) -> str:
    return value.strip().casefold() if isinstance(value, str) else ""


def _inner(row: Row, name: str) -> Mapping[str, Any]:
    inner = row.get(name)
    return inner if isinstance(inner, Mapping) else {}


def _positive(value: Any) -> Any:
    """A number without its sign; reduction orders write theirs with a minus."""
    if isinstance(value, str):
        return value.strip().removeprefix("-")
    if isinstance(value, Mapping | list):
        return RowRejected("is no number")
    return None if value is None else abs(value)
