"""What a system lets an account ask: for a forecast before much is read at once."""

from __future__ import annotations

from typing import NamedTuple


class Allowance(NamedTuple):
    """What is left of a quota.

    left           calls that may still be made in its period
    total          calls that its period has
    rows_per_call  rows that one call brings at most, of the stream that was asked about
    """

    left: int
    total: int
    rows_per_call: int

    def cost(self, rows: int) -> int:
        """Calls for so many rows."""
        return -(-rows // max(1, self.rows_per_call)) or 1
