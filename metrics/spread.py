"""The middle of a distribution, exactly: a value that occurs, not an interpolated one."""

from __future__ import annotations

from functools import cache
from typing import Any

from hub.sdk.metric import Value


def median(value: Value, where: Value | None = None) -> Value:
    """The median of whole numbers; of an even count the lower one of the middle two. NULLs do not count."""
    return _median()(value if where is None else where.ifelse(value, None), 0.5)


@cache
def _median() -> Any:
    """DuckDB's own aggregate, which picks a value instead of computing one."""
    import ibis

    def quantile_disc(values: int, share: float) -> int: ...  # type: ignore[empty-body]  # the engine has the body

    return ibis.udf.agg.builtin(quantile_disc, signature=(("int64", "float64"), "int64"))
