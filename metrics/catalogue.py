"""Our own metrics: they come through the same hook as a stranger's."""

from __future__ import annotations

from hub.sdk.hooks import hookimpl
from hub.sdk.metric import Metric
from metrics import customers, sales, stock


@hookimpl
def hub_metrics() -> list[Metric]:
    """All families, in the order in which they are listed."""
    return [*sales.METRICS, *customers.METRICS, *stock.METRICS]
