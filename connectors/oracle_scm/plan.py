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
    """The plan. ConfigError where an attribute that the admin names is not there, or one that nothing goes without."""
    source = source_of(config, stream)
    shape = _wanted(api.describe(source.resource, source.api), config)
    key = _key(source, shape)
    cursor = _first(shape, source.cursors)
    always = _always(source, shape, key, cursor)
    maps = list(zip(maps_of(config, stream), stream.maps, strict=True))
    selection = select(shape, source.kind, maps, accessors=tuple(source.children), always=always)
    if selection.unknown:
        raise ConfigError(
            f"{source.resource} has no attribute for {selection.unknown[0]}.",
            fix="Correct it under `fields:`; `hub check` tells more. Flexfields must be deployed to be seen.",
        )
    if selection.needed and shape.is_whole:
        raise ConfigError(
            f"{source.resource} has no attribute for {'; '.join(selection.needed)}, which no record goes without.",
            fix=_REMEDY,
        )
    order = (key,) if source.unique else (key, *(name for name in _TIES if name in shape.attributes and name != key))
    without = source.without
    only = (Condition(without[0], "!=", without[1]),) if without and shape.can_filter(without[0]) else ()
    wanted = Collection(source.resource, order, selection.node, only, source.api)
    is_open = _is_open(shape) if source.kind == "order" else None
    read = {path[0] for fields, _ in maps for path in source_paths(fields)}
    spare = tuple(name for name in selection.node.attributes if name not in read)
    switched_off = tuple(accessor for accessor, is_on in _extras(config).items() if not is_on)
    missing = [text for text in selection.missing if not (config.currency and ".currency: " in text)]
    missing = [text for text in missing if not any(f" {accessor}." in text for accessor in switched_off)]
    filters = frozenset(name for name in shape.attributes if shape.can_filter(name))
    return Plan(source, wanted, key, cursor, tuple(missing), spare, filters, is_open)


_TIES = ("OrganizationCode", "SubinventoryCode", "LocatorName", "LotNumber", "ValuationUnit", "EffectiveStartDate")
"""What orders the rows that share a key, as far as a resource has it."""


_REMEDY = (
    "Give the user's role all attributes of it, or opt in to the feature; where your pod names the attribute "
    "otherwise, write it under `fields:`; or leave the stream out (`enabled: false`). `hub check` tells more."
)


def _extras(config: OracleScmConfig) -> dict[str, bool]:
    """Lists within rows that the admin may do without."""
    return {"lots": config.lots, "shippingCosts": config.freight_costs}


def _wanted(shape: Shape, config: OracleScmConfig) -> Shape:
    """What the pod has, but for the lists that the admin does without."""
    extras = _extras(config)
    return replace(shape, children={name: child for name, child in shape.children.items() if extras.get(name, True)})


def _key(source: Source, shape: Shape) -> str:
    """The attribute to walk by. ConfigError where the pod does not filter by it, or by what parts are asked for."""
    key = _first(shape, source.keys)
    if shape.is_whole and (key is None or (source.slices and not shape.can_filter(source.slices))):
        by = " or ".join(source.keys) if key is None else source.slices
        raise ConfigError(f"{source.resource} cannot be filtered by {by}, by which it is read.", fix=_REMEDY)
    return key or source.keys[0]


def _first(shape: Shape, names: tuple[str, ...]) -> str | None:
    return next((name for name in names if shape.can_filter(name)), None)


def _always(source: Source, shape: Shape, key: str, cursor: str | None) -> list[Keys]:
    """Keys and stamps, and the keys of lists, as far as the pod has them."""
    own = [(name,) for name in dict.fromkeys((key, *([cursor] if cursor else ()), *source.always))]
    lists = [(*path, name) for path, name in source.children.items()]
    return [path for path in own if not shape.is_whole or has(shape, path)] + [p for p in lists if has(shape, p)]


def _is_open(shape: Shape) -> Condition | None:
    if shape.can_filter("OpenFlag"):
        is_flag = shape.attributes["OpenFlag"].type == "boolean"
        return Condition("OpenFlag", "=", True if is_flag else "Y")
    return Condition("StatusCode", "=", "OPEN") if shape.can_filter("StatusCode") else None
