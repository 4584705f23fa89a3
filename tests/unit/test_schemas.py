"""The JSON Schemas for editors are valid, current, and agree with the loader."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry as References
from referencing import Resource
from support.configured import Config, ShopConnector, ShopRegistry

from hub.errors import PluginError
from hub.plugins import BUILT_IN, PUBLISHERS, Registry
from hub.schemas import connector_schema, schemas, write_schemas
from hub.settings.yaml_source import parse, read_document

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "config").rglob("*.yaml"))


@cache
def all_schemas() -> dict[str, Any]:
    return schemas(Registry())


NAMES = [
    "hub.schema.json",
    *(f"connectors/{kind}.schema.json" for kind in sorted(BUILT_IN)),
    *(f"publishers/{kind}.schema.json" for kind in sorted(PUBLISHERS)),
]


def validator(schema: Any) -> Draft202012Validator:
    """A validator that finds the schemas of connectors as an editor does: beside the hub's."""
    resources = [(name, Resource.from_contents(other)) for name, other in all_schemas().items()]
    return Draft202012Validator(schema, registry=References().with_resources(resources))


def accepts(schema: Any, text: str) -> bool:
    return validator(schema).is_valid(parse(text, ROOT).data)


@pytest.mark.parametrize("name", NAMES)
def test_what_is_checked_in_is_current(name: str) -> None:
    checked_in = json.loads((ROOT / "config" / "schema" / name).read_text(encoding="utf-8"))
    assert checked_in == all_schemas()[name], "run `hub schema -o config`"


@pytest.mark.parametrize("name", NAMES)
def test_each_is_a_valid_schema_whose_settings_are_all_described(name: str) -> None:
    schema = all_schemas()[name]
    Draft202012Validator.check_schema(schema)
    assert schema["additionalProperties"] is False
    assert [key for key, value in schema["properties"].items() if not value.get("description")] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_example_agrees_with_its_schema(path: Path) -> None:
    data = read_document(path).data or {}
    folder = path.parent.name
    name = {"metrics": "metrics.schema.json"}.get(folder, f"{folder}/{data.get('kind')}.schema.json")
    name = "hub.schema.json" if path.name == "hub.yaml" else name
    assert [error.message for error in validator(all_schemas()[name]).iter_errors(data)] == []


@pytest.mark.parametrize(
    ("text", "accepted"),
    [
        ("kind: shop", True),
        ("{kind: shop, token: '${env:X}'}", True),
        ("{kind: shop, token: '${X}'}", True),
        ("{kind: shop, token: '${file:/run/secrets/x}'}", True),
        ("{kind: shop, token: '${keyring:a/b}'}", True),
        ("{kind: shop, token: literal}", False),
        ("{kind: shop, token: 'x${env:X}'}", False),
        ("{kind: shop, size: '${env:SIZE}'}", True),
        ("{kind: shop, size: many}", False),
        ("{kind: shop, size: 251}", False),
        ("{kind: shop, version: 10}", True),
        ("{kind: shop, tokn: x}", False),
        ("{kind: csv}", False),
        ("{kind: shop, streams: [orders]}", True),
        ("{kind: shop, streams: [ordrs]}", False),
        ("{kind: shop, streams: {orders: }}", True),
        ("{kind: shop, streams: {orders: {start: '2024-01-01', overlap: 10m, schedule: every 5m}}}", True),
        ("{kind: shop, streams: {orders: {overlap: soon}}}", False),
        ("{kind: shop, streams: {orders: {schedul: x}}}", False),
        ("{kind: shop, fields: {orders: {number: no, status: {path: s, values: {a: shipped}}, extras: [note]}}}", True),
        ("{kind: shop, fields: {orders: {numbr: no}}}", False),
        ("{kind: shop, fields: {products: {name: x}}}", False),
    ],
)
def test_the_schema_says_what_the_loader_says(tmp_path: Path, text: str, accepted: bool) -> None:
    schema = connector_schema(ShopConnector, "shop")
    assert accepts(schema, text) is accepted
    config = Config(tmp_path).shop(text)
    assert (not _mistakes(config)) is accepted or "kind: csv" in text


def _mistakes(config: Config) -> list[str]:
    from hub.settings.check import check

    try:
        check(config.folder, config.registry)
    except Exception as error:
        return list(getattr(error, "mistakes", [str(error)]))
    return []


def test_instances_inside_hub_yaml_are_checked_by_their_kind() -> None:
    hub = all_schemas()["hub.schema.json"]
    assert accepts(hub, "connectors: {erp: {kind: csv, folder: exports}}")
    assert not accepts(hub, "connectors: {erp: {kind: csv, foldr: exports}}")
    assert not accepts(hub, "connectors: {erp: {folder: exports}}")
    assert not accepts(hub, "connectors: {erp: {kind: nonsense}}")


def test_a_broken_plugin_leaves_the_other_schemas_alone(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    registry = ShopRegistry()
    registry.kinds = lambda: {"shop": "tests", "ghost": "tests"}  # type: ignore[method-assign]
    registry.broken["ghost"] = PluginError("plugin ghost failed.")
    written = [str(path.relative_to(tmp_path)) for path in write_schemas(tmp_path, registry)]
    assert "schema/hub.schema.json" in written
    assert [name for name in written if name.startswith("schema/connectors")] == ["schema/connectors/shop.schema.json"]
    assert "no schema for ghost: plugin ghost failed." in caplog.text
