"""A made-up company that sells fasteners and tools: two years of trade, the same for the same seed.

It sells from its ERP in Germany and from a web shop in the United States. Nobody in it exists.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

FIRST, LAST = date(2024, 1, 1), date(2025, 12, 31)
CENT = Decimal("0.01")

_FORMS = {"DE": "GmbH", "AT": "GmbH", "FR": "SARL", "NL": "B.V.", "PL": "sp. z o.o.", "US": "Inc.", "CA": "Ltd."}
_CITIES = {
    "DE": ("Köln", "Münster", "Fürth", "Kiel"), "AT": ("Graz", "Linz"), "FR": ("Lyon", "Nîmes"),
    "NL": ("Breda", "Delft"), "PL": ("Łódź", "Gdynia"), "US": ("Boise", "Toledo", "Tulsa"), "CA": ("Guelph", "Regina"),
}  # fmt: skip
_NAMES = (
    "Falk", "Brück", "Hallmann", "Öster", "Weidner", "Kranz", "Lohmar", "Sommerfeld", "Ahrens", "Teichert",
    "Northfork", "Lakeside", "Granite", "Cedar", "Ironwood", "Bluff", "Summit", "Prairie", "Harbor", "Canyon",
)  # fmt: skip
_TRADES = ("Metallbau", "Maschinen", "Holzwerk", "Anlagen", "Supply", "Works", "Builders", "Industries")
INDUSTRIES = ("Construction", "Machinery", "Furniture", "Shipbuilding", "Retail")
_GOODS = {
    "Screws": ("Hex bolt", "Wood screw", "Set screw", "Lag screw"), "Anchors": ("Wall plug", "Chemical anchor"),
    "Tools": ("Torque wrench", "Bit set", "Rivet gun"), "Fittings": ("Angle bracket", "Hinge", "Beam hanger"),
    "Safety": ("Work gloves", "Safety glasses"),
}  # fmt: skip
_SIZES = ("M6", "M8", "M10", "L", "XL")
_RATES = {
    currency: Decimal(rate)
    for currency, rate in {
        "CHF": "0.9400", "GBP": "0.8450", "JPY": "163.20", "KWD": "0.3320", "SEK": "11.3400", "PLN": "4.2700",
        "CAD": "1.5100", "DKK": "7.4600", "NOK": "11.6000", "CZK": "25.0000", "AUD": "1.6800",
    }.items()
}  # fmt: skip
_SEASON = (0.8, 0.85, 1.05, 1.15, 1.2, 1.1, 0.95, 0.8, 1.1, 1.2, 1.1, 0.7)


@dataclass(frozen=True)
class Customer:
    number: str
    name: str
    city: str
    country: str
    industry: str
    since: date
    appetite: float
    """How many orders a month it places on average."""


@dataclass(frozen=True)
class Product:
    number: str
    name: str
    category: str
    price: Decimal
    cost: Decimal


@dataclass(frozen=True)
class Line:
    product: Product
    quantity: int
    price: Decimal
    discount_percent: int


@dataclass(frozen=True)
class Order:
    number: str
    customer: Customer
    at: datetime
    status: str
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Refund:
    number: str
    order: Order
    line: int
    quantity: int
    at: datetime
    reason: str


@dataclass
class Company:
    """Everything that happened. Prices of the shop are in USD, all else in EUR."""

    products: list[Product]
    erp_customers: list[Customer]
    shop_customers: list[Customer]
    erp_orders: list[Order]
    shop_orders: list[Order]
    refunds: list[Refund]
    stock: dict[date, dict[str, int]] = field(default_factory=dict)
    """First day of a month -> product number -> pieces on hand."""
    rates: dict[date, Decimal] = field(default_factory=dict)
    """Banking day -> USD for one EUR."""
    other_rates: dict[str, dict[date, Decimal]] = field(default_factory=dict)
    """Currency -> banking day -> what one EUR costs in it."""
    spend: list[tuple[date, str, Decimal]] = field(default_factory=list)
    """(day, channel, USD)"""


def make_company(seed: int) -> Company:
    """The company of a seed."""
    dice = random.Random(seed)  # noqa: S311  # made-up data, not a secret
    products = _products(dice)
    erp = _customers(dice, "K", 110, ("DE", "DE", "DE", "AT", "FR", "NL", "PL"))
    shop = _customers(dice, "US-", 80, ("US", "US", "US", "CA"))
    erp_orders = _orders(dice, erp, products, prefix="A", first=40000, factor=Decimal(1))
    shop_orders = _orders(dice, shop, products, prefix="W-", first=7000, factor=Decimal("1.18"))
    company = Company(products, erp, shop, erp_orders, shop_orders, _refunds(dice, shop_orders))
    company.stock = _stock(dice, products, [*erp_orders, *shop_orders])
    company.rates = _rates(dice)
    company.other_rates = _other_rates(random.Random(f"{seed} rates"), list(company.rates))  # noqa: S311  as above
    company.spend = [
        (month, channel, Decimal(dice.randrange(40_000, 160_000)) * CENT)
        for month in months()
        for channel in ("search", "trade fair" if month.month in (3, 10) else "newsletter")
    ]
    return company


def months() -> list[date]:
    """The first day of each month."""
    return [date(year, month, 1) for year in (FIRST.year, LAST.year) for month in range(1, 13)]


def _products(dice: random.Random) -> list[Product]:
    found: list[Product] = []
    for category, kinds in _GOODS.items():
        for kind in kinds:
            for size in dice.sample(_SIZES, 3):
                cost = Decimal(dice.randrange(80, 4000)) * CENT * (8 if category == "Tools" else 1)
                price = (cost * Decimal(dice.randrange(135, 220)) / 100).quantize(CENT)
                found.append(Product(f"{1000 + len(found)}", f"{kind} {size}", category, price, cost))
    return found


def _customers(dice: random.Random, prefix: str, count: int, countries: tuple[str, ...]) -> list[Customer]:
    found = []
    for number in range(count):
        country = dice.choice(countries)
        name = f"{dice.choice(_NAMES)} {dice.choice(_TRADES)} {_FORMS[country]}"
        since = (
            FIRST - timedelta(days=dice.randrange(2000)) if number % 3 else FIRST + timedelta(days=dice.randrange(600))
        )
        appetite = min(0.12 + dice.paretovariate(1.6) * 0.35, 6.0)
        found.append(
            Customer(
                f"{prefix}{1001 + number}", name, dice.choice(_CITIES[country]), country, dice.choice(INDUSTRIES),
                since, appetite,
            )
        )  # fmt: skip
    return found


def _orders(
    dice: random.Random, customers: list[Customer], products: list[Product], *, prefix: str, first: int, factor: Decimal
) -> list[Order]:
    placed: list[tuple[datetime, Customer]] = []
    for customer in customers:
        leaves = LAST if dice.random() < 0.8 else FIRST + timedelta(days=dice.randrange(200, 700))
        for month in months():
            if month < customer.since or month > leaves:
                continue
            wanted = customer.appetite * _SEASON[month.month - 1] * (1.0 if month.year == FIRST.year else 1.12)
            for _ in range(int(wanted) + (dice.random() < wanted % 1)):
                seconds = dice.randrange(7 * 3600, 19 * 3600)
                day = month + timedelta(days=dice.randrange(28))
                placed.append((datetime(day.year, day.month, day.day) + timedelta(seconds=seconds), customer))  # noqa: DTZ001  # the exports state no zone
    orders = []
    for place, (at, customer) in enumerate(sorted(placed, key=lambda entry: (entry[0], entry[1].number))):
        lines = tuple(
            _line(dice, product, factor) for product in dice.sample(products, dice.choice((1, 2, 2, 3, 4, 6)))
        )
        fresh = (datetime(LAST.year, 12, 20) < at) and dice.random() < 0.6  # noqa: DTZ001
        status = "cancelled" if dice.random() < 0.03 else "open" if fresh else "completed"
        orders.append(Order(f"{prefix}{first + place}", customer, at, status, lines))
    return orders


def _line(dice: random.Random, product: Product, factor: Decimal) -> Line:
    cheap = product.price < 20
    quantity = dice.choice((10, 20, 25, 50, 100, 200) if cheap else (1, 2, 3, 5, 10))
    return Line(product, quantity, (product.price * factor).quantize(CENT), dice.choice((0, 0, 0, 3, 5, 10)))


def _refunds(dice: random.Random, orders: list[Order]) -> list[Refund]:
    found: list[Refund] = []
    for order in orders:
        if order.status == "completed" and dice.random() < 0.05:
            place = dice.randrange(len(order.lines))
            quantity = max(1, order.lines[place].quantity // dice.choice((1, 2, 4)))
            at = order.at + timedelta(days=dice.randrange(3, 30))
            found.append(
                Refund(
                    f"R{500 + len(found)}", order, place, quantity, at, dice.choice(("wrong size", "damaged", "late"))
                )
            )
    return found


def _stock(dice: random.Random, products: list[Product], orders: list[Order]) -> dict[date, dict[str, int]]:
    """Stock at the start of each month: some weeks of the sales to come, so that products turn at different speeds."""
    sold: dict[tuple[date, str], int] = {}
    for order in orders:
        for line in order.lines:
            key = (order.at.date().replace(day=1), line.product.number)
            sold[key] = sold.get(key, 0) + line.quantity
    weeks = {product.number: dice.uniform(2, 14) for product in products}
    return {
        month: {
            number: int((sold.get((month, number), 0) + 20) * weeks[number] / 4.3 * dice.uniform(0.8, 1.2))
            for number in weeks
        }
        for month in months()
    }


def _rates(dice: random.Random) -> dict[date, Decimal]:
    rate = Decimal("1.0950")
    found: dict[date, Decimal] = {}
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=number)
        rate += Decimal(dice.randrange(-40, 41)) / 10_000
        rate = min(max(rate, Decimal("1.0200")), Decimal("1.1900"))
        if day.weekday() < 5:
            found[day] = rate
    return found


def _other_rates(dice: random.Random, days: list[date]) -> dict[str, dict[date, Decimal]]:
    """What the simulated systems are paid in; each wanders by a hundredth or two around where it began."""
    return {
        currency: {day: (rate * (1 + Decimal(dice.randrange(-150, 151)) / 10_000)).quantize(rate) for day in days}
        for currency, rate in _RATES.items()
    }
