"""From what was known then to what is known now: what moved a number, in parts that add up exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, localcontext
from enum import StrEnum
from typing import Any

from hub.sdk.metric import EXACT, MONEY
from metrics.exact import exact

ZERO = Decimal(0)
_LAST_DIGIT = Decimal("0.000001")
"""Headlines that are no sum of what has few digits are rounded to so many, then and now."""


class Move(StrEnum):
    """Why a number was restated."""

    LATE = "late records"
    CHANGED = "changed"
    DELETED = "deleted"
    MERGED = "merged or split customers"
    RATES = "new rates"
    ROUNDING = "rounding"
    UNEXPLAINED = "unexplained"


@dataclass(frozen=True)
class Contribution:
    """What one record added: its value, its own amount with currency and rate, and the group it belonged to."""

    value: Decimal
    own: str | None = None
    currency: str | None = None
    inside: bool = True
    """Whether it belongs to the group that is looked at."""


@dataclass(frozen=True)
class Bridge:
    """Two values and what lies between. `parts`: move -> (records, amount); the amounts add up to now - then."""

    then: Decimal
    now: Decimal
    parts: dict[Move, tuple[int, Decimal]]

    def document(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "then": _shown(self.then),
            "now": _shown(self.now),
            "difference": _shown(self.difference),
            "parts": [
                {"part": move.value, "records": count, "amount": _shown(amount)}
                for move, (count, amount) in self.parts.items()
            ],
        }

    @property
    def difference(self) -> Decimal:
        with localcontext(EXACT):
            return self.now - self.then


def _shown(amount: Decimal) -> str:
    return f"{exact(amount, MONEY, None):f}"


def bridged(
    then: Decimal, now: Decimal, before: Mapping[Any, Contribution], after: Mapping[Any, Contribution],
    held: Mapping[Any, bool] | None = None,
) -> Bridge:  # fmt: skip
    """The bridge between two values. `before` and `after` hold every record that is inside at one of the two times,
    where it is known at the other time, too; `held` says whether a record that no longer counts is still held."""
    parts: dict[Move, tuple[int, Decimal]] = {}
    with localcontext(EXACT):
        for key in {**before, **after}:
            move, amount = _moved(before.get(key), after.get(key), is_held=bool(held and held.get(key)))
            if amount:
                count, so_far = parts.get(move, (0, ZERO))
                parts[move] = (count + 1, so_far + amount)
        rest = now - then - sum((amount for _, amount in parts.values()), ZERO)
    if rest:
        parts[Move.ROUNDING if abs(rest) <= _LAST_DIGIT else Move.UNEXPLAINED] = (0, rest)
    return Bridge(then, now, {move: parts[move] for move in Move if move in parts})


def _moved(before: Contribution | None, after: Contribution | None, *, is_held: bool) -> tuple[Move, Decimal]:
    """What one record did to the sum of its group, and why."""
    was = before.value if before and before.inside else ZERO
    is_now = after.value if after and after.inside else ZERO
    if before is None:
        return Move.LATE, is_now
    if after is None:
        return (Move.CHANGED if is_held else Move.DELETED), -was
    if before.inside != after.inside:
        return Move.MERGED, is_now - was
    same = before.own == after.own and before.currency == after.currency
    return (Move.RATES if same else Move.CHANGED), is_now - was
