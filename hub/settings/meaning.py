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


def _names(value: Any) -> Iterable[str]:
    return [name for name in value if isinstance(name, str)] if isinstance(value, dict | list) else []
