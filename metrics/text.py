"""Results as text: aligned columns for people, and CSV for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from hub.sdk.metric import EXACT, MONEY
from metrics.result import Column, Result, plain_text

NOTHING = "-"
_RISKY = ("=", "+", "-", "@", "\t", "\r")


def figure(value: Any, unit: str, *, digits: int = 2) -> str:
    """A value for reading: money with two decimals, other decimals with as few as they need, up to `digits`."""
    if value is None:
        return NOTHING
    if isinstance(value, Decimal):
        if unit == MONEY:
            return f"{rounded(value, 2):,}"
        short = rounded(value, digits).normalize()
        return f"{short:,f}"
    return f"{value:,}" if isinstance(value, int) and unit not in ("score", "year") else str(value)


def rounded(value: Decimal, digits: int) -> Decimal:
    """For showing only, a half to the even digit; nothing has no sign. JSON and CSV keep the exact value."""
    short = value.quantize(Decimal(1).scaleb(-digits), rounding=ROUND_HALF_EVEN, context=EXACT)
    return short if short else short.copy_abs()


def period(value: Any, name: str) -> str:
    """A key for reading: a month as 2024-03, a year as 2024, or 2024/25 where it begins in another month than January;
    a quarter by its calendar name, or by its months where it is no quarter of the calendar."""
    if isinstance(value, date):
        year = f"{value:%Y}" if value.month == 1 else f"{value:%Y}/{(value.year + 1) % 100:02}"
        last = (value.month + 1) % 12 + 1
        quarter = f"Q{(value.month + 2) // 3}" if value.month % 3 == 1 else f"months {value.month:02} to {last:02}"
        forms = {"month": f"{value:%Y-%m}", "cohort": f"{value:%Y-%m}", "year": year,
                 "quarter": f"{value:%Y} {quarter}"}  # fmt: skip
        return forms.get(name, value.isoformat())
    return NOTHING if value is None else str(value)


def table(result: Result, limit: int | None = None) -> list[str]:
    """The rows as aligned lines; figures to the right."""
    heads = [column.title for column in result.columns]
    shown = result.head(limit)
    cells = [[_cell(column, value) for column, value in zip(result.columns, row, strict=True)] for row in shown]
    right = [column.role == "figure" and column.unit not in ("day", "text") for column in result.columns]
    lines = aligned([heads, *cells], right)
    if len(shown) < result.count:
        lines.append(f"... and {result.count - len(shown):,} more rows")
    return lines


def aligned(rows: Sequence[Sequence[str]], right: Sequence[bool]) -> list[str]:
    """Rows of texts in columns that are as wide as they need to be."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(right))]
    return [
        "  ".join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in rows
    ]


def about(result: Result) -> list[str]:
    """What one must know to read the numbers: period, currency, what was left out, what was assumed."""
    start, end = result.start or "the beginning", result.end or "now"
    lines = [f"Amounts in {result.currency}, days in {result.time_zone}, from {start} to {end}."]
    if result.only:
        lines.append(f"Only {printable(result.only.words(), 200)}.")
    if result.parameters:
        given = ", ".join(f"{name}={plain_text(value)}" for name, value in result.parameters.items())
        lines.append(f"With {given}.")
    counted = ", ".join(f"{rows:,} {kind}" for kind, rows in sorted(result.counted.items()))
    lines.append(f"Counted: {counted or 'nothing'}.")
    lines += [f"Left out: {aside}." for aside in result.asides if not aside.counted]
    lines += [f"Note: {aside}." for aside in result.asides if aside.counted]
    if result.engine != "duckdb" or result.note:
        lines.append(f"Computed by {result.engine}{f': {result.note}' if result.note else ''}.")
    return lines


def as_csv(result: Result) -> str:
    """Exact values with a header; texts that a spreadsheet would run as a formula are defused."""
    target = io.StringIO()
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(column.name for column in result.columns)
    writer.writerows([csv_cell(value) for value in row] for row in result.rows)
    return target.getvalue()


def csv_cell(value: Any) -> Any:
    """A value as CSV has it: exact, and nothing that a spreadsheet would run."""
    return harmless(value) if isinstance(value, str) else "" if value is None else plain_text(value)


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_RISKY) else text


def _cell(column: Column, value: Any) -> str:
    text = figure(value, column.unit, digits=4) if column.role == "figure" else period(value, column.name)
    return printable(text)


def printable(text: str, width: int = 60) -> str:
    """One line without control characters, cut where it is long."""
    clean = "".join(character if character.isprintable() else " " for character in text)
    return clean if len(clean) <= width else clean[: width - 1] + "…"


def bullets(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]
