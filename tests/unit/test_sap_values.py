"""Fields of SAP that are more than a look-up: each trap of the services, one by one."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.sap import document_values as d
from connectors.sap import values as v
from connectors.sap.config import SapConfig
from connectors.sap.rows import Preparation, bare, unpadded
from connectors.sap.streams import streams_of
from connectors.sap.units import UNITS
from connectors.sap.zones import Zones, clock_of, day_of
from hub.sdk import RowRejected, apply, bind, entities


def config(**settings: Any) -> SapConfig:
    login = {"user": "hub", "password": "secret"}
    return SapConfig.model_validate({"kind": "sap", "base_url": "https://erp.example", **login, **settings})


def prepared(stream: str, row: dict[str, Any], **settings: Any) -> tuple[dict[str, Any], dict[str, list[str]]]:
    deleted = Preparation(config(**settings), lambda: date(2026, 1, 5)).ready(stream, [row])
    return row, deleted


def first(stream: str, row: dict[str, Any], entity: str, **units: str) -> list[dict[str, Any]]:
    """The records of one entity that a row becomes."""
    found = next(each for each in streams_of(units) if each.name == stream)
    mapped = apply(found.maps, [row])
    assert not mapped.rejects, mapped.rejects
    records = []
    for batch in mapped.batches:
        if batch.entity.name == entity:
            columns = batch.lists()
            records += [{name: columns[name][at] for name in columns} for at in range(len(columns["source_id"]))]
    return records


# -- ids ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("theirs", "ours"), [("0000004711", "4711"), ("0E12", "0E12"), ("4711", "4711"), ("0000", ""), (None, None)]
)
def test_leading_zeros_go_where_an_id_is_digits_only(theirs: str | None, ours: str | None) -> None:
    assert bare(theirs) == ours


@given(st.from_regex(r"[0-9A-Z]{1,10}", fullmatch=True))
def test_an_id_is_the_same_with_and_without_its_zeros(text: str) -> None:
    padded = text.zfill(10) if text.isdecimal() else text
    assert bare(padded) == bare(text)


def test_ids_are_stripped_within_lists_and_places_are_not() -> None:
    row = {"SalesOrder": "0000004711", "to_Item": [{"Material": "000000000000000023", "ProductionPlant": "0003"}]}
    unpadded([row], {"": ("SalesOrder",), "to_Item": ("Material",)})
    assert row == {"SalesOrder": "4711", "to_Item": [{"Material": "23", "ProductionPlant": "0003"}]}


def test_items_of_other_services_are_the_same_line() -> None:
    rows = [{"ReferenceSDDocument": "4711", "ReferenceSDDocumentItem": item} for item in ("10", "000010", "0", "")]
    assert d.referenced_line(rows) == ["4711:10", "4711:10", None, None]
    assert isinstance(v.key_of([{"SalesOrder": "4711"}], "SalesOrder", "SalesOrderItem")[0], RowRejected)


# -- times -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("/Date(1492041600000)/", date(2017, 4, 13)),
        ("/Date(1492041600000+0000)/", date(2017, 4, 13)),
        ("2017-04-13T00:00:00", date(2017, 4, 13)),
        ("/Date(-62135596800000)/", None),
        ("0000-00-00", None),
        ("/Date(253402214400000)/", None),
        ("9999-12-31T00:00:00", None),
        (None, None),
        ({"spoilt": 1}, None),
    ],
)
def test_a_day_in_any_form_and_none_where_sap_means_none(theirs: Any, ours: date | None) -> None:
    assert day_of(theirs) == ours


def test_a_date_and_a_time_become_a_moment_in_the_zone_of_the_document() -> None:
    zones = Zones("Europe/Berlin", {"YCET": "Europe/Paris"})
    assert zones.moment("2026-07-01T00:00:00", "PT09H30M00S", "EST") == "2026-07-01T13:30:00Z"
    assert zones.moment("2026-07-01T00:00:00", "09:30:00", "YCET") == "2026-07-01T07:30:00Z"
    assert zones.moment("2026-01-01T00:00:00", "09:30:00", "NOBODY KNOWS") == "2026-01-01T08:30:00Z"
    assert zones.moment("2026-01-01T00:00:00", None) == "2025-12-31T23:00:00Z"
    assert zones.moment(None, "09:30:00") is None
    assert zones.local_day(datetime(2025, 12, 31, 23, 30, tzinfo=UTC)) == date(2026, 1, 1)


def test_a_time_that_is_none_is_midnight() -> None:
    assert clock_of(None).isoformat() == clock_of("nonsense").isoformat() == "00:00:00"
    assert clock_of("PT24H00M00S").isoformat() == "23:59:59"


def test_a_delivery_is_told_in_the_zones_of_where_it_leaves_and_arrives() -> None:
    row, _ = prepared("deliveries", {
        "DeliveryDocument": "80000012", "ActualGoodsMovementDate": "2026-02-03T00:00:00",
        "ActualGoodsMovementTime": "09:30:00", "DeliveryDate": "2026-02-05T00:00:00", "DeliveryTime": "12:00:00",
        "Shippinglocationtimezone": "CET", "Receivinglocationtimezone": "JAPAN", "OverallGoodsMovementStatus": "C",
        "ProofOfDeliveryDate": "2026-02-05T00:00:00", "OverallProofOfDeliveryStatus": "A", "CreationDate": None,
    })  # fmt: skip
    assert row["issued_at"] == "2026-02-03T08:30:00Z"
    assert row["due_at"] == "2026-02-05T03:00:00Z"
    assert row["proven_at"] is None, "a date of a proof that is not confirmed is none"


# -- units, amounts ----------------------------------------------------------------------------------------------------


def test_every_unit_is_one_that_the_model_allows() -> None:
    read = bind(entities.Product["unit"])
    for ours in UNITS.values():
        assert read.scalar(ours) == ours


def test_a_unit_of_the_systems_own_waits_until_it_is_named() -> None:
    row = {"Product": "TG11", "BaseUnit": "ZKA", "LastChangeDateTime": None}
    found = next(each for each in streams_of({}) if each.name == "products")
    assert [reject.field for reject in apply(found.maps, [dict(row)]).rejects] == ["unit"]
    assert first("products", row, "products", ZKA="XCT")[0]["unit"] == "XCT"


@pytest.mark.parametrize(
    ("unit", "weight"), [("KG", Decimal("1.2")), ("G", Decimal("0.0012")), ("TO", Decimal(1200)), ("M3", None)]
)
def test_weights_are_kilograms_or_nothing(unit: str, weight: Decimal | None) -> None:
    assert v.weight_kg([{"GrossWeight": "1.200", "NetWeight": "0.000", "WeightUnit": unit}]) == [weight]


@pytest.mark.parametrize(("currency", "total"), [("EUR", "33.33"), ("JPY", "33"), ("KWD", "33.333")])
def test_amounts_are_rounded_as_the_currency_is(currency: str, total: str) -> None:
    item = {"OrderQuantity": "1", "NetPriceAmount": "100.00", "NetPriceQuantity": "3", "DocumentCurrency": currency}
    assert d.purchase_line_total([item]) == [Decimal(total)]


def test_a_price_is_for_price_units_and_an_order_unit_may_have_many() -> None:
    item = {
        "OrderQuantity": "5", "NetPriceAmount": "1600.00", "NetPriceQuantity": "10", "DocumentCurrency": "EUR",
        "OrderPriceUnitToOrderUnitNmrtr": "12", "OrdPriceUnitToOrderUnitDnmntr": "1",
    }  # fmt: skip
    assert d.purchase_price([item]) == [Decimal("1920.000000")]
    assert d.purchase_line_total([item]) == [Decimal("9600.00")]
    assert d.purchase_line_total([{**item, "IsReturnsItem": True}]) == [Decimal("-9600.00")]
    assert d.purchase_line_total([{**item, "PurchasingItemIsFreeOfCharge": True}]) == [0]


def test_a_cost_is_the_price_that_stock_is_valued_with() -> None:
    valuations = [
        {"ValuationArea": "1010", "ValuationType": "", "StandardPrice": "16000.00", "MovingAveragePrice": "1.00",
         "PriceUnitQty": "100", "InventoryValuationProcedure": "S", "Currency": "EUR", "BaseUnit": "PC"},
        {"ValuationArea": "1710", "ValuationType": "", "StandardPrice": "16000", "MovingAveragePrice": "150.5",
         "PriceUnitQty": "1", "InventoryValuationProcedure": "V", "Currency": "JPY", "BaseUnit": "PC"},
        {"ValuationArea": "1010", "ValuationType": "OWN", "StandardPrice": "7", "MovingAveragePrice": "7",
         "PriceUnitQty": "1", "InventoryValuationProcedure": "V", "Currency": "EUR", "BaseUnit": "PC"},
    ]  # fmt: skip
    costs = first("products", {"Product": "TG11", "BaseUnit": "PC", "to_Valuation": valuations}, "product_costs")
    told = [(cost["source_id"], cost["valuation_method"], cost["cost"], cost["per_quantity"]) for cost in costs]
    assert told == [
        ("TG11:1010", "standard", 16_000_000_000, 100_000_000), ("TG11:1710", "moving_average", 150_500_000, 1_000_000),
    ]  # fmt: skip


# -- stock -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "special", "ours"),
    [("01", "", "unrestricted"), ("02", "", "quality"), ("07", "", "blocked"), ("06", "", "in_transit"),
     ("03", "", "returns"), ("01", "E", "reserved"), ("01", "K", "consignment"), ("01", "W", "consignment")],
)  # fmt: skip
def test_stock_types_stay_apart_and_special_stock_is_not_free(kind: str, special: str, ours: str) -> None:
    assert v.stock_type([{"InventoryStockType": kind, "InventorySpecialStockType": special}]) == [ours]


def test_a_stock_type_that_nobody_knows_is_refused() -> None:
    row = {
        "Material": "TG11",
        "InventoryStockType": "99",
        "MatlWrhsStkQtyInMatlBaseUnit": "1",
        "MaterialBaseUnit": "PC",
    }
    found = next(each for each in streams_of({}) if each.name == "stock")
    assert [reject.field for reject in apply(found.maps, [row]).rejects] == ["stock_type"]


def test_stock_with_fourteen_decimals_is_held_exactly() -> None:
    row = {"Material": "TG11", "Plant": "1010", "StorageLocation": "101A", "InventoryStockType": "01",
           "MatlWrhsStkQtyInMatlBaseUnit": "500.12500000000000", "MaterialBaseUnit": "PC"}  # fmt: skip
    (level,) = first("stock", row, "stock_levels")
    assert (level["on_hand"], level["location_source_id"], level["unit"]) == (500_125_000, "1010:101A", "C62")


# -- partners and products ---------------------------------------------------------------------------------------------


def test_a_flag_for_deletion_counts_as_deleted_unless_it_is_kept() -> None:
    flagged = {"BusinessPartner": "1", "Customer": "1", "Supplier": "S1", "IsMarkedForArchiving": True}
    row, deleted = prepared("partners", dict(flagged))
    assert deleted == {"customers": ["1"], "suppliers": ["S1"]}
    assert first("partners", row, "customers") == []
    row, deleted = prepared("partners", dict(flagged), keep_flagged=True)
    assert deleted == {}
    assert first("partners", row, "customers")[0]["status"] == "inactive"


def test_a_customer_may_go_and_its_partner_still_supply() -> None:
    row, deleted = prepared("partners", {
        "BusinessPartner": "1", "Customer": "1", "Supplier": "1", "to_Customer": {"DeletionIndicator": True},
        "to_Supplier": {"DeletionIndicator": False},
    })  # fmt: skip
    assert deleted == {"customers": ["1"]}
    assert [each["source_id"] for each in first("partners", row, "suppliers")] == ["1"]


def test_the_standard_address_is_the_partners_own() -> None:
    row, _ = prepared("partners", {"BusinessPartner": "7", "Customer": "1007", "to_BusinessPartnerAddress": [
        {"AddressID": "1", "CityName": "Ulm", "Country": "DE", "to_AddressUsage": [{"AddressUsage": "SHIP_TO"}]},
        {"AddressID": "2", "CityName": "Köln", "Country": "DE", "StreetName": "Hauptstr.", "HouseNumber": "1",
         "to_AddressUsage": [{"AddressUsage": "XXDEFAULT"}],
         "to_EmailAddress": [{"EmailAddress": "b@x.example"},
                             {"EmailAddress": "a@x.example", "IsDefaultEmailAddress": True}]},
    ]})  # fmt: skip
    (customer,) = first("partners", row, "customers")
    assert (customer["city"], customer["street"], customer["email"]) == ("Köln", "Hauptstr. 1", "a@x.example")
    assert [each["role"] for each in first("partners", row, "addresses")] == ["shipping", "main"]
    assert {each["customer_source_id"] for each in first("partners", row, "addresses")} == {"1007"}


def test_an_address_that_is_over_or_to_come_is_not_the_partners_own() -> None:
    usual = [{"AddressUsage": "XXDEFAULT"}]
    row, _ = prepared("partners", {"BusinessPartner": "7", "Customer": "1007", "to_BusinessPartnerAddress": [
        {"AddressID": "1", "CityName": "Ulm", "ValidityEndDate": "2001-12-31T00:00:00Z", "to_AddressUsage": usual},
        {"AddressID": "2", "CityName": "Bonn", "ValidityStartDate": "2990-01-01T00:00:00Z", "to_AddressUsage": usual},
        {"AddressID": "3", "CityName": "Köln", "ValidityEndDate": "9999-12-31T23:59:59Z", "to_AddressUsage": usual},
    ]})  # fmt: skip
    assert [customer["city"] for customer in first("partners", row, "customers")] == ["Köln"]


def test_a_description_is_in_the_language_of_the_settings() -> None:
    texts = [{"Language": "DE", "ProductDescription": "Ventil"}, {"Language": "EN", "ProductDescription": "Valve"}]
    for language, name in (("DE", "Ventil"), ("EN", "Valve"), ("FR", "Valve")):
        row, _ = prepared("products", {"Product": "1", "to_Description": list(texts)}, language=language)
        assert row["description"] == name


# -- documents ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"OverallSDDocumentRejectionSts": "C", "OverallSDProcessStatus": "C"}, "cancelled"),
        ({"OverallSDProcessStatus": "C"}, "completed"),
        ({"OverallSDProcessStatus": "B", "DeliveryBlockReason": "01"}, "on_hold"),
        ({"OverallSDProcessStatus": "B", "OverallDeliveryStatus": "C"}, "shipped"),
        ({"OverallSDProcessStatus": "B", "OverallDeliveryStatus": "B"}, "partially_shipped"),
        ({"OverallSDProcessStatus": "A"}, "open"),
    ],
)
def test_the_status_of_an_order(fields: dict[str, str], status: str) -> None:
    assert d.order_status([fields]) == [status]


def test_a_rejected_line_is_cancelled_and_not_in_the_tax() -> None:
    items = [
        {"TaxAmount": "19.00", "SalesDocumentRjcnReason": ""},
        {"TaxAmount": "99", "SalesDocumentRjcnReason": "52"},
    ]
    assert d.order_tax([{"to_Item": items}]) == [Decimal("19.00")]
    assert d.quantity_cancelled([{"RequestedQuantity": "5", "SalesDocumentRjcnReason": "52"}]) == ["5"]
    assert d.order_total([{"TotalNetAmount": "100.00", "to_Item": items}]) == [Decimal("119.00")]


@pytest.mark.parametrize(
    ("net", "cost", "parent"), [("0.00", "0.00", "1:10"), ("0.00", "5.00", None), ("7.00", "0.00", None)]
)
def test_a_line_below_another_counts_where_it_has_money_of_its_own(net: str, cost: str, parent: str | None) -> None:
    line = {"SalesOrder": "1", "HigherLevelItem": "000010", "NetAmount": net, "CostAmount": cost}
    assert d.parent_line([line, {**line, "HigherLevelItem": "000000"}]) == [parent, None]


def test_a_date_is_confirmed_only_with_a_quantity() -> None:
    lines = [
        {"ConfirmedDeliveryDate": "2026-02-01T00:00:00", "ConfdOrderQtyByMatlAvailCheck": "3"},
        {"ConfirmedDeliveryDate": "2026-03-01T00:00:00", "ConfdOrderQtyByMatlAvailCheck": "0"},
    ]
    assert d.line_promised([{"to_ScheduleLine": lines}, {"to_ScheduleLine": []}]) == ["2026-02-01T00:00:00", None]


@pytest.mark.parametrize(
    ("category", "more", "kind", "status"),
    [
        ("M", {}, "invoice", "open"),
        ("M", {"InvoiceClearingStatus": "C"}, "invoice", "paid"),
        ("M", {"BillingDocumentIsCancelled": True}, "invoice", "cancelled"),
        ("N", {"CancelledBillingDocument": "9"}, "credit_note", "cancelled"),
        ("O", {}, "credit_note", "open"),
        ("S", {}, "invoice", "cancelled"),
        ("U", {}, "invoice", "draft"),
    ],
)
def test_what_kind_of_billing_document_counts(category: str, more: dict[str, Any], kind: str, status: str) -> None:
    row = {"SDDocumentCategory": category, **more}
    assert (d.invoice_kind([row]), d.invoice_status([row])) == ([kind], [status])


@pytest.mark.parametrize(
    ("fields", "items", "status"),
    [
        ({"PurchasingDocumentDeletionCode": "L"}, [{}], "cancelled"),
        ({}, [{"PurchasingDocumentDeletionCode": "L"}], "cancelled"),
        ({"ReleaseIsNotCompleted": True}, [{}], "draft"),
        ({}, [{"IsCompletelyDelivered": True}, {}], "partially_received"),
        ({}, [{"IsCompletelyDelivered": True}, {"PurchasingDocumentDeletionCode": "L"}], "received"),
        ({}, [{}], "open"),
    ],
)
def test_the_status_of_a_purchase_order(fields: dict[str, Any], items: list[dict[str, Any]], status: str) -> None:
    assert d.purchase_status([{**fields, "to_PurchaseOrderItem": items}]) == [status]
