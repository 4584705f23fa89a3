"""A comparison for people, for programs and for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from hub.sdk.metric import MONEY
from metrics import text
from metrics.exact import exact
from metrics.order_facts import REASONS
from metrics.reconcile.items import MEANINGS, Amounts, Cause, Comparison, Difference
from metrics.result import plain_text
from metrics.stock_facts import STOCK_REASONS

UNKNOWN = "(none)"


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
    by_group = ["", *_groups(found, by)] if by and groups(found, by) else []
    if not found.differences:
        return [*told, "Nothing differs on the whole." if by_group else "Nothing differs.", *by_group]
    return [*told, "", *_causes(found), *by_group, "", *_differences(found, limit)]


def _causes(found: Comparison) -> list[str]:
    rows = [["CAUSE", "CASES", found.unit.upper(), f"VALUE {found.currency}", "MEANING"]]
    for cause, (count, amounts) in found.causes().items():
        rows.append([cause.value, f"{count:,}", *_cells(amounts), MEANINGS[cause]])
    rows.append(["sum", f"{len(found.differences):,}", *_cells(found.total), "the difference of the totals"])
    return text.aligned(rows, (False, True, True, True, False))


def _groups(found: Comparison, by: str) -> list[str]:
    rows = [[by.upper(), "CAUSE", "CASES", found.unit.upper(), f"VALUE {found.currency}"]]
    for (group, cause), (count, amounts) in groups(found, by).items():
        rows.append([text.printable(group), cause.value, f"{count:,}", *_cells(amounts)])
    return text.aligned(rows, (False, False, True, True, True))


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


def groups(found: Comparison, by: str) -> dict[tuple[str, Cause], tuple[int, Amounts]]:
    """The causes in each group, by name; they add up to the causes of the whole. By month, what one system holds in
    another month than the other is late in both, and adds nothing to the whole."""
    sums: dict[tuple[str, Cause], tuple[int, Amounts]] = {}
    for difference in found.differences:
        for cause, amounts in difference.parts.items():
            key = (_group(difference, by), cause)
            count, so_far = sums.get(key, (0, Amounts()))
            sums[key] = (count + 1, so_far + amounts)
    for left, right in found.moved if by == "month" else ():
        for month, amounts in ((left.month, right.amounts), (right.month, Amounts() - right.amounts)):
            key = (month or UNKNOWN, Cause.LATE)
            count, so_far = sums.get(key, (0, Amounts()))
            sums[key] = (count + 1, so_far + amounts)
    return dict(sorted(sums.items()))


def _group(difference: Difference, by: str) -> str:
    if by == "month":
        return difference.month or UNKNOWN
    item = difference.item
    return (item.customer if by == "customer" else item.name) or UNKNOWN


def document(found: Comparison, by: str | None) -> dict[str, Any]:
    """For JSON: exact amounts as text."""
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
            {"cause": cause.value, "meaning": MEANINGS[cause], "cases": count, **_plain(amounts)}
            for cause, (count, amounts) in found.causes().items()
        ],
        "groups": [
            {by: group, "cause": cause.value, "cases": count, **_plain(amounts)}
            for (group, cause), (count, amounts) in (groups(found, by).items() if by else ())
        ],
        "differences": [_difference(difference) for difference in found.differences],
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
