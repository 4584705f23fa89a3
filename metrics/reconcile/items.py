"""What is compared: one order, product or customer of one system, and what became of a pair of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

ZERO = Decimal(0)


class Cause(StrEnum):
    """Why two systems differ."""

    MISSING = "missing there"
    LATE = "late"
    CANCELLED = "cancelled"
    LEFT_OUT = "left out there"
    TAX = "tax"
    FREIGHT = "freight"
    CURRENCY = "currency"
    ROUNDING = "rounding"
    UNIT = "unit"
    DUPLICATE = "duplicate"
    ORDERS = "other orders"
    UNEXPLAINED = "unexplained"


MEANINGS = {
    Cause.MISSING: "one system has it, the other does not",
    Cause.LATE: "newer than all that the other system holds, or of another period there",
    Cause.CANCELLED: "one system has cancelled it",
    Cause.LEFT_OUT: "one system holds it, but it does not count there: a draft, a test, without an amount or a rate",
    Cause.TAX: "one system counts it with tax",
    Cause.FREIGHT: "one system counts it with shipping",
    Cause.CURRENCY: "another currency, or another day's rate",
    Cause.ROUNDING: "a few cents",
    Cause.UNIT: "counted in another unit: a piece and a pack, cents and euros",
    Cause.DUPLICATE: "one system holds it more than once",
    Cause.ORDERS: "the same customer, whose orders differ: `hub reconcile revenue --by customer` says how",
    Cause.UNEXPLAINED: "none of these",
}


@dataclass(frozen=True)
class Item:
    """One thing in one system.

    keys      what it is known by, the surest first; already normalised
    golden    the golden record that it, or its customer, belongs to
    why       NULL where it counts, else the reason it does not
    inside    whether it lies in the period asked for
    quantity  1 for orders and customers, units for stock; `value` in the reporting currency
    own       the amount in `currency`, before conversion; with `tax` and `freight` beside it
    factors   base units in each other unit of the product
    earlier   quantities that the system held before
    """

    source: str
    source_id: str
    name: str
    keys: tuple[str, ...] = ()
    golden: str | None = None
    day: date | None = None
    customer: str = ""
    why: str | None = None
    inside: bool = True
    quantity: Decimal = ZERO
    value: Decimal = ZERO
    own: Decimal | None = None
    currency: str | None = None
    tax: Decimal | None = None
    freight: Decimal | None = None
    factors: tuple[Decimal, ...] = ()
    earlier: frozenset[Decimal] = frozenset()

    @property
    def counts(self) -> bool:
        return self.why is None and self.inside

    @property
    def month(self) -> str:
        """As 2024-03; empty where the day is not known."""
        return f"{self.day:%Y-%m}" if self.day else ""

    @property
    def amounts(self) -> Amounts:
        """What it adds to its system's figure."""
        return Amounts(self.quantity, self.value) if self.counts else Amounts()


@dataclass(frozen=True)
class Amounts:
    """How many, and what that is worth."""

    quantity: Decimal = ZERO
    value: Decimal = ZERO

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(self.quantity + other.quantity, self.value + other.value)

    def __sub__(self, other: Amounts) -> Amounts:
        return Amounts(self.quantity - other.quantity, self.value - other.value)

    def __bool__(self) -> bool:
        return bool(self.quantity or self.value)


@dataclass(frozen=True)
class Difference:
    """A pair that differs, or something without a partner. `parts` add up to left - right."""

    left: Item | None
    right: Item | None
    parts: Mapping[Cause, Amounts]
    matched_by: str = ""

    @property
    def item(self) -> Item:
        """The one to name it by."""
        found = self.left or self.right
        assert found is not None
        return found

    @property
    def month(self) -> str:
        """Of the one that counts; of the left one, where both do."""
        counts = next((each for each in (self.left, self.right) if each and each.counts), self.item)
        return counts.month

    @property
    def total(self) -> Amounts:
        return sum(self.parts.values(), Amounts())


@dataclass
class Comparison:
    """Two systems side by side. The causes add up to left - right, exactly."""

    what: str
    left: str
    right: str
    currency: str
    unit: str
    totals: tuple[Amounts, Amounts]
    counted: tuple[int, int]
    matched: int
    equal: int
    differences: list[Difference] = field(default_factory=list)
    moved: list[tuple[Item, Item]] = field(default_factory=list)
    """Pairs of which both count, but in different months. They differ by month, whether or not they do on the whole."""
    items: tuple[Sequence[Item], Sequence[Item]] = ((), ())
    """All that was compared, of each system."""
    partners: Mapping[int, Item] = field(default_factory=dict)
    """By the `id` of an item of the right one: what it is there in the left one."""

    @property
    def total(self) -> Amounts:
        return self.totals[0] - self.totals[1]

    def more(self) -> dict[Cause, tuple[Decimal, Decimal]]:
        """Cause -> by how much the left one has more where it has more, and the right one likewise: a cause may work
        both ways, and the two would hide each other."""
        found: dict[Cause, tuple[Decimal, Decimal]] = {}
        for difference in self.differences:
            for cause, amounts in difference.parts.items():
                left, right = found.get(cause, (ZERO, ZERO))
                found[cause] = (left + max(amounts.value, ZERO), right + max(-amounts.value, ZERO))
        return found

    def causes(self) -> dict[Cause, tuple[int, Amounts]]:
        """Cause -> how many differences have it, and what they add up to; the largest first."""
        found: dict[Cause, tuple[int, Amounts]] = {}
        for difference in self.differences:
            for cause, amounts in difference.parts.items():
                count, so_far = found.get(cause, (0, Amounts()))
                found[cause] = (count + 1, so_far + amounts)
        return dict(sorted(found.items(), key=lambda entry: (-abs(entry[1][1].value), -abs(entry[1][1].quantity))))
