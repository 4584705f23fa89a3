"""The simulated company's rows: partners, items and documents of the made-up company that all simulators share.

Its own currency is EUR; others come as the company writes them, the dollar as `$`. Every number follows from the seed.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hub.sdk.simulator.company import Company, SimCustomer, SimLine, SimOrder
from hub.sdk.simulator.table import SimRow

ZONE = ZoneInfo("Europe/Berlin")
RATES = {"EUR": Decimal(1), "USD": Decimal("0.92"), "GBP": Decimal("1.17"), "JPY": Decimal("0.0061"),
         "SEK": Decimal("0.088")}  # fmt: skip
CODES = {"USD": "$"}
"""Codes that the company writes in its own way."""
WAREHOUSES = 3
SUPPLIERS = 8
_CENT = Decimal("0.01")
_TAX = Decimal("0.19")
_ORDER, _DELIVERY = 17, 15


def day(moment: datetime) -> str:
    """The date as OData 4 sends it: with a time and a zone that mean nothing."""
    return moment.astimezone(ZONE).date().isoformat()


def clock(moment: datetime) -> str:
    return moment.astimezone(ZONE).time().isoformat("seconds")


def created(moment: datetime) -> SimRow:
    """Dates of a row that was never changed: that of the change is empty."""
    return {"CreateDate": day(moment), "CreateTime": clock(moment), "UpdateDate": None, "UpdateTime": None}


def _document_dates(moment: datetime) -> SimRow:
    today, now = day(moment), clock(moment)
    return {
        "CreationDate": today, "DocTime": now, "UpdateDate": today, "UpdateTime": now, "DocDate": today,
        "DocDueDate": day(moment + timedelta(days=7)), "CancelDate": None,
    }  # fmt: skip


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT)


class Maker:
    """Rows by number. Numbers may grow beyond what the company began with."""

    def __init__(self, seed: int, *, customers: int, products: int) -> None:
        self.company = Company(seed, customers=max(1, customers), products=max(1, products))
        self.products = max(1, products)

    # -- partners ------------------------------------------------------------------------------------------------------

    def partner(self, number: int, moment: datetime) -> SimRow:
        """The first ones are suppliers; of the others every tenth is a lead."""
        someone = self.company.customer(number)
        supplies = number < SUPPLIERS
        code = f"{'V' if supplies else 'C'}{10000 + number}"
        addresses = [self._address(someone, code, 0, "bo_BillTo"), self._address(someone, code, 1, "bo_ShipTo")]
        return {
            "CardCode": code, "CardName": someone.legal_name, "CardForeignName": None,
            "CardType": "cSupplier" if supplies else "cLid" if number % 10 == 9 else "cCustomer",
            "CompanyPrivate": "cCompany", "GroupCode": 100 + number % 3, "SalesPersonCode": number % 4 or -1,
            "Currency": "##" if number % 7 == 6 else CODES.get(someone.currency, someone.currency),
            "EmailAddress": someone.email, "Phone1": someone.phone, "Phone2": None, "Cellular": None,
            "Website": f"https://{someone.email.partition('@')[2]}", "FederalTaxID": someone.tax_id,
            "VATRegistrationNumber": None, "VatIDNum": None, "UnifiedFederalTaxID": None,
            "CompanyRegistrationNumber": None, "GlobalLocationNumber": None, "IndustryType": someone.industry,
            "AliasName": someone.name, "CreditLimit": Decimal(10_000), "FatherCard": None,
            "ContactPerson": f"{someone.contact_first} {someone.contact_last}", "BilltoDefault": "Main",
            "ShipToDefault": "Dock", "Address": someone.street, "ZipCode": someone.postal_code, "City": someone.city,
            "BillToState": None, "Country": someone.country, "Frozen": "tYES" if number % 23 == 22 else "tNO",
            "Valid": "tYES", "U_Region": "North", **created(moment), "BPAddresses": addresses,
            "ContactEmployees": [self._contact(someone, code, number, moment)],
        }  # fmt: skip

    @staticmethod
    def _address(someone: SimCustomer, code: str, row: int, kind: str) -> SimRow:
        street, _, house = someone.street.partition(" ")
        return {
            "BPCode": code, "RowNum": row, "AddressName": "Main" if kind == "bo_BillTo" else "Dock",
            "AddressType": kind, "Street": street, "StreetNo": house, "Block": None, "BuildingFloorRoom": None,
            "AddressName2": None, "ZipCode": someone.postal_code, "City": someone.city, "County": None, "State": None,
            "Country": someone.country, "GlobalLocationNumber": None,
        }  # fmt: skip

    @staticmethod
    def _contact(someone: SimCustomer, code: str, number: int, moment: datetime) -> SimRow:
        return {
            "CardCode": code, "InternalCode": 500 + number, "Name": f"{someone.contact_first} {someone.contact_last}",
            "FirstName": someone.contact_first, "LastName": someone.contact_last, "Position": "Buyer",
            "Profession": None, "Phone1": someone.phone, "Phone2": None, "MobilePhone": None, "E_Mail": someone.email,
            "Active": "tYES", **created(moment),
        }  # fmt: skip

    # -- items ---------------------------------------------------------------------------------------------------------

    def item(self, number: int, moment: datetime) -> SimRow:
        """Every third one has defined units; the others name theirs freely."""
        product = self.company.product(number)
        grouped = number % 3 == 0
        return {
            "ItemCode": product.sku, "ItemName": product.name, "ForeignName": None, "User_Text": None,
            "BarCode": product.gtin, "SupplierCatalogNo": f"S-{number}", "Manufacturer": number % 3 or -1,
            "ItemsGroupCode": 100 + number % 2, "ItemType": "itItems", "ItemClass": "itcMaterial",
            "InventoryItem": "tYES", "Frozen": "tYES" if number % 29 == 28 else "tNO",
            "UoMGroupEntry": 2 if grouped else -1, "InventoryUoMEntry": 1 if grouped else -1,
            "InventoryUOM": "Piece" if grouped else "pcs", "SalesUnit": "pcs", "SalesItemsPerUnit": Decimal(1),
            "PurchaseUnit": "Box", "PurchaseItemsPerUnit": Decimal(12), "AvgStdPrice": product.cost,
            "CostAccountingMethod": "bis_MovingAverage", "InventoryWeight": Decimal(250 + number % 100),
            "InventoryWeightUnit": 1, "Mainsupplier": f"V{10000 + number % SUPPLIERS}",
            "QuantityOrderedFromVendors": Decimal(number % 5), "MinInventory": Decimal(10),
            "MinOrderQuantity": Decimal(0), "LeadTime": 14, **created(moment),
            "ItemPrices": [{"PriceList": 1, "Price": product.price, "Currency": "EUR"},
                           {"PriceList": 2, "Price": product.price * 2, "Currency": "$"}],
            "ItemWarehouseInfoCollection": [self._level(number, product, place) for place in range(WAREHOUSES)],
        }  # fmt: skip

    def _level(self, number: int, product: Any, place: int) -> SimRow:
        return {
            "ItemCode": product.sku, "WarehouseCode": f"{place + 1:02d}",
            "InStock": Decimal(self.company.on_hand(number, place)), "Committed": Decimal(number % 4),
            "Ordered": Decimal(number % 5), "StandardAveragePrice": product.cost if place else Decimal(0),
        }  # fmt: skip

    @staticmethod
    def warehouse(number: int, _: datetime) -> SimRow:
        return {
            "WarehouseCode": f"{number + 1:02d}", "WarehouseName": f"Warehouse {number + 1}", "Street": "Hafenstr.",
            "StreetNo": str(number + 1), "Block": None, "BuildingFloorRoom": None, "ZipCode": "20457",
            "City": "Hamburg", "County": None, "State": None, "Country": "DE", "DropShip": "tNO", "Inactive": "tNO",
        }  # fmt: skip

    # -- documents -----------------------------------------------------------------------------------------------------

    def order(self, number: int, moment: datetime) -> SimRow:
        """Cancelled, closed, half delivered, unapproved and open ones, in any currency."""
        order = self.company.order(number)
        done = {"completed": Decimal(1), "shipped": Decimal(1), "paid": Decimal("0.5")}.get(order.status, Decimal(0))
        row = self._document(number, order, moment, done)
        closed, cancelled = order.status in {"completed", "cancelled"}, order.status == "cancelled"
        row |= {
            "NumAtCard": f"PO-{number}", "DocumentStatus": "bost_Close" if closed else "bost_Open",
            "Cancelled": "tYES" if cancelled else "tNO", "CancelStatus": "csYes" if cancelled else "csNo",
            "CancelDate": day(moment) if cancelled else None, "Confirmed": "tNO" if number % 31 == 30 else "tYES",
        }  # fmt: skip
        return row

    def delivery(self, number: int, moment: datetime) -> SimRow:
        """Of the order of the same number; every nineteenth is cancelled by the one behind it."""
        row = self._document(number, self.company.order(number), moment, Decimal(1))
        for line in row["DocumentLines"]:
            line |= {"BaseType": _ORDER, "BaseEntry": number + 1, "BaseLine": line["LineNum"]}
        status = {17: "csYes", 18: "csCancellation"}.get(number % 19, "csNo")
        row |= {"CancelStatus": status, "Cancelled": "tYES" if status == "csYes" else "tNO",
                "DocumentStatus": "bost_Close", "TrackingNumber": f"T{number:08d}"}  # fmt: skip
        return row

    def goods_return(self, number: int, moment: datetime) -> SimRow:
        """Of the delivery of the same number."""
        row = self._document(number, self.company.order(number), moment, Decimal(1))
        for line in row["DocumentLines"]:
            line |= {"BaseType": _DELIVERY, "BaseEntry": number + 1, "BaseLine": line["LineNum"], "FreeText": "damaged"}
        row |= {"DocumentStatus": "bost_Close", "Comments": "Goods return"}
        return row

    def purchase_order(self, number: int, moment: datetime) -> SimRow:
        """Of one product each, at its cost."""
        product = self.company.product(number % self.products)
        line = SimLine(0, product, 10 + number % 5, product.cost)
        order = SimOrder(number, self.company.customer(number % SUPPLIERS), "open", (line,))
        row = self._document(number, order, moment, Decimal(number % 3) / 2)
        row |= {"CardCode": f"V{10000 + number % SUPPLIERS}",
                "DocumentStatus": "bost_Close" if number % 3 == 2 else "bost_Open"}  # fmt: skip
        return row

    def _document(self, number: int, order: SimOrder, moment: datetime, done: Decimal) -> SimRow:
        iso = order.currency
        rate, foreign = RATES[iso], iso != "EUR"
        due = day(moment + timedelta(days=7))
        lines = [self._line(place, line, rate, iso, done) | {"ShipDate": due} for place, line in enumerate(order.lines)]
        freight = Decimal(5)
        tax = _cents(sum((line["RowTotalFC"] if foreign else line["LineTotal"] for line in lines), freight) * _TAX)
        total = sum((line["RowTotalFC"] if foreign else line["LineTotal"] for line in lines), freight) + tax
        local = _cents(total * rate) if foreign else total
        return {
            "DocEntry": number + 1, "DocNum": 1000 + number, "DocType": "dDocument_Items",
            "CardCode": f"C{10000 + SUPPLIERS + order.customer.number}",
            "ContactPersonCode": 500 + SUPPLIERS + order.customer.number,
            "NumAtCard": None, "Comments": None, "DocCurrency": CODES.get(iso, iso), "DocRate": rate, "DocTotal": local,
            "DocTotalFc": total if foreign else Decimal(0), "DocTotalSys": local,
            "VatSum": _cents(tax * rate) if foreign else tax, "VatSumFc": tax if foreign else Decimal(0),
            "TotalDiscount": Decimal(0), "TotalDiscountFC": Decimal(0), "DocumentStatus": "bost_Open",
            "Cancelled": "tNO", "CancelStatus": "csNo", "Confirmed": "tYES", "SalesPersonCode": number % 4 or -1,
            "TransportationCode": 1 + number % 2, "TrackingNumber": None, **_document_dates(moment),
            "DocumentLines": lines,
            "DocumentAdditionalExpenses": [{"ExpenseCode": 1, "LineTotal": _cents(freight * rate),
                                            "LineTotalFC": freight if foreign else Decimal(0)}],
            "AddressExtension": {"ShipToStreet": order.customer.street, "ShipToCity": order.customer.city,
                                 "ShipToState": None, "ShipToZipCode": order.customer.postal_code,
                                 "ShipToCountry": order.customer.country},
        }  # fmt: skip

    def _line(self, place: int, line: SimLine, rate: Decimal, iso: str, done: Decimal) -> SimRow:
        foreign, quantity = iso != "EUR", Decimal(line.quantity)
        return {
            "LineNum": place, "ItemCode": line.product.sku, "ItemDescription": line.product.name, "Quantity": quantity,
            "RequiredDate": None, "ActualDeliveryDate": None, "Price": line.unit_price,
            "UnitPrice": line.unit_price, "Currency": CODES.get(iso, iso), "DiscountPercent": Decimal(0),
            "WarehouseCode": "01", "LineTotal": _cents(line.total * rate) if foreign else line.total,
            "RowTotalFC": line.total if foreign else Decimal(0),
            "NetTaxAmount": _cents(line.total * rate * _TAX), "NetTaxAmountFC": _cents(line.total * _TAX) if foreign
            else Decimal(0), "GrossBuyPrice": line.product.cost, "LineStatus": "bost_Open",
            "RemainingOpenQuantity": quantity - int(quantity * done), "BaseType": -1, "BaseEntry": None,
            "BaseLine": None,
            "UoMEntry": -1, "UoMCode": "Manual", "MeasureUnit": "pcs", "InventoryQuantity": quantity,
            "TreeType": "iNotATree", "ParentLineNum": -1, "FreeText": None, "U_Batch": None,
        }  # fmt: skip


SMALL: dict[str, list[SimRow]] = {
    "partner_groups": [{"Code": 100 + number, "Name": f"Group {number}"} for number in range(3)],
    "item_groups": [{"Number": 100, "GroupName": "Parts"}, {"Number": 101, "GroupName": "Tools"}],
    "sellers": [{"SalesEmployeeCode": -1, "SalesEmployeeName": "-No Sales Employee-"},
                      *({"SalesEmployeeCode": n, "SalesEmployeeName": f"Seller {n}"} for n in (1, 2, 3))],
    "manufacturers": [{"Code": -1, "ManufacturerName": "- No Manufacturer -"},
                      {"Code": 1, "ManufacturerName": "Acme"}, {"Code": 2, "ManufacturerName": "Umbrella"}],
    "shipping_types": [{"Code": 1, "Name": "Parcel"}, {"Code": 2, "Name": "Freight"}],
    "currencies": [{"Code": CODES.get(iso, iso), "Name": iso, "DocumentsCode": iso} for iso in RATES],
    "weights": [{"UnitCode": 1, "UnitWeightinmg": Decimal(1000)}, {"UnitCode": 2, "UnitWeightinmg": Decimal(10**6)}],
    "units": [{"AbsEntry": -1, "Code": "Manual", "Name": "Manual", "InternationalSymbol": None},
              {"AbsEntry": 1, "Code": "Stück", "Name": "Piece", "InternationalSymbol": "C62"},
              {"AbsEntry": 2, "Code": "Karton", "Name": "Carton", "InternationalSymbol": None}],
    "unit_groups": [{"AbsEntry": -1, "Code": "Manual", "BaseUoM": -1, "UoMGroupDefinitionCollection": []},
                    {"AbsEntry": 2, "Code": "Pieces", "BaseUoM": 1, "UoMGroupDefinitionCollection": [
                        {"AlternateUoM": 1, "AlternateQuantity": Decimal(1), "BaseQuantity": Decimal(1)},
                        {"AlternateUoM": 2, "AlternateQuantity": Decimal(1), "BaseQuantity": Decimal(24)}]}],
}  # fmt: skip
"""Tables that others refer to."""
