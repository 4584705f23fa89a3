"""Our own metrics: they come through the same hook as a stranger's."""

from __future__ import annotations

from hub.sdk.hooks import hookimpl
from hub.sdk.metric import Metric
from metrics import (
    backlog,
    concentration,
    customers,
    delivery,
    growth,
    holdings,
    lifetime,
    pipeline,
    planning,
    prediction,
    profit,
    purchasing,
    relationships,
    sales,
    service,
    stock,
    trust,
    valuation,
)


@hookimpl
def hub_metrics() -> list[Metric]:
    """All families, in the order in which they are listed."""
    families: tuple[tuple[Metric, ...], ...] = (
        sales.METRICS, profit.METRICS, growth.METRICS, backlog.METRICS, pipeline.METRICS,
        lifetime.METRICS, prediction.METRICS, customers.METRICS, relationships.METRICS, concentration.METRICS,
        stock.METRICS, valuation.METRICS, holdings.METRICS, planning.METRICS,
        delivery.METRICS, purchasing.METRICS,
        service.METRICS,
        trust.METRICS,
    )  # fmt: skip
    return [metric for family in families for metric in family]
