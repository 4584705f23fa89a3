"""Where the canonical copy lives: `open_store` knows which database a URL means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.errors import ConfigError

if TYPE_CHECKING:
    from hub.store.base import Store


def open_store(url: str) -> Store:
    """The store at a URL: `sqlite:///hub.db` (relative), `sqlite:////srv/hub.db` or `postgresql://user@host/name`.

    Nothing is opened yet. Raises ConfigError for any other URL.
    """
    scheme, separator, place = url.partition("://")
    if scheme == "sqlite" and place.startswith("/") and len(place) > 1 and not place.endswith(("/", ":memory:")):
        from hub.store.sqlite import SqliteStore

        return SqliteStore(url)
    if scheme in ("postgresql", "postgres") and place:
        from hub.store.postgres import PostgresStore

        return PostgresStore(url)
    name = scheme if separator else "no scheme"
    raise ConfigError(
        f"the hub cannot store in that database ({name}).",
        fix="Write `store: sqlite:///var/hub.db`, or `store: postgresql://user@host/name`.",
    )
