"""What the hub must hold after a full read, told by the numbers the shop is made of and not by what it answers."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from connectors.shopify.simulator.goods import variant_count, variant_id
from connectors.shopify.simulator.parties import gid

if TYPE_CHECKING:
    from connectors.shopify.simulator import ShopifySimulator

Facts = dict[str, Any]


class _Known:
    """Ids, and sums of an amount by currency, of one entity."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.sums: dict[str, Decimal] = {}

    def add(self, key: str, amount: Decimal | None = None, currency: str = "") -> None:
        self.ids.append(key)
        if amount is not None:
            self.sums[currency] = self.sums.get(currency, Decimal(0)) + amount

    def facts(self) -> Facts:
        sums = {code: f"{total.normalize():f}" for code, total in sorted(self.sums.items())}
        return {"count": len(self.ids), "ids": self.ids, "sums": sums}


_ENTITIES = ("customers", "contacts", "addresses", "products", "locations", "stock_levels",
             "orders", "order_lines", "shipments", "shipment_lines", "returns")  # fmt: skip


def truth(shop: ShopifySimulator) -> Facts:
    known = {name: _Known() for name in _ENTITIES}
    _parties(shop, known)
    _goods(shop, known)
    for row in _rows(shop, "orders"):
        if shop.sees(row):
            _order(shop, row["n"], known)
    return {name: each.facts() for name, each in known.items()}


def _rows(shop: ShopifySimulator, table: str) -> Iterable[Facts]:
    return shop.tables[table].rows


def _parties(shop: ShopifySimulator, known: dict[str, _Known]) -> None:
    parties = shop.parties
    for row in _rows(shop, "customers"):
        number = row["n"]
        known["customers"].add(row["id"])
        if parties.has_contact(number):
            known["contacts"].add(parties.contact_id(number))
        for address in parties.customer(number, "", "")["addressesV2"]:
            known["addresses"].add(address["id"])
    for row in _rows(shop, "companies"):
        known["customers"].add(row["id"])
        for place in parties.places(row["n"]):
            location = parties.location(row["n"], place, "")
            for role in ("billing", "shipping"):
                if location[f"{role}Address"]:
                    known["addresses"].add(f"{location['id']}:{role}")


def _goods(shop: ShopifySimulator, known: dict[str, _Known]) -> None:
    for row in _rows(shop, "products"):
        known["products"].add(row["id"])
        for place in range(variant_count(row["n"])):
            known["products"].add(variant_id(row["n"], place))
    for row in _rows(shop, "locations"):
        known["locations"].add(row["id"])
    for row in shop.live_levels():
        known["stock_levels"].add(row["id"])


def _order(shop: ShopifySimulator, number: int, known: dict[str, _Known]) -> None:
    deal, sales = shop.sales.deal(number), shop.sales
    known["orders"].add(shop.order_id(number), deal.total, deal.currency)
    for line in deal.lines:
        known["order_lines"].add(sales.line_id(deal, line), deal.net(line), deal.currency)
    for place, lines in enumerate(deal.parcels):
        parcel = sales.parcel_id(deal, place)
        known["shipments"].add(gid("Fulfillment", parcel))
        for line, _ in lines:
            known["shipment_lines"].add(gid("FulfillmentLineItem", parcel * 100 + line.place))
    for refund, (_, refunded) in enumerate(deal.refunds):
        for each in refunded:
            net = each.subtotal - (each.tax if deal.includes_tax else 0)
            known["returns"].add(sales.refund_line_id(deal, refund, each.place), net, deal.currency)
    for place in range(deal.returns):
        known["returns"].add(sales.return_line_id(deal, place))
