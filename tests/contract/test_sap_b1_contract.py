"""SAP Business One under the conformance kit, by OData 4. The older protocol has its test in test_sap_b1_sync."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, ClassVar

from connectors.sap_b1.source import SapB1Connector
from hub.testing import SECRET, ConnectorContract, SimulatorWorld, World


class OwnPartnersWorld(SimulatorWorld):
    """Customers and suppliers both bring contacts and addresses. What each must bring is tested elsewhere."""

    def truth(self) -> dict[str, set[str]]:
        return {entity: ids for entity, ids in super().truth().items() if entity not in {"contacts", "addresses"}}


class TestSapB1(ConnectorContract):
    connector = SapB1Connector
    settings: ClassVar[dict[str, Any]] = {
        "company": "SBODEMO", "user": "hub", "password": SECRET, "time_zone": "Europe/Berlin", "page_size": 5,
    }  # fmt: skip
    reading_posts = (r"/SBOBobService_GetLocalCurrency$",)
    exempt: ClassVar[dict[str, str]] = {
        "deletes_are_seen": "the Service Layer tells of no deletion: hub sync --verify finds them, see test_sap_b1_sync"
    }

    def world(self, size: int, folder: Path) -> World:
        return OwnPartnersWorld(
            self.connector, self.settings, size=size, page_rows=self.page_rows, logins=re.compile(self.logins)
        )
