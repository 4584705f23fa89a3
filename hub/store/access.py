"""Users, sessions, tokens, failed logins and the audit log in one store. The same SQL on both databases.

Whoever may do what is decided in `hub.access`; here are only rows.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from hub.store.same_sql import SameSql, places


@dataclass(frozen=True)
class User:
    """A person with a password."""

    name: str
    role: str
    created_at: datetime
    changed_at: datetime
    seen_at: datetime | None


@dataclass(frozen=True)
class KeptSession:
    """A login as it is kept: `digest` in place of the cookie."""

    digest: str
    name: str
    role: str
    via: str
    address: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Token:
    """A token as it is listed. `scopes` are parted by blanks."""

    id: int
    name: str
    role: str
    scopes: str
    created_at: datetime
    created_by: str
    expires_at: datetime | None
    used_at: datetime | None
    revoked_at: datetime | None

    def is_valid(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)


@dataclass(frozen=True)
class AuditEntry:
    """One line of the audit log; `detail` is a JSON object."""

    id: int
    at: datetime
    who: str
    role: str
    via: str
    address: str
    action: str
    subject: str
    detail: str


class AccessTables(SameSql):
    """The tables of access. Changes that belong together go into one `transaction()`."""

    # -- users -------------------------------------------------------------------------------------------------

    def users(self) -> list[User]:
        return self.read(User, "SELECT {} FROM hub_users ORDER BY name")

    def user(self, name: str) -> User | None:
        return next(iter(self.read(User, "SELECT {} FROM hub_users WHERE name = $1", name)), None)

    def password_of(self, name: str) -> str | None:
        """The kept hash."""
        found = self.rows("SELECT password FROM hub_users WHERE name = $1", name)
        return str(found[0][0]) if found else None

    def add_user(self, user: User, password: str) -> bool:
        """False where the name is taken."""
        return self.change(
            "INSERT INTO hub_users (name, role, password, created_at, changed_at) VALUES ($1, $2, $3, $4, $5)"
            " ON CONFLICT (name) DO NOTHING",
            user.name, user.role, password, user.created_at, user.changed_at,
        ) == 1  # fmt: skip

    def set_role(self, name: str, role: str, at: datetime) -> bool:
        return self.change("UPDATE hub_users SET role = $2, changed_at = $3 WHERE name = $1", name, role, at) == 1

    def set_password(self, name: str, password: str, at: datetime) -> bool:
        return (
            self.change("UPDATE hub_users SET password = $2, changed_at = $3 WHERE name = $1", name, password, at) == 1
        )

    def refresh_password(self, name: str, before: str, after: str) -> bool:
        """Another hash of the same password; nothing where it was changed meanwhile."""
        return (
            self.change("UPDATE hub_users SET password = $3 WHERE name = $1 AND password = $2", name, before, after)
            == 1
        )

    def remove_user(self, name: str) -> bool:
        return self.change("DELETE FROM hub_users WHERE name = $1", name) == 1

    def count_admins(self) -> int:
        return int(self.rows("SELECT count(*) FROM hub_users WHERE role = 'admin'")[0][0])

    def has_users(self) -> bool:
        return bool(self.rows("SELECT 1 FROM hub_users LIMIT 1"))

    # -- sessions ----------------------------------------------------------------------------------------------

    def begin_session(self, session: KeptSession, password: str | None = None) -> bool:
        """Note a login. With `password`, only if the user still has that hash and role: False where they changed
        while the password was checked."""
        names = [field.name for field in fields(KeptSession)]
        values = [getattr(session, name) for name in names]
        statement = f"INSERT INTO hub_sessions ({', '.join(names)})"
        if password is None:
            return self.change(f"{statement} VALUES ({places(len(names))})", *values) == 1
        typed = ", ".join(
            f"CAST(${number} AS {'bigint' if self.sqlite else 'timestamptz'})" if name.endswith("_at") else
            f"CAST(${number} AS text)"
            for number, name in enumerate(names, 1)
        )  # fmt: skip
        last = len(names)
        begun = self.change(
            f"{statement} SELECT {typed} WHERE EXISTS (SELECT 1 FROM hub_users WHERE name = ${last + 1}"
            f" AND role = ${last + 2} AND password = ${last + 3})",
            *values, session.name, session.role, password,
        )  # fmt: skip
        self.change("UPDATE hub_users SET seen_at = $2 WHERE name = $1", session.name, session.created_at)
        return begun == 1

    def session(self, digest: str) -> KeptSession | None:
        return next(iter(self.read(KeptSession, "SELECT {} FROM hub_sessions WHERE digest = $1", digest)), None)

    def touch_session(self, digest: str, at: datetime) -> None:
        self.change("UPDATE hub_sessions SET seen_at = $2 WHERE digest = $1", digest, at)

    def end_session(self, digest: str) -> bool:
        return self.change("DELETE FROM hub_sessions WHERE digest = $1", digest) == 1

    def end_sessions(self, name: str, via: str) -> int:
        return self.change("DELETE FROM hub_sessions WHERE name = $1 AND via = $2", name, via)

    def sweep_sessions(self, now: datetime, idle_since: datetime) -> int:
        """Remove those that have ended."""
        return self.change("DELETE FROM hub_sessions WHERE expires_at <= $1 OR seen_at <= $2", now, idle_since)

    # -- tokens ------------------------------------------------------------------------------------------------

    def tokens(self) -> list[Token]:
        return self.read(Token, "SELECT {} FROM hub_api_tokens ORDER BY id")

    def token(self, digest: str) -> Token | None:
        return next(iter(self.read(Token, "SELECT {} FROM hub_api_tokens WHERE digest = $1", digest)), None)

    def add_token(self, token: Token, digest: str) -> int | None:
        """Its number, or None where the name is taken."""
        names = ("name", "role", "scopes", "created_at", "created_by", "expires_at")
        found = self.rows(
            f"INSERT INTO hub_api_tokens (digest, {', '.join(names)}) VALUES ({places(len(names) + 1)})"
            " ON CONFLICT (name) DO NOTHING RETURNING id",
            digest, *(getattr(token, name) for name in names),
        )  # fmt: skip
        return int(found[0][0]) if found else None

    def touch_token(self, number: int, at: datetime) -> None:
        self.change("UPDATE hub_api_tokens SET used_at = $2 WHERE id = $1", number, at)

    def revoke_token(self, name: str, at: datetime) -> bool:
        """False where there is none of that name that is not revoked yet."""
        return (
            self.change(
                "UPDATE hub_api_tokens SET revoked_at = $2 WHERE name = $1 AND revoked_at IS NULL", name, at
            )
            == 1
        )  # fmt: skip

    # -- failed logins -----------------------------------------------------------------------------------------

    def count_attempt(self, key: str, now: datetime, window_from: datetime) -> tuple[int, datetime]:
        """Count an attempt before it is made, so that many at once cannot slip through. How many there were within the
        window, and when that began."""
        held = "hub_login_attempts"
        ((count, began),) = self.rows(
            f"INSERT INTO {held} (key, failures, window_at) VALUES ($1, 1, $2) ON CONFLICT (key) DO UPDATE SET"
            f" failures = CASE WHEN {held}.window_at <= $3 THEN 1 ELSE {held}.failures + 1 END,"
            f" window_at = CASE WHEN {held}.window_at <= $3 THEN $2 ELSE {held}.window_at END"
            " RETURNING failures, window_at",
            key, now, window_from,
        )  # fmt: skip
        return int(count), self.value(began, True)

    def forgive(self, key: str, *, all_of_them: bool) -> None:
        """An attempt was no failure after all."""
        if all_of_them:
            self.change("DELETE FROM hub_login_attempts WHERE key = $1", key)
        else:
            self.change("UPDATE hub_login_attempts SET failures = failures - 1 WHERE key = $1 AND failures > 0", key)

    def sweep_attempts(self, window_from: datetime) -> int:
        return self.change("DELETE FROM hub_login_attempts WHERE window_at <= $1", window_from)

    # -- the audit log -----------------------------------------------------------------------------------------

    def note(self, entry: AuditEntry) -> None:
        """Add a line; its number is given by the database."""
        names = [field.name for field in fields(AuditEntry) if field.name != "id"]
        self.change(
            f"INSERT INTO hub_audit ({', '.join(names)}) VALUES ({places(len(names))})",
            *(getattr(entry, name) for name in names),
        )

    def audit(
        self, *, since: datetime | None = None, who: str | None = None, action: str | None = None,
        before: int | None = None, limit: int = 100,
    ) -> list[AuditEntry]:  # fmt: skip
        """The newest lines first; `before` is the number to go on from."""
        wanted: list[tuple[str, Any]] = [
            ("at >=", since), ("who =", who), ("action =", action), ("id <", before)
        ]  # fmt: skip
        given = [(test, value) for test, value in wanted if value is not None]
        where = " AND ".join(f"{test} ${number}" for number, (test, _) in enumerate(given, 1)) or "1 = 1"
        return self.read(
            AuditEntry,
            f"SELECT {{}} FROM hub_audit WHERE {where} ORDER BY id DESC LIMIT {limit:d}",
            *(value for _, value in given),
        )

    def prune_audit(self, before: datetime) -> int:
        """Remove older lines; the database refuses to remove those of the last 90 days. How many went."""
        return self.change("DELETE FROM hub_audit WHERE at < $1", before)

    # -- keys --------------------------------------------------------------------------------------------------

    def key(self, name: str, fresh: str) -> str:
        """The database's key of a name; `fresh` becomes it where there is none yet."""
        found = self.rows("SELECT value FROM hub_keys WHERE name = $1", name)
        if not found:
            self.change("INSERT INTO hub_keys (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", name, fresh)
            found = self.rows("SELECT value FROM hub_keys WHERE name = $1", name)
        return str(found[0][0])
