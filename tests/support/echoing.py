"""Servers that say back all they were told, credentials first: as careless systems do in their error pages."""

from __future__ import annotations

import base64
import contextlib
import itertools
import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote_plus

_STATUSES = (401, 400, 500, 403, 503, 200, 404)


@contextmanager
def echoing_web_server(issued: str) -> Iterator[tuple[int, list[bytes]]]:
    """Its port, and everything it was told. Where a token is asked for it gives `issued`, and repeats that later."""
    heard: list[bytes] = []
    statuses = itertools.cycle(_STATUSES)

    class Request(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            told = f"{self.path}\n{self.headers}\n{body.decode('utf-8', 'replace')}"
            heard.append(told.encode())
            if "token" in self.path.casefold():
                self._answer(200, {"access_token": issued, "token_type": "Bearer", "expires_in": 3600})
                return
            words = [told, unquote_plus(told), *_decoded(self.headers.get("Authorization", ""))]
            self._answer(next(statuses), {"error": {"message": " ".join(words), "code": words[0]}, "errors": words})

        do_GET = do_PUT = do_PATCH = do_POST

        def _answer(self, status: int, document: Any) -> None:
            content = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Retry-After", "0")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *arguments: Any) -> None:
            """Nothing is told."""

    with _served(ThreadingHTTPServer(("127.0.0.1", 0), Request)) as port:
        yield port, heard


def _decoded(authorization: str) -> list[str]:
    scheme, _, value = authorization.partition(" ")
    with contextlib.suppress(ValueError):
        return [base64.b64decode(value).decode("utf-8", "replace")] if scheme == "Basic" else []
    return []


@contextmanager
def echoing_mail_server() -> Iterator[tuple[int, list[bytes]]]:
    """It refuses every login, and says with what."""
    heard: list[bytes] = []

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 here")
            while line := self.rfile.readline().decode().strip():
                words = line.split()
                heard.append(line.encode())
                if words[0].upper() == "EHLO":
                    self._say("250-here")
                    self._say("250 AUTH PLAIN LOGIN")
                elif words[0].upper() == "AUTH":
                    given = base64.b64decode(words[-1]).decode("utf-8", "replace").replace("\0", " ")
                    heard.append(given.encode())
                    self._say(f"535 wrong: {given} {words[-1]}")
                elif words[0].upper() == "QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say(f"530 first say who you are: {line}")

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with _served(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session)) as port:
        yield port, heard


@contextmanager
def _served(server: socketserver.BaseServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]  # type: ignore[misc]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
