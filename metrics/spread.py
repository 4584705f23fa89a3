"""The middle of a distribution, exactly."""

from __future__ import annotations

from decimal import Decimal
from functools import cache
from typing import Any

from hub.sdk.metric import Value, ratio


def middle_two(value: Value, where: Value | None = None) -> Value:
    """The middle two of whole numbers added, which is twice the median; of an odd count the one in the middle counts
    twice. NULLs do not count. An output takes half of it with `half`."""
    counted = value if where is None else where.ifelse(value, None)
    return _lower()(counted, 0.5) - _lower()(-counted, 0.5)


def half(middle: int | None) -> Decimal | None:
    """The median."""
    return ratio(middle, 2)


@cache
def _lower() -> Any:
    """DuckDB's own aggregate, which picks a value instead of computing one."""
    import ibis

    def quantile_disc(values: int, share: float) -> int: ...  # type: ignore[empty-body]  # the engine has the body

    return ibis.udf.agg.builtin(quantile_disc, signature=(("int64", "float64"), "int64"))
