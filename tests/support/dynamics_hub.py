"""A simulated Dataverse environment and a hub that syncs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.system_hub import SystemHub, context

from connectors.dynamics.config import DynamicsConfig
from connectors.dynamics.simulator import DynamicsSimulator
from connectors.dynamics.source import DynamicsConnector

HOST = "http://127.0.0.1:9"
_LOGIN = {
    "kind": "dynamics", "base_url": HOST, "login_url": HOST, "tenant_id": "contoso", "client_id": "hub",
    "client_secret": "simulated",
}  # fmt: skip


class EnvironmentHub(SystemHub):
    """One environment, and one store in a folder."""

    source = "crm"
    amounts = {
        "orders": ("total", "currency"), "order_lines": ("total", "currency"), "opportunities": ("amount", "currency"),
        "invoices": ("total", "currency"), "invoice_lines": ("net", "currency"),
    }  # fmt: skip

    def __init__(self, folder: Path, simulator: DynamicsSimulator, **settings: Any) -> None:
        super().__init__(folder, simulator, **{**_LOGIN, **settings})

    def connector(self) -> DynamicsConnector:
        return DynamicsConnector(
            DynamicsConfig.model_validate(self.settings), context("crm", self.simulator, self.clock)
        )
