"""What the Shopify maps make of nodes: money, taxes, statuses, returns; and what an odd node must not break."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from connectors.shopify import maps, values
from connectors.shopify.rows import shaped
from connectors.shopify.spool import open_spool
from hub.sdk import SourceUnavailable, apply


def bag(amount: str) -> dict[str, Any]:
    return {"presentmentMoney": {"amount": amount, "currencyCode": "EUR"}}


def line(number: int, **fields: Any) -> dict[str, Any]:
    return {
        "id": f"gid://shopify/LineItem/{number}", "quantity": 3, "currentQuantity": 3, "sku": f"S{number}",
        "originalUnitPriceSet": bag("10.00"), "discountAllocations": [], "taxLines": [],
        "variant": {"id": f"gid://shopify/ProductVariant/{number}"}, **fields,
    }  # fmt: skip


def order(*lines: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {
        "id": "gid://shopify/Order/1", "updatedAt": "2026-10-01T09:00:00Z", "presentmentCurrencyCode": "EUR",
        "taxesIncluded": False, "displayFulfillmentStatus": "UNFULFILLED", "displayFinancialStatus": "PAID",
        "cancelledAt": None, "closedAt": None, "lineItems": {"nodes": list(lines)}, "fulfillments": [], "refunds": [],
        "returns": {"nodes": []}, **fields,
    }  # fmt: skip


def refund(number: int, quantity: int, kind: str) -> dict[str, Any]:
    part = {
        "id": f"gid://shopify/RefundLineItem/{number}", "quantity": quantity, "restockType": kind,
        "lineItem": {"id": f"gid://shopify/LineItem/{number}"}, "subtotalSet": bag("11.90"), "totalTaxSet": bag("1.90"),
    }  # fmt: skip
    return {"id": "gid://shopify/Refund/1", "processedAt": "2026-10-01T10:00:00Z", "refundLineItems": {"nodes": [part]}}


def records(entity: str, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    mapped = apply((maps.ORDERS, maps.ORDER_LINES, maps.SHIPMENTS, maps.SHIPMENT_LINES, maps.RETURNS),
                   shaped("Order", list(rows)))  # fmt: skip
    assert not mapped.rejects
    batch = next(batch for batch in mapped.batches if batch.entity.name == entity)
    columns = batch.lists()
    return [{name: column[place] for name, column in columns.items()} for place in range(len(batch))]


def test_a_line_is_net_of_every_discount_and_of_the_tax_inside_its_price() -> None:
    item = line(
        1,
        discountAllocations=[{"allocatedAmountSet": bag("2.10")}, {"allocatedAmountSet": bag("4.10")}],
        taxLines=[{"priceSet": bag("3.80")}],
    )
    (made,) = records("order_lines", order(item, taxesIncluded=True))
    assert (made["discount"], made["tax"], made["total"]) == (6_200_000, 3_800_000, 20_000_000)
    (without,) = records("order_lines", order(line(1, taxLines=[{"priceSet": bag("3.80")}])))
    assert without["total"] == 30_000_000, "a tax that is added is not taken out"


def test_what_was_taken_off_before_shipping_is_cancelled_and_what_came_back_is_not() -> None:
    cancelled = order(line(1, currentQuantity=2), refunds=[refund(1, 1, "CANCEL")])
    returned = order(line(1, currentQuantity=2), refunds=[refund(1, 1, "RETURN")], id="gid://shopify/Order/2")
    one, other = records("order_lines", cancelled, returned)
    assert (one["quantity_cancelled"], other["quantity_cancelled"]) == (1_000_000, 0)
    assert [made["status"] for made in records("returns", cancelled, returned)] == ["cancelled", "completed"]


def test_a_refund_is_net_and_names_the_product_of_its_line() -> None:
    (made,) = records("returns", order(line(1), refunds=[refund(1, 1, "RETURN")], taxesIncluded=True))
    assert (made["refund"], made["tax"]) == (10_000_000, 1_900_000)
    assert made["product_source_id"] == "gid://shopify/ProductVariant/1"


def test_of_a_return_only_what_is_not_refunded_yet_counts() -> None:
    part = {"id": "gid://shopify/ReturnLineItem/1", "quantity": 3, "refundedQuantity": 2, "returnReasonNote": "broken",
            "fulfillmentLineItem": {"lineItem": {"id": "gid://shopify/LineItem/1"}}}  # fmt: skip
    sent = {"id": "gid://shopify/Return/1", "name": "#1-R1", "status": "OPEN", "createdAt": "2026-10-02T00:00:00Z",
            "returnLineItems": {"nodes": [part]}}  # fmt: skip
    (made,) = records("returns", order(line(1), returns={"nodes": [sent]}))
    assert (made["quantity"], made["status"], made["sku"], made["refund"]) == (1_000_000, "approved", "S1", None)


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({}, "open"),
        ({"displayFulfillmentStatus": "FULFILLED"}, "shipped"),
        ({"displayFulfillmentStatus": "FULFILLED", "closedAt": "2026-10-03T00:00:00Z"}, "completed"),
        ({"displayFulfillmentStatus": "PARTIALLY_FULFILLED"}, "partially_shipped"),
        ({"displayFulfillmentStatus": "ON_HOLD"}, "on_hold"),
        ({"displayFulfillmentStatus": "WORD_OF_NEXT_YEAR"}, "open"),
        ({"displayFulfillmentStatus": "FULFILLED", "cancelledAt": "2026-10-03T00:00:00Z"}, "cancelled"),
    ],
)
def test_orders_have_our_status_and_keep_shopify_s_word(fields: dict[str, Any], status: str) -> None:
    (made,) = records("orders", order(line(1), **fields))
    assert made["status"] == status
    assert made["source_status"] == fields.get("displayFulfillmentStatus", "UNFULFILLED")


@pytest.mark.parametrize(
    ("status", "shown", "ours"),
    [
        ("SUCCESS", "DELIVERED", "delivered"), ("SUCCESS", "OUT_FOR_DELIVERY", "in_transit"),
        ("SUCCESS", "FULFILLED", "shipped"), ("SUCCESS", None, "shipped"), ("SUCCESS", "LABEL_PRINTED", "planned"),
        ("CANCELLED", None, "cancelled"), ("FAILURE", "FAILURE", "failed"), ("OPEN", None, "planned"),
    ],
)  # fmt: skip
def test_shipments(status: str, shown: str | None, ours: str) -> None:
    assert values.shipment_status([{"status": status, "displayStatus": shown}]) == [ours]


@pytest.mark.parametrize("kind", ["Customer", "Company", "Product", "InventoryLevel", "Order"])
@pytest.mark.parametrize("odd", [None, [], "text", 7, {"spoilt": 1}, [None, 3]])
def test_nothing_odd_breaks_a_page(kind: str, odd: Any) -> None:
    names = ("locations", "contacts", "variants", "quantities", "lineItems", "fulfillments", "refunds", "returns",
             "companyContactProfiles")  # fmt: skip
    assert shaped(kind, [dict.fromkeys(names, odd)])


def spooled(lines: list[dict[str, Any]], **counts: int | None) -> list[dict[str, Any]]:
    tree = {"id": {}, "lineItems": {"nodes": {"id": {}}},
            "returns": {"nodes": {"id": {}, "returnLineItems": {"nodes": {"id": {}}}}}}  # fmt: skip
    body = "".join(json.dumps(each) + "\n" for each in lines).encode()
    with open_spool(tree) as spool:
        spool.fill(io.BytesIO(body), counts.get("objects"), counts.get("roots"))
        return [row for _, rows in spool.rows(0, 2) for row in rows]


def test_a_bulk_file_is_put_together_wherever_its_children_stand() -> None:
    def gid(kind: str, number: int) -> str:
        return f"gid://shopify/{kind}/{number}"

    rows = spooled(
        [
            {"id": gid("ReturnLineItem", 1), "__parentId": gid("Return", 1)},
            {"id": gid("LineItem", 1), "__parentId": gid("Order", 2)},
            {"id": gid("Order", 1)},
            {"id": gid("Return", 1), "__parentId": gid("Order", 1)},
            {"id": gid("Order", 2)},
            {"id": gid("Order", 3)},
        ],
        objects=6,
        roots=3,
    )
    assert [row["id"] for row in rows] == [gid("Order", 1), gid("Order", 2), gid("Order", 3)]
    assert rows[0]["returns"]["nodes"][0]["returnLineItems"]["nodes"] == [{"id": gid("ReturnLineItem", 1)}]
    assert rows[1]["lineItems"]["nodes"] == [{"id": gid("LineItem", 1)}]
    assert rows[2] == {"id": gid("Order", 3), "lineItems": {"nodes": []}, "returns": {"nodes": []}}


@pytest.mark.parametrize("counts", [{"objects": 2}, {"roots": 2}])
def test_a_bulk_file_that_is_cut_off_is_refused(counts: dict[str, int]) -> None:
    with pytest.raises(SourceUnavailable, match="Shopify counted 2"):
        spooled([{"id": "gid://shopify/Order/1"}], **counts)
