"""The canonical tables as Spark sees them: the files of the replica without what no longer counts, and the newer rows.

What `metrics.replica.views` says in DuckDB's SQL."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Any

from hub.model.kinds import Kind
from metrics.replica.manifest import Part
from metrics.replica.shape import TABLES, columns_of
from metrics.replica.views import Group, groups

_TYPES = {
    Kind.TEXT: "string",
    Kind.INTEGER: "bigint",
    Kind.BOOLEAN: "boolean",
    Kind.UTC: "timestamp_ntz",
    Kind.DATE: "date",
    Kind.JSON: "string",
}
_FILE, _ROW = "hub_file", "hub_row"


def canonical(spark: Any, place: str, entity: str, part: Part | None) -> Any:
    """A table with all columns of the model; those that nobody ever wrote are empty. `place` is where the files are."""
    columns = columns_of(TABLES[entity])
    wide = part is not None and part.wide
    arms = list(_arms(spark, place, columns, part)) if part else []
    if not arms:
        return spark.sql(f"SELECT {', '.join(_named(columns, set(), wide))} WHERE false")
    return reduce(lambda one, other: one.unionByName(other), arms)


def _arms(spark: Any, place: str, columns: dict[str, Kind], part: Part) -> Iterator[Any]:
    for group in groups(part):
        yield _base(spark, place, group, columns, part)
    if part.delta:
        there = set(part.delta_columns)
        rows = spark.read.schema(_shape(columns, there, part.wide)).parquet(f"{place}/{part.delta}")
        yield rows.selectExpr(*_named(columns, there, part.wide))


def _base(spark: Any, place: str, group: Group, columns: dict[str, Kind], part: Part) -> Any:
    """Files that were written together, without the rows that newer ones took the place of."""
    there = set(part.columns) if group.source is None else set(part.columns) - {"source"}
    files = (f"{place}/{name}" for name in group.names)
    rows = spark.read.schema(_shape(columns, there, part.wide)).parquet(*files)
    if part.gone:
        numbers = ", ".join(f"'{name}', {group.first + number}L" for number, name in enumerate(group.names))
        rows = rows.selectExpr("*", f"map({numbers})[_metadata.file_name] AS {_FILE}", f"_metadata.row_index AS {_ROW}")
        gone = spark.read.parquet(f"{place}/{part.gone}")
        gone = gone.selectExpr(f"CAST(file AS BIGINT) AS {_FILE}", f"CAST(row AS BIGINT) AS {_ROW}")
        rows = rows.join(gone, [_FILE, _ROW], "left_anti")
    named = _named(columns, there, part.wide)
    if group.source is not None:
        escaped = group.source.replace("\\", "\\\\").replace("'", "\\'")
        named[list(columns).index("source")] = f"'{escaped}' AS source"
    return rows.selectExpr(*named)


def _shape(columns: dict[str, Kind], there: set[str], wide: bool) -> str:
    """The columns of files. Whoever tells Spark need not let it look."""
    return ", ".join(f"`{name}` {_type(kind, wide)}" for name, kind in columns.items() if name in there)


def _type(kind: Kind, wide: bool) -> str:
    return _TYPES.get(kind) or f"decimal({20 if wide else 18}, 6)"


def _named(columns: dict[str, Kind], there: set[str], wide: bool) -> list[str]:
    return [
        f"`{name}`" if name in there else f"CAST(NULL AS {_type(kind, wide)}) AS `{name}`"
        for name, kind in columns.items()
    ]
