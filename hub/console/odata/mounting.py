"""The feed as a part of the console: below /odata, for tokens of the scope `odata` and for people who are logged in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from hub.access import Gate, Principal, Scope

if TYPE_CHECKING:
    from fastapi import FastAPI

    from hub.console.desk import Console
    from hub.console.odata.consumers import Credentials

PATH = "/odata"


def put_into(app: FastAPI, console: Console) -> None:
    """Put the feed where it belongs, unless it is switched off."""
    from hub.console.odata.feed import feed
    from hub.console.odata.service import FeedSettings

    settings = console.settings
    if not settings.odata.enabled:
        return
    chosen = FeedSettings(
        page_size=settings.odata.page_size,
        indexes=settings.odata.indexes,
        public_url=settings.public_url,
        trusted_proxies=settings.trusted_proxies,
    )
    app.mount(PATH, feed(console.stores, ConsoleGuard(console), chosen), name="odata")


class ConsoleGuard:
    """Lets in whom the console's gate knows."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def admit(self, credentials: Credentials) -> Principal | None:
        with self._console.stores.lend() as store:
            gate = Gate(store, self._console.settings)
            if credentials.name is not None:
                return gate.basic(credentials.name, credentials.token or "", credentials.address, Scope.ODATA)
            if credentials.token is not None:
                return gate.bearer(credentials.token, credentials.address, Scope.ODATA)
            session = gate.session(credentials.cookie, credentials.address)
            return session.principal if session else gate.visitor(credentials.address, credentials.host)

    def note(self, principal: Principal, subject: str, detail: Mapping[str, Any]) -> None:
        with self._console.stores.lend() as store:
            Gate(store, self._console.settings).audit(principal, "personal.read", subject, detail)
