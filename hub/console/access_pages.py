"""Users, tokens and the audit log, for admins."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import Form, Query
from fastapi.responses import Response

from hub.access import Role, Scope
from hub.console.visit import Here
from hub.console.words import N_

if TYPE_CHECKING:
    from hub.console.desk import Console

Name = Annotated[str, Form(max_length=100)]
Password = Annotated[str, Form(max_length=1000)]
RoleName = Literal["viewer", "operator", "admin"]
ScopeName = Literal["api", "odata", "metrics"]
_LINES = 100
ROLES = {"viewer": N_("viewer"), "operator": N_("operator"), "admin": N_("admin")}
"""Role -> what it is called on pages."""
WAYS = {
    "password": N_("by password"), "oidc": N_("by single sign-on"), "token": N_("by token"),
    "command line": N_("on the command line"), "daemon": N_("by itself"), "this machine": N_("on this machine"),
}  # fmt: skip
"""How somebody came in -> what it is called on pages."""


def add(console: Console) -> None:
    """Add the pages and what can be done on them."""
    console.templates.globals.update(roles=ROLES, ways=WAYS)
    console.navigation(N_("Users and tokens"), "/access", order=90, role="admin")
    console.navigation(N_("Audit log"), "/audit", order=95, role="admin")
    pages(console)
    users(console)
    tokens(console)


def pages(console: Console) -> None:
    """What is shown."""

    @console.page("/access", role="admin")
    def access(here: Here) -> Response:
        people = here.gate.people
        return here.page("access.html", users=people.users(), tokens=people.tokens(), secret=None, made=None)

    @console.page("/audit", role="admin")
    def audit(
        here: Here,
        who: Annotated[str, Query(max_length=100)] = "",
        action: Annotated[str, Query(max_length=100)] = "",
        before: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        found = here.gate.log.entries(who=who or None, action=action or None, before=before or None, limit=_LINES)
        kept = here.gate.log.kept(console.session.hub_settings.retention.audit_days)
        return here.page("audit.html", entries=found, who=who, action=action, limit=_LINES, before=before, kept=kept)


def users(console: Console) -> None:
    """Who may log in."""

    @console.action("/access/users", role="admin")
    def add_user(here: Here, name: Name, password: Password, role: Annotated[RoleName, Form()] = "viewer") -> Response:
        user = here.gate.people.add_user(here.who, name, Role(role), password)
        return here.back("/access", here._("%(name)s may log in now.", name=user.name))

    @console.action("/access/users/role", role="admin")
    def set_role(here: Here, name: Name, role: Annotated[RoleName, Form()]) -> Response:
        here.gate.people.set_role(here.who, name, Role(role))
        return here.back("/access", here._("%(name)s has another role now, and must log in again.", name=name))

    @console.action("/access/users/password", role="admin")
    def set_password(here: Here, name: Name, password: Password) -> Response:
        here.gate.people.set_password(here.who, name, password)
        return here.back("/access", here._("%(name)s has a new password, and must log in again.", name=name))

    @console.action("/access/users/remove", role="admin")
    def remove(here: Here, name: Name) -> Response:
        here.gate.people.remove_user(here.who, name)
        return here.back("/access", here._("%(name)s may not log in any more.", name=name))


def tokens(console: Console) -> None:
    """What programs may do."""

    @console.action("/access/tokens", role="admin")
    def create(
        here: Here,
        name: Name,
        scope: Annotated[list[ScopeName], Form()],
        role: Annotated[RoleName, Form()] = "viewer",
        days: Annotated[int, Form(ge=0, le=3650)] = 365,
    ) -> Response:
        people = here.gate.people
        lifetime = timedelta(days=days) if days else None
        secret = people.create_token(here.who, name, Role(role), [Scope(each) for each in scope], lifetime)
        return here.page("access.html", users=people.users(), tokens=people.tokens(), secret=secret, made=name)

    @console.action("/access/tokens/revoke", role="admin")
    def revoke(here: Here, name: Name) -> Response:
        here.gate.people.revoke_token(here.who, name)
        return here.back("/access", here._("The token %(name)s is refused from now on.", name=name))
