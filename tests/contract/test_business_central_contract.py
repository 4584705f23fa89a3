"""Business Central under the conformance kit."""

from __future__ import annotations

import re
from pathlib import Path

from connectors.business_central.source import BusinessCentralConnector
from hub.testing import ConnectorContract, SimulatorWorld, World


class OwnInvoicesWorld(SimulatorWorld):
    """Two streams bring invoices: sales invoices, and credit memos as credit notes. Their truth is tested elsewhere."""

    def truth(self) -> dict[str, set[str]]:
        return {entity: ids for entity, ids in super().truth().items() if entity not in {"invoices", "invoice_lines"}}


class TestBusinessCentral(ConnectorContract):
    connector = BusinessCentralConnector
    settings = {
        "tenant_id": "contoso.example", "client_id": "hub", "login_url": "{base_url}", "page_size": 5,
        "client_secret": "planted-5ec1e7-0123456789abcdef",
        "document_page_size": 5, "company": "00000001-0000-4000-8000-000000000001",
    }  # fmt: skip
    logins = r"(?i)/oauth2/v2\.0/token"
    exempt = {
        "deletes_are_seen": "Business Central tells of no deletes; --verify finds them, see the connector's README.",
    }

    def world(self, size: int, folder: Path) -> World:
        return OwnInvoicesWorld(
            self.connector, self.settings, size=size, page_rows=self.page_rows, logins=re.compile(self.logins)
        )
