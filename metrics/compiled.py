"""From a metric to SQL text, and a cache of it: building expressions takes longer than running them."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from hub.errors import PluginError
from hub.sdk.metric import Facts, Metric, Scope, Table, together
from metrics.dimensions import DIMENSIONS, attached
from metrics.fingerprint import fingerprint
from metrics.scope import IbisScope, Part

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

T = TypeVar("T")
DIALECT = "duckdb"
SHIPPED = Path(__file__).with_name("compiled.json")


@dataclass(frozen=True)
class Compiled:
    """The SQL of one metric by one set of dimensions.

    facts_sql      the facts, in all their columns
    sql            the result, over a table named as the facts are; its rows are in no order
    columns        columns of the facts that `sql` and the coverage need
    keys, labels   columns of the result that name the group; the measures follow
    counting_sql   coverage: kind, left_out, assumed, how many
    parts          what the facts are made of, each behind those that it is made of itself
    """

    facts: str
    facts_sql: str
    sql: str
    counting_sql: str
    columns: tuple[str, ...]
    keys: tuple[str, ...]
    labels: tuple[str, ...]
    names: tuple[str, ...]
    parts: tuple[Part, ...] = ()


def compiled(metric: Metric, by: Sequence[str], *, converts: bool, cache_dir: Path | None = None) -> Compiled:
    """The SQL of a metric, from the cache where the definition has not changed."""
    key = key_of(metric, by, converts)
    path = cache_dir / f"{metric.id}-{key}.json" if cache_dir else None
    found = shipped().get(key) or (kept(path, Compiled) if path else None)
    if found:
        return found
    made = _compile(metric, by, converts)
    if path:
        keep(path, made)
    return made


def facts_table(facts: Facts) -> str:
    return f"facts_{facts.id}"


def _compile(metric: Metric, by: Sequence[str], converts: bool) -> Compiled:
    import ibis

    scope = IbisScope({p.name: p.kind for p in metric.parameters}, converts=converts)
    facts = metric.facts_for(by)
    try:
        schema, facts_sql, parts = facts_of(facts.build, tuple((p.name, p.kind) for p in facts.parameters), converts)
        statements = _statements(metric, facts, by, schema, scope)[:2]
        known = {part.table: columns for part, columns in scope.parts.items()}
        used = _used(facts_table(facts), schema, statements, known)
        narrow = ibis.schema({name: schema[name] for name in used})
        sql, counting_sql, keys, labels, names = _statements(metric, facts, by, narrow, scope)
        needed = tuple(dict.fromkeys((*parts, *scope.parts)))
        return Compiled(facts_table(facts), facts_sql, sql, counting_sql, used, keys, labels, names, needed)
    except (ibis.common.exceptions.IbisError, AttributeError, KeyError, TypeError) as error:
        raise PluginError(
            f"metric {metric.id} cannot be turned into SQL ({type(error).__name__}: {str(error)[:200]}).",
            fix="Report it to the metric's author.",
        ) from error


@cache
def facts_of(
    build: Callable[[Scope], Table], parameters: tuple[tuple[str, str], ...], converts: bool
) -> tuple[Any, str, tuple[Part, ...]]:
    """The columns and the SQL of facts, and the parts in it: built once for all metrics that share them."""
    scope = IbisScope(dict(parameters), converts=converts)
    rows = build(scope)
    return rows.schema(), sql_of(rows), tuple(scope.parts)


def _statements(metric: Metric, facts: Facts, by: Sequence[str], schema: Any, scope: Any) -> tuple[Any, ...]:
    """The two statements over facts of that shape: the result and the coverage; with the result's columns."""
    import ibis

    named = ibis.table(schema, name=facts_table(facts))
    result, keys, labels = _result(metric, by, _counted(metric, facts, named, scope), scope)
    return sql_of(result), sql_of(_counting(metric, facts, named, scope)), keys, labels, tuple(result.columns)


def _counted(metric: Metric, facts: Facts, named: Table, scope: Any) -> Table:
    """The facts that make the number."""
    return considered(metric, facts, named, scope).filter(lambda t: t.left_out.isnull())


def considered(metric: Metric, facts: Facts, named: Table, scope: Any) -> Table:
    """The facts that the metric is about, whether they count or not."""
    rows = _in_period(facts, named, scope)
    if metric.kinds:
        rows = rows.filter(rows.kind.isin(metric.kinds))
    if metric.leaves_out:
        rows = rows.mutate(left_out=rows.left_out.coalesce(metric.leaves_out(scope, rows)))
    return rows


def _in_period(facts: Facts, named: Table, scope: Any) -> Table:
    """Rows without a day stay: they are left out for that, and told."""
    if not facts.dated:
        return named
    after = scope.start.isnull() | named.day.isnull() | (named.day >= scope.start)
    before = scope.end.isnull() | named.day.isnull() | (named.day <= scope.end)
    return named.filter(after & before)


