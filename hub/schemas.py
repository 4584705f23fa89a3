"""JSON Schemas of the YAML files, for editors: completion, descriptions, and most mistakes while typing.

Generated from the same models that check the files, and made to say what the loader really accepts: numbers where texts
are expected, references in place of values, a list of stream names.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.errors import PluginError
from hub.model.catalog import ENTITIES
from hub.settings.model import HubSettings
from hub.settings.own_metrics import OwnMetric
from hub.settings.secrets import REFERENCE_PATTERN

if TYPE_CHECKING:
    from hub.model.kinds import Entity
    from hub.plugins import Registry
    from hub.sdk.connector import Connector
    from hub.sdk.publisher import Publisher

log = logging.getLogger(__name__)

Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_MADE_UP = {"title", "format", "writeOnly"}
_HOLDS_REFERENCE = r"\$\{[^{}]+\}"


def write_schemas(folder: Path, registry: Registry) -> list[Path]:
    """Write `schema/hub.schema.json` and `schema/connectors/<kind>.schema.json` below the folder; returns the paths.
    A kind whose plugin does not load is left out with a warning."""
    written = []
    for name, schema in schemas(registry).items():
        path = folder / "schema" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(schema, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        written.append(path)
    return written


def schemas(registry: Registry) -> dict[str, Schema]:
    """All schemas, by their path within `schema/`."""
    connectors: dict[str, Schema] = {}
    for kind in sorted(registry.kinds()):
        try:
            connectors[f"connectors/{kind}.schema.json"] = connector_schema(registry.connector(kind), kind)
        except PluginError as error:
            log.warning("no schema for %s: %s", kind, error)
    publishers: dict[str, Schema] = {}
    for kind in registry.publisher_kinds():
        try:
            publishers[f"publishers/{kind}.schema.json"] = publisher_schema(registry.publisher(kind), kind)
        except PluginError as error:
            log.warning("no schema for the publisher %s: %s", kind, error)
    return {
        "hub.schema.json": hub_schema(sorted(registry.kinds())),
        "metrics.schema.json": metrics_schema(),
        **connectors,
        **publishers,
    }


def publisher_schema(publisher: type[Publisher[Any]], kind: str) -> Schema:
    """The schema of one publisher's file."""
    schema = _accepting(publisher.config_model.model_json_schema())
    properties = schema["properties"]
    properties["kind"] = {"const": kind, "description": properties["kind"].get("description", "")}
    return {"$schema": _DIALECT, **schema, "title": f"b2b-hub: a publisher of kind {kind}"}


def metrics_schema() -> Schema:
    """The schema of the files in `metrics/`: own metrics by id."""
    schema = _accepting(OwnMetric.model_json_schema())
    definitions = schema.pop("$defs", {})
    return {
        "$schema": _DIALECT,
        "$defs": {**definitions, "OwnMetric": schema},
        "title": "b2b-hub: metrics of your own",
        "type": "object",
        "propertyNames": {"pattern": "^[a-z][a-z0-9_]*$"},
        "additionalProperties": {"$ref": "#/$defs/OwnMetric"},
    }


def hub_schema(kinds: list[str]) -> Schema:
    """The schema of hub.yaml; instances under `connectors:` are checked by the schemas of their kinds."""
    schema = _accepting(HubSettings.model_json_schema())
    schema["properties"]["connectors"]["additionalProperties"] = {
        "type": "object",
        "required": ["kind"],
        "properties": {"kind": {"enum": kinds}},
        "allOf": [
            {
                "if": {"properties": {"kind": {"const": kind}}, "required": ["kind"]},
                "then": {"$ref": f"connectors/{kind}.schema.json"},
            }
            for kind in kinds
        ],
    }
    return {"$schema": _DIALECT, **schema, "title": "b2b-hub: hub.yaml"}


def connector_schema(connector: type[Connector[Any]], kind: str) -> Schema:
    """The schema of one instance's file."""
    schema = _accepting(connector.config_model.model_json_schema())
    properties, definitions = schema["properties"], schema.setdefault("$defs", {})
    properties["kind"] = {"const": kind, "description": properties["kind"].get("description", "")}
    properties["streams"] = _streams(properties["streams"], connector)
    entities = _entities(connector)
    properties["fields"] = {
        "description": properties["fields"].get("description", ""),
        "type": "object",
        "properties": {name: {"$ref": f"#/$defs/fields of {name}"} for name in entities},
        "additionalProperties": False,
    }
    for entity in entities.values():
        definitions[f"fields of {entity.name}"] = _columns(entity, definitions)
    if "EntityMapSpec" in definitions:
        definitions["EntityMapSpec"]["properties"]["entity"]["enum"] = list(ENTITIES)
    return {"$schema": _DIALECT, **schema, "title": f"b2b-hub: a connector of kind {kind}"}


def _streams(schema: Schema, connector: type[Connector[Any]]) -> Schema:
    """A mapping with settings, which may be empty, or a list of names; names are known where the class has them."""
    settings = {"anyOf": [schema["additionalProperties"], {"type": "null"}]}
    mapping: Schema = {"type": "object", "additionalProperties": settings}
    names: Schema = {"type": "string"}
    if connector.streams and "discover" not in vars(connector):
        known = {stream.name: stream.description for stream in connector.streams}
        mapping = {
            "type": "object",
            "properties": {name: {**settings, "description": text} for name, text in known.items()},
            "additionalProperties": False,
        }
        names = {"enum": list(known)}
    return {
        "description": schema.get("description", ""),
        "anyOf": [mapping, {"type": "array", "items": names}, {"type": "null"}],
    }


def _entities(connector: type[Connector[Any]]) -> Mapping[str, Entity]:
    """What `fields:` may name: the entities that the streams yield, or all where settings define the streams."""
    if not connector.streams or "discover" in vars(connector):
        return ENTITIES
    yielded = {fields.entity.name for stream in connector.streams for fields in stream.maps}
    return {name: entity for name, entity in ENTITIES.items() if name in yielded}


def _columns(entity: Entity, definitions: Schema) -> Schema:
    overrides = definitions["FieldOverrides"]
    definitions["override"] = overrides["additionalProperties"]
    columns = {
        column.name: {"$ref": "#/$defs/override", "description": column.description}
        for column in entity.columns
        if column.name != "extras"
    }
    return {
        "type": "object",
        "description": entity.description,
        "properties": {"extras": overrides["properties"]["extras"], **columns},
        "additionalProperties": False,
    }


def _accepting(schema: Any) -> Any:
    """A model's schema as the loader means it, without the titles that pydantic makes up."""
    if isinstance(schema, list):
        return [_accepting(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if schema.get("format") == "password":
        return {"type": "string", "pattern": f"^{REFERENCE_PATTERN}$", "description": schema.get("description", "")}
    return _scalar({name: _part(name, value) for name, value in schema.items() if name not in _MADE_UP})


def _part(name: str, value: Any) -> Any:
    if name in {"properties", "$defs"}:  # names of settings, not of JSON Schema
        return {key: _accepting(item) for key, item in value.items()}
    return value if name in {"default", "enum", "const", "examples"} else _accepting(value)


def _scalar(schema: Schema) -> Schema:
    """Numbers may be written where a text is expected, and references where a number or truth value is."""
    kind = schema.get("type")
    if kind == "string" and not {"pattern", "enum", "const"} & set(schema):
        return {**schema, "type": ["string", "number"]}
    if kind in {"integer", "number", "boolean"}:
        return {**schema, "type": [kind, "string"], "pattern": _HOLDS_REFERENCE}
    return schema
