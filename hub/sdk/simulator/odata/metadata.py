"""`$metadata` and the service document."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from xml.etree.ElementTree import Element, SubElement, tostring

from hub.sdk.simulator.odata.dialect import Dialect
from hub.sdk.simulator.odata.model import EntitySet, Navigation, Property
from hub.sdk.simulator.odata.values import Version

_EDMX_V2 = "http://schemas.microsoft.com/ado/2007/06/edmx"
_EDM_V2 = "http://schemas.microsoft.com/ado/2008/09/edm"
_M = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
_SAP = "http://www.sap.com/Protocols/SAPData"
_EDMX_V4 = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM_V4 = "http://docs.oasis-open.org/odata/ns/edm"


def service_document(sets: Mapping[str, EntitySet], root: str, version: Version) -> Any:
    """What can be addressed at the top."""
    names = [each.name for each in sets.values() if each.top_level]
    if version is Version.V2:
        return {"d": {"EntitySets": names}}
    listed = [{"name": name, "kind": "EntitySet", "url": name} for name in names]
    return {"@odata.context": f"{root}$metadata", "value": listed}


def edmx(sets: Mapping[str, EntitySet], dialect: Dialect) -> bytes:
    """The service's types in the version's own XML."""
    return _document(tuple(sets.values()), dialect.namespace, dialect.version)


@lru_cache(maxsize=32)
def _document(listed: tuple[EntitySet, ...], namespace: str, version: Version) -> bytes:
    """Written once for all simulators that offer the same sets: tests make hundreds."""
    build = _v2 if version is Version.V2 else _v4
    sets = {each.name: each for each in listed}
    return b'<?xml version="1.0" encoding="utf-8"?>' + tostring(build(sets, Dialect(namespace, version)))


def _entity_type(parent: Element, found: EntitySet, dialect: Dialect) -> Element:
    made = SubElement(parent, "EntityType", Name=found.type)
    key = SubElement(made, "Key")
    for each in found.key:
        SubElement(key, "PropertyRef", Name=each.name)
    for each in found.properties:
        SubElement(made, "Property", _attributes(found, each, dialect))
    return made


def _attributes(found: EntitySet, each: Property, dialect: Dialect) -> dict[str, str]:
    kind = f"{dialect.namespace}.{_enum_name(found, each)}" if each.type == "Enum" else f"Edm.{each.type}"
    facets = {"MaxLength": each.max_length, "Precision": each.precision, "Scale": each.scale}
    named = {name: str(value) for name, value in facets.items() if value is not None}
    nullable = {} if each.nullable else {"Nullable": "false"}
    return {"Name": each.name, "Type": kind, **nullable, **named, **each.attributes}


def _enum_name(found: EntitySet, each: Property) -> str:
    return f"{found.type}{each.name[0].upper()}{each.name[1:]}"


def _types(sets: Mapping[str, EntitySet]) -> list[EntitySet]:
    return list({each.type: each for each in sets.values()}.values())


def _v4(sets: Mapping[str, EntitySet], dialect: Dialect) -> Element:
    root = Element("edmx:Edmx", {"Version": "4.0", "xmlns:edmx": _EDMX_V4})
    schema = SubElement(SubElement(root, "edmx:DataServices"), "Schema", xmlns=_EDM_V4, Namespace=dialect.namespace)
    for found in _types(sets):
        made = _entity_type(schema, found, dialect)
        for navigation in found.navigations:
            target = f"{dialect.namespace}.{sets[navigation.target].type}"
            kind = f"Collection({target})" if navigation.many else target
            SubElement(made, "NavigationProperty", Name=navigation.name, Type=kind)
        for each in found.properties:
            if each.type == "Enum":
                _enum(schema, _enum_name(found, each), each)
    container = SubElement(schema, "EntityContainer", Name="Container")
    for found in sets.values():
        made = SubElement(container, "EntitySet", Name=found.name, EntityType=f"{dialect.namespace}.{found.type}")
        for navigation in found.navigations:
            SubElement(made, "NavigationPropertyBinding", Path=navigation.name, Target=navigation.target)
    return root


def _enum(schema: Element, name: str, each: Property) -> None:
    made = SubElement(schema, "EnumType", Name=name)
    for number, member in enumerate(each.members):
        SubElement(made, "Member", Name=member, Value=str(number))


def _v2(sets: Mapping[str, EntitySet], dialect: Dialect) -> Element:
    root = Element(
        "edmx:Edmx", {"Version": "1.0", "xmlns:edmx": _EDMX_V2, "xmlns:m": _M, "xmlns:sap": _SAP}
    )  # fmt: skip
    services = SubElement(root, "edmx:DataServices", {"m:DataServiceVersion": "2.0"})
    schema = SubElement(services, "Schema", xmlns=_EDM_V2, Namespace=dialect.namespace)
    types = _types(sets)
    for found in types:
        made = _entity_type(schema, found, dialect)
        for navigation in found.navigations:
            relation = f"{dialect.namespace}.{_association(found, navigation)}"
            ends = {"FromRole": "from", "ToRole": "to"}
            SubElement(made, "NavigationProperty", {"Name": navigation.name, "Relationship": relation, **ends})
    for found in types:
        for navigation in found.navigations:
            _add_association(schema, found, navigation, sets, dialect)
    _container_v2(schema, sets, dialect)
    return root


def _association(found: EntitySet, navigation: Navigation) -> str:
    return f"assoc_{found.type}_{navigation.name}"


def _add_association(
    schema: Element, found: EntitySet, navigation: Navigation, sets: Mapping[str, EntitySet], dialect: Dialect
) -> None:
    made = SubElement(schema, "Association", Name=_association(found, navigation))
    target = sets[navigation.target]
    for role, kind, many in (("from", found, "1"), ("to", target, "*" if navigation.many else "0..1")):
        own = f"{dialect.namespace}.{kind.type}"
        SubElement(made, "End", Type=own, Multiplicity=many, Role=role)


def _container_v2(schema: Element, sets: Mapping[str, EntitySet], dialect: Dialect) -> None:
    container = SubElement(
        schema, "EntityContainer", {"Name": f"{dialect.namespace}_Entities", "m:IsDefaultEntityContainer": "true"}
    )
    for found in sets.values():
        own = f"{dialect.namespace}.{found.type}"
        SubElement(container, "EntitySet", Name=found.name, EntityType=own)
    for found in sets.values():
        for navigation in found.navigations:
            name = _association(found, navigation)
            relation = f"{dialect.namespace}.{name}"
            made = SubElement(container, "AssociationSet", Name=f"{name}_{found.name}", Association=relation)
            SubElement(made, "End", EntitySet=found.name, Role="from")
            SubElement(made, "End", EntitySet=navigation.target, Role="to")
