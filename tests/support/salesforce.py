"""A simulated Salesforce org and a hub that syncs it."""

from __future__ import annotations

from typing import Any

from support.system_hub import SystemHub, context

from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.source import SalesforceConnector

_LOGIN = {"client_id": "hub", "client_secret": "simulated"}


class OrgHub(SystemHub):
    """One org, and one store in a folder."""

    source = "sf"
    amounts = {
        "orders": ("total", "currency"), "order_lines": ("total", "currency"), "opportunities": ("amount", "currency"),
        "marketing_spend": ("amount", "currency"),
    }  # fmt: skip

    def connector(self) -> SalesforceConnector:
        settings: dict[str, Any] = {"kind": "salesforce", "base_url": "http://127.0.0.1:9", **_LOGIN, **self.settings}
        return SalesforceConnector(SalesforceConfig.model_validate(settings), context("sf", self.simulator, self.clock))
