"""Simulated orders lie over two years as those of a real company do, in every system, and as many as are asked for."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from importlib import import_module

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.plugins import Registry
from hub.sdk.simulator import FaultPlan
from hub.sdk.simulator.course import FIRST, LAST, moment_of
from hub.simulate import simulator_of
from metrics.demo.systems import SYSTEMS


@settings(max_examples=50, deadline=None)
@given(st.integers(1, 5000), st.data())
def test_orders_rise_within_the_two_years(count: int, data: st.DataObject) -> None:
    number = data.draw(st.integers(0, count - 1))
    moment = moment_of(number, count)
    assert FIRST < moment < LAST - timedelta(days=14), "shipments and invoices come later, and before the end"
    assert moment.microsecond == 0
    assert number == 0 or moment_of(number - 1, count) <= moment


def test_weekdays_are_busier_and_the_second_year_is_larger() -> None:
    moments = [moment_of(number, 10_000) for number in range(10_000)]
    days = Counter(moment.weekday() for moment in moments)
    assert min(days[day] for day in range(5)) > 4 * max(days[5], days[6])
    years = Counter(moment.year for moment in moments)
    assert 1.05 < years[2025] / years[2024] < 1.5
    months = Counter((moment.year, moment.month) for moment in moments)
    assert len(months) == 24
    assert max(months.values()) < 4 * min(months.values())


@pytest.mark.parametrize("kind", [system.kind for system in SYSTEMS])
def test_every_simulator_makes_so_many_orders(kind: str) -> None:
    factory = simulator_of(Registry(), kind)
    few, many = (factory(size=10, orders=orders, secret="s", faults=FaultPlan()).truth() for orders in (0, 90))
    assert few["orders"]["count"] == 0
    # Drafts, test orders and reductions are no orders everywhere.
    assert 70 <= many["orders"]["count"] <= 110
    assert len(many["customers"]["ids"]) < 60


def test_a_simulated_order_is_placed_when_all_systems_say_so() -> None:
    shop = import_module("connectors.magento.simulator").MagentoSimulator(size=5, orders=40)
    company = import_module("connectors.sap.simulator").SapSimulator(size=5, orders=40)
    here = [row["created_at"][:10] for row in shop.tables["orders"].rows]
    there = [row["CreationDate"].isoformat() for row in company.tables["orders"].rows]
    assert here == there
    assert here[0] < "2024-02"
    assert here[-1] > "2025-12"
