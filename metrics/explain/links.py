"""Addresses of records in the systems they come from: what the connectors say, without network and without secrets."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING, Any

from hub.errors import HubError

if TYPE_CHECKING:
    from hub.session import Session
    from hub.settings.load import Instance

log = logging.getLogger(__name__)


class Links:
    """Finds the page of a record. A source whose settings cannot be read has no links; numbers do not depend on it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._found: dict[str, Instance | None] = {}

    def of(self, source: str, entity: str, source_id: str) -> str | None:
        """The address; None where the system has no page for it, or none that is documented."""
        instance = self._instance(source)
        if instance is None:
            return None
        kind: Any = self._session.registry.connector(instance.kind)
        found = kind.link(instance.config, entity, source_id)
        return found if found and found.startswith(("https://", "http://")) else None

    def _instance(self, source: str) -> Instance | None:
        if source not in self._found:
            self._found[source] = self._all.get(source) or self._alone(source)
        return self._found[source]

    @cached_property
    def _all(self) -> dict[str, Instance]:
        """Every instance, read at once; none where one of them has a fault: each is tried alone then."""
        try:
            return {instance.name: instance for instance in self._session.select()}
        except HubError:
            return {}

    def _alone(self, source: str) -> Instance | None:
        try:
            return self._session.select([source])[0]
        except HubError as error:
            log.info("no links into %s: %s", source, error)
            return None
