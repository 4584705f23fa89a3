"""The simulated org's records: the made-up company of all simulators, as Salesforce would hold it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from connectors.salesforce.simulation.evaluate import SimRow, stamp
from connectors.salesforce.simulation.ids import record_id
from hub.sdk.simulator import Company

Make = Callable[[int, datetime], SimRow]

USERS = 5
_CORPORATE = "EUR"
CURRENCIES = {"EUR": "1", "USD": "1.0825", "GBP": "0.8431", "JPY": "163.42", "SEK": "11.375"}
"""Units for one euro, the corporate currency."""
_STANDARD, _RESELLERS = record_id("01s", 0), record_id("01s", 1)
_STAGES = (
    ("Prospecting", 10, "Pipeline"), ("Proposal/Price Quote", 75, "BestCase"), ("Negotiation/Review", 90, "Forecast"),
    ("Closed Won", 100, "Closed"), ("Closed Lost", 0, "Omitted"),
)  # fmt: skip
_LEADS = ("Open - Not Contacted", "Working - Contacted", "Closed - Not Converted", "Closed - Converted")
_CASES = ("New", "Working", "On Hold", "Escalated", "Closed")
_TYPES = ("Prospect", "Customer - Direct", "Customer - Channel", "Technology Partner")
_ORDERS = {"open": "Activated", "paid": "Activated", "shipped": "Shipped", "completed": "Completed"}
_REDUCES = 10
"""Every so many orders, one takes back what the one before it sold."""


class Maker:
    """Makes every record from its number and a stamp."""

    def __init__(self, seed: int, *, accounts: int, products: int, orders: int) -> None:
        self.company = Company(seed, customers=max(1, accounts), products=max(1, products))
        self.orders = max(1, orders)
        self._company_order = lru_cache(maxsize=1 << 17)(self.company.order)
        self.lines = self._lines()

    def _lines(self) -> list[tuple[int, int]]:
        """(order, line) of each order item, by its number."""
        return [(order, line) for order in range(self.orders) for line in range(len(self._order(order).lines))]

    def _order(self, number: int) -> Any:
        """The order that a number stands for; a reduction order has the lines of the one before."""
        return self._company_order(number - 1 if self.reduces(number) else number)

    @staticmethod
    def reduces(number: int) -> bool:
        return number % _REDUCES == _REDUCES - 1

    def _row(self, prefix: str, number: int, at: datetime, **values: Any) -> SimRow:
        moment = stamp(at)
        return {
            "Id": record_id(prefix, number), "IsDeleted": False, "CreatedDate": moment, "LastModifiedDate": moment,
            "SystemModstamp": moment, "CreatedById": owner(0), **values,
        }  # fmt: skip

    def account(self, number: int, at: datetime) -> SimRow:
        made = self.company.customer(number)
        is_person = number % 7 == 6
        name = f"{made.contact_first} {made.contact_last}" if is_person else made.legal_name
        address = _address("Billing", made)
        shipping = _address("Shipping", made) if number % 3 else {}
        return self._row(
            "001", number, at, Name=name, AccountNumber=f"A-{number:05d}", Type=_TYPES[number % 4],
            Industry=made.industry, AnnualRevenue=_revenue(number, made.currency),
            NumberOfEmployees=number % 900, Phone=made.phone, Website=f"https://{made.email.partition('@')[2]}",
            OwnerId=owner(number), IsPersonAccount=is_person, PersonEmail=made.email if is_person else None,
            CurrencyIsoCode=made.currency, AccountSource="Web", Description=f"Line one\nline two, \"quoted\" {number}",
            Tax_Number__c=made.tax_id, ParentId=record_id("001", number - 1) if number % 11 == 10 else None,
            **address, **shipping,
        )  # fmt: skip

    def contact(self, number: int, at: datetime) -> SimRow:
        made = self.company.customer(number % self.company.customers)
        return self._row(
            "003", number, at, AccountId=record_id("001", made.number), FirstName=made.contact_first,
            LastName=made.contact_last, Name=f"{made.contact_first} {made.contact_last}", Title="Buyer",
            Department="Purchasing", Email=made.email, Phone=made.phone, OwnerId=owner(number),
            CurrencyIsoCode=made.currency, **_address("Mailing", made),
        )  # fmt: skip

    def lead(self, number: int, at: datetime) -> SimRow:
        made = self.company.customer(number % self.company.customers)
        status = _LEADS[number % 4]
        is_converted = status == "Closed - Converted"
        become = record_id("001", made.number) if is_converted else None
        return self._row(
            "00Q", number, at, FirstName=made.contact_first, LastName=made.contact_last, Company=made.name,
            Name=f"{made.contact_first} {made.contact_last}", Status=status, LeadSource="Trade Show",
            Email=made.email, Industry=made.industry, NumberOfEmployees=number % 200, OwnerId=owner(number),
            IsConverted=is_converted, ConvertedDate=_day(at) if is_converted else None, ConvertedAccountId=become,
            CurrencyIsoCode=made.currency, **_address("", made),
        )  # fmt: skip

    def opportunity(self, number: int, at: datetime) -> SimRow:
        made = self.company.customer(number % self.company.customers)
        stage, probability, category = _STAGES[number % 5]
        return self._row(
            "006", number, at, AccountId=record_id("001", made.number), Name=f"{made.name} deal {number}",
            StageName=stage, Amount=_amount(number, made.currency), Probability=Decimal(probability),
            CloseDate=_day(at + timedelta(days=30)), IsClosed=category in {"Closed", "Omitted"},
            IsWon=category == "Closed", ForecastCategory=category, LeadSource="Web",
            CampaignId=record_id("701", 0), OwnerId=owner(number), CurrencyIsoCode=made.currency,
        )  # fmt: skip

    def history(self, number: int, at: datetime) -> SimRow:
        made = self.company.customer(number % self.company.customers)
        stage, probability, category = _STAGES[number % 5]
        return self._row(
            "008", number, at, OpportunityId=record_id("006", number), StageName=stage, ForecastCategory=category,
            Amount=_amount(number, made.currency), Probability=Decimal(probability), CloseDate=_day(at),
            CurrencyIsoCode=made.currency,
        )  # fmt: skip

    def product(self, number: int, at: datetime) -> SimRow:
        made = self.company.product(number)
        return self._row(
            "01t", number, at, Name=made.name, ProductCode=made.sku, StockKeepingUnit=made.sku, Family="Parts",
            Description=f"{made.name}\n{made.gtin}", IsActive=number % 9 != 8, IsArchived=False,
            QuantityUnitOfMeasure="Each", CurrencyIsoCode=_CORPORATE,
        )  # fmt: skip

    def entry(self, number: int, at: datetime) -> SimRow:
        """Two of each product: the standard price, and the resellers', in turn."""
        made = self.company.product(number // 2)
        factor, book = (Decimal(1), _STANDARD) if number % 2 == 0 else (Decimal("0.8"), _RESELLERS)
        return self._row(
            "01u", number, at, Pricebook2Id=book, Product2Id=record_id("01t", made.number), IsActive=True,
            UnitPrice=(made.price * factor).quantize(Decimal("0.01")), CurrencyIsoCode=_CORPORATE, ProductCode=made.sku,
        )  # fmt: skip

    def order(self, number: int, at: datetime) -> SimRow:
        made, takes_back = self._order(number), self.reduces(number)
        label = _ORDERS.get(made.status, "Canceled")
        code = label if label in {"Activated", "Canceled"} else "Activated"
        return self._row(
            "801", number, at, OrderNumber=f"{number + 100:08d}", AccountId=record_id("001", made.customer.number),
            Status="Activated" if takes_back else label, StatusCode="Activated" if takes_back else code,
            EffectiveDate=_day(at), Type="Web" if number % 2 else None, PoNumber=f"PO-{number}", OwnerId=owner(number),
            TotalAmount=-made.total if takes_back else made.total, CurrencyIsoCode=made.currency,
            IsReductionOrder=takes_back, OriginalOrderId=record_id("801", number - 1) if takes_back else None,
            **_address("Shipping", made.customer),
        )  # fmt: skip

    def item(self, number: int, at: datetime) -> SimRow:
        place, line_number = self.lines[number % len(self.lines)]
        made, takes_back = self._order(place), self.reduces(place)
        line = made.lines[line_number]
        sign = -1 if takes_back else 1
        original = number - len(made.lines) if takes_back and number < len(self.lines) else None
        return self._row(
            "802", number, at, OrderItemNumber=f"{number:010d}", OrderId=record_id("801", place),
            Product2Id=record_id("01t", line.product.number), Quantity=Decimal(sign * line.quantity),
            PricebookEntryId=record_id("01u", 2 * line.product.number), UnitPrice=line.unit_price,
            ListPrice=line.unit_price, TotalPrice=sign * line.total, CurrencyIsoCode=made.currency,
            ServiceDate=_day(at + timedelta(days=7)), OriginalOrderItemId=original and record_id("802", original),
        )  # fmt: skip

    def case(self, number: int, at: datetime) -> SimRow:
        made = self.company.customer(number % self.company.customers)
        status = _CASES[number % 5]
        return self._row(
            "500", number, at, CaseNumber=f"{number + 1000:08d}", Subject=f"Part {number} is late",
            AccountId=record_id("001", made.number), ContactId=record_id("003", made.number), Status=status,
            Priority=("Low", "Medium", "High", "Critical")[number % 4], Reason="Delivery", Origin="Email",
            IsClosed=status == "Closed", ClosedDate=stamp(at) if status == "Closed" else None, OwnerId=owner(number),
            CurrencyIsoCode=made.currency, Description="A long text\nof two lines",
        )  # fmt: skip

    def campaign(self, number: int, at: datetime) -> SimRow:
        return self._row(
            "701", number, at, Name=f"Fair {number}", Type="Trade Show", StartDate=_day(at), EndDate=_day(at),
            ActualCost=Decimal(number * 137 % 9_000) + Decimal("0.25"), NumberOfLeads=number % 40,
            OwnerId=owner(number), CurrencyIsoCode=_CORPORATE,
        )  # fmt: skip

    def location(self, number: int, at: datetime) -> SimRow:
        return self._row(
            "131", number, at, Name=f"Warehouse {number}", LocationType="Warehouse" if number % 2 == 0 else "Van",
            IsInventoryLocation=True, VisitorAddressId=record_id("130", number), OwnerId=owner(number),
            ParentLocationId=record_id("131", 0) if number else None, CurrencyIsoCode=_CORPORATE,
        )  # fmt: skip

    def address(self, number: int, at: datetime) -> SimRow:
        made = self.company.customer(number % self.company.customers)
        return self._row("130", number, at, ParentId=record_id("131", number), **_address("", made))

    def stock(self, number: int, at: datetime, *, locations: int) -> SimRow:
        product = number % self.company.products
        location = number // self.company.products % max(1, locations)
        return self._row(
            "1CJ", number, at, ProductItemNumber=f"PI-{number:04d}", Product2Id=record_id("01t", product),
            LocationId=record_id("131", location), QuantityOnHand=Decimal(self.company.on_hand(product, location)),
            QuantityUnitOfMeasure="Each", OwnerId=owner(number), CurrencyIsoCode=_CORPORATE,
        )  # fmt: skip

    def rate(self, number: int, at: datetime) -> SimRow:
        """Dated rates: each currency in turn, every other month."""
        code, value = list(CURRENCIES.items())[number % len(CURRENCIES)]
        month = 2 * (number // len(CURRENCIES))
        drift = Decimal(1) if code == _CORPORATE else 1 + Decimal(month % 7) / 100
        start, following = (
            _day(datetime(2024 + each // 12, each % 12 + 1, 1, tzinfo=UTC)) for each in (month, month + 2)
        )
        row = self._row("04w", number, at, IsoCode=code, StartDate=start, NextStartDate=following,
                        ConversionRate=Decimal(value) * drift)  # fmt: skip
        del row["IsDeleted"]
        return row

    def currency(self, number: int, at: datetime) -> SimRow:
        code, value = list(CURRENCIES.items())[number]
        row = self._row("01L", number, at, IsoCode=code, ConversionRate=Decimal(value), IsActive=True,
                        DecimalPlaces=0 if code == "JPY" else 2, IsCorporate=code == _CORPORATE)  # fmt: skip
        del row["IsDeleted"]
        return row

    def book(self, number: int, at: datetime) -> SimRow:
        name = ("Standard Price Book", "Resellers")[number]
        return self._row("01s", number, at, Name=name, IsStandard=number == 0, IsActive=True)

    def user(self, number: int, at: datetime) -> SimRow:
        return {"Id": owner(number), "Name": f"Sales Rep {number}", "Username": f"rep{number}@acme.example",
                "Email": f"rep{number}@acme.example", "SystemModstamp": stamp(at)}  # fmt: skip


def owner(number: int) -> str:
    """The id of a user."""
    return record_id("005", number % USERS)


def _address(prefix: str, made: Any) -> SimRow:
    return {
        f"{prefix}Street": f"{made.street}\nBuilding 4", f"{prefix}City": made.city, f"{prefix}State": None,
        f"{prefix}PostalCode": made.postal_code, f"{prefix}Country": None, f"{prefix}CountryCode": made.country,
    }  # fmt: skip


def _revenue(number: int, currency: str) -> Decimal:
    """A year's revenue, from four hundred thousand to some thirty million euros, in whole units and a half."""
    euros = Decimal(400_000) + Decimal(number * 7919 % 300) * 98_500
    return (euros * Decimal(CURRENCIES[currency])).quantize(Decimal(1)) + Decimal("0.5")


def _amount(number: int, currency: str) -> Decimal:
    return Decimal(number * 1_013 % 90_000) + (Decimal(0) if currency == "JPY" else Decimal("0.75"))


def _day(at: datetime) -> str:
    return at.date().isoformat()
