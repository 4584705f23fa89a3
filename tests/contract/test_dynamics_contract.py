"""The conformance kit for Dynamics 365."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from connectors.dynamics.source import DynamicsConnector
from hub.testing import ConnectorContract
from hub.testing.world import SimulatorWorld, World


class TestDynamics(ConnectorContract):
    connector = DynamicsConnector
    settings: ClassVar = {
        "login_url": "{base_url}", "tenant_id": "contoso", "client_id": "hub", "page_size": 5,
        "client_secret": "planted-5ec1e7-0123456789abcdef",
    }  # fmt: skip
    page_rows = 5
    logins = r"(?i)/(oauth2|EntityDefinitions)\b"

    def world(self, size: int, folder: Path) -> World:
        """Without contacts of no account: the kit wants customers to come from one stream alone."""
        world = super().world(size, folder)
        assert isinstance(world, SimulatorWorld)
        for row in world.simulator.tables["contacts"].rows:
            row["_parentcustomerid_value"] = row["_parentcustomerid_value"] or "00000001-0000-4000-8000-000000000000"
        return world
