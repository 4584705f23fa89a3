"""Partners and contacts of the simulated system."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from connectors.sap.simulation.rows import Rows
from hub.sdk.simulator import Company

NO_END = date(9999, 12, 31)
_FOREVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
_CATEGORIES = {"person": "1", "organisation": "2"}


def currency_of(company: Company, number: int) -> str:
    """Some customers are in Kuwait, whose dinar has three decimals."""
    return "KWD" if number % 13 == 12 else company.customer(number).currency


def customer_number(number: int) -> str:
    """Most have the number of their partner; some came from an older system."""
    return str(2000 + number) if number % 7 == 5 else str(10100001 + number)


def supplier_number(number: int) -> str:
    return str(10300001 + number)


def add_customer(rows: Rows, company: Company, number: int, moment: datetime) -> dict[str, Any]:
    """A customer, its address and sales area, its contact person. Some supply, too; some were never changed."""
    made, partner = company.customer(number), str(10100001 + number)
    customer = customer_number(number)
    supplier = partner if number % 11 == 3 else ""
    row = rows.add(
        "A_BusinessPartner", BusinessPartner=partner, Customer=customer, Supplier=supplier,
        BusinessPartnerCategory=_CATEGORIES["organisation"], BusinessPartnerFullName=made.legal_name[:81],
        OrganizationBPName1=made.legal_name[:40], SearchTerm1=made.name[:20].upper(), Language="DE",
        BusinessPartnerIsBlocked=number % 17 == 9, **stamps(number, moment),
    )  # fmt: skip
    rows.add(
        "A_Customer", Customer=customer, OrderIsBlockedForCustomer="01" if number % 19 == 4 else "",
        VATRegistration=made.tax_id[:20], CustomerClassification="A",
    )  # fmt: skip
    rows.add(
        "A_CustomerSalesArea", Customer=customer, SalesOrganization="1010", DistributionChannel="10", Division="00",
        Currency=currency_of(company, number), CustomerGroup="02",
    )  # fmt: skip
    if supplier:
        _add_supplier(rows, supplier, made.currency)
    _add_place(rows, partner, f"2{number:05d}", made, is_main=True)
    if number % 3 == 0:
        _add_place(rows, partner, f"3{number:05d}", made, is_main=False)
    rows.add(
        "A_BusinessPartnerTaxNumber",
        BusinessPartner=partner,
        BPTaxType=f"{made.country}0",
        BPTaxNumber=made.tax_id[:20],
    )
    return row


def add_supplier(rows: Rows, company: Company, number: int, moment: datetime) -> dict[str, Any]:
    """Somebody who only supplies."""
    made, partner = company.customer(number + 1000), supplier_number(number)
    row = rows.add(
        "A_BusinessPartner", BusinessPartner=partner, Supplier=partner, BusinessPartnerCategory="2",
        BusinessPartnerFullName=f"{made.legal_name} Supplies"[:81], OrganizationBPName1=made.legal_name[:40],
        **stamps(number, moment),
    )  # fmt: skip
    _add_supplier(rows, partner, made.currency)
    _add_place(rows, partner, f"4{number:05d}", made, is_main=True)
    return row


def _add_supplier(rows: Rows, supplier: str, currency: str) -> None:
    rows.add("A_Supplier", Supplier=supplier, PurchasingIsBlocked=supplier.endswith("9"))
    rows.add(
        "A_SupplierPurchasingOrg", Supplier=supplier, PurchasingOrganization="1010", PurchaseOrderCurrency=currency
    )


def _add_place(rows: Rows, partner: str, address: str, made: Any, *, is_main: bool) -> None:
    street, _, house = made.street.partition(" ")
    rows.add(
        "A_BusinessPartnerAddress", BusinessPartner=partner, AddressID=address, StreetName=street, HouseNumber=house,
        CityName=made.city, PostalCode=made.postal_code, Country=made.country, ValidityEndDate=_FOREVER,
        ValidityStartDate=datetime(2020, 1, 1, tzinfo=UTC), AddressTimeZone="CET",
    )  # fmt: skip
    rows.add(
        "A_BuPaAddressUsage", BusinessPartner=partner, ValidityEndDate=_FOREVER, AddressID=address,
        AddressUsage="XXDEFAULT" if is_main else "SHIP_TO", StandardUsage=is_main,
    )  # fmt: skip
    own = {"AddressID": address, "OrdinalNumber": "1"}
    rows.add("A_AddressEmailAddress", **own, IsDefaultEmailAddress=True, EmailAddress=made.email)
    rows.add(
        "A_AddressPhoneNumber", **own, IsDefaultPhoneNumber=True, PhoneNumber=made.phone[3:],
        InternationalPhoneNumber=made.phone,
    )  # fmt: skip


def add_contact(rows: Rows, company: Company, number: int, moment: datetime) -> dict[str, Any]:
    """The contact person of a customer: a partner, too, and the relationship between the two."""
    made, company_number, person = company.customer(number), str(10100001 + number), str(9980000001 + number)
    rows.add(
        "A_BusinessPartner", BusinessPartner=person, BusinessPartnerCategory=_CATEGORIES["person"],
        FirstName=made.contact_first, LastName=made.contact_last,
        PersonFullName=f"{made.contact_first} {made.contact_last}",
        BusinessPartnerFullName=f"{made.contact_first} {made.contact_last}", **stamps(number, moment),
    )  # fmt: skip
    key = {
        "RelationshipNumber": str(100 + number // 2), "BusinessPartnerCompany": company_number,
        "BusinessPartnerPerson": person, "ValidityEndDate": NO_END,
    }  # fmt: skip
    rows.add("A_BPContactToFuncAndDept", **key, ContactPersonFunctionName="Purchasing manager",
             ContactPersonDepartmentName="Purchasing", EmailAddress=made.email)  # fmt: skip
    return rows.add(
        "A_BusinessPartnerContact", **key, ValidityStartDate=date(2024, 1, 1), IsStandardRelationship=True,
        RelationshipCategory="BUR001",
    )  # fmt: skip


def stamps(number: int, moment: datetime) -> dict[str, Any]:
    """Date and time apart; the change is empty where there was none."""
    created = {"CreationDate": moment.date(), "CreationTime": moment.time().replace(microsecond=0)}
    return created if number % 3 == 1 else {**created, **changed(moment)}


def changed(moment: datetime) -> dict[str, Any]:
    return {"LastChangeDate": moment.date(), "LastChangeTime": time(moment.hour, moment.minute, moment.second)}
