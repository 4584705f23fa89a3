"""Checks that need the connector itself: does it have these streams, and do any of them yield these entities?

They look at the YAML as it stands, so that they are told together with what pydantic finds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from hub.model.catalog import ENTITIES
from hub.settings.mistakes import Mistake, nearest
from hub.settings.validate import Part

if TYPE_CHECKING:
    from hub.sdk.connector import Connector


def instance_mistakes(connector: type[Connector[Any]], part: Part) -> Iterator[Mistake]:
    """What pydantic cannot know. A connector whose settings define its streams (`discover`) may have any."""
    if not connector.streams or "discover" in vars(connector):
        return
    streams = [stream.name for stream in connector.streams]
    for name in _names(part.data.get("streams")):
        if name not in streams:
            yield part.mistake(
                f"{connector.kind} has no stream `{name[:40]}`.{nearest(name, streams)}", ("streams", name), key=True
            )
    entities = {fields.entity.name for stream in connector.streams for fields in stream.maps}
    for name in _names(part.data.get("fields")):
        if name in ENTITIES and name not in entities:
            yield part.mistake(
                f"no stream of {connector.kind} yields `{name}`.{nearest(name, entities)}", ("fields", name), key=True
            )


def warehouse_mistakes(part: Part, instances: Iterable[str]) -> Iterator[Mistake]:
    """Places under `warehouses` of connector instances that there are not."""
    warehouses = part.data.get("warehouses") if isinstance(part.data, dict) else None
    known = list(instances)
    for name, listings in warehouses.items() if isinstance(warehouses, dict) else ():
        for place, listing in enumerate(listings if isinstance(listings, list) else ()):
            source = listing.partition("/")[0] if isinstance(listing, str) else ""
            if source and source not in known:
                yield part.mistake(
                    f"there is no connector instance `{source[:40]}`.{nearest(source, known)}",
                    ("warehouses", name, place),
                )


def _names(value: Any) -> Iterable[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, dict | list) else []
