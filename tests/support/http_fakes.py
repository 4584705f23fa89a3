"""A source whose answers a test writes down, and an HttpSource that talks to it without a network or a clock."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

from hub.sdk import Context, HttpConnectorConfig, HttpSource
from hub.testing.clock import FakeClock

Handler = Callable[[httpx.Request], httpx.Response]


class Scripted(httpx.BaseTransport):
    """Hands out the answers one after the other, the last one for ever, and keeps the requests."""

    def __init__(self, *answers: httpx.Response | Exception | Handler) -> None:
        self._answers = list(answers)
        self.requests: list[httpx.Request] = []

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        self.requests.append(request)
        answer = self._answers[min(len(self.requests), len(self._answers)) - 1]
        if isinstance(answer, Exception):
            raise answer
        return answer(request) if callable(answer) else httpx.Response(
            answer.status_code, headers=answer.headers, content=answer.content
        )  # fmt: skip


def answer(body: Any = None, status: int = 200, **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    if isinstance(body, bytes | str):
        return httpx.Response(status, content=body, headers={"content-type": "application/json", **named})
    return httpx.Response(status, content=json.dumps(body), headers={"content-type": "application/json", **named})


def source(transport: httpx.BaseTransport, *, clock: FakeClock | None = None, **options: Any) -> HttpSource:
    """An HttpSource of `web-shop` at https://shop.test/api; settings and HttpSource's arguments may be mixed."""
    settings = {name: options.pop(name) for name in list(options) if name in HttpConnectorConfig.model_fields}
    config = HttpConnectorConfig(kind="test", **{"base_url": "https://shop.test/api", **settings})
    clock = clock or FakeClock()
    cancelled = options.pop("cancelled", lambda: False)
    context = Context("web-shop", transport=transport, clock=clock, now=clock.now, cancelled=cancelled)
    return HttpSource(config, context, **options)
