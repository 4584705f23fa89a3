"""Orders of the simulated shop, each computed from its number: lines, taxes, discounts, shipments, refunds, returns."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Any

from connectors.shopify.simulator.goods import Goods, variant_id
from connectors.shopify.simulator.money import SHOP_CURRENCY, bag, rounded
from connectors.shopify.simulator.parties import COMPANY, CUSTOMER, Parties, gid
from hub.sdk.simulator import Company

Row = dict[str, Any]

ORDER, LINE, PARCEL, REFUND, RETURN = 1_000_000, 20_000_000, 30_000_000, 40_000_000, 50_000_000
_FINANCIAL = {"open": "PENDING", "cancelled": "VOIDED"}
_MANY_LINES = 23
PARTS = ("fulfillments", "refunds", "returns")
"""Lists of an order whose rows are nodes of their own."""


@dataclass(frozen=True)
class Line:
    """One line with its amounts in the customer's currency. `tax` is inside of `after` where the order says so."""

    place: int
    product: int
    quantity: int
    unit_price: Decimal
    discount: Decimal
    tax: Decimal

    @property
    def gross(self) -> Decimal:
        return self.unit_price * self.quantity

    @property
    def after(self) -> Decimal:
        return self.gross - self.discount


@dataclass(frozen=True)
class Refunded:
    """One line of a refund: pieces, price after discounts, tax."""

    place: int
    line: Line
    quantity: int
    subtotal: Decimal
    tax: Decimal


class Order:
    """What an order of a number is, before it is written as the vendor does."""

    def __init__(self, company: Company, number: int) -> None:
        self.number = number
        self.made = company.order(number)
        self.currency = self.made.currency
        self.includes_tax = number % 3 == 0
        self.status = self.made.status
        self.buyer = self.made.customer.number

    @cached_property
    def lines(self) -> list[Line]:
        made = self.made.lines
        many = range(_MANY_LINES) if self.number % 9 == 4 else range(len(made))
        return [self._line(place, made[place % len(made)], len(many)) for place in many]

    def _line(self, place: int, made: Any, count: int) -> Line:
        gross = made.unit_price * made.quantity
        discount = Decimal(0)
        if self.number % 4 == 1 and place == 0:
            discount += rounded(gross / 20, self.currency)
        if self.number % 5 == 2 and place == count - 1:  # its share of a discount on the whole order
            discount += min(rounded(Decimal(10), self.currency), gross)
        after, rate = gross - discount, Decimal(0) if self.number % 6 == 5 else Decimal("0.19")
        tax = rounded(after - after / (1 + rate) if self.includes_tax else after * rate, self.currency)
        return Line(place, made.product.number, made.quantity, made.unit_price, discount, tax)

    def money(self, amount: Decimal) -> Row:
        return bag(amount, self.currency)

    @property
    def tax(self) -> Decimal:
        return sum((line.tax for line in self.lines), Decimal(0))

    @property
    def subtotal(self) -> Decimal:
        """After discounts; with tax where prices have it inside."""
        return sum((line.after for line in self.lines), Decimal(0))

    @property
    def shipping(self) -> Decimal:
        return rounded(Decimal(2400 if self.currency == "JPY" else 15), self.currency)

    @property
    def total(self) -> Decimal:
        return self.subtotal + self.shipping + (0 if self.includes_tax else self.tax)

    def net(self, line: Line) -> Decimal:
        return line.after - (line.tax if self.includes_tax else 0)

    # -- what happened to it ---------------------------------------------------------------------------------------

    @property
    def is_shipped(self) -> bool:
        return self.status in {"shipped", "completed"}

    @cached_property
    def parcels(self) -> list[list[tuple[Line, int]]]:
        """One, or four of which three hold one piece each."""
        if not self.is_shipped:
            return []
        first, *others = self.lines
        rest = [(line, line.quantity) for line in others]
        if self.number % 12 == 5 and first.quantity >= 4:
            return [[(first, 1)], [(first, 1)], [(first, 1)], [(first, first.quantity - 3), *rest]]
        return [[(first, first.quantity), *rest]]

    @cached_property
    def refunds(self) -> list[tuple[str, list[Refunded]]]:
        """(kind of restocking, lines) of each refund."""
        first = self.lines[0]
        if self.status == "paid" and self.number % 5 == 1:
            return [("CANCEL", [self._refunded(0, first, 1)])]
        if self.status != "completed":
            return []
        if self.number % 20 == 15 and first.quantity >= 4:
            return [("RETURN", [self._refunded(0, first, 1)]) for _ in range(4)]
        if self.number % 5 == 0:
            return [("RETURN", [self._refunded(place, line, 1) for place, line in enumerate(self.lines[:7])])]
        return []

    def _refunded(self, place: int, line: Line, quantity: int) -> Refunded:
        share = Decimal(quantity) / line.quantity
        return Refunded(
            place, line, quantity, rounded(line.after * share, self.currency), rounded(line.tax * share, self.currency)
        )

    @cached_property
    def returns(self) -> int:
        """How many returns are open, each of one piece of the last line."""
        if self.status != "completed" or self.refunds or self.lines[-1].quantity < 3:
            return 0
        return 3 if self.number % 21 == 0 else int(self.number % 7 == 0)

    @property
    def refunded(self) -> Decimal:
        return sum(
            (each.subtotal + (0 if self.includes_tax else each.tax) for _, lines in self.refunds for each in lines),
            Decimal(0),
        )


