"""The models hit the published numbers of CDNOW, by themselves and as a metric; the optimiser finds known minima."""

from __future__ import annotations

import csv
import gzip
import random
from datetime import date, datetime, timedelta
from decimal import Decimal as D
from functools import cache
from math import isclose
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.canonical import compute, engine, rows
from support.real_data import DATA

from hub.errors import MetricUndefined
from metrics.predict import bgnbd, gamma_gamma
from metrics.predict.simplex import minimum

CDNOW = DATA / "cdnow"
needs_cdnow = pytest.mark.skipif(not CDNOW.is_dir(), reason=f"{CDNOW} is not here")


@given(st.lists(st.tuples(st.floats(-5, 5), st.floats(0.1, 20)), min_size=1, max_size=4))
@settings(max_examples=25, deadline=None)
def test_the_minimum_of_a_bowl_is_found(bowl: list[tuple[float, float]]) -> None:
    def depth(point: Any) -> float:
        return sum(steep * (x - middle) ** 2 for x, (middle, steep) in zip(point, bowl, strict=True))

    found, value = minimum(depth, [0.0] * len(bowl))
    assert value < 1e-9
    assert all(isclose(x, middle, abs_tol=1e-3) for x, (middle, _) in zip(found, bowl, strict=True))


def test_the_minimum_of_a_bent_valley_is_found() -> None:
    found, value = minimum(lambda p: (1 - p[0]) ** 2 + 100 * (p[1] - p[0] ** 2) ** 2, [-1.2, 1.0])  # Rosenbrock
    assert value < 1e-12
    assert all(isclose(x, 1, abs_tol=1e-5) for x in found)


@cache
def summary() -> dict[str, Any]:
    import numpy as np

    with gzip.open(CDNOW / "cdnow_customers_summary_with_transactions.csv.gz", "rt") as file:
        found = list(csv.DictReader(file))
    return {name: np.array([float(row[name]) for row in found]) for name in ("x", "t_x", "T", "zbar")}


@needs_cdnow
def test_bg_nbd_has_the_published_parameters_and_expectations() -> None:
    data = summary()
    model, likelihood = bgnbd.fit(data["x"], data["t_x"], data["T"])
    assert [round(each, 4) for each in (model.r, model.alpha, model.a, model.b)] == [0.2426, 4.4135, 0.7929, 2.4258]
    assert round(likelihood, 1) == -9582.4
    assert [round(model.expected_orders(weeks), 3) for weeks in (39, 52, 78)] == [1.195, 1.444, 1.858]
    assert round(model.expected_orders(39, 2, 30.43, 38.86), 4) == 1.2259


@needs_cdnow
def test_gamma_gamma_has_the_published_parameters_and_expectations() -> None:
    data = summary()
    again = (data["x"] > 0) & (data["zbar"] > 0)
    assert again.sum() == 946
    model = gamma_gamma.fit(data["x"][again], data["zbar"][again])
    assert [round(each, 4) for each in (model.p, model.q)] == [6.2488, 3.7446]
    assert isclose(model.v, 15.4477, abs_tol=1e-4)
    assert round(model.mean or 0, 2) == 35.17
    assert round(model.expected_value(2, 22.35) or 0, 2) == 24.66


def sample() -> list[dict[str, Any]]:
    """The raw purchases as orders."""
    with gzip.open(CDNOW / "CDNOW_sample.txt.gz", "rt") as file:
        found = [line.split() for line in file]
    return [
        {"source_id": str(n), "customer_source_id": row[1], "ordered_at": datetime.strptime(row[2], "%Y%m%d"),
         "total": D(row[4]), "currency": "USD"}
        for n, row in enumerate(found)
    ]  # fmt: skip


@needs_cdnow
def test_the_metric_gives_the_same_from_the_raw_purchases() -> None:
    import pyarrow as pa

    hub = engine(currency="USD")
    raw = sample()
    hub.db.register("raw", pa.Table.from_pylist([{"source": "shop", **row} for row in raw]))
    hub.db.execute("INSERT INTO orders BY NAME SELECT * FROM raw")
    result = compute(hub, "predicted_customer_value", end=date(1997, 9, 30), given={"horizon_days": "273"})
    assert result.count == 2357
    fitted = [round(result.parameters[name], 3) for name in ("r", "alpha", "a", "b")]
    assert fitted == [D("0.243"), D("4.414"), D("0.793"), D("2.426")]
    assert [round(result.parameters[name], 2) for name in ("p", "q", "v")] == [D("6.25"), D("3.74"), D("15.44")]
    first = next(row for row in rows(result) if row["customer_id"] == "shop/0001")
    assert (first["repeats"], first["recency_days"], first["age_days"]) == (2, 213, 272)
    assert round(first["expected_orders"], 3) == D("1.226")
    assert round(first["expected_spend"], 2) == D("24.65")
    assert first["predicted_value"] == round(first["expected_orders"] * first["expected_spend"], 6)


def test_a_customer_who_fell_silent_is_hardly_alive() -> None:
    model = bgnbd.BgNbd(0.24, 4.4, 0.79, 2.4)
    assert model.alive(0, 0, 39) == 1  # nobody leaves before the first repeat order
    assert model.alive(20, 10, 39) < 0.01 < 0.5 < model.alive(20, 38, 39)
    assert model.alive(2000, 1, 500) == 0
    assert model.expected_orders(39, 2000, 499, 500) > 50


def test_the_order_of_the_rows_changes_nothing() -> None:
    import numpy as np

    made = random.Random(5)
    rows_ = [(made.randrange(6), made.randrange(30), 30 + made.randrange(9)) for _ in range(200)]
    shuffled = made.sample(rows_, len(rows_))
    first, second = (bgnbd.fit(*map(np.array, zip(*each, strict=True))) for each in (rows_, shuffled))
    assert first == second


def test_too_few_customers_are_refused() -> None:
    orders = [
        {"source_id": f"{c}{n}", "customer_source_id": c, "total": D(5), "currency": "EUR",
         "ordered_at": datetime(2024, 1, 1) + timedelta(days=30 * n)}
        for c in "ABC" for n in range(3)
    ]  # fmt: skip
    with pytest.raises(MetricUndefined, match="only 3 customers came again"):
        compute(engine(orders=orders), "predicted_customer_value")


def test_a_model_without_a_summit_is_refused() -> None:
    orders = [
        {"source_id": f"{c}-{n}", "customer_source_id": f"{c}", "total": D(5), "currency": "EUR",
         "ordered_at": datetime(2024, 1, 1) + timedelta(days=100 * n)}
        for c in range(20) for n in range(2)
    ]  # fmt: skip  # all came again today: they are hardly dead
    with pytest.raises(MetricUndefined, match="do not tell when customers leave"):
        compute(engine(orders=orders), "predicted_customer_value")
