"""Tables that explanations in a row share: facts, and what they are in their own currencies. Making them costs most."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from metrics.engine import Engine, facts_sql
from metrics.explain.trace import RATE_MARK, ROW, Trace

if TYPE_CHECKING:
    from metrics.base import Request
    from metrics.compiled import Compiled

_OF_PERIOD = ("hub_start", "hub_end", "hub_as_of")


@dataclass
class Shelf:
    """What lies in the temporary tables of one database, as long as nothing else is computed there in between."""

    _facts: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    _tables: dict[str, str] = field(default_factory=dict)
    _own: dict[tuple[Any, ...], str] = field(default_factory=dict)

    def facts(
        self, engine: Engine, request: Request, plan: Compiled, found: Trace, columns: Iterable[str] | None = None
    ) -> None:
        """Make the facts, under the name that the SQL of the trace gives them, unless they lie there: each with its
        number. `columns`: those that are looked at, where it is not all; the others are empty."""
        needed = {*found.identity, "left_out", "assumed", *(found.columns if columns is None else columns)}
        names = [name for name in found.columns if name in needed]
        key = (tuple(names), made_of(request, plan))
        if self._facts.get(found.facts) == key:
            return
        self._drop(engine, found.facts)
        table = engine.new_table()
        listed = ", ".join(f'"{name}"' for name in names)
        engine.db.execute(f"CREATE TEMP TABLE {table} AS SELECT {listed} FROM ({facts_sql(request, plan)}) AS facts")
        shown = ", ".join(f'"{name}"' if name in needed else f'NULL AS "{name}"' for name in found.columns)
        engine.db.execute(f"CREATE OR REPLACE TEMP VIEW {found.facts} AS SELECT {shown}, rowid AS {ROW} FROM {table}")
        self._facts[found.facts], self._tables[found.facts] = key, table

    def _drop(self, engine: Engine, facts: str) -> None:
        """Forget the facts of that name, and what they are in their own currencies."""
        if facts in self._tables:
            engine.db.execute(f"DROP VIEW IF EXISTS {facts}")
            engine.db.execute(f"DROP TABLE IF EXISTS {self._tables.pop(facts)}")
        self._facts.pop(facts, None)
        for key in [key for key in self._own if key[0] == facts]:
            engine.db.execute(f"DROP TABLE IF EXISTS {self._own.pop(key)}")

    def own(self, engine: Engine, request: Request, found: Trace) -> str:
        """A table of the facts that lie there and were converted, by their number: their own amounts, and the rate.
        Where several facts are of one record and day, only their currency and rate are told."""
        key = (found.facts, found.own, found.identity, found.amounts, *_asked(request, found.own))
        if key not in self._own:
            table = engine.new_table()
            names = ", ".join(found.identity)
            own = "".join(f', CASE WHEN count(*) = 1 THEN min("{name}") END AS "{name}"' for name in found.amounts)
            same = " AND ".join(f'o."{name}" IS NOT DISTINCT FROM f."{name}"' for name in found.identity)
            amounts = "".join(f', o."{name}" AS own_{name}' for name in found.amounts)
            engine.db.execute(
                f"CREATE TEMP TABLE {table} AS SELECT f.{ROW}, o.mark{amounts} FROM {found.facts} AS f JOIN ("
                f"SELECT {names}{own}, min(left_out) AS mark FROM ({found.own}) AS own "
                f"WHERE left_out LIKE '{RATE_MARK}:%' GROUP BY {names}) AS o ON {same}"
            )
            self._own[key] = table
        return self._own[key]

    def clear(self, engine: Engine) -> None:
        """Make everything anew: numbers are computed in another way from now on."""
        for facts in list(self._tables):
            self._drop(engine, facts)


def made_of(request: Request, plan: Compiled) -> tuple[Any, ...]:
    """What facts follow from: those of questions with the same are the same."""
    sql = facts_sql(request, plan)
    return (sql, *_asked(request, sql))


def _asked(request: Request, sql: str) -> tuple[Any, ...]:
    """What facts depend on beside their SQL. Most are the same whatever the period: records are picked from them."""
    inside = request.metric.facts_for(request.by).parameters
    parameters = ((p.name, str(request.parameters.get(p.name))) for p in inside)
    period = (request.start, request.end) if any(word in sql.lower() for word in _OF_PERIOD) else ()
    return (*period, *parameters)
