"""One sheet of the workbook: the tables of a family of metrics, each with a total of live formulas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from hub.sdk.metric import MONEY
from metrics import text
from metrics.report.formulas import formula_of
from metrics.report.tables import adds_up, titled
from metrics.report.workbook import ACCENT, BAND, INK, LINE, SOFT, Book, Place, cell
from metrics.result import Column, Result

ROWS_SHOWN = 2000
"""Rows of one table; what is behind them is summed in one more row. Parquet and CSV have all."""
_WHOLE = ("orders", "customers", "days", "score", "levels", "records", "lines", "cases")
_CHART_ROWS = 24
_WIDEST = 46


class Family:
    """The sheet of one family: its tables one below the other, each with a total of live formulas."""

    def __init__(self, owner: Book, family: str, results: Sequence[tuple[str, Result]]) -> None:
        self.owner = owner
        self.results = results
        self.name = family.replace("_", " ").replace("-", " ").capitalize()[:31]
        for forbidden in "[]:*?/\\'":
            self.name = self.name.replace(forbidden, " ")
        if self.name.lower() in ("summary", "actions", "sources", "missing", "definitions"):
            self.name = f"{self.name} metrics"[:31]
        widths = [max(self._width(result, place) for _, result in results if place < len(result.columns) + 1)
                  for place in range(max(len(result.columns) for _, result in results) + 1)]  # fmt: skip
        self.sheet = owner.sheet(self.name, widths)

    def write(self) -> None:
        row = 0
        for name, result in self.results:
            row = self.owner.heading(self.sheet, row, titled(result), self._lead(result))
            row = self._table(name, result, row) + 2

    def _lead(self, result: Result) -> str:
        start, end = result.start or "the beginning", result.end or "now"
        more = ", ".join(f"{name} = {value}" for name, value in result.parameters.items() if value is not None)
        shown = f"; the {ROWS_SHOWN:,} largest of {result.count:,} rows" if result.count > ROWS_SHOWN else ""
        return f"{start} to {end}{'; ' + more if more else ''}{shown}"

    def _width(self, result: Result, place: int) -> float:
        if place == len(result.columns):
            return 12
        column = result.columns[place]
        if column.role == "figure":
            return max(15, min(len(column.title) + 2, 24))
        longest = max((len(str(row[place])) for row in result.head(200)), default=0)
        return min(max(len(column.title) + 2, longest + 2, 11), _WIDEST)

    def _table(self, name: str, result: Result, row: int) -> int:
        rows, rest = _largest(result)
        share = _share_of(result)
        titles = [_title(column, result) for column in result.columns] + (["Share"] if share is not None else [])
        self.owner.heads(
            self.sheet, row, titles, [_is_number(c) for c in result.columns] + [True] * (share is not None)
        )
        first = row + 1
        last = first + len(rows) + bool(rest) - 1
        total_row = last + 1 if len(rows) > 1 else last
        for number, values in enumerate([*rows, *([rest] if rest else [])]):
            self._row(result, values, first + number)
        if share is not None:
            self._shares(result, [row[share] for row in [*rows, *([rest] if rest else [])]], first, share)
        if len(rows) > 1:
            self._total(result, [*rows, *([rest] if rest else [])], first, last)
        self.owner.totals[name] = Place(self.name, total_row, {c.name: i for i, c in enumerate(result.columns)})
        place = _place(result, result.metric.value)
        if len(rows) > 1 and _is_number(result.columns[place]):
            bar = {"type": "data_bar", "bar_color": "#BCD0F7", "bar_solid": True}
            self.sheet.conditional_format(first, place, last, place, bar)
        if _is_calendar(result) and len(rows) > 1:
            return self._chart(result, rows, first)
        return total_row + 1

    def _row(self, result: Result, values: Sequence[Any], row: int) -> None:
        line = {"bottom": 1, "bottom_color": LINE}
        places = {column.name: place for place, column in enumerate(result.columns)}
        for place, (column, value) in enumerate(zip(result.columns, values, strict=True)):
            formula = formula_of(result.metric.id, column.name)
            if formula and value is not None and all(values[places[name]] is not None for name in formula.names):
                cells = {name: cell(row, places[name]) for name in formula.names}
                self.sheet.write_formula(
                    row, place, f"={formula.text(cells)}", self._number(column, line), float(value)
                )
            else:
                self._value(row, place, column, value, line)

    def _shares(self, result: Result, values: Sequence[Any], first: int, place: int) -> None:
        """What each row is of the total, and their sum."""
        column, last = len(result.columns), first + len(values) - 1
        whole = sum((value for value in values if value is not None), Decimal(0))
        shown = {"num_format": "0.0%", "font_color": SOFT, "bottom": 1, "bottom_color": LINE}
        total = cell(last + 1, place, fixed=True)
        for row, value in enumerate(values, first):
            part = float(Decimal(value or 0) / whole) if whole else 0.0
            formula = f"=IF({total}=0,0,{cell(row, place)}/{total})"
            self.sheet.write_formula(row, column, formula, self.owner.format(**shown), part)
        bold = self.owner.format(num_format="0.0%", bold=True, top=2, top_color=INK, bg_color=BAND)
        self.sheet.write_formula(
            last + 1, column, f"=SUM({cell(first, column)}:{cell(last, column)})", bold, 1 if whole else 0
        )

    def _value(self, row: int, place: int, column: Column, value: Any, line: dict[str, Any]) -> None:
        if value is None:
            self.sheet.write_blank(row, place, None, self.owner.format(**line))
        elif isinstance(value, Decimal | int) and not isinstance(value, bool):
            self.sheet.write_number(row, place, float(value), self._number(column, line))
        elif isinstance(value, date):
            shown = text.period(value, column.name)
            is_day = shown == value.isoformat()
            if is_day:
                self.sheet.write_datetime(row, place, value, self.owner.format(num_format="yyyy-mm-dd", **line))
            else:
                self.sheet.write_string(row, place, shown, self.owner.format(**line))
        else:
            self.sheet.write_string(row, place, text.printable(str(value), 500), self.owner.format(**line))

    def _number(self, column: Column, line: dict[str, Any]) -> Any:
        shown = {MONEY: "#,##0.00", "share": "0.0%"}.get(column.unit, "#,##0.####")
        whole = column.unit in _WHOLE
        return self.owner.format(num_format="#,##0" if whole else shown, **line)

    def _total(self, result: Result, rows: Sequence[Sequence[Any]], first: int, last: int) -> None:
        line = {"bold": True, "top": 2, "top_color": INK, "bg_color": BAND}
        for place, column in enumerate(result.columns):
            values = [row[place] for row in rows if row[place] is not None]
            if adds_up(result, column) and values:
                self.sheet.write_formula(
                    last + 1,
                    place,
                    f"=SUM({cell(first, place)}:{cell(last, place)})",
                    self._number(column, line),
                    float(sum(values, Decimal(0))),
                )
            else:
                self.sheet.write_string(last + 1, place, "Total" if place == 0 else "", self.owner.format(**line))

    def _chart(self, result: Result, rows: Sequence[Sequence[Any]], first: int) -> int:
        """Columns over time, below the table."""
        place = _place(result, result.metric.value)
        last = first + len(rows) - 1
        below = last + 3
        if len(result.by) > 1 or len(rows) > 4 * _CHART_ROWS:
            return last + 2
        chart = self.owner.book.add_chart({"type": "column"})
        chart.add_series(
            {
                "name": result.columns[place].title, "categories": [self.name, first, 0, last, 0],
                "values": [self.name, first, place, last, place], "fill": {"color": ACCENT}, "gap": 60,
            }
        )  # fmt: skip
        chart.set_legend({"none": True})
        chart.set_y_axis({"num_format": "#,##0", "line": {"none": True}, "major_gridlines": {"visible": True,
                          "line": {"color": LINE}}})  # fmt: skip
        chart.set_size({"width": 900, "height": 280})
        self.sheet.insert_chart(below, 0, chart)
        return below + 15


def _largest(result: Result) -> tuple[list[tuple[Any, ...]], tuple[Any, ...] | None]:
    """The rows to show, and one that stands for all others."""
    rows = list(result.rows)
    if len(rows) <= ROWS_SHOWN:
        return rows, None
    place = _place(result, result.metric.value)
    if not _is_number(result.columns[place]):
        return rows[:ROWS_SHOWN], None
    rows.sort(key=lambda row: Decimal(0) if row[place] is None else -Decimal(row[place]))
    others = rows[ROWS_SHOWN:]
    rest = [
        sum((row[i] for row in others if row[i] is not None), Decimal(0)) if adds_up(result, column) else None
        for i, column in enumerate(result.columns)
    ]
    rest[0] = f"all {len(others):,} others"
    return rows[:ROWS_SHOWN], tuple(rest)


def _share_of(result: Result) -> int | None:
    """The column whose shares are shown; None where there is none that adds up."""
    place = _place(result, result.metric.value)
    shown = result.count > 1 and adds_up(result, result.columns[place])
    return place if shown and all(row[place] is None or row[place] >= 0 for row in result.rows) else None


def _place(result: Result, name: str) -> int:
    return next(place for place, column in enumerate(result.columns) if column.name == name)


def _is_number(column: Column) -> bool:
    return column.role == "figure" and column.unit not in ("day", "text")


def _is_calendar(result: Result) -> bool:
    return bool(result.by) and result.by[0] in ("day", "month", "quarter", "year")


def _title(column: Column, result: Result) -> str:
    unit = result.currency if column.unit == MONEY else ""
    return f"{column.title} [{unit}]" if unit else column.title
