"""Excel, Parquet and JSON Lines through kind `files`: values keep their types, and nothing is guessed."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.exports import Exports

from hub.errors import PluginError, SourceChanged, SourceUnavailable
from hub.sdk import apply


@pytest.fixture
def exports(tmp_path: Path) -> Exports:
    return Exports(tmp_path)


def workbook(path: Path, sheets: dict[str, list[list[Any]]]) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.save(path)


EXCEL = {"files": "book.xlsx"}


def test_cells_keep_their_types(exports: Exports) -> None:
    row = [4711, 19.99, datetime(2024, 5, 1, 10, 30), date(2024, 5, 1), time(8, 15), True, "text", None]
    workbook(exports.folder / "book.xlsx", {"Data": [["id", "price", "at", "on", "t", "yes", "name", "none"], row]})
    [found] = exports.read(EXCEL).rows
    assert found == {
        "id": 4711, "price": 19.99, "at": datetime(2024, 5, 1, 10, 30), "on": date(2024, 5, 1), "t": time(8, 15),
        "yes": True, "name": "text", "none": "",
    }  # fmt: skip
    assert isinstance(found["id"], int), "a number that is whole is no 4711.0"


def test_a_german_sheet_is_read_by_type_not_by_text(exports: Exports) -> None:
    """`decimal` and `date_format` say how texts are written; a number of Excel's is no text."""
    rows = [["id", "total", "at"], [1, 1234.5, datetime(2024, 5, 1)], [2, "1.234,50", "01.05.2024"]]
    workbook(exports.folder / "book.xlsx", {"Data": rows})
    fields = {"source_id": "id", "total": "total", "ordered_at": "at"}
    stream = {**EXCEL, "decimal": ",", "date_format": "%d.%m.%Y", "entities": [{"entity": "orders", "fields": fields}]}
    mapped = apply(exports.connector(stream).discover()[0].maps, exports.read(stream).pages[0].rows)
    assert mapped.rejects == []
    columns = mapped.batches[0].lists()
    assert columns["source_id"] == ["1", "2"]
    assert columns["total"] == [1_234_500_000, 1_234_500_000]
    assert columns["ordered_at"] == [1_714_521_600_000_000] * 2


def test_sheet_header_and_blank_rows(exports: Exports) -> None:
    rows = [["Report"], [], ["id", "name"], [1, "Ann"], [], [2, "Bob"], [3, "Eve", "stray"]]
    workbook(exports.folder / "book.xlsx", {"Cover": [["x"]], "Data": rows})
    run = exports.read({**EXCEL, "sheet": "Data", "header": 3})
    assert run.ids == [1, 2]
    assert [(line, reason) for _, line, reason in run.bad] == [
        (7, "row 7 has cells to the right of the header's last column")
    ]
    assert exports.read({**EXCEL, "sheet": 2, "header": 3}).ids == [1, 2]
    assert [run.pages[0].first_row + run.pages[0].number(position) for position in range(2)] == [4, 6]


def test_a_sheet_that_is_not_there(exports: Exports) -> None:
    workbook(exports.folder / "book.xlsx", {"Data": [["id"]], "Old": []})
    with pytest.raises(SourceChanged, match=r"book.xlsx: the workbook has no sheet `Date`. It has: Data, Old"):
        exports.read({**EXCEL, "sheet": "Date"})


def test_what_is_no_workbook(exports: Exports) -> None:
    exports.write("book.xlsx", "id,name\n")
    with pytest.raises(SourceUnavailable, match="cannot be opened"):
        exports.read(EXCEL)


def test_a_workbook_too_large_for_memory(exports: Exports) -> None:
    workbook(
        exports.folder / "book.xlsx", {"Data": [["id", "name"], *([number, "x" * 50] for number in range(30_000))]}
    )
    with pytest.raises(SourceChanged, match="max_workbook_mib"):
        exports.read({**EXCEL, "max_workbook_mib": 1})


def test_a_missing_extra_is_named(exports: Exports, monkeypatch: pytest.MonkeyPatch) -> None:
    exports.write("book.xlsx", "")
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(PluginError, match=r"Install b2b-hub\[excel\]"):
        exports.read(EXCEL)


def parquet(path: Path, columns: dict[str, Any]) -> None:
    import pyarrow as pa
    from pyarrow.parquet import write_table

    write_table(pa.table(columns), path)


def test_parquet_columns_keep_their_types(exports: Exports) -> None:
    import pyarrow as pa

    moments = pa.array([datetime(2024, 5, 1, 10, tzinfo=UTC)], pa.timestamp("us", "Europe/Berlin"))
    totals = pa.array([Decimal("12.345678")], pa.decimal128(20, 6))
    parquet(exports.folder / "o.parquet", {"id": [7], "total": totals, "at": moments, "who": [{"id": "c1"}]})
    fields = {"source_id": "id", "total": "total", "ordered_at": "at", "customer_source_id": "who.id"}
    stream = {"files": "o.parquet", "entities": [{"entity": "orders", "fields": fields}]}
    run = exports.read(stream)
    mapped = apply(exports.connector(stream).discover()[0].maps, run.pages[0].rows)
    assert mapped.rejects == []
    columns = mapped.batches[0].lists()
    assert {name: columns[name] for name in fields} == {
        "source_id": ["7"], "total": [12_345_678], "ordered_at": [1_714_557_600_000_000], "customer_source_id": ["c1"],
    }  # fmt: skip


def test_what_is_no_parquet(exports: Exports) -> None:
    exports.write("o.parquet", "id\n")
    with pytest.raises(SourceUnavailable, match="no Parquet, damaged or not complete"):
        exports.read({"files": "o.parquet"})


def test_wide_parquet_becomes_long(exports: Exports) -> None:
    parquet(exports.folder / "r.parquet", {"id": ["d1"], "USD": [1.1], "GBP": pa_null()})
    wide = {"keep": "id", "name": "currency", "value": "rate"}
    assert exports.read({"files": "r.parquet", "unpivot": wide}).rows == [{"id": "d1", "currency": "USD", "rate": 1.1}]


def pa_null() -> Any:
    import pyarrow as pa

    return pa.array([None], pa.float64())


def test_json_lines(exports: Exports) -> None:
    exports.write("c.jsonl.gz", '{"id": 1, "tags": ["a"]}\n\nnonsense\n[1]\n{"id": 2}')
    run = exports.read({"files": "c.jsonl.gz"})
    assert run.rows == [{"id": 1, "tags": ["a"]}, {"id": 2}]
    assert [(line, reason) for _, line, reason in run.bad] == [
        (3, "line 3 is not JSON"),
        (4, "line 4 is not a JSON object"),
    ]


def test_tab_separated_by_its_name(exports: Exports) -> None:
    exports.write("c.tsv", "id\tname\n1\ta,b\n")
    assert exports.read({"files": "c.tsv"}).rows == [{"id": "1", "name": "a,b"}]
