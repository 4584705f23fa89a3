"""Amounts in two currencies, as the vendor writes them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

Row = dict[str, Any]

SHOP_CURRENCY = "EUR"
_RATES = {"EUR": Decimal(1), "USD": Decimal("1.08"), "GBP": Decimal("0.86"), "JPY": Decimal(163),
          "SEK": Decimal("11.4")}  # fmt: skip
"""Units of a currency for one euro."""


def rounded(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1) if currency == "JPY" else Decimal("0.01"))


def written(amount: Decimal) -> str:
    """`40.0` and `84.90`: trailing zeros vary."""
    return f"{amount:.1f}" if amount == amount.to_integral_value() else f"{amount:.2f}"


def bag(amount: Decimal, currency: str) -> Row:
    """A MoneyBag: what the customer saw, and the shop's own currency."""
    seen = {"amount": written(amount), "currencyCode": currency}
    if currency == SHOP_CURRENCY:
        return {"presentmentMoney": seen, "shopMoney": seen}
    shop = rounded(amount / _RATES[currency], SHOP_CURRENCY)
    return {"presentmentMoney": seen, "shopMoney": {"amount": written(shop), "currencyCode": SHOP_CURRENCY}}
