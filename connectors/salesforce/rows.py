"""Rows as the maps read them: those in the recycle bin apart, compound fields put together, constants added.

Rows come as dicts from pages, or as Arrow tables from Bulk jobs; both end up the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connectors.salesforce.plan import DELETED, Plan
from connectors.salesforce.soql import KEY
from hub.sdk import iso_moment, latest

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass
class Sorted:
    """What a page of a result holds.

    live    rows to map;  gone  ids of rows in the recycle bin;  cursor  the highest stamp of both
    """

    live: list[dict[str, Any]] | pa.Table
    gone: list[str] = field(default_factory=list)
    cursor: datetime | None = None


def sorted_rows(rows: list[dict[str, Any]], plan: Plan) -> Sorted:
    """A page of records."""
    cursor = _latest(rows, plan.cursor) if plan.cursor else None
    gone = [row[KEY] for row in rows if row.get(DELETED) is True and isinstance(row.get(KEY), str)]
    live = [row for row in rows if row.get(DELETED) is not True] if gone else rows
    hidden = ["attributes", *([DELETED] if DELETED not in plan.columns else [])]
    for row in live:
        for name in hidden:
            row.pop(name, None)
        for compound, parts in plan.compounds.items():
            row[compound] = {part: row.get(name) for part, name in parts.items()}
        row.update(plan.constants)
    return Sorted(live, gone, cursor)


def _latest(rows: list[dict[str, Any]], name: str) -> datetime | None:
    """Stamps of one form order like their texts, so only the highest is read; an odd one makes all be looked at."""
    texts = [stamp for row in rows if isinstance(stamp := row.get(name), str)]
    highest = iso_moment(max(texts)) if texts else None
    return highest or latest(rows, name)


def sorted_table(table: pa.Table, plan: Plan) -> Sorted:
    """A page of a Bulk job's result; all its columns are texts, and nothing is null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    cursor = _highest(table, plan.cursor)
    gone: list[str] = []
    if DELETED in table.column_names:
        is_gone = pc.equal(table.column(DELETED), "true").fill_null(False)
        gone = table.filter(is_gone).column(KEY).to_pylist()
        table = table.filter(pc.invert(is_gone)) if gone else table
        table = table if DELETED in plan.columns else table.drop_columns([DELETED])
    table = _nested(table)
    for compound, parts in plan.compounds.items():
        columns = [table.column(name).combine_chunks() for name in parts.values()]
        table = table.append_column(compound, pa.StructArray.from_arrays(columns, names=list(parts)))
    for name, value in plan.constants.items():
        table = table.append_column(name, pa.repeat(pa.scalar(value), table.num_rows))
    return Sorted(table, gone, cursor)


def _highest(table: pa.Table, name: str | None) -> datetime | None:
    """ISO 8601 of one form orders like its texts."""
    import pyarrow.compute as pc

    return iso_moment(pc.max(table.column(name)).as_py()) if name in table.column_names else None


def _nested(table: pa.Table) -> pa.Table:
    """`Owner.Name` -> a column `Owner` of objects, as records have it."""
    import pyarrow as pa

    groups: dict[str, dict[str, Any]] = {}
    for name in table.column_names:
        first, _, rest = name.partition(".")
        if rest:
            groups.setdefault(first, {})[rest] = table.column(name).combine_chunks()
    if not groups:
        return table
    table = table.drop_columns([name for name in table.column_names if "." in name])
    for first, columns in groups.items():
        inner = _nested(pa.table(columns))
        arrays = [inner.column(name).combine_chunks() for name in inner.column_names]
        table = table.append_column(first, pa.StructArray.from_arrays(arrays, names=inner.column_names))
    return table


def lapsed(live: list[dict[str, Any]] | pa.Table, field: str) -> list[str]:
    """Ids of the rows that have no value in a field."""
    if isinstance(live, list):
        return [row[KEY] for row in live if not row.get(field) and isinstance(row.get(KEY), str)]
    if field not in live.column_names:
        return []
    keys: list[str] = live.filter(live.column(field).is_null()).column(KEY).to_pylist()
    return keys