class Sales:
    def __init__(self, company: Company, parties: Parties, goods: Goods) -> None:
        self._company = company
        self._parties = parties
        self._goods = goods
        self.deal = lru_cache(4096)(self._deal)

    def _deal(self, number: int) -> Order:
        return Order(self._company, number)

    def parts(self, field: str, number: int, created: str, updated: str) -> list[Row]:
        """What an order shows in one of its lists of fulfillments, refunds and returns."""
        deal = self.deal(number)
        if field == "fulfillments":
            return self._parcels(deal, created, updated)
        return self._refunds(deal, updated) if field == "refunds" else self._returns(deal, updated)

    def order(self, number: int, created: str, updated: str) -> Row:
        deal = self.deal(number)
        cancelled = deal.status == "cancelled"
        shop = self._parties.ship_to(deal.buyer)
        return {
            "__typename": "Order", "id": gid("Order", ORDER + number), "legacyResourceId": str(ORDER + number),
            "name": f"#{1001 + number}", "number": 1001 + number, "email": deal.made.customer.email, "phone": None,
            "note": None, "tags": [], "poNumber": f"PO-{number}-{updated}",
            "sourceName": "web" if number % 4 else "pos",
            "test": number % 50 == 49, "taxesIncluded": deal.includes_tax, "currencyCode": SHOP_CURRENCY,
            "presentmentCurrencyCode": deal.currency, "createdAt": created, "updatedAt": updated,
            "processedAt": created, "closedAt": updated if deal.status == "completed" else None,
            "cancelledAt": updated if cancelled else None, "cancelReason": "CUSTOMER" if cancelled else None,
            "displayFinancialStatus": "PARTIALLY_REFUNDED" if deal.refunds else _FINANCIAL.get(deal.status, "PAID"),
            "displayFulfillmentStatus": "FULFILLED" if deal.is_shipped else "UNFULFILLED",
            "returnStatus": "IN_PROGRESS" if deal.returns else "NO_RETURN",
            "customer": None if number % 16 == 6 else {"id": gid("Customer", CUSTOMER + deal.buyer)},
            "purchasingEntity": self._purchaser(deal), "shippingAddress": shop, "billingAddress": shop,
            "subtotalPriceSet": deal.money(deal.subtotal), "totalShippingPriceSet": deal.money(deal.shipping),
            "totalDiscountsSet": deal.money(sum((line.discount for line in deal.lines), Decimal(0))),
            "totalTaxSet": deal.money(deal.tax), "totalPriceSet": deal.money(deal.total),
            "currentTotalPriceSet": deal.money(deal.total - deal.refunded),
            "totalRefundedSet": deal.money(deal.refunded),
            "lineItems": lambda _: [self._line(deal, line) for line in deal.lines],
            **{name: lambda _, name=name: self.parts(name, number, created, updated) for name in PARTS},
            "metafield": lambda _: None,
        }  # fmt: skip

    def _purchaser(self, deal: Order) -> Row | None:
        if deal.number % 16 == 6:
            return None
        if not self.buys_for_company(deal):
            return {"__typename": "Customer", "id": gid("Customer", CUSTOMER + deal.buyer)}
        contact = self._parties.contact_id(deal.buyer)
        return {
            "__typename": "PurchasingCompany", "company": {"id": gid("Company", COMPANY + deal.buyer)},
            "contact": {"id": contact}, "location": {"id": self._parties.location(deal.buyer, 0, "")["id"]},
        }  # fmt: skip

    @staticmethod
    def buys_for_company(deal: Order) -> bool:
        return deal.number % 3 != 1 and deal.buyer % 4 != 3

    def line_id(self, deal: Order, line: Line) -> str:
        return gid("LineItem", LINE + deal.number * 100 + line.place)

    def _brief(self, deal: Order, line: Line) -> Row:
        return {
            "id": self.line_id(deal, line), "sku": self._goods.sku(line.product, 0),
            "variant": {"id": variant_id(line.product, 0)}, "product": {"id": gid("Product", 500_000 + line.product)},
        }  # fmt: skip

    def _line(self, deal: Order, line: Line) -> Row:
        removed = sum(each.quantity for _, lines in deal.refunds for each in lines if each.line is line)
        name = self._company.product(line.product).name
        return {
            **self._brief(deal, line), "__typename": "LineItem", "name": name, "title": name,
            "quantity": line.quantity, "currentQuantity": line.quantity - removed,
            "unfulfilledQuantity": 0 if deal.is_shipped else line.quantity - removed, "isGiftCard": False,
            "originalUnitPriceSet": deal.money(line.unit_price), "originalTotalSet": deal.money(line.gross),
            "discountedTotalSet": deal.money(line.gross),
            "discountAllocations": [{"allocatedAmountSet": deal.money(line.discount)}] if line.discount else [],
            "taxLines": [{"title": "VAT", "rate": 0.19, "priceSet": deal.money(line.tax)}] if line.tax else [],
        }  # fmt: skip

    def parcel_id(self, deal: Order, place: int) -> int:
        return PARCEL + deal.number * 10 + place

    def _parcels(self, deal: Order, created: str, updated: str) -> list[Row]:
        delivered = deal.status == "completed"
        return [
            {
                "__typename": "Fulfillment", "id": gid("Fulfillment", self.parcel_id(deal, place)),
                "name": f"#{1001 + deal.number}.{place + 1}", "status": "SUCCESS",
                "displayStatus": "DELIVERED" if delivered else "IN_TRANSIT", "createdAt": created,
                "updatedAt": updated, "inTransitAt": created, "deliveredAt": updated if delivered else None,
                "estimatedDeliveryAt": updated, "totalQuantity": sum(pieces for _, pieces in lines),
                "location": {"id": gid("Location", 600_000)},
                "trackingInfo": [{"company": "DHL", "number": f"T{deal.number}-{place}", "url": None}],
                "fulfillmentLineItems": [
                    {
                        "__typename": "FulfillmentLineItem",
                        "id": gid("FulfillmentLineItem", self.parcel_id(deal, place) * 100 + line.place),
                        "quantity": pieces, "lineItem": self._brief(deal, line),
                    }
                    for line, pieces in lines
                ],
            }
            for place, lines in enumerate(deal.parcels)
        ]  # fmt: skip

    def refund_line_id(self, deal: Order, refund: int, place: int) -> str:
        return gid("RefundLineItem", (REFUND + deal.number * 10 + refund) * 100 + place)

    def _refunds(self, deal: Order, updated: str) -> list[Row]:
        return [
            {
                "__typename": "Refund", "id": gid("Refund", REFUND + deal.number * 10 + number),
                "note": "too large", "createdAt": updated, "processedAt": updated, "updatedAt": updated,
                "totalRefundedSet": deal.money(sum((each.subtotal for each in lines), Decimal(0))),
                "refundLineItems": [
                    {
                        "id": self.refund_line_id(deal, number, each.place), "quantity": each.quantity,
                        "restockType": kind, "restocked": kind == "RETURN",
                        "location": {"id": gid("Location", 600_000)},
                        "lineItem": self._brief(deal, each.line), "subtotalSet": deal.money(each.subtotal),
                        "totalTaxSet": deal.money(each.tax),
                    }
                    for each in lines
                ],
            }
            for number, (kind, lines) in enumerate(deal.refunds)
        ]  # fmt: skip

    def return_line_id(self, deal: Order, place: int) -> str:
        return gid("ReturnLineItem", RETURN + deal.number * 10 + place)

    def _returns(self, deal: Order, updated: str) -> list[Row]:
        line = deal.lines[-1]
        parcel = self.parcel_id(deal, len(deal.parcels) - 1)
        return [
            {
                "__typename": "Return", "id": gid("Return", RETURN + deal.number * 10 + place),
                "name": f"#{1001 + deal.number}-R{place + 1}", "status": "OPEN", "createdAt": updated,
                "closedAt": None, "totalQuantity": 1,
                "returnLineItems": [
                    {
                        "__typename": "ReturnLineItem", "id": self.return_line_id(deal, place), "quantity": 1,
                        "refundedQuantity": 0, "returnReasonNote": "does not fit",
                        "fulfillmentLineItem": {
                            "id": gid("FulfillmentLineItem", parcel * 100 + line.place),
                            "quantity": line.quantity, "lineItem": self._brief(deal, line),
                        },
                    }
                ],
            }
            for place in range(deal.returns)
        ]  # fmt: skip
