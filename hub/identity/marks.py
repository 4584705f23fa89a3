"""What a resolution was made with, in a few signs: where they differ, everything is compared anew."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hub.settings.identity import IdentitySettings
    from hub.store.base import Store


def fingerprint(settings: IdentitySettings) -> str:
    """Changes with the settings, and with the code that compares."""
    return hashlib.sha256(f"{_shown(settings)} {code()}".encode()).hexdigest()[:16]


def mark(store: Store, resolution_id: int, print_of: str) -> str:
    """What working tables are true for: a store as of a resolution that was made with this fingerprint."""
    return hashlib.sha256(repr((store.url, resolution_id, print_of)).encode()).hexdigest()


def _shown(value: Any) -> Any:
    """Settings as plain values, whether pydantic holds them or the cache of settings."""
    if hasattr(value, "model_fields_set"):
        names = getattr(type(value), "model_fields", None) or {n for n in vars(value) if n != "model_fields_set"}
        return sorted((name, _shown(getattr(value, name))) for name in names)
    return [_shown(each) for each in value] if isinstance(value, list | tuple) else value


@cache
def code() -> str:
    """Changes with the code that compares."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()
