"""A GraphQL document made ready to run: parsed and validated by graphql-core, its cost counted, its fields resolved.

The rows are plain dicts, so a small runner of our own does what graphql-core's would do, a great deal faster.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib import resources
from typing import Any

import graphql
from graphql.execution.values import get_argument_values, get_variable_values

MAX_PAGE = 250
MUTATION_POINTS = 10


class Refused(Exception):
    """A document that the vendor would not run. `errors` as it words them."""

    def __init__(self, *errors: dict[str, Any]) -> None:
        super().__init__(errors[0]["message"])
        self.errors = list(errors)


@dataclass
class Field:
    """One field to answer.

    kind   `value`, `object`, `list` (of objects) or `connection`
    on     names of the types it is asked of; None for all
    """

    key: str
    name: str
    parent: str
    kind: str
    args: dict[str, Any]
    fields: list[Field] = field(default_factory=list)
    on: frozenset[str] | None = None


@dataclass
class Plan:
    """fields at the root, and whether they change something."""

    fields: list[Field]
    is_mutation: bool
    bulk: bool = False


@cache
def schema() -> graphql.GraphQLSchema:
    return graphql.build_schema(resources.files(__package__).joinpath("schema.graphql").read_text("utf-8"))


def plan(text: str, variables: Mapping[str, Any] | None = None, *, bulk: bool = False) -> Plan:
    """Make a document ready. Refused where it does not fit the schema, the variables or the rules for pages."""
    document = _valid(text)
    operation = next(each for each in document.definitions if isinstance(each, graphql.OperationDefinitionNode))
    given = get_variable_values(schema(), operation.variable_definitions or (), dict(variables or {}))
    if isinstance(given, list):
        raise Refused(*({"message": error.message, "extensions": {"code": "INVALID_VARIABLE"}} for error in given))
    is_mutation = operation.operation is graphql.OperationType.MUTATION
    root = schema().mutation_type if is_mutation else schema().query_type
    assert root is not None, "the schema has both"
    return Plan(_Maker(given, bulk).fields(root, operation.selection_set, None), is_mutation, bulk)


@lru_cache(256)
def _valid(text: str) -> graphql.DocumentNode:
    """Clients send the same few documents over and over."""
    try:
        document = graphql.parse(text)
    except graphql.GraphQLSyntaxError as error:
        raise Refused({"message": f"syntax error: {error.message}", "extensions": {"code": "parseError"}}) from None
    errors = graphql.validate(schema(), document)
    if errors:
        raise Refused(*(_worded(error) for error in errors))
    return document


class _Maker:
    def __init__(self, variables: Any, bulk: bool) -> None:
        self._variables = variables
        self._bulk = bulk

    def fields(self, parent: Any, selected: graphql.SelectionSetNode, on: frozenset[str] | None) -> list[Field]:
        made: list[Field] = []
        for each in selected.selections:
            if isinstance(each, graphql.InlineFragmentNode):
                kind = schema().get_type(each.type_condition.name.value) if each.type_condition else parent
                made += self.fields(kind, each.selection_set, _types(kind))
            elif isinstance(each, graphql.FieldNode):
                made.append(self._field(parent, each, on))
        return made

    def _field(self, parent: Any, node: graphql.FieldNode, on: frozenset[str] | None) -> Field:
        name = node.name.value
        key = node.alias.value if node.alias else name
        if name == "__typename":
            return Field(key, name, parent.name, "value", {}, on=on)
        definition = parent.fields[name]
        args = get_argument_values(definition, node, self._variables)
        kind = graphql.get_named_type(definition.type)
        made = Field(key, name, parent.name, _kind(definition.type), args, on=on)
        if made.kind == "connection":
            self._require_page(made)
        if node.selection_set:
            made.fields = self.fields(kind, node.selection_set, None)
        return made

    def _require_page(self, made: Field) -> None:
        first = made.args.get("first")
        if self._bulk:
            return
        if first is None and made.args.get("last") is None:
            raise Refused(_bad(f"you must provide one of first or last for {made.name}"))
        if first is not None and not 0 < first <= MAX_PAGE:
            raise Refused(_bad(f"first must be between 1 and {MAX_PAGE}"))


def _kind(kind: Any) -> str:
    bare = graphql.get_nullable_type(kind)
    named = graphql.get_named_type(kind)
    if not graphql.is_composite_type(named):
        return "value"
    if graphql.is_list_type(bare):
        return "list"
    return "connection" if named.name.endswith("Connection") else "object"


def _types(kind: Any) -> frozenset[str] | None:
    possible = schema().get_possible_types(kind) if graphql.is_abstract_type(kind) else [kind]
    return frozenset(each.name for each in possible)


def points(made: Plan) -> int:
    """What a document costs at most: 1 for an object, a list as often as it may have elements, 10 for a mutation."""
    return MUTATION_POINTS if made.is_mutation else sum(map(_points, made.fields))


def _points(each: Field) -> int:
    if each.kind == "value" or each.name == "pageInfo":
        return 0
    inner = _inner_points(each.fields)
    if each.kind == "connection":
        return _size(each) * inner
    if each.name in {"nodes", "edges"} and each.parent.endswith("Connection"):
        return 1 + (inner - 1 if each.name == "edges" else inner)
    if each.kind == "list":
        return _size(each) * (1 + inner)
    return 1 + inner


def _inner_points(fields: Sequence[Field]) -> int:
    """Of the fields of one type only one alternative can come."""
    always = sum(_points(each) for each in fields if each.on is None)
    by_type: dict[frozenset[str], int] = {}
    for each in fields:
        if each.on is not None:
            by_type[each.on] = by_type.get(each.on, 0) + _points(each)
    return always + max(by_type.values(), default=0)


def _size(each: Field) -> int:
    for named in ("ids", "names"):
        if named in each.args:
            return len(each.args[named])
    return int(each.args.get("first") or each.args.get("last") or 1)


def _worded(error: graphql.GraphQLError) -> dict[str, Any]:
    """Unknown fields in the vendor's words, since people search for them."""
    text = error.message
    parts = text.split("'")
    if text.startswith("Cannot query field"):
        return {
            "message": f"Field '{parts[1]}' doesn't exist on type '{parts[3]}'",
            "extensions": {"code": "undefinedField", "typeName": parts[3], "fieldName": parts[1]},
        }
    return {"message": text, "extensions": {"code": "argumentNotAccepted" if "argument" in text else "invalid"}}


def _bad(message: str) -> dict[str, Any]:
    return {"message": message, "extensions": {"code": "BAD_REQUEST"}}
