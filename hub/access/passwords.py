"""Passwords: argon2id, hashed anew at login when the parameters have changed."""

from __future__ import annotations

import threading
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from hub.errors import UsageError

if TYPE_CHECKING:
    from argon2 import PasswordHasher

SHORTEST = 12
LONGEST = 1024
"""Characters; hashing a longer one would only cost time."""
_AT_ONCE = threading.BoundedSemaphore(2)
"""Each hashing takes 64 MB and a core for some 50 ms: many logins at once wait rather than fill the memory."""


def require_good(password: str, name: str) -> None:
    """Raise UsageError for a password that is too easy to guess, or cannot be typed again."""
    if len(password) < SHORTEST:
        raise UsageError(f"the password is too short; it needs {SHORTEST} characters.", fix="Take a longer one.")
    if len(password) > LONGEST:
        raise UsageError(f"the password is longer than {LONGEST} characters.", fix="Take a shorter one.")
    if any(unicodedata.category(character) == "Cc" for character in password):
        raise UsageError("the password has control characters in it.", fix="Take characters that can be typed.")
    if len(set(password)) < 5 or _plain(password) in (_plain(name), _plain(name) * 2):
        raise UsageError("the password is too easy to guess.", fix="Take several words that do not belong together.")


def hashed(password: str) -> str:
    """The hash to keep."""
    with _AT_ONCE:
        return _hasher().hash(_plain(password))


def matches(kept: str | None, password: str) -> bool:
    """Whether the password is the one. Takes as long where there is none to compare with, so that nobody can tell."""
    from argon2.exceptions import InvalidHashError, VerificationError

    text = _plain(password[: LONGEST + 1])
    with _AT_ONCE:
        try:
            right = _hasher().verify(kept or _decoy(), text)
        except (VerificationError, InvalidHashError):
            return False
    return right and kept is not None and len(password) <= LONGEST


def is_outdated(kept: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher().check_needs_rehash(kept)


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _decoy() -> str:
    """A hash of nothing that anybody knows."""
    import secrets

    return _hasher().hash(secrets.token_urlsafe(32))


def _plain(password: str) -> str:
    """The same text, however the keyboard composed it."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode("utf-8")
