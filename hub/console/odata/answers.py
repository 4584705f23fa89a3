"""ASGI answers: small ones whole, collections while they are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
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
    parts: Iterator[bytes] | None = None

    async def send(self, send: Any, *, only_head: bool) -> None:
        """Send it. The first part is waited for before the status, so that what fails at once is told as an error."""
        from anyio import to_thread

        first = b""
        try:
            if self.parts is not None and not only_head:
                first = await to_thread.run_sync(next, self.parts, b"")
            await send({"type": "http.response.start", "status": self.status, "headers": self._headers()})
            await send({"type": "http.response.body", "body": b"" if only_head else first + self.body,
                        "more_body": self.parts is not None and not only_head})  # fmt: skip
            if self.parts is None or only_head:
                return
            while part := await to_thread.run_sync(next, self.parts, b""):
                await send({"type": "http.response.body", "body": part, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        finally:
            if self.parts is not None:
                with suppress(RuntimeError, ValueError):  # another thread is still in it, and will end with the request
                    self.parts.close()  # type: ignore[attr-defined]  # they are generators

    def _headers(self) -> list[tuple[bytes, bytes]]:
        told = {**_GENERAL, **self.headers}
        if self.parts is None and self.status not in (204, 304):
            told["content-length"] = str(len(self.body))
        return [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in told.items()]


def refused(error: ODataError) -> Answer:
    """An error as an answer."""
    return Answer(error.status, {"content-type": "application/json;charset=utf-8", **error.headers}, error.body())


def text(body: str, media: str = "text/plain;charset=utf-8", headers: Mapping[str, str] | None = None) -> Answer:
    """A small answer."""
    return Answer(200, {"content-type": media, **(headers or {})}, body.encode())
