"""After a sync: which of the new and changed customers and products are one. Cheap where there is nothing to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from hub.errors import HubError
from hub.store.identity import RESOLVED, RESOLVED_BY

if TYPE_CHECKING:
    from hub.identity.run import Outcome
    from hub.session import Session
    from hub.store.base import Store


@dataclass(frozen=True)
class Identified:
    """What matching did after a sync, or why it did not. The sync itself is complete in either case."""

    outcome: Outcome | None = None
    error: HubError | None = None

    def lines(self) -> list[str]:
        """What people should know of it."""
        if self.error is not None:
            return [f"matching: {self.error} What was synced is in; `hub match run` tries again."]
        assert self.outcome is not None
        told = self.outcome.counts
        return [
            f"{entity}: {compared:,} compared, {told[entity]['asked']:,} questions open. See `hub match list`."
            for entity, compared in self.outcome.compared.items()
        ]

    def document(self) -> dict[str, Any]:
        """The `identity` of `hub sync --json`: kind, resolution_id, compared, counts, seconds; or error."""
        from dataclasses import asdict

        return {"error": str(self.error)} if self.error is not None else asdict(self.outcome)  # type: ignore[arg-type]


def identify(session: Session, store: Store) -> Identified | None:
    """Resolve what has changed, as `identity.after_sync` wants it; None where there is nothing to do."""
    settings = session.hub_settings.identity
    if settings.after_sync == "never" or not _is_due(store, always=settings.after_sync == "always"):
        return None
    try:
        from hub.identity.elsewhere import cluster_of
        from hub.identity.run import resolve

        return Identified(resolve(store, settings, session.state_dir / "identity", cluster=cluster_of(session)))
    except HubError as error:
        return Identified(error=error)


def _is_due(store: Store, *, always: bool) -> bool:
    """Whether customers or products changed; and there are two systems of them, since one tells its own apart."""
    if not always and all(len(store.holders(entity)) < 2 for entity in RESOLVED):
        return False
    last = store.last_resolution()
    changes = None if last is None else store.changes(last.sequence)
    return changes is None or any(change.entity in RESOLVED_BY for change in changes)
