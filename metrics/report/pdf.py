"""The report as a PDF for printing and for the board: headlines, charts, tables, sources and what is missing.

fpdf2 is pure Python and needs nothing of the system. Letters beyond Latin-1 come from a font of the system, where one
of the usual ones is there; else they are shown as `?`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hub import __version__
from hub.errors import PluginError
from metrics.report import paper
from metrics.report.content import Content
from metrics.report.facts import about, freshness, quarantine_table, refused_table, systems_table, troubles
from metrics.report.figures import Figure
from metrics.report.findings import ACT, Finding, findings
from metrics.report.headlines import figures, in_short
from metrics.report.sections import Chapter, Section, Table, chapters
from metrics.report.spans import spans

_INK, _SOFT, _LINE, _BAND = paper.INK, paper.SOFT, paper.LINE, (244, 246, 250)
_WARN, _WARN_BAND = (138, 75, 0), (255, 244, 226)
_GOOD, _BAD = (24, 112, 74), (179, 38, 30)
_LARGEST = 0.24
"""Millimetres for one unit of a chart, at most: few bars are not thicker than many."""
_NOTE = 84
"""Letters of context that a card has room for."""
_MARGIN, _GAP = 16, 5
_WIDE = 210 - 2 * _MARGIN
"""A4 upright, in millimetres."""
_TOP_ROWS = 14
_FONTS = (
    Path("/usr/share/fonts/truetype/dejavu"),
    Path("/usr/share/fonts/dejavu-sans-fonts"),
    Path("/usr/share/fonts/TTF"),
    Path("/Library/Fonts"),
    Path("C:/Windows/Fonts"),
)
_FACES = (
    ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    ("Arial Unicode.ttf", "Arial Bold.ttf"),
    ("arial.ttf", "arialbd.ttf"),
)


def render(content: Content) -> bytes:
    """The file's bytes. Raises PluginError where the extra is not installed."""
    try:
        import fpdf
    except ImportError as error:
        raise PluginError("writing PDF files needs an extra.", fix="Install b2b-hub[pdf].") from error
    return _Paper(fpdf, content).made()


