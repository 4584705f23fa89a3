"""Who gets in: every route asks for a role, tokens for a scope, and every change for proof that it is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Depends, Request

from hub.access.tokens import same
from hub.console.visit import Here, Visit
from hub.errors import AccessDenied

if TYPE_CHECKING:
    from hub.console.desk import Permission

CSRF_FIELD = "csrf"
CSRF_HEADER = "x-csrf-token"


class LoginNeeded(AccessDenied):
    """Nobody is logged in, and the route is not for everybody."""


class Stale(AccessDenied):
    """A change without the token of this session: the page is too old, or it is somebody else's page."""


def guard(permission: Permission) -> Any:
    """The dependency that lets a request into a route, or raises."""

    async def check(request: Request, here: Here) -> None:
        if permission.role is not None:
            from starlette.concurrency import run_in_threadpool

            await run_in_threadpool(_admit, here, permission)
        if permission.guarded and here.bearer is None:
            await _require_meant(request, here)

    return Depends(check)


def _admit(here: Visit, permission: Permission) -> None:
    principal = here.principal
    if principal is None:
        raise LoginNeeded("nobody is logged in.", fix="Log in, or send a token: Authorization: Bearer hub_…")
    if here.bearer is not None and permission.scope is None:
        raise AccessDenied("tokens are for the API.", fix="Use the routes below /api/v1.")
    assert permission.role is not None
    principal.require(permission.role, permission.scope)


async def _require_meant(request: Request, here: Visit) -> None:
    sent = request.headers.get(CSRF_HEADER)
    if sent is None and "form" in request.headers.get("content-type", ""):
        value = (await request.form()).get(CSRF_FIELD)
        sent = value if isinstance(value, str) else None
    if sent is None and _is_no_browser(request, here):
        return
    if sent is None or not same(here.csrf, sent):
        raise Stale("this form is too old, or it does not come from here.", fix="Load the page again, then repeat it.")


def _is_no_browser(request: Request, here: Visit) -> bool:
    """A program on this machine, where nobody logs in: browsers tell where a request comes from, whatever the page."""
    told = {"origin", "sec-fetch-site", "referer"} & set(request.headers.keys())
    return here.wants_json and not told and here.login is None and here.who.via == "this machine"
