"""The audit log: who did what, when and from where. Lines are added, never changed, and removed when they are old."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hub import log
from hub.access.principal import Principal
from hub.store.access import AccessTables, AuditEntry

_EMAIL = re.compile(r"[^\s/:,;<>\"'(){}\[\]]{1,64}@[^\s/:,;<>\"'(){}\[\]]{1,255}")
_LONGEST = 2_000
PRUNED = "audit.prune"
"""What it is called that old lines were removed."""


@dataclass(frozen=True)
class Kept:
    """How far the log goes back: it is kept for so many `days`; the newest pruning `removed` lines before a moment."""

    days: int
    removed_before: datetime | None = None
    removed: int = 0

    @property
    def text(self) -> str:
        text = f"Lines are kept for {self.days} days (`retention: audit_days`)."
        if self.removed_before is None:
            return text
        return (
            f"{text} Those before {self.removed_before:%Y-%m-%d %H:%M} UTC were removed, {self.removed} the last time."
        )


class AuditLog:
    """The log of one store."""

    def __init__(self, tables: AccessTables, clock: Callable[[], datetime]) -> None:
        self._tables = tables
        self._now = clock

    def note(
        self, principal: Principal, action: str, subject: str, detail: Mapping[str, Any], *, about_user: bool = False
    ) -> None:
        """Add a line. Secrets are hidden, and e-mail addresses become short digests, by which a line can still be
        found: some systems use them as ids. `about_user` leaves the subject alone, which is a user's own name."""
        text = json.dumps(detail, ensure_ascii=False, default=str, sort_keys=True)
        self._tables.note(
            AuditEntry(
                0, self._now(), principal.name, principal.role.value, principal.via, principal.address, action,
                log.redact(subject if about_user else self._masked(subject))[:_LONGEST],
                log.redact(self._masked(text)) if len(text) <= _LONGEST else "{}",
            )
        )  # fmt: skip

    def entries(
        self, *, since: datetime | None = None, who: str | None = None, action: str | None = None,
        before: int | None = None, limit: int = 100,
    ) -> list[AuditEntry]:  # fmt: skip
        """The newest lines first."""
        return self._tables.audit(since=since, who=who, action=action, before=before, limit=limit)

    def prune(self, by: Principal, keep_days: int) -> int:
        """Remove lines that are older, and note how many, and up to when. Returns how many."""
        before = self._now() - timedelta(days=keep_days)
        with self._tables.transaction():
            removed = self._tables.prune_audit(before)
            if removed:
                self.note(
                    by, PRUNED, "audit", {"removed": removed, "before": before.isoformat(), "keep_days": keep_days}
                )
        return removed

    def kept(self, days: int) -> Kept:
        """How far the log goes back, as the newest pruning noted it."""
        found = self.entries(action=PRUNED, limit=1)
        if not found:
            return Kept(days)
        detail = json.loads(found[0].detail)
        return Kept(days, datetime.fromisoformat(detail["before"]), int(detail["removed"]))

    def _masked(self, text: str) -> str:
        if "@" not in text:
            return text
        key = bytes.fromhex(self._tables.key("audit", secrets.token_hex(32)))
        return _EMAIL.sub(lambda match: f"e-mail#{_short(key, match[0])}", text)


def _short(key: bytes, text: str) -> str:
    return hmac.new(key, text.casefold().encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:12]
