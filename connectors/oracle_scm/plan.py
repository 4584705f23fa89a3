"""What a stream asks of a pod: settled by what the pod says it has."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from connectors.oracle_scm.api import Collection, OracleApi
from connectors.oracle_scm.config import OracleScmConfig
from connectors.oracle_scm.describe import Shape
from connectors.oracle_scm.query import Condition
from connectors.oracle_scm.selection import has, select
from connectors.oracle_scm.streams import SOURCES, Source
from hub.sdk import ConfigError, Stream
from hub.sdk.fields import Keys, maps_of, source_paths


@dataclass(frozen=True)
class Plan:
    """How a stream is read.

    key      attribute to walk by;  cursor: attribute that tells of changes, None where each reading must be a whole one
    missing  columns of ours that stay empty, with the attributes that lack
    spare    attributes that only reading needs, and no map
    filters  attributes that `q` may name
    is_open  condition for orders that are not done; None where the pod cannot filter so
    """

    source: Source
    wanted: Collection
    key: str
    cursor: str | None
    missing: tuple[str, ...]
    spare: tuple[str, ...]
    filters: frozenset[str]
    is_open: Condition | None = None

    def changed(self, since: datetime | None) -> tuple[Condition, ...]:
        """The condition for what has changed; none for everything."""
        return () if since is None or self.cursor is None else (Condition(self.cursor, ">=", since),)


def source_of(config: OracleScmConfig, stream: Stream) -> Source:
    """The stream's source under these settings."""
    source = SOURCES[stream.name]
    if source.kind != "customer":
        return source
    return replace(source, resource=config.customers_from)


def plan_of(api: OracleApi, config: OracleScmConfig, stream: Stream) -> Plan:
    """The plan. ConfigError where an attribute that the admin names is not there."""
    source = source_of(config, stream)
    shape = api.describe(source.resource, source.api)
    key = _first(shape, source.keys) or source.keys[0]
    cursor = _first(shape, source.cursors)
    always = _always(source, shape, key, cursor)
    maps = list(zip(maps_of(config, stream), stream.maps, strict=True))
    selection = select(shape, source.kind, maps, accessors=tuple(source.children), always=always)
    if selection.unknown:
        raise ConfigError(
            f"{source.resource} has no attribute for {selection.unknown[0]}.",
            fix="Correct it under `fields:`; `hub check` tells more. Flexfields must be deployed to be seen.",
        )
    order = (key,) if source.unique else (key, *(name for name in _TIES if name in shape.attributes and name != key))
    without = source.without
    only = (Condition(without[0], "!=", without[1]),) if without and shape.can_filter(without[0]) else ()
    wanted = Collection(source.resource, order, selection.node, only, source.api)
    is_open = _is_open(shape) if source.kind == "order" else None
    read = {path[0] for fields, _ in maps for path in source_paths(fields)}
    spare = tuple(name for name in selection.node.attributes if name not in read)
    missing = [text for text in selection.missing if not (config.currency and ".currency: " in text)]
    filters = frozenset(name for name in shape.attributes if shape.can_filter(name))
    return Plan(source, wanted, key, cursor, tuple(missing), spare, filters, is_open)


_TIES = ("OrganizationCode", "SubinventoryCode", "LocatorName", "LotNumber", "ValuationUnit", "EffectiveStartDate")
"""What orders the rows that share a key, as far as a resource has it."""


def _first(shape: Shape, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if shape.can_filter(name)), None)


def _always(source: Source, shape: Shape, key: str, cursor: str | None) -> list[Keys]:
    """Keys and stamps, and the keys of lists that the pod has."""
    own = [(name,) for name in dict.fromkeys((key, *([cursor] if cursor else ()), *source.always))]
    lists = [(*path, name) for path, name in source.children.items()]
    return [*own, *(path for path in lists if has(shape, path))]


def _is_open(shape: Shape) -> Condition | None:
    if shape.can_filter("OpenFlag"):
        is_flag = shape.attributes["OpenFlag"].type == "boolean"
        return Condition("OpenFlag", "=", True if is_flag else "Y")
    return Condition("StatusCode", "=", "OPEN") if shape.can_filter("StatusCode") else None
