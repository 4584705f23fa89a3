"""Coming in and going out: the login, by password or by an identity provider; and how a person likes the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from fastapi import Form, Query, Request
from fastapi.responses import RedirectResponse, Response

from hub.console.faults import Missing
from hub.console.visit import LANGUAGE_COOKIE, SESSION_COOKIE, THEME_COOKIE, THEMES, Here, Visit
from hub.console.words import LANGUAGES
from hub.errors import AccessDenied

if TYPE_CHECKING:
    from hub.access import Session
    from hub.access.oidc import Oidc
    from hub.console.desk import Console

OIDC_COOKIE = "hub_oidc"
NEXT_COOKIE = "hub_next"
_YEAR_SECONDS = 31_536_000
_LOGIN_SECONDS = 600
Name = Annotated[str, Form(max_length=200)]
Password = Annotated[str, Form(max_length=1000)]


def add(console: Console) -> None:
    """Add the pages."""
    console.open_page("/login")(login_page)
    console.open_page("/login", "POST")(log_in)
    console.open_page("/login/oidc")(begin_oidc)
    console.open_page("/login/oidc/answer")(end_oidc)
    console.open_page("/logout", "POST")(log_out)
    console.open_page("/preferences", "POST")(prefer)


def login_page(here: Here, next: Annotated[str, Query(max_length=500)] = "/") -> Response:
    """Ask for name and password."""
    if here.principal is not None:
        return RedirectResponse(own_path(next), status_code=303)
    return here.page("login.html", next=own_path(next), name="", refused=None)


def log_in(here: Here, name: Name, password: Password, next: Annotated[str, Form(max_length=500)] = "/") -> Response:
    """Check them."""
    try:
        session = here.gate.login(name, password, here.address, previous=here.request.cookies.get(SESSION_COOKIE))
    except AccessDenied as error:
        waits = getattr(error, "retry_after_seconds", None)
        return here.page(
            "login.html", status=429 if waits else 401, next=own_path(next), name=name, refused=error,
        )  # fmt: skip
    return admitted(here, session, own_path(next))


def admitted(here: Visit, session: Session, path: str) -> Response:
    """Give the browser its cookie."""
    response = RedirectResponse(path, status_code=303)
    seconds = int((session.expires_at - here.now).total_seconds())
    here.remember(response, SESSION_COOKIE, session.cookie, seconds=seconds)
    return response


def begin_oidc(here: Here, next: Annotated[str, Query(max_length=500)] = "/") -> Response:
    """Send the browser to the identity provider."""
    begun = provider_of(here).begin()
    response = RedirectResponse(begun.url, status_code=303)
    here.remember(response, OIDC_COOKIE, begun.cookie, seconds=_LOGIN_SECONDS)
    here.remember(response, NEXT_COOKIE, own_path(next), seconds=_LOGIN_SECONDS)
    return response


def end_oidc(here: Here, request: Request) -> Response:
    """What the browser brings back from there."""
    vouched = provider_of(here).finish(request.cookies.get(OIDC_COOKIE), dict(request.query_params))
    previous = request.cookies.get(SESSION_COOKIE)
    session = here.gate.admit(vouched.name, vouched.role, here.address, previous=previous)
    response = admitted(here, session, own_path(request.cookies.get(NEXT_COOKIE, "/")))
    response.delete_cookie(OIDC_COOKIE, path="/")
    response.delete_cookie(NEXT_COOKIE, path="/")
    return response


def provider_of(here: Visit) -> Oidc:
    """The configured provider. Raises Missing where there is none."""
    settings, state = here.console.settings, here.console.app.state
    if settings.oidc is None:
        raise Missing("no identity provider is configured.", fix="Log in with name and password.")
    if getattr(state, "oidc", None) is None:
        from hub.access.oidc import Oidc

        base = settings.public_url or str(here.request.base_url).rstrip("/")
        state.oidc = Oidc(settings.oidc, f"{base}/login/oidc/answer")
    provider: Oidc = state.oidc
    return provider


def log_out(here: Here) -> Response:
    """End the session."""
    here.gate.logout(here.request.cookies.get(SESSION_COOKIE))
    response = RedirectResponse("/login", status_code=303)
    response.delete_cookie(SESSION_COOKIE, path="/", httponly=True, samesite="lax")
    return response


def prefer(
    here: Here,
    language: Annotated[str, Form(max_length=10)] = "",
    theme: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Remember a language or a colour scheme for this browser."""
    response = RedirectResponse(here.here_or("/"), status_code=303)
    if language in LANGUAGES:
        here.remember(response, LANGUAGE_COOKIE, language, seconds=_YEAR_SECONDS)
    if theme in THEMES:
        here.remember(response, THEME_COOKIE, theme, seconds=_YEAR_SECONDS)
    return response


def own_path(text: str) -> str:
    """A path of ours to go to after the login; the overview for anything else."""
    parts = urlsplit(text)
    plain = text.startswith("/") and not text.startswith(("//", "/\\")) and not parts.netloc and not parts.scheme
    return text if plain and text.isprintable() and "\\" not in text else "/"
