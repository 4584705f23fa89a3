"""Exchange rates."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import ClassVar

from hub.model import columns as c
from hub.model.record import Record, Tracked


class FxRate(Tracked, Record, table=True):
    """How many units of `currency` one unit of `base_currency` is worth on a day."""

    __tablename__ = "fx_rates"
    __title__: ClassVar[str] = "Exchange rate"

    base_currency: str | None = c.currency("ISO 4217 code of the base: EUR in the ECB's reference rates.")
    currency: str | None = c.currency("ISO 4217 code of the quoted currency.")
    rate_on: date | None = c.day("Day the rate was published for. The rate of a day without one is the last before it.")
    rate: Decimal | None = c.number("Units of `currency` for one unit of `base_currency`.")
