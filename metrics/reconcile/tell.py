"""A comparison for people, for programs and for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from hub.sdk.metric import MONEY
from metrics import text
from metrics.exact import exact
from metrics.order_facts import REASONS
from metrics.reconcile.groups import Group, grouped
from metrics.reconcile.items import MEANINGS, Amounts, Comparison, Difference
from metrics.result import plain_text
from metrics.stock_facts import STOCK_REASONS


def lines(found: Comparison, by: str | None, limit: int) -> list[str]:
    """Totals, causes, and the largest differences."""
    left, right = found.totals
    total = found.total
    rows = [
        ["", found.unit.upper(), f"VALUE {found.currency}"],
        [found.left, *_cells(left)],
        [found.right, *_cells(right)],
        ["difference", *_cells(total)],
    ]
    told = [f"{found.what.capitalize()}: {found.left} and {found.right}", "", *text.aligned(rows, (False, True, True))]
    told += ["", f"{found.matched:,} matched, of them {found.equal:,} without a difference."]
    by_group = ["", *_groups(found, by, limit)] if by else []
    if not found.differences:
        return [*told, "Nothing differs on the whole." if found.moved else "Nothing differs.", *by_group]
    return [*told, "", *_causes(found), *by_group, "", *_differences(found, limit)]


def _causes(found: Comparison) -> list[str]:
    """Each cause in value, by the system that has more; both columns taken apart and against each other."""
    heads = ["CAUSE", "CASES", f"MORE IN {found.left}", f"MORE IN {found.right}", f"VALUE {found.currency}"]
    rows = [[*heads, found.unit.upper(), "MEANING"]]
    more = found.more()
    for cause, (count, amounts) in found.causes().items():
        units, value = _cells(amounts)
        rows.append(
            [cause.value, f"{count:,}", *(text.figure(each, MONEY) for each in more[cause]), value, units,
             MEANINGS[cause]]
        )  # fmt: skip
    sums = [text.figure(sum(each[side] for each in more.values()), MONEY) for side in (0, 1)]
    units, value = _cells(found.total)
    rows.append(["sum", f"{len(found.differences):,}", *sums, value, units, "the difference of the totals"])
    return text.aligned(rows, (False, True, True, True, True, True, False))


def _groups(found: Comparison, by: str, limit: int) -> list[str]:
    """Each system's own figure by group; months all, of others those that differ most, and the rest in one line."""
    all_of_them = grouped(found, by)
    shown = all_of_them if by == "month" else all_of_them[:limit]
    rest = all_of_them[len(shown) :]
    heads = [by.upper(), found.left, found.right, "DIFFERENCE", found.unit.upper(), "CAUSES"]
    rows = [[text.printable(each.name, 40), *_sides(each.left, each.right), _because(each)] for each in shown]
    if rest:
        left, right = (sum((getattr(each, side) for each in rest), Amounts()) for side in ("left", "right"))
        rows.append([f"{len(rest):,} more", *_sides(left, right), "--json has all"])
    rows.append(["sum", *_sides(*found.totals), ""])
    return [f"By {by}, in {found.currency}", *text.aligned([heads, *rows], (False, True, True, True, True, False))]


def _sides(left: Amounts, right: Amounts) -> list[str]:
    """What each says, and the difference in value and quantity."""
    apart = left - right
    values = [text.figure(amounts.value, MONEY) for amounts in (left, right, apart)]
    return [*values, text.figure(apart.quantity, "units")]


def _because(group: Group) -> str:
    told = sorted(group.causes.items(), key=lambda entry: -abs(entry[1][1].value))
    return ", ".join(f"{cause.value} {text.figure(amounts.value, MONEY)}" for cause, (_, amounts) in told)


