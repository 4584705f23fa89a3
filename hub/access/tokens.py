"""Random texts that let somebody in: session cookies and API tokens. The store keeps their digests only.

They carry 256 random bits, so a plain SHA-256 is enough: there is nothing to guess that a slow hash could slow down.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets

TOKEN_PREFIX = "hub_"  # noqa: S105  the visible part
"""So that scanners for leaked secrets recognise it, and people, too."""
_SHORTEST, _LONGEST = 40, 200


def new_token() -> str:
    """An API token."""
    return TOKEN_PREFIX + secrets.token_urlsafe(32)


def new_cookie() -> str:
    """A session's cookie."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is kept of it."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def looks_right(secret: str, prefix: str = "") -> bool:
    """Whether it is worth a look into the store."""
    return secret.startswith(prefix) and _SHORTEST <= len(secret) <= _LONGEST and secret.isascii()


def derived(secret: str, purpose: str) -> str:
    """A second secret that only the holder of the first one can know, and that does not tell the first one."""
    return hmac.new(secret.encode(), purpose.encode(), hashlib.sha256).hexdigest()


def same(left: str, right: str) -> bool:
    """Compared in constant time."""
    return hmac.compare_digest(left.encode("utf-8", "replace"), right.encode("utf-8", "replace"))
