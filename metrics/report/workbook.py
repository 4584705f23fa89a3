"""The report as an Excel workbook: live formulas, a sheet for each family of metrics, sources and what is missing.

Formulas are written with the value they give, so that a preview that does not calculate shows it, too. A spreadsheet's
numbers have 15 digits; the exact figures are in JSON, CSV and Parquet.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from hub import __version__
from hub.errors import PluginError
from metrics import text
from metrics.report.content import Content
from metrics.report.facts import about, troubles
from metrics.report.headlines import figures
from metrics.result import Result

INK, SOFT, LINE, ACCENT, BAND, WARN = "#16191F", "#5B6472", "#D9DDE3", "#2F6BD8", "#F4F6FA", "#8A4B00"


def render(content: Content) -> bytes:
    """The workbook as a file's bytes. Raises PluginError where the extra is not installed."""
    try:
        import xlsxwriter
    except ImportError as error:
        raise PluginError("writing Excel files needs an extra.", fix="Install b2b-hub[excel].") from error
    target = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "nan_inf_to_errors": True}
    with xlsxwriter.Workbook(target, options) as book:
        book.set_properties({"title": f"{content.project}: report", "comments": f"Made by b2b-hub {__version__}"})
        book.set_calc_mode("auto")
        Book(book, content).write()
    return target.getvalue()


@dataclass(frozen=True)
class Place:
    """Where a table's figures stand: for formulas of other sheets."""

    sheet: str
    row: int
    columns: dict[str, int]


