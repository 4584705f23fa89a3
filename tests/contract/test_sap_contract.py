"""S/4HANA under the conformance kit, by user and password."""

from __future__ import annotations

import re
from pathlib import Path

from connectors.sap.source import SapConnector
from hub.testing import SECRET, ConnectorContract, SimulatorWorld, World

_GONE = "SAP reports nothing when a document is deleted; `hub sync --verify` finds it, see README."


class PlacesApartWorld(SimulatorWorld):
    """Two streams bring locations, plants and storage locations. What each must bring is tested elsewhere."""

    def truth(self) -> dict[str, set[str]]:
        return {entity: ids for entity, ids in super().truth().items() if entity != "locations"}


class TestSap(ConnectorContract):
    connector = SapConnector
    settings = {"user": "hub", "password": SECRET, "page_size": 5, "document_page_size": 5}
    reading_posts = (r"/\$batch$",)
    exempt = {
        **{
            f"deletes_are_seen[{name}]": _GONE
            for name in ("orders", "deliveries", "purchase_orders", "returns", "billing")
        },
        "pages_have_no_edges[plants-0]": "a system without rows of ours still has its plants",
    }

    def world(self, size: int, folder: Path) -> World:
        return PlacesApartWorld(
            self.connector, self.settings, size=size, page_rows=self.page_rows, logins=re.compile(self.logins)
        )
