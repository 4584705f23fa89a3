"""The simulated environment's rows, each made from its number alone; money in the customer's currency and in EUR."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from hub.sdk.simulator import Company
from hub.sdk.simulator.company import SimCustomer, SimOrder
from hub.sdk.simulator.table import SimRow

RATES = {"EUR": "1", "USD": "1.1", "GBP": "0.85", "JPY": "160", "SEK": "11.25"}
"""Units of the currency for one EUR."""
_TAX = Decimal("0.19")
_CENT = Decimal("0.0001")
_KINDS = ("account", "contact", "lead", "opportunity", "product", "salesorder", "salesorderdetail", "invoice",
          "invoicedetail", "incident", "currency", "user", "unit", "organization")  # fmt: skip
_PREFIXES = {kind: f"{number:08x}-0000-4000-8000-" for number, kind in enumerate(_KINDS, start=1)}
_ORDERS = {"open": (0, 1), "paid": (1, 3), "shipped": (3, 100002), "completed": (4, 100003), "cancelled": (2, 4)}
_FAMILY_EVERY = 25
_PERSON_EVERY = 5
LINES = 4
"""Most lines of an order: a line's number is that of its order times this, and its place."""


def guid(kind: str, number: int) -> str:
    return f"{_PREFIXES[kind]}{number:012x}"


def currency_id(code: str) -> str:
    return _CURRENCY_IDS[code]


_CURRENCY_IDS = {code: guid("currency", place) for place, code in enumerate(RATES)}


