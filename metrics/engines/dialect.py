"""From DuckDB's SQL to another engine's, so that it means the same to the last digit.

What differs is said in rules: each turns one kind of expression into what has the same meaning there. Functions of the
hub (`hub_start`, `hub_divided_10` ...) stay calls of functions that the engine is told before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sqlglot import exp

Rules = Mapping[type, Callable[[Any], Any]]
Columns = Callable[[str], Sequence[str]]
"""The columns of a table, by its name."""
READ = "duckdb"


def translated(sql: str, write: str, rules: Rules, columns: Columns) -> str:
    """A statement in another dialect, by the rules of the engine."""
    import sqlglot

    tree = sqlglot.parse_one(sql, read=READ)
    for node in list(tree.walk(bfs=False))[::-1]:  # what is inside comes first, since a rule may move it
        rule = rules.get(type(node))
        if rule:
            made = rule(node)
            if made is not node:
                node.replace(made)
    _spell_out(tree, columns)
    return tree.sql(dialect=write)


def outermost(aggregate: Any) -> Any:
    """The whole of an aggregate: with its FILTER and its OVER, where it has them."""
    from sqlglot import exp

    whole = aggregate
    while isinstance(whole.parent, exp.Filter | exp.Window) and whole.parent.this is whole:
        whole = whole.parent
    return whole


def called(name: str, *arguments: Any) -> Any:
    """A call of a function, in the words of the engine."""
    from sqlglot import exp

    return exp.Anonymous(this=name, expressions=list(arguments))


def as_type(value: Any, kind: str) -> Any:
    """A value cast to one of DuckDB's types."""
    from sqlglot import exp

    return exp.cast(value, kind, dialect=READ)


def _spell_out(tree: Any, columns: Columns) -> None:
    """All columns but some, which not every engine can say, as the columns that are left."""
    from sqlglot import exp

    for select in list(tree.find_all(exp.Select)):
        told = select.expressions
        if any(_left_out(each) for each in told):
            select.set("expressions", [made for each in told for made in _each(select, each, columns)])


def _each(select: exp.Select, projection: Any, columns: Columns) -> Iterator[Any]:
    from sqlglot import exp

    without = _left_out(projection)
    if not without:
        yield projection
        return
    for alias, source in _sources(select, projection):
        for name in _names(source, columns):
            if name not in without:
                yield exp.column(name, table=alias, quoted=True)


def _left_out(projection: Any) -> set[str]:
    star = projection.this if projection.key == "column" else projection
    return {each.name for each in star.args.get("except_") or ()} if star.key == "star" else set()


def _sources(select: exp.Select, projection: Any) -> Iterator[tuple[str, Any]]:
    """What a star stands for: the sources of the statement, or that which it names."""
    tables = [select.args["from_"].this, *(join.this for join in select.args.get("joins") or ())]
    wanted = projection.args.get("table")
    for source in tables:
        if not wanted or source.alias_or_name == wanted.name:
            yield source.alias_or_name, source


def _names(source: Any, columns: Columns) -> list[str]:
    """The columns of a table, a subquery or a statement."""
    from sqlglot import exp

    if isinstance(source, exp.Subquery):
        return _names(source.this, columns)
    if isinstance(source, exp.Table):
        common = _common(source)
        return _names(common, columns) if common else list(columns(source.name))
    if isinstance(source, exp.SetOperation):
        return _names(source.left, columns)
    found: list[str] = []
    for projection in source.expressions:
        if projection.is_star:
            without = _left_out(projection)
            for _, inner in _sources(source, projection):
                found += [name for name in _names(inner, columns) if name not in without]
        else:
            found.append(projection.alias_or_name)
    return found


def _common(table: Any) -> Any:
    """The statement behind a name that WITH gives; None where it is a table's own."""
    place = table
    while place is not None:
        with_ = place.args.get("with_")
        for each in with_.expressions if with_ else ():
            if each.alias == table.name:
                return each.this
        place = place.parent
    return None


def doubtful(sql: str) -> str:
    """What a statement that somebody wrote does that not all engines are known to do alike; empty where it is nothing.

    `sql` is that of a part: a list of casts around the statement."""
    import sqlglot
    from sqlglot import exp

    written = sqlglot.parse_one(sql, read=READ).find(exp.From)
    assert written is not None, "a part of an own metric selects from its SQL"
    for node in written.walk():
        if isinstance(node, exp.Cast):
            if not node.is_type("decimal", "date"):
                return f"CAST AS {node.to.sql(READ)}"
        elif not isinstance(node, _known_alike()):
            if isinstance(node, exp.Anonymous):
                return node.name.lower()
            return node.sql_name().lower() if isinstance(node, exp.Func) else type(node).__name__.upper()
    return ""


@cache
def _known_alike() -> tuple[type, ...]:
    from sqlglot import exp

    return (
        exp.From, exp.Subquery, exp.Select, exp.Alias, exp.Column, exp.Identifier, exp.Table, exp.TableAlias, exp.Star,
        exp.Where, exp.Group, exp.Having, exp.Join, exp.With, exp.CTE, exp.Union, exp.Distinct, exp.Paren, exp.Tuple,
        exp.Literal, exp.Null, exp.Boolean, exp.DataType, exp.DataTypeParam, exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ,
        exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between, exp.Add, exp.Sub, exp.Mul, exp.Neg, exp.Case,
        exp.If, exp.Coalesce, exp.Sum, exp.Count, exp.Min, exp.Max, exp.Filter, exp.Exists,
    )  # fmt: skip
