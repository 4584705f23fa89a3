"""What one stream asks one company for: the maps, fitted to what its release of the Service Layer has.

The metadata is two megabytes, so it is read once for each release: what comes of it is kept with the stream's state.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.sap_b1.streams import Source
from hub.sdk import ConfigError, FieldMap, Stream, maps_of, source_paths
from hub.sdk.config import ConnectorConfig
from hub.sdk.odata import Metadata

Keys = tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """Properties to select, those of them that tell the date of a change, and those that the release lacks."""

    select: tuple[str, ...]
    changed: tuple[str, ...]
    missing: tuple[str, ...]

    def kept(self, release: str) -> dict[str, Any]:
        """For `Page.state`."""
        return {"release": release, "select": list(self.select), "changed": list(self.changed)}

    @classmethod
    def again(cls, kept: Any, release: str, wanted: Iterable[str]) -> Plan | None:
        """The plan of an earlier run; None where another release made it, or the maps have changed since."""
        if not isinstance(kept, dict) or not release or kept.get("release") != release:
            return None
        select, changed = tuple(kept.get("select") or ()), tuple(kept.get("changed") or ())
        return cls(select, changed, ()) if select and set(select) <= set(wanted) else None


def plan_of(config: ConnectorConfig, stream: Stream, source: Source, metadata: Metadata) -> Plan:
    """ConfigError where a field that the admin names is not there: an empty column would be taken for the truth."""
    maps = maps_of(config, stream)
    missing = tuple(metadata.missing(source.entities, list(columns(source, maps))))
    _refuse_unknown(source, missing, stream.maps)
    there = metadata.type_of(source.entities).properties
    select = tuple(name for name in properties(source, maps) if name in there)
    return Plan(select, tuple(name for name in source.changed if name in there), missing)


def properties(source: Source, maps: Sequence[FieldMap]) -> list[str]:
    """The properties of a row that the maps and the reading need; lists come whole."""
    return list(dict.fromkeys([source.key, *source.changed, *(path[0] for path in columns(source, maps))]))


def columns(source: Source, maps: Sequence[FieldMap]) -> Iterator[Keys]:
    """Every property that the maps read, what the connector makes resolved into what it is made of; each once."""
    seen: set[Keys] = set()
    for fields in maps:
        for path in source_paths(fields):
            for found in _resolved(source, tuple(step for step in path if not step.isdecimal())):
                if found not in seen:
                    seen.add(found)
                    yield found


def _resolved(source: Source, path: Keys) -> Iterator[Keys]:
    whole = ".".join(path[:2])
    for name in (whole, path[0]):
        if name in source.derived:
            yield from ((part,) for part in source.derived[name])
            if name == whole and len(path) > 1:
                yield path[:1]
            return
    if len(path) > 1 and path[1].islower():  # Business One writes its names with capitals, the connector without
        yield path[:1]
    else:
        yield path


def _refuse_unknown(source: Source, missing: Sequence[str], built_in: Sequence[FieldMap]) -> None:
    ours = {"/".join(path) for path in columns(source, built_in)}
    asked = [path for path in missing if path not in ours]
    if asked:
        raise ConfigError(
            f"{source.entities} has no field `{asked[0].replace('/', '.')}`.",
            fix="Correct it under `fields:`; a field of your own begins with U_, as in `U_Region`.",
        )
