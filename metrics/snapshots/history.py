"""How a number was known over time, as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hub.store.snapshots import Snapshot
from metrics import text
from metrics.base import Request

_NUMBER = 16


def lines(request: Request, snapshots: Sequence[Snapshot], unit: str) -> list[str]:
    """The snapshots of one request, the newest first, with what changed between them."""
    if not snapshots:
        return [f"{request.metric.id} was never computed like this. `hub metrics show {request.metric.id}` keeps it."]
    rows = [["SNAPSHOT", "TAKEN AT (UTC)", f"VALUE {unit}", "CHANGE", "ROWS"]]
    for place, snapshot in enumerate(snapshots):
        before = snapshots[place + 1].value if place + 1 < len(snapshots) else None
        rows.append(
            [
                str(snapshot.id), f"{snapshot.taken_at:%Y-%m-%d %H:%M:%S}", _figure(snapshot.value),
                _change(snapshot.value, before), f"{snapshot.total_rows:,}",
            ]
        )  # fmt: skip
    return text.aligned(rows, (False, False, True, True, True))


def document(snapshots: Sequence[Snapshot]) -> list[dict[str, Any]]:
    """For JSON."""
    return [
        {"snapshot": s.id, "taken_at": s.taken_at.isoformat(), "metric": s.metric, "request": json.loads(s.request),
         "value": s.value, "rows": s.total_rows, "sequence": s.sequence}
        for s in snapshots
    ]  # fmt: skip


def _figure(value: str | None) -> str:
    number = _number(value)
    return text.NOTHING if value is None else text.figure(number, "money") if number is not None else value[:_NUMBER]


def _change(value: str | None, before: str | None) -> str:
    now, then = _number(value), _number(before)
    if now is None or then is None:
        return ""
    return f"{text.rounded(now - then, 2):+,}"


def _number(value: str | None) -> Decimal | None:
    try:
        return Decimal(value) if value is not None else None
    except ArithmeticError:
        return None
