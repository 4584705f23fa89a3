"""A company in SAP Business One, simulated, and a hub that syncs it."""

from __future__ import annotations

from typing import Any

from support.system_hub import SystemHub, context

from connectors.sap_b1.config import SapB1Config
from connectors.sap_b1.simulator import SapB1Simulator
from connectors.sap_b1.source import SapB1Connector
from hub.testing import FakeClock

LOGIN = {"company": "SBODEMO", "user": "hub", "password": "simulated", "time_zone": "Europe/Berlin"}


def b1(simulator: SapB1Simulator, clock: FakeClock | None = None, **settings: Any) -> SapB1Connector:
    """A connector to a simulator, without a network in between."""
    config = SapB1Config.model_validate({"kind": "sap_b1", "base_url": "http://127.0.0.1:9", **LOGIN, **settings})
    return SapB1Connector(config, context("b1", simulator, clock))


class CompanyHub(SystemHub):
    """One company, and one store in a folder. Nothing of it is refused by a rule."""

    source, strict = "b1", True
    amounts = {
        "orders": ("total", "currency"), "order_lines": ("total", "currency"), "returns": ("refund", "currency"),
        "purchase_order_lines": ("total", "currency"),
    }  # fmt: skip

    def connector(self) -> SapB1Connector:
        return b1(self.simulator, self.clock, **self.settings)
