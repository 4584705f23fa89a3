"""A hub with a little data, and its console: in this process for requests, or on a port for a browser."""

from __future__ import annotations

import asyncio
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from functools import cached_property
from io import StringIO
from pathlib import Path
from typing import Any

import httpx

from hub import cli
from hub.access import Gate, Principal, Role
from hub.console.app import build
from hub.sdk.simulator import in_process
from hub.session import Session
from hub.settings.load import load_console
from hub.store import open_store
from hub.store.requests import Heart, Requests

CUSTOMERS = """source_id,name,email,country,kind,source_updated_at
C1,Ada Lovelace,ada@example.org,DE,person,2024-01-01T00:00:00Z
C2,Turing Machines Ltd,info@turing.example,GB,company,2024-01-02T00:00:00Z
C3,Grace Hopper,grace@example.org,Atlantis,person,2024-01-03T00:00:00Z
"""
ORDERS = """source_id,customer_source_id,total,currency,ordered_at,source_updated_at
O1,C1,10.50,EUR,2024-02-01T00:00:00Z,2024-02-01T00:00:00Z
O2,C2,twenty,EUR,2024-02-02T00:00:00Z,2024-02-02T00:00:00Z
"""
SECRET_NAMES = ("Ada Lovelace", "Grace Hopper", "ada@example.org", "grace@example.org")
"""Personal data of the exports: viewers must never see it."""
PASSWORD = "correct horse battery staple"
HUB = "store: sqlite:///hub.db\ntime_zone: Europe/Berlin\nconsole: {port: 18999}\n"
ERP = "kind: csv\nfolder: data\nschedule: every 1h\nmax_reject_share: 1\n"


class Client(httpx.Client):
    """Requests to the console in this process, with their cookies; redirects are looked at, not followed."""

    def __init__(self, app: Any, host: str, address: str) -> None:
        self.app = app

        async def from_there(scope: Any, receive: Any, send: Any) -> None:
            sent = False

            async def once() -> Any:
                nonlocal sent
                if sent:  # a browser that waits for its answer says no more
                    await asyncio.sleep(60)
                sent = True
                return await receive()

            await app({**scope, "client": (address, 50000)}, once, send)

        super().__init__(transport=in_process(from_there), base_url=f"http://{host}", timeout=60)


class ConsoleHub:
    """A project's folder with a synced store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config"
        (self.config / "connectors").mkdir(parents=True)
        (folder / "data").mkdir()
        (self.config / "hub.yaml").write_text(HUB)
        (self.config / "connectors" / "erp.yaml").write_text(ERP)
        (folder / "data" / "customers.csv").write_text(CUSTOMERS)
        (folder / "data" / "orders.csv").write_text(ORDERS)

    @property
    def url(self) -> str:
        return f"sqlite:///{self.folder}/hub.db"

    def hub(self, *arguments: str) -> int:
        """Run a command, quietly."""
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            return cli.run(["--config", str(self.config), *arguments])

    @cached_property
    def app(self) -> Any:
        """One console for all requests to this hub."""
        return build(Session(self.config), load_console(self.config))

    def close(self) -> None:
        self.app.state.console.close()

    @contextmanager
    def client(self, host: str = "127.0.0.1", address: str = "127.0.0.1") -> Iterator[Client]:
        """Requests of one browser or program."""
        with Client(self.app, host, address) as client:
            yield client

    def add_user(self, name: str, role: str) -> None:
        with open_store(self.url) as store:
            Gate(store).people.add_user(Principal("test", Role.ADMIN, "command line"), name, Role(role), PASSWORD)

    def token(self, name: str, role: str, *scopes: str) -> str:
        with open_store(self.url) as store:
            by = Principal("test", Role.ADMIN, "command line")
            return Gate(store).people.create_token(by, name, Role(role), scopes or ("api",), None)

    def beat(self) -> None:
        """As a daemon would show that it lives."""
        from datetime import UTC, datetime

        now = datetime.now(UTC)
        with open_store(self.url) as store:
            Requests(store).beat(Heart(f"test:{os.getpid()}", "0", now, now, 2, ""))


def csrf_of(html: str) -> str:
    """The token that a page carries."""
    found = re.search(r'<meta name="csrf" content="([^"]+)">', html)
    assert found is not None
    return found[1]


def log_in(client: Client, name: str) -> str:
    """Log somebody in; returns the session's CSRF token."""
    token = csrf_of(client.get("/login").text)
    answer = client.post("/login", data={"csrf": token, "name": name, "password": PASSWORD, "next": "/"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    return csrf_of(client.get("/").text)


@contextmanager
def served(app: Any) -> Iterator[str]:
    """The console on a free port of this machine."""
    import socket

    import uvicorn

    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False, ws="none",
                                           timeout_graceful_shutdown=1))  # fmt: skip
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    ends = time.monotonic() + 20
    while not server.started and time.monotonic() < ends:
        time.sleep(0.02)
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(10)
        listener.close()
