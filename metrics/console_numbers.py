"""Numbers: every metric with what it means and what it says, and each number taken apart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Path, Query
from fastapi.responses import Response
from pydantic import BaseModel, BeforeValidator, Field

from hub.access.masking import MASK, sees_personal_data
from hub.console.faults import Missing
from hub.console.visit import Here, Visit
from hub.console.words import N_
from hub.errors import HubError
from hub.store.snapshots import Snapshots
from metrics import show, text
from metrics.base import Catalogue
from metrics.snapshots import key_of
from metrics.workbench import defaults_of

if TYPE_CHECKING:
    from hub.console.desk import Console
    from metrics.console_child import Computer

Name = Annotated[str, Path(max_length=100)]
Day = Annotated[date | None, BeforeValidator(lambda text: text or None)]
"""A day; forms send an empty text for none."""
Words = Annotated[list[Annotated[str, Field(max_length=500)]], Field(max_length=20)]
_PERSONAL = ("customer", "contact", "owner")
"""Columns of results that may name a person."""
FAMILIES: Mapping[str, str] = {
    "sales": N_("Sales"), "customers": N_("Customers"), "stock": N_("Stock"), "supply": N_("Supply"),
    "service": N_("After-sales"), "pipeline": N_("Pipeline"), "trust": N_("Data quality"),
}  # fmt: skip


class Asked(BaseModel):
    """How a metric is to be computed."""

    by: Words = Field(default_factory=list, description="Dimensions; the metric's usual ones where none is given.")
    start: Day = Field(None, description="First day.")
    end: Day = Field(None, description="Last day.")

    @property
    def plain(self) -> dict[str, Any]:
        """For the process that computes."""
        return {"by": [each for each in self.by if each], "start": str(self.start or ""), "end": str(self.end or "")}


class Point(Asked):
    """Which number is to be taken apart, and which of its records are wanted."""

    key: Words = Field(default_factory=list, description="The row, a text for each dimension; none for the whole.")
    page: int = Field(1, ge=1, le=100_000, description="Page of records.")
    left_out: bool = Field(False, description="The records that do not count.")


def add(console: Console, computer: Computer) -> None:
    """Add the pages and routes."""
    console.navigation(N_("Numbers"), "/numbers", order=60)
    known = Catalogue(console.session.registry.metrics())
    pages(console, computer, known)
    routes(console, computer, known)


def pages(console: Console, computer: Computer, known: Catalogue) -> None:
    """What is shown."""

    @console.page("/numbers")
    def numbers(here: Here) -> Response:
        families: dict[str, list[Any]] = {}
        for metric in known.metrics.values():
            families.setdefault(metric.family, []).append((metric, _newest(here, known, metric.id)))
        return here.page("numbers.html", families=families, names=FAMILIES, figure=text.figure)

    @console.page("/numbers/{metric}")
    def number(here: Here, metric: Name, asked: Annotated[Asked, Query()]) -> Response:
        found = metric_of(known, metric)
        part = here.link().replace(f"/numbers/{metric}", f"/numbers/{metric}/result", 1)
        return here.page("number.html", metric=found, definition=show.definition(found), asked=asked, part=part)

    @console.page("/numbers/{metric}/result")
    def result(here: Here, metric: Name, asked: Annotated[Asked, Query()]) -> Response:
        found = metric_of(known, metric)
        try:
            computed = value_of(here, computer, found.id, asked)
        except HubError as error:
            return here.page("number_wrong.html", error=error)
        return here.page("number_result.html", metric=found, result=computed, by=computed["by"], asked=asked)

    @console.page("/numbers/{metric}/explain")
    def explain(here: Here, metric: Name, point: Annotated[Point, Query()]) -> Response:
        found = metric_of(known, metric)
        part = here.link_to(f"/numbers/{metric}/explained")
        return here.page("explain.html", metric=found, point=point, part=part)

    @console.page("/numbers/{metric}/explained")
    def explained(here: Here, metric: Name, point: Annotated[Point, Query()]) -> Response:
        try:
            found = explanation_of(here, computer, metric_of(known, metric).id, point)
        except HubError as error:
            return here.page("number_wrong.html", error=error)
        return here.page("explain_result.html", found=found, point=point, base=f"/numbers/{metric}/explain")


def routes(console: Console, computer: Computer, known: Catalogue) -> None:
    """The same for programs."""

    @console.api("GET", "/metrics")
    def metrics(here: Here) -> list[dict[str, Any]]:
        """Every metric with its meaning: unit, formula, dimensions, what counts."""
        return [show.definition(metric) for metric in known.metrics.values()]

    @console.api("GET", "/metrics/{metric}")
    def value(here: Here, metric: Name, asked: Annotated[Asked, Query()]) -> dict[str, Any]:
        """One metric, computed now: rows (500 at most), what was counted, what was left out, and the sources."""
        found = value_of(here, computer, metric_of(known, metric).id, asked)
        return {name: each for name, each in found.items() if name not in ("chart", "cells", "keys", "right")}

    @console.api("GET", "/metrics/{metric}/explain")
    def explain(here: Here, metric: Name, point: Annotated[Point, Query()]) -> dict[str, Any]:
        """One number taken apart: inputs, rates, what was left out, and the records behind it, 50 a page."""
        return explanation_of(here, computer, metric_of(known, metric).id, point)


# -- what pages and the API share ------------------------------------------------------------------------------


def metric_of(known: Catalogue, name: str) -> Any:
    """Raises Missing where there is none."""
    if name not in known.metrics:
        raise Missing(f"there is no metric `{name[:60]}`.", fix="See the list of numbers.")
    return known[name]


def value_of(here: Visit, computer: Computer, metric: str, asked: Asked) -> dict[str, Any]:
    """The result, with names of persons hidden from viewers."""
    found: dict[str, Any] = computer.ask("value", state=state_of(here), metric=metric, **asked.plain)
    return found if sees_personal_data(here.who.role) else hidden(found)


def hidden(found: dict[str, Any]) -> dict[str, Any]:
    """The result without names that may be those of persons; without a chart, where it would show them."""
    names = {c["name"] for c in found["columns"] if c["role"] == "label" and c["name"].startswith(_PERSONAL)}
    if not names:
        return found
    places = [place for place, column in enumerate(found["columns"]) if column["name"] in names]
    cells = [[MASK if place in places else cell for place, cell in enumerate(row)] for row in found["cells"]]
    rows = [{name: MASK if name in names else value for name, value in row.items()} for row in found["rows"]]
    return {**found, "cells": cells, "rows": rows, "chart": ""}


def explanation_of(here: Visit, computer: Computer, metric: str, point: Point) -> dict[str, Any]:
    """The explanation; names of persons are hidden from viewers."""
    more = {"keys": point.key, "page": point.page, "left_out": point.left_out}
    found = dict(computer.ask("explain", state=state_of(here), metric=metric, **point.plain, **more))
    if not sees_personal_data(here.who.role):
        named = {name for name in found["group"] if name.startswith(_PERSONAL) and not name.endswith("_id")}
        found["group"] = {name: MASK if name in named else value for name, value in found["group"].items()}
        found["shown"] = {**found["shown"], "group": [str(value) for value in found["group"].values()]}
    return found


def state_of(here: Visit) -> tuple[int, int, str]:
    """Changes whenever a number may: with the data, the settings, and the day."""
    return here.store.sequence(), id(here.console.session), f"{here.now:%Y-%m-%d}"


def _newest(here: Visit, known: Catalogue, metric: str) -> Any:
    """What the metric said last, by its usual grouping."""
    request = known.request(metric, defaults=defaults_of(here.console.session.hub_settings))
    return next(iter(Snapshots(here.store).listed(metric, key_of(request), limit=1)), None)
