"""Dynamics 365 (Sales, Customer Service) by the Dataverse Web API. Loaded when a configured instance asks for it."""

from __future__ import annotations

from typing import Any

from hub.sdk import Connector, hookimpl


@hookimpl
def hub_connectors() -> list[type[Connector[Any]]]:
    """The connector of this folder."""
    from connectors.dynamics.source import DynamicsConnector

    return [DynamicsConnector]
