"""One request of a connector on its way: built afresh for each attempt, redirects followed within the host."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import IO, Any

import httpx

from hub.errors import SourceChanged
from hub.sdk import tracing
from hub.sdk.connector import Context
from hub.sdk.http import download, wire
from hub.sdk.http.answer import Answer, Judge
from hub.sdk.http.auth import Auth, Renewals
from hub.sdk.http.config import HttpConnectorConfig
from hub.sdk.http.patience import Patience
from hub.sdk.http.stats import HttpStats
from hub.sdk.http.urls import checked_url, follow, origin, shown

log = logging.getLogger(__name__)

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_MAX_REDIRECTS = 5
_REBUILT = frozenset({"host", "content-length"})


@dataclass
class Call:
    """One request as the connector meant it, whatever it takes to get it answered."""

    method: str
    url: str
    params: Mapping[str, Any] | None
    headers: Mapping[str, str]
    json: Any
    form: Mapping[str, Any] | None
    auth: Auth
    repeatable: bool
    judge: Judge | None
    cost: float
    wants_json: bool
    elsewhere: bool
    into: IO[bytes] | None = None
    """Where a download goes; None keeps the body in memory."""
    content: bytes | None = None
    renewals: Renewals = field(default_factory=Renewals)

    def build(self, client: httpx.Client, timeout: httpx.Timeout) -> httpx.Request:
        """A fresh request. Parameters are added to those that the address has; without any it stays byte for byte."""
        url, params = self.url, {name: value for name, value in (self.params or {}).items() if value is not None}
        if params and "?" not in url and "#" not in url:  # spares httpx to take the address apart twice
            url, params = f"{url}?{httpx.QueryParams(params)}", {}
        return client.build_request(
            self.method,
            url,
            params=params or None,
            headers=dict(self.headers),
            json=self.json,
            content=self.content,
            data=wire.form_of(dict(self.form)) if self.form is not None else None,
            timeout=timeout,
        )


class Exchange:
    """Sends calls and receives answers, one at a time or in several threads, at most `max_in_flight` at once."""

    def __init__(
        self,
        config: HttpConnectorConfig,
        context: Context,
        headers: Mapping[str, str],
        stats: HttpStats,
        redact: Callable[[str], str],
    ) -> None:
        self._config = config
        self._context = context
        self._stats = stats
        self._redact = redact
        self._patience = Patience(config.timeout_seconds)
        self._in_flight = threading.BoundedSemaphore(config.max_in_flight)
        self._client = wire.open_client(config, context, dict(headers))

    def close(self) -> None:
        self._client.close()

    def send(self, call: Call, number: int) -> tuple[Answer, object]:
        """The answer, and the mark of the credentials that were used. Refused where the network failed."""
        silence = self._patience.seconds(number, repeatable=call.repeatable)
        request = call.build(self._client, wire.timeout_of(silence))
        mark = call.auth.apply(request)
        clock = self._context.clock
        told = {"http_request_method": call.method, "server_address": request.url.host, "hub_attempt": number}
        with (
            self._in_flight,
            wire.network(silence, repeatable=call.repeatable),
            tracing.span(f"HTTP {call.method}", client=True, **told) as span,
        ):
            started = clock.monotonic()
            self._stats.sent(again=number > 1 or call.renewals.refused > 0)
            answer = self._follow(call, request)
            span.set_attribute("http.response.status_code", answer.status)
        seconds = clock.monotonic() - started
        self._patience.learn(seconds)
        self._stats.received(answer.status, len(answer.body), seconds)
        if log.isEnabledFor(logging.DEBUG):
            place = shown(answer.url, self._redact)
            log.debug("%s %s -> %d in %d ms, attempt %d", call.method, place, answer.status, seconds * 1000, number)
        return answer, mark

    def _follow(self, call: Call, request: httpx.Request) -> Answer:
        for _ in range(_MAX_REDIRECTS + 1):
            response = self._client.send(request, stream=True)
            try:
                target = wire.redirect_of(response)
                if target is None or call.method not in SAFE_METHODS:
                    return self._received(call, response)
            finally:
                response.close()
            there = self._redirected(call, str(request.url), target)
            headers = {name: value for name, value in request.headers.items() if name not in _REBUILT}
            request = self._client.build_request(call.method, there, headers=headers, extensions=request.extensions)
            call.auth.apply(request)
        raise SourceChanged("the source redirects in circles.", fix="Check `base_url`.")

    def _redirected(self, call: Call, here: str, target: str) -> str:
        """Where a redirect leads: never to another host with credentials, never from https to plain http."""
        there = str(httpx.URL(here).join(target))
        if not call.elsewhere or (call.auth.secrets() and origin(there) != origin(here)):
            return follow(here, target)
        return elsewhere(there, self._config)

    def _received(self, call: Call, response: httpx.Response) -> Answer:
        if call.into is not None and response.is_success:
            return download.spool(response, call.into, self._context.stopped)
        return wire.receive(
            response,
            max_bytes=self._config.max_answer_mb * 2**20,
            timeout_seconds=self._config.timeout_seconds,
            monotonic=self._context.clock.monotonic,
        )


def elsewhere(url: str, config: HttpConnectorConfig) -> str:
    """A full address on any host, held to the same rules as `base_url`."""
    try:
        checked_url(url.partition("?")[0], allow_insecure_http=config.allow_insecure_http)
    except ValueError as error:
        raise SourceChanged(f"the source gave an address we do not follow: {error}.", fix="Report it.") from None
    return url