class _Paper:
    """One document being written, from top to bottom."""

    def __init__(self, fpdf: Any, content: Content) -> None:
        self.content = content
        self.pdf = _with_footer(fpdf, content.project)
        self.pdf.set_auto_page_break(True, margin=18)
        self.pdf.set_margins(_MARGIN, _MARGIN, _MARGIN)
        self.pdf.set_title(f"{content.project}: report")
        self.pdf.set_creator(f"b2b-hub {__version__}")
        self.pdf.set_creation_date(content.made_at)
        self.has_all_letters = _add_font(self.pdf)
        self.pdf.add_page()

    def made(self) -> bytes:
        self._head()
        self._headlines(figures(self.content))
        self._findings(findings(self.content))
        for chapter in chapters(self.content):
            self._chapter(chapter)
        self._facts()
        return bytes(self.pdf.output())

    def _head(self) -> None:
        content = self.content
        self._line(content.project, 22, bold=True, height=11)
        self._line(
            f"{about(content)} · made {content.made_at:%Y-%m-%d %H:%M} UTC", 9, colour=_SOFT,
        )  # fmt: skip
        self._line(freshness(content), 9, colour=_SOFT)
        for line in in_short(content):
            self.pdf.ln(2)
            self._font(11)
            self.pdf.multi_cell(_WIDE, 5.2, self._text(line), new_x="LMARGIN", new_y="NEXT", align="L")
        told = troubles(content)
        if told:
            self.pdf.ln(2)
            self.pdf.set_fill_color(*_WARN_BAND)
            self._font(9, colour=_WARN)
            self.pdf.multi_cell(_WIDE, 7, self._text(f" {told}"), fill=True, new_x="LMARGIN", new_y="NEXT")
        self.pdf.ln(4)

    def _headlines(self, found: Sequence[Figure]) -> None:
        """Four cards a row, and what the changes in them mean."""
        width, height, few = (_WIDE - 3 * _GAP) / 4, 27, 4
        for start in range(0, len(found), few):
            self._room(height)
            top = self.pdf.get_y()
            for place, figure in enumerate(found[start : start + few]):
                self._card(figure, _MARGIN + place * (width + _GAP), top, width, height)
            self.pdf.set_xy(_MARGIN, top + height + _GAP)
        compared = spans(self.content)
        if compared and any(figure.change for figure in found):
            self._line(f"Changes: {compared.words}.", 8, colour=_SOFT)

    def _card(self, figure: Figure, left: float, top: float, width: float, height: float) -> None:
        self.pdf.set_draw_color(*_LINE)
        self.pdf.set_fill_color(*_BAND)
        self.pdf.rect(left, top, width, height, style="DF", round_corners=True, corner_radius=2)
        self.pdf.set_xy(left + 3, top + 2.5)
        self._font(7.5, colour=_SOFT, bold=True)
        self.pdf.cell(width - 6, 4, self._text(figure.title))
        self.pdf.set_xy(left + 3, top + 7.5)
        self._font(15 if figure.value else 11, bold=True, colour=_INK if figure.value else _WARN)
        value = self._text(figure.shown or "not defined")
        self.pdf.cell(self.pdf.get_string_width(value) + 1.5, 7, value)
        self._font(8, colour=_SOFT)
        self.pdf.cell(0, 8, self._text(figure.unit if figure.value else ""))
        self.pdf.set_xy(left + 3, top + 14)
        if figure.change:
            better = figure.change.is_better
            self._font(8, bold=True, colour=_SOFT if better is None else _GOOD if better else _BAD)
            self.pdf.cell(width - 6, 4, self._text(figure.change.words))
            self.pdf.set_xy(left + 3, top + 18)
        self._font(6.8, colour=_SOFT)
        note = figure.note if len(figure.note) <= _NOTE else f"{figure.note[: _NOTE - 1]}…"
        self.pdf.multi_cell(width - 6, 3, self._text(note), align="L", max_line_height=3)

    def _findings(self, found: Sequence[Finding]) -> None:
        """What to do: a line for each, what is pressing in red."""
        self._title("What to do", "" if found else "Nothing asks for attention.")
        wide = (24, _WIDE - 24 - 58, 58)
        for finding in found:
            self._room(15)
            top, left = self.pdf.get_y(), _MARGIN
            ends = []
            for place, (head, more) in enumerate(
                ((finding.level, finding.area), (finding.title, finding.detail), (finding.action, finding.command))
            ):
                self.pdf.set_xy(left, top)
                self._font(8.5, bold=place < 2, colour=(_BAD if finding.level == ACT else _WARN) if not place else _INK)
                self.pdf.multi_cell(wide[place] - 3, 4, self._text(head), align="L", new_x="LEFT", new_y="NEXT")
                self._font(7.5, colour=_SOFT)
                self.pdf.multi_cell(wide[place] - 3, 3.5, self._text(more), align="L", new_x="LEFT", new_y="NEXT")
                ends.append(self.pdf.get_y())
                left += wide[place]
            self.pdf.set_draw_color(*_LINE)
            self.pdf.line(_MARGIN, max(ends) + 1, _MARGIN + _WIDE, max(ends) + 1)
            self.pdf.set_xy(_MARGIN, max(ends) + 2.5)

    def _chapter(self, chapter: Chapter) -> None:
        self._room(80)
        self.pdf.ln(5)
        self._line(chapter.title, 17, bold=True, height=9)
        for section in chapter.sections:
            self._section(section)

    def _section(self, section: Section) -> None:
        width, tall = paper.size_of(section.svg)
        scale = min(_WIDE / width, 60 / tall, _LARGEST) if section.svg and tall else 0.0
        self._room(30 + tall * scale)
        self._title(section.title, section.lead)
        if section.legend:
            self._legend(section.legend)
        if scale:
            top = self.pdf.get_y()
            paper.draw(self.pdf, section.svg, paper.Place(_MARGIN, top, scale), self._written)
            self.pdf.set_xy(_MARGIN, top + tall * scale + 3)
        rows = section.table.rows[:_TOP_ROWS] if len(section.table.rows) > 2 * _TOP_ROWS else section.table.rows
        self._table(Table(section.table.heads, rows, section.table.right))
        if len(rows) < len(section.table.rows):
            self._line(f"... and {len(section.table.rows) - len(rows):,} more rows", 8, colour=_SOFT)

    def _legend(self, names: Sequence[str]) -> None:
        for place, name in enumerate(names[:12]):
            self.pdf.set_fill_color(*paper.SERIES[min(place, len(paper.SERIES) - 1)])
            x, y = self.pdf.get_x(), self.pdf.get_y()
            shown = self._text(name[:24])
            self._font(8, colour=_SOFT)
            if x + self.pdf.get_string_width(shown) + 8 > _MARGIN + _WIDE:
                self.pdf.ln(5)
                x, y = self.pdf.get_x(), self.pdf.get_y()
            self.pdf.rect(x, y + 1, 3, 3, style="F")
            self.pdf.set_x(x + 4)
            self.pdf.cell(self.pdf.get_string_width(shown) + 5, 5, shown)
        self.pdf.ln(6)

    def _written(self, text: str, size: float, colour: Any) -> str:
        self._font(size, colour=colour)
        return self._text(text)

    def _facts(self) -> None:
        """What every number rests on, and what is not in it."""
        content = self.content
        self.pdf.add_page()
        self._title("Sources", "Every number rests on these streams, as they were last read completely.")
        self._table(systems_table(content), size=7)
        self._title("What is missing", "Left out of the numbers, or assumed, for want of data.")
        missing = content.missing or [("Nothing.", "")]
        self._table(Table(("What", "In"), missing, (False, False)), size=7)
        for title, table in (
            ("Waiting in quarantine", quarantine_table(content)),
            ("Not defined", refused_table(content)),
        ):
            if table.rows:
                self._title(title)
                self._table(table, size=7)
        self._title("What each number means")
        for metric in content.metrics:
            self._room(14)
            self._line(metric.title, 9, bold=True)
            self._paragraph(metric.formula)
            self._paragraph(f"{metric.exclusions} Not defined when {metric.undefined_when}.")
            self.pdf.ln(1.5)

    def _title(self, title: str, lead: str = "") -> None:
        self._room(24)
        self.pdf.ln(4)
        self._line(title, 13, bold=True, height=7)
        if lead:
            self._font(8.5, colour=_SOFT)
            self.pdf.multi_cell(_WIDE, 4.5, self._text(lead), new_x="LMARGIN", new_y="NEXT", align="L")
        self.pdf.ln(1)

    def _table(self, shown: Table, size: float = 7.5) -> None:
        """Columns as wide as their texts, within the page; the head again on each page."""
        if not shown.rows:
            return
        self._font(size)
        cells = [[self._text(cell) for cell in row] for row in shown.rows]
        widths = _widths([list(map(self._text, shown.heads)), *cells], self.pdf.get_string_width)
        aligned = tuple("RIGHT" if right else "LEFT" for right in shown.right)
        self.pdf.set_draw_color(*_LINE)
        self.pdf.set_fill_color(*_BAND)
        from fpdf.fonts import FontFace

        head = FontFace(emphasis="BOLD", fill_color=_BAND, color=_SOFT)
        look = {"borders_layout": "HORIZONTAL_LINES", "line_height": size * 0.55, "headings_style": head}
        self.pdf.set_fill_color(255, 255, 255)
        with self.pdf.table(width=_WIDE, col_widths=widths, text_align=aligned, padding=(0.6, 1.2), **look) as table:
            for row in ([self._text(head) for head in shown.heads], *cells):
                line = table.row()
                for cell in row:
                    line.cell(cell)
        self.pdf.ln(2)

    def _paragraph(self, text: str) -> None:
        self._font(7.5, colour=_SOFT)
        self.pdf.multi_cell(_WIDE, 3.6, self._text(text), new_x="LMARGIN", new_y="NEXT", align="L")

    def _line(self, text: str, size: float, *, bold: bool = False, colour: Any = _INK, height: float = 5) -> None:
        self._font(size, bold=bold, colour=colour)
        self.pdf.cell(_WIDE, height, self._text(text), new_x="LMARGIN", new_y="NEXT")

    def _font(self, size: float, *, bold: bool = False, colour: Any = _INK) -> None:
        self.pdf.set_font("report" if self.has_all_letters else "helvetica", style="B" if bold else "", size=size)
        self.pdf.set_text_color(*colour)

    def _text(self, text: str) -> str:
        clean = "".join(character if character.isprintable() else " " for character in str(text))
        return clean if self.has_all_letters else clean.encode("latin-1", "replace").decode("latin-1")

    def _room(self, height: float) -> None:
        """Begin a new page where there is not so much left of this one."""
        if self.pdf.get_y() + height > self.pdf.h - 18:
            self.pdf.add_page()


