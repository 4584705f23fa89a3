"""What figures of a row are made of, for spreadsheets: only where the inputs stand in the same row.

The metric's own definition stays the truth; a test holds every formula against it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

_NAME = re.compile(r"[a-z_]+")


@dataclass(frozen=True)
class Formula:
    """Arithmetic over other outputs of the same row."""

    expression: str

    @cached_property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(_NAME.findall(self.expression)))

    def text(self, cells: Mapping[str, str]) -> str:
        """With cells for the names; a quotient is guarded against an empty denominator."""
        filled = _NAME.sub(lambda found: cells[found[0]], self.expression)
        below = self.expression.rpartition("/")[2].strip() if "/" in self.expression else ""
        return f'IF({cells[below]}=0,"",{filled})' if below else filled


_FORMULAS = {
    ("revenue", "net"): "gross - returns",
    ("average_order_value", "average_order_value"): "revenue / orders",
    ("customer_lifetime_value", "average_order_value"): "revenue / orders",
    ("inventory_turnover", "inventory_turnover"): "cogs / average_inventory",
}


def formula_of(metric: str, output: str) -> Formula | None:
    """The formula of an output; None where a spreadsheet cannot take it from its row."""
    found = _FORMULAS.get((metric, output))
    return Formula(found) if found else None


def formulas() -> dict[tuple[str, str], Formula]:
    """All of them, by metric and output."""
    return {key: Formula(expression) for key, expression in _FORMULAS.items()}
