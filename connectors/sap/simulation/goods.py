"""Products, plants and stock of the simulated system."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from connectors.sap.simulation.rows import Rows
from hub.sdk.simulator import Company

PLANTS = ("1010", "1710", "0003")
STORAGES = ("101A", "0002")
_TYPES = ("01", "02", "07", "06")


def product_key(company: Company, number: int) -> str:
    """Some articles have a number only."""
    return str(200 + number) if number % 5 == 4 else company.product(number).sku


def base_unit(number: int) -> str:
    return ("PC", "ST", "EA", "KG")[number % 4]


def add_product(rows: Rows, company: Company, number: int, moment: datetime) -> dict[str, Any]:
    """A product with texts in two languages, a carton as second unit, and its cost by plant."""
    made, key, unit = company.product(number), product_key(company, number), base_unit(number)
    row = rows.add(
        "A_Product", Product=key, ProductType="HAWA", CreationDate=moment.date(), LastChangeDate=moment.date(),
        LastChangeDateTime=moment, GrossWeight=Decimal("1.200"), NetWeight=Decimal("1000.000"), WeightUnit="G",
        ProductGroup="L001", ProductHierarchy="00100", BaseUnit=unit, ProductStandardID=made.gtin, Material=key,
        MaterialBaseUnit=unit,
    )  # fmt: skip
    rows.add("A_ProductDescription", Product=key, Language="DE", ProductDescription=f"{made.name} (deutsch)"[:40])
    rows.add("A_ProductDescription", Product=key, Language="EN", ProductDescription=made.name[:40])
    for alternative, pieces in ((unit, 1), ("CAR", 12)):
        rows.add("A_ProductUnitsOfMeasure", Product=key, AlternativeUnit=alternative, QuantityNumerator=Decimal(pieces),
                 QuantityDenominator=Decimal(1), BaseUnit=unit)  # fmt: skip
    for place, plant in enumerate(PLANTS):
        own = {"Product": key, "ValuationArea": plant, "BaseUnit": unit}
        _add_valuation(rows, own, made.cost, number + place)
    return row


def _add_valuation(rows: Rows, own: dict[str, Any], cost: Decimal, number: int) -> None:
    """Prices are for 1, 100 or 1000 units; some are moving averages, some are split by valuation type."""
    quantity = (1, 100, 1000)[number % 3]
    control = "V" if number % 2 else "S"
    own = {**own, "PriceUnitQty": Decimal(quantity), "Currency": "EUR", "InventoryValuationProcedure": control}
    rows.add(
        "A_ProductValuation", **own, StandardPrice=cost * quantity, MovingAveragePrice=(cost + 1) * quantity,
        PriceLastChangeDate=date(2025, 1, 1) if number % 4 else None,
    )  # fmt: skip
    if number % 6 == 0:
        rows.add("A_ProductValuation", **{**own, "ValuationType": "OWN"}, StandardPrice=cost, MovingAveragePrice=cost)


def add_places(rows: Rows) -> None:
    """Plants, and storage locations within them."""
    for plant in PLANTS:
        rows.add("A_Plant", Plant=plant, PlantName=f"Plant {plant}", CompanyCode="1010", CompanyCodeName="Ours")
        for storage in STORAGES:
            rows.add("StorageLocation", Plant=plant, StorageLocation=storage, StorageLocationName=f"Store {storage}")


def add_stock(rows: Rows, company: Company, products: int, number: int) -> dict[str, Any]:
    """The n-th stock row: product by product, then place, stock type and batch. Some stock is special."""
    product, variant = number % products, number // products
    plant, storage = PLANTS[variant % 3], STORAGES[variant // 3 % 2]
    kind, batch = _TYPES[variant // 6 % 4], f"{variant // 24:010d}" if variant >= 24 else ""
    special = {"InventorySpecialStockType": "E", "SDDocument": str(4711 + number), "SDDocumentItem": "10"}
    quantity = Decimal(company.on_hand(product, variant)) + (Decimal("0.125") if number % 4 == 3 else 0)
    return rows.add(
        "A_MatlStkInAcctMod", Material=product_key(company, product), Plant=plant, StorageLocation=storage,
        Batch=batch, WBSElementInternalID="0", InventoryStockType=kind, MaterialBaseUnit=base_unit(product),
        MatlWrhsStkQtyInMatlBaseUnit=quantity, **(special if number % 23 == 7 else {"SDDocumentItem": "0"}),
    )  # fmt: skip
