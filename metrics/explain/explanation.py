"""An explanation as data: what the commands, the report and the tests take from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from hub.sdk.metric import MONEY, Metric, Output
from metrics.base import Request
from metrics.explain.records import Records
from metrics.result import Aside, aside_document, plain_text

if TYPE_CHECKING:
    from metrics.snapshots.told import Restated


@dataclass(frozen=True)
class Rate:
    """What one unit of a currency was worth in the reporting currency, and for which days it was used."""

    currency: str
    rate: Decimal
    first: date | None
    last: date | None
    records: int


@dataclass(frozen=True)
class Merged:
    """A golden record and the records of the systems that it stands for; `rules` say what linked each."""

    golden_id: str
    members: tuple[str, ...]
    rules: tuple[str, ...]

    def __str__(self) -> str:
        linked = [f"{member} ({rule})" for member, rule in zip(self.members, self.rules, strict=True)]
        return f"{self.golden_id}: {', '.join(linked)}"


@dataclass
class Explanation:
    """One row of a metric, taken apart.

    group    key and label columns of the row; empty for the whole
    inputs   the measures, exact: with the parameters they give the figures
    figures  in the order of the metric's outputs
    counted  records that make the value, by kind; `asides` those that do not, or with a reservation
    merged   golden records that stand for several records here
    """

    request: Request
    currency: str
    time_zone: str
    as_of: date
    group: dict[str, Any]
    inputs: dict[str, Any]
    figures: list[Any]
    counted: dict[str, int]
    asides: list[Aside]
    rates: list[Rate]
    records: Records
    sequence: int | None = None
    merged: list[Merged] = field(default_factory=list)
    restated: Restated | None = None
    """What was known at an earlier moment, if that was asked for."""

    @property
    def metric(self) -> Metric:
        return self.request.metric

    @property
    def outputs(self) -> list[tuple[Output, Any]]:
        """Each output with its figure."""
        return list(zip(self.metric.outputs, self.figures, strict=True))

    @property
    def value(self) -> Any:
        """The headline."""
        return next(figure for output, figure in self.outputs if output.name == self.metric.value)

    def unit(self, output: Output) -> str:
        return self.currency if output.unit == MONEY else output.unit

    def document(self) -> dict[str, Any]:
        """For JSON, without the records: decimals and dates are texts."""
        metric, request = self.metric, self.request
        return {
            "metric": metric.id,
            "title": metric.title,
            "by": list(request.by),
            "group": _plain(self.group),
            "value": plain_text(self.value),
            "unit": self.unit(metric.output(metric.value)),
            "figures": {output.name: plain_text(figure) for output, figure in self.outputs},
            "formula": metric.formula,
            "inputs": _plain(self.inputs),
            "parameters": _plain(request.parameters),
            "filters": {
                "from": plain_text(request.start),
                "to": plain_text(request.end),
                "as_of": self.as_of.isoformat(),
                "time_zone": self.time_zone,
                "only": request.only.document(),
                "kinds": list(metric.kinds),
                "rule": metric.exclusions,
            },
            "currency": self.currency,
            "rates": [
                {"currency": r.currency, "rate": f"{r.rate:f}", "from": plain_text(r.first), "to": plain_text(r.last),
                 "records": r.records}
                for r in self.rates
            ],
            "counted": self.counted,
            "left_out": [aside_document(aside) for aside in self.asides if not aside.counted],
            "assumed": [aside_document(aside) for aside in self.asides if aside.counted],
            "restated": self.restated.document() if self.restated else None,
            "merged": [
                {"golden_id": m.golden_id, "records": list(m.members), "rules": list(m.rules)} for m in self.merged
            ],
        }  # fmt: skip


def _plain(values: Any) -> dict[str, Any]:
    return {name: plain_text(value) for name, value in values.items()}