def _with_footer(fpdf: Any, project: str) -> Any:
    class Document(fpdf.FPDF):  # type: ignore[misc]  # the library tells no types
        def footer(self) -> None:
            self.set_y(-12)
            self.set_font("helvetica", size=7)
            self.set_text_color(*_SOFT)
            name = project[:80].encode("latin-1", "replace").decode("latin-1")
            self.cell(_WIDE / 2, 5, name)
            self.cell(_WIDE / 2, 5, f"{self.page_no()} / {{nb}}", align="R")

    return Document(orientation="portrait", unit="mm", format="A4")


def _add_font(pdf: Any) -> bool:
    """Take a font with all letters from the system, where there is one."""
    for folder in _FONTS:
        for plain, bold in _FACES:
            if (folder / plain).is_file() and (folder / bold).is_file():
                pdf.add_font("report", fname=str(folder / plain))
                pdf.add_font("report", style="B", fname=str(folder / bold))
                return True
    return False


def _widths(rows: Sequence[Sequence[str]], measure: Any) -> tuple[float, ...]:
    """Shares of the page: what the longest text of each column needs, none more than half, none too little."""
    needed = [max(measure(row[place]) for row in rows) + 4 for place in range(len(rows[0]))]
    bounded = [min(max(width, 10), _WIDE * 0.5) for width in needed]
    return tuple(bounded)
