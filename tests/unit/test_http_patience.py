"""A request that is lost costs seconds, though the settings allow minutes for answers that need them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from support.http_fakes import Scripted, answer, source

from hub.errors import SourceUnavailable


def waited(net: Scripted) -> list[float]:
    return [request.extensions["timeout"]["read"] for request in net.requests]


def test_the_first_try_is_given_up_early_and_those_after_it_are_not() -> None:
    net = Scripted(httpx.ReadTimeout("t"), answer({"id": 1}))
    assert source(net, timeout_seconds=120).get("orders") == {"id": 1}
    assert waited(net) == [20, 120]


def test_a_shorter_setting_holds_from_the_start() -> None:
    net = Scripted(httpx.ReadTimeout("t"), answer({"id": 1}))
    source(net, timeout_seconds=5).get("orders")
    assert waited(net) == [5, 5]


def test_a_source_that_proves_to_be_slow_is_waited_for() -> None:
    net = Scripted(answer({"id": 1}))
    http = source(net, timeout_seconds=120)
    clock: Any = http.context.clock
    send = net.handle_request

    def slow(request: httpx.Request) -> httpx.Response:
        clock.sleep(25)
        return send(request)

    net.handle_request = slow  # type: ignore[method-assign]
    http.get("orders")
    http.get("orders")
    assert waited(net) == [20, 120]


def test_what_must_not_be_repeated_is_waited_for_to_the_end() -> None:
    net = Scripted(httpx.ReadTimeout("t"))
    with pytest.raises(SourceUnavailable, match="timeout after 120 s"):
        source(net, timeout_seconds=120).post("orders", {"a": 1})
    assert waited(net) == [120]


def test_a_redirect_is_followed_as_patiently() -> None:
    moved = httpx.Response(301, headers={"location": "/elsewhere"})
    net = Scripted(moved, answer({"id": 1}))
    source(net, timeout_seconds=120).get("orders")
    assert waited(net) == [20, 20]
