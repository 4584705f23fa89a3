"""A simulated Oracle pod and a hub that syncs it."""

from __future__ import annotations

from typing import Any

from support.system_hub import SystemHub, context

from connectors.oracle_scm.config import OracleScmConfig
from connectors.oracle_scm.simulation.pod import OracleScmSimulator
from connectors.oracle_scm.source import OracleScmConnector
from hub.testing import FakeClock

BASIC = {"username": "hub", "password": "simulated"}


def oracle(simulator: OracleScmSimulator, clock: FakeClock | None = None, **settings: Any) -> OracleScmConnector:
    """A connector to a simulator, without a network in between."""
    login = {} if "client_id" in settings else BASIC
    config = OracleScmConfig.model_validate(
        {"kind": "oracle_scm", "base_url": "http://127.0.0.1:9", **login, **settings}
    )
    return OracleScmConnector(config, context("pod", simulator, clock))


class PodHub(SystemHub):
    """One pod, and one store in a folder."""

    source = "pod"
    amounts = {
        "orders": ("subtotal", "currency"), "order_lines": ("total", "currency"), "returns": ("refund", "currency"),
        "stock_levels": ("on_hand", ""), "purchase_orders": ("total", "currency"),
        "purchase_order_lines": ("total", "currency"),
    }  # fmt: skip

    def connector(self) -> OracleScmConnector:
        return oracle(self.simulator, self.clock, **self.settings)
