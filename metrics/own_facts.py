"""An own metric as the engine knows metrics: its SQL is a part, its rows are facts, its figures are measures."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from hub.sdk.metric import Dimension, Facts, Metric, Output, Reason, Scope, Table, Value, ratio
from hub.settings.own_metrics import Figure
from metrics.dimensions import DIMENSIONS
from metrics.order_facts import REASONS
from metrics.own_check import Checked, Columns, plain_sql
from metrics.scope import Part

if TYPE_CHECKING:
    from metrics.own import Written
    from metrics.scope import IbisScope

_IBIS_TYPES = {"VARCHAR": "string", "BIGINT": "int64", "TIMESTAMP": "timestamp(6)"}
_REASONS = {
    "no_date": Reason("no day"),
    "no_rate": REASONS["no_rate"],
    "no_currency": REASONS["no_currency"],
}
_AMOUNT = "converted_{}"


def metric_of(written: Written, checked: Checked) -> Metric:
    """The metric, of SQL that was checked."""
    it, columns = written.definition, checked.columns
    figures = dict(it.figures) or {written.id: Figure(title=it.title, unit=it.unit, sum=written.id)}
    value = it.value or next(iter(figures))
    for name in it.dimensions:
        DIMENSIONS.setdefault(name, Dimension(name, name.replace("_", " ").capitalize(), (name,)))
    facts = Facts(
        f"own_{written.id}", f"rows of {written.id}", partial(_build, written, columns, figures), tuple(it.dimensions),
        _REASONS, dated=it.day is not None,
    )  # fmt: skip
    return Metric(
        id=written.id,
        title=it.title,
        family=it.family,
        unit=it.unit or figures[value].unit or "number",
        grain=it.grain,
        formula=f"{_ended(it.formula)} Reads {', '.join(checked.tables)}. SQL: {' '.join(plain_sql(it.sql).split())}",
        source=it.source,
        exclusions=it.exclusions,
        undefined_when=it.undefined_when,
        facts=(facts,),
        measures=partial(_measures, figures),
        outputs=tuple(_output(name, figure) for name, figure in figures.items()),
        value=value,
        by=tuple(it.by),
        definition=repr((it, columns)),
    )


def _ended(text: str) -> str:
    return f"{text.strip().removesuffix('.')}."


def _output(name: str, figure: Figure) -> Output:
    title = figure.title or name.replace("_", " ").capitalize()
    if figure.ratio is None:
        return Output(name, title, figure.unit or "number", figure.digits)
    above, below = figure.ratio
    digits = 6 if figure.digits is None else figure.digits
    return Output(name, title, figure.unit or "share", digits, lambda m: ratio(m[above], m[below]))


def _build(written: Written, columns: Columns, figures: Mapping[str, Figure], scope: Scope) -> Table:
    """The rows of the SQL, with what every fact has, and amounts in the reporting currency."""
    import ibis

    it = written.definition
    usable = {name: kind for name, kind in columns.items() if kind}
    listed = ", ".join(f'CAST("{name}" AS {kind}) AS "{name}"' for name, kind in usable.items())
    part = Part(f"own_{written.id}", f"SELECT {listed} FROM ({plain_sql(it.sql)}\n) AS own")
    shape = {name: _IBIS_TYPES.get(kind, kind.lower()) for name, kind in usable.items()}
    rows = cast("IbisScope", scope).written(part, shape)
    nothing = ibis.null("string")
    absent = {name: nothing for name in ("source", "source_id", "sku") if name not in usable}
    rows = rows.mutate(
        **absent,
        kind=ibis.literal(it.record or "row"),
        entity=ibis.literal(it.record or ""),
        day=_day(scope, rows, it.day, usable),
        left_out=nothing,
        assumed=nothing,
    )
    if it.day:
        rows = rows.mutate(left_out=ibis.ifelse(rows.day.isnull(), "no_date", nothing))
    for name, figure in figures.items():
        rows = _converted(scope, rows, name, figure, has_day=bool(it.day)) if figure.currency else rows
    return rows


def _day(scope: Scope, rows: Table, column: str | None, columns: Columns) -> Value:
    import ibis

    if column is None:
        return ibis.null("date")
    return scope.local_day(rows[column]) if columns[column] == "TIMESTAMP" else rows[column]


def _converted(scope: Scope, rows: Table, name: str, figure: Figure, *, has_day: bool) -> Table:
    """Adds the figure's amount in the reporting currency, at the rate of the row's day, or of the day looked back from.

    A row whose amount cannot be converted is left out as a whole, so that figures stay comparable."""
    kept = rows.columns
    rated = scope.with_rate(rows, rows[figure.currency], rows.day if has_day else scope.as_of)
    amount = scope.converted(rated, rated[figure.sum].cast("decimal(38, 12)"))
    rated = rated.mutate(
        **{_AMOUNT.format(name): amount},
        left_out=rated.left_out.coalesce(scope.rate_problem(rated)),
        assumed=rated.assumed.coalesce(scope.currency_assumed(rated)),
    )
    return rated.select(*kept, _AMOUNT.format(name))


def _measures(figures: Mapping[str, Figure], _: Scope, facts: Table) -> Mapping[str, Value]:
    return {name: _measure(name, figure, facts) for name, figure in figures.items() if figure.ratio is None}


def _measure(name: str, figure: Figure, facts: Table) -> Any:
    column = facts[_AMOUNT.format(name) if figure.currency else figure.column]
    taken = {
        "sum": lambda: column.sum().fill_null(0),
        "count": column.count,
        "distinct": column.nunique,
        "min": column.min,
        "max": column.max,
    }
    return taken[figure.way]()
