"""Asks the feed of a store in this process: `python -m bench.odata_ask URL stream ROWS | page [NAME …]`.

`stream` reads so many rows in one answer, thrown away as it comes; `page` prints the milliseconds of the median of each
question (of all, or of those named), after one that makes the index it needs.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import sys
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from hub.access.principal import Principal, Role
from hub.console.lending import Lending
from hub.console.odata.consumers import Credentials
from hub.console.odata.feed import Feed, feed
from hub.console.odata.service import FeedSettings

PAGES = {
    "by key": "$top=100",
    "status, newest first": "$filter=status eq 'open' and total gt 80000&$orderby=ordered_at desc&$top=100",
    "a month, in order": "$filter=ordered_at ge 2023-06-01T00:00:00Z and ordered_at lt 2023-07-01T00:00:00Z"
    "&$orderby=ordered_at&$top=100",
    "a customer, newest first": "$filter=customer_source_id eq 'C00012345'&$orderby=ordered_at desc&$top=100",
    "all, by customer": "$orderby=customer_source_id&$top=100",
    "all, last stored first": "$orderby=synced_at desc&$top=100",
    "changed since": "$filter=synced_at gt 2024-01-01T00:00:00Z&$orderby=synced_at&$top=100",
}
_ROUNDS = 9


class _Open:
    """Everybody may see everything."""

    def admit(self, credentials: Credentials) -> Principal | None:
        return Principal("bench", Role.ADMIN, "token", frozenset({"odata"}))

    def note(self, principal: Principal, subject: str, detail: Mapping[str, Any]) -> None:
        """Nobody looks."""


async def _ask(app: Feed, query: str, **headers: str) -> int:
    sent = [(b"host", b"localhost"), *((name.encode(), value.encode()) for name, value in headers.items())]
    scope = {
        "type": "http", "method": "GET", "scheme": "http", "root_path": "", "path": "/orders", "raw_path": b"/orders",
        "query_string": quote(query, safe="$=&").encode(), "headers": sent, "client": ("127.0.0.1", 1),
    }  # fmt: skip
    size = 0

    async def send(message: Any) -> None:
        nonlocal size
        if message.get("status", 200) != 200:
            raise RuntimeError(f"the feed answered {message['status']}")
        size += len(message.get("body", b""))

    await app(scope, asyncio.Event().wait, send)
    return size


def _milliseconds(app: Feed, query: str) -> float:
    started = time.perf_counter()
    asyncio.run(_ask(app, query))
    return (time.perf_counter() - started) * 1000


def main() -> None:
    url, what = sys.argv[1:3]
    app = feed(Lending(url), _Open(), FeedSettings(indexes=what == "page"))
    if what == "stream":
        asyncio.run(_ask(app, f"$top={sys.argv[3]}", prefer="odata.maxpagesize=1000000"))
        return
    pages = {name: PAGES[name] for name in sys.argv[3:] or PAGES}
    for query in pages.values():
        _milliseconds(app, query)
    while app.is_making_indexes:
        time.sleep(0.5)
    found = {
        name: statistics.median(_milliseconds(app, query) for _ in range(_ROUNDS)) for name, query in pages.items()
    }
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
