"""Customers and companies of the simulated shop, each computed from its number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.shopify.simulator.money import SHOP_CURRENCY
from hub.sdk.simulator import Company
from hub.sdk.simulator.company import SimCustomer

Row = dict[str, Any]

CUSTOMER, COMPANY, CONTACT, LOCATION, ADDRESS = 700_000, 800_000, 810_000_000, 820_000, 900_000
"""Where the numbers of each kind begin."""


def gid(kind: str, number: int) -> str:
    return f"gid://shopify/{kind}/{number}"


def metafields(values: dict[tuple[str, str], str], owner: str) -> Callable[[Row], Row | None]:
    """A field that gives one custom field of many."""

    def read(args: Row) -> Row | None:
        space, key = args.get("namespace") or "app", args["key"]
        value = values.get((space, key))
        return (
            None if value is None else {"id": f"{owner}/{space}.{key}", "namespace": space, "key": key, "value": value}
        )

    return read


class Parties:
    """`lives(table, number)` tells whether the row of that number is still there, `stamps` when it was made and
    changed."""

    def __init__(
        self, company: Company, lives: Callable[[str, int], bool], stamps: Callable[[str, int], tuple[str, str]]
    ) -> None:
        self._company = company
        self._lives = lives
        self._stamps = stamps

    def customer(self, number: int, created: str, updated: str) -> Row:
        made = self._company.customer(number)
        key = gid("Customer", CUSTOMER + number)
        addresses = [self._address(made, number, place) for place in range(8 if number % 17 == 3 else 1 + number % 3)]
        return {
            "__typename": "Customer", "id": key, "legacyResourceId": str(CUSTOMER + number),
            "firstName": made.contact_first, "lastName": made.contact_last,
            "displayName": f"{made.contact_first} {made.contact_last}", "locale": "de" if number % 2 else "en-GB",
            "state": "ENABLED" if number % 3 else "DISABLED", "tags": ["b2b"] if number % 2 else [],
            "note": f"changed {updated}" if updated != created else None, "taxExempt": False,
            "createdAt": created, "updatedAt": updated, "numberOfOrders": "0" if number % 10 == 9 else "3",
            "amountSpent": {"amount": "120.5", "currencyCode": SHOP_CURRENCY},
            "defaultEmailAddress": {"emailAddress": made.email},
            "defaultPhoneNumber": {"phoneNumber": made.phone} if number % 4 else None,
            "defaultAddress": addresses[0], "addressesV2": addresses,
            "companyContactProfiles": lambda _: [self.contact(number)] if self.has_contact(number) else [],
            "metafield": metafields({("custom", "vat"): made.tax_id, ("erp", "debtor"): f"D{number}"}, key),
        }  # fmt: skip

    def has_contact(self, number: int) -> bool:
        """Whether person and company of a number belong together. Every fourth person buys alone."""
        return number % 4 != 3 and self._lives("companies", number) and self._lives("customers", number)

    def contact_id(self, number: int) -> str:
        return gid("CompanyContact", CONTACT + number)

    def contact(self, number: int) -> Row:
        at, _ = self._stamps("companies", number)
        return {
            "__typename": "CompanyContact", "id": self.contact_id(number), "title": "Buyer", "isMainContact": True,
            "locale": "en", "createdAt": at, "updatedAt": at,
            "company": lambda _: self.company(number, *self._stamps("companies", number)),
            "customer": lambda _: self.customer(number, *self._stamps("customers", number)),
        }  # fmt: skip

    def company(self, number: int, created: str, updated: str) -> Row:
        made = self._company.customer(number)
        has_contact = self.has_contact(number)
        return {
            "__typename": "Company", "id": gid("Company", COMPANY + number), "name": made.legal_name,
            "externalId": f"C-{number:05d}", "note": f"changed {updated}" if updated != created else None,
            "createdAt": created, "updatedAt": updated, "customerSince": created,
            "totalSpent": {"amount": "0.0" if number % 8 == 7 else "9800.0", "currencyCode": SHOP_CURRENCY},
            "mainContact": (lambda _: self.contact(number)) if has_contact else None,
            "contacts": (lambda _: [self.contact(number)]) if has_contact else [],
            "locations": lambda _: [self.location(number, place, created) for place in self.places(number)],
            "metafield": metafields({("custom", "segment"): made.industry}, gid("Company", COMPANY + number)),
        }  # fmt: skip

    def places(self, number: int) -> range:
        return range(7 if number % 11 == 5 else 1 + number % 2)

    def location(self, number: int, place: int, at: str) -> Row:
        made = self._company.customer(number)
        key = (LOCATION + number) * 10 + place
        address = {
            "__typename": "CompanyAddress", "id": gid("CompanyAddress", key), "address1": made.street, "address2": None,
            "city": made.city, "zip": made.postal_code, "zoneCode": None, "countryCode": made.country,
            "phone": made.phone,
        }  # fmt: skip
        return {
            "__typename": "CompanyLocation", "id": gid("CompanyLocation", key), "name": f"{made.name} {place + 1}",
            "externalId": None, "currency": made.currency, "locale": "en", "phone": made.phone, "createdAt": at,
            "updatedAt": at, "company": lambda _: self.company(number, at, at),
            "billingAddress": None if place % 3 == 2 else address, "shippingAddress": address,
            "taxSettings": {"taxExempt": False, "taxRegistrationId": made.tax_id if place == 0 else None},
        }  # fmt: skip

    def _address(self, made: SimCustomer, number: int, place: int) -> Row:
        return {
            "__typename": "MailingAddress",
            "id": f"gid://shopify/MailingAddress/{(ADDRESS + number) * 10 + place}?model_name=CustomerAddress",
            "name": f"{made.contact_first} {made.contact_last}", "company": made.legal_name, "address1": made.street,
            "address2": f"Gate {place}" if place else None, "city": made.city, "province": None, "provinceCode": None,
            "zip": made.postal_code, "country": made.country, "countryCodeV2": made.country, "phone": made.phone,
        }  # fmt: skip

    def ship_to(self, number: int) -> Row:
        return self._address(self._company.customer(number), number, 0)
