"""The simulated services of OData 4: the same rows, under the names that the newer services have for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from connectors.sap.simulation.document_model import ORDER_SETS, PURCHASE_SETS
from connectors.sap.simulation.model import PRODUCT_SETS
from connectors.sap.streams import MODERN
from hub.sdk.simulator.odata import EntitySet, Navigation, Property

TWINS: Mapping[str, Mapping[str, str]] = {
    "A_SalesOrderItem": {"Material": "Product", "ProductionPlant": "Plant"},
    "A_ProductValuation": {"PriceUnitQty": "ProductPriceUnitQuantity"},
    "A_PurchaseOrderScheduleLine": {
        "PurchasingDocument": "PurchaseOrder",
        "PurchasingDocumentItem": "PurchaseOrderItem",
    },
    "A_PurchaseOrder": {"PurchasingDocumentDeletionCode": "PurchaseOrderDeletionCode"},
}
"""Set -> property -> its name in version 4: rows hold both."""
_SETS = {
    "A_Product": "Product", "A_ProductDescription": "ProductDescription",
    "A_ProductUnitsOfMeasure": "ProductUnitOfMeasure", "A_ProductValuation": "ProductValuation",
    "A_SalesOrder": "SalesOrder", "A_SalesOrderItem": "SalesOrderItem",
    "A_SalesOrderScheduleLine": "SalesOrderScheduleLine", "A_SalesOrderHeaderPartner": "SalesOrderPartner",
    "A_PurchaseOrder": "PurchaseOrder", "A_PurchaseOrderItem": "PurchaseOrderItem",
    "A_PurchaseOrderScheduleLine": "PurchaseOrderScheduleLine",
}  # fmt: skip
_ABSENT = frozenset({
    "CostAmount", "RequestedQuantityUnit", "PartnerFunctionInternalCode", "OrderQuantityUnit", "ProductHierarchy",
    "Brand",
    "ProductManufacturerNumber", "ManufacturerNumber", "PriceLastChangeDate", "ScheduleLineCommittedQuantity",
})  # fmt: skip
_ABSENT_OF = {"A_SalesOrder": {"LastChangeDate"}}


def _modern(found: EntitySet, names: Mapping[str, str]) -> EntitySet:
    twins = TWINS.get(found.name, {})
    absent = _ABSENT | _ABSENT_OF.get(found.name, set())
    columns = tuple(_column(each, twins) for each in found.properties if each.name not in absent)
    links = tuple(
        Navigation(names.get(link.name, f"_{link.name.removeprefix('to_')}"), _SETS[link.target], link.join, link.many)
        for link in found.navigations
    )
    blank = {twins.get(name, name): value for name, value in found.blank.items()}
    name = _SETS[found.name]
    return EntitySet(name, f"{name}_Type", columns, found.table, links, blank=blank)


def _column(each: Property, twins: Mapping[str, str]) -> Property:
    kind = "Date" if each.type == "DateTime" else each.type
    return replace(each, name=twins.get(each.name, each.name), type=kind)


def _all(stream: str, sets: Iterable[EntitySet]) -> tuple[EntitySet, ...]:
    return tuple(_modern(each, MODERN[stream].names) for each in sets)


MODERN_SETS: Mapping[str, tuple[EntitySet, ...]] = {
    "CE_PRODUCT_0002": _all("products", PRODUCT_SETS),
    "CE_SALESORDER_0001": _all("orders", ORDER_SETS),
    "CE_PURCHASEORDER_0001": _all("purchase_orders", PURCHASE_SETS),
}
