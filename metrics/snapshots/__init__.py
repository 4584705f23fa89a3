"""Every computed value is kept, so that last month's report can be printed again as it was known then."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hub.errors import StoreError
from hub.store.snapshots import Snapshot, Snapshots
from metrics.base import Request
from metrics.report.tables import figure_of
from metrics.result import Aside, Column, Result, plain_text
from metrics.rows import Rows
from metrics.sources import Source

if TYPE_CHECKING:
    from hub.store.base import Store

log = logging.getLogger(__name__)

MOST_ROWS = 1000
"""Rows of one result that are kept; a report shows fewer."""


def key_of(question: Request | Result) -> str:
    """What was asked, as text that is the same for the same question."""
    given = {name: value for name, value in sorted(question.parameters.items()) if value is not None}
    asked = {
        "by": list(question.by),
        "from": plain_text(question.start),
        "to": plain_text(question.end),
        "parameters": {name: str(plain_text(value)) for name, value in given.items()},
        **({"only": question.only.document()} if question.only else {}),
    }
    return json.dumps(asked, sort_keys=True)


def keep(store: Store, results: Iterable[Result], sources: Sequence[Source]) -> None:
    """Keep results. One that cannot be written now is told to the log: numbers do not wait for it."""
    kept = Snapshots(store)
    told = [source.document() for source in sources]
    for result in results:
        try:
            kept.keep(snapshot_of(result, told))
        except StoreError as error:
            log.warning("the result of %s was not kept: %s", result.metric.id, error)
            return


def snapshot_of(result: Result, sources: Sequence[dict[str, Any]], taken_at: datetime | None = None) -> Snapshot:
    """A result as it is kept: exact values; of many rows the first, in the order of their keys."""
    value, is_figure = figure_of(result) if result.count <= MOST_ROWS else (None, False)
    body = {
        "as_of": result.as_of.isoformat(),
        "currency": result.currency,
        "time_zone": result.time_zone,
        "formula": result.metric.formula,
        "columns": [[column.name, column.title, column.unit, column.role] for column in result.columns],
        "rows": [[_packed(cell) for cell in row] for row in result.head(MOST_ROWS)],
        "counted": result.counted,
        "asides": [[a.kind, a.code, a.detail, a.text, a.rows, a.by_rule, a.counted] for a in result.asides],
    }
    text = json.dumps(body, ensure_ascii=False)
    return Snapshot(
        taken_at or datetime.now(UTC), result.metric.id, key_of(result), result.sequence or 0, result.count,
        str(plain_text(value)) if is_figure and value is not None else None,
        hashlib.sha256(text.encode()).hexdigest(),
        json.dumps({**body, "sources": list(sources)}, ensure_ascii=False),
    )  # fmt: skip


def result_of(snapshot: Snapshot, request: Request) -> Result:
    """The result as it was known then. `request` must be the one that the snapshot is of."""
    body = json.loads(snapshot.body)
    rows = [tuple(_unpacked(cell) for cell in row) for row in body["rows"]]
    return Result(
        request.metric, request.by, [Column(*column) for column in body["columns"]],
        Rows(len(rows), lambda limit: rows[:limit]), body["currency"], body["time_zone"],
        date.fromisoformat(body["as_of"]), request.start, request.end, dict(request.parameters), body["counted"],
        [Aside(*aside) for aside in body["asides"]], snapshot.sequence, request.only,
    )  # fmt: skip


def sources_then(snapshot: Snapshot) -> list[Source]:
    """The sources and how fresh they were."""
    return [
        Source(**{**each, "fresh_at": datetime.fromisoformat(each["fresh_at"]) if each["fresh_at"] else None})
        for each in json.loads(snapshot.body)["sources"]
    ]


def _packed(value: Any) -> Any:
    """Decimals and days keep what they are."""
    if isinstance(value, Decimal):
        return {"d": f"{value:f}"}
    return {"t": value.isoformat()} if isinstance(value, date) else value


def _unpacked(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return Decimal(value["d"]) if "d" in value else date.fromisoformat(value["t"])
