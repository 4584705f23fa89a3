"""The workbook's first sheet: the headlines as formulas over the sheets behind it, and what they were before."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from metrics.report.facts import about, freshness, troubles
from metrics.report.figures import Figure
from metrics.report.headlines import figures, in_short
from metrics.report.spans import spans
from metrics.report.workbook import BAD, GOOD, LINE, SOFT, WARN, Book, cell

_LAST = 4
"""The last column."""
_EXACT = "Values are formulas over the sheets behind this one. They have 15 digits here; the hub's own are exact."


def write_summary(book: Book, sheet: Any) -> None:
    """Write it; the places of all totals are known by now."""
    content = book.content
    book.dress(sheet, (34, 20, 12, 16, 70))
    sheet.set_row(0, 34)
    sheet.write_string(0, 0, content.project, book.format(bold=True, font_size=22))
    soft = book.format(font_color=SOFT)
    sheet.write_string(1, 0, f"{about(content)} · made {content.made_at:%Y-%m-%d %H:%M} UTC", soft)
    sheet.write_string(2, 0, freshness(content), soft)
    row = _told(book, sheet, 4)
    book.heads(sheet, row, ("Figure", "Value", "Unit", "Change", "Note"), (False, True, False, True, False))
    line = {"bottom": 1, "bottom_color": LINE}
    for figure in figures(content):
        row += 1
        sheet.set_row(row, 26)
        sheet.write_string(row, 0, figure.title, book.format(bold=True, **line))
        _value(book, sheet, row, figure, line)
        unit = "" if figure.value is None or figure.unit == "%" else figure.unit
        sheet.write_string(row, 2, unit, book.format(font_color=SOFT, indent=1, **line))
        _change(book, sheet, row, figure, line)
        sheet.write_string(row, _LAST, figure.note, book.format(font_color=SOFT, text_wrap=True, indent=1, **line))
    compared = spans(content)
    notes = [f"Changes: {compared.words}."] if compared and not content.chosen else []
    for place, note in enumerate([*notes, _EXACT]):
        sheet.write_string(row + 2 + place, 0, note, book.format(font_color=SOFT, italic=True))


def _told(book: Book, sheet: Any, row: int) -> int:
    """What the report says in short, and what is wrong; the row behind it."""
    sentences = in_short(book.content)
    for sentence in sentences:
        sheet.merge_range(row, 0, row, _LAST, sentence, book.format(text_wrap=True, font_size=12))
        sheet.set_row(row, 20)
        row += 1
    told = troubles(book.content)
    if told:
        warning = book.format(font_color=WARN, bg_color="#FFF4E2", text_wrap=True)
        sheet.merge_range(row, 0, row, _LAST, f"{told} See the sheet Missing.", warning)
        sheet.set_row(row, 20)
        row += 1
    return row + 1 if sentences or told else row


def _value(book: Book, sheet: Any, row: int, figure: Figure, line: dict[str, Any]) -> None:
    place = book.totals.get(figure.source[0]) if figure.source else None
    if figure.value is None:
        sheet.write_string(row, 1, "not defined", book.format(align="right", font_color=WARN, **line))
    elif place is None or figure.source is None or figure.source[1] not in place.columns:
        sheet.write_string(row, 1, figure.value, book.format(align="right", bold=True, font_size=14, **line))
    else:
        number, pattern = float(Decimal(figure.value.replace(",", ""))), _pattern(figure.value)
        if figure.unit == "%":  # the cell behind has the share
            number, pattern = number / 100, f"{pattern}%"
        target = f"='{place.sheet}'!{cell(place.row, place.columns[figure.source[1]])}"
        sheet.write_formula(row, 1, target, book.format(bold=True, font_size=14, num_format=pattern, **line), number)


def _change(book: Book, sheet: Any, row: int, figure: Figure, line: dict[str, Any]) -> None:
    better = figure.change.is_better if figure.change else None
    colour = SOFT if better is None else GOOD if better else BAD
    shown = book.format(bold=True, align="right", font_color=colour, **line)
    sheet.write_string(row, 3, figure.change.words if figure.change else "", shown)


def _pattern(shown: str) -> str:
    """The number format of a figure that is written like this."""
    decimals = len(shown.partition(".")[2])
    return "#,##0" + (f".{'0' * decimals}" if decimals else "")
