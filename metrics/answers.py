"""Results that were computed for the present state of the data, kept beside the replica: asked again, they are there.

A result follows from its SQL, what the question says, the state of the tables that the SQL names, the settings and the
day. What also follows from something else, as the health of sources does, is never kept. Who brings the replica to a
new state removes those that do not hold any more (`metrics.replica.kept`).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from metrics import duck
from metrics.base import Request
from metrics.compiled import Compiled
from metrics.replica.kept import State
from metrics.trust_facts import OF_RUNS

if TYPE_CHECKING:
    import duckdb

log = logging.getLogger(__name__)

Counting = Sequence[tuple[Any, ...]]
"""Coverage as it was counted: kind, left_out, assumed, rows."""


@dataclass(frozen=True)
class Answer:
    """What is kept of a result: its coverage, what was learnt for it, and a query for its rows, if it has any."""

    counting: list[tuple[Any, ...]]
    fitted: dict[str, Any]
    rows: str | None


@dataclass(frozen=True)
class Answers:
    """The results of one state and day; none where there is no folder."""

    folder: Path | None
    state: State
    today: date

    def key(self, request: Request, plan: Compiled, variant: str) -> str | None:
        """What tells the question from all others; None where its answer is not kept."""
        if self.folder is None or any(table in plan.facts_sql for table in OF_RUNS):
            return None
        asked = (
            request.metric.id, request.by, request.start, request.end, sorted(request.parameters.items()),
            sorted(request.only.document().items()),
        )  # fmt: skip
        limit = request.only.condition() if request.only else ""
        texts = (plan.facts_sql, limit, plan.sql, plan.counting_sql, *(part.sql for part in plan.parts))
        follows = (self.state.rest, self.today, variant, asked, texts, plan.parts, plan.columns)
        return f"{self.state.stamp(texts)}-{hashlib.sha256(repr(follows).encode()).hexdigest()[:32]}"

    def beside(self, key: str | None, what: str) -> Path | None:
        """A file for what else follows from a question and all tables; None where none is kept."""
        if key is None or self.folder is None:
            return None
        _, _, question = key.partition("-")
        return self.folder / f"answer-{self.state.whole}-{question}-{what}.json"

    def find(self, key: str | None) -> Answer | None:
        if key is None or self.folder is None:
            return None
        try:
            kept = json.loads((self.folder / f"answer-{key}.json").read_text(encoding="utf-8"))
            fitted = {name: Decimal(value) for name, value in kept["fitted"].items()}
            file = self.folder / kept["rows"] if kept["rows"] else None
            if file and not file.exists():
                return None
            rows = duck.read_parquet(file, kept["huge"]) if file else None
            return Answer([tuple(row) for row in kept["counting"]], fitted, rows)
        except (OSError, ValueError, KeyError, TypeError, ArithmeticError):
            return None

    def keep(
        self, db: duckdb.DuckDBPyConnection, key: str | None, counting: Counting, fitted: dict[str, Any],
        rows: str | None,
    ) -> None:  # fmt: skip
        """Keep a result; `rows` is a query for them. One that cannot be kept is computed again."""
        import duckdb

        if key is None or self.folder is None:
            return
        file = self.folder / f"answer-{key}.parquet" if rows else None
        told: dict[str, Any] = {
            "counting": [list(row) for row in counting],
            "fitted": {name: f"{value:f}" for name, value in fitted.items()},
            "rows": file.name if file else None,
        }
        try:
            if file and rows:
                with _whole(file) as temporary:
                    told["huge"] = duck.write_parquet(db, rows, temporary)
            with _whole(self.folder / f"answer-{key}.json") as temporary:
                temporary.write_text(json.dumps(told), encoding="utf-8")
        except (OSError, duckdb.IOException) as error:
            log.debug("a result is not kept: %s", error)


@contextlib.contextmanager
def _whole(path: Path) -> Any:
    """A file that is there as a whole or not at all."""
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        yield temporary
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
