"""What one stream asks one system for: the maps, fitted to the `$metadata` that the system shows."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from connectors.sap.streams import DAY, Source
from hub.sdk import ConfigError, FieldMap, Stream, maps_of, source_paths
from hub.sdk.config import ConnectorConfig
from hub.sdk.odata import Filter, Metadata, Query, fields_of, selection

log = logging.getLogger(__name__)

Keys = tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """A query of everything, and what is known of it.

    stamps   those of the source's stamps that the system has and filters by; none: every read is a whole one
    again    condition on what changes without a stamp; None where there is none, or the system does not filter by it
    missing  properties that the built-in maps would like, and the system does not have
    consumed what is asked for to make something of it, and no map reads
    """

    query: Query
    stamps: tuple[str, ...]
    missing: tuple[str, ...]
    consumed: tuple[str, ...]
    again: Filter | None = None

    @property
    def by_day(self) -> bool:
        return bool(self.stamps) and set(self.stamps) <= set(DAY)

    def where(self, condition: Filter | None) -> Query:
        return self.query.with_(filter=condition) if condition is not None else self.query


def plan_of(config: ConnectorConfig, stream: Stream, source: Source, metadata: Metadata) -> Plan:
    """ConfigError where a property that the admin names is not there: an empty column would be taken for the truth."""
    wanted = list(columns(source, maps_of(config, stream)))
    missing = tuple(metadata.missing(source.entities, wanted))
    _refuse_unknown(source, missing, columns(source, stream.maps))
    if missing:
        log.info("not in this system: %s of %s", ", ".join(missing), source.entities)
    select, expand = selection(metadata, source.entities, wanted)
    filters = filterable(metadata, source.entities)
    stamps = tuple(name for name in source.stamps if name in filters)
    again = source.again if source.again is not None and filters.issuperset(fields_of(source.again)) else None
    read = {path[0] for fields in maps_of(config, stream) for path in source_paths(fields)}
    asked = (*select, *(each.name for each in expand))
    consumed = tuple(ours for name in asked if (ours := source.top_ours.get(name, name)) not in read)
    return Plan(Query(source.entities, select=select, expand=expand), stamps, missing, consumed, again)


def filterable(metadata: Metadata, entities: str) -> frozenset[str]:
    """The properties that a service says it filters by."""
    kind, described = metadata.type_of(entities), metadata.sets.get(entities)
    refused = described.unfilterable if described else frozenset()
    return frozenset(name for name, each in kind.properties.items() if each.filterable) - refused


def columns(source: Source, maps: Sequence[FieldMap]) -> Iterator[Keys]:
    """The properties that maps read, what the connector makes resolved into what it is made of; each once."""
    asked = [path for fields in maps for path in source_paths(fields)]
    asked += [tuple(name.split(".")) for name in source.always]
    seen: set[Keys] = set()
    for path in asked:
        for resolved in _resolved(source, tuple(step for step in path if not step.isdecimal())):
            named = source.named(resolved)
            found = (source.within, *named) if source.within else named
            if found not in seen:
                seen.add(found)
                yield found


def _resolved(source: Source, path: Keys) -> Iterable[Keys]:
    for name, parts in source.derived.items():
        steps = tuple(name.split("."))
        if path[: len(steps)] == steps:
            return list(_made_of(parts, path[len(steps) :]))
    return [path]


def _made_of(parts: Iterable[str], rest: Keys) -> Iterator[Keys]:
    for part in parts:
        steps = tuple(part.split("."))
        if steps[-1] != "*":
            yield steps
        elif rest and not rest[-1].islower():  # SAP writes its names with capitals, the connector its own without
            yield (*steps[:-1], *rest)


def _refuse_unknown(source: Source, missing: Sequence[str], ours: Iterable[Keys]) -> None:
    built_in = {"/".join(path) for path in ours}
    asked = [path for path in missing if path not in built_in]
    if asked:
        raise ConfigError(
            f"{source.service.name}: {source.entities} has no property `{asked[0].replace('/', '.')}`.",
            fix="Correct it under `fields:`; a field of your own begins with YY1_ and must be published for this API.",
        )
