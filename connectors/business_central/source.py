"""Dynamics 365 Business Central: customers, vendors, items, stock, orders, shipments, invoices and purchases."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote

from connectors.business_central.api import BusinessCentralApi
from connectors.business_central.config import BusinessCentralConfig
from connectors.business_central.maps import STOCK_BY_LOCATION
from connectors.business_central.plan import Plan, plan_for
from connectors.business_central.reading import Reading, window
from connectors.business_central.stock import StockReading
from connectors.business_central.streams import STREAMS
from hub.sdk import Connector, Context, Finding, Page, ReadRequest, Stream

_ONLINE = "https://api.businesscentral.dynamics.com"
_WEB_CLIENT = "https://businesscentral.dynamics.com"
_ORDER_PAGE = 42
"""Number of the page Sales Order."""


class BusinessCentralConnector(Connector[BusinessCentralConfig]):
    """Reads one company: what has changed since the last run, oldest change first."""

    kind = "business_central"
    title = "Dynamics 365 Business Central"
    config_model = BusinessCentralConfig
    streams = STREAMS
    simulator = "connectors.business_central.simulator:BusinessCentralSimulator"

    @classmethod
    def link(cls, config: BusinessCentralConfig, entity: str, source_id: str) -> str | None:
        """The sales order's page in the web client of Business Central online. What has a GUID for its key has none."""
        if entity != "orders" or config.tenant_id is None or config.base_url.rstrip("/") != _ONLINE:
            return None
        company = f"company={quote(config.company, safe='')}&" if config.company else ""
        number = source_id.replace("'", "''")
        wanted = quote(f"'Sales Header'.'No.' IS '{number}'", safe="")
        return f"{_WEB_CLIENT}/{config.tenant_id}/{config.environment}/?{company}page={_ORDER_PAGE}&filter={wanted}"

    def __init__(self, config: BusinessCentralConfig, context: Context) -> None:
        super().__init__(config, context)
        self.api = BusinessCentralApi(config, context)

    def discover(self) -> tuple[Stream, ...]:
        if self.config.stock_page is None:
            return self.streams
        return tuple(
            replace(stream, maps=(STOCK_BY_LOCATION,)) if stream.name == "stock" else stream for stream in self.streams
        )

    def check(self) -> Iterator[Finding]:
        from connectors.business_central.checks import findings

        return findings(self.api, self.discover())

    def plan(self, stream: Stream) -> Plan:
        """What is asked for a stream under these settings."""
        return plan_for(self.api, stream)

    def read(self, request: ReadRequest) -> Iterator[Page]:
        reading = StockReading if request.stream.name == "stock" else Reading
        yield from reading(self.api, self.plan(request.stream), request).pages()

    def count(self, request: ReadRequest) -> int | None:
        plan = self.plan(request.stream)
        own = request.stream.name == "stock" and self.config.stock_page is not None
        if own or (plan.source.posting is not None and self.config.posted_orders):
            return None
        return self.api.odata.count(plan.query.with_(filter=window(request)))

    def close(self) -> None:
        self.api.close()
