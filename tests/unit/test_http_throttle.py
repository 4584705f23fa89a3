"""Budgets: a rate, a vendor's points, a share of a daily allowance. And GraphQL, whose errors come with status 200."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from support.http_fakes import Scripted, answer, source

from hub.sdk import AuthError, CostBudget, GraphQLSource, QueryTooCostly, Quota, QuotaBudget, SourceChanged, Throttled
from hub.sdk.http.throttle import RateBudget
from hub.testing.clock import FakeClock


class Shop:
    """A bucket of points as Shopify keeps it, by a fake clock; refuses what it cannot pay."""

    def __init__(self, clock: FakeClock, maximum: float = 1000, per_second: float = 50, real_cost: float = 100) -> None:
        self.clock, self.maximum, self.per_second, self.real_cost = clock, maximum, per_second, real_cost
        self.points, self.at, self.throttled = maximum, clock.monotonic(), 0
        self.lock = threading.Lock()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        with self.lock:
            now = self.clock.monotonic()
            self.points = min(self.maximum, self.points + (now - self.at) * self.per_second)
            self.at = now
            enough = self.points >= self.real_cost
            self.points -= self.real_cost if enough else 0
            self.throttled += not enough
            status = {
                "maximumAvailable": self.maximum,
                "currentlyAvailable": self.points,
                "restoreRate": self.per_second,
            }
            cost = {"cost": {"requestedQueryCost": self.real_cost, "throttleStatus": status}}
            if enough:
                return answer({"data": {"shop": {"name": "Acme"}}, "extensions": cost})
            error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
            return answer({"errors": [error], "extensions": cost})


def test_points_are_never_overdrawn_by_one_thread_or_many() -> None:
    clock = FakeClock()
    shop, budget = Shop(clock), CostBudget()
    http = source(Scripted(shop), clock=clock, budgets=[budget], max_in_flight=4)
    api = GraphQLSource(http, budget=budget)

    def ask() -> None:
        for _ in range(10):
            assert api.query("{ shop { name } }", cost=100) == {"shop": {"name": "Acme"}}

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert shop.throttled == 0
    assert clock.waited >= (40 * 100 - 1000) / 50


def test_a_throttled_query_waits_as_long_as_the_points_take() -> None:
    clock = FakeClock()
    shop, budget = Shop(clock), CostBudget()
    shop.points = 0
    api = GraphQLSource(source(Scripted(shop), clock=clock, budgets=[budget]), budget=budget)
    assert api.query("{ shop { name } }", cost=100)
    assert shop.throttled == 1
    assert 2 <= clock.waited <= 4


@pytest.mark.parametrize(
    ("errors", "error", "attempts"),
    [
        ([{"message": "Too costly", "extensions": {"code": "MAX_COST_EXCEEDED"}}], QueryTooCostly, 1),
        ([{"message": "Access denied for orders", "extensions": {"code": "ACCESS_DENIED"}}], AuthError, 1),
        ([{"message": "Field 'x' doesn't exist", "extensions": {"code": "undefinedField"}}], SourceChanged, 1),
        ([{"message": "Throttled", "extensions": {"code": "THROTTLED"}}], Throttled, 6),
        ("[API] something odd", SourceChanged, 1),
        ([7], SourceChanged, 1),
    ],
)
def test_errors_with_status_200_are_errors(errors: Any, error: type[Exception], attempts: int) -> None:
    net = Scripted(answer({"data": {"shop": None}, "errors": errors}))
    with pytest.raises(error):
        GraphQLSource(source(net)).query("{ shop { name } }")
    assert len(net.requests) == attempts


def test_an_inner_failure_is_tried_again_and_variables_are_sent() -> None:
    failure = answer({"errors": [{"message": "x", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]})
    net = Scripted(failure, answer({"data": {"orders": []}}))
    assert GraphQLSource(source(net), "graphql").query("query($n: Int) { a }", {"n": 5}) == {"orders": []}
    assert b'"variables":{"n":5}' in net.requests[1].content.replace(b" ", b"")


@pytest.mark.parametrize("body", [{}, {"data": None}, {"data": []}])
def test_an_answer_without_data_is_a_changed_source(body: Any) -> None:
    with pytest.raises(SourceChanged):
        GraphQLSource(source(Scripted(answer(body)))).query("{ a }")


def test_a_mutation_is_sent_once() -> None:
    net = Scripted(answer({}, 503))
    with pytest.raises(Exception, match="503"):
        GraphQLSource(source(net)).execute("mutation { a }", None, cost=0, idempotent=False)
    assert len(net.requests) == 1


def salesforce(headers: Mapping[str, str]) -> Quota | None:
    used, _, limit = headers.get("sforce-limit-info", "").removeprefix("api-usage=").partition("/")
    return Quota(int(used), int(limit)) if used and limit else None


def test_a_share_of_the_allowance_stays_free() -> None:
    quota = QuotaBudget(salesforce, reserve_share=0.2)
    net = Scripted(answer({}), answer({}, **{"Sforce-Limit-Info": "api-usage=4000/5000"}))
    http = source(net, budgets=[quota])
    http.get("a")
    http.get("b")
    with pytest.raises(Throttled, match="4000 of 5000") as caught:
        http.get("c")
    assert len(net.requests) == 2
    assert caught.value.retry_after_seconds == 3600


def test_a_slow_rate_spreads_requests_out() -> None:
    budget, now, times = RateBudget(0.5), 0.0, []
    for _ in range(4):
        while (wait := budget.reserve(now, 0)) > 0:
            now += wait
        times.append(now)
    assert times == [0, 2, 4, 6]
