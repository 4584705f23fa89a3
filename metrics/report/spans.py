"""Which months are compared with which, and what a number was in both."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hub.sdk.metric import ratio
from metrics import text

if TYPE_CHECKING:
    from metrics.report.content import Content

Row = dict[str, Any]
_YEAR = 12
_MONTHS_DRAWN = 24


@dataclass(frozen=True)
class Followed:
    """A headline that is followed over time: a quotient of sums over months, or a sum.

    weight   by which shares of single months are weighted; `of` is a share then
    is_good  whether more is better
    """

    question: str
    of: str
    over: str | None = None
    weight: str | None = None
    is_good: bool = True

    def value(self, rows: Sequence[Row]) -> Decimal | None:
        """What it is over all these months; None where nothing is known."""
        if self.weight:
            known = [row for row in rows if row[self.of] is not None and row[self.weight]]
            return ratio(_sum(Decimal(r[self.of]) * Decimal(r[self.weight]) for r in known), _total(known, self.weight))
        if self.over:
            return ratio(_total(rows, self.of), _total(rows, self.over))
        return _total(rows, self.of) if rows else None


FOLLOWED = {
    "Revenue": Followed("months", "gross"),
    "Orders": Followed("orders_monthly", "orders"),
    "Average order value": Followed("orders_monthly", "revenue", "orders"),
    "Gross margin": Followed("margin_monthly", "gross_margin", "revenue"),
    "On time in full": Followed("punctual_monthly", "otif", weight="due"),
    "Return rate": Followed("return_monthly", "given_back", "sold", is_good=False),
}
"""Headlines by title."""
SHARES = ("Gross margin", "On time in full", "Return rate")


@dataclass(frozen=True)
class Spans:
    """Two spans of equal length, the later one first, as days; both included."""

    now: tuple[date, date]
    past: tuple[date, date]

    @property
    def words(self) -> str:
        """`Jan to Dec 2025 against Jan to Dec 2024`."""
        return f"{_words(*self.now)} against {_words(*self.past)}"


@dataclass(frozen=True)
class Change:
    """How a headline moved: `words` as `+8.3 %` or `-1.2 points`; `is_better` is None where it stayed."""

    words: str
    is_better: bool | None
    now: Decimal
    past: Decimal


def before(start: date, end: date) -> tuple[date, date]:
    """The period of the same length before: whole months for whole months, else as many days."""
    last = start - timedelta(days=1)
    if start.day == 1 and end.day == monthrange(end.year, end.month)[1]:
        months = (end.year - start.year) * _YEAR + end.month - start.month + 1
        return _earlier(start, months), last
    return start - (end - start) - timedelta(days=1), last


def spans(content: Content) -> Spans | None:
    """What is compared: the period asked for with the one before; else the last whole months with as many before, a
    year at most. None where there is nothing before."""
    if content.start:
        end = content.end or content.today
        return Spans((content.start, end), before(content.start, end)) if end and content.earlier else None
    months = sorted({row["month"] for row in rows_of(content, "months")} - {None})
    end = content.end or content.today
    if end and months and months[-1] == end.replace(day=1) and end.day < monthrange(end.year, end.month)[1]:
        months = months[:-1]  # this month has not ended
    if not months:
        return None
    held = (months[-1].year - months[0].year) * _YEAR + months[-1].month - months[0].month + 1
    length = min(_YEAR, held // 2)
    if not length:
        return None
    start = _earlier(months[-1], length - 1)
    last = months[-1].replace(day=monthrange(months[-1].year, months[-1].month)[1])
    return Spans((start, last), (_earlier(start, length), start - timedelta(days=1)))


def change(content: Content, title: str) -> Change | None:
    """How a headline moved; None where it is not followed, or was nothing before."""
    followed, compared = FOLLOWED.get(title), spans(content)
    if followed is None or compared is None:
        return None
    rows = rows_of(content, followed.question)
    now = followed.value(_within(rows, compared.now))
    then = rows_of(content, followed.question, earlier=True) if content.start else rows
    past = followed.value(_within(then, compared.past))
    if now is None or not past:
        return None
    if title in SHARES:
        moved, unit, digits = (now - past) * 100, "points", 1
    else:
        moved, unit, digits = ratio(now - past, abs(past)) or Decimal(0), "%", 1
        moved *= 100
    shown = text.rounded(moved, digits)
    better = None if not shown else (shown > 0) is followed.is_good
    return Change(f"{shown:+,} {unit}" if shown else f"{abs(shown)} {unit}", better, now, past)


def course(content: Content, title: str) -> list[Decimal]:
    """The headline month by month, the last two years at most; months without a value are not there."""
    followed = FOLLOWED.get(title)
    if followed is None:
        return []
    by_month: dict[date, list[Row]] = {}
    for row in rows_of(content, followed.question):
        if row["month"]:
            by_month.setdefault(row["month"], []).append(row)
    values = [followed.value(by_month[month]) for month in sorted(by_month)[-_MONTHS_DRAWN:]]
    return [value for value in values if value is not None]


def rows_of(content: Content, name: str, *, earlier: bool = False) -> list[Row]:
    """The rows of a result by the names of their columns; none where there is no result."""
    result = (content.earlier if earlier else content.results).get(name)
    if result is None:
        return []
    names = [column.name for column in result.columns]
    return [dict(zip(names, row, strict=True)) for row in result.rows]


def largest_of(content: Content, name: str, figure: str, limit: int = 12) -> list[Row]:
    """The rows of a result that have most of a figure, without loading the others."""
    result = content.results.get(name)
    if result is None:
        return []
    names = [column.name for column in result.columns]
    return [dict(zip(names, row, strict=True)) for row in result.largest(figure, limit)]


def _within(rows: Sequence[Row], days: tuple[date, date]) -> list[Row]:
    return [row for row in rows if row["month"] and days[0].replace(day=1) <= row["month"] <= days[1]]


def _earlier(month: date, months: int) -> date:
    """The first day of the month so many months before."""
    count = month.year * _YEAR + month.month - 1 - months
    return date(count // _YEAR, count % _YEAR + 1, 1)


def _words(first: date, last: date) -> str:
    whole = first.day == 1 and last.day == monthrange(last.year, last.month)[1]
    if not whole:
        return f"{first} to {last}"
    if (first.year, first.month) == (last.year, last.month):
        return f"{last:%b %Y}"
    return f"{first:%b %Y} to {last:%b %Y}" if first.year != last.year else f"{first:%b} to {last:%b %Y}"


def _sum(values: Any) -> Decimal:
    return sum(values, Decimal(0))


def _total(rows: Sequence[Row], name: str) -> Decimal:
    return _sum(Decimal(row[name]) for row in rows if row[name] is not None)
