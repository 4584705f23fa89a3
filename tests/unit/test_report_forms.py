"""Workbooks and folders of tables: formulas give the figures, nothing in the data runs, other programs read them."""

from __future__ import annotations

import io
import json
import re
import sys
import warnings
from decimal import Decimal as D
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from test_metric_report import content as computed

from hub.errors import PluginError, UsageError
from metrics.report import Order, chosen, html, pdf, workbook, write
from metrics.report.content import Content
from metrics.report.formulas import formulas
from metrics.report.headlines import figures
from metrics.report.sections import sections

FORMULA = "=HYPERLINK(0)"


@cache
def content(name: str) -> Content:
    """Six orders of a customer with that name."""
    return computed(name)


def opened(found: Content) -> tuple[Any, Any]:
    """The workbook with its formulas, and with their values."""
    import openpyxl

    made = workbook.render(found)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl does not know data bars
        return tuple(openpyxl.load_workbook(io.BytesIO(made), data_only=values) for values in (False, True))


def test_there_is_a_sheet_for_each_family_and_one_for_what_is_missing() -> None:
    book, _ = opened(content("Acme"))
    first, actions, *families, sources, missing, definitions = book.sheetnames
    assert (first, actions, sources, missing, definitions) == (
        "Summary",
        "Actions",
        "Sources",
        "Missing",
        "Definitions",
    )
    held = dict.fromkeys(result.metric.family for result in content("Acme").results.values())
    assert [name.lower() for name in families] == [name.replace("-", " ") for name in held]


def test_headlines_are_formulas_over_the_sheets_behind() -> None:
    book, values = opened(content("Acme"))
    lines = {row[0].value: row[1] for row in book["Summary"].iter_rows(min_row=5) if row[0].value}
    revenue = lines["Revenue"]
    sheet, cell = re.fullmatch(r"='(\w+)'!(\w+)", revenue.value).groups()  # type: ignore[union-attr]
    assert book[sheet][cell].value.startswith("=SUM(")
    assert values[sheet][cell].value == values["Summary"][revenue.coordinate].value == 210
    assert lines["Stock value"].value == "not defined"


def test_sums_are_the_sums_of_their_cells() -> None:
    book, values = opened(content("Acme"))
    checked = 0
    for sheet in book:
        for row in sheet.iter_rows():
            for cell in row:
                found = re.fullmatch(r"=SUM\((\w+):(\w+)\)", str(cell.value))
                if found:
                    block = values[sheet.title][found[1] : found[2]]
                    total = sum(line[0].value for line in block)
                    assert values[sheet.title][cell.coordinate].value == pytest.approx(total)
                    checked += 1
    assert checked


def test_names_never_become_formulas() -> None:
    book, _ = opened(content(FORMULA))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value == FORMULA]
    assert cells
    assert all(cell.data_type == "s" for cell in cells)
    assert not any(cell.hyperlink for cell in cells)


def test_formulas_say_what_the_metrics_say() -> None:
    found = content("Acme")
    results = {result.metric.id: result for result in found.results.values()}
    for (metric, output), formula in formulas().items():
        if metric not in results:
            continue
        result = results[metric]
        names = [column.name for column in result.columns]
        for row in result.rows:
            inputs = dict(zip(names, row, strict=True))
            expression = formula.text({name: f"D('{inputs[name]}')" for name in formula.names})
            expression = expression.rpartition('"",')[2].rstrip(")") + ")" if "IF(" in expression else expression
            assert eval(expression, {"D": D}) == pytest.approx(inputs[output], abs=D("0.000001"))


def test_a_folder_of_parquet_keeps_exact_decimals(tmp_path: Path) -> None:
    found = content("Acme")
    write(found, tmp_path / "tables", "parquet")
    table = pq.read_table(tmp_path / "tables" / "months.parquet")
    assert sum(table["gross"].to_pylist()) == D(210)
    assert json.loads(table.schema.metadata[b"hub"])["metric"] == "revenue"
    assert {path.name for path in (tmp_path / "tables").iterdir()} >= {"README.txt", "sources.json", "tables.json"}


def test_a_folder_of_csv_runs_no_formula(tmp_path: Path) -> None:
    write(content(FORMULA), tmp_path, "csv")
    assert f"'{FORMULA}" in (tmp_path / "customers.csv").read_text(encoding="utf-8")
    assert not any(line.startswith("=") for line in (tmp_path / "months.csv").read_text(encoding="utf-8").splitlines())


def test_chosen_metrics_have_a_headline_and_a_section_each() -> None:
    found = content("Acme")
    picked = {"revenue": found.results["months"], "rfm": found.results["rfm"]}
    some = Content("Acme", found.made_at, "EUR", "UTC", None, None, picked, metrics=found.metrics, chosen=True)
    assert (figures(some)[0].title, figures(some)[0].value) == ("Revenue", "210.00")
    assert [s.title for s in sections(some)] == ["Revenue by month and source", chosen.titled(found.results["rfm"])]
    assert "Revenue by month and source" in html.render(some)


@pytest.mark.parametrize(
    ("order", "form"),
    [
        (Order(Path("r.XLSX")), "xlsx"),
        (Order(Path("r"), "csv"), "csv"),
        (Order(Path("r.dat"), "html"), "html"),
        (Order(), None),
    ],
)
def test_the_form_follows_from_the_name(order: Order, form: str | None) -> None:
    assert order.checked() == form


@pytest.mark.parametrize(
    "order", [Order(Path("r.docx")), Order(Path("r.csv")), Order(Path("r"), "exe"), Order(Path("r.html"), "csv")]
)
def test_other_forms_are_refused(order: Order) -> None:
    with pytest.raises(UsageError):
        order.checked()


@pytest.mark.parametrize("name", ["Acme", "Zażółć gęślą 株式会社"])
def test_a_pdf_has_headlines_charts_and_what_is_missing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for fonts in (pdf._FONTS, ()):  # with a font of the system, and without one
        monkeypatch.setattr(pdf, "_FONTS", fonts)
        made = pdf.render(content(name))
        assert made.startswith(b"%PDF-")
        assert made.count(b"/Type /Page\n") >= 2


def test_a_missing_extra_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, form in (("fpdf", pdf), ("xlsxwriter", workbook)):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(PluginError, match="needs an extra"):
            form.render(content("Acme"))
