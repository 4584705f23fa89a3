"""`$metadata` of every version, of documents that the vendors wrote, and of hostile ones."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from hub.sdk import SourceChanged
from hub.sdk.odata import Expand, Metadata, Version, parse_metadata, selection
from hub.sdk.odata.xml import NotXml, parse_xml

SCHEMAS = Path(__file__).parents[3] / "shared/schemas"
VENDORS = sorted(
    path for pattern in ("sap/*.edmx", "sap_b1/*metadata.xml.gz", "dynamics/*csdl*") for path in SCHEMAS.glob(pattern)
)

V2_DOCUMENT = b"""<?xml version="1.0"?>
<edmx:Edmx Version="1.0" xmlns:edmx="http://schemas.microsoft.com/ado/2007/06/edmx"
    xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" xmlns:sap="http://www.sap.com/Protocols/SAPData">
 <edmx:DataServices m:DataServiceVersion="2.0"><Schema Namespace="S" xmlns="http://schemas.microsoft.com/ado/2008/09/edm">
  <EntityType Name="Order"><Key><PropertyRef Name="Id"/></Key>
   <Property Name="Id" Type="Edm.String" Nullable="false" MaxLength="10"/>
   <Property Name="Total" Type="Edm.Decimal" Precision="16" Scale="3" sap:unit="Currency" sap:filterable="false"/>
   <Property Name="Currency" Type="Edm.String" sap:semantics="currency-code"/>
   <NavigationProperty Name="to_Item" Relationship="S.Items" FromRole="one" ToRole="many"/>
  </EntityType>
  <EntityType Name="Item"><Key><PropertyRef Name="Id"/><PropertyRef Name="No"/></Key>
   <Property Name="Id" Type="Edm.String"/><Property Name="No" Type="Edm.Int32"/></EntityType>
  <Association Name="Items"><End Type="S.Order" Multiplicity="1" Role="one"/>
   <End Type="S.Item" Multiplicity="*" Role="many"/></Association>
  <EntityContainer Name="C"><EntitySet Name="Orders" EntityType="S.Order" sap:pageable="false"/>
   <EntitySet Name="Items" EntityType="S.Item"/></EntityContainer>
 </Schema></edmx:DataServices></edmx:Edmx>"""

V4_DOCUMENT = b"""<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
 <Schema Namespace="N.Long" Alias="me" xmlns="http://docs.oasis-open.org/odata/ns/edm">
  <EnumType Name="Colour"><Member Name="Red" Value="5"/><Member Name="Blue"/></EnumType>
  <ComplexType Name="Place"><Property Name="City" Type="Edm.String"/></ComplexType>
  <EntityType Name="Base" Abstract="true"><Key><PropertyRef Name="Id"/></Key>
   <Property Name="Id" Type="Edm.Guid" Nullable="false"/></EntityType>
  <EntityType Name="Order" BaseType="me.Base" OpenType="true"><Property Name="Sum" Type="Edm.Decimal" Scale="Variable"/>
   <Property Name="Cur" Type="Edm.String"/>
   <Property Name="Tags" Type="Collection(Edm.String)"/><Property Name="At" Type="me.Place"/>
   <Property Name="Colour" Type="me.Colour"/>
   <NavigationProperty Name="Lines" Type="Collection(me.Base)"/><NavigationProperty Name="Above" Type="me.Order"/>
  </EntityType>
  <EntityContainer Name="C"><EntitySet Name="Orders" EntityType="me.Order">
    <Annotation Term="Org.OData.Capabilities.V1.FilterRestrictions"><Record>
     <PropertyValue Property="NonFilterableProperties">
     <Collection><PropertyPath>Cur</PropertyPath></Collection></PropertyValue></Record></Annotation></EntitySet>
   <Singleton Name="Me" Type="me.Base"/></EntityContainer>
  <Annotations Target="me.C/Orders"><Annotation Term="x.SortRestrictions"><Record>
   <PropertyValue Property="NonSortableProperties"><Collection>
    <PropertyPath>Sum</PropertyPath></Collection></PropertyValue>
  </Record></Annotation></Annotations>
  <Annotations Target="me.Order/Sum"><Annotation Term="Org.OData.Measures.V1.ISOCurrency" Path="Cur"/></Annotations>
 </Schema></edmx:DataServices></edmx:Edmx>"""


def test_version_2_is_read_with_its_associations_and_sap_s_hints() -> None:
    metadata = parse_metadata(V2_DOCUMENT)
    order = metadata.type_of("Orders")
    total = order.properties["Total"]
    assert metadata.version is Version.V2
    assert (order.keys, metadata.type_of("Items").keys) == (("Id",), ("Id", "No"))
    assert (total.type, total.precision, total.scale, total.unit, total.filterable) == (
        "Edm.Decimal", 16, 3, "Currency", False,
    )  # fmt: skip
    assert not order.properties["Id"].nullable
    assert order.properties["Id"].max_length == 10
    assert (order.navigations["to_Item"].target, order.navigations["to_Item"].many) == ("S.Item", True)
    assert metadata.sets["Orders"].hints == {"pageable": "false"}
    assert metadata.sets_by_type["S.Item"] == "Items"


def test_version_4_is_read_with_aliases_base_types_and_capabilities() -> None:
    metadata = parse_metadata(V4_DOCUMENT)
    order = metadata.type_of("Orders")
    assert metadata.version is Version.V4
    assert (order.name, order.keys, order.is_open) == ("N.Long.Order", ("Id",), True)
    assert list(order.properties) == ["Id", "Sum", "Cur", "Tags", "At", "Colour"]
    assert (order.properties["Sum"].scale, order.properties["Sum"].unit) == (None, "Cur")
    assert order.properties["Tags"].many
    assert order.navigations["Lines"].many
    assert not order.navigations["Above"].many
    assert metadata.inner(order, "At") is metadata.types["N.Long.Place"]
    assert metadata.enums["N.Long.Colour"] == {"Red": "5", "Blue": "1"}
    assert (metadata.sets["Orders"].unfilterable, metadata.sets["Orders"].unsortable) == ({"Cur"}, {"Sum"})
    assert metadata.type_of("Me").name == "N.Long.Base"


@pytest.mark.parametrize(
    "document",
    [
        b"", b"<", b"<html></html>", b"not xml at all", b"<?xml version='1.0' encoding='no-such'?><a/>", b"\xff\xfe<",
        V2_DOCUMENT[:300],
        b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
        b'<?xml version="1.0"?><!-- > --><!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>',
        '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'.encode("utf-16"),
        b"<x>&undefined;</x>",
    ],
)  # fmt: skip
def test_what_is_no_metadata_is_refused(document: bytes) -> None:
    with pytest.raises(SourceChanged, match=r"\$metadata"):
        parse_metadata(document)


def test_entities_that_multiply_are_never_defined() -> None:
    layers = "".join(f'<!ENTITY e{at} "{f"&e{at - 1};" * 10}">' for at in range(1, 10))
    bomb = f'<!DOCTYPE x [<!ENTITY e0 "boom">{layers}]><x>&e9;</x>'
    with pytest.raises(NotXml, match="declares a document type"):
        parse_xml(bomb.encode())


def vendors() -> dict[str, Metadata]:
    found = {}
    for path in VENDORS:
        body = path.read_bytes()
        found[path.name] = parse_metadata(gzip.decompress(body) if path.suffix == ".gz" else body)
    return found


@pytest.mark.skipif(not VENDORS, reason="the vendors' schemas are not here")
def test_the_vendors_documents_are_read_without_a_dangling_type() -> None:
    for name, metadata in vendors().items():
        assert metadata.sets, name
        for each in metadata.sets.values():
            kind = metadata.types[each.type]
            assert kind.keys, f"{name}: {each.name}"
            assert set(kind.keys) <= set(kind.properties)
        for kind in metadata.types.values():
            assert all(navigation.target in metadata.types for navigation in kind.navigations.values()), kind.name
            assert all(each.type.startswith("Edm.") or each.type in metadata.types or each.type in metadata.enums
                       for each in kind.properties.values()), kind.name  # fmt: skip


@pytest.mark.skipif(not VENDORS, reason="the vendors' schemas are not here")
def test_the_vendors_documents_say_what_they_are_known_to_say() -> None:
    found = vendors()
    orders = found["API_SALES_ORDER_SRV.edmx"]
    item = orders.type_of("A_SalesOrder('1')/to_Item")
    assert (orders.version, item.keys) == (Version.V2, ("SalesOrder", "SalesOrderItem"))
    assert item.properties["NetAmount"].unit == "TransactionCurrency"
    assert len(found["API_MATERIAL_STOCK_SRV.edmx"].type_of("A_MatlStkInAcctMod").keys) == 11
    assert found["CE_SALESORDER_0001.v4.edmx"].type_of("SalesOrder").navigations["_Item"].many
    b1 = found["service_layer_odata_v3_metadata.xml.gz"]
    assert (b1.version, b1.type_of("Orders").keys) == (Version.V3, ("DocEntry",))
    assert b1.inner(b1.type_of("Orders"), "DocumentLines") is not None
    account = found["dataverse-sales-csdl.xml.gz"].type_of("accounts")
    assert (account.keys, account.properties["creditlimit"].scale) == (("accountid",), None)


@pytest.mark.skipif(not VENDORS, reason="the vendors' schemas are not here")
def test_paths_of_maps_are_asked_for_as_the_vendor_wants_them() -> None:
    orders = vendors()["API_SALES_ORDER_SRV.edmx"]
    columns = [("SalesOrder",), ("to_Item", "NetAmount"), ("to_Item", "to_ScheduleLine", "ConfirmedDeliveryDate")]
    select, expands = selection(orders, "A_SalesOrder", columns)
    assert select == ("SalesOrder",)
    (item,) = expands
    assert isinstance(item, Expand)
    assert item.select == ("SalesOrder", "SalesOrderItem", "NetAmount")
    assert item.expand[0].select[-1] == "ConfirmedDeliveryDate"
