"""Writes the SQL of our own metrics into the package: `python -m metrics.precompile`.

Building expressions takes seconds the first time, running their SQL takes none. A test tells when this is due again.
"""

from __future__ import annotations

from hub.sdk.metric import Metric
from metrics.base import Catalogue
from metrics.catalogue import hub_metrics
from metrics.compiled import SHIPPED, Compiled, compiled, key_of, ship, shipped
from metrics.engines.ship_sql import SHIPPED as TRANSLATED
from metrics.engines.ship_sql import ship as ship_translations
from metrics.explain.trace import SHIPPED as TRACED
from metrics.explain.trace import Trace, trace, trace_key
from metrics.explain.trace import ship as ship_traces
from metrics.explain.trace import shipped as shipped_traces
from metrics.report.content import QUESTIONS
from metrics.snapshots.basis import SUMS, told_by

_ALSO: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("revenue", ("month",)),
    ("revenue", ("month", "customer")),
    ("inventory_turnover", ("product",)),
    ("stock_on_hand", ("product",)),
    ("stock_value", ("product",)),
    ("gross_margin", ("month",)),
    ("on_time_in_full", ("month",)),
)
"""Questions that are asked often."""


def entries() -> dict[str, Compiled]:
    """What the commands ask for when nobody asks for more: every metric by its usual grouping, and the report."""
    return {
        key_of(metric, by, converts): compiled(metric, by, converts=converts)
        for metric, by in _asked()
        for converts in (False, True)
    }


def traces() -> dict[str, Trace]:
    """How the records behind the same numbers are found, and those that a report keeps."""
    kept = [(metric, told_by(metric)) for metric, _ in _asked() if metric.id in SUMS]
    return {
        trace_key(metric, by, converts): trace(metric, by, converts=converts)
        for metric, by in (*_asked(), *kept)
        for converts in (False, True)
    }


def _asked() -> list[tuple[Metric, tuple[str, ...]]]:
    """Metrics with dimensions; the whole, which explanations begin with, where a metric has one."""
    known = Catalogue(hub_metrics())
    usual = [*((name, ()) for name in known.metrics), *((q.metric, q.by) for q in QUESTIONS), *_ALSO]
    asked = [known.request(name, by=by) for name, by in usual]
    wholes = [(metric, ()) for metric in known.metrics.values() if not metric.always]
    return [*((request.metric, request.by) for request in asked), *wholes]


def main() -> None:
    """Replace what is shipped by what the definitions say; a definition that fails leaves all as it was."""
    for known in (shipped(), shipped_traces()):
        known.clear()  # it would be taken for what is asked
    made = entries()
    fresh = {SHIPPED: ship(made), TRACED: ship_traces(traces()), TRANSLATED: ship_translations(made.values())}
    for path, text in fresh.items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
