"""SAP S/4HANA: partners, products, stock, orders, deliveries, purchase orders, returns and billing of one system."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import datetime
from urllib.parse import quote

from connectors.sap.api import SapApi
from connectors.sap.config import SapConfig
from connectors.sap.reading import Reading
from connectors.sap.rows import Preparation
from connectors.sap.streams import STREAMS, source_of, streams_of
from hub.sdk import AuthError, Connector, Context, Finding, Page, ReadRequest, Stream
from hub.sdk.odata import has_status

log = logging.getLogger(__name__)

_CLOUD_HOST = re.compile(r"(https://[\w-]+?)-api(\.[\w.-]+)")
_OBJECT_PAGES = {
    "orders": "SalesOrder-displayFactSheet?SalesOrder={}",
    "customers": "Customer-displayFactSheet?Customer={}",
    "products": "Material-displayFactSheet?Material={}",
}


class SapConnector(Connector[SapConfig]):
    """Reads what has changed since the last run, in the order of keys; what has no stamps, like stock, as a whole."""

    kind = "sap"
    title = "SAP S/4HANA"
    config_model = SapConfig
    streams = STREAMS
    simulator = "connectors.sap.simulator:SapSimulator"

    @classmethod
    def link(cls, config: SapConfig, entity: str, source_id: str) -> str | None:
        """The object page in the Fiori launchpad: in the cloud beside the API host, else below the same host."""
        target = _OBJECT_PAGES.get(entity)
        if target is None or ":" in source_id or "|" in source_id:
            return None
        base = config.base_url.rstrip("/")
        cloud = _CLOUD_HOST.fullmatch(base)
        launchpad = f"{cloud[1]}{cloud[2]}/ui" if cloud else f"{base}/sap/bc/ui2/flp"
        return f"{launchpad}#{target.format(quote(source_id, safe=''))}"

    def __init__(self, config: SapConfig, context: Context) -> None:
        super().__init__(config, context)
        self.api = SapApi(config, context)
        self.preparation = Preparation(config, lambda: context.now().date())

    def discover(self) -> tuple[Stream, ...]:
        return streams_of(self.config.units) if self.config.units else STREAMS

    def check(self) -> Iterator[Finding]:
        from connectors.sap.checks import findings

        return findings(self)

    def read(self, request: ReadRequest) -> Iterator[Page]:
        service = source_of(self.config.odata4, request.stream.name).service
        try:
            with self.api.asking(service) as source:
                reading = Reading(self, request, source)
        except AuthError as error:
            if not self._may_lack(request.stream, error):
                raise
            log.info("%s is not read: %s", request.stream.name, error.problem)
            yield Page([], partial=f"{service.name} is not open to the hub", origin=service.name)
            return
        with self.api.explained(service):
            yield from reading.pages()

    def count(self, request: ReadRequest) -> int | None:
        try:
            with self.api.asking(source_of(self.config.odata4, request.stream.name).service) as source:
                reading = Reading(self, request, source)
                if len(reading.phases) > 1 or reading.nested:
                    return None
                return source.count(reading.query(reading.phases[0]))
        except AuthError as error:
            if self._may_lack(request.stream, error):
                return None
            raise

    def _may_lack(self, stream: Stream, error: AuthError) -> bool:
        """Whether a stream whose service is shut can be passed over: it is an extra, and nobody has asked for it."""
        service = source_of(self.config.odata4, stream.name).service
        return service.optional and stream.name not in self.config.streams and not has_status(error, 401)

    def start(self, stream: Stream) -> datetime | None:
        """From when on the admin wants the rows of a stream."""
        settings = self.config.streams.get(stream.name)
        return settings.start if settings else None

    def close(self) -> None:
        self.api.close()
