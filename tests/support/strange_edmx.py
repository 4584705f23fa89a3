"""`$metadata` as another server would write it: types with a base, two schemas, an alias, names in another order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from hub.sdk.simulator.odata import EntitySet, Navigation


def edmx(version: int, sets: Iterable[EntitySet]) -> str:
    """Types with a base, in one schema under an alias; the container in another."""
    old = version == 2
    edm = "http://schemas.microsoft.com/ado/2008/09/edm" if old else "http://docs.oasis-open.org/odata/ns/edm"
    box = "http://schemas.microsoft.com/ado/2007/06/edmx" if old else "http://docs.oasis-open.org/odata/ns/edmx"
    known = {each.name: each for each in sets}
    types = "".join(_type(each, known, old=old) for each in known.values())
    kinds = "".join(
        f"<EntitySet Name={quoteattr(name)} EntityType={quoteattr(f'Self.{known[name].type}')}/>"
        for name in reversed(known)
    )
    ends = [(each, link) for each in known.values() for link in each.navigations if old]
    links = "".join(_association(each, link, known) for each, link in ends)
    inner = (
        f'<Schema xmlns="{edm}" Namespace="Strange.Things" Alias="Self">{types}{links}</Schema>'
        f'<Schema xmlns="{edm}" Namespace="Strange.Box"><EntityContainer Name="C">{kinds}</EntityContainer></Schema>'
    )
    services = '<e:DataServices xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" '
    services += f'm:DataServiceVersion="{version}.0">' if old else ">"
    return (
        f'<?xml version="1.0" encoding="utf-8"?><!-- generated -->\n<e:Edmx xmlns:e="{box}" Version="{version}.0">'
        f"{services}{inner}</e:DataServices></e:Edmx>"
    )


def _type(found: EntitySet, known: Mapping[str, EntitySet], *, old: bool) -> str:
    keys = "".join(f"<PropertyRef Name={quoteattr(each.name)}/>" for each in found.key)
    own, rest = (
        "".join(_property(each, old=old) for each in found.properties if each.key is is_key) for is_key in (True, False)
    )
    ways = "".join(_navigation(found, link, known, old=old) for link in found.navigations if link.target in known)
    return (
        f'<EntityType Name="{found.type}_Base" Abstract="true"><Key>{keys}</Key>{own}</EntityType>'
        f'<EntityType Name="{found.type}" BaseType="Self.{found.type}_Base">{rest}{ways}</EntityType>'
    )


def _property(each: Any, *, old: bool) -> str:
    kind = "String" if each.type == "Enum" else each.type
    precision = ' Precision="31" Scale="14"' if kind == "Decimal" else ""
    return (
        f'<Property Name={quoteattr(each.name)} Type="Edm.{kind}"{precision} Nullable="{str(not each.key).lower()}"/>'
    )


def _navigation(found: EntitySet, link: Navigation, known: Mapping[str, EntitySet], *, old: bool) -> str:
    if old:
        name = f"{found.name}.{link.name}".replace(".", "_")
        return f'<NavigationProperty Name="{link.name}" Relationship="Self.{name}" FromRole="Here" ToRole="There"/>'
    kind = f"Strange.Things.{known[link.target].type}"
    return f'<NavigationProperty Name="{link.name}" Type="{f"Collection({kind})" if link.many else kind}"/>'


def _association(found: EntitySet, link: Navigation, known: Mapping[str, EntitySet]) -> str:
    name = f"{found.name}_{link.name}"
    many = "*" if link.many else "0..1"
    return (
        f'<Association Name="{name}"><End Type="Self.{known[link.target].type}" Multiplicity="{many}" Role="There"/>'
        f'<End Type="Strange.Things.{found.type}" Multiplicity="1" Role="Here"/></Association>'
    )
