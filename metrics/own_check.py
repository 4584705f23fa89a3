"""Checks the SQL of own metrics against an empty copy of the canonical tables: what it reads, gives, and may do.

DuckDB itself parses and binds it, in a database that can neither read files nor reach the network.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub.settings.mistakes import Mistake, nearest
from hub.settings.yaml_source import Place
from metrics import duck
from metrics.dimensions import DIMENSIONS
from metrics.replica.shape import DUCK_TYPES, TABLES, columns_of

if TYPE_CHECKING:
    import duckdb

    from hub.settings.own_metrics import Figure
    from metrics.own import Written

_MOMENTS = ("day", "month", "quarter", "year")
_NEEDS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("customer", "country", "industry", "segment", "company_size"), ("source", "customer_source_id")),
    **dict.fromkeys(("product", "category"), ("source", "product_source_id")),
    "location": ("source", "location_source_id"),
    "supplier": ("source", "supplier_source_id"),
}
"""Dimension -> columns that it follows from; any other is a column itself."""
_GENERATORS = {"range", "generate_series", "unnest"}
_OF_THE_MOMENT = re.compile(
    r"\b(now|current_date|current_time|current_timestamp|localtimestamp|today|random|uuid|gen_random_uuid|nextval|"
    r"getvariable|get_current_timestamp)\b", re.IGNORECASE,
)  # fmt: skip
_MISSING_COLUMN = re.compile(r'(?:Referenced column|Table ".*?" does not have a column named) "([^"]+)"')
_MISSING_TABLE = re.compile(r"Table with name (\S+) does not exist")
_WHERE = re.compile(r"\nLINE (\d+): (.*)\n( *)\^")
_CUT = "..."
"""What stands where DuckDB shows a part of a long line."""
_INTEGERS = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER"}
_HUGE = {"HUGEINT", "UBIGINT", "UHUGEINT"}

Columns = dict[str, str]
"""Name -> type that the hub takes it as."""


@dataclass(frozen=True)
class Checked:
    """What is known of SQL that is right: the columns that it gives, and the canonical tables that it reads."""

    columns: Columns
    tables: tuple[str, ...]


def check(written: Sequence[Written], mistakes: list[Mistake]) -> Iterator[tuple[Written, Checked]]:
    """The definitions without a mistake, with what their SQL is; what is wrong with the others is added."""
    if not written:
        return
    with _empty_hub() as db:
        for each in written:
            columns = _columns(db, each, mistakes)
            if columns is None:
                continue
            problems = list(_problems(each, columns))
            mistakes += problems
            if not problems:
                tables = db.get_table_names(plain_sql(each.definition.sql))
                yield each, Checked(columns, tuple(sorted(tables & set(TABLES))))


def _empty_hub() -> duckdb.DuckDBPyConnection:
    import duckdb

    db = duckdb.connect()
    db.execute("SET enable_progress_bar = false")  # it would be printed among the results
    db.execute("SET python_enable_replacements = false")
    for name, entity in TABLES.items():
        shape = ", ".join(f"{column} {DUCK_TYPES[kind]}" for column, kind in columns_of(entity).items())
        db.execute(f"CREATE TABLE {name} ({shape})")
    duck.define_settings(db, currency="EUR", zone="UTC")
    db.execute("SET enable_external_access = false")
    db.execute("SET lock_configuration = true")
    return db


def _columns(db: duckdb.DuckDBPyConnection, each: Written, mistakes: list[Mistake]) -> Columns | None:
    """The columns that the SQL gives; None where it is wrong, which is added."""
    import duckdb

    sql = plain_sql(each.definition.sql)
    try:
        statements = db.extract_statements(sql)
        if len(statements) != 1 or statements[0].type != duckdb.StatementType.SELECT:
            mistakes.append(each.part.mistake(f"{each.id}.sql: expected one SELECT, and nothing else.", ("sql",)))
            return None
        problem = _may_not(db, sql)
        if problem:
            mistakes.append(each.part.mistake(f"{each.id}.sql: {problem}", ("sql",)))
            return None
        found = db.execute(f"DESCRIBE (\n{sql}\n)").fetchall()
    except duckdb.Error as error:
        mistakes.append(_of_error(db, each, error))
        return None
    return {name: _taken_as(kind) for name, kind, *_ in found}


def plain_sql(sql: str) -> str:
    """Without the semicolon that people end a statement with."""
    return sql.strip().rstrip(";").rstrip()


def _may_not(db: duckdb.DuckDBPyConnection, sql: str) -> str:
    """What the SQL does that a metric must not; empty where it is fine."""
    found = _OF_THE_MOMENT.search(re.sub(r"'(?:[^']|'')*'|--[^\n]*", "", sql))
    if found:
        return (
            f"`{found.group(1)}` gives something else each time. A metric gives the same for the same data: set `day`, "
            "and ask with --from and --to."
        )
    tree = json.loads(db.execute("SELECT json_serialize_sql(?)", [sql]).fetchall()[0][0])
    for name in _table_functions(tree):
        if name not in _GENERATORS:
            return f"`{name}` is not allowed: a metric reads canonical tables only."
    return ""


def _table_functions(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if node.get("type") == "TABLE_FUNCTION":
            yield str((node.get("function") or {}).get("function_name", "")).lower()
        for child in node.values():
            yield from _table_functions(child)
    elif isinstance(node, list):
        for child in node:
            yield from _table_functions(child)


def _taken_as(kind: str) -> str:
    """The type that a column is read as; empty where it cannot be used."""
    if kind in _INTEGERS:
        return "BIGINT"
    if kind in _HUGE:
        return "DECIMAL(38, 0)"
    if kind.startswith("TIMESTAMP"):
        return "TIMESTAMP"
    return kind if kind in ("VARCHAR", "BOOLEAN", "DATE") or kind.startswith("DECIMAL(") else ""


def _of_error(db: duckdb.DuckDBPyConnection, each: Written, error: duckdb.Error) -> Mistake:
    import duckdb

    text = str(error)
    column, table = _MISSING_COLUMN.search(text), _MISSING_TABLE.search(text)
    if isinstance(error, duckdb.PermissionException) or "disabled by configuration" in text:
        problem = "it reads a file or the network. A metric reads canonical tables only."
    elif column:
        problem = f"there is no column `{column[1]}`.{nearest(column[1], _known_columns(db, each.definition.sql))}"
    elif table:
        name = table[1].strip('"')
        problem = f"there is no table `{name}`.{nearest(name, TABLES)}"
    else:
        problem = text.split("\n", 1)[0].partition(": ")[2].strip() or text.split("\n", 1)[0]
        problem = problem if problem.endswith((".", "!", "?")) else f"{problem}."
    return Mistake(each.part.document.path, _place(each, text), f"{each.id}.sql: {problem}")


def _known_columns(db: duckdb.DuckDBPyConnection, sql: str) -> set[str]:
    """Columns of the tables that the SQL names."""
    words = set(re.findall(r"\w+", sql.lower()))
    return {column for name in TABLES if name in words for column in columns_of(TABLES[name])}


def _place(each: Written, text: str) -> Place:
    """The place in the file that DuckDB means; that of the SQL where it does not say, or its line is not found."""
    begin = each.part.place(("sql",))
    found = _WHERE.search(text)
    if not found:
        return begin
    shown, caret = found.group(2), len(found.group(3)) - len(f"LINE {found.group(1)}: ")
    if shown.startswith(_CUT):
        shown, caret = shown.removeprefix(_CUT), caret - len(_CUT)
    shown = shown.removesuffix(_CUT)
    lines = each.part.document.path.read_text(encoding="utf-8", errors="replace").splitlines()
    for number in range(begin.line, len(lines) + 1):
        column = lines[number - 1].find(shown.strip())
        if shown.strip() and column >= 0:
            lead = len(shown) - len(shown.lstrip())
            return Place(number, column + 1 + max(caret - lead, 0))
    return begin


def _problems(each: Written, columns: Columns) -> Iterator[Mistake]:
    """What does not fit between the definition and the columns of its SQL."""
    it, part = each.definition, each.part

    def wrong(problem: str, *path: str | int) -> Iterator[Mistake]:
        if problem:
            yield part.mistake(f"{'.'.join((each.id, *map(str, path[:2])))}: {problem}", path)

    if it.day:
        yield from wrong(_missing(it.day, columns) or _no_moment(it.day, columns), "day")
    if it.record and it.record not in TABLES:
        yield from wrong(f"there is no table `{it.record}`.{nearest(it.record, TABLES)}", "record")
    for place, name in enumerate(it.dimensions):
        yield from wrong(_of_dimension(name, it.day, columns), "dimensions", place)
    for place, name in enumerate(it.by):
        if name not in it.dimensions:
            yield from wrong(f"`{name}` is not among its dimensions.{nearest(name, it.dimensions)}", "by", place)
    if not it.figures and (problem := _missing(each.id, columns) or _no_number(each.id, columns)):
        yield from wrong(f"without `figures` the column called as the metric is added up: {problem}")
    for name, figure in it.figures.items():
        yield from wrong(_of_figure(figure, it.figures, columns), "figures", name, figure.way)
        if figure.currency:
            yield from wrong(_missing(figure.currency, columns), "figures", name, "currency")
    if it.value and it.value not in (it.figures or (each.id,)):
        yield from wrong(f"there is no figure `{it.value}`.{nearest(it.value, it.figures)}", "value")


def _missing(column: str, columns: Columns) -> str:
    if column not in columns:
        return f"the SQL gives no column `{column}`.{nearest(column, columns)}"
    return "" if columns[column] else (
        f"`{column}` is neither exact nor a text. CAST it to DECIMAL(20, 6), or leave the division to `ratio`."
    )  # fmt: skip


def _of_figure(figure: Figure, figures: Mapping[str, Figure], columns: Columns) -> str:
    if figure.ratio:
        wrong = [name for name in figure.ratio if name not in figures or figures[name].ratio]
        return f"`{wrong[0]}` is no figure to take a ratio of.{nearest(wrong[0], figures)}" if wrong else ""
    return _missing(figure.column, columns) or (_no_number(figure.column, columns) if figure.sum else "")


def _no_moment(column: str, columns: Columns) -> str:
    return "" if columns[column] in ("DATE", "TIMESTAMP") else f"`{column}` is neither a day nor a moment."


def _no_number(column: str, columns: Columns) -> str:
    fits = columns[column] == "BIGINT" or columns[column].startswith("DECIMAL")
    return "" if fits else f"`{column}` is no number, so it cannot be added up."


def _of_dimension(name: str, day: str | None, columns: Columns) -> str:
    if name in _MOMENTS:
        return "" if day else f"`{name}` needs `day`: which column is the day or moment?"
    if columns.get(name):
        return ""
    needed = _NEEDS.get(name)
    if needed is None:
        return f"the SQL gives no column `{name}`.{nearest(name, [*columns, *_NEEDS, *_MOMENTS])}"
    lacking = [column for column in needed if not columns.get(column)]
    return f"`{name}` follows from {' and '.join(needed)}; the SQL does not give {lacking[0]}." if lacking else ""


assert set(_NEEDS) <= set(DIMENSIONS), "every dimension that follows from columns exists"
