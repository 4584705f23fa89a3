"""Who may come in and what for: users, sessions, tokens, roles, the audit log, masking and erasure of personal data."""

from hub.access.gate import Gate
from hub.access.principal import Principal, Role, Scope, Session

__all__ = ["Gate", "Principal", "Role", "Scope", "Session"]
