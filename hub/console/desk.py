"""What pages are brought to: `hub_console(console)` gets one, from the hub's own parts and from plugins alike."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.access import Role, Scope
from hub.console.lending import Lending
from hub.console.words import LANGUAGES
from hub.errors import HubError

if TYPE_CHECKING:
    from fastapi import FastAPI
    from jinja2 import Environment

    from hub.session import Session
    from hub.settings.console import ConsoleSettings
    from hub.store.base import Store

_LOOK_SECONDS = 2.0
"""How often the settings files are looked at."""
API = "/api/v1"

Handler = Callable[..., Any]
Live = Callable[["Store"], Mapping[str, Any]]
Check = Callable[["Store"], str]
Collect = Callable[["Store"], Iterable[Any]]
Badge = Callable[["Store"], int | None]


@dataclass(frozen=True)
class Entry:
    """One place in the navigation. `badge` gives the number beside it, or None."""

    label: str
    path: str
    order: int
    role: Role
    badge: Badge | None = None


@dataclass(frozen=True)
class Permission:
    """What a route asks for: a role, the scope of a token (None: no token will do), and a CSRF token."""

    role: Role | None
    scope: Scope | None
    guarded: bool


@dataclass
class Console:
    """Pages, actions and API routes are added to it; all of them say who may use them.

    form_token   CSRF token of those who have no session: the login, and everybody where there are no users
    permissions  name of a route -> what it asks for; a route that is not in here is refused
    lives        name -> what is sent to open pages once a second, while there are any
    checks       name -> "" or what is wrong, for /readyz
    collectors   what /metrics says
    closers      called when the console ends
    """

    session: Session
    settings: ConsoleSettings
    app: FastAPI
    stores: Lending
    templates: Environment
    form_token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    permissions: dict[str, Permission] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    lives: dict[str, Live] = field(default_factory=dict)
    checks: dict[str, Check] = field(default_factory=dict)
    collectors: list[Collect] = field(default_factory=list)
    closers: list[Callable[[], None]] = field(default_factory=list)
    problem: str = ""
    """Why the newest settings are refused; those before are in force."""

    def __post_init__(self) -> None:
        self._looked = time.monotonic()
        self._lock = threading.Lock()
        self._mark: str | None = None

    @property
    def languages(self) -> Mapping[str, str]:
        """Language -> its name in itself."""
        return LANGUAGES

    def close(self) -> None:
        """Close what was opened."""
        while self.closers:
            self.closers.pop()()
        self.stores.close()

    # -- what is brought ---------------------------------------------------------------------------------------

    def page(self, path: str, *, role: str = "viewer") -> Callable[[Handler], Handler]:
        """A page of HTML, by GET. The handler gets a `Visit` by `here: Here`, and answers with `here.page(…)`."""
        return self._adding("GET", path, Permission(Role(role), None, guarded=False), include_in_schema=False)

    def action(self, path: str, *, role: str = "operator") -> Callable[[Handler], Handler]:
        """What a form of a page does, by POST; it answers with `here.back(…)`."""
        return self._adding("POST", path, Permission(Role(role), None, guarded=True), include_in_schema=False)

    def open_page(self, path: str, method: str = "GET") -> Callable[[Handler], Handler]:
        """What people may see, or post, before they have logged in."""
        permission = Permission(None, None, guarded=method != "GET")
        return self._adding(method, path, permission, include_in_schema=False)

    def api(self, method: str, path: str, *, role: str = "viewer", **options: Any) -> Callable[[Handler], Handler]:
        """A route below /api/v1, for sessions and for tokens of the scope `api`. `options` are FastAPI's."""
        permission = Permission(Role(role), Scope.API, guarded=method != "GET")
        return self._adding(method, f"{API}{path}", permission, **options)

    def navigation(
        self, label: str, path: str, *, order: int, role: str = "viewer", badge: Badge | None = None
    ) -> None:
        """A place in the navigation; smaller `order` comes first."""
        self.entries.append(Entry(label, path, order, Role(role), badge))
        self.entries.sort(key=lambda entry: entry.order)

    def folder(self, path: Path) -> None:
        """A folder with templates; those before it win."""
        self.templates.loader.searchpath.append(str(path))  # type: ignore[union-attr]

    def _adding(self, method: str, path: str, permission: Permission, **options: Any) -> Callable[[Handler], Handler]:
        from hub.console.guards import guard

        def add(handler: Handler) -> Handler:
            name = f"{method} {path}"
            self.permissions[name] = permission
            self.app.add_api_route(
                path, handler, methods=[method], name=name, dependencies=[guard(permission)],
                **options,
            )  # fmt: skip
            return handler

        return add

    # -- the settings in force ---------------------------------------------------------------------------------

    def look(self) -> None:
        """Follow an edit of the settings, or keep those before it where it is refused."""
        if time.monotonic() - self._looked < _LOOK_SECONDS or not self._lock.acquire(blocking=False):
            return
        try:
            self._looked = time.monotonic()
            self._follow()
        finally:
            self._lock.release()

    def _follow(self) -> None:
        from hub.session import Session
        from hub.settings import kept

        mark = kept.mark_of(self.session.config_dir)
        if mark == self._mark:
            return
        first, self._mark = self._mark is None, mark
        if first:
            return
        fresh = Session(self.session.config_dir, debug=self.session.debug, log_json=self.session.log_json)
        try:
            fresh.settings  # noqa: B018 - reads and judges all of it
        except HubError as error:
            self.problem = str(error)
        else:
            if fresh.store_url == self.session.store_url:
                self.session, self.problem = fresh, ""
