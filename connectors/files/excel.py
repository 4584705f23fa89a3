"""Worksheets (.xlsx, .xls, .xlsb, .ods) as rows of typed values. A formula counts as the value that was last saved."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

from connectors.files.csv_rows import BadRow
from connectors.files.delimited import Chunk, Format
from connectors.files.header import column_names
from connectors.files.unpack import Part
from hub.sdk import PluginError, Row, SourceChanged, SourceUnavailable

_PAGE_ROWS = 5_000


def chunks(part: Part, form: Format, sheet: str | int | None, max_bytes: int) -> Iterator[Chunk]:
    """The rows of one sheet: the one named, or the first. The workbook is held in memory while it is read."""
    cells = enumerate(_sheet_rows(part, sheet, max_bytes), 1)
    names = _header(cells, form, part.name)
    rows: list[Row] = []
    lines: list[int] = []
    bad: list[BadRow] = []
    for line, values in cells:
        if line <= form.header + form.skip or all(value in {"", None} for value in values):
            continue
        beyond = [value for value in values[len(names) :] if value != ""]
        row = dict(zip(names, (_value(value, form) for value in values), strict=False))
        if beyond:
            bad.append(BadRow(line, f"row {line} has cells to the right of the header's last column", row))
        else:
            rows.append(row)
            lines.append(line)
        if len(rows) + len(bad) >= _PAGE_ROWS:
            yield Chunk(rows, lines, bad)
            rows, lines, bad = [], [], []
    if rows or bad:
        yield Chunk(rows, lines, bad)


def _workbook(part: Part, max_bytes: int) -> Any:
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError as error:
        raise PluginError(
            "reading Excel files needs an extra.", fix="Install b2b-hub[excel].", where=part.name
        ) from error
    _require_small(part, max_bytes)
    try:
        return CalamineWorkbook.from_path(str(part.path))
    except (CalamineError, OSError) as error:
        raise SourceUnavailable(
            "the workbook cannot be opened: damaged, protected by a password, or not complete yet.",
            fix="Save it again without a password.",
            where=part.name,
        ) from error


def _require_small(part: Part, max_bytes: int) -> None:
    """Refuse a workbook that would not fit memory: it is a zip archive, and says how large it gets."""
    size = part.path.stat().st_size
    with suppress(zipfile.BadZipFile), zipfile.ZipFile(part.path) as archive:
        size = sum(info.file_size for info in archive.infolist())
    if size > max_bytes:
        raise SourceChanged(
            f"the workbook unpacks to {size >> 20} MiB, more than the {max_bytes >> 20} MiB allowed.",
            fix="Export it as CSV, or raise `max_workbook_mib`.",
            where=part.name,
        )


def _sheet_rows(part: Part, sheet: str | int | None, max_bytes: int) -> Iterator[list[Any]]:
    workbook = _workbook(part, max_bytes)
    names = workbook.sheet_names
    number = sheet - 1 if isinstance(sheet, int) else 0
    chosen = sheet if isinstance(sheet, str) else names[number] if 0 <= number < len(names) else ""
    if chosen not in names:
        raise SourceChanged(
            f"the workbook has no sheet `{sheet}`.", fix=f"It has: {', '.join(names)}.", where=part.name
        )
    found = workbook.get_sheet_by_name(chosen)
    yield from ([""] * 0 for _ in range(found.start[0] if found.start else 0))
    shift = found.start[1] if found.start else 0
    yield from ([""] * shift + row for row in found.to_python(skip_empty_area=True))


def _header(cells: Iterator[tuple[int, list[Any]]], form: Format, name: str) -> tuple[str, ...]:
    if form.header == 0:
        return form.columns
    for line, values in cells:
        if line >= form.header:
            if all(value == "" for value in values) and line == form.header:
                break
            texts = [str(_value(value, Format())) for value in values]
            while texts and not texts[-1].strip():
                texts.pop()
            return column_names(form.columns or texts)
    raise SourceChanged(
        f"row {form.header} holds no header.", fix="Say in which row the header is: `header: <row>`.", where=name
    )


def _value(value: Any, form: Format) -> Any:
    """A cell as our converters take it: whole numbers without a point, dates and times as such."""
    if isinstance(value, str):
        return None if value in form.null_words else value
    if isinstance(value, bool):
        return value
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    return str(value) if isinstance(value, timedelta) else value
