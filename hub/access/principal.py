"""Who asks, and what they may do."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from hub.errors import AccessDenied


class Role(StrEnum):
    """What somebody may do; each role may do all that the ones before it may. They compare by that order."""

    VIEWER = "viewer"
    """Reads everything, personal data masked."""
    OPERATOR = "operator"
    """Also runs, pauses, retries and decides, and sees personal data; each look is noted."""
    ADMIN = "admin"
    """Also configuration, users, tokens, the audit log, and erasure."""

    @property
    def rank(self) -> int:
        return list(Role).index(self)

    def __lt__(self, other: str) -> bool:
        return self.rank < Role(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Role(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Role(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Role(other).rank


class Scope(StrEnum):
    """What a token is for."""

    API = "api"
    ODATA = "odata"
    METRICS = "metrics"


@dataclass(frozen=True)
class Principal:
    """A person or a program that asks for something.

    via      password, oidc, token, `command line`, daemon, or `this machine` (loopback, and there are no users)
    scopes   what a token is for; empty for people, who are not limited by it
    address  where the request comes from; empty on the command line
    """

    name: str
    role: Role
    via: str
    scopes: frozenset[str] = frozenset()
    address: str = ""

    def may(self, role: Role, scope: str | None = None) -> bool:
        """Whether it has at least this role and, where it is a token, this scope."""
        return self.role >= role and (self.via != "token" or scope is None or scope in self.scopes)

    def require(self, role: Role, scope: str | None = None) -> None:
        """Raise AccessDenied unless it may."""
        if not self.may(role, scope):
            missing = f"the scope `{scope}`" if self.role >= role else f"the role {role}"
            raise AccessDenied(f"this needs {missing}.", fix="Ask an admin of the hub for it.")


@dataclass(frozen=True)
class Session:
    """Somebody who is logged in.

    cookie      to be sent to the browser (HttpOnly, Secure, SameSite=Lax); kept nowhere
    csrf        must come back with every request that changes something
    expires_at  end, however much it is used
    """

    principal: Principal
    expires_at: datetime
    cookie: str = field(repr=False)
    csrf: str = field(repr=False)
