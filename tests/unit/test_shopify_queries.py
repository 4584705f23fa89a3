"""Every query the Shopify connector can send, held against Shopify's own schema and against the simulator's."""

from __future__ import annotations

import gzip
from functools import cache
from pathlib import Path
from typing import Any

import graphql
import pytest
from support.shopify_documents import everything, of_stream

from connectors.shopify.config import API_VERSION
from connectors.shopify.simulator.plan import plan, points, schema

SCHEMAS = Path(__file__).parents[3] / "shared" / "schemas" / "shopify"


@cache
def vendor(version: str = API_VERSION) -> graphql.GraphQLSchema:
    file = SCHEMAS / f"admin-{version}.graphql.gz"
    if not file.is_file():
        pytest.skip("Shopify's schema is not at hand")
    return graphql.build_schema(gzip.decompress(file.read_bytes()).decode(), assume_valid=True)


@cache
def parsed() -> dict[str, graphql.DocumentNode]:
    return {name: graphql.parse(text) for name, text in everything().items()}


def wrong(known: graphql.GraphQLSchema, rules: list[Any] | None = None) -> dict[str, list[str]]:
    """What a schema says against documents, by their names."""
    told = {name: graphql.validate(known, document, rules) for name, document in parsed().items()}
    assert len(told) > 50
    return {name: [error.message for error in errors] for name, errors in told.items() if errors}


def test_shopify_knows_every_field_that_is_asked_for() -> None:
    assert wrong(vendor()) == {}


def test_nothing_deprecated_is_asked_for() -> None:
    assert wrong(vendor(), [graphql.NoDeprecatedCustomRule]) == {}


def test_the_simulator_knows_them_too() -> None:
    assert wrong(schema()) == {}


def test_custom_fields_and_deep_paths_are_asked_for() -> None:
    fields = {"orders": {"sales_rep": "metafield.erp.rep", "extras": ["note", "billingAddress.city"]}}
    page = dict(of_stream("orders", fields=fields))["orders page"]
    assert 'metafield(namespace: "erp", key: "rep") { value }' in page
    assert "billingAddress { city }" in page
    assert not graphql.validate(vendor(), graphql.parse(page))


def test_what_is_taken_out_of_the_map_is_not_asked_for() -> None:
    """Shops that did not approve the app for personal data refuse queries that name it."""
    page = dict(of_stream("customers", fields={"customers": {"email": None}, "contacts": {"email": None}}))
    assert "emailAddress" not in page["customers page"]


def test_a_page_of_many_orders_costs_what_shopify_lets_through_for_some() -> None:
    page = everything()["orders page"]
    one = points(plan(page, {"first": 1, "after": None, "query": None}))
    assert one <= 1000 / 6, "at least six orders fit one query of 1000 points"
    assert points(plan(page, {"first": 250, "after": None, "query": None})) == 250 * one


def test_the_simulator_s_schema_is_part_of_shopify_s() -> None:
    """Names, types and arguments; a stand-in that knows more than the vendor proves nothing."""
    wrong = []
    for name, kind in schema().type_map.items():
        theirs = vendor().type_map.get(name)
        if name.startswith("__") or (isinstance(kind, graphql.GraphQLScalarType) and theirs is not None):
            continue
        wrong += _differences(name, kind, theirs)
    assert not wrong


def _differences(name: str, kind: object, theirs: object) -> list[str]:
    if theirs is None:
        return [f"no type {name}"]
    if isinstance(kind, graphql.GraphQLEnumType):
        return [f"{name}.{word}" for word in kind.values if word not in theirs.values]
    told = []
    for field, definition in getattr(kind, "fields", {}).items():
        other = theirs.fields.get(field)
        if other is None or str(other.type) != str(definition.type):
            told.append(f"{name}.{field}")
        else:
            told += [f"{name}.{field}({arg})" for arg in definition.args if arg not in other.args]
    return told
