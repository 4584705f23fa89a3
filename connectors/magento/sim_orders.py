"""Orders, shipments and credit memos of the simulated shop, with sums that are right to the cent."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from connectors.magento.sim_facts import RATES, SOURCES, id_of, store_of

if TYPE_CHECKING:
    from connectors.magento.sim_data import ShopData

Row = dict[str, Any]

_NONE = Decimal(0)
_STATE = {
    "open": "new", "paid": "processing", "shipped": "processing", "completed": "complete", "cancelled": "canceled",
}  # fmt: skip
_SHIPPED = {"shipped", "completed"}


def cents(value: Decimal, currency: str) -> Decimal:
    return value.quantize(Decimal(1) if currency == "JPY" else Decimal("0.01"), ROUND_HALF_UP)


def _sums(items: list[Row]) -> dict[str, Decimal]:
    return {name: sum((item[name] for item in items), _NONE) for name in ("row_total", "discount_amount", "tax_amount")}


def order_row(shop: ShopData, slim: Row) -> Row:
    """An order of the shop as `/V1/orders` shows it."""
    number, key = slim["number"], slim["entity_id"]
    made = shop.company.order(number)
    buyer, currency, state = made.customer, made.currency, _STATE[made.status]
    rate = RATES[currency]
    items = list(_items(shop, slim, made, currency))
    tops = [item for item in items if not item.get("parent_item_id")]
    money = {
        name: sum((item[name] for item in items), _NONE) for name in ("row_total", "discount_amount", "tax_amount")
    }
    shipping = _NONE if all(item["is_virtual"] for item in tops) else cents(Decimal("5.40") * rate, currency)
    total = money["row_total"] - money["discount_amount"] + money["tax_amount"] + shipping
    is_guest = number % 10 == 9
    company = None if is_guest else shop.company_of(buyer.number)
    address = {
        "firstname": buyer.contact_first, "lastname": buyer.contact_last, "street": [buyer.street], "city": buyer.city,
        "postcode": buyer.postal_code, "country_id": buyer.country, "telephone": buyer.phone, "region": None,
        **({"company": buyer.legal_name} if number % 2 else {}),
    }  # fmt: skip
    shipped_to = {
        "shipping": {"address": {**address, "address_type": "shipping"}, "method": "flatrate_flatrate"},
        "items": items,
    }
    row = {
        "entity_id": key, "increment_id": f"{key:09d}", "state": state, "status": f"{state}_shop",
        "created_at": slim["created_at"], "updated_at": slim["updated_at"], "store_id": store_of(currency),
        "customer_is_guest": int(is_guest), "customer_email": buyer.email, "base_currency_code": "EUR",
        "order_currency_code": currency, "base_to_order_rate": rate, "subtotal": money["row_total"],
        "discount_amount": -money["discount_amount"], "tax_amount": money["tax_amount"], "shipping_amount": shipping,
        "grand_total": total, "base_grand_total": cents(total / rate, "EUR"),
        "shipping_description": "Flat Rate - Fixed",
        "billing_address": address, "items": items,
        "payment": {"method": "purchaseorder", "po_number": f"PO-{number}{'*' * slim['touched']}"},
        "extension_attributes": {"shipping_assignments": [] if shipping == 0 else [shipped_to]},
    }  # fmt: skip
    if not is_guest:
        row["customer_id"] = id_of(buyer.number)
    if company:
        row["extension_attributes"]["company_order_attributes"] = {"order_id": key, "company_id": company}
    if state in {"processing", "complete"}:
        row["total_paid"] = total
    if state == "canceled":
        row["total_canceled"] = total
    if memo := _memo_sums(shop, slim, row):
        row["total_refunded"] = memo["grand_total"]
    return row


def _items(shop: ShopData, slim: Row, made: Any, currency: str) -> Iterator[Row]:
    key = slim["entity_id"] * 100
    tax_rate = Decimal("0.19") if made.customer.country == "DE" else _NONE
    off = Decimal("0.1") if made.number % 4 == 0 else _NONE
    for line in made.lines:
        number, quantity = line.product.number, line.quantity
        kind, parts = shop.type_of(number), shop.parts(number)
        key += 10
        discount = cents(line.total * off, currency)
        tax = cents((line.total - discount) * tax_rate, currency)
        whole = {
            "item_id": key, "order_id": slim["entity_id"], "product_id": id_of(number), "sku": shop.sku(number),
            "name": line.product.name, "product_type": kind, "is_virtual": int(kind == "virtual"),
            "price": line.unit_price, "base_cost": line.product.cost, "row_total": line.total,
            "discount_amount": discount, "tax_amount": tax, **_quantities(made, quantity, kind),
        }  # fmt: skip
        if kind == "configurable":
            whole["sku"] = shop.sku(parts[0])
        money = {"row_total": line.total, "discount_amount": discount, "tax_amount": tax, "price": line.unit_price}
        nothing = dict.fromkeys(money, _NONE)
        yield {**whole, **nothing} if kind == "bundle" else whole
        for place, part in enumerate(parts):
            of_part = {
                "parent_item_id": key,
                "item_id": key + 1 + place,
                "product_id": id_of(part),
                "sku": shop.sku(part),
            }
            carries = money if kind == "bundle" and place == 0 else nothing
            yield {**whole, **of_part, "sku": shop.sku(part), "product_type": "simple", **carries}


def _quantities(made: Any, quantity: int, kind: str) -> Row:
    """What has not happened yet is left out, as Magento does."""
    found: Row = {"qty_ordered": quantity}
    if made.status == "cancelled":
        found["qty_canceled"] = quantity
    if made.status in _SHIPPED and kind != "virtual":
        found["qty_shipped"] = max(1, quantity // 2) if _is_partial(made) else quantity
    return found


def _is_partial(made: Any) -> bool:
    return bool(made.status == "shipped" and made.number % 2)


def has_shipment(shop: ShopData, number: int) -> bool:
    made = shop.company.order(number)
    return made.status in _SHIPPED and any(shop.type_of(line.product.number) != "virtual" for line in made.lines)


def shipment_row(shop: ShopData, slim: Row, order: Row) -> Row:
    """The one shipment of an order. Parts of a product are not listed beside it."""
    key = slim["entity_id"]
    lines = [item for item in order["items"] if not item.get("parent_item_id") and "qty_shipped" in item]
    track = {
        "entity_id": key,
        "parent_id": key,
        "track_number": f"0034{key:016d}",
        "title": "DHL",
        "carrier_code": "dhl",
    }
    tracks = ([track] if slim["number"] % 5 else []) + slim.get("late_tracks", [])
    return {
        "entity_id": key, "increment_id": f"{key:09d}", "order_id": order["entity_id"], "store_id": order["store_id"],
        "created_at": slim["created_at"], "updated_at": slim["updated_at"], "tracks": tracks, "comments": [],
        "shipment_status": 1 + slim["touched"],
        "extension_attributes": {"source_code": SOURCES[slim["number"] % len(SOURCES)]},
        "items": [
            {
                "entity_id": key * 100 + place, "parent_id": key, "order_item_id": item["item_id"],
                "product_id": item["product_id"], "sku": item["sku"], "qty": item["qty_shipped"],
            }
            for place, item in enumerate(lines)
        ],
    }  # fmt: skip


def has_memo(shop: ShopData, number: int) -> bool:
    return number % 3 == 0 and shop.company.order(number).status == "completed"


def _memo_sums(shop: ShopData, slim: Row, order: Row) -> Row | None:
    """The first line comes back in full; of some the shipping, and of some a fee is kept."""
    number = slim["number"]
    if not has_memo(shop, number):
        return None
    first = order["items"][0]["item_id"]
    lines = [item for item in order["items"] if first in {item["item_id"], item.get("parent_item_id")}]
    sums = _sums(lines)
    shipping = order["shipping_amount"] if number % 2 else _NONE
    fee = (
        cents(Decimal("1.50") * order["base_to_order_rate"], order["order_currency_code"]) if number % 4 == 0 else _NONE
    )
    total = sums["row_total"] - sums["discount_amount"] + sums["tax_amount"] + shipping - fee
    return {
        "subtotal": sums["row_total"], "discount_amount": -sums["discount_amount"], "tax_amount": sums["tax_amount"],
        "shipping_amount": shipping, "adjustment_negative": fee, "grand_total": total, "lines": lines,
    }  # fmt: skip


def memo_row(shop: ShopData, slim: Row, order: Row) -> Row:
    """The credit memo of an order, which lists parts beside what they are parts of, as Magento does."""
    sums, key = _memo_sums(shop, slim, order), slim["entity_id"]
    assert sums is not None, "only orders with a memo have a row"
    copied = ("product_id", "sku", "name", "price", "base_cost", "row_total", "discount_amount", "tax_amount")
    return {
        "entity_id": key, "increment_id": f"{key:09d}{'*' * slim['touched']}", "order_id": order["entity_id"],
        "state": 2, "store_id": order["store_id"], "base_currency_code": "EUR",
        "order_currency_code": order["order_currency_code"], "created_at": slim["created_at"],
        "updated_at": slim["updated_at"], "comments": [],
        **{name: value for name, value in sums.items() if name != "lines"},
        "items": [
            {
                "entity_id": key * 100 + place, "parent_id": key, "order_item_id": item["item_id"],
                "qty": item["qty_ordered"], **{name: item[name] for name in copied},
            }
            for place, item in enumerate(sums["lines"])
        ],
    }  # fmt: skip
