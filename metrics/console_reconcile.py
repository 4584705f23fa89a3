"""Reconciliation: two systems side by side, with a cause and a price for every difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from hub.access.masking import MASK, sees_personal_data
from hub.console.visit import Here, Visit
from hub.console.words import N_
from hub.errors import HubError, UsageError
from metrics.console_numbers import Day, state_of
from metrics.reconcile.run import GROUPS

if TYPE_CHECKING:
    from hub.console.desk import Console
    from metrics.console_child import Computer

What = Literal["orders", "revenue", "stock", "customers"]
System = Annotated[str, Field(max_length=63)]
SUBJECTS: Mapping[str, str] = {
    "orders": N_("Orders"), "revenue": N_("Revenue"), "stock": N_("Stock"), "customers": N_("Customers"),
}  # fmt: skip
CAUSES: Mapping[str, str] = {
    "missing there": N_("missing there"), "late": N_("late"), "cancelled": N_("cancelled"),
    "left out there": N_("left out there"), "tax": N_("tax"), "freight": N_("freight"), "currency": N_("currency"),
    "rounding": N_("rounding"), "unit": N_("unit"), "duplicate": N_("duplicate"), "other orders": N_("other orders"),
    "unexplained": N_("unexplained"),
}  # fmt: skip


class Compared(BaseModel):
    """What is to be compared."""

    what: What = "revenue"
    by: Literal["", "month", "customer", "product"] = Field("", description="What the causes are broken down by.")
    start: Day = Field(None, description="First day, for orders and revenue.")
    end: Day = Field(None, description="Last day.")


class Pair(Compared):
    """Two systems; a page without them asks for them."""

    left: System = ""
    right: System = ""


class Several(Compared):
    """Systems, each against each other."""

    system: Annotated[list[System], Field(min_length=2, max_length=5)]


def add(console: Console, computer: Computer) -> None:
    """Add the pages and the route."""
    console.navigation(N_("Reconcile"), "/reconcile", order=65)

    @console.page("/reconcile")
    def page(here: Here, pair: Annotated[Pair, Query()]) -> Response:
        part = here.link_to("/reconcile/result") if pair.left and pair.right else ""
        systems = [] if here.console.problem else sorted(here.console.session.settings.names)
        return here.page("reconcile.html", pair=pair, systems=systems, subjects=SUBJECTS, part=part)

    @console.page("/reconcile/result")
    def result(here: Here, pair: Annotated[Pair, Query()]) -> Response:
        try:
            found = compared(here, computer, [pair.left, pair.right], pair)
        except HubError as error:
            return here.page("number_wrong.html", error=error)
        return here.page("reconcile_result.html", found=found["comparisons"][0], causes=CAUSES, by=pair.by)

    @console.api("GET", "/reconcile")
    def reconcile(here: Here, asked: Annotated[Several, Query()]) -> dict[str, Any]:
        """Systems compared, each pair: totals, causes that add up to the difference, and the largest differences."""
        return compared(here, computer, asked.system, asked)


def compared(here: Visit, computer: Computer, systems: list[str], asked: Compared) -> dict[str, Any]:
    """The comparison. Raises UsageError for what cannot be compared. Viewers do not see names."""
    what, by = asked.what, asked.by
    if by and by not in GROUPS[what]:
        raise UsageError(f"{what} cannot be broken down by `{by}`.", fix=f"It can by {' or '.join(GROUPS[what])}.")
    found = computer.ask(
        "reconcile", state=state_of(here), what=what, systems=systems, by=by, start=str(asked.start or ""),
        end=str(asked.end or ""),
    )  # fmt: skip
    if sees_personal_data(here.who.role):
        return dict(found)
    return {"comparisons": [_hidden(each, what) for each in found["comparisons"]]}


def _hidden(comparison: dict[str, Any], what: str) -> dict[str, Any]:
    differences = [
        {**each, "name": MASK if what == "customers" else each["name"]} for each in comparison["differences"]
    ]
    groups = [
        {name: MASK if name == "customer" else value for name, value in each.items()} for each in comparison["groups"]
    ]
    return {**comparison, "differences": differences, "groups": groups}
