"""What is fixed in the simulated shop: store views, rates, sources, and how numbers and stamps are written."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

RATES = {"EUR": Decimal(1), "USD": Decimal("1.08"), "GBP": Decimal("0.85"), "JPY": Decimal(160), "SEK": Decimal("11.2")}
CURRENCIES = tuple(RATES)
"""A store view for each of them, numbered from 1."""
SOURCES = ("default", "store_munich", "hub_lyon")
CATEGORIES = ("Root", "Default Category", "Tools", "Pumps", "Filters")
MANUFACTURERS = {"11": "Kestrel", "12": "Larch & Söhne"}
GROUPS = ("NOT LOGGED IN", "General", "Wholesale", "Retailer")


def written(moment: datetime) -> str:
    """Magento's stamp: UTC without saying so."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def id_of(number: int) -> int:
    """Numbers of rows, with gaps as a database has them."""
    return number + number // 9 + 1


def store_of(currency: str) -> int:
    """Number of the store view that sells in a currency."""
    return CURRENCIES.index(currency) + 1
