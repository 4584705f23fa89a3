"""Values that take more than a look-up: each function goes over the rows of a page. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hub.sdk import Row, RowRejected, bind, entities

LABEL = "@OData.Community.Display.V1.FormattedValue"
TARGET = "@Microsoft.Dynamics.CRM.lookuplogicalname"

_ORDER = {0: "open", 1: "open", 2: "cancelled", 3: "completed", 4: "completed"}
_ORDER_REASON = {(0, 2): "on_hold", (3, 100002): "partially_shipped"}
"""By state, and where a reason tells more; reasons that an organisation adds count as their state."""
_INVOICE = {0: "open", 1: "paid", 2: "paid", 3: "cancelled"}
_LEAD = {0: "open", 1: "converted", 2: "disqualified"}
_CASE = {0: "open", 1: "resolved", 2: "closed"}
_CASE_WAITING = {2, 3}
"""On hold, waiting for details."""
_OPPORTUNITY = {0: "open", 1: "won", 2: "lost"}
_to_unit = bind(next(column for column in entities.OrderLine.columns if column.name == "unit")).scalar


def order_status(rows: Sequence[Row]) -> list[str | None]:
    """Pending is on hold, a partial fulfilment is partly shipped; the rest is told by the state."""
    return [_by_state(row, _ORDER, _ORDER_REASON) for row in rows]


def invoice_status(rows: Sequence[Row]) -> list[str | None]:
    return [_by_state(row, _INVOICE, {}) for row in rows]


def opportunity_status(rows: Sequence[Row]) -> list[str | None]:
    return [_by_state(row, _OPPORTUNITY, {}) for row in rows]


def lead_status(rows: Sequence[Row]) -> list[str | None]:
    """Contacted is worked on."""
    return [_by_state(row, _LEAD, {(0, 2): "working"}) for row in rows]


def case_status(rows: Sequence[Row]) -> list[str | None]:
    return [_by_state(row, _CASE, {(0, reason): "waiting" for reason in _CASE_WAITING}) for row in rows]


def _by_state(row: Row, states: dict[int, str], reasons: dict[tuple[int, int], str]) -> str | None:
    state, reason = _state(row), row.get("statuscode")
    if state is None:
        return None
    found = reasons.get((state, reason)) if isinstance(reason, int) else None
    return found or states.get(state)


def _state(row: Row) -> int | None:
    state = row.get("statecode")
    return state if isinstance(state, int) else None


def opportunity_amount(rows: Sequence[Row]) -> list[Any]:
    """What was sold, once it is won; before that, what is expected."""
    return [row.get("actualvalue" if _is_won(row) else "estimatedvalue") for row in rows]


def _is_won(row: Row) -> bool:
    return _state(row) == 1 and row.get("actualvalue") is not None


def closed_case(rows: Sequence[Row]) -> list[Any]:
    """A resolved case tells no time of its own, and its last change is that of its resolution, or later."""
    return [row.get("modifiedon") if _state(row) in {1, 2} else None for row in rows]


def resolved_lead(rows: Sequence[Row]) -> list[Any]:
    """As for cases: a qualified lead is locked, so its last change is its qualification."""
    return [row.get("modifiedon") if _state(row) == 1 else None for row in rows]


def unit(rows: Sequence[Row]) -> list[Any]:
    """Units have free names; those that are units of UN/CEFACT are taken, others leave the column empty."""
    return [_unit(row.get(f"_uomid_value{LABEL}", row.get(f"_defaultuomid_value{LABEL}"))) for row in rows]


def _unit(name: Any) -> Any:
    if not isinstance(name, str):
        return None
    try:
        return _to_unit({"primary unit": "C62"}.get(name.strip().casefold(), name))
    except RowRejected:
        return None


def buying_contact(rows: Sequence[Row]) -> list[Any]:
    """The contact that ordered: the one that is named, or the customer itself where it is a person."""
    kind = f"_customerid_value{TARGET}"
    return [row.get("_customerid_value" if row.get(kind) == "contact" else "_contactid_value") for row in rows]


def line_total(rows: Sequence[Row]) -> list[Any]:
    """The line without tax. `extendedamount` has it, and the tax with it."""
    return [_difference(row.get("extendedamount"), row.get("tax")) for row in rows]


def line_discount(rows: Sequence[Row]) -> list[Any]:
    """The discount entered by hand, and the one by volume, which Dataverse tells for one unit."""
    return [_discount(row) for row in rows]


def _discount(row: Row) -> Any:
    manual, volume, quantity = (row.get(name) for name in ("manualdiscountamount", "volumediscountamount", "quantity"))
    if not all(_is_number(value) or value is None for value in (manual, volume, quantity)):
        return RowRejected("the discount is made of something that is no number")
    if manual is None and volume is None:
        return None
    return (manual or 0) + (volume or 0) * (quantity or 0)


def _difference(amount: Any, less: Any) -> Any:
    if amount is None:
        return None
    if not _is_number(amount) or not (less is None or _is_number(less)):
        return RowRejected("it is made of something that is no number")
    return amount - (less or 0)


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool | str | list | dict) and value is not None
