"""Users and tokens, as an admin cares for them. Every change is in the audit log, within the same transaction."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta

from hub.access import passwords, tokens
from hub.access.audit import AuditLog
from hub.access.principal import Principal, Role, Scope
from hub.errors import UsageError
from hub.store.access import AccessTables, Token, User

_NAME = re.compile(r"[^\s:/\\\"'<>&\x00-\x1f\x7f]{1,100}")


def user_name(text: str) -> str:
    """The name as it is kept and compared: one spelling, whatever the keyboard makes of it."""
    folded = unicodedata.normalize("NFKC", text[:1000]).casefold()
    return unicodedata.normalize("NFKC", folded).strip()[:200].strip()


class People:
    """Users and tokens of one store."""

    def __init__(self, tables: AccessTables, log: AuditLog, clock: Callable[[], datetime]) -> None:
        self._tables = tables
        self._log = log
        self._now = clock

    # -- users -------------------------------------------------------------------------------------------------

    def users(self) -> list[User]:
        """By name."""
        return self._tables.users()

    def add_user(self, by: Principal, name: str, role: Role, password: str) -> User:
        """Raises UsageError for a name that is taken or cannot be one, and for a bad password."""
        name, now = user_name(name), self._now()
        if not _NAME.fullmatch(name):
            raise UsageError("that is no name for a user.", fix="Take letters, digits and . _ - @, without blanks.")
        passwords.require_good(password, name)
        user = User(name, role.value, now, now, None)
        kept = passwords.hashed(password)
        with self._tables.transaction():
            if not self._tables.add_user(user, kept):
                raise UsageError(f"there is a user `{name}` already.", fix="See `hub user list`.")
            self._log.note(by, "user.add", name, {"role": role.value}, about_user=True)
        return user

    def set_role(self, by: Principal, name: str, role: Role) -> int:
        """Returns how many sessions ended by it."""
        name = user_name(name)
        with self._tables.transaction():
            if not self._tables.set_role(name, role.value, self._now()):
                raise _unknown(name)
            ended = self._tables.end_sessions(name, "password")
            self._log.note(by, "user.role", name, {"role": role.value}, about_user=True)
        return ended

    def set_password(self, by: Principal, name: str, password: str) -> int:
        """Returns how many sessions ended by it."""
        name = user_name(name)
        if self._tables.user(name) is None:
            raise _unknown(name)
        passwords.require_good(password, name)
        kept = passwords.hashed(password)
        with self._tables.transaction():
            if not self._tables.set_password(name, kept, self._now()):
                raise _unknown(name)
            ended = self._tables.end_sessions(name, "password")
            self._log.note(by, "user.password", name, {}, about_user=True)
        return ended

    def remove_user(self, by: Principal, name: str) -> int:
        """Returns how many sessions ended by it."""
        name = user_name(name)
        with self._tables.transaction():
            if not self._tables.remove_user(name):
                raise _unknown(name)
            ended = self._tables.end_sessions(name, "password")
            self._log.note(by, "user.remove", name, {}, about_user=True)
        return ended

    # -- tokens ------------------------------------------------------------------------------------------------

    def tokens(self) -> list[Token]:
        """By number, the revoked ones, too."""
        return self._tables.tokens()

    def create_token(
        self, by: Principal, name: str, role: Role, scopes: Iterable[str], lifetime: timedelta | None
    ) -> str:
        """The token, which is shown now and never again. Raises UsageError for a name that is taken."""
        name, now = user_name(name), self._now()
        wanted = sorted({Scope(scope).value for scope in scopes})
        if not _NAME.fullmatch(name) or not wanted:
            raise UsageError("a token needs a name without blanks, and a scope.", fix="See `hub token create --help`.")
        secret = tokens.new_token()
        expires_at = None if lifetime is None else now + lifetime
        token = Token(0, name, role.value, " ".join(wanted), now, by.name, expires_at, None, None)
        with self._tables.transaction():
            if self._tables.add_token(token, tokens.digest(secret)) is None:
                raise UsageError(f"there is a token `{name}` already.", fix="See `hub token list`; names stay taken.")
            detail = {"role": role.value, "scopes": wanted, "expires_at": expires_at and expires_at.isoformat()}
            self._log.note(by, "token.create", name, detail)
        return secret

    def revoke_token(self, by: Principal, name: str) -> None:
        """It is refused from now on."""
        name = user_name(name)
        with self._tables.transaction():
            if not self._tables.revoke_token(name, self._now()):
                raise UsageError(f"there is no token `{name}` that could be revoked.", fix="See `hub token list`.")
            self._log.note(by, "token.revoke", name, {})


def _unknown(name: str) -> UsageError:
    return UsageError(f"there is no user `{name}`.", fix="See `hub user list`.")
