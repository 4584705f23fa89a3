"""What goes wrong, and how often: a plan decides by seed, request and repetition, so that every run sees the same.

It wraps any ASGI app. The same request never fails more than `in_a_row` times, so a client that tries again gets on.
"""

from __future__ import annotations

import asyncio
import hashlib
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

IN_PROCESS = "hub.in_process"
"""Set in the scope where there is no network: then a fault of the network is raised as one of these two."""


class Hang(Exception):
    """No answer comes."""


class Disconnect(Exception):
    """The connection ends in the middle of the answer."""


class Fault(StrEnum):
    """What can happen to a request."""

    THROTTLED = "throttled"
    """429 with `Retry-After`"""
    THROTTLED_SILENTLY = "throttled_silently"
    """429 that names no moment"""
    ERROR = "error"
    """500"""
    UNAVAILABLE = "unavailable"
    """503"""
    HANG = "hang"
    """no answer"""
    DISCONNECT = "disconnect"
    """half an answer, then the end of the connection"""
    TRUNCATED = "truncated"
    """JSON that is cut off, with a matching length"""
    HTML = "html"
    """a login page with status 200"""
    EXPIRED = "expired"
    """all tokens die before the request is looked at"""
    LOST_PAGE = "lost_page"
    """`Simulator.window` skips a page: only a count can reveal it"""
    REPEATED_PAGE = "repeated_page"
    """`Simulator.window` sends the page before once more"""


PASSING = tuple(fault for fault in Fault if fault not in {Fault.LOST_PAGE, Fault.REPEATED_PAGE})
"""Faults that a client gets over by asking again."""

_EXPIRY_GAP = 20
"""Requests between two expiries: as many as eight in flight need to come back with the old token and to go out with the
new one. At no vendor do new tokens die faster than anybody can use them."""
_STATUS = {Fault.THROTTLED: 429, Fault.THROTTLED_SILENTLY: 429, Fault.ERROR: 500, Fault.UNAVAILABLE: 503}
_PAGE = b"<!doctype html><html><body><h1>Please log in</h1></body></html>"


@dataclass(frozen=True)
class FaultPlan:
    """`share` of the requests fail, each in one of `kinds`; every answer is `latency_seconds` late."""

    share: float = 0.0
    kinds: tuple[Fault, ...] = PASSING
    seed: int = 1
    in_a_row: int = 2
    retry_after_seconds: int = 1
    hang_seconds: float = 60.0
    latency_seconds: float = 0.0

    def pick(self, request: str, repetition: int) -> Fault | None:
        """The fault of a request that is seen for the n-th time (from 0)."""
        if not self.share or not self.kinds or repetition % (self.in_a_row + 1) == self.in_a_row:
            return None
        digest = hashlib.blake2b(f"{self.seed} {request} {repetition}".encode(), digest_size=8).digest()
        if int.from_bytes(digest[:6]) / 2**48 >= self.share:
            return None
        return self.kinds[int.from_bytes(digest[6:]) % len(self.kinds)]


class FaultInjector:
    """An ASGI app around another. `expire` ends all tokens; `counts` tells what happened so far."""

    def __init__(self, app: App, plan: FaultPlan, expire: Callable[[], None]) -> None:
        self.plan = plan
        self.counts: Counter[str] = Counter()
        self._app = app
        self._expire = expire
        self._seen: Counter[str] = Counter()
        self._since_expiry = _EXPIRY_GAP
        self._lock = threading.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_sim/"):
            await self._app(scope, receive, send)
            return
        if self.plan.latency_seconds:
            await asyncio.sleep(self.plan.latency_seconds)
        await self._answer(self._next(scope), scope, receive, send)

    def _next(self, scope: Scope) -> Fault | None:
        request = f"{scope['method']} {scope['path']}?{scope['query_string'].decode('latin-1')}"
        with self._lock:
            fault = self.plan.pick(request, self._seen[request])
            self._seen[request] += 1
            self._since_expiry += 1
            if fault is Fault.EXPIRED:
                if self._since_expiry < _EXPIRY_GAP:
                    return None
                self._since_expiry = 0
            if fault:
                self.counts[fault.value] += 1
        return fault

    async def _answer(self, fault: Fault | None, scope: Scope, receive: Receive, send: Send) -> None:
        scope["hub.fault"] = fault
        if fault in _STATUS:
            headers = [(b"retry-after", b"%d" % self.plan.retry_after_seconds)] if fault is Fault.THROTTLED else []
            await _reply(send, _STATUS[fault], b'{"message": "injected"}', b"application/json", headers)
        elif fault is Fault.HTML:
            await _reply(send, 200, _PAGE, b"text/html; charset=utf-8")
        elif fault is Fault.HANG:
            await self._hang(scope)
        elif fault in {Fault.TRUNCATED, Fault.DISCONNECT}:
            await self._cut(fault is Fault.DISCONNECT, scope, receive, send)
        else:
            if fault is Fault.EXPIRED:
                self._expire()
            await self._app(scope, receive, send)

    async def _hang(self, scope: Scope) -> None:
        if not scope.get(IN_PROCESS):
            await asyncio.sleep(self.plan.hang_seconds)
        raise Hang

    async def _cut(self, drop: bool, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the app answer, and pass on only half of it."""
        parts: list[bytes] = []
        start: Message = {}

        async def keep(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                parts.append(message.get("body", b""))

        await self._app(scope, receive, keep)
        body = b"".join(parts)
        half = body[: len(body) // 2]
        headers = [(name, value) for name, value in start["headers"] if name.lower() != b"content-length"]
        length = len(body) if drop else len(half)
        await send({**start, "headers": [*headers, (b"content-length", b"%d" % length)]})
        await send({"type": "http.response.body", "body": half, "more_body": drop})
        if drop:
            raise Disconnect


async def _reply(
    send: Send, status: int, body: bytes, kind: bytes, headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    head = [(b"content-type", kind), (b"content-length", b"%d" % len(body)), *(headers or [])]
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})
