"""The API's reference as a page, made from its own OpenAPI document: no assets from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi.responses import Response

from hub.console.desk import API
from hub.console.visit import Here

if TYPE_CHECKING:
    from hub.console.desk import Console


@dataclass(frozen=True)
class Route:
    """One route of the API, as people read it."""

    method: str
    path: str
    role: str
    text: str
    parameters: tuple[str, ...]


def add(console: Console) -> None:
    """Add the page."""

    @console.page("/api")
    def api(here: Here) -> Response:
        return here.page("api.html", routes=list(_routes(console)), document=f"{API}/openapi.json")


def _routes(console: Console) -> Iterator[Route]:
    for path, methods in console.app.openapi()["paths"].items():
        for method, described in methods.items():
            permission = console.permissions[f"{method.upper()} {path}"]
            assert permission.role is not None
            text = described.get("description") or described.get("summary", "")
            yield Route(method.upper(), path, permission.role.value, text, tuple(_parameters(described)))


def _parameters(described: dict[str, Any]) -> Iterator[str]:
    for each in described.get("parameters", ()):
        if each["in"] == "query":
            yield each["name"]
