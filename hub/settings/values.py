"""Rules for single values that must hold without pydantic, too."""

from __future__ import annotations

DEFAULT_STORE = "sqlite:///hub.db"
_STORES = ("sqlite:///", "postgresql://", "postgres://")


def store_url(url: str) -> str:
    """The URL of a store, as far as one can tell without opening it. Raises ValueError with what was expected."""
    if url.startswith(_STORES) and len(url) > len("sqlite:///"):
        return url
    raise ValueError(
        "expected `sqlite:///hub.db` (a file in the project's folder) or `postgresql://user:${env:PGPASSWORD}@host/database`."
    )
