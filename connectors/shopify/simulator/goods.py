"""Products, variants, locations and stock of the simulated shop, each computed from its number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connectors.shopify.simulator.money import SHOP_CURRENCY, written
from connectors.shopify.simulator.parties import gid, metafields
from hub.sdk.simulator import Company

Row = dict[str, Any]

PRODUCT, VARIANT, ITEM, PLACE = 500_000, 510_000_000, 520_000_000, 600_000
NAMES = ("available", "on_hand", "committed", "incoming", "reserved", "damaged", "quality_control", "safety_stock")
_CITIES = (("Berlin", "DE", "10115"), ("Lyon", "FR", "69001"), ("Leeds", "GB", "LS1 4AP"))


def variant_count(number: int) -> int:
    return 25 if number % 13 == 4 else 1 + number % 3


def is_tracked(number: int) -> bool:
    return number % 19 != 7


def variant_id(number: int, place: int) -> str:
    return gid("ProductVariant", VARIANT + number * 100 + place)


def level_id(number: int, place: int, location: int) -> str:
    item = ITEM + number * 100 + place
    return f"gid://shopify/InventoryLevel/{item * 10 + location}?inventory_item_id={item}"


class Goods:
    """`levels` gives the stubs of an item's stock, inactive ones too; `stamps` when a row was made and changed."""

    def __init__(
        self,
        company: Company,
        levels: Callable[[int, int], list[Row]],
        stamps: Callable[[str, int], tuple[str, str]],
    ) -> None:
        self._company = company
        self._levels = levels
        self._stamps = stamps

    def product(self, number: int, created: str, updated: str) -> Row:
        made = self._company.product(number)
        key = gid("Product", PRODUCT + number)
        return {
            "__typename": "Product", "id": key, "legacyResourceId": str(PRODUCT + number), "title": made.name,
            "description": f"{made.name}, changed {updated}", "handle": made.sku.lower(), "vendor": "Acme",
            "productType": made.name.split()[0],
            "category": {"id": "gid://shopify/TaxonomyCategory/ha-1", "name": "Hardware", "fullName": "Home > Hardware"}
            if number % 2 else None,
            "status": ("ACTIVE", "ACTIVE", "DRAFT", "ARCHIVED", "UNLISTED")[number % 5], "tags": [],
            "isGiftCard": number % 29 == 11, "tracksInventory": is_tracked(number), "totalInventory": 10,
            "createdAt": created, "updatedAt": updated, "publishedAt": None,
            "variants": lambda _: [self.variant(number, place, updated) for place in range(variant_count(number))],
            "metafield": metafields({("custom", "material"): "steel"}, key),
        }  # fmt: skip

    def variant(self, number: int, place: int, updated: str) -> Row:
        made = self._company.product(number)
        title = f"Size {place}" if variant_count(number) > 1 else "Default Title"
        return {
            "__typename": "ProductVariant", "id": variant_id(number, place),
            "legacyResourceId": str(VARIANT + number * 100 + place), "title": title,
            "displayName": f"{made.name} - {title}", "sku": self.sku(number, place), "barcode": made.gtin,
            "price": written(made.price), "compareAtPrice": None, "position": place + 1, "taxable": True,
            "inventoryQuantity": 5, "createdAt": updated, "updatedAt": updated,
            "product": lambda _: self.product(number, *self._stamps("products", number)),
            "inventoryItem": lambda _: self.item(number, place),
            "metafield": metafields({}, variant_id(number, place)),
        }  # fmt: skip

    def sku(self, number: int, place: int) -> str:
        return self._company.product(number).sku + (f"-{place}" if place else "")

    def item(self, number: int, place: int) -> Row:
        made = self._company.product(number)
        created, updated = self._stamps("products", number)
        key = ITEM + number * 100 + place
        return {
            "__typename": "InventoryItem", "id": gid("InventoryItem", key), "legacyResourceId": str(key),
            "sku": self.sku(number, place), "tracked": is_tracked(number), "requiresShipping": True,
            "createdAt": created, "updatedAt": updated,
            "unitCost": {"amount": written(made.cost), "currencyCode": SHOP_CURRENCY} if number % 6 != 5 else None,
            "measurement": {
                "id": gid("InventoryItemMeasurement", key),
                "weight": {"unit": "GRAMS", "value": 250.5} if number % 2 else {"unit": "POUNDS", "value": 1.0},
            },
            "variants": lambda _: [self.variant(number, place, updated)],
            "inventoryLevels": lambda args: self._shown(number, place, args),
        }  # fmt: skip

    def _shown(self, number: int, place: int, args: Row) -> list[Row]:
        stubs = self._levels(number, place)
        return [self.level(stub) for stub in stubs if stub["isActive"] or args.get("includeInactive")]

    def level(self, stub: Row) -> Row:
        number, place, location = stub["n"], stub["place"], stub["location"]
        return {
            "__typename": "InventoryLevel", "id": stub["id"], "isActive": stub["isActive"],
            "createdAt": stub["createdAt"], "updatedAt": stub["updatedAt"],
            "item": lambda _: self.item(number, place),
            "location": lambda _: self.location(location, stub["createdAt"], stub["createdAt"]),
            "quantities": lambda args: self._quantities(stub, args["names"]),
        }  # fmt: skip

    def _quantities(self, stub: Row, names: list[str]) -> list[Row]:
        values = self.quantities(stub)
        return [
            {"id": f"{stub['id']}/{name}", "name": name, "quantity": values[name], "updatedAt": stub["updatedAt"]}
            for name in names if name in values
        ]  # fmt: skip

    def quantities(self, stub: Row) -> dict[str, int]:
        """A change of the level moves stock; more may be promised than is there."""
        number = stub["n"]
        on_hand = self._company.on_hand(number, stub["location"]) + (
            int(stub["updatedAt"][14:16]) if stub["updatedAt"] != stub["createdAt"] else 0
        )
        values = dict.fromkeys(NAMES, 0)
        values |= {"committed": number % 7, "incoming": 20 if number % 9 == 0 else 0, "damaged": number % 2}
        return values | {"on_hand": on_hand, "available": on_hand - number % 7 - number % 2}

    def location(self, number: int, created: str, updated: str) -> Row:
        city, country, postal_code = _CITIES[number % 3]
        return {
            "__typename": "Location", "id": gid("Location", PLACE + number), "legacyResourceId": str(PLACE + number),
            "name": f"Warehouse {city} {number}", "isActive": number % 3 != 2, "isFulfillmentService": False,
            "fulfillsOnlineOrders": True, "createdAt": created, "updatedAt": updated,
            "address": {
                "address1": f"Dock {number}", "address2": None, "city": city, "province": None, "provinceCode": None,
                "zip": postal_code, "countryCode": country, "phone": None,
            },
        }  # fmt: skip
