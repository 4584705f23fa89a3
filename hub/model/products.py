"""What is sold and kept: products, units, costs, locations, stock."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from sqlmodel import Field, SQLModel

from hub.model import columns as c
from hub.model.kinds import Kind
from hub.model.record import Record, Tracked
from hub.model.vocabulary import LocationKind, ProductKind, ProductStatus, StockType, ValuationMethod


class Product(Tracked, Record, table=True):
    """A sellable or purchasable item; a variant is a product of its own with `parent_source_id`."""

    __tablename__ = "products"
    __title__: ClassVar[str] = "Product"

    sku: str | None = c.text("Article number that people use.", max_length=200)
    name: str | None = c.text("Name.")
    description: str | None = c.long_text("Description.")
    gtin: str | None = c.text("GTIN, EAN or UPC, as the source writes it.", max_length=40)
    mpn: str | None = c.text("Manufacturer's part number.")
    manufacturer: str | None = c.text("Manufacturer.")
    brand: str | None = c.text("Brand or vendor.")
    category: str | None = c.text("Category or product type.")
    kind: str | None = c.word(ProductKind, "Merchandise or something else that appears on orders.")
    status: str | None = c.word(ProductStatus, "Whether it is on sale.")
    source_status: str | None = c.text("The source's own word for the status.")
    unit: str | None = c.unit("UN/CEFACT code of the base unit; all stock is counted in it.")
    list_price: Decimal | None = c.money("Price before any discount, for `price_quantity` units.")
    price_quantity: Decimal | None = c.number("How many units `list_price` is for; 1 where empty.")
    unit_cost: Decimal | None = c.money("Cost of one base unit, where the source keeps one cost a product.")
    currency: str | None = c.currency()
    weight_kg: Decimal | None = c.number("Weight of one base unit in kilograms.")
    parent_source_id: str | None = c.ref("products", "Product this one is a variant of.")
    supplier_source_id: str | None = c.ref("suppliers", "Main supplier.")
    units_on_order: Decimal | None = c.quantity(
        "Ordered from suppliers and not yet received, where the source keeps it on the product."
    )
    reorder_level: Decimal | None = c.quantity("Stock at or below which it should be ordered again.")
    reorder_quantity: Decimal | None = c.quantity("Usual quantity of an order to the supplier.")
    lead_time_days: Decimal | None = c.number("Days from ordering to receiving, as planned.")
    is_stocked: bool | None = c.flag("Whether stock is kept; false for services and drop-shipped goods.")
    created_at: datetime | None = c.utc("When the source created it.")


class ProductUnit(Tracked, Record, table=True):
    """How many base units one alternative unit holds: base = quantity x numerator / denominator."""

    __tablename__ = "product_units"
    __title__: ClassVar[str] = "Unit of a product"

    product_source_id: str = c.ref("products", "Product.", required=True)
    unit: str | None = c.unit("UN/CEFACT code of the alternative unit.")
    source_unit: str | None = c.text("The source's own unit code.")
    numerator: Decimal | None = c.number("Base units ...")
    denominator: Decimal | None = c.number("... in so many alternative units.")
    gtin: str | None = c.text("GTIN of the package.", max_length=40)


class ProductCost(Tracked, Record, table=True):
    """Unit cost of a product, by location and validity."""

    __tablename__ = "product_costs"
    __title__: ClassVar[str] = "Cost of a product"

    product_source_id: str = c.ref("products", "Product.", required=True)
    location_source_id: str | None = c.ref("locations", "Plant or warehouse it holds for; empty for all.")
    valuation_method: str | None = c.word(ValuationMethod, "How the cost came about.")
    cost: Decimal | None = c.money("Cost of `per_quantity` units.")
    per_quantity: Decimal | None = c.number("How many units `cost` is for; 1 where empty.")
    unit: str | None = c.unit()
    currency: str | None = c.currency()
    valid_from: datetime | None = c.utc("First moment it holds; empty for ever since.")
    valid_to: datetime | None = c.utc("First moment it no longer holds; empty for until further notice.")


class Location(Tracked, Record, table=True):
    """A place that holds stock."""

    __tablename__ = "locations"
    __title__: ClassVar[str] = "Location"

    name: str | None = c.text("Name.")
    kind: str | None = c.word(LocationKind, "What kind of place.")
    parent_source_id: str | None = c.ref("locations", "Location it is part of (storage location in a plant).")
    street: str | None = c.text("Street and house number.")
    street2: str | None = c.text("Further address line.")
    city: str | None = c.text("City or town.")
    region: str | None = c.text("State, province or county, as the source writes it.")
    postal_code: str | None = c.text("Postal code.", max_length=40)
    country: str | None = c.country()
    is_active: bool | None = c.flag("Whether it is in use.")


class StockLevel(Tracked, Record, table=True):
    """Stock of one product at one location and of one type, now. Every change is kept in `stock_history`."""

    __tablename__ = "stock_levels"
    __title__: ClassVar[str] = "Stock level"
    __history__: ClassVar[str | None] = "stock_history"

    product_source_id: str = c.ref("products", "Product.", required=True)
    location_source_id: str | None = c.ref("locations", "Location; empty where the source keeps one figure a product.")
    stock_type: str | None = c.word(StockType, "Empty means unrestricted.")
    batch: str | None = c.text("Batch or serial number.")
    on_hand: Decimal | None = c.quantity("Physically there. Negative where the source oversold; kept as it is.")
    available: Decimal | None = c.quantity("Can be promised now.")
    reserved: Decimal | None = c.quantity("Committed to orders.")
    incoming: Decimal | None = c.quantity("Ordered or in transit to here.")
    unit: str | None = c.unit()
    unit_cost: Decimal | None = c.money("Cost of one unit, where the source values stock here.")
    value: Decimal | None = c.money("Value of `on_hand`, where the source tells it.")
    currency: str | None = c.currency()
    counted_at: datetime | None = c.utc("Moment the figure is true for, where the source tells it.")


class StockHistory(SQLModel, table=True):
    """One row for each change of a stock level, so that average stock is weighted by time."""

    __tablename__ = "stock_history"
    __title__: ClassVar[str] = "History of a stock level"
    __history__: ClassVar[str | None] = None
    __table_args__: ClassVar[dict[str, Any]] = {"sqlite_with_rowid": False}

    source: str = c.column(Kind.TEXT, "Name of the connector instance.", key=True)
    source_id: str = c.column(Kind.TEXT, "Key of the stock level.", key=True)
    changed_at: datetime = c.column(
        Kind.UTC, "From when on the figures hold: the source's own time stamp, else when the hub saw them.", key=True
    )
    product_source_id: str | None = c.ref("products", "Product.")
    location_source_id: str | None = c.ref("locations", "Location.")
    stock_type: str | None = c.word(StockType, "Empty means unrestricted.")
    on_hand: Decimal | None = c.quantity("Physically there.")
    available: Decimal | None = c.quantity("Can be promised.")
    unit: str | None = c.unit()
    unit_cost: Decimal | None = c.money("Cost of one unit.")
    value: Decimal | None = c.money("Value of `on_hand`.")
    currency: str | None = c.currency()
    is_deleted: bool | None = c.flag("From then on the source no longer has this stock level.")
    run_id: int = Field(sa_type=c.SMALL_INTEGER, nullable=False, description="The run that saw it.")