class Rows:
    """Makes the rows of a seed."""

    def __init__(self, seed: int, size: int) -> None:
        self.company = Company(seed, customers=max(size, 1), products=max(size, 1))
        self._versions = 900_000

    def _stamps(self, moment: datetime, state: int = 0, reason: int = 1) -> dict[str, Any]:
        self._versions += 1
        return {
            "createdon": moment, "modifiedon": moment, "versionnumber": self._versions,
            "statecode": state, "statuscode": reason,
        }  # fmt: skip

    def account(self, number: int, moment: datetime) -> SimRow:
        customer = self.company.customer(number)
        second = number % 7 == 3
        return {
            "accountid": guid("account", number), "name": customer.legal_name, "accountnumber": f"A{number:05d}",
            "emailaddress1": customer.email, "telephone1": customer.phone,
            "websiteurl": f"https://{customer.email.partition('@')[2]}", "industrycode": 12, "sic": None,
            "accountcategorycode": 1 if number % 3 else None, "numberofemployees": 10 + number % 500,
            "revenue": Decimal(1000 * (number % 90 + 1)), "merged": False, "_primarycontactid_value": None,
            "revenue_base": _base(Decimal(1000 * (number % 90 + 1)), customer.currency),
            "_parentaccountid_value": guid("account", number - 1) if number % 10 == 9 else None,
            "address2_name": "Depot" if second else None,
            **_address("address1", customer), **_address("address2", customer if second else None),
            **self._stamps(moment, *((1, 2) if number % 50 == 49 else (0, 1))), **_owner(number),
            **_money(customer.currency),
        }  # fmt: skip

    def contact(self, number: int, moment: datetime) -> SimRow:
        customer = self.company.customer(number % self.company.customers)
        is_person = number % _PERSON_EVERY == 4
        first, last = customer.contact_first, customer.contact_last
        return {
            "contactid": guid("contact", number), "firstname": first, "lastname": last, "fullname": f"{first} {last}",
            "jobtitle": "Buyer", "department": None, "accountrolecode": 1, "emailaddress1": customer.email,
            "telephone1": customer.phone, "mobilephone": None, "merged": False,
            "_parentcustomerid_value": None if is_person else guid("account", customer.number),
            "_parentcustomerid_value.target": None if is_person else "account",
            **_address("address1", customer), **self._stamps(moment), **_owner(number), **_money(customer.currency),
        }  # fmt: skip

    def lead(self, number: int, moment: datetime) -> SimRow:
        customer = self.company.customer(number % self.company.customers)
        state, reason = ((0, 1), (0, 2), (1, 3), (2, 4))[number % 4]
        is_won = state == 1
        return {
            "leadid": guid("lead", number), "subject": f"Interest {number}",
            "fullname": f"{customer.contact_first} Lead",
            "companyname": customer.name, "jobtitle": None, "emailaddress1": customer.email, "mobilephone": None,
            "telephone1": customer.phone, "websiteurl": None, "industrycode": 1, "numberofemployees": None,
            "address1_country": customer.country, "leadsourcecode": 8, "_customerid_value": None,
            "_customerid_value.target": None, "_parentcontactid_value": None, "estimatedvalue": None,
            "_parentaccountid_value": guid("account", customer.number) if is_won else None,
            "_qualifyingopportunityid_value": guid("opportunity", number) if is_won else None,
            **self._stamps(moment, state, reason), **_owner(number),
        }  # fmt: skip

    def opportunity(self, number: int, moment: datetime) -> SimRow:
        customer = self.company.customer(number % self.company.customers)
        state, reason = ((0, 1), (1, 3), (2, 5), (0, 2))[number % 4]
        expected = Decimal(500 + number % 1000)
        won = expected - 5 if state == 1 else None
        return {
            "opportunityid": guid("opportunity", number), "name": f"Deal {number}",
            **_buyer("account", customer.number),
            "_parentcontactid_value": None, "_contactid_value": None, "salesstage": None,
            "stepname": "3-Propose" if state == 0 else "4-Close", "actualvalue": won, "estimatedvalue": expected,
            "closeprobability": 60, "_campaignid_value": None, "estimatedclosedate": (moment + timedelta(30)).date(),
            "actualclosedate": moment.date() if state else None, "amount": expected if won is None else won,
            **self._stamps(moment, state, reason), **_owner(number), **_money(customer.currency),
        }  # fmt: skip

    def product(self, number: int, moment: datetime) -> SimRow:
        product = self.company.product(number)
        return {
            "productid": guid("product", number), "productnumber": product.sku, "name": product.name,
            "description": f"{product.name} for trade", "vendorpartnumber": None, "vendorname": None,
            "_parentproductid_value": None, "producttypecode": 1,
            "productstructure": 2 if number % _FAMILY_EVERY == _FAMILY_EVERY - 1 else 1,
            **_unit("_defaultuomid_value"), "price": product.price, "currentcost": product.cost,
            "standardcost": product.cost if number % 2 else None, "isstockitem": True, "quantityonhand": None,
            **self._stamps(moment), **_money("EUR"),
        }  # fmt: skip

    def order(self, number: int, moment: datetime) -> SimRow:
        order = self.company.order(number)
        customer, currency = order.customer, order.currency
        state, reason = _ORDERS[order.status]
        lines = sum((self.net(order, place) for place in range(len(order.lines))), Decimal(0))
        tax = sum((self.tax(order, place) for place in range(len(order.lines))), Decimal(0))
        discount, freight = Decimal(number % 3), Decimal("4.90") if number % 2 else None
        total = lines - discount + tax + (freight or 0)
        is_person = number % 11 == 10
        buyer = 3 * number % self.company.customers
        return {
            "salesorderid": guid("salesorder", number), "ordernumber": f"ORD-{number:06d}", "name": f"Order {number}",
            **(_buyer("contact", buyer) if is_person else _buyer("account", customer.number)),
            "_accountid_value": None, "_contactid_value": None, "_opportunityid_value": None,
            "submitdate": None if state == 0 else moment, "requestdeliveryby": moment + timedelta(days=7),
            "datefulfilled": moment + timedelta(days=3) if state in {3, 4} else None, "shippingmethodcode": 2,
            "totallineitemamount": lines, "totaldiscountamount": discount, "totaltax": tax, "freightamount": freight,
            "totalamount": total, "totalamount_base": _base(total, currency),
            **_address("shipto", customer), **self._stamps(moment, state, reason), **_owner(number), **_money(currency),
        }  # fmt: skip

    def order_line(self, number: int, moment: datetime) -> SimRow:
        order, place = self.company.order(number // LINES), number % LINES
        line = order.lines[place % len(order.lines)]
        net, tax = self.net(order, place), self.tax(order, place)
        is_written_in = number % 13 == 12
        stamps = self._stamps(moment)
        return {
            "salesorderdetailid": guid("salesorderdetail", number),
            "_salesorderid_value": guid("salesorder", order.number),
            "lineitemnumber": place + 1, "sequencenumber": place + 1, "isproductoverridden": is_written_in,
            "_productid_value": None if is_written_in else guid("product", line.product.number),
            "_productid_value.label": None if is_written_in else line.product.name,
            "productdescription": "Installation" if is_written_in else None, "salesorderdetailname": None,
            "quantity": Decimal(line.quantity), "quantitycancelled": None, "quantityshipped": None,
            **_unit("_uomid_value"), "priceperunit": line.unit_price, "baseamount": line.total,
            "manualdiscountamount": line.total - net or None, "volumediscountamount": None, "tax": tax,
            "extendedamount": net + tax, "extendedamount_base": _base(net + tax, order.currency), "net": net,
            "requestdeliveryby": None, "_parentbundleidref_value": None,
            **{name: stamps[name] for name in ("createdon", "modifiedon", "versionnumber")}, **_money(order.currency),
        }  # fmt: skip

    def invoice(self, number: int, moment: datetime) -> SimRow:
        order = self.order(number, moment)
        state, reason = (2, 100001) if number % 4 else (0, 4)
        return {
            **{name: order[name] for name in order if name in _OF_ORDER or name.startswith("_customerid")},
            "invoiceid": guid("invoice", number), "invoicenumber": f"INV-{number:06d}", "name": f"Invoice {number}",
            "_salesorderid_value": order["salesorderid"], "duedate": (moment + timedelta(days=30)).date(),
            **self._stamps(moment, state, reason), **_owner(number),
        }  # fmt: skip

    def invoice_line(self, number: int, moment: datetime) -> SimRow:
        line = self.order_line(number, moment)
        return {
            **{name: line[name] for name in line if name in _OF_LINE or name.startswith(("_uomid", "_productid"))},
            "invoicedetailid": guid("invoicedetail", number), "_invoiceid_value": guid("invoice", number // LINES),
            "_salesorderdetailid_value": line["salesorderdetailid"],
        }  # fmt: skip

    def case(self, number: int, moment: datetime) -> SimRow:
        customer = self.company.customer(number % self.company.customers)
        state, reason = ((0, 1), (0, 2), (1, 5), (2, 6))[number % 4]
        return {
            "incidentid": guid("incident", number), "ticketnumber": f"CAS-{number:05d}", "title": f"Trouble {number}",
            **_buyer("account", customer.number), "_primarycontactid_value": None, "_contactid_value": None,
            "_productid_value": guid("product", number % self.company.products), "_productid_value.label": "Part",
            "prioritycode": number % 3 + 1, "casetypecode": 2, "caseorigincode": 1, "merged": False,
            **self._stamps(moment, state, reason), **_owner(number),
        }  # fmt: skip

    def currency(self, number: int, moment: datetime) -> SimRow:
        code, rate = list(RATES.items())[number]
        return {
            "transactioncurrencyid": currency_id(code), "isocurrencycode": code, "currencyname": code,
            "currencyprecision": 0 if code == "JPY" else 2, "exchangerate": Decimal(rate), **self._stamps(moment),
        }  # fmt: skip

    def net(self, order: SimOrder, place: int) -> Decimal:
        line = order.lines[place % len(order.lines)]
        return line.total - (1 if (order.number + place) % 6 == 5 else 0)

    def tax(self, order: SimOrder, place: int) -> Decimal:
        return (self.net(order, place) * _TAX).quantize(Decimal("0.01"))


_OF_ORDER = {"totaltax", "totalamount", "totalamount_base", "currency", "_transactioncurrencyid_value", "exchangerate"}
_OF_LINE = {"quantity", "tax", "extendedamount", "net", "currency", "createdon", "modifiedon", "versionnumber",
            "_transactioncurrencyid_value", "exchangerate"}  # fmt: skip


def _base(amount: Decimal, currency: str) -> Decimal:
    return (amount / Decimal(RATES[currency])).quantize(_CENT)


def _money(currency: str) -> dict[str, Any]:
    """`currency` is for the truth: Dataverse sends the id alone."""
    return {
        "_transactioncurrencyid_value": currency_id(currency), "exchangerate": Decimal(RATES[currency]),
        "currency": currency,
    }  # fmt: skip


def _owner(number: int) -> dict[str, Any]:
    return {"_ownerid_value": guid("user", number % 3), "_ownerid_value.label": f"Seller {number % 3}"}


def _unit(column: str) -> dict[str, Any]:
    return {column: guid("unit", 0), f"{column}.label": "Primary Unit"}


def _buyer(kind: str, number: int) -> dict[str, Any]:
    return {"_customerid_value": guid(kind, number), "_customerid_value.target": kind}


def _address(prefix: str, customer: SimCustomer | None) -> dict[str, Any]:
    values = {} if customer is None else {
        "line1": customer.street, "city": customer.city, "postalcode": customer.postal_code,
        "country": customer.country,
    }  # fmt: skip
    names = ("line1", "line2", "city", "stateorprovince", "postalcode", "country")
    return {f"{prefix}_{name}": values.get(name) for name in names}
