"""The facts behind a number as single records: with their dimensions, and with their amounts before conversion."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from hub.sdk.metric import Metric, Scope, Table, Value
from metrics.compiled import Compiled, considered, facts_of, facts_table, keep, kept, key_of, sql_of
from metrics.dimensions import DIMENSIONS, attached
from metrics.scope import CONVERTED_TYPE, CURRENCY_COLUMN, NET, RATE_COLUMN, IbisScope

IDENTITY = ("kind", "entity", "source", "source_id", "day")
"""Columns that name a record among the facts, as far as they are there."""
SHIPPED = Path(__file__).with_name("traced.json")
ROW = "hub_row"
"""A column of the facts that are taken apart: which of them it is, for one making of them."""
RATE_MARK = "converted"
"""How `left_out` begins where the facts tell of a conversion instead."""


class OwnAmounts(IbisScope):
    """Leaves amounts in their own currency, and tells in `left_out` which rate would convert them.

    Facts put the want of a rate last among their reasons, so that a record that counts shows the mark.
    """

    def shared(self, name: str, build: Callable[[Scope], Table], *, converts: bool = False) -> Table:
        return build(self) if converts else super().shared(name, build)

    def converted(self, table: Table, amount: Value) -> Value:
        return amount.cast(NET)

    def converted_net(self, table: Table, amount: Value) -> Value:
        return amount.cast(NET)

    @property
    def no_amount(self) -> Value:
        import ibis

        return ibis.null(NET)

    def rate_problem(self, table: Table) -> Value:
        import ibis

        mark = ibis.literal(f"{RATE_MARK}:") + table[CURRENCY_COLUMN] + ":" + table[RATE_COLUMN].cast("string")
        return ibis.ifelse(self.is_own(table), ibis.null("string"), mark)


@dataclass(frozen=True)
class Trace:
    """The SQL of one metric's records, over a table with its facts.

    facts    what that table is called
    rows     every record that the metric is about, whether it counts or not, with the key columns of the dimensions and
             its number among the facts (`ROW`)
    own      the facts in their own currencies; empty where nothing is converted
    amounts  columns that are converted
    """

    facts: str
    rows: str
    own: str
    amounts: tuple[str, ...]
    columns: tuple[str, ...]
    keys: tuple[str, ...]

    def over(self, plan: Compiled, sql: str) -> str:
        """SQL of a plan, which finds the facts in this table."""
        return f"WITH {plan.facts} AS NOT MATERIALIZED (SELECT * FROM {self.facts}) SELECT * FROM ({sql}) AS result"

    @property
    def identity(self) -> tuple[str, ...]:
        return tuple(name for name in IDENTITY if name in self.columns)


def trace(metric: Metric, by: Sequence[str], *, converts: bool, cache_dir: Path | None = None) -> Trace:
    """How the records of a metric are found, from the cache where the definition has not changed."""
    key = trace_key(metric, by, converts)
    path = cache_dir / f"trace-{key}.json" if cache_dir else None
    found = shipped().get(key) or (kept(path, Trace) if path else None)
    if found is None:
        found = _traced(metric, by, converts)
        if path:
            keep(path, found)
    return found


def trace_key(metric: Metric, by: Sequence[str], converts: bool) -> str:
    """What the SQL depends on, and how we make it."""
    return f"{key_of(metric, by, converts)}-{ROW}"


def _traced(metric: Metric, by: Sequence[str], converts: bool) -> Trace:
    import ibis

    facts = metric.facts_for(by)
    scope = IbisScope({p.name: p.kind for p in metric.parameters}, converts=converts)
    parameters = tuple((p.name, p.kind) for p in facts.parameters)
    schema, _, _ = facts_of(facts.build, parameters, converts)
    name = f"told_{facts_table(facts)}"
    numbered = ibis.table({**dict(schema.items()), ROW: "int64"}, name=name)
    rows = considered(metric, facts, numbered, scope)
    for dimension in (DIMENSIONS[name] for name in by):
        rows = attached(dimension, scope, rows)
    keys = tuple(dict.fromkeys(key for name in by for key in DIMENSIONS[name].keys))
    amounts = tuple(name for name, kind in schema.items() if kind == ibis.dtype(CONVERTED_TYPE)) if converts else ()
    own = _own(facts.build, parameters) if converts else ""
    return Trace(name, sql_of(rows), own, amounts, tuple(schema), keys)


@cache
def _own(build: Callable[[Scope], Table], parameters: tuple[tuple[str, str], ...]) -> str:
    """The facts in their own currencies: built once for all metrics that share them."""
    return sql_of(build(OwnAmounts(dict(parameters), converts=True)))


@cache
def shipped() -> dict[str, Trace]:
    """SQL that came with the hub: building it takes seconds."""
    try:
        document = json.loads(SHIPPED.read_text(encoding="utf-8"))
        texts = document["texts"]
        return {
            key: Trace(
                entry["facts"], texts[entry["rows"]], texts[entry["own"]], tuple(entry["amounts"]),
                tuple(entry["columns"]), tuple(entry["keys"]),
            )
            for key, entry in document["traces"].items()
        }  # fmt: skip
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def ship(entries: Mapping[str, Trace]) -> str:
    """The text of the file that `shipped` reads; SQL that several share stands in it once."""
    texts = sorted({text for entry in entries.values() for text in (entry.rows, entry.own)})
    numbers = {text: str(number) for number, text in enumerate(texts)}
    traces = {
        key: {**asdict(entry), "rows": numbers[entry.rows], "own": numbers[entry.own]}
        for key, entry in sorted(entries.items())
    }
    return json.dumps({"texts": {n: text for text, n in numbers.items()}, "traces": traces}, indent=0) + "\n"


def key_text(keys: Sequence[str], by: Sequence[str]) -> dict[str, str]:
    """SQL for the key of each dimension as a text that people write: `shop/4711`, `2024-03-01`."""
    texts = {}
    for name in by:
        parts = [f'CAST("{key}" AS VARCHAR)' for key in DIMENSIONS[name].keys if key in keys]
        texts[name] = parts[0] if len(parts) == 1 else f"concat_ws('/', {', '.join(parts)})"
    return texts


def figure_columns(columns: Sequence[str], used: Sequence[str], keys: Sequence[str]) -> list[str]:
    """Columns of a record that the metric looks at, beside those that say which record it is."""
    known = {*IDENTITY, "order_number", "left_out", "assumed", *keys}
    return [name for name in used if name in columns and name not in known]
