"""Where a simulator runs: on a loopback port, or in the same process behind an httpx transport."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterator
from typing import Any

import httpx

from hub.errors import PluginError, UsageError
from hub.sdk.simulator.faults import IN_PROCESS, App, Disconnect, Hang, Message

_START_SECONDS = 10.0
_ANSWER_SECONDS = 120.0
LOOPBACK = "127.0.0.1"


@contextlib.contextmanager
def serve(app: App, port: int = 0) -> Iterator[str]:
    """Run an app on a loopback port (0: any free one) in a thread; yields its address, `http://127.0.0.1:PORT`."""
    server, listener = _server(app, port)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True, name="simulator")
    thread.start()
    try:
        _await_start(server, thread)
        yield f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(_START_SECONDS)
        listener.close()


def run(app: App, port: int) -> None:
    """Run an app on a loopback port until the process is told to stop."""
    server, listener = _server(app, port)
    with listener:
        server.run(sockets=[listener])


def _server(app: App, port: int) -> tuple[Any, socket.socket]:
    try:
        import uvicorn
    except ImportError as missing:
        raise PluginError(
            "simulators need uvicorn to run on a port.", fix="Install it: pip install 'b2b-hub[simulate]'."
        ) from missing
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
    except OSError as error:
        listener.close()
        raise UsageError(f"port {port} cannot be used: {error.strerror}.", fix="Choose another one.") from error
    config = uvicorn.Config(
        app, log_level="critical", access_log=False, lifespan="off", ws="none", timeout_graceful_shutdown=1
    )
    return uvicorn.Server(config), listener


def _await_start(server: Any, thread: threading.Thread) -> None:
    waited = threading.Event()
    for _ in range(int(_START_SECONDS / 0.01)):
        if server.started or not thread.is_alive():
            break
        waited.wait(0.01)
    if not server.started:
        raise PluginError("the simulator did not start.", fix="Run it alone with `hub simulate` to see why.")


class _Loop:
    """One event loop in a thread, for all simulators of this process."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()

    def run(self, work: Any) -> Any:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, daemon=True, name="simulators").start()
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(_ANSWER_SECONDS)


_loop = _Loop()


class InProcess(httpx.BaseTransport):
    """Requests reach the app without a network; its network faults come out as httpx raises them."""

    def __init__(self, app: App) -> None:
        self._app = app

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        try:
            status, headers, content = _loop.run(self._call(request, body))
        except Hang:
            raise httpx.ReadTimeout("no answer", request=request) from None
        except Disconnect:
            raise httpx.RemoteProtocolError("the connection ended early", request=request) from None
        return httpx.Response(status, headers=headers, stream=httpx.ByteStream(content), request=request)

    async def _call(self, request: httpx.Request, body: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
        start: Message = {}
        parts: list[bytes] = []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                parts.append(message.get("body", b""))

        await self._app(_scope(request), receive, send)
        return start["status"], start["headers"], b"".join(parts)


def _scope(request: httpx.Request) -> dict[str, Any]:
    url = request.url
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": url.scheme,
        "path": url.path,
        "raw_path": url.raw_path.partition(b"?")[0],
        "root_path": "",
        "query_string": url.query,
        "headers": [(name.lower(), value) for name, value in request.headers.raw],
        "server": (url.host, url.port),
        "client": ("127.0.0.1", 1),
        IN_PROCESS: True,
    }


def in_process(app: App) -> httpx.BaseTransport:
    """A transport for `Context.transport` that calls the app directly. Safe to use from several threads."""
    return InProcess(app)
