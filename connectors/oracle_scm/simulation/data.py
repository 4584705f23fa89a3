"""The rows of the simulated pod, each made from a few facts when it is asked for."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from connectors.oracle_scm.simulation.search import stamp
from hub.sdk.simulator import Company

Row = dict[str, Any]

ORGANIZATIONS = (("M1", "Main warehouse", 204, False), ("M2", "West warehouse", 205, False), ("P1", "Plant", 206, True))
MASTER = "M1"
UNITS = (("Ea", "Each"), ("zzu", "Kilogram"), ("BX", "Box"))
DOZEN = ("DZ", "Dozen")
PER_KILOGRAM, IN_A_BOX = Decimal(4), Decimal(6)
"""Pieces of an item that weigh one kilogram; pieces in the box of some items, where others have ten."""
_SUBINVENTORIES = ("Stores", "Quarantine")
_TERMS = ("ACTIVE", "ACTIVE", "ACTIVE", "INACTIVE")
_PARTY = 100_000_000_000_000
_ITEM = 300_000_001_000_000
_SUPPLIER = 300_000_002_000_000
_PURCHASE = 300_000_003_000_000
_PURCHASE_LINE = 310_000_000_000_000
_MANY = 30
"""Longer than a page of children."""


def item_id(number: int) -> int:
    return _ITEM + number * 7


class PodData:
    """Makes rows from slim ones, which hold the number that the rest comes from, and how often they were touched."""

    def __init__(self, seed: int, *, customers: int, products: int, orders: int) -> None:
        self.customers, self.products, self.orders = customers, products, orders
        self.suppliers = -(-products // 5)
        self.company = Company(seed, customers=max(1, customers), products=max(1, products))
        self.order = lru_cache(4096)(self.company.order)
        self.lines_at_hand: tuple[Any, list[Row]] = (None, [])
        self._facts: dict[int, tuple[str, int, int]] = {}

    def facts(self, number: int) -> tuple[str, int, int]:
        """An order's status, how many lines it has, and how much its first one is for: kept, since often asked for."""
        if number not in self._facts:
            made = self.order(number)
            self._facts[number] = (made.status, len(made.lines), made.lines[0].quantity)
        return self._facts[number]

    # -- parties -------------------------------------------------------------------------------------------------------

    def customer(self, slim: Row) -> Row:
        number = slim["number"]
        made = self.company.customer(number)
        address = {
            "Address1": made.street, "City": made.city, "State": None, "PostalCode": made.postal_code,
            "Country": made.country,
        }  # fmt: skip
        sites = _MANY if number % 40 == 39 else number % 3
        return {
            **slim, **address, "PartyNumber": str(10_000 + number), "OrganizationName": made.name + _mark(slim),
            "PartyStatus": "A" if number % 9 else "I", "EmailAddress": made.email, "RawPhoneNumber": made.phone,
            "URL": None, "DUNSNumber": None, "TaxpayerIdentificationNumber": made.tax_id, "EmployeesTotal": 10 + number,
            "CurrencyCode": made.currency,
            "Address": [
                {
                    **address, "AddressId": slim["PartyId"] * 100 + site, "AddressNumber": f"{10_000 + number}-{site}",
                    "AddressType": ("BILL_TO", "SHIP_TO", "OTHER")[site % 3], "PartySiteName": None, "Address2": None,
                    "LastUpdateDate": slim["LastUpdateDate"],
                }
                for site in range(sites)
            ],
        }  # fmt: skip

    def contact(self, slim: Row) -> Row:
        number = slim["number"]
        made = self.company.customer(number)
        return {
            **slim, "PartyNumber": f"C{number}", "ContactName": f"{made.contact_first} {made.contact_last}",
            "FirstName": made.contact_first, "LastName": made.contact_last, "JobTitle": "Buyer" + _mark(slim),
            "EmailAddress": made.email, "WorkPhoneNumber": made.phone, "AccountPartyNumber": str(10_000 + number),
            "PartyStatus": "A",
        }  # fmt: skip

    def supplier(self, slim: Row) -> Row:
        number = slim["number"]
        made = self.company.customer(self.company.customers + number)
        return {
            **slim, "Supplier": made.legal_name + _mark(slim), "SupplierNumber": str(500 + number),
            "Status": _TERMS[number % 4], "SupplierType": None, "CorporateWebsite": None,
            "TaxRegistrationNumber": made.tax_id, "TaxpayerId": None, "DUNSNumber": None,
        }  # fmt: skip

    # -- items ---------------------------------------------------------------------------------------------------------

    def sku(self, number: int) -> str:
        sku = self.company.product(number).sku
        return f"{sku} O'Ring" if number % 11 == 3 else sku

    def product(self, slim: Row) -> Row:
        number = slim["number"]
        made = self.company.product(number)
        return {
            **slim, "OrganizationId": 204, "ItemNumber": self.sku(number), "ItemDescription": made.name + _mark(slim),
            "PrimaryUOMValue": UNITS[number % 3][1], "ItemClass": "Root Item Class",
            "ItemStatusValue": "Inactive" if number % 13 == 12 else "Active", "LifecyclePhaseValue": "Production",
            "ListPrice": made.price,
        }  # fmt: skip

    def average_cost(self, slim: Row) -> Row:
        number, code = slim["number"], slim["code"]
        return {
            **slim, "ValuationUnit": f"CO1-{code}", "InventoryOrganizationCode": code if number % 2 else None,
            "CurrencyCode": "EUR", "UOMCode": UNITS[number % 3][0],
            "TotalUnitCost": self.company.product(number).cost + slim["touched"],
        }  # fmt: skip

    def standard_cost(self, slim: Row) -> Row:
        """One for the past, with its last day, and one that holds."""
        number, is_past = slim["number"], slim["past"]
        return {
            **slim, "InventoryOrganizationCode": MASTER, "UOMCode": UNITS[number % 3][0],
            "UnitCost": self.company.product(number).cost - (1 if is_past else 0) + slim["touched"],
            "EffectiveStartDate": "2024-01-01" if is_past else "2025-01-01",
            "EffectiveEndDate": "2024-12-31" if is_past else None,
        }  # fmt: skip

    # -- units ---------------------------------------------------------------------------------------------------------

    def ordered_unit(self, order: int, product: int) -> tuple[str, str]:
        """Most lines are in the item's primary unit, some in dozens, and some pieces by weight."""
        primary = UNITS[product % 3]
        if order % 8 == 5 and primary[0] != "zzu":
            return DOZEN
        return UNITS[1] if order % 8 == 6 and primary[0] == "Ea" else primary

    def unit(self, slim: Row) -> Row:
        boxed = [n for n in range(self.products) if n % 6 == 2] if slim["UOMCode"] == "BX" else []
        own = [{"ConversionId": n, "ItemNumber": self.sku(n), "IntraclassConversion": IN_A_BOX} for n in boxed]
        return {**slim, "intraclassConversions": own}

    def unit_class(self, slim: Row) -> Row:
        counted = range(0, self.products, 3) if slim["ClassCode"] == "Q" else ()
        rates = [
            {
                "InterclassConversionId": n, "ItemNumber": self.sku(n), "FromUOMCode": "Ea", "ToUOMCode": "zzu",
                "InterclassConversion": PER_KILOGRAM,
            }
            for n in counted
        ]  # fmt: skip
        return {**slim, "interclassConversions": rates}

    # -- stock ---------------------------------------------------------------------------------------------------------

    def stock_slims(self) -> list[Row]:
        """Items lie in one to three organizations, some of them at seven locators of one subinventory."""
        return [
            {
                "number": number, "InventoryItemId": item_id(number), "OrganizationCode": code, "place": place,
                "SubinventoryCode": _SUBINVENTORIES[sub], "touched": 0,
                "LocatorName": f"A.{shelf}" if shelf or number % 13 == 6 else None,
            }
            for number in range(self.products)
            for place, (code, *_) in enumerate(ORGANIZATIONS[: 1 + number % 3])
            for sub in range(1 + number % 2)
            for shelf in range(7 if number % 13 == 6 and not sub else 1)
        ]  # fmt: skip

    def stock(self, slim: Row) -> Row:
        number, place = slim["number"], slim["place"]
        quantity = self.company.on_hand(number, place) + slim["touched"] + Decimal("0.5") * (number % 2)
        return {
            **slim, "OrganizationId": ORGANIZATIONS[place][2], "ItemNumber": self.sku(number),
            "PrimaryUOMCode": UNITS[number % 3][0], "SecondaryQuantity": None, "PrimaryQuantity": quantity,
            "lots": self._lots(number, quantity),
        }  # fmt: skip

    @staticmethod
    def _lots(number: int, quantity: Decimal) -> list[Row]:
        """Of some items in two lots or many, which tell all of a balance, or leave a rest."""
        if number % 4 != 3:
            return []
        count = _MANY if number % 50 == 43 else 2
        shares = [quantity // (count + 1)] * count
        shares[-1] += Decimal(0) if number % 8 == 3 else quantity - sum(shares)
        return [{"LotNumber": f"L{lot:02}", "PrimaryQuantity": share} for lot, share in enumerate(shares)]

    def reservation(self, slim: Row) -> Row:
        number = slim["number"]
        return {
            **slim, "OrganizationId": 204, "OrganizationCode": MASTER, "InventoryItemId": item_id(number),
            "ItemNumber": self.sku(number), "SubinventoryCode": None, "PrimaryUOMCode": UNITS[number % 3][0],
            "PrimaryReservationQuantity": 1 + number % 5 + slim["touched"], "DemandSourceHeaderNumber": str(number),
        }  # fmt: skip

    # -- purchasing ----------------------------------------------------------------------------------------------------

    def purchase_order(self, slim: Row) -> Row:
        number = slim["number"]
        supplier = number % max(1, self.suppliers)
        currency = ("EUR", "USD", "JPY")[number % 3]
        count = _MANY if number % 25 == 24 else 1 + number % 3
        lines = [self._purchase_line(slim, line, currency) for line in range(count)]
        total = sum((line["Price"] * line["Quantity"] for line in lines), Decimal(0))
        word = "CLOSED" if number % 6 == 4 else "CANCELED" if number % 17 == 8 else "OPEN"
        return {
            **slim, "OrderNumber": f"PO{number}", "SupplierId": _SUPPLIER + supplier,
            "Supplier": self.company.customer(self.company.customers + supplier).legal_name,
            "StatusCode": word, "Status": word.title(), "CurrencyCode": currency, "Buyer": "Roth, Calvin" + _mark(slim),
            "ProcurementBU": "US1 Business Unit", "Ordered": total, "Total": total * Decimal("1.1"), "lines": lines,
        }  # fmt: skip

    def _purchase_line(self, slim: Row, line: int, currency: str) -> Row:
        number = slim["number"]
        product = self.company.product((number + line) % self.company.products)
        key = _PURCHASE_LINE + number * 100_000 + line * 100
        parts = 27 if number % 50 == 12 and not line else 1 + (number + line) % 2
        quantity = 10 * (line + 1)
        received = self.is_received(number)
        return {
            "POLineId": key, "LineNumber": line + 1, "Item": self.sku(product.number), "Description": product.name,
            "UOM": UNITS[product.number % 3][1], "UOMCode": UNITS[product.number % 3][0],
            "Price": product.cost * 100 // 1 if currency == "JPY" else product.cost, "Quantity": quantity * parts,
            "LastUpdateDate": slim["LastUpdateDate"],
            "schedules": [
                {
                    "LineLocationId": key + part + 1, "ScheduleNumber": part + 1, "Quantity": quantity,
                    "ShipToOrganizationCode": ORGANIZATIONS[part % 3][0], "StatusCode": "OPEN",
                    "ReceivedQuantity": quantity if received else 0, "RequestedDeliveryDate": "2026-03-01",
                    "PromisedDeliveryDate": "2026-03-05", "LastUpdateDate": slim["LastUpdateDate"],
                }
                for part in range(parts)
            ],
        }  # fmt: skip

    @staticmethod
    def is_received(number: int) -> bool:
        return number % 3 != 0

    def receipt_slims(self, orders: list[Row]) -> list[Row]:
        """Each schedule was received and delivered to a shelf, which counts once; a few were corrected or sent back."""
        slims = []
        for order in orders:
            if not self.is_received(order["number"]):
                continue
            kinds = ["RECEIVE", "DELIVER", *(("CORRECT",) if order["number"] % 12 == 1 else ())]
            kinds += ["RETURN TO VENDOR"] if order["number"] % 10 == 2 else []
            for line in self.purchase_order(order)["lines"]:
                for schedule in line["schedules"]:
                    slims += [
                        {
                            "po": order["POHeaderId"], "line": line, "schedule": schedule, "kind": kind, "touched": 0,
                            "TransactionId": schedule["LineLocationId"] * 10 + place,
                        }
                        for place, kind in enumerate(kinds)
                    ]  # fmt: skip
        return slims

    def receipt(self, slim: Row) -> Row:
        line, schedule, kind = slim["line"], slim["schedule"], slim["kind"]
        small = kind in {"CORRECT", "RETURN TO VENDOR"}
        return {
            **slim, "POHeaderId": slim["po"], "POLineId": line["POLineId"], "ReceiptNumber": "R1" + _mark(slim),
            "POLineLocationId": schedule["LineLocationId"], "TransactionTypeCode": kind, "SourceDocumentCode": "PO",
            "DestinationTypeCode": "INVENTORY" if kind == "DELIVER" else "RECEIVING", "ItemNumber": line["Item"],
            "OrganizationCode": schedule["ShipToOrganizationCode"], "UOMCode": line["UOMCode"],
            "UnitOfMeasure": line["UOM"], "TransactionDate": slim["LastUpdateDate"],
            "Quantity": (-1 if kind == "CORRECT" else 1) if small else schedule["Quantity"],
        }  # fmt: skip


def _mark(slim: Row) -> str:
    """How a change shows in a row."""
    return "*" * int(slim["touched"])


def organization(slim: Row) -> Row:
    number = slim["number"]
    code, name, key, is_plant = ORGANIZATIONS[number]
    return {
        **slim, "OrganizationId": key, "OrganizationName": name + _mark(slim), "Status": "A", "InventoryFlag": True,
        "MasterOrganizationId": 204, "MasterOrganizationCode": MASTER,
        "ManagementBusinessUnitName": "US1 Business Unit", "LegalEntityName": "US1 Legal Entity", "LocationCode": code,
        "ManufacturingPlantFlag": is_plant,
    }  # fmt: skip


def keys_of(name: str, number: int) -> Row:
    """The key of a row of a table, by its number."""
    return {
        "customers": {"PartyId": _PARTY + number * 3},
        "contacts": {"PartyId": _PARTY * 2 + number},
        "suppliers": {"SupplierId": _SUPPLIER + number},
        "products": {"ItemId": item_id(number)},
        "purchase_orders": {"POHeaderId": _PURCHASE + number},
    }[name]


@lru_cache(4096)
def later(text: str, hours: int) -> str:
    """A moment some hours after another, both as Oracle sends them."""
    return stamp(datetime.fromisoformat(text) + timedelta(hours=hours))
