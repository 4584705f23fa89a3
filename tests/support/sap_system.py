"""A simulated S/4HANA and a hub that syncs it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from support.system_hub import SystemHub, context

from connectors.sap.config import SapConfig
from connectors.sap.simulator import SapSimulator
from connectors.sap.source import SapConnector
from hub.testing import FakeClock

BASIC = {"user": "hub", "password": "simulated", "client": "100"}


def sap(simulator: SapSimulator, clock: FakeClock | None = None, **settings: Any) -> SapConnector:
    """A connector to a simulator, without a network in between."""
    login = {} if "client_id" in settings or "user" in settings else BASIC
    config = SapConfig.model_validate({"kind": "sap", "base_url": "http://127.0.0.1:9", **login, **settings})
    return SapConnector(config, context("erp", simulator, clock))


class SapHub(SystemHub):
    """One system, and one store in a folder."""

    amounts = {
        "orders": ("total", "currency"), "order_lines": ("total", "currency"), "returns": ("refund", "currency"),
        "invoices": ("total", "currency"), "invoice_lines": ("cost", "currency"), "product_costs": ("cost", "currency"),
        "purchase_orders": ("total", "currency"), "purchase_order_lines": ("total", "currency"),
    }  # fmt: skip

    def connector(self) -> SapConnector:
        return sap(self.simulator, self.clock, **self.settings)

    def on_hand(self) -> Decimal:
        """All stock, whatever its unit and type."""
        held = sum(int(quantity) for (quantity,) in self.live("stock_levels", "on_hand").values())
        return Decimal(held) / 1_000_000
