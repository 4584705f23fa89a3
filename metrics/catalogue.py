"""Our own metrics: they come through the same hook as a stranger's."""

from __future__ import annotations

from hub.sdk.hooks import hookimpl
from hub.sdk.metric import Metric
from metrics import backlog, customers, delivery, growth, pipeline, planning, profit, purchasing, sales, service, stock


@hookimpl
def hub_metrics() -> list[Metric]:
    """All families, in the order in which they are listed."""
    families = (sales, profit, growth, backlog, pipeline, customers, stock, planning, delivery, purchasing, service)
    return [metric for family in families for metric in family.METRICS]
