"""A company's data by seed: parties, items, and documents with their lines. Values as Python holds them."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from connectors.business_central.simulation.schema import COMPANY
from hub.sdk.simulator import Company
from hub.sdk.simulator.company import SimLine, SimOrder

SimRow = dict[str, Any]
LOCAL = "EUR"
COMPANIES = ("CRONUS International Ltd.", "My Company")
CATEGORIES = ("PART", "DRIVE", "SENSOR")
UNITS = (("PCS", "EA", "Piece"), ("STK", "EA", "Stück"), ("KG", "KGM", "Kilogram"))
LOCATIONS = ("MAIN", "EAST")
CURRENCIES = ("USD", "GBP", "JPY", "SEK")
REASONS = ("DEFECT", "WRONG")
_CENT = Decimal("0.01")
_NO_STAMP = datetime(2024, 1, 1, tzinfo=UTC)
_DAY_ONE = date(2024, 1, 1)
_KINDS = (
    "company", "customer", "contact", "vendor", "item", "category", "unit", "location", "order", "order line",
    "shipment", "shipment line", "invoice", "invoice line", "memo", "memo line", "purchase", "purchase line", "bill",
    "bill line", "receipt", "receipt line", "entry", "rate", "reason", "setup", "currency", "stock",
)  # fmt: skip

_PREFIXES = {kind: f"{number:08x}-0000-4000-8000-" for number, kind in enumerate(_KINDS, start=1)}


def guid(kind: str, number: int) -> str:
    """The id of the n-th thing of a kind."""
    return f"{_PREFIXES[kind]}{number + 1:012x}"


MAIN = guid("company", 0)


def tax_of(net: Decimal, currency: str) -> Decimal:
    """19 % at home, nothing abroad."""
    return (net * Decimal("0.19")).quantize(_CENT) if currency == LOCAL else Decimal(0)


class Maker:
    """Makes rows by number. Documents take their numbers from counters, since posted ones go on elsewhere."""

    def __init__(self, seed: int, *, size: int) -> None:
        self.company = Company(seed, customers=max(size, 1), products=max(size, 1))
        self.size = max(size, 1)
        self.counters = {kind: itertools.count() for kind in _KINDS}
        self._buyer = lru_cache(maxsize=None)(lambda number: self.customer(number, _NO_STAMP))

    # -- parties and items -----------------------------------------------------------------------------------------

    def customer(self, number: int, at: datetime) -> SimRow:
        one = self.company.customer(number)
        home = one.currency == LOCAL
        return {
            COMPANY: MAIN, "id": guid("customer", number), "number": f"C{number:06d}", "displayName": one.legal_name,
            "type": "Person" if number % 9 == 8 else "Company", "addressLine1": one.street, "city": one.city,
            "country": one.country, "postalCode": one.postal_code, "phoneNumber": one.phone, "email": one.email,
            "taxRegistrationNumber": one.tax_id, "salespersonCode": ("JO", "PS")[number % 2],
            "currencyCode": ("" if number % 2 else LOCAL) if home else one.currency,
            "currencyId": guid("currency", CURRENCIES.index(one.currency)) if one.currency in CURRENCIES else _zero(),
            "blocked": ("_x0020_", "_x0020_", "_x0020_", "Ship", "All")[number % 5], "lastModifiedDateTime": at,
        }  # fmt: skip

    def contact(self, number: int, at: datetime) -> SimRow:
        one = self.company.customer(number)
        return {
            COMPANY: MAIN, "id": guid("contact", number), "number": f"CT{number:06d}",
            "type": "Company" if number % 4 == 3 else "Person",
            "displayName": f"{one.contact_first} {one.contact_last}", "jobTitle": "Buyer",
            "companyName": one.legal_name,
            "email": one.email, "phoneNumber": one.phone, "lastModifiedDateTime": at,
        }  # fmt: skip

    def relation(self, number: int) -> SimRow:
        """Whom the contact of that number belongs to."""
        is_vendor = number % 6 == 5
        kind = "vendor" if is_vendor else "customer"
        return {
            COMPANY: MAIN, "contactId": guid("contact", number), "contactType": "Person",
            "relatedId": guid(kind, number), "relatedType": "Vendor" if is_vendor else "Customer",
        }  # fmt: skip

    def vendor(self, number: int, at: datetime) -> SimRow:
        one = self.company.customer(number)
        return {
            COMPANY: MAIN, "id": guid("vendor", number), "number": f"V{number:06d}",
            "displayName": f"{one.name} Supply", "city": one.city, "country": one.country,
            "postalCode": one.postal_code, "email": one.email, "taxRegistrationNumber": one.tax_id,
            "currencyCode": one.currency, "blocked": "All" if number % 7 == 6 else "_x0020_",
            "lastModifiedDateTime": at,
        }  # fmt: skip

    def item(self, number: int, at: datetime) -> SimRow:
        one = self.company.product(number)
        category, unit = number % len(CATEGORIES), number % 2
        return {
            COMPANY: MAIN, "id": guid("item", number), "number": one.sku, "displayName": one.name, "gtin": one.gtin,
            "type": ("Inventory", "Inventory", "Inventory", "Service", "Non-Inventory")[number % 5],
            "itemCategoryId": guid("category", category), "itemCategoryCode": CATEGORIES[category],
            "inventory": Decimal(self.company.on_hand(number, 0)), "unitPrice": one.price, "unitCost": one.cost,
            "baseUnitOfMeasureId": guid("unit", unit), "baseUnitOfMeasureCode": UNITS[unit][0],
            "blocked": number % 11 == 10, "lastModifiedDateTime": at,
        }  # fmt: skip

    def entry(self, number: int, at: datetime) -> SimRow:
        """Of the item ledger."""
        item = number % self.size
        return {
            COMPANY: MAIN, "id": guid("entry", number), "entryNumber": number + 1,
            "itemNumber": self.company.product(item).sku, "postingDate": at.date(),
            "entryType": "Positive_x0020_Adjmt_x002E_", "quantity": Decimal(self.company.on_hand(item, 0)),
            "lastModifiedDateTime": at,
        }  # fmt: skip

    def rate(self, number: int, at: datetime) -> SimRow:
        code = CURRENCIES[number % len(CURRENCIES)]
        return {
            COMPANY: MAIN, "id": guid("rate", number), "currencyCode": code,
            "startingDate": _DAY_ONE + timedelta(days=number // len(CURRENCIES)),
            "exchangeRateAmount": Decimal(100), "relationalExchangeRateAmount": Decimal(90 + number % 7),
            "lastModifiedDateTime": at,
        }  # fmt: skip

    # -- documents -------------------------------------------------------------------------------------------------

    def order(self, sim: SimOrder, at: datetime) -> tuple[SimRow, list[SimRow]]:
        """A sales order with its lines, as it is entered: nothing shipped, nothing invoiced."""
        key = guid("order", sim.number)
        lines = [self._line("order line", key, line, sim.currency) for line in sim.lines]
        if sim.number % 3 == 0:
            lines.append(self._comment("order line", key, len(lines) + 1))
        return self._header(sim, key, f"S-ORD{sim.number:06d}", lines, at) | {
            "orderDate": at.date(),
            "requestedDeliveryDate": at.date() + timedelta(days=7) if sim.number % 2 else _never(),
            "status": "In_x0020_Review" if sim.status == "cancelled" else ("Draft", "Open")[sim.number % 2],
            "externalDocumentNumber": f"PO-{sim.number}",
        }, lines  # fmt: skip

    def shipment(self, order: SimRow, lines: Sequence[SimRow], at: datetime) -> tuple[SimRow, list[SimRow]]:
        """A posted shipment of lines of an order."""
        number = next(self.counters["shipment"])
        key = guid("shipment", number)
        header = {
            COMPANY: MAIN, "id": key, "number": f"S-SHP{number:06d}", "orderNumber": order["number"],
            "customerId": order["customerId"], "customerNumber": order["customerNumber"], "postingDate": at.date(),
            "shipToCountry": order["shipToCountry"], "currencyCode": order["currencyCode"], "lastModifiedDateTime": at,
        }  # fmt: skip
        shipped = [
            {
                COMPANY: MAIN, "id": guid("shipment line", next(self.counters["shipment line"])), "documentId": key,
                "documentNo": header["number"], "sequence": line["sequence"], "lineType": "Item",
                "lineObjectNumber": line["lineObjectNumber"], "description": line["description"],
                "unitOfMeasureCode": line["unitOfMeasureCode"], "unitPrice": line["unitPrice"],
                "quantity": line["quantity"], "shipmentDate": at.date(),
            }
            for line in lines if line["lineType"] == "Item"
        ]  # fmt: skip
        return header, shipped

    def invoice(self, order: SimRow, lines: Sequence[SimRow], at: datetime) -> tuple[SimRow, list[SimRow]]:
        """A posted invoice of lines of an order."""
        number = next(self.counters["invoice"])
        key = guid("invoice", number)
        billed = [
            {name: value for name, value in line.items() if name not in {"shippedQuantity", "invoicedQuantity"}}
            | {"id": guid("invoice line", next(self.counters["invoice line"])), "documentId": key}
            for line in lines
        ]
        return {
            **{name: order[name] for name in _TAKEN}, COMPANY: MAIN, "id": key, "number": f"PS-INV{number:06d}",
            "orderId": order["id"], "orderNumber": order["number"], "invoiceDate": at.date(), "postingDate": at.date(),
            "dueDate": at.date() + timedelta(days=30), "status": ("Open", "Paid")[number % 2], **totals(billed),
            "lastModifiedDateTime": at,
        }, billed  # fmt: skip

    def memo(self, invoice: SimRow, lines: Sequence[SimRow], at: datetime) -> tuple[SimRow, list[SimRow]]:
        """A credit memo for lines of an invoice."""
        number = next(self.counters["memo"])
        key = guid("memo", number)
        credited = [
            {**line, "id": guid("memo line", next(self.counters["memo line"])), "documentId": key} for line in lines
        ]
        taken = ("customerId", "customerNumber", "customerName", "currencyCode", "currencyId", "pricesIncludeTax")
        return {
            **{name: invoice[name] for name in taken}, COMPANY: MAIN, "id": key, "number": f"PS-CR{number:06d}",
            "creditMemoDate": at.date(), "postingDate": at.date(), "invoiceId": invoice["id"],
            "invoiceNumber": invoice["number"], "customerReturnReasonId": guid("reason", number % len(REASONS)),
            "status": ("Open", "Paid")[number % 2], **totals(credited), "lastModifiedDateTime": at,
        }, credited  # fmt: skip

    def purchase(self, at: datetime) -> tuple[SimRow, list[SimRow]]:
        """An order to a vendor."""
        number = next(self.counters["purchase"])
        key, vendor = guid("purchase", number), number % self.size
        lines = []
        for place in range(1, number % 3 + 2):
            product = self.company.product((number * 7 + place) % self.size)
            net = product.cost * 10 * place
            line = _amounts(net, LOCAL) | {
                COMPANY: MAIN, "id": guid("purchase line", next(self.counters["purchase line"])), "documentId": key,
                "sequence": 10_000 * place, "lineType": "Item", "itemId": guid("item", product.number),
                "lineObjectNumber": product.sku, "description": product.name, "unitOfMeasureCode": "PCS",
                "quantity": Decimal(10 * place), "directUnitCost": product.cost,
                "expectedReceiptDate": at.date() + timedelta(days=14), "receivedQuantity": Decimal(0),
                "locationId": guid("location", number % len(LOCATIONS)),
            }  # fmt: skip
            lines.append(line)
        return {
            COMPANY: MAIN, "id": key, "number": f"P-ORD{number:06d}", "orderDate": at.date(),
            "vendorId": guid("vendor", vendor), "vendorNumber": f"V{vendor:06d}", "currencyCode": LOCAL,
            "requestedReceiptDate": at.date() + timedelta(days=14), "status": ("Draft", "Open")[number % 2],
            "pricesIncludeTax": False, "fullyReceived": False, **totals(lines), "lastModifiedDateTime": at,
        }, lines  # fmt: skip

    def receipt(self, order: SimRow, lines: Sequence[SimRow], at: datetime) -> tuple[SimRow, list[SimRow]]:
        """A posted receipt of an order's lines."""
        number = next(self.counters["receipt"])
        key = guid("receipt", number)
        received = [
            {
                COMPANY: MAIN, "id": guid("receipt line", next(self.counters["receipt line"])), "documentId": key,
                "sequence": line["sequence"], "lineType": "Item", "lineObjectNumber": line["lineObjectNumber"],
                "description": line["description"], "unitOfMeasureCode": "PCS", "unitCost": line["directUnitCost"],
                "quantity": line["quantity"],
            }
            for line in lines
        ]  # fmt: skip
        return {
            COMPANY: MAIN, "id": key, "number": f"P-RCPT{number:06d}", "vendorNumber": order["vendorNumber"],
            "orderNumber": order["number"], "postingDate": at.date(), "lastModifiedDateTime": at,
        }, received  # fmt: skip

    def bill(self, order: SimRow, lines: Sequence[SimRow], at: datetime) -> tuple[SimRow, list[SimRow]]:
        """A posted invoice of a vendor."""
        number = next(self.counters["bill"])
        key = guid("bill", number)
        left_out = {"directUnitCost", "receivedQuantity"}
        billed = [
            {name: value for name, value in line.items() if name not in left_out}
            | {"id": guid("bill line", next(self.counters["bill line"])), "documentId": key,
               "unitCost": line["directUnitCost"]}
            for line in lines
        ]  # fmt: skip
        return {
            COMPANY: MAIN, "id": key, "number": f"PP-INV{number:06d}", "orderNumber": order["number"],
            "orderId": order["id"], "vendorId": order["vendorId"], "vendorNumber": order["vendorNumber"],
            "invoiceDate": at.date(), "postingDate": at.date(), "currencyCode": order["currencyCode"],
            "pricesIncludeTax": False, "status": "Open", **totals(billed), "lastModifiedDateTime": at,
        }, billed  # fmt: skip

    # -- parts of documents ----------------------------------------------------------------------------------------

    def _header(self, sim: SimOrder, key: str, number: str, lines: list[SimRow], at: datetime) -> SimRow:
        customer = self._buyer(sim.customer.number)
        if sim.number % 6 == 0:
            _discounted(lines[0], sim.currency)
        return {
            COMPANY: MAIN, "id": key, "number": number, "customerId": customer["id"],
            "customerNumber": customer["number"], "customerName": customer["displayName"],
            "currencyCode": customer["currencyCode"], "currencyId": customer["currencyId"], "pricesIncludeTax": False,
            "salesperson": customer["salespersonCode"], "shipToCity": customer["city"],
            "shipToPostCode": customer["postalCode"], "shipToCountry": customer["country"], "fullyShipped": False,
            **totals(lines), "lastModifiedDateTime": at,
        }  # fmt: skip

    def _line(self, kind: str, document: str, line: SimLine, currency: str) -> SimRow:
        number = next(self.counters[kind])
        return _amounts(line.total, currency) | {
            COMPANY: MAIN, "id": guid(kind, number), "documentId": document, "sequence": 10_000 * line.number,
            "lineType": "Item", "itemId": guid("item", line.product.number), "lineObjectNumber": line.product.sku,
            "description": line.product.name, "unitOfMeasureCode": UNITS[number % 2][0],
            "quantity": Decimal(line.quantity), "unitPrice": line.unit_price,
            "shippedQuantity": Decimal(0), "invoicedQuantity": Decimal(0),
            "locationId": guid("location", number % len(LOCATIONS)),
        }  # fmt: skip

    def _comment(self, kind: str, document: str, place: int) -> SimRow:
        return {
            COMPANY: MAIN, "id": guid(kind, next(self.counters[kind])), "documentId": document,
            "sequence": 10_000 * place, "lineType": "Comment", "description": "Handle with care",
        }  # fmt: skip


