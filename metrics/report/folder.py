"""The report as a folder of tables, CSV or Parquet, with a README that says what they are."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

from metrics import text
from metrics.report import plain
from metrics.report.content import Content
from metrics.result import Column, Result, plain_text

_MOST_DIGITS = 38
"""What other programs read."""


def write_folder(content: Content, folder: Path, form: str) -> None:
    """One table for each question, and beside it sources, what is missing, and the report as text and JSON."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, result in content.results.items():
        path = folder / f"{name}.{form}"
        if form == "csv":
            path.write_text(text.as_csv(result), encoding="utf-8")
        else:
            _write_parquet(result, path)
    about = {name: result.about() for name, result in content.results.items()}
    (folder / "tables.json").write_text(json.dumps(about, indent=1, ensure_ascii=False), encoding="utf-8")
    sources = [source.document() for source in content.sources]
    (folder / "sources.json").write_text(
        json.dumps(sources, indent=1, ensure_ascii=False, default=plain_text), encoding="utf-8"
    )
    (folder / "README.txt").write_text("\n".join(plain.summary(content)) + "\n", encoding="utf-8")


def _write_parquet(result: Result, path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = {column.name: _array(column, result.values(column.name)) for column in result.columns}
    table = pa.table(columns).replace_schema_metadata({"hub": json.dumps(result.about(), ensure_ascii=False)})
    pq.write_table(table, path)


def _array(column: Column, values: list[Any]) -> Any:
    """Exact decimals where other programs can read as many digits; text else."""
    import pyarrow as pa

    known = [value for value in values if value is not None]
    if not known or column.role != "figure":
        return pa.array(values, pa.string() if all(isinstance(value, str) for value in known) else None)
    if not all(isinstance(value, Decimal | int) for value in known):
        return pa.array(values)
    numbers = [None if value is None else Decimal(value) for value in values]
    scale = max(max(0, -int(value.as_tuple().exponent)) for value in numbers if value is not None)
    whole = max(max(1, value.adjusted() + 1) for value in numbers if value is not None)
    if whole + scale > _MOST_DIGITS:
        return pa.array([plain_text(value) for value in numbers])
    return pa.array(numbers, pa.decimal128(_MOST_DIGITS, scale))
