"""Oracle Fusion SCM under the conformance kit."""

from __future__ import annotations

import re
from pathlib import Path

from connectors.oracle_scm.source import OracleScmConnector
from hub.testing import SECRET, ConnectorContract, SimulatorWorld, World

SHARED = {"stock_levels", "product_costs"}
"""Entities that two streams bring. What each must bring is tested elsewhere."""
DELETES = "Oracle deletes and reports nothing: orders are cancelled, parties and items get inactive; see README."
INCREMENTAL = (
    "customers", "contacts", "suppliers", "products", "orders", "shipments", "shipment_lines", "purchase_orders",
    "receipts",
)  # fmt: skip


class PodWorld(SimulatorWorld):
    def truth(self) -> dict[str, set[str]]:
        return {entity: ids for entity, ids in super().truth().items() if entity not in SHARED}


class TestOracleScm(ConnectorContract):
    connector = OracleScmConnector
    settings = {"username": "hub", "password": SECRET, "page_size": 5}
    exempt = {f"deletes_are_seen[{stream}]": DELETES for stream in INCREMENTAL}

    def world(self, size: int, folder: Path) -> World:
        return PodWorld(
            self.connector, self.settings, size=size, page_rows=self.page_rows, logins=re.compile(self.logins)
        )
