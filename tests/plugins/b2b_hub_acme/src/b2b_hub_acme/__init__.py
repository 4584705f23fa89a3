"""Acme ERP for b2b-hub."""

from b2b_hub_acme.connector import AcmeConnector
from hub.sdk import hookimpl


@hookimpl
def hub_connectors() -> list[type[AcmeConnector]]:
    return [AcmeConnector]
