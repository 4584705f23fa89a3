"""A simulated company in Business Central and a hub that syncs it."""

from __future__ import annotations

from typing import Any

import httpx
from support.system_hub import SystemHub

from connectors.business_central.config import BusinessCentralConfig
from connectors.business_central.simulator import BusinessCentralSimulator
from connectors.business_central.source import BusinessCentralConnector
from hub.sdk import Context
from hub.sdk.simulator import in_process
from hub.testing import FakeClock

LOGIN = {
    "tenant_id": "contoso.example", "client_id": "hub", "client_secret": "simulated",
    "company": "CRONUS International Ltd.",
}  # fmt: skip


def business_central(
    simulator: BusinessCentralSimulator,
    clock: FakeClock | None = None,
    transport: httpx.BaseTransport | None = None,
    **settings: Any,
) -> BusinessCentralConnector:
    """A connector to a simulator, without a network in between."""
    config = BusinessCentralConfig.model_validate({"kind": "business_central", **LOGIN, **settings})
    clock = clock or FakeClock()
    context = Context("erp", transport=transport or in_process(simulator), clock=clock, now=clock.now)
    return BusinessCentralConnector(config, context)


class CompanyHub(SystemHub):
    """One company, and one store in a folder. `transport` reaches it in another way."""

    transport: httpx.BaseTransport | None = None
    amounts = {
        "orders": ("total", "currency"), "order_lines": ("total", "currency"), "invoices": ("total", "currency"),
        "invoice_lines": ("net", "currency"), "returns": ("refund", "currency"),
        "purchase_orders": ("total", "currency"), "purchase_order_lines": ("total", "currency"),
    }  # fmt: skip

    def connector(self) -> BusinessCentralConnector:
        return business_central(self.simulator, self.clock, self.transport, **self.settings)
