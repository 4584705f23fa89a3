"""Every canonical table, in the order in which a report or an export walks them."""

from __future__ import annotations

from hub.model.finance import FxRate
from hub.model.orders import Invoice, InvoiceLine, Order, OrderLine, Return, Shipment, ShipmentLine
from hub.model.parties import Address, Contact, Customer, Supplier
from hub.model.products import Location, Product, ProductCost, ProductUnit, StockHistory, StockLevel
from hub.model.sales import Case, Lead, MarketingSpend, Opportunity, OpportunityStage
from hub.model.supply import PurchaseOrder, PurchaseOrderLine, Receipt

ENTITY_TABLES = (
    Customer,
    Contact,
    Address,
    Supplier,
    Product,
    ProductUnit,
    ProductCost,
    Location,
    StockLevel,
    Order,
    OrderLine,
    Shipment,
    ShipmentLine,
    Return,
    Invoice,
    InvoiceLine,
    Opportunity,
    OpportunityStage,
    Lead,
    Case,
    MarketingSpend,
    PurchaseOrder,
    PurchaseOrderLine,
    Receipt,
    FxRate,
)
HISTORY_TABLES = (StockHistory,)
