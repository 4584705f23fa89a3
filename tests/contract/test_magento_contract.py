"""Magento under the conformance kit, by bearer token and by signed requests."""

from __future__ import annotations

from pathlib import Path

from connectors.magento.source import MagentoConnector
from hub.testing import SECRET, ConnectorContract, SimulatorWorld, World


class OwnCustomersWorld(SimulatorWorld):
    """Three streams bring customers: persons, companies, guests. What each must bring is tested elsewhere."""

    def truth(self) -> dict[str, set[str]]:
        return {entity: ids for entity, ids in super().truth().items() if entity != "customers"}


class TestMagento(ConnectorContract):
    connector = MagentoConnector
    settings = {"access_token": SECRET, "page_size": 5}

    def world(self, size: int, folder: Path) -> World:
        import re

        return OwnCustomersWorld(
            self.connector, self.settings, size=size, page_rows=self.page_rows, logins=re.compile(self.logins)
        )
