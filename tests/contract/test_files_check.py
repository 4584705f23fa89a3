"""`hub check` for kind `files`, and what its settings refuse."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from support.exports import ENTITIES, Exports

from connectors.files.config import FilesConfig
from hub.sdk import Finding


@pytest.fixture
def exports(tmp_path: Path) -> Exports:
    return Exports(tmp_path)


def findings(exports: Exports, stream: dict[str, Any] | None = None) -> list[Finding]:
    return list(exports.connector(stream).check())


def test_all_is_well(exports: Exports) -> None:
    exports.write("customers.csv", "id,name\n1,Ann\n")
    found = findings(exports)
    assert all(finding.ok for finding in found)
    assert "1 file" in found[0].detail and "snapshot" in found[0].detail


def test_a_missing_column_is_named_with_the_nearest_one(exports: Exports) -> None:
    exports.write("customers.csv", "id,nmae\n1,Ann\n")
    [finding] = [finding for finding in findings(exports) if not finding.ok]
    assert finding.subject == "customers: customers.csv"
    assert finding.detail == "there is no column `name`, which customers.name needs."
    assert finding.fix == "Did you mean `nmae`?"


def test_one_column_only_hints_at_the_delimiter(exports: Exports) -> None:
    exports.write("customers.csv", "id^name\n1^Ann\n")
    assert any("only one column" in finding.detail for finding in findings(exports))


def test_doubled_keys_and_bad_rows_are_warnings(exports: Exports) -> None:
    exports.write("customers.csv", "id,name\n1,Ann\n1,Bob\n2\n")
    warnings = [finding.detail for finding in findings(exports) if not finding.ok and finding.severity == "warning"]
    assert "1 of the first 3 rows cannot be read: line 4 has 1 fields, the header has 2." in warnings
    assert "1 of the first 2 rows share a key (id)." in warnings


def test_a_pattern_that_nothing_matches_now_is_a_warning(exports: Exports) -> None:
    exports.write("customers.csv", "id,name\n1,Ann\n")
    found = findings(exports, {"files": ["customers*.csv", "new_*.csv"]})
    assert [(finding.severity, finding.detail) for finding in found if not finding.ok] == [
        ("warning", f"no file in {exports.folder} matches `new_*.csv` now.")
    ]


@pytest.mark.parametrize(
    ("stream", "text", "detail"),
    [
        ({"files": "none*.csv", "mode": "snapshot"}, "id\n", "no file in"),
        ({}, "", "empty"),
        (
            {"occurrence": {"name": "n", "within": "nope"}},
            "id,name\n1,Ann\n",
            "column `nope`, which `occurrence` needs",
        ),
        ({"cursor": "nope"}, "id,name\n1,Ann\n", "column `nope`, which `cursor` needs"),
        (
            {"unpivot": {"keep": "nope", "name": "a", "value": "b"}},
            "id,name\n1,Ann\n",
            "column `nope`, which `unpivot` needs",
        ),
    ],
)
def test_what_cannot_run_is_an_error(exports: Exports, stream: dict[str, Any], text: str, detail: str) -> None:
    exports.write("customers.csv", text)
    errors = [finding for finding in findings(exports, stream) if not finding.ok and finding.severity == "error"]
    assert any(detail in finding.detail for finding in errors), errors


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"delimiter": "::"}, "one ASCII character"),
        ({"delimiter": ""}, "one ASCII character"),
        ({"encoding": "utf-9"}, "no such encoding"),
        ({"encoding": "zlib"}, "no such encoding"),
        ({"header": 0}, "needs `columns`"),
        ({"cursor": "at", "mode": "snapshot"}, "belongs to `mode: incremental`"),
        ({"quote": ","}, "the same character"),
        ({"colums": ["id"]}, "Extra inputs"),
        ({"files": []}, "at least 1"),
    ],
)
def test_settings_that_make_no_sense(settings: dict[str, Any], message: str) -> None:
    stream = {"files": "c.csv", "entities": ENTITIES, "delimiter": ",", **settings}
    with pytest.raises(ValidationError, match=message):
        FilesConfig.model_validate({"kind": "files", "folder": ".", "streams": {"customers": stream}})


def test_settings_of_the_folder_hold_for_every_stream(exports: Exports) -> None:
    exports.write("customers.csv", "id;name\n1;N/A\n")
    assert exports.read({}, delimiter=";", null_words=["N/A"]).rows == [{"id": "1", "name": None}]
    assert exports.read({"null_words": []}, delimiter=";", null_words=["N/A"]).rows == [{"id": "1", "name": "N/A"}]
