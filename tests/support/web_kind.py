"""A connector of kind `web` that reads a small JSON API, and a server on loopback that answers as it is told."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from support.made_up import CUSTOMERS

from hub.sdk import (
    Connector,
    Context,
    HttpConnectorConfig,
    HttpSource,
    Mode,
    Page,
    ReadRequest,
    SourceChanged,
    Stream,
    hookimpl,
)

Answer = tuple[int, dict[str, str], bytes]
"""Status, headers, body."""


class WebConnector(Connector[HttpConnectorConfig]):
    kind, config_model = "web", HttpConnectorConfig
    streams = (Stream("customers", (CUSTOMERS,), Mode.SNAPSHOT),)

    def __init__(self, config: HttpConnectorConfig, context: Context) -> None:
        super().__init__(config, context)
        self.http = HttpSource(config, context)

    def read(self, request: ReadRequest) -> Iterator[Page]:
        page = int((request.resume or {"page": 1})["page"])
        while page:
            answer = self.http.get("customers", {"page": page})
            if not isinstance(answer, dict) or "rows" not in answer:
                raise SourceChanged('no "rows" in the answer.', fix="Report it with the API's version.")
            rows, page = answer["rows"], answer.get("next") or 0
            yield Page(
                rows,
                resume={"page": page} if page else None,
                total=answer.get("total"),
                cursor=max(
                    (datetime.fromisoformat(row["changed"]) for row in rows if isinstance(row, dict)), default=None
                ),
                origin="/customers",
            )

    def close(self) -> None:
        self.http.close()


@hookimpl
def hub_connectors() -> list[type[Connector[Any]]]:
    return [WebConnector]


def answer(document: Any, status: int = 200, **headers: str) -> Answer:
    """A JSON answer; bytes are sent as they are."""
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return (
        status,
        {"content-type": "application/json", **{name.replace("_", "-"): headers[name] for name in headers}},
        body,
    )


@contextmanager
def served(handle: Callable[[int, int], Answer]) -> Iterator[str]:
    """A server on loopback; `handle(page, request number)` answers. Yields its URL."""
    requests = 0

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            nonlocal requests
            requests += 1
            page = int(parse_qs(urlsplit(self.path).query).get("page", ["1"])[0])
            status, headers, body = handle(page, requests)
            self.send_response(status)
            for name, value in {"content-length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
