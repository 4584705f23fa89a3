"""Salesforce, by its REST API and Bulk API 2.0. Loaded when a configured instance asks for it."""

from __future__ import annotations

from typing import Any

from hub.sdk import Connector, hookimpl


@hookimpl
def hub_connectors() -> list[type[Connector[Any]]]:
    """The connector of this folder."""
    from connectors.salesforce.source import SalesforceConnector

    return [SalesforceConnector]
