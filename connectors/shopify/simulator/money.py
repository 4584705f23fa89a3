"""Amounts in two currencies, as the vendor writes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

Row = dict[str, Any]

SHOP_CURRENCY = "EUR"
_RATES = {"EUR": "1", "USD": "1.08", "GBP": "0.86", "JPY": "163", "SEK": "11.4"}
"""Units of a currency for one euro."""


def rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1) if currency == "JPY" else Decimal("0.01"))


def written(amount: Decimal) -> str:
    """`40.0` and `84.90`: trailing zeros vary."""
    return f"{amount:.1f}" if amount == amount.to_integral_value() else f"{amount:.2f}"


def bag(amount: Decimal, currency: str) -> Row:
    """A MoneyBag: what the customer saw, and the shop's own currency."""
    shop = rounded(amount / Decimal(_RATES[currency]), SHOP_CURRENCY)
    return {
        "presentmentMoney": {"amount": written(amount), "currencyCode": currency},
        "shopMoney": {"amount": written(shop), "currencyCode": SHOP_CURRENCY},
    }
