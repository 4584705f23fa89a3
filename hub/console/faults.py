"""What people and programs see when something goes wrong: one sentence, and what to do next. Never a stack trace."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse, Response
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException as StarletteHTTPException

from hub import log as hub_log
from hub.console.guards import LoginNeeded, Stale
from hub.console.visit import Visit
from hub.console.words import N_
from hub.errors import (
    AccessDenied,
    AuthError,
    ConfigError,
    HubError,
    LeaseHeld,
    MetricUndefined,
    PluginError,
    SourceUnavailable,
    StoreError,
    UsageError,
)

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = logging.getLogger(__name__)


class Missing(UsageError):
    """There is no such thing."""


class InTheWay(UsageError):
    """It cannot be done as things are now."""


class Problem(BaseModel):
    """What went wrong, and what to do."""

    problem: str = Field(description="What happened, in a sentence.")
    fix: str = Field(description="What to do next; empty where there is nothing.")


class Wrong(BaseModel):
    """The answer to a request that failed."""

    error: Problem


_DESCRIBED = {
    400: "The request cannot be answered as it is.",
    401: "Nobody is logged in, or the token is not valid.",
    403: "The role, the token's scope or the CSRF token is missing.",
    404: "There is no such thing.",
    409: "It cannot be done as things are now.",
    422: "A parameter is wrong.",
    429: "Too many attempts.",
    503: "The store or a system is away.",
}


def document(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI document, with the errors that every route may answer. They are added here, once: as models of each
    route they would take most of the console's start."""
    if app.openapi_schema is None:
        schema = FastAPI.openapi(app)
        schemas = schema.setdefault("components", {}).setdefault("schemas", {})
        wrong = Wrong.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(wrong.pop("$defs"))
        schemas["Wrong"] = wrong
        content = {"application/json": {"schema": {"$ref": "#/components/schemas/Wrong"}}}
        answers = {str(status): {"description": text, "content": content} for status, text in _DESCRIBED.items()}
        for methods in schema.get("paths", {}).values():
            for described in methods.values():
                described["responses"].update(answers)
    return app.openapi_schema or {}


_STATUS: tuple[tuple[type[HubError], int], ...] = (
    (LoginNeeded, 401),
    (AccessDenied, 403),
    (Missing, 404),
    (InTheWay, 409),
    (MetricUndefined, 409),
    (LeaseHeld, 409),
    (UsageError, 400),
    (ConfigError, 409),
    (StoreError, 503),
    (SourceUnavailable, 503),
    (AuthError, 409),
    (PluginError, 409),
)


def status_of(error: HubError) -> int:
    """The HTTP status that says the same."""
    if getattr(error, "retry_after_seconds", None) and isinstance(error, AccessDenied):
        return 429
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def install(app: FastAPI) -> None:
    """Let the app answer its errors in our words, and describe them."""
    app.openapi = lambda: document(app)  # type: ignore[method-assign]
    app.add_exception_handler(HubError, _told)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(StarletteHTTPException, _http)


class Bugs:
    """ASGI middleware: an error that nobody foresaw is recorded without its secrets, and told in one sentence. The
    server would print it as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, sending)
        except Exception as error:
            if scope["type"] != "http":
                raise
            response = await run_in_threadpool(_bug, Request(scope), error)
            if not begun:
                await response(scope, receive, send)


def _told(request: Request, error: Exception) -> Response:
    assert isinstance(error, HubError)
    status = status_of(error)
    if isinstance(error, LoginNeeded) and not _is_api(request):
        wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        back = wanted if request.method == "GET" and wanted != "/" else ""
        return RedirectResponse(f"/login?next={quote(back)}" if back else "/login", status_code=303)
    if status >= 500:
        log.warning("%s %s: %s", request.method, request.url.path, error)
    return answer(request, status, error.problem, error.fix or "")


def _not_understood(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = "; ".join(
        f"{'.'.join(str(step) for step in each['loc'][1:]) or each['loc'][0]}: {each['msg']}"
        for each in error.errors()[:5]
    )
    status = 422 if _is_api(request) else 400
    return answer(request, status, N_("The request is not understood: %(v1)s.") % {"v1": wrong[:500]}, "")


def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, StarletteHTTPException)
    said = error.detail if isinstance(error, HTTPException) else ""
    known = {404: N_("There is nothing here."), 405: N_("That is not possible here.")}
    return answer(request, error.status_code, known.get(error.status_code, said or _phrase(error.status_code)), "")


def _bug(request: Request, error: Exception) -> Response:
    place = hub_log.record_bug(error, f"{request.method} {request.url.path}")
    log.error("an error of ours in %s %s: details are in %s", request.method, request.url.path, place)
    return answer(
        request, 500, N_("This page failed. It is a bug of ours."),
        N_("Details are in %(v1)s beside the hub's logs.") % {"v1": place.name},
    )  # fmt: skip


def answer(request: Request, status: int, problem: str, fix: str) -> Response:
    """The error as a page or as JSON, whichever was asked for."""
    headers = {"www-authenticate": "Bearer"} if status == 401 else {}
    if _is_api(request):
        wrong = Wrong(error=Problem(problem=problem, fix=fix))
        return JSONResponse(wrong.model_dump(), status_code=status, headers=headers)
    here: Visit | None = getattr(request.state, "visit", None)
    here = here or Visit(request.app.state.console, request)
    try:
        return here.page("error.html", status=status, number=status, problem=problem, fix=fix)
    except HubError:  # the store is away, so nobody knows who asks
        text = f"{problem}\n{fix}\n"
        return Response(text, status_code=status, media_type="text/plain")
    finally:
        here.leave(failed=False)


def _is_api(request: Request) -> bool:
    return request.url.path.startswith(("/api/", "/metrics", "/healthz", "/readyz"))


def _phrase(status: int) -> str:
    return f"{HTTPStatus(status).phrase}."


__all__ = ["Bugs", "InTheWay", "Missing", "Stale", "answer", "document", "install", "status_of"]
