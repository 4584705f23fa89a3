"""A headline: one number with what it was before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from metrics.report.spans import Change


@dataclass(frozen=True)
class Figure:
    """A headline: what it is, its value, and one line of context. `value` is None where it is undefined.

    source  which column of which result it is the total of
    brief   the value in few digits, where it is long
    change  how it moved between the spans compared
    course  the value month by month
    """

    title: str
    value: str | None
    unit: str
    note: str
    source: tuple[str, str] | None = None
    brief: str | None = None
    change: Change | None = None
    course: tuple[Decimal, ...] = ()

    @property
    def shown(self) -> str | None:
        """The value as it stands in large letters."""
        return self.brief or self.value if self.value else None

    @property
    def exactly(self) -> str:
        """The value in full, where `shown` is shorter."""
        return f"{self.value} {self.unit}" if self.value and self.shown != self.value else ""

    def moved(self, change: Change | None, course: Sequence[Decimal]) -> Figure:
        """The same with its past; none where it has no value."""
        return replace(self, change=change, course=tuple(course)) if self.value else self
