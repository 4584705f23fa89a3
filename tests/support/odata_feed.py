"""The feed without a server: requests go straight into the application, and answers come back whole."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from hub.access.principal import Principal, Role
from hub.console.lending import Lending
from hub.console.odata.consumers import Credentials
from hub.console.odata.feed import feed
from hub.console.odata.service import FeedSettings

ROOT = "https://hub.example.com/odata/"


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        packed = self.headers.get("content-encoding") == "gzip"
        return (gzip.decompress(self.body) if packed else self.body).decode()

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def rows(self) -> list[dict[str, Any]]:
        assert self.status == 200, self.text
        return list(self.json["value"])

    @property
    def problem(self) -> str:
        return str(self.json["error"]["message"])


@dataclass
class Door:
    """Lets in whoever the test says, and remembers what was noted."""

    principal: Principal | None = field(
        default_factory=lambda: Principal("bi", Role.OPERATOR, "token", frozenset({"odata"}))
    )
    came: list[Credentials] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)

    def admit(self, credentials: Credentials) -> Principal | None:
        self.came.append(credentials)
        return self.principal

    def note(self, principal: Principal, subject: str, detail: Mapping[str, Any]) -> None:
        self.noted.append(subject)


class Caller:
    """A client of the feed of one store."""

    def __init__(self, url: str, **settings: Any) -> None:
        self.stores, self.door = Lending(url), Door()
        self.app = feed(self.stores, self.door, FeedSettings(**{"page_size": 1000, "indexes": False, **settings}))
        self.scope: dict[str, Any] = {}
        self.patience_seconds = 600.0

    def get(
        self, target: str, *, method: str = "GET", scope: Mapping[str, Any] | None = None, **headers: str
    ) -> Answer:
        """What a request for a path below the feed, or for a whole link, is answered with."""
        target = target.removeprefix(ROOT)
        path, _, query = target.partition("?")
        raw = "/odata/" + quote(path, safe="/$()=',:@%")
        sent = {"host": "hub.example.com", **{name.replace("_", "-"): value for name, value in headers.items()}}
        self.scope = {
            "type": "http",
            "method": method,
            "scheme": "https",
            "root_path": "/odata",
            "path": "/odata/" + path,
            "raw_path": raw.encode(),
            "query_string": quote(query, safe="$&=%'(),:;/@+*!").encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in sent.items()],
            "client": ("192.0.2.7", 40000),
            **(scope or {}),
        }
        return asyncio.run(self._call())

    async def _call(self) -> Answer:
        started: dict[str, Any] = {}
        body = b""

        async def send(message: Any) -> None:
            nonlocal body
            if message["type"] == "http.response.start":
                started.update(message)
            else:
                body += message.get("body", b"")

        await self.app(self.scope, self._receive, send)
        return Answer(started["status"], {n.decode(): v.decode() for n, v in started["headers"]}, body)

    async def _receive(self) -> Any:
        await asyncio.sleep(self.patience_seconds)
        return {"type": "http.disconnect"}

    def walk(self, target: str, **headers: str) -> Iterator[Answer]:
        """All pages of a collection."""
        while target:
            answer = self.get(target, **headers)
            yield answer
            link = answer.json.get("@odata.nextLink", "")
            assert not link or urlsplit(link).scheme, "links are absolute"
            target = link

    def close(self) -> None:
        self.stores.close()
