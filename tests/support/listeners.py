"""A mail server and a web server on this machine, for what the hub sends to people."""

from __future__ import annotations

import json
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Inbox:
    """What arrived. `refuse` makes the server turn away as many as it says."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    posts: list[tuple[str, dict[str, str], Any]] = field(default_factory=list)
    refuse: int = 0

    def refuses(self) -> bool:
        self.refuse -= 1
        return self.refuse >= 0


@contextmanager
def mail_server() -> Iterator[Inbox]:
    """A server that speaks as much SMTP as a client needs to get rid of a message."""
    inbox = Inbox()

    class Session(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 here")
            while line := self.rfile.readline().decode().strip():
                word = line.split(":")[0].upper()
                if word == "MAIL FROM" and inbox.refuses():
                    self._say("451 not now")
                elif word == "DATA":
                    self._say("354 go on")
                    self._message()
                    self._say("250 taken")
                elif word == "QUIT":
                    self._say("221 bye")
                    return
                else:
                    self._say("250 fine")

        def _message(self) -> None:
            lines = []
            while (line := self.rfile.readline()) not in (b".\r\n", b""):
                lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
            message = message_from_bytes(b"".join(lines), policy=policy.default)
            assert isinstance(message, EmailMessage)
            inbox.mails.append(message)

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with _served(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Session), inbox):
        yield inbox


@contextmanager
def web_server() -> Iterator[Inbox]:
    """A server that takes whatever is posted to it."""
    inbox = Inbox()

    class Request(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if inbox.refuses():
                self.send_response(503)
            else:
                inbox.posts.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(204)
            self.end_headers()

        def log_message(self, *arguments: Any) -> None:
            """Nothing is told."""

    with _served(ThreadingHTTPServer(("127.0.0.1", 0), Request), inbox):
        yield inbox


@dataclass
class Monitor:
    """A monitor outside that hears signs of life: (method, path with query, body). `status` is what it answers; with
    `hang` it takes so many seconds for that."""

    port: int = 0
    heard: list[tuple[str, str, str]] = field(default_factory=list)
    status: int = 200
    hang: float = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def monitor_server() -> Iterator[Monitor]:
    """A server that takes any request as a sign of life."""
    monitor = Monitor()

    class Request(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
            monitor.heard.append((self.command, self.path, body))
            time.sleep(monitor.hang)
            self.send_response(monitor.status)
            self.end_headers()

        do_POST = do_GET

        def log_message(self, *arguments: Any) -> None:
            """Nothing is told."""

    with _served(ThreadingHTTPServer(("127.0.0.1", 0), Request), monitor):
        yield monitor


@contextmanager
def _served(server: socketserver.BaseServer, inbox: Inbox | Monitor) -> Iterator[None]:
    inbox.port = server.server_address[1]  # type: ignore[index]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
