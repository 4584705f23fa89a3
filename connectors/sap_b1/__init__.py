"""SAP Business One by its Service Layer. Loaded when a configured instance asks for it."""

from __future__ import annotations

from typing import Any

from hub.sdk import Connector, hookimpl


@hookimpl
def hub_connectors() -> list[type[Connector[Any]]]:
    """The connector of this folder."""
    from connectors.sap_b1.source import SapB1Connector

    return [SapB1Connector]