def _differences(found: Comparison, limit: int) -> list[str]:
    shown = found.differences[:limit]
    heads = ["WHAT", "DAY", found.left, found.right, "DIFFERENCE", "CAUSE"]
    rows = [
        [
            text.printable(difference.item.name, 40),
            str(difference.item.day or ""),
            *(_side(item) for item in (difference.left, difference.right)),
            text.figure(difference.total.value, MONEY),
            ", ".join(cause.value for cause in difference.parts),
        ]
        for difference in shown
    ]
    told = text.aligned([heads, *rows], (False, False, True, True, True, False))
    more = len(found.differences) - len(shown)
    return [f"The largest differences, in {found.currency}", *told] + (
        [f"... and {more:,} more: --csv has all."] if more else []
    )


def _side(item: Any) -> str:
    if item is None:
        return text.NOTHING
    return text.figure(item.value, MONEY) if item.counts else f"({_why(item.why)})"


def _why(code: str | None) -> str:
    """Why something does not count, in the words of the metrics."""
    if code is None:
        return "other period"
    name, _, detail = code.partition(":")
    reason = {**STOCK_REASONS, **REASONS}.get(name)
    words = reason.text if reason else name.replace("_", " ")
    return text.printable(f"{words} {detail}".strip(), 32)


def _cells(amounts: Amounts) -> list[str]:
    return [text.figure(amounts.quantity, "units"), text.figure(amounts.value, MONEY)]


def document(found: Comparison, by: str | None) -> dict[str, Any]:
    """For JSON: exact amounts as text."""
    more = found.more()
    return {
        "what": found.what,
        "between": [found.left, found.right],
        "currency": found.currency,
        "unit": found.unit,
        "totals": {found.left: _plain(found.totals[0]), found.right: _plain(found.totals[1])},
        "difference": _plain(found.total),
        "matched": found.matched,
        "equal": found.equal,
        "causes": [
            {
                "cause": cause.value,
                "meaning": MEANINGS[cause],
                "cases": count,
                **_plain(amounts),
                "more": dict(zip((found.left, found.right), map(_value, more[cause]), strict=True)),
            }
            for cause, (count, amounts) in found.causes().items()
        ],
        "groups": [_group(found, by, each) for each in grouped(found, by)] if by else [],
        "differences": [_difference(difference) for difference in found.differences],
    }


def _group(found: Comparison, by: str, group: Group) -> dict[str, Any]:
    return {
        by: group.name,
        "totals": {found.left: _plain(group.left), found.right: _plain(group.right)},
        "difference": _plain(group.total),
        "causes": [
            {"cause": cause.value, "cases": count, **_plain(amounts)}
            for cause, (count, amounts) in group.causes.items()
        ],
    }


def _difference(difference: Difference) -> dict[str, Any]:
    return {
        "name": difference.item.name,
        "day": plain_text(difference.item.day),
        "left": difference.left.source_id if difference.left else None,
        "right": difference.right.source_id if difference.right else None,
        "matched_by": difference.matched_by or None,
        **_plain(difference.total),
        "causes": {cause.value: _plain(amounts) for cause, amounts in difference.parts.items()},
    }


def _value(value: Decimal) -> str:
    return str(plain_text(exact(value, MONEY, None)))


def _plain(amounts: Amounts) -> dict[str, str]:
    shown = (exact(amounts.quantity, "units", None), exact(amounts.value, MONEY, None))
    return dict(zip(("quantity", "value"), map(plain_text, shown), strict=True))


def csv_lines(found: Sequence[Comparison]) -> Iterator[str]:
    """One line for each cause of each difference."""
    yield _csv(["what", "left", "right", "name", "day", "customer", "left_id", "right_id", "matched_by", "cause",
                "quantity", "value", "currency"])  # fmt: skip
    for comparison in found:
        for difference in comparison.differences:
            item = difference.item
            for cause, amounts in difference.parts.items():
                yield _csv(
                    [comparison.what, comparison.left, comparison.right, item.name, item.day, item.customer,
                     difference.left.source_id if difference.left else None,
                     difference.right.source_id if difference.right else None,
                     difference.matched_by, cause.value, *_plain(amounts).values(), comparison.currency]
                )  # fmt: skip


def _csv(cells: Sequence[Any]) -> str:
    target = io.StringIO()
    csv.writer(target, lineterminator="\n").writerow([text.csv_cell(cell) for cell in cells])
    return target.getvalue()
