"""ASGI answers: small ones whole, collections while they are read."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from hub.console.odata.errors import ODataError

VERSION = "4.0"
_GENERAL = {
    "odata-version": VERSION,
    "cache-control": "private, no-cache",
    "vary": "Accept, Accept-Encoding, Authorization, X-API-Key, Cookie, Prefer",
}


@dataclass
class Answer:
    """Status, headers, and a body that is whole or comes in parts. The parts are closed in any case."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    parts: Generator[bytes, None, None] | None = None

    async def send(self, send: Any, receive: Any, *, only_head: bool) -> None:
        """Send it, or as much of it as the client waits for."""
        start = {"type": "http.response.start", "status": self.status, "headers": self._headers()}
        try:
            await send(start)
            if self.parts is not None and not only_head:
                await self._send_parts(self.parts, send, _Line(receive))
            else:
                await send({"type": "http.response.body", "body": b"" if only_head else self.body})
        finally:
            if self.parts is not None:
                with suppress(ValueError):  # another thread is still in it, and closes it at its end
                    self.parts.close()

    async def _send_parts(self, parts: Generator[bytes, None, None], send: Any, line: _Line) -> None:
        from anyio import to_thread

        try:
            while not line.is_dead() and (part := await to_thread.run_sync(next, parts, b"")):
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            line.let_go()

    def _headers(self) -> list[tuple[bytes, bytes]]:
        told = {**_GENERAL, **self.headers}
        if self.parts is None and self.status not in (204, 304):
            told["content-length"] = str(len(self.body))
        return [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in told.items()]


class _Line:
    """Whether the client is still there. Servers say nothing when rows are sent to one that is not."""

    def __init__(self, receive: Any) -> None:
        self._receive = receive
        self._heard: asyncio.Task[Any] | None = None

    def is_dead(self) -> bool:
        if self._heard is not None and self._heard.done():
            if self._heard.result()["type"] == "http.disconnect":
                return True
            self._heard = None
        if self._heard is None:
            self._heard = asyncio.ensure_future(self._receive())
        return False

    def let_go(self) -> None:
        if self._heard is not None:
            self._heard.cancel()


def refused(error: ODataError) -> Answer:
    """An error as an answer."""
    return Answer(error.status, {"content-type": "application/json;charset=utf-8", **error.headers}, error.body())


def text(body: str, media: str = "text/plain;charset=utf-8", headers: Mapping[str, str] | None = None) -> Answer:
    """A small answer."""
    return Answer(200, {"content-type": media, **(headers or {})}, body.encode())
