"""The network between a connector and its source, as the kit sees it: every request noted, trouble made on demand."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

import httpx
import msgspec

from hub.sdk.http.decode import NotJson, decode

_encode = msgspec.json.Encoder(decimal_format="number").encode

MAX_REQUESTS = 400
"""A connector that asks more often in one test than this will never end."""

Ask = Callable[[], httpx.Response]
Trouble = Callable[[int, httpx.Request, Ask], httpx.Response]
"""Answers the n-th request for data (from 1) in place of the source; `Ask` gets the source's own answer."""


class Network(httpx.BaseTransport):
    """Passes requests on to the source. `trouble` may answer those for data; logins are left alone."""

    def __init__(self, source: httpx.BaseTransport, logins: re.Pattern[str]) -> None:
        self.requests: list[httpx.Request] = []
        self.trouble: Trouble | None = None
        self.data_requests = 0
        self._source = source
        self._logins = logins
        self._lock = threading.Lock()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.read()
        with self._lock:
            self.requests.append(request)
            is_data = not self._logins.search(request.url.path)
            self.data_requests += is_data
            number, total = self.data_requests, len(self.requests)
        if total > MAX_REQUESTS:
            raise AssertionError(f"the connector sent {total} requests for a few rows: it would never end")
        if self.trouble is None or not is_data:
            return self._source.handle_request(request)
        answer = self.trouble(number, request, lambda: self._source.handle_request(request))
        answer.request = request
        return answer


def always(make: Callable[[httpx.Request], httpx.Response]) -> Trouble:
    """Every request for data gets this answer."""
    return lambda number, request, ask: make(request)


def once(make: Callable[[httpx.Request], httpx.Response]) -> Trouble:
    """The first request for data gets this answer, the others the source's."""
    return lambda number, request, ask: make(request) if number == 1 else ask()


def status(code: int, body: Any = None, **headers: str) -> Callable[[httpx.Request], httpx.Response]:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: httpx.Response(code, json=body or {"message": "made by the kit"}, headers=named)


def web_page(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, html="<!doctype html><html><body>Please log in</body></html>")


def timeout(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadTimeout("made by the kit", request=request)


def echo(secret: str) -> Callable[[httpx.Request], httpx.Response]:
    """An error that repeats the credentials and the address back, as careless servers do."""

    def make(request: httpx.Request) -> httpx.Response:
        said = f"rejected {secret} of {dict(request.headers)} for {request.url} {request.content!r}"
        return httpx.Response(400, json={"message": said, "error": {"message": said}}, headers={"x-echo": secret})

    return make


def truncated(number: int, request: httpx.Request, ask: Ask) -> httpx.Response:
    """Half of the source's answer."""
    body = ask().read()
    return httpx.Response(200, content=body[: len(body) // 2], headers={"content-type": "application/json"})


def first_truncated(number: int, request: httpx.Request, ask: Ask) -> httpx.Response:
    return truncated(number, request, ask) if number == 1 else ask()


def repeating(after: int = 2) -> Trouble:
    """From the n-th answer on, that answer comes again and again, whatever is asked."""
    kept: list[httpx.Response] = []
    lock = threading.Lock()

    def trouble(number: int, request: httpx.Request, ask: Ask) -> httpx.Response:
        with lock:
            if number < after:
                return ask()
            if not kept:
                first = ask()
                kept.append(httpx.Response(first.status_code, content=first.read(), headers=first.headers))
        return httpx.Response(kept[0].status_code, content=kept[0].content, headers=kept[0].headers)

    return trouble


def changed(edit: Callable[[Any], Any]) -> Trouble:
    """The source's JSON answers, edited."""

    def trouble(number: int, request: httpx.Request, ask: Ask) -> httpx.Response:
        answer = ask()
        content = answer.read()
        try:
            body = decode(content)
        except NotJson:
            return httpx.Response(answer.status_code, content=content, headers=answer.headers)
        headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
        return httpx.Response(answer.status_code, content=_encode(edit(body)), headers=headers)

    return trouble


def with_new_field(body: Any, *, inside: bool = False) -> Any:
    """Every object in a list has one field more than the connector knows."""
    if isinstance(body, list):
        return [with_new_field(item, inside=True) for item in body]
    if isinstance(body, dict):
        edited = {name: with_new_field(value) for name, value in body.items()}
        return {**edited, "field_of_next_year": {"nested": [1]}} if inside else edited
    return body


def with_renamed_lists(body: Any) -> Any:
    """The outermost lists of an answer are called something else: a new version of the API."""
    if isinstance(body, list):
        return {"renamed": body}
    if isinstance(body, dict):
        lists = {f"renamed_{name}": value for name, value in body.items() if isinstance(value, list)}
        others = {name: with_renamed_lists(value) for name, value in body.items() if not isinstance(value, list)}
        return others | lists
    return body


def with_spoilt_row(body: Any) -> Any:
    """The first row has an object wherever it had a value."""
    if isinstance(body, list) and body and isinstance(body[0], dict):
        return [{name: {"spoilt": [name]} for name in body[0]}, *body[1:]]
    if isinstance(body, dict):
        return {
            name: with_spoilt_row(value) if isinstance(value, list | dict) else value for name, value in body.items()
        }
    return body
