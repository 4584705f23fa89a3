"""The services of one system: login, client and language, `$metadata`, and whom to ask where a service is shut."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from connectors.sap.config import SapConfig
from connectors.sap.services import Service
from hub.sdk import (
    Auth,
    AuthError,
    BasicAuth,
    Budget,
    ClientCredentialsAuth,
    Context,
    HeaderAuth,
    HttpSource,
    SourceChanged,
)
from hub.sdk.odata import Meaning, ODataSource, has_status

_TOKEN_PATH = "sap/bc/sec/oauth2/token"  # noqa: S105  a path
_UNKNOWN_SERVICE = ("/iwfnd/med/170", "/iwfnd/med/171", "/iwfnd/cm_mgw/060")
"""The gateway does not know the service, or it is not activated."""
_LOCKED = ("/iwfnd/cm_consumer/101",)


class ServerClock(Budget):
    """Learns from every answer how far SAP's clock is ahead of ours; None before, or where it does not tell."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.skew: timedelta | None = None

    def learn(self, now: float, headers: Mapping[str, str]) -> None:
        told = headers.get("date") or headers.get("Date")
        if not told:
            return
        try:
            there = parsedate_to_datetime(told)
        except (TypeError, ValueError):
            return
        self.skew = (there if there.tzinfo else there.replace(tzinfo=UTC)) - self._context.now()

    def now(self) -> datetime:
        """The present moment by SAP's clock, as far as it is known."""
        return self._context.now() + (self.skew or timedelta(0))


class SapApi:
    """Asks a system. Safe to use from several threads."""

    def __init__(self, config: SapConfig, context: Context) -> None:
        self.config = config
        self.context = context
        self.clock = ServerClock(context)
        options = _options(config)
        self.http = HttpSource(config, context, auth=_login(config), headers=options, budgets=(self.clock,))
        self._extra = options
        self._sources: dict[str, ODataSource] = {}
        self._lock = threading.Lock()

    def source(self, service: Service) -> ODataSource:
        """The client of a service; its `$metadata` is asked for once, when it is first needed."""
        with self._lock:
            if service.name not in self._sources:
                shut = Meaning(AuthError, service.remedy)
                codes = dict.fromkeys((*_UNKNOWN_SERVICE, *_LOCKED), shut)
                self._sources[service.name] = ODataSource(
                    self.http, service.version, root=service.root, extra=self._extra, codes=codes
                )
            return self._sources[service.name]

    @contextmanager
    def asking(self, service: Service) -> Iterator[ODataSource]:
        """The service's client, ready to ask. AuthError, saying what to switch on, where it is not to be had."""
        source = self.source(service)
        with self.explained(service):
            self._described(service, source)
            yield source

    @contextmanager
    def explained(self, service: Service) -> Iterator[None]:
        """An AuthError that is not about the login itself gets the remedy for this service."""
        try:
            yield
        except AuthError as error:
            if has_status(error, 401) or error.fix == service.remedy:
                raise
            raise AuthError(error.problem, fix=service.remedy, where=error.where) from error

    def _described(self, service: Service, source: ODataSource) -> None:
        try:
            source.metadata()
        except SourceChanged as error:
            if not has_status(error, 404):
                raise
            raise AuthError(f"the system has no service {service.name}: {error.problem}", fix=service.remedy) from error

    def close(self) -> None:
        self.http.close()


def _options(config: SapConfig) -> dict[str, str]:
    """Sent as headers and in each address: gateways in front of SAP drop one or the other."""
    client = {"sap-client": config.client} if config.client else {}
    return {**client, "sap-language": config.language}


def _login(config: SapConfig) -> Auth:
    if config.user is not None and config.password is not None:
        return BasicAuth(config.user, config.password)
    if config.client_id is None or config.client_secret is None:
        return HeaderAuth("APIKey", config.api_key or "")
    url = config.token_url or f"{config.base_url}/{_TOKEN_PATH}"
    client = f"?sap-client={config.client}" if config.client else ""
    return ClientCredentialsAuth(
        url + client, config.client_id, config.client_secret, scope=config.scope, basic=True, lifetime_seconds=3600
    )
