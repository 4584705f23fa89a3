"""Customers: what they will order, by probability models that are fitted to all of them."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from hub.errors import MetricUndefined
from hub.sdk.metric import MONEY, Inputs, Metric, Output, Parameter, Scope, Table, Value, together
from metrics.customers import without_guests
from metrics.order_facts import ORDERS
from metrics.predict.bgnbd import BgNbd
from metrics.predict.gamma_gamma import GammaGamma
from metrics.sales import ORDERS_NEEDED, RULE

_ID = "predicted_customer_value"
_FEWEST = 20
"""Customers that came again, below which nothing is learnt."""
_WEEK = 7
_ALL_LEAVE = 0.99
"""Chance of leaving after an order from which on the likelihood has no summit: it only grows towards 1."""


def _days(_: Scope, facts: Table) -> Mapping[str, Value]:
    return {"sold": facts.sold.sum().fill_null(0)}


def _history(scope: Scope, groups: Table, keys: tuple[str, ...]) -> Table:
    """Orders of one day are one. The first day says nothing on how often a customer comes again."""
    end = scope.end.coalesce(groups.day.max().as_scalar())
    rows = together(
        groups, keys,
        days=groups.count(),
        first_day=groups.day.min(),
        last_day=groups.day.max(),
        revenue=groups.sold.sum(),
        first_value=groups.sold.argmin(groups.day),
    )  # fmt: skip
    rows = rows.mutate(end=end)
    return rows.select(
        *keys,
        repeats=rows.days - 1,
        recency_days=rows.last_day.delta(rows.first_day, unit="day").cast("int64"),
        age_days=rows.end.delta(rows.first_day, unit="day").cast("int64"),
        repeat_value=rows.revenue - rows.first_value,
    )


def _fit(columns: Mapping[str, Any]) -> dict[str, Decimal]:
    """Both models, with parameters to six decimals: what is predicted follows from these, and can be done again."""
    from metrics.predict import bgnbd, gamma_gamma

    repeats = columns["repeats"].astype(float)
    again = (repeats > 0) & (columns["repeat_value"] > 0)
    if again.sum() < _FEWEST:
        raise MetricUndefined(
            f"only {int(again.sum())} customers came again, too few to learn from.",
            fix=f"It takes {_FEWEST}: sync older orders, or widen the period.",
            where=_ID,
        )
    orders, _ = bgnbd.fit(repeats, columns["recency_days"] / _WEEK, columns["age_days"] / _WEEK)
    if orders.a > _ALL_LEAVE * (orders.a + orders.b):
        raise MetricUndefined(
            "the orders do not tell when customers leave: by the model all leave with the first order that they came "
            "again for.",
            fix="It takes customers that came three times or fell silent: sync older orders, or widen the period.",
            where=_ID,
        )
    means = columns["repeat_value"][again].astype(float) / repeats[again]
    spend = gamma_gamma.fit(repeats[again], means)
    fitted = {**vars(orders), **vars(spend)}
    return {name: _decimal(value) for name, value in fitted.items()}


def _decimal(value: float, digits: int = 6) -> Decimal:
    return Decimal(f"{value:.{digits}f}")


def _weeks(m: Inputs) -> tuple[int, float, float]:
    return int(m["repeats"]), m["recency_days"] / _WEEK, m["age_days"] / _WEEK


def _orders_model(m: Inputs) -> BgNbd:
    return BgNbd(*(max(float(m[name]), 1e-6) for name in ("r", "alpha", "a", "b")))


def _alive(m: Inputs) -> Decimal:
    return _decimal(_orders_model(m).alive(*_weeks(m)))


def _orders(m: Inputs) -> Decimal:
    return _decimal(_orders_model(m).expected_orders(m["horizon_days"] / _WEEK, *_weeks(m)))


def _spend(m: Inputs) -> Decimal | None:
    model = GammaGamma(*(max(float(m[name]), 1e-6) for name in ("p", "q", "v")))
    comes_again = m["repeats"] > 0 and m["repeat_value"] > 0
    mean = float(m["repeat_value"]) / int(m["repeats"]) if comes_again else 0.0
    value = model.expected_value(int(m["repeats"]), mean) if comes_again else model.mean
    return None if value is None else _decimal(value)


def _predicted(m: Inputs) -> Decimal | None:
    spend = _spend(m)
    return None if spend is None else _orders(m) * spend


PREDICTED = Metric(
    id=_ID,
    title="Predicted customer value",
    family="customers",
    unit=MONEY,
    grain="a customer",
    formula=(
        "predicted_value = expected_orders x expected_spend, over the next horizon_days, not discounted, costs not "
        "taken off. expected_orders by BG/NBD, whose parameters (r, alpha, a, b; weeks) and expected_spend by "
        "Gamma-Gamma, whose parameters (p, q, v) are fitted to all customers by maximum likelihood. repeats = days "
        "with orders - 1; recency = from the first to the last of them; age = from the first to the end of the period, "
        "or to the last order of all. An estimate: the models' numbers are rounded to six decimals."
    ),
    source="Fader, Hardie and Lee (2005), Counting Your Customers the Easy Way; Fader and Hardie (2013), Gamma-Gamma",
    exclusions=RULE + " Orders of guests are left out. Repeat orders worth nothing in all count as orders only.",
    undefined_when=f"fewer than {_FEWEST} customers ordered on more than one day, or nothing tells when they leave",
    facts=(ORDERS,),
    kinds=("order",),
    leaves_out=without_guests,
    measures=_days,
    within=("customer", "day"),
    gather=_history,
    fit=_fit,
    outputs=(
        Output("repeats", "Repeat orders", "orders"),
        Output("recency_days", "Last after", "days"),
        Output("age_days", "Age", "days"),
        Output("alive", "Still orders", "share", 6, _alive),
        Output("expected_orders", "Orders expected", "orders", 6, _orders),
        Output("expected_spend", "An order", MONEY, 6, _spend),
        Output("predicted_value", "Predicted value", MONEY, 6, _predicted),
    ),
    value="predicted_value",
    by=("customer",),
    always=("customer",),
    dimensions=("customer",),
    own_parameters=(Parameter("horizon_days", "integer", "Days that are looked ahead.", 365),),
    needs=(ORDERS_NEEDED,),
)

METRICS = (PREDICTED,)
