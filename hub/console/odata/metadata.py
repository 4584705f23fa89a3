"""`$metadata`: the feed's model in CSDL, as XML or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any
from xml.sax.saxutils import quoteattr

from hub.console.odata.model import CONTAINER, NAMESPACE, EntitySet, Navigation, Property, entity_sets
from hub.console.odata.query import EDM_NAMES
from hub.model.kinds import Kind

_DESCRIPTION = "Org.OData.Core.V1.Description"
_VOCABULARY = "https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Core.V1.xml"


@cache
def as_xml() -> bytes:
    """The whole document."""
    return "".join(_xml()).encode()


@cache
def as_json() -> bytes:
    """The same in CSDL JSON."""
    schema: dict[str, Any] = {}
    container: dict[str, Any] = {"$Kind": "EntityContainer"}
    for of in entity_sets().values():
        schema[of.type_name] = _type_json(of)
        container[of.name] = {
            "$Collection": True,
            "$Type": f"{NAMESPACE}.{of.type_name}",
            f"@{_DESCRIPTION}": of.description,
        }
        bindings = {each.name: each.target for each in of.navigations.values()}
        if bindings:
            container[of.name]["$NavigationPropertyBinding"] = bindings
    schema[CONTAINER] = container
    document = {
        "$Version": "4.01",
        "$EntityContainer": f"{NAMESPACE}.{CONTAINER}",
        "$Reference": {_VOCABULARY: {"$Include": [{"$Namespace": "Org.OData.Core.V1", "$Alias": "Core"}]}},
        NAMESPACE: schema,
    }
    return json.dumps(document, ensure_ascii=False).encode()


def _xml() -> Iterator[str]:
    yield '<?xml version="1.0" encoding="utf-8"?>\n'
    yield '<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">'
    include = '<edmx:Include Namespace="Org.OData.Core.V1" Alias="Core"/>'
    yield f'<edmx:Reference Uri="{_VOCABULARY}">{include}</edmx:Reference>'
    yield f'<edmx:DataServices><Schema Namespace="{NAMESPACE}" xmlns="http://docs.oasis-open.org/odata/ns/edm">'
    for of in entity_sets().values():
        yield from _type_xml(of)
    yield f'<EntityContainer Name="{CONTAINER}">'
    for of in entity_sets().values():
        yield f'<EntitySet Name="{of.name}" EntityType="{NAMESPACE}.{of.type_name}">'
        for each in of.navigations.values():
            yield f'<NavigationPropertyBinding Path="{each.name}" Target="{each.target}"/>'
        yield f"{_described(of.description)}</EntitySet>"
    yield "</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"


def _type_xml(of: EntitySet) -> Iterator[str]:
    yield f'<EntityType Name="{of.type_name}"><Key>'
    yield from (f'<PropertyRef Name="{name}"/>' for name in of.key)
    yield "</Key>"
    for property in of.properties.values():
        facets = "".join(f" {name}={quoteattr(str(value))}" for name, value in _facets(property).items())
        nullable = "" if property.nullable else ' Nullable="false"'
        yield f'<Property Name="{property.name}" Type="Edm.{EDM_NAMES[property.kind]}"{nullable}{facets}>'
        yield f"{_described(_told(property))}</Property>"
    for each in of.navigations.values():
        yield f'<NavigationProperty Name="{each.name}" Type="{_target_type(each)}"'
        yield f"{_partner(each)}>{_constraints(each)}{_described(each.description)}</NavigationProperty>"
    yield "</EntityType>"


def _facets(property: Property) -> dict[str, int]:
    if property.kind is Kind.DECIMAL:
        return {"Precision": 20, "Scale": 6}
    if property.kind is Kind.UTC:
        return {"Precision": 6}
    return {"MaxLength": property.max_length} if property.max_length else {}


def _told(property: Property) -> str:
    words = f" One of: {', '.join(property.vocabulary)}." if property.vocabulary else ""
    return property.description + words


def _target_type(navigation: Navigation) -> str:
    name = f"{NAMESPACE}.{entity_sets()[navigation.target].type_name}"
    return f"Collection({name})" if navigation.many else name


def _partner(navigation: Navigation) -> str:
    return "" if navigation.many else ' Nullable="true"'


def _constraints(navigation: Navigation) -> str:
    if navigation.many:
        return ""
    return "".join(
        f'<ReferentialConstraint Property="{here}" ReferencedProperty="{there}"/>' for here, there in navigation.pairs
    )


def _described(text: str) -> str:
    return f'<Annotation Term="Core.Description" String={quoteattr(text)}/>'


def _type_json(of: EntitySet) -> dict[str, Any]:
    found: dict[str, Any] = {"$Kind": "EntityType", "$Key": list(of.key)}
    for property in of.properties.values():
        kind = EDM_NAMES[property.kind]
        entry: dict[str, Any] = {} if kind == "String" else {"$Type": f"Edm.{kind}"}
        entry |= {f"${name}": value for name, value in _facets(property).items()}
        if property.nullable:
            entry["$Nullable"] = True
        found[property.name] = {**entry, f"@{_DESCRIPTION}": _told(property)}
    for each in of.navigations.values():
        entry = {"$Kind": "NavigationProperty", "$Type": f"{NAMESPACE}.{entity_sets()[each.target].type_name}"}
        entry |= {"$Collection": True} if each.many else {"$Nullable": True}
        if not each.many:
            entry["$ReferentialConstraint"] = dict(each.pairs)
        found[each.name] = {**entry, f"@{_DESCRIPTION}": each.description}
    return found
