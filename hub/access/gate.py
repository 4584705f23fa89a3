"""The gate: who comes in, as whom, and for how long.

A gate belongs to one store, and a store to one thread: make one for each request or thread, it costs nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from hub.access import passwords, tokens
from hub.access.audit import AuditLog
from hub.access.people import People, user_name
from hub.access.principal import Principal, Role, Session
from hub.access.throttle import Throttle
from hub.errors import AccessDenied, ConfigError
from hub.store.access import AccessTables, KeptSession

if TYPE_CHECKING:
    from hub.settings.console import ConsoleSettings
    from hub.store.base import Store

_IDLE = timedelta(hours=2)
"""A session that is not used for so long ends."""
_DEFAULT_LENGTH = timedelta(hours=12)
_TOUCH = timedelta(minutes=1)
"""Uses are noted no more often: pages should not wait for the right to write."""
_HOST = re.compile(r"(?:\[(?P<address>[0-9A-Fa-f:.]{2,45})\]|(?P<name>[A-Za-z0-9.-]{1,253}))(?::\d{1,5})?")
_REFUSED = "the name or the password is wrong."


def now() -> datetime:
    return datetime.now(UTC)


class Gate:
    """All questions of access in one place. `settings` are those below `console:`; without them, the defaults."""

    def __init__(
        self, store: Store, settings: ConsoleSettings | None = None, *, clock: Callable[[], datetime] = now
    ) -> None:
        self._tables = AccessTables(store)
        self._settings = settings
        self._now = clock
        self._throttle = Throttle(self._tables)
        self.log = AuditLog(self._tables, clock)
        self.people = People(self._tables, self.log, clock)
        self._length = settings.session if settings is not None else _DEFAULT_LENGTH

    # -- people ------------------------------------------------------------------------------------------------

    def login(self, name: str, password: str, address: str, *, previous: str | None = None) -> Session:
        """A new session. `previous` is the cookie the browser came with: its session ends.

        Raises AccessDenied, with `retry_after_seconds` where too many logins failed. The answer, and the time it takes,
        are the same for a wrong name and a wrong password.
        """
        name, now = user_name(name), self._now()
        self._require_patience(name, address, now)
        user, kept = self._tables.user(name), self._tables.password_of(name)
        if not passwords.matches(kept, password) or user is None or kept is None:
            self.log.note(_nobody(address), "login.refused", user.name if user else "", {})
            raise AccessDenied(_REFUSED, fix="Try again; an admin can set a new one with `hub user password NAME`.")
        if passwords.is_outdated(kept):
            anew = passwords.hashed(password)
            kept = anew if self._tables.refresh_password(name, kept, anew) else kept
        self._throttle.forgive(name, address, now)
        return self._begin(Principal(user.name, Role(user.role), "password", address=address), previous, kept)

    def _require_patience(self, name: str, address: str, now: datetime) -> None:
        wait = self._throttle.count(name, address, now)
        if wait is None:
            return
        if wait.is_first:  # once: whoever goes on trying must not fill the log
            self.log.note(_nobody(address), "login.throttled", "", {})
        raise AccessDenied(
            "there were too many failed logins.",
            retry_after_seconds=wait.seconds,
            fix=f"Try again in {max(1, round(wait.seconds / 60))} minutes.",
        )

    def admit(self, name: str, role: Role, address: str, *, previous: str | None = None) -> Session:
        """A new session of somebody whom the identity provider vouches for."""
        return self._begin(Principal(name, role, "oidc", address=address), previous, None)

    def session(self, cookie: str | None, address: str = "") -> Session | None:
        """Whose cookie it is; None where it is nobody's any more."""
        if not cookie or not tokens.looks_right(cookie):
            return None
        digest, now = tokens.digest(cookie), self._now()
        kept = self._tables.session(digest)
        if kept is None or kept.expires_at <= now or kept.seen_at + min(_IDLE, self._length) <= now:
            return None
        if kept.seen_at + _TOUCH <= now:
            self._tables.touch_session(digest, now)
        principal = Principal(kept.name, Role(kept.role), kept.via, address=address or kept.address)
        return Session(principal, kept.expires_at, cookie, tokens.derived(cookie, "csrf"))

    def logout(self, cookie: str | None) -> None:
        """End a session; nothing happens where there is none."""
        session = self.session(cookie)
        if session is not None and self._tables.end_session(tokens.digest(session.cookie)):
            self.log.note(session.principal, "logout", session.principal.name, {})

    def csrf_is_right(self, session: Session, sent: str | None) -> bool:
        """Whether a request that changes something really comes from a page of ours."""
        return sent is not None and tokens.same(session.csrf, sent)

    # -- programs ----------------------------------------------------------------------------------------------

    def bearer(self, token: str | None, address: str, scope: str | None = None) -> Principal | None:
        """Whose token it is; None where it is unknown, revoked, too old, or not for this scope."""
        if not token or not tokens.looks_right(token, tokens.TOKEN_PREFIX):
            return None
        now = self._now()
        found = self._tables.token(tokens.digest(token))
        if found is None or not found.is_valid(now):
            return None
        if found.used_at is None or found.used_at + _TOUCH <= now:
            self._tables.touch_token(found.id, now)
        principal = Principal(found.name, Role(found.role), "token", frozenset(found.scopes.split()), address)
        return principal if scope is None or scope in principal.scopes else None

    def basic(self, name: str, token: str, address: str, scope: str | None = None) -> Principal | None:
        """The same for programs that know only names and passwords: the token's name and the token."""
        principal = self.bearer(token, address, scope)
        return principal if principal is not None and tokens.same(principal.name, name) else None

    # -- nobody is asked who he is -----------------------------------------------------------------------------

    def visitor(self, client: str, host_header: str) -> Principal | None:
        """Whom an unnamed request is treated as: everybody on this machine is admin while there are no users and
        nothing else can reach the console; else None.

        The Host header must name this machine, too: a page on the internet may point a name of its own at 127.0.0.1.
        """
        if not self.is_open or not _is_loopback(client) or not _is_loopback(_host_of(host_header)):
            return None
        return Principal("local", Role.ADMIN, "this machine", address=client)

    @property
    def is_open(self) -> bool:
        """Whether no login is asked for."""
        return not self._is_reachable and not self._has_logins

    def require_guarded(self) -> None:
        """Raise ConfigError where others could reach the console and nobody could log in."""
        if self._is_reachable and not self._has_logins:
            raise ConfigError(
                "the console would be open to others, and there is nobody who could log in.",
                fix="Add an admin with `hub user add NAME --role admin`, or set `console: oidc`; or let it listen on "
                "127.0.0.1 only, without `trusted_proxies` and `public_url`.",
                where="config/hub.yaml, console",
            )

    @property
    def _is_reachable(self) -> bool:
        """Whether others than this machine may get to it, through a proxy as well."""
        settings = self._settings
        if settings is None:
            return False
        public = urlsplit(settings.public_url or "").hostname
        return (
            not _is_loopback(settings.host)
            or bool(settings.trusted_proxies)
            or (public is not None and not _is_loopback(public))
        )

    @property
    def _has_logins(self) -> bool:
        return (self._settings is not None and self._settings.oidc is not None) or self._tables.has_users()

    # -- what was done -----------------------------------------------------------------------------------------

    def audit(
        self, principal: Principal, action: str, subject: str = "", detail: Mapping[str, Any] | None = None
    ) -> None:
        """Note a change, or a look at personal data. `subject` and `detail` hold ids and counts, never the data."""
        self.log.note(principal, action, subject, detail or {})

    def _begin(self, principal: Principal, previous: str | None, password: str | None) -> Session:
        now, cookie = self._now(), tokens.new_cookie()
        kept = KeptSession(
            tokens.digest(cookie), principal.name, principal.role.value, principal.via, principal.address, now, now,
            now + self._length,
        )  # fmt: skip
        with self._tables.transaction():
            if previous:
                self._tables.end_session(tokens.digest(previous))
            self._tables.sweep_sessions(now, now - min(_IDLE, self._length))
            if not self._tables.begin_session(kept, password):
                raise AccessDenied(_REFUSED, fix="The password was changed just now; log in with the new one.")
            self.log.note(principal, "login", principal.name, {})
        return Session(principal, kept.expires_at, cookie, tokens.derived(cookie, "csrf"))


def _nobody(address: str) -> Principal:
    return Principal("", Role.VIEWER, "password", address=address)


def _host_of(header: str) -> str:
    """The name in a Host header, without its port."""
    match = _HOST.fullmatch(header)
    return (match["address"] or match["name"]) if match else ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
