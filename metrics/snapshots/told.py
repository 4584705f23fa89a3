"""A restatement in words, and as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.sdk.metric import Output
from hub.store.snapshots import Snapshot
from metrics import text
from metrics.result import plain_text
from metrics.snapshots.bridge import Bridge

_TOUCHED_SHOWN = 6


@dataclass(frozen=True)
class Restated:
    """What was known at a moment, and how it got to what is known now.

    bridge     None where the value is no sum of records
    has_basis  whether the records of then are kept, so that the bridge has its reasons
    figures    output, then, now: of the row that is meant
    counted    kind of records -> how many counted then, and now
    touched    what was changed since: `orders of erp` -> records; None where that is no longer known
    """

    snapshot: Snapshot
    unit: str
    bridge: Bridge | None
    has_basis: bool
    figures: tuple[tuple[Output, Any, Any], ...] = ()
    counted: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    touched: Mapping[str, int] | None = None

    def lines(self) -> list[str]:
        """As text."""
        told = [f"Known at {self.snapshot.taken_at:%Y-%m-%d %H:%M} UTC (snapshot {self.snapshot.id})"]
        if self.bridge is not None:
            told += self._bridge(self.bridge)
        if self.bridge is None or len(self.figures) > 1:
            told += self._figures()
        return [*told, *self._reasons()]

    def _bridge(self, bridge: Bridge) -> list[str]:
        rows = [["then", "", text.figure(bridge.then, "money")]]
        rows += [
            [
                move.value,
                f"{count:,} record{'s' if count != 1 else ''}" if count else "",
                f"{text.rounded(amount, 2):+,}",
            ]
            for move, (count, amount) in bridge.parts.items()
        ]
        rows.append(["now", "", text.figure(bridge.now, "money")])
        told = text.bullets(text.aligned(rows, (False, True, True)))
        if not self.has_basis and bridge.difference:
            told.append("The records of then are not kept any more, so the change is told, but not explained.")
        return told

    def _figures(self) -> list[str]:
        """Every figure of then and of now: for a number that is no sum, what went into it."""
        if not self.figures:
            return ["This number is no sum of records, and its row of then is not kept."]
        rows = [["", "THEN", "NOW"]]
        rows += [[output.title, _shown(then, output), _shown(now, output)] for output, then, now in self.figures]
        return text.bullets(text.aligned(rows, (False, True, True)))

    def _reasons(self) -> list[str]:
        told = [
            f"{now - then:+,} {kind} records that count: {then:,} then, {now:,} now."
            for kind, (then, now) in self.counted.items()
            if then != now
        ]
        if self.touched is None:
            told.append("Which records were changed since is no longer known.")
        elif self.touched:
            most = sorted(self.touched.items(), key=lambda entry: (-entry[1], entry[0]))
            listed = ", ".join(f"{count:,} {what}" for what, count in most[:_TOUCHED_SHOWN])
            more = f" and {len(most) - _TOUCHED_SHOWN} more" if len(most) > _TOUCHED_SHOWN else ""
            told.append(f"Changed since: {listed}{more}.")
        else:
            told.append("No record was changed since.")
        return told

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "snapshot": self.snapshot.id,
            "taken_at": self.snapshot.taken_at.isoformat(),
            "unit": self.unit,
            "explained": self.has_basis,
            "bridge": self.bridge.document() if self.bridge else None,
            "figures": {o.name: {"then": plain_text(then), "now": plain_text(now)} for o, then, now in self.figures},
            "counted": {kind: {"then": then, "now": now} for kind, (then, now) in self.counted.items()},
            "touched": dict(self.touched) if self.touched is not None else None,
        }


def _shown(value: Any, output: Output) -> str:
    return text.figure(value, output.unit, digits=4)
