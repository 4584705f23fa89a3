"""Every request that the Magento connector sends, and every field it reads, against Adobe's own schema of 2.4.9."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest
from support.magento_shop import ShopHub, magento

from connectors.magento.criteria import CONDITIONS
from connectors.magento.projection import underlying
from connectors.magento.rows import DERIVED
from connectors.magento.simulator import MagentoSimulator
from connectors.magento.streams import SOURCES, STREAMS
from hub.sdk.fields import source_paths

SHARED = Path(__file__).parents[3] / "shared" / "schemas" / "magento"
SCHEMA = SHARED / "read_subset_2.4.9.swagger.json"
pytestmark = pytest.mark.skipif(not SCHEMA.exists(), reason="the vendor's schema is not at hand")

KEYS_OF_FILTERS = {"entity_id", "parent_item_id"}
"""Filters name the number of customers, products, companies and categories `entity_id`, their rows `id`."""


@cache
def schema() -> dict[str, Any]:
    return json.loads(SCHEMA.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def operation(path: str) -> tuple[dict[str, Any], str]:
    """The GET of a path, and the name of what it answers with."""
    for template, methods in sorted(schema()["paths"].items(), key=lambda each: "{" in each[0]):
        if re.fullmatch(re.sub(r"\{\w+\}", ".+", template), path):
            answer = methods["get"]["responses"]["200"]["schema"]
            return methods["get"], answer.get("$ref") or answer.get("items", {}).get("$ref", "")
    raise AssertionError(f"Adobe's schema knows no {path}")


def properties(reference: str) -> dict[str, Any]:
    return schema()["definitions"][reference.rpartition("/")[2]]["properties"]  # type: ignore[no-any-return]


def row_type(path: str) -> str:
    """The type of a collection's rows."""
    _, answer = operation(path)
    return str(properties(answer)["items"]["items"]["$ref"])


def require_path(reference: str, keys: tuple[str, ...]) -> None:
    """A field, down through objects and lists. Below custom attributes there are only a code and a value."""
    for number, key in enumerate(keys):
        known = properties(reference)
        assert key in known, f"{'.'.join(keys)}: {reference.rpartition('/')[2]} has no {key}"
        found = known[key]
        reference = found.get("$ref") or found.get("items", {}).get("$ref", "")
        if not reference:
            assert number == len(keys) - 1, f"{'.'.join(keys)}: {key} has no fields"


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, dict[str, str]]]:
    """Path and parameters of everything that was asked in first runs, later runs, repairs and checks."""
    asked = []
    for modules in (frozenset({"Magento_Company", "Magento_InventoryApi"}), frozenset[str]()):
        simulator = MagentoSimulator(size=40, page_rows=15)
        hub = ShopHub(
            tmp_path_factory.mktemp("hub"), simulator, fields={"products": {"brand": "custom_attributes.color"}}
        )
        simulator.modules = modules
        hub.synced()
        stamp = simulator.tick(9000).strftime("%Y-%m-%d %H:%M:%S")
        for row in simulator.tables["orders"].rows[:25]:
            row["updated_at"] = stamp
        simulator.mutate({"touch": {"orders": 3, "products": 3}, "delete": {"customers": 2, "orders": 2}})
        hub.synced()
        connector = magento(simulator)
        list(connector.check())
        connector.close()
        asked += [(each["path"], dict(parse_qsl(each["query"]))) for each in simulator.log.last]
    return [(path.removeprefix("/rest/all"), params) for path, params in asked if path.startswith("/rest/")]


def test_every_request_is_one_that_adobe_describes(sent: list[tuple[str, dict[str, str]]]) -> None:
    assert len({path for path, _ in sent}) > 15
    for path, params in sent:
        described, _ = operation(path)
        known = {each["name"] for each in described.get("parameters", ())} | {"fields"}
        unknown = {name for name in params if re.sub(r"\]\[\d+\]", "][0]", name) not in known}
        assert not unknown, f"{path}: {sorted(unknown)}"


def test_filters_and_sorting_name_fields_of_the_row_itself(sent: list[tuple[str, dict[str, str]]]) -> None:
    for path, params in sent:
        named = {value for name, value in params.items() if name.endswith("[field]")}
        unknown = named - KEYS_OF_FILTERS - set(properties(row_type(path)) if named else ())
        assert not unknown, f"{path}: {sorted(unknown)}"
        conditions = {value for name, value in params.items() if name.endswith("[conditionType]")}
        assert conditions <= CONDITIONS


def test_no_search_goes_without_a_size_and_an_order(sent: list[tuple[str, dict[str, str]]]) -> None:
    """Without a size Magento sends everything at once; without a direction it sorts backwards."""
    for path, params in sent:
        if any(name.startswith("searchCriteria") for name in params):
            assert int(params["searchCriteria[pageSize]"]) <= 1000, path
            fields = {name for name in params if name.endswith("][field]") and "sortOrders" in name}
            assert all(name.replace("[field]", "[direction]") in params for name in fields), path


def test_no_page_after_the_last_is_asked_for(sent: list[tuple[str, dict[str, str]]]) -> None:
    big = {"/V1/customers/search", "/V1/orders", "/V1/products", "/V1/shipments", "/V1/creditmemos", "/V1/company/"}
    for path, params in sent:
        if path in big and "configurable" not in params.values() and "in" not in params.values():
            assert params["searchCriteria[currentPage]"] == "1", f"{path} was walked by page numbers"


def test_every_field_asked_for_exists(sent: list[tuple[str, dict[str, str]]]) -> None:
    asked = {(path, params["fields"]) for path, params in sent if "fields" in params}
    assert asked
    for path, fields in asked:
        match = re.fullmatch(r"items\[(.*)\],total_count", fields)
        assert match, fields
        for keys in leaves(match[1]):
            require_path(row_type(path), keys)


def leaves(notation: str) -> Iterator[tuple[str, ...]]:
    """`a,b[c,d[e]]` -> a; b.c; b.d.e"""
    above: list[str] = []
    name = ""
    for mark in re.findall(r"\w+|[\[\],]", notation):
        if mark == "[":
            above.append(name)
        elif mark == "]":
            above.pop()
        elif mark != ",":
            name = mark
            yield (*above, name)


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_every_path_of_the_maps_exists(stream: Any) -> None:
    source = SOURCES[stream.name]
    type_ = row_type(f"/V1/{source.path}")
    for fields in stream.maps:
        for keys in source_paths(fields):
            for path in underlying(source.kind, keys):
                require_path(type_, path)


@pytest.mark.parametrize("kind", sorted(DERIVED))
def test_made_fields_hide_none_of_magentos(kind: str) -> None:
    source = next(each for each in SOURCES.values() if each.kind == kind)
    own = properties(row_type(f"/V1/{source.path}"))
    assert not {path[0] for path in DERIVED[kind] if len(path) == 1} & own.keys()
