"""HTTP as old and odd servers speak it, on a loopback port: HTTP/1.0, chunks, gzip, headers in lower case."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from support.strange_odata import Asked, StrangeService, Told

Other = Callable[[str, str], Told | None]
"""Answers what is below no service (method and path): tokens, logins."""


@contextmanager
def serving(services: dict[str, StrangeService], other: Other | None = None, *, http: str = "1.0") -> Iterator[str]:
    """Serve services below their paths; yields the address. `http`: 1.0, which closes after each answer, or chunked."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0" if http == "1.0" else "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            """Nobody wants to hear it."""

        def do_GET(self) -> None:
            self._tell(self._found())

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("content-length", 0)))
            self._tell(self._found())

        def _found(self) -> Told:
            path, _, query = self.path.partition("?")
            made = other(self.command, path) if other else None
            if made is not None:
                return made
            for root, service in services.items():
                if path == root or path.startswith(root + "/"):
                    here = f"http://{self.headers['host']}{root}/"
                    headers = {name.lower(): value for name, value in self.headers.items()}
                    return service.answer(Asked(path[len(root) :].strip("/"), query, headers, here))
            return Told(404, "text/html", b"<html>There is nothing here.</html>")

        def _tell(self, told: Told) -> None:
            body = told.body
            self.send_response_only(told.status)
            self.send_header("content-type", told.kind)
            if "gzip" in self.headers.get("accept-encoding", ""):
                body = gzip.compress(body, 1)
                self.send_header("content-encoding", "gzip")
            for name, value in told.headers.items():
                self.send_header(name, value)
            if http == "1.0":  # the end of the connection is the end of the answer
                self.end_headers()
                self.wfile.write(body)
                return
            self.send_header("transfer-encoding", "chunked")
            self.end_headers()
            for start in range(0, len(body), 700):
                piece = body[start : start + 700]
                self.wfile.write(f"{len(piece):X};ignored=yes\r\n".encode() + piece + b"\r\n")
            self.wfile.write(b"0\r\n\r\n")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
