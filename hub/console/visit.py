"""One request: who asks, in which language, and what a page needs to answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote, urlencode, urlsplit

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from hub.access import Gate, Principal, Role, Session
from hub.console import words
from hub.console.raised import Reason, reason
from hub.console.shown import Shown

if TYPE_CHECKING:
    from hub.console.desk import Console
    from hub.store.base import Store

SESSION_COOKIE = "hub_session"
LANGUAGE_COOKIE = "hub_language"
THEME_COOKIE = "hub_theme"
_NOTICE_COOKIE = "hub_notice"
_LONGEST_NOTICE = 500
THEMES = ("auto", "light", "dark")


@dataclass
class Visit:
    """What a handler knows of its request. `store` is lent for as long as the request lasts."""

    console: Console
    request: Request
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    _lent: Store | None = None

    @property
    def store(self) -> Store:
        if self._lent is None:
            self._lent = self.console.stores.take()
        return self._lent

    def leave(self, *, failed: bool) -> None:
        """The request is over."""
        if self._lent is not None:
            lent, self._lent = self._lent, None
            self.console.stores.give_back(lent, failed=failed)

    # -- who ---------------------------------------------------------------------------------------------------

    @cached_property
    def gate(self) -> Gate:
        return Gate(self.store, self.console.settings)

    @property
    def address(self) -> str:
        return self.request.client.host if self.request.client else ""

    @cached_property
    def login(self) -> Session | None:
        """The session that the browser's cookie names."""
        return self.gate.session(self.request.cookies.get(SESSION_COOKIE), self.address)

    @cached_property
    def bearer(self) -> str | None:
        """The token that a program sent; None where it sent none."""
        kind, _, token = self.request.headers.get("authorization", "").partition(" ")
        return token.strip() if kind.lower() == "bearer" else None

    @cached_property
    def principal(self) -> Principal | None:
        """Who asks; None where nobody has logged in and somebody must."""
        if self.bearer is not None:
            return self.gate.bearer(self.bearer, self.address)
        if self.login is not None:
            return self.login.principal
        return self.gate.visitor(self.address, self.request.headers.get("host", ""))

    @property
    def who(self) -> Principal:
        """Who asks, on routes that somebody must have been let into."""
        assert self.principal is not None
        return self.principal

    def may(self, role: str) -> bool:
        return self.principal is not None and self.principal.may(Role(role))

    @property
    def csrf(self) -> str:
        """What must come back with every change."""
        return self.login.csrf if self.login is not None else self.console.form_token

    def audit(self, action: str, subject: str = "", **detail: Any) -> None:
        """Note what this person does, or looks at."""
        self.gate.audit(self.who, action, subject, detail)

    # -- in which words ----------------------------------------------------------------------------------------

    @cached_property
    def language(self) -> str:
        wanted = self.request.cookies.get(LANGUAGE_COOKIE)
        header = self.request.headers.get("accept-language", "")
        return words.chosen(wanted, self.console.settings.language, header)

    @property
    def theme(self) -> str:
        wanted = self.request.cookies.get(THEME_COOKIE, "auto")
        return wanted if wanted in THEMES else "auto"

    def _(self, text: str, **values: Any) -> str:
        return words.told(self.language, text, **values)

    def ngettext(self, one: str, many: str, number: int, **values: Any) -> str:
        return words.counted(self.language, one, many, number, **values)

    def reason(self, text: str) -> Reason:
        """An error's text in this language, or as it is."""
        return reason(self.language, text)

    @cached_property
    def shown(self) -> Shown:
        return Shown(self.language, self.console.session.hub_settings.time_zone, self.now)

    # -- answers -----------------------------------------------------------------------------------------------

    def page(self, template: str, *, status: int = 200, **values: Any) -> Response:
        """A page of HTML. Templates know the values, this visit as `here`, and `shown`."""
        notice = self._notice() if template != "fragment.html" else None
        html = self.console.templates.get_template(template).render(
            here=self, _=self._, ngettext=self.ngettext, shown=self.shown, notice=notice, **values
        )
        response = HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store"})
        if notice:
            response.delete_cookie(_NOTICE_COOKIE)
        return response

    def back(self, path: str, notice: str = "", *, kind: str = "done") -> Response:
        """After a form: to a page, with a sentence about what came of it. `kind` is done or wrong."""
        response = RedirectResponse(path, status_code=303)
        if notice:
            text = quote(json.dumps([kind, notice[:_LONGEST_NOTICE]]))
            response.set_cookie(_NOTICE_COOKIE, text, max_age=60, httponly=True, samesite="strict")
        return response

    def _notice(self) -> list[str] | None:
        from urllib.parse import unquote

        try:
            kind, text = json.loads(unquote(self.request.cookies.get(_NOTICE_COOKIE, "")))
        except ValueError:
            return None
        return [kind, text] if kind in ("done", "wrong") and isinstance(text, str) else None

    @property
    def wants_json(self) -> bool:
        return self.request.url.path.startswith("/api/")

    @property
    def is_https(self) -> bool:
        return self.request.url.scheme == "https"

    def remember(self, response: Response, name: str, value: str, *, seconds: int, hidden: bool = True) -> None:
        """Set a cookie of ours."""
        response.set_cookie(
            name, value, max_age=seconds, httponly=hidden, samesite="lax", secure=self.is_https, path="/"
        )

    def link(self, **changed: Any) -> str:
        """This page's address with other parameters; those that are None are left out."""
        given = {**dict(self.request.query_params), **changed}
        query = urlencode({name: value for name, value in given.items() if value not in (None, "")})
        return f"{self.request.url.path}?{query}" if query else self.request.url.path

    def link_to(self, path: str) -> str:
        """Another page with the parameters of this one."""
        query = self.request.url.query
        return f"{path}?{query}" if query else path

    def here_or(self, path: str) -> str:
        """The page of ours that a form was on; `path` where it does not tell."""
        parts = urlsplit(self.request.headers.get("referer", ""))
        host = self.request.headers.get("host", "")
        if parts.netloc == host and parts.path.startswith("/"):
            return f"{parts.path}?{parts.query}" if parts.query else parts.path
        return path


def visit(request: Request) -> Iterator[Visit]:
    """A dependency of every route of ours."""
    console: Console = request.app.state.console
    console.look()
    here = Visit(console, request)
    request.state.visit = here
    failed = True
    try:
        yield here
        failed = False
    finally:
        here.leave(failed=failed)


Here = Annotated[Visit, Depends(visit)]


def as_json(document: Any, status: int = 200) -> JSONResponse:
    """A document whose decimals stay exact, as text."""
    return _Exact(document, status_code=status, headers={"Cache-Control": "no-store"})


class _Exact(JSONResponse):
    def render(self, content: Any) -> bytes:
        return json.dumps(content, ensure_ascii=False, default=_plain).encode()


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
