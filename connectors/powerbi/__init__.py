"""Publisher `powerbi`: refreshes semantic models after the hub has news, and pushes small tables of numbers."""

from __future__ import annotations

from typing import Any

from hub.sdk import hookimpl
from hub.sdk.publisher import Publisher


@hookimpl
def hub_publishers() -> list[type[Publisher[Any]]]:
    """The publisher of this folder."""
    from connectors.powerbi.publisher import PowerBIPublisher

    return [PowerBIPublisher]
