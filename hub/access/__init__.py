"""Who may come in and what for: users, sessions, tokens, roles, the audit log, masking and erasure of personal data."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hub.access.gate import Gate
    from hub.access.principal import Principal, Role, Scope, Session

_WHERE = {
    "Gate": "hub.access.gate",
    "Principal": "hub.access.principal",
    "Role": "hub.access.principal",
    "Scope": "hub.access.principal",
    "Session": "hub.access.principal",
}

__all__ = ["Gate", "Principal", "Role", "Scope", "Session"]


def __getattr__(name: str) -> Any:
    """Imported when it is first asked for: the commands of this package are named at every start."""
    if name in _WHERE:
        return getattr(import_module(_WHERE[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
