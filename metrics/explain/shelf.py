"""Tables that explanations in a row share: facts, and what they are in their own currencies. Making them costs most."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from metrics.engine import Engine, facts_sql
from metrics.explain.trace import RATE_MARK, Trace

if TYPE_CHECKING:
    from metrics.base import Request
    from metrics.compiled import Compiled


@dataclass
class Shelf:
    """What lies in the temporary tables of one database, as long as nothing else is computed there in between."""

    _facts: dict[str, tuple[Any, ...]] = field(default_factory=dict)
    _own: dict[tuple[Any, ...], str] = field(default_factory=dict)

    def facts(self, engine: Engine, request: Request, plan: Compiled, found: Trace) -> None:
        """Make the facts, under the name that the SQL of the trace gives them, unless they lie there."""
        sql = facts_sql(request, plan)
        key = (sql, *_asked(request))
        if self._facts.get(found.facts) != key:
            self._facts.pop(found.facts, None)
            engine.db.execute(f"CREATE OR REPLACE TEMP TABLE {found.facts} AS {sql}")
            self._facts[found.facts] = key

    def own(self, engine: Engine, request: Request, found: Trace) -> str:
        """A table of own amounts by record. Where several facts are of one record and day, only their currency and
        rate are told."""
        key = (found.own, found.identity, found.amounts, *_asked(request))
        if key not in self._own:
            table = engine.new_table()
            names = ", ".join(found.identity)
            amounts = "".join(f', CASE WHEN count(*) = 1 THEN min("{name}") END AS "{name}"' for name in found.amounts)
            engine.db.execute(
                f"CREATE TEMP TABLE {table} AS SELECT {names}{amounts}, "
                f"min(left_out) FILTER (WHERE left_out LIKE '{RATE_MARK}:%') AS mark "
                f"FROM ({found.own}) AS own GROUP BY {names}"
            )
            self._own[key] = table
        return self._own[key]

    def clear(self) -> None:
        """Make everything anew: numbers are computed in another way from now on."""
        self._facts.clear()
        self._own.clear()


def _asked(request: Request) -> tuple[Any, ...]:
    """What facts depend on beside their SQL."""
    inside = request.metric.facts_for(request.by).parameters
    return (request.start, request.end, *((p.name, str(request.parameters.get(p.name))) for p in inside))
