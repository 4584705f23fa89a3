"""Answers as Adobe documents them, through the maps: what becomes of each field."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.magento_shop import magento

from connectors.magento.simulator import MagentoSimulator
from connectors.magento.streams import STREAMS
from hub.sdk import apply

SAMPLES = Path(__file__).parents[3] / "shared" / "schemas" / "magento" / "samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the vendor's samples are not at hand")

MILLIONTHS = 1_000_000


def records(stream: str, sample: str) -> dict[str, list[dict[str, Any]]]:
    """The canonical records of a sample; nothing may be refused."""
    rows = json.loads((SAMPLES / f"{sample}.json").read_text(encoding="utf-8"), parse_float=Decimal)["items"]
    described = next(each for each in STREAMS if each.name == stream)
    connector = magento(MagentoSimulator(size=1))
    mapped = apply(described.maps, connector.enricher(described).ready(rows))
    connector.close()
    assert mapped.rejects == []
    found: dict[str, list[dict[str, Any]]] = {}
    for batch in mapped.batches:
        columns = batch.lists()
        for number in range(len(columns["source_id"])):
            record = {name: values[number] for name, values in columns.items() if values[number] is not None}
            found.setdefault(batch.entity.name, []).append(record)
    return found


def subset(record: dict[str, Any], **wanted: Any) -> None:
    assert {name: record.get(name) for name in wanted} == wanted


def test_a_customer_with_a_company_account() -> None:
    found = records("customers", "customers")
    subset(
        found["customers"][0], source_id="42", name="Muster GmbH", kind="company", email="a.muster@example.com",
        tax_id="DE999999999", parent_source_id="company:3", street="Hauptstr. 1", street2="Hinterhaus", city="München",
        country="DE", segment="General",
    )  # fmt: skip
    subset(found["contacts"][0], source_id="42", customer_source_id="company:3", name="Anna Muster", title="Buyer")
    subset(found["addresses"][0], source_id="77", customer_source_id="42", role="billing", is_default=True)


def test_a_company() -> None:
    found = records("companies", "companies")
    subset(found["customers"][0], source_id="company:3", status="active", source_status="1", legal_name="Muster GmbH")


def test_a_product() -> None:
    found = records("products", "products")
    subset(
        found["products"][0], source_id="501", sku="MUG-RED", list_price=9_900_000, unit_cost=4_200_000, currency="EUR",
        weight_kg=350_000, kind="goods", status="active", is_stocked=True,
    )  # fmt: skip


def test_an_order_with_a_configurable_product() -> None:
    found = records("orders", "orders")
    order = found["orders"][0]
    subset(
        order, source_id="9001", number="000009001", customer_source_id="company:3", contact_source_id="42",
        status="partially_shipped", source_status="processing", payment_status="paid", currency="USD",
        base_currency="EUR", base_total=27_150_000, total=29_320_000, ship_city="München", ship_country="DE",
    )  # fmt: skip
    assert order["subtotal"] + order["tax"] + order["shipping"] == order["total"]
    whole, part = found["order_lines"]
    subset(
        whole, source_id="30001", product_source_id="501", sku="MUG-RED", quantity=2 * MILLIONTHS, total=19_240_000,
        unit_cost=4_536_000, quantity_shipped=MILLIONTHS,
    )  # fmt: skip
    assert "parent_source_id" not in whole
    subset(part, source_id="30002", product_source_id="501", parent_source_id="30001", total=0)
    assert "customers" not in found, "nobody is a guest here"


def test_a_shipment() -> None:
    found = records("shipments", "shipments")
    subset(found["shipments"][0], source_id="700", order_source_id="9001", carrier="DHL", status="shipped")
    subset(found["shipment_lines"][0], shipment_source_id="700", order_line_source_id="30001", quantity=MILLIONTHS)


def test_a_credit_memo_gives_back_what_it_says() -> None:
    returns = records("creditmemos", "creditmemos")["returns"]
    subset(returns[0], source_id="420", order_line_source_id="30001", quantity=MILLIONTHS, status="completed")
    assert sum(each.get("refund", 0) + each.get("tax", 0) for each in returns) == 11_960_000, "the memo's grand total"
