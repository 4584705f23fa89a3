"""A made-up B2B company by seed: the same customers, products and orders in every simulator, so that systems can be
reconciled with one another. Every row is computed from its number alone, so a million of them cost no memory."""

from __future__ import annotations

import random
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_STEMS = _words(
    "Alder Birch Cedar Dolmen Ember Fjord Granit Harbor Isar Juniper Kestrel Larch Marlin Nordic Oak "
    "Pinnacle Quartz Rowan Sable Tarn Umber Vale Willow Xylem Yarrow Zephyr"
)
_TRADES = _words("Tools Foods Textiles Pumps Optics Paper Glass Motors Plastics Seeds Valves Lighting")
_COUNTRIES = (
    ("DE", "GmbH", "EUR", "Köln", "50667", "+49"), ("FR", "SARL", "EUR", "Lyon", "69001", "+33"),
    ("US", "Inc.", "USD", "Austin", "73301", "+1"), ("GB", "Ltd", "GBP", "Leeds", "LS1 4AP", "+44"),
    ("JP", "K.K.", "JPY", "Osaka", "530-0001", "+81"), ("SE", "AB", "SEK", "Lund", "22100", "+46"),
)  # fmt: skip
_FIRST = _words("Ada Bo Chi Dara Eli Fay Gus Hana Ivo Jun Kai Lea Mia Noa Ola Pia")
_LAST = _words("Adler Brandt Costa Dufour Eriksen Fischer Grant Haas Ito Jensen Klein Lind Moreau Novak Okafor Park")
_PARTS = _words("Valve Pump Filter Sensor Motor Bracket Cable Switch Relay Gasket Bearing Coupling")
_STATUSES = ("open", "paid", "shipped", "completed", "cancelled")


@dataclass(frozen=True)
class SimCustomer:
    number: int
    name: str
    legal_form: str
    country: str
    currency: str
    city: str
    postal_code: str
    street: str
    email: str
    phone: str
    tax_id: str
    contact_first: str
    contact_last: str
    industry: str

    @property
    def legal_name(self) -> str:
        return f"{self.name} {self.legal_form}"


@dataclass(frozen=True)
class SimProduct:
    number: int
    sku: str
    name: str
    gtin: str
    price: Decimal
    """In EUR, before tax."""
    cost: Decimal


@dataclass(frozen=True)
class SimLine:
    number: int
    product: SimProduct
    quantity: int
    unit_price: Decimal

    @property
    def total(self) -> Decimal:
        return self.unit_price * self.quantity


@dataclass(frozen=True)
class SimOrder:
    number: int
    customer: SimCustomer
    status: str
    lines: tuple[SimLine, ...]

    @property
    def currency(self) -> str:
        return self.customer.currency

    @property
    def total(self) -> Decimal:
        return sum((line.total for line in self.lines), Decimal(0))


class Company:
    """Customers, products and orders by number, counted from 0. The number may be as large as one likes."""

    def __init__(self, seed: int = 1, *, customers: int = 100, products: int = 50) -> None:
        self.seed = seed
        self.customers = customers
        self.products = products
        self.customer = lru_cache(maxsize=None)(self._customer)
        self.product = lru_cache(maxsize=None)(self._product)
        self.order = lru_cache(maxsize=4096)(self._order)

    def _order(self, number: int) -> SimOrder:
        dice = self._dice("order", number)
        customer = self.customer(dice.randrange(self.customers))
        lines = tuple(self._line(dice, customer.currency, line) for line in range(1, dice.randint(1, 4) + 1))
        return SimOrder(number, customer, dice.choices(_STATUSES, (2, 3, 3, 6, 1))[0], lines)

    def on_hand(self, product: int, location: int) -> int:
        """Pieces of a product at a location."""
        return self._dice(f"stock {location}", product).randint(0, 400)

    def _dice(self, kind: str, number: int) -> random.Random:
        return random.Random(f"{self.seed} {kind} {number}")  # noqa: S311  repeatable on purpose

    def _customer(self, number: int) -> SimCustomer:
        dice = self._dice("customer", number)
        country, form, currency, city, postal_code, prefix = dice.choice(_COUNTRIES)
        name = f"{_STEMS[number % len(_STEMS)]} {dice.choice(_TRADES)} {number // len(_STEMS) + 1}"
        first, last = dice.choice(_FIRST), dice.choice(_LAST)
        host = name.lower().replace(" ", "-") + ".example"
        return SimCustomer(
            number=number, name=name, legal_form=form, country=country, currency=currency, city=city,
            postal_code=postal_code, street=f"Street {dice.randint(1, 200)}", email=f"{first.lower()}@{host}",
            phone=f"{prefix}{dice.randint(10**8, 10**9 - 1)}", tax_id=f"{country}{dice.randint(10**8, 10**9 - 1)}",
            contact_first=first, contact_last=last, industry=name.split()[1],
        )  # fmt: skip

    def _product(self, number: int) -> SimProduct:
        dice = self._dice("product", number)
        cost = Decimal(dice.randint(150, 90_000)) / 100
        body = f"400{number:09d}"
        check = -sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(body)) % 10
        price = (cost * Decimal(dice.randint(115, 190)) / 100).quantize(Decimal("0.01"))
        name = f"{dice.choice(_PARTS)} {dice.choice('ABCDEFGH')}{dice.randint(10, 99)}"
        return SimProduct(number, f"SKU-{number:05d}", name, f"{body}{check}", price, cost)

    def _line(self, dice: random.Random, currency: str, number: int) -> SimLine:
        product = self.product(dice.randrange(self.products))
        factor, step = (Decimal(160), Decimal(1)) if currency == "JPY" else (Decimal(1), Decimal("0.01"))
        return SimLine(number, product, dice.randint(1, 40), (product.price * factor).quantize(step))