class Book:
    """One workbook being written."""

    def __init__(self, book: Any, content: Content) -> None:
        self.book = book
        self.content = content
        self.formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self.totals: dict[str, Place] = {}

    def write(self) -> None:
        from metrics.report.workbook_family import Family

        summary = self.book.add_worksheet("Summary")  # first in the book, written when the places are known
        families: dict[str, list[tuple[str, Result]]] = {}
        for name, result in self.content.results.items():
            families.setdefault(result.metric.family, []).append((name, result))
        for family, results in families.items():
            Family(self, family, results).write()
        self._summary(summary)
        self._sources()
        self._missing()
        self._definitions()

    def format(self, **properties: Any) -> Any:
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            base = {"font_name": "Calibri", "font_size": 11, "font_color": INK, "valign": "vcenter"}
            self.formats[key] = self.book.add_format({**base, **properties})
        return self.formats[key]

    def sheet(self, name: str, widths: Sequence[float], *, landscape: bool = True) -> Any:
        sheet = self.book.add_worksheet(name[:31])
        self.dress(sheet, widths, landscape=landscape)
        return sheet

    def dress(self, sheet: Any, widths: Sequence[float], *, landscape: bool = True) -> None:
        """What every sheet has: no grid, a page as wide as the paper, a footer."""
        sheet.hide_gridlines(2)
        if landscape:
            sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer(f"&L&8{self.content.project[:80].replace('&', '&&')}&R&8&P / &N")
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)

    def heading(self, sheet: Any, row: int, title: str, lead: str = "") -> int:
        sheet.set_row(row, 24)
        sheet.write_string(row, 0, title, self.format(bold=True, font_size=15))
        if lead:
            sheet.write_string(row + 1, 0, lead, self.format(font_color=SOFT))
        return row + (3 if lead else 2)

    def heads(self, sheet: Any, row: int, titles: Sequence[str], right: Sequence[bool]) -> None:
        for place, (title, to_right) in enumerate(zip(titles, right, strict=True)):
            sheet.write_string(
                row, place, title,
                self.format(bold=True, font_color="#FFFFFF", bg_color=ACCENT, text_wrap=True,
                            align="right" if to_right else "left"),
            )  # fmt: skip

    def plain_table(self, sheet: Any, row: int, titles: Sequence[str], rows: Sequence[Sequence[Any]]) -> int:
        """A table of texts and whole numbers; the row behind it."""
        right = [any(isinstance(line[place], int) for line in rows) for place in range(len(titles))]
        self.heads(sheet, row, titles, right)
        for line in rows:
            row += 1
            for place, cell in enumerate(line):
                if isinstance(cell, int):
                    sheet.write_number(row, place, cell, self.format(num_format="#,##0", bottom=1, bottom_color=LINE))
                else:
                    sheet.write_string(row, place, str(cell), self.format(text_wrap=True, bottom=1, bottom_color=LINE))
        return row + 1

    def _summary(self, sheet: Any) -> None:
        content = self.content
        self.dress(sheet, (34, 20, 12, 78))
        sheet.set_row(0, 34)
        sheet.write_string(0, 0, content.project, self.format(bold=True, font_size=22))
        sheet.write_string(
            1, 0, f"{about(content)} · made {content.made_at:%Y-%m-%d %H:%M} UTC", self.format(font_color=SOFT),
        )  # fmt: skip
        row = 3
        told = troubles(content)
        if told:
            sheet.merge_range(row, 0, row, 3, f"{told} See the sheet Missing.", self.format(
                font_color=WARN, bg_color="#FFF4E2", text_wrap=True))  # fmt: skip
            sheet.set_row(row, 20)
            row += 2
        self.heads(sheet, row, ("Figure", "Value", "Unit", "Note"), (False, True, False, False))
        for figure in figures(content):
            row += 1
            sheet.set_row(row, 26)
            line = {"bottom": 1, "bottom_color": LINE}
            sheet.write_string(row, 0, figure.title, self.format(bold=True, **line))
            self._headline(sheet, row, figure.value, figure.source, line)
            sheet.write_string(row, 2, figure.unit if figure.value else "", self.format(font_color=SOFT, **line))
            sheet.write_string(row, 3, figure.note, self.format(font_color=SOFT, text_wrap=True, **line))
        sheet.write_string(
            row + 2, 0, "Values are formulas over the sheets behind this one. They have 15 digits here; the hub's own "
            "are exact.", self.format(font_color=SOFT, italic=True),
        )  # fmt: skip

    def _headline(self, sheet: Any, row: int, value: str | None, source: tuple[str, str] | None, line: Any) -> None:
        place = self.totals.get(source[0]) if source else None
        if value is None:
            sheet.write_string(row, 1, "not defined", self.format(align="right", font_color=WARN, **line))
        elif place is None or source is None or source[1] not in place.columns:
            sheet.write_string(row, 1, value, self.format(align="right", bold=True, font_size=14, **line))
        else:
            shown = self.format(bold=True, font_size=14, num_format=number_format(value), **line)
            target = f"='{place.sheet}'!{cell(place.row, place.columns[source[1]])}"
            sheet.write_formula(row, 1, target, shown, float(Decimal(value.replace(",", ""))))

    def _sources(self) -> None:
        sheet = self.sheet("Sources", (36, 22, 18, 16, 16, 40))
        row = self.heading(
            sheet, 0, "Sources", "Every number rests on these streams, as they were last read completely."
        )
        rows = [
            (
                f"{s.source} / {s.stream}", f"{s.fresh_at:%Y-%m-%d %H:%M} UTC" if s.fresh_at else "never",
                text.NOTHING if s.held is None else s.held, text.NOTHING if s.total is None else s.total,
                s.quarantined, s.last_status if not s.error else f"{s.last_status}: {text.printable(s.error, 160)}",
            )
            for s in self.content.sources
        ]  # fmt: skip
        heads = ("Stream", "Complete as of", "Records held", "Rows at source", "In quarantine", "Last run")
        self.plain_table(sheet, row, heads, rows)
        sheet.freeze_panes(row + 1, 1)

    def _missing(self) -> None:
        content = self.content
        sheet = self.sheet("Missing", (70, 60, 50, 12))
        row = self.heading(sheet, 0, "What is missing", "Records that do not count for want of data, and why.")
        row = self.plain_table(sheet, row, ("Left out or assumed", "In"), content.missing or [("Nothing", "")])
        row = self.heading(sheet, row + 1, "Waiting in quarantine", "Rows that broke a rule are kept, not dropped.")
        waiting = [(f"{w.source} / {w.stream}", w.field, w.reason, w.rows) for w in content.waiting]
        row = self.plain_table(sheet, row, ("Stream", "Field", "Reason", "Rows"), waiting or [("Nothing", "", "", "")])
        refused = list(dict.fromkeys((r.where or "", r.problem, r.fix or "") for r in content.refused.values()))
        if refused:
            row = self.heading(sheet, row + 1, "Not defined")
            row = self.plain_table(sheet, row, ("Metric", "Why", "What to do"), refused)
        row = self.heading(sheet, row + 1, "Left out by rule", "As the definitions want it.")
        self.plain_table(sheet, row, ("What", "Of"), content.by_rule or [("Nothing", "")])

    def _definitions(self) -> None:
        sheet = self.sheet("Definitions", (34, 90, 70, 50))
        row = self.heading(sheet, 0, "What each number means")
        rows = [(m.title, m.formula, m.exclusions, m.source) for m in self.content.metrics]
        self.plain_table(sheet, row, ("Metric", "Formula", "What counts", "Source of the definition"), rows)
        sheet.freeze_panes(row + 1, 1)


def cell(row: int, column: int, *, fixed: bool = False) -> str:
    """The name of a cell, counted from 0; `fixed` with dollars, for formulas that are copied."""
    from xlsxwriter.utility import xl_rowcol_to_cell

    return str(xl_rowcol_to_cell(row, column, row_abs=fixed, col_abs=fixed))


def number_format(shown: str) -> str:
    """The number format of a figure that is written like this."""
    decimals = len(shown.partition(".")[2])
    return "#,##0" + (f".{'0' * decimals}" if decimals else "")
