"""SAP S/4HANA by OData, cloud and on-premise. Loaded when a configured instance asks for it."""

from __future__ import annotations

from typing import Any

from hub.sdk import Connector, hookimpl


@hookimpl
def hub_connectors() -> list[type[Connector[Any]]]:
    """The connector of this folder."""
    from connectors.sap.source import SapConnector

    return [SapConnector]
