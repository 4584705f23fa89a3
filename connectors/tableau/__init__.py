"""Publisher `tableau`: .hyper extracts in a folder, and published to Tableau Server or Cloud."""

from __future__ import annotations

from typing import Any

from hub.sdk import hookimpl
from hub.sdk.publisher import Publisher


@hookimpl
def hub_publishers() -> list[type[Publisher[Any]]]:
    """The publisher of this folder."""
    from connectors.tableau.publisher import TableauPublisher

    return [TableauPublisher]
