"""Dynamics 365 Business Central, by its API v2.0. Loaded when a configured instance asks for it."""

from __future__ import annotations

from typing import Any

from hub.sdk import Connector, hookimpl


@hookimpl
def hub_connectors() -> list[type[Connector[Any]]]:
    """The connector of this folder."""
    from connectors.business_central.source import BusinessCentralConnector

    return [BusinessCentralConnector]
