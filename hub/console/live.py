"""Pages that follow what happens: one poller asks the store, however many people look on, and tells them all."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from hub.access import Role, Scope
from hub.console.desk import API, Permission
from hub.console.guards import guard
from hub.errors import HubError

if TYPE_CHECKING:
    from hub.console.desk import Console

log = logging.getLogger(__name__)

PATH = f"{API}/events"
_EVERY_SECONDS = 1.0
_KEEP_ALIVE_SECONDS = 15.0
_LONGEST_SECONDS = 600.0
"""After so long a browser has to ask again, and is looked at again: its session may have ended."""
_GOOD_BYE = "good-bye"
_WAITING = 4
"""Messages that a slow browser may be behind; then it gets the newest only."""


class Broadcast:
    """Asks once a second while somebody looks on, and tells everybody what has changed."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._viewers: set[asyncio.Queue[str]] = set()
        self._task: asyncio.Task[None] | None = None
        self._last = ""
        self._ended = False
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def viewers(self) -> int:
        return len(self._viewers)

    @contextlib.asynccontextmanager
    async def seat(self) -> AsyncIterator[asyncio.Queue[str]]:
        """A place for one viewer, while it looks on."""
        queue: asyncio.Queue[str] = asyncio.Queue(_WAITING)
        self._viewers.add(queue)
        self._loop = asyncio.get_running_loop()
        if self._last:
            queue.put_nowait(self._last)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        try:
            yield queue
        finally:
            self._viewers.discard(queue)

    def end(self) -> None:
        """Let everybody go: the console ends. May be called from anywhere."""
        self._ended = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._tell, _GOOD_BYE)

    async def _run(self) -> None:
        while self._viewers and not self._ended:
            try:
                said = await run_in_threadpool(self._ask)
            except HubError as error:
                log.info("%s", error)
            except Exception as error:  # a plugin's fault must not end everybody's view
                log.warning("what happens could not be asked", exc_info=error)
            else:
                self._tell(said)
            await asyncio.sleep(_EVERY_SECONDS)
        self._last = ""

    def _ask(self) -> str:
        with self._console.stores.lend() as store:
            said = {name: dict(live(store)) for name, live in self._console.lives.items()}
        return json.dumps(said, default=_plain, separators=(",", ":"))

    def _tell(self, said: str) -> None:
        if said == self._last:
            return
        self._last = said
        for queue in self._viewers:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(said)


def add(console: Console) -> None:
    """Add the stream of events."""
    console.app.state.broadcast = Broadcast(console)
    permission = Permission(Role.VIEWER, Scope.API, guarded=False)
    console.permissions[f"GET {PATH}"] = permission
    console.app.add_api_route(
        PATH, events, methods=["GET"], name=f"GET {PATH}", dependencies=[guard(permission)],
        response_class=StreamingResponse, include_in_schema=False,
    )  # fmt: skip


async def events(request: Request) -> StreamingResponse:
    """What happens, as server-sent events: one JSON object a message, once a second at most."""
    request.state.visit.leave(failed=False)  # who asks is known, and a store must not wait for minutes with the viewer
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_messages(request.app.state.broadcast), media_type="text/event-stream", headers=headers)


async def _messages(broadcast: Broadcast) -> AsyncIterator[str]:
    ends = asyncio.get_running_loop().time() + _LONGEST_SECONDS
    async with broadcast.seat() as queue:
        yield "retry: 3000\n\n"
        while asyncio.get_running_loop().time() < ends:
            try:
                said = await asyncio.wait_for(queue.get(), _KEEP_ALIVE_SECONDS)
            except TimeoutError:
                yield ": still here\n\n"
            else:
                if said == _GOOD_BYE:
                    return
                yield f"data: {said}\n\n"


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