def _result(
    metric: Metric, by: Sequence[str], counted: Table, scope: Any
) -> tuple[Table, tuple[str, ...], tuple[str, ...]]:
    dimensions = [DIMENSIONS[name] for name in by]
    for dimension in [DIMENSIONS[name] for name in dict.fromkeys((*by, *metric.attaches, *metric.within))]:
        counted = attached(dimension, scope, counted)
    keys = tuple(dict.fromkeys(key for dimension in dimensions for key in dimension.keys))
    measures = dict(metric.measures(scope, counted))
    fine = tuple(dict.fromkeys((*keys, *(key for name in metric.within for key in DIMENSIONS[name].keys))))
    groups = together(counted, fine, **measures)
    groups = metric.gather(scope, groups, keys) if metric.gather else groups
    groups = metric.finish(scope, groups) if metric.finish else groups
    figures = [name for name in groups.columns if name not in keys]
    labels: list[str] = []
    for dimension in dimensions:
        groups = dimension.label(scope, groups) if dimension.label else groups
        labels += dimension.labels
    result = groups.select(*keys, *labels, *figures)
    return result, keys, tuple(labels)


def _counting(metric: Metric, facts: Facts, named: Table, scope: Any) -> Table:
    rows = considered(metric, facts, named, scope)
    return rows.group_by("kind", "left_out", "assumed").aggregate(rows=rows.count())


def _used(table: str, schema: Any, statements: Iterable[str], known: Mapping[str, Any]) -> tuple[str, ...]:
    """The columns of the facts that any of the statements needs: only those are computed and kept. `known`: the columns
    of further tables."""
    import sqlglot
    from sqlglot import exp
    from sqlglot.optimizer.pushdown_projections import pushdown_projections
    from sqlglot.optimizer.qualify import qualify

    shapes = {**known, table: schema}
    columns: dict[str, object] = {t: {name: str(kind) for name, kind in each.items()} for t, each in shapes.items()}
    used: set[str] = set()
    for statement in statements:
        tree = sqlglot.parse_one(statement, read=DIALECT)
        tree = pushdown_projections(qualify(tree, schema=columns, dialect=DIALECT, validate_qualify_columns=False))
        for found in tree.find_all(exp.Table):
            if found.name == table and (select := found.find_ancestor(exp.Select)):
                used |= {column.name for column in select.find_all(exp.Column) if column.table == found.alias_or_name}
    return tuple(name for name in schema if name in used)


def sql_of(expression: Table) -> str:
    import ibis

    return str(ibis.to_sql(expression, dialect=DIALECT, pretty=False))


def key_of(metric: Metric, by: Sequence[str], converts: bool) -> str:
    """What the SQL depends on."""
    parts = (fingerprint(metric), metric.id, *by, converts, *(parameter.name for parameter in metric.parameters))
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:20]


@cache
def shipped() -> dict[str, Compiled]:
    """SQL that came with the hub, so that the first numbers need not wait: key -> what was compiled for it."""
    try:
        document = json.loads(SHIPPED.read_text(encoding="utf-8"), object_hook=_tuples)
        facts, parts = document["facts"], {number: Part(**part) for number, part in document["parts"].items()}
        return {
            key: Compiled(
                **{**entry, "facts_sql": facts[entry["facts_sql"]], "parts": tuple(parts[n] for n in entry["parts"])}
            )
            for key, entry in document["statements"].items()
        }
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def ship(entries: dict[str, Compiled]) -> str:
    """The text of the file that `shipped` reads; facts and parts that several share stand in it once."""
    texts = sorted({entry.facts_sql for entry in entries.values()})
    numbers = {text: str(number) for number, text in enumerate(texts)}
    shared = sorted(
        {part for entry in entries.values() for part in entry.parts}, key=lambda part: (part.name, part.sql)
    )
    places = {part: str(number) for number, part in enumerate(shared)}
    statements = {
        key: {**asdict(entry), "facts_sql": numbers[entry.facts_sql], "parts": [places[part] for part in entry.parts]}
        for key, entry in sorted(entries.items())
    }
    facts = {number: text for text, number in numbers.items()}
    parts = {number: asdict(part) for part, number in places.items()}
    return json.dumps({"facts": facts, "parts": parts, "statements": statements}, indent=0) + "\n"


def kept(path: Path, of_type: Callable[..., T]) -> T | None:
    """What `keep` wrote; None where it is not there or cannot be read."""
    try:
        values = json.loads(path.read_text(encoding="utf-8"), object_hook=_tuples)
        if "parts" in values:
            values["parts"] = tuple(Part(**part) for part in values["parts"])
        return of_type(**values)
    except (OSError, ValueError, TypeError):
        return None


def _tuples(values: dict[str, Any]) -> dict[str, Any]:
    return {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}


def keep(path: Path, made: DataclassInstance) -> None:
    """A cache that cannot be written is no cache; the metric is there all the same."""
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary.write_text(json.dumps(asdict(made)), encoding="utf-8")
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
