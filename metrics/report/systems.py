"""The same products in several systems, side by side: what each says lies there, and what one costs."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hub.sdk.metric import MONEY
from metrics import text
from metrics.authority import Place
from metrics.report import charts
from metrics.report.cited import Source, Summed, cites
from metrics.report.content import TOP, Content

if TYPE_CHECKING:
    from metrics.report.sections import Section
    from metrics.result import Result

_SHOWN_PLACES = 12
_READ = 5000
Rows = dict[str, dict[str, Any]]
"""System -> what it says of a product."""


def system_section(content: Content) -> Section | None:
    """The products that most systems list. None where no two systems list the same one."""
    from metrics.report.sections import Section, Table

    result = content.result("systems")
    found = _by_product(result) if result else {}
    best = sorted(found.items(), key=lambda entry: (-len(entry[1]), -_counted(entry[1]), entry[0]))[:TOP]
    if result is None or not best:
        return None
    systems = sorted({system for _, rows in best for system in rows})
    heads = ("Product", "", *systems, "Counted")
    lines = [line for _, rows in best for line in _lines(rows, systems, result.currency)]
    cited = [line for _, rows in best for line in _cited(content, rows, systems)]
    groups = [(_name(rows), _bars(rows, systems)) for _, rows in best]
    return Section(
        "Stock and cost by system", _lead(content.places, systems),
        charts.columns(groups, "units", "Stock on hand by product and system"),
        Table(heads, lines, (False, False, *(True for _ in systems), True), cited), wide=True,
        legend=systems, is_open=True,
    )  # fmt: skip


def _by_product(result: Result) -> dict[str, Rows]:
    """By the product's key; of very many products the first, since the section shows a few."""
    names = [column.name for column in result.columns]
    found: dict[str, Rows] = {}
    last = None
    for values in result.head(_READ):
        row = dict(zip(names, values, strict=True))
        last = row["product_id"]
        found.setdefault(last, {})[row["source"]] = row
    if result.count > _READ and last is not None:  # other systems may list the last one, too
        del found[last]
    return found


def _counted(rows: Rows) -> Decimal:
    return sum((row["counted"] for row in rows.values() if row["counted"] is not None), Decimal(0))


def _name(rows: Rows) -> str:
    row = next(iter(rows.values()))
    return text.printable(str(row["product"] or row["sku"] or row["product_id"]))


def _lines(rows: Rows, systems: Sequence[str], currency: str) -> list[list[str]]:
    """What lies there, in brackets where it does not count; and below it what one costs."""
    row = next(iter(rows.values()))
    stock = [_stock(rows[system]) if system in rows else text.NOTHING for system in systems]
    costs = [text.figure(rows[system]["unit_cost"] if system in rows else None, MONEY) for system in systems]
    return [
        [_name(rows), "on hand", *stock, text.figure(_counted(rows), "units")],
        [text.printable(str(row["sku"] or "")), f"cost of one, {currency}", *costs, ""],
    ]


def _cited(content: Content, rows: Rows, systems: Sequence[str]) -> list[list[Source]]:
    """Which figures the two lines of a product are."""
    units, costs = (
        [cites(content, "systems", rows[system], (output,))[0] if system in rows else None for system in systems]
        for output in ("units", "unit_cost")
    )  # fmt: skip
    first = next(iter(rows.values()))
    counted = Summed(
        f"{_name(rows)}: counted", text.figure(_counted(rows), "units"),
        "sum of what counts of each system: where several list a warehouse, one tells its stock",
        ("System", "On hand", "Counted"),
        tuple(
            ((system, text.figure(row["units"], "units"), text.figure(row["counted"], "units")),
             cites(content, "systems", row, ("counted",))[0])
            for system, row in rows.items()
        ),
        len(rows), f"hub metrics show stock_and_cost --by product,source --product {shlex.quote(first['product_id'])}",
    )  # fmt: skip
    return [[None, None, *units, counted], [None, None, *costs, None]]


def _stock(row: dict[str, Any]) -> str:
    if row["units"] is None:
        return text.NOTHING
    shown = text.figure(row["units"], "units")
    return shown if row["counted"] == row["units"] else f"({shown})"


def _bars(rows: Rows, systems: Sequence[str]) -> list[charts.Bar]:
    return [
        charts.Bar(
            _name(rows), charts.size(rows[system]["units"]),
            f"{_name(rows)}, {system}: {_stock(rows[system])} on hand", systems.index(system),
        )
        for system in systems
        if system in rows and rows[system]["units"] is not None
    ]  # fmt: skip


def _lead(places: Sequence[Place], systems: Sequence[str]) -> str:
    """Which stock counts in the totals, and why."""
    if not places:
        return (
            f"As {', '.join(systems)} list them. Stock of all systems counts in the totals: goods that two of them "
            "list in the same warehouse count twice. Name such places under `warehouses` in hub.yaml: they count once."
        )
    told = [f"{place.warehouse} by {place.listing}" for place in places if place.is_authority and place.levels]
    more = f", and {len(told) - _SHOWN_PLACES} more" if len(told) > _SHOWN_PLACES else ""
    idle = [place.listing for place in places if not place.levels]
    hint = f" No stock is held for {', '.join(idle[:_SHOWN_PLACES])}: look at `warehouses` in hub.yaml." if idle else ""
    return (
        f"Each warehouse counts once, as one system tells it: {', '.join(told[:_SHOWN_PLACES])}{more}. What others "
        f"list there is in brackets, and counts in no total; stock elsewhere counts as it is.{hint}"
    )
