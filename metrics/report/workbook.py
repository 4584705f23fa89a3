"""The report as an Excel workbook: live formulas, a sheet for each family of metrics, sources and what is missing.

Formulas are written with the value they give, so that a preview that does not calculate shows it, too. A spreadsheet's
numbers have 15 digits; the exact figures are in JSON, CSV and Parquet.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

from hub import __version__
from hub.errors import PluginError
from metrics import text
from metrics.report.content import Content
from metrics.report.findings import findings
from metrics.result import Result

INK, SOFT, LINE, ACCENT, BAND, WARN = "#16191F", "#5B6472", "#D9DDE3", "#2F6BD8", "#F4F6FA", "#8A4B00"
_LINE_HEIGHT = 15.5
GOOD, BAD = "#18704A", "#B3261E"


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
        self.widths: dict[str, Sequence[float]] = {}

    def write(self) -> None:
        from metrics.report.workbook_family import Family
        from metrics.report.workbook_summary import write_summary

        summary = self.book.add_worksheet("Summary")  # first in the book, written when the places are known
        self._actions()
        families: dict[str, list[tuple[str, Result]]] = {}
        for name, result in self.content.results.items():
            families.setdefault(result.metric.family, []).append((name, result))
        for family, results in families.items():
            Family(self, family, results).write()
        write_summary(self, summary)
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
        self.widths[sheet.name] = widths
        for place, width in enumerate(widths):
            sheet.set_column(place, place, width)

    def heading(self, sheet: Any, row: int, title: str, lead: str = "") -> int:
        sheet.set_row(row, 24)
        sheet.write_string(row, 0, title, self.format(bold=True, font_size=15))
        if lead:
            sheet.write_string(row + 1, 0, lead, self.format(font_color=SOFT))
        return row + (3 if lead else 2)

    def heads(self, sheet: Any, row: int, titles: Sequence[str], right: Sequence[bool]) -> None:
        sheet.set_row(row, 2 * _LINE_HEIGHT)
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
            sheet.set_row(row, self._height(sheet, line))
            for place, cell in enumerate(line):
                if isinstance(cell, int):
                    sheet.write_number(row, place, cell, self.format(num_format="#,##0", bottom=1, bottom_color=LINE))
                else:
                    sheet.write_string(row, place, str(cell), self.format(text_wrap=True, bottom=1, bottom_color=LINE))
        return row + 1

    def _height(self, sheet: Any, line: Sequence[Any]) -> float:
        """Points for a row whose texts are wrapped within their columns."""
        widths = self.widths[sheet.name]
        return _LINE_HEIGHT * max(ceil(len(str(text)) / width) for text, width in zip(line, widths, strict=False))

    def _actions(self) -> None:
        sheet = self.sheet("Actions", (12, 13, 40, 66, 44, 46))
        row = self.heading(sheet, 0, "What to do", "What is most pressing stands first.")
        found = [(f.level, f.area, f.title, f.detail, f.action, f.command) for f in findings(self.content)]
        heads = ("When", "Area", "What", "More", "What to do", "All of it")
        last = self.plain_table(sheet, row, heads, found or [("Nothing", "", "", "", "", "")])
        sheet.autofilter(row, 0, last - 1, len(heads) - 1)
        sheet.freeze_panes(row + 1, 0)

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
