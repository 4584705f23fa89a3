"""Writes the SQL of our own metrics into the package: `python -m metrics.precompile`.

Building expressions takes seconds the first time, running their SQL takes none. A test tells when this is due again.
"""

from __future__ import annotations

from metrics.base import Catalogue
from metrics.catalogue import hub_metrics
from metrics.compiled import SHIPPED, Compiled, compiled, key_of, ship
from metrics.report.content import QUESTIONS

_ALSO = (("revenue", ("month", "customer")), ("inventory_turnover", ("product",)), ("stock_on_hand", ("product",)))
"""Questions that are asked often."""


def entries() -> dict[str, Compiled]:
    """What the commands ask for when nobody asks for more: every metric by its usual grouping, and the report."""
    known = Catalogue(hub_metrics())
    asked = [(question.metric, question.by) for question in QUESTIONS]
    wanted = [*((name, ()) for name in known.metrics), *asked, *_ALSO]
    found = {}
    for name, by in wanted:
        request = known.request(name, by=by)
        for converts in (False, True):
            key = key_of(request.metric, request.by, converts)
            found[key] = compiled(request.metric, request.by, converts=converts)
    return found


if __name__ == "__main__":
    SHIPPED.unlink(missing_ok=True)
    SHIPPED.write_text(ship(entries()), encoding="utf-8")