_TAKEN = (
    "customerId", "customerNumber", "customerName", "currencyCode", "currencyId", "pricesIncludeTax", "salesperson",
    "shipToCity", "shipToPostCode", "shipToCountry", "externalDocumentNumber",
)  # fmt: skip


def _amounts(net: Decimal, currency: str) -> SimRow:
    tax = tax_of(net, currency)
    return {
        "amountExcludingTax": net, "totalTaxAmount": tax, "amountIncludingTax": net + tax,
        "netAmount": net, "netTaxAmount": tax, "netAmountIncludingTax": net + tax,
    }  # fmt: skip


def _discounted(line: SimRow, currency: str) -> None:
    """A tenth of the line off, as its share in a discount on the whole document."""
    off = (line["amountExcludingTax"] / 10).quantize(_CENT)
    net = line["amountExcludingTax"] - off
    tax = tax_of(net, currency)
    line |= {"invoiceDiscountAllocation": off, "netAmount": net, "netTaxAmount": tax,
             "netAmountIncludingTax": net + tax, "totalTaxAmount": tax}  # fmt: skip


def totals(lines: Sequence[SimRow]) -> SimRow:
    """Of a document, from its lines."""
    net = sum((line.get("netAmount", Decimal(0)) for line in lines), Decimal(0))
    tax = sum((line.get("netTaxAmount", Decimal(0)) for line in lines), Decimal(0))
    off = sum((line.get("invoiceDiscountAllocation", Decimal(0)) for line in lines), Decimal(0))
    return {
        "discountAmount": off, "totalAmountExcludingTax": net, "totalTaxAmount": tax,
        "totalAmountIncludingTax": net + tax,
    }  # fmt: skip


def _zero() -> str:
    return "00000000-0000-0000-0000-000000000000"


def _never() -> date:
    return date(1, 1, 1)
