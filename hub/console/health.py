"""What other machines ask: does the process live, can it work, and the figures for Prometheus."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from fastapi.responses import JSONResponse, Response

from hub import __version__
from hub.access import Role, Scope
from hub.console.desk import Permission
from hub.console.guards import guard
from hub.console.visit import Here
from hub.errors import HubError
from hub.store.requests import Requests

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hub.console.desk import Console
    from hub.store.base import Store


def add(console: Console) -> None:
    """Add the routes. `/healthz` and `/readyz` tell nothing that is worth a login."""
    console.checks["schema"] = _schema
    console.checks["daemon"] = _daemon
    console.open_page("/healthz")(healthz)
    console.open_page("/readyz")(readyz)
    permission = Permission(Role.VIEWER, Scope.METRICS, guarded=False)
    console.permissions["GET /metrics"] = permission
    console.app.add_api_route(
        "/metrics", metrics, methods=["GET"], name="GET /metrics", dependencies=[guard(permission)],
        include_in_schema=False,
    )  # fmt: skip


def healthz() -> dict[str, str]:
    """Whether this process lives. Asks nothing else."""
    return {"status": "ok", "version": __version__}


def readyz(here: Here) -> Response:
    """Whether the store is there and of this release, and a daemon lives."""
    console = here.console
    wrong: dict[str, str] = {}
    try:
        with console.stores.lend() as store:
            for name, check in console.checks.items():
                problem = check(store)
                if problem:
                    wrong[name] = problem
    except HubError as error:
        wrong["store"] = type(error).__name__
    status = 503 if wrong else 200
    said = {name: wrong.get(name, "ok") for name in ("store", *console.checks)}
    return JSONResponse({"status": "ok" if not wrong else "not ready", "checks": said}, status_code=status)


def _schema(store: Store) -> str:
    try:
        store.require_current()
    except HubError:
        return "the database is not of this release; run `hub db upgrade`"
    return ""


def _daemon(store: Store) -> str:
    from datetime import UTC, datetime

    now = datetime.now(UTC)
    hearts = Requests(store).hearts()
    if any(heart.beats(now) for heart in hearts):
        return ""
    silent = now - hearts[0].seen_at if hearts else timedelta()
    return f"no `hub run` has shown itself for {silent.total_seconds():.0f} s" if hearts else "no `hub run` is running"


def metrics(here: Here) -> Response:
    """All figures, in Prometheus' text format."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.exposition import CONTENT_TYPE_LATEST

    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collected(here.console, here.store))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Collected:
    """What everybody has to say, as Prometheus wants it."""

    def __init__(self, console: Console, store: Store) -> None:
        self._console, self._store = console, store

    def collect(self) -> Iterator[Any]:
        for collect in self._console.collectors:
            yield from collect(self._store)
