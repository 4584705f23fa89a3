"""The simulator's shop: rows as Magento sends them, each made from its number alone when it is asked for."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from connectors.magento.sim_facts import id_of, store_of
from connectors.magento.sim_orders import order_row
from hub.sdk.simulator import Company

Row = dict[str, Any]


class ShopData:
    """Customers, products and orders of a made-up company, sold by Magento."""

    def __init__(self, seed: int, *, customers: int, products: int, orders: int) -> None:
        self.customers, self.products, self.orders = customers, products, orders
        self.companies = (customers + 2) // 3
        self.company = Company(seed, customers=max(1, customers), products=max(1, products))

    # -- who buys ------------------------------------------------------------------------------------------------------

    def company_of(self, customer: int) -> int | None:
        """Number of the company that a customer belongs to."""
        return customer // 3 + 1 if customer % 3 == 0 and customer < self.customers else None

    def customer(self, slim: Row) -> Row:
        number = slim["number"]
        made = self.company.customer(number)
        key, company = slim["id"], self.company_of(number)
        address = {
            "id": 10 * key, "customer_id": key, "region": {"region_code": None, "region": None, "region_id": 0},
            "country_id": made.country, "street": [made.street, "Gate 2"][: 1 + number % 2], "telephone": made.phone,
            "postcode": made.postal_code, "city": made.city, "firstname": made.contact_first,
            "lastname": made.contact_last, "default_billing": True, "default_shipping": True,
            **({"company": made.legal_name} if number % 2 else {}),
        }  # fmt: skip
        attributes = {
            "company_id": company or 0,
            "customer_id": key,
            "job_title": "Buyer" if company else "",
            "status": 1,
        }
        return {
            "id": key, "group_id": 1 + number % 3, "default_billing": str(10 * key), "created_at": slim["created_at"],
            "updated_at": slim["updated_at"], "email": made.email, "firstname": made.contact_first,
            "lastname": made.contact_last, "store_id": store_of(made.currency), "website_id": 1,
            "taxvat": made.tax_id, "addresses": [] if number % 7 == 6 else [address],
            "extension_attributes": {"company_attributes": attributes} if number % 3 == 0 else [],
            "custom_attributes": [{"attribute_code": "erp_number", "value": f"{key:010d}{'*' * slim['touched']}"}],
        }  # fmt: skip

    def company_row(self, slim: Row) -> Row:
        made = self.company.customer(3 * slim["number"])
        return {
            "id": slim["id"], "status": slim["number"] % 4, "company_name": made.name + "*" * slim["touched"],
            "legal_name": made.legal_name, "company_email": made.email, "vat_tax_id": made.tax_id,
            "street": [made.street], "city": made.city, "country_id": made.country, "region": None, "region_id": "0",
            "postcode": made.postal_code, "telephone": made.phone, "customer_group_id": 2,
            "sales_representative_id": 2, "super_user_id": id_of(3 * slim["number"]),
        }  # fmt: skip

    # -- what is sold --------------------------------------------------------------------------------------------------

    def type_of(self, number: int) -> str:
        if number % 8 == 0 and number + 1 < self.products:
            return "configurable"
        if number % 8 == 4 and number + 2 < self.products:
            return "bundle"
        return "virtual" if number % 8 == 7 else "simple"

    def parts(self, number: int) -> list[int]:
        """Products that a configurable product or bundle consists of."""
        return {"configurable": [number + 1], "bundle": [number + 1, number + 2]}.get(self.type_of(number), [])

    def sku(self, number: int) -> str:
        sku = self.company.product(number).sku
        return f"{sku}/A B" if number % 11 == 3 else sku

    def product(self, slim: Row) -> Row:
        number = slim["number"]
        made = self.company.product(number)
        extension: Row = {
            "website_ids": [1],
            "category_links": [
                {"position": 0, "category_id": "2"},
                {"position": 0, "category_id": str(3 + number % 3)},
            ],
        }
        if self.type_of(number) == "configurable":
            extension["configurable_product_links"] = [id_of(part) for part in self.parts(number)]
        attributes = {
            "description": f"<p>{made.name} &amp; more</p>",
            "manufacturer": str(11 + number % 2),
            "color": "7",
        }
        if number % 5:
            attributes["cost"] = f"{made.cost:.6f}"
        return {
            "id": slim["id"], "sku": self.sku(number), "name": made.name + "*" * slim["touched"], "attribute_set_id": 4,
            "price": made.price, "status": 2 if number % 13 == 12 else 1, "visibility": 4,
            "type_id": self.type_of(number), "created_at": slim["created_at"], "updated_at": slim["updated_at"],
            "weight": Decimal("0.35"), "extension_attributes": extension, "product_links": [], "tier_prices": [],
            "custom_attributes": [{"attribute_code": code, "value": value} for code, value in attributes.items()],
        }  # fmt: skip

    def order(self, slim: Row) -> Row:
        return order_row(self, slim)
