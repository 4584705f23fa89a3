"""Makes the translations that ship with the hub, out of the SQL that does: a part of `python -m metrics.precompile`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version

from metrics.compiled import Compiled
from metrics.engines import postgres_dialect
from metrics.engines.away import SET_UP
from metrics.engines.shipped_sql import key_of, rules_of, shipped_file

SHIPPED = shipped_file(postgres_dialect)


def ship(entries: Iterable[Compiled]) -> str:
    """The text of the file that `metrics.engines.shipped_sql` reads."""
    made = {key_of(sql): translated(sql) for sql in statements(entries)}
    return json.dumps({**made_by(), "statements": dict(sorted(made.items()))}, indent=0) + "\n"


def translated(sql: str) -> str:
    return postgres_dialect.to_postgres(sql, _no_columns)


def made_by() -> dict[str, str]:
    """What tells when translations are to be made anew, beside the statements."""
    return {"parser": f"sqlglot {version('sqlglot')}", "rules": rules_of(postgres_dialect)}


def statements(entries: Iterable[Compiled]) -> Iterator[str]:
    """All that PostgreSQL is asked for these metrics, and before the first of them; each once."""
    told = dict.fromkeys(SET_UP)
    for plan in entries:
        told |= dict.fromkeys((*(part.sql for part in plan.parts), plan.facts_sql, plan.sql, plan.counting_sql))
    yield from told


def _no_columns(table: str) -> Sequence[str]:
    raise AssertionError(f"a shipped statement leaves out columns of {table}; list those that it wants instead")
