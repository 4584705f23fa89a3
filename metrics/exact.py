"""Figures as they are shown: rounded once, exactly."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from hub.sdk.metric import EXACT, MONEY


def exact(value: Any, unit: str, digits: int | None) -> Any:
    """A figure as it is shown: rounded half-even to its digits, without zeros that say nothing; money keeps two."""
    if isinstance(value, datetime):
        return value.date()
    if not isinstance(value, Decimal):
        return value
    if digits is not None:
        return value.quantize(Decimal(1).scaleb(-digits), context=EXACT)
    least = -2 if unit == MONEY else 0
    value = value.normalize(EXACT)
    exponent = value.as_tuple().exponent
    return (
        value.quantize(Decimal(1).scaleb(least), context=EXACT)
        if isinstance(exponent, int) and exponent > least
        else value
    )
