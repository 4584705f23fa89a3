"""A number taken apart: which row is meant, the records behind it, the rates, and where a person finds each record."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal as D
from typing import Any

import pytest
from support.canonical import CATALOGUE, DEFAULTS, engine

from connectors.business_central.source import BusinessCentralConnector
from connectors.magento.source import MagentoConnector
from connectors.oracle_scm.source import OracleScmConnector
from connectors.sap.source import SapConnector
from connectors.shopify.source import ShopifyConnector
from hub.errors import MetricUndefined, UsageError
from hub.sdk.links import filled
from metrics.engine import Engine
from metrics.explain import explain, tell
from metrics.explain.explanation import Explanation
from metrics.explain.records import Record
from metrics.explain.tell import link_of
from metrics.explain.trace import SHIPPED, ship
from metrics.precompile import traces

RATES = [
    {"source_id": "1", "base_currency": "EUR", "currency": "USD", "rate": D("1.25"), "rate_on": datetime(2024, 1, 1)}
]


def hub() -> Engine:
    """Six orders of two customers who share a name, every second one in dollars; one is cancelled."""
    orders = [
        {"source_id": str(n), "number": f"A-{n}", "customer_source_id": "AB"[n % 2], "total": D(10 * n),
         "currency": "USD" if n % 2 else "EUR", "ordered_at": datetime(2024, n, 1),
         "status": "cancelled" if n == 6 else "open"}
        for n in range(1, 7)
    ]  # fmt: skip
    customers = [{"source_id": key, "name": "=Acme"} for key in "AB"]
    return engine(orders=orders, customers=customers, fx_rates=RATES)


def taken_apart(metric: str, *keys: str, by: tuple[str, ...] = ()) -> Explanation:
    request = CATALOGUE.request(metric, by=by, defaults=DEFAULTS)
    return explain(hub(), request if keys else replace(request, by=()), keys)


def no_link(source: str, entity: str, source_id: str) -> str | None:
    return None


def test_the_whole_has_its_inputs_records_and_what_was_left_out() -> None:
    found = taken_apart("revenue")
    assert found.value == D("132.00")  # 20 + 40, and 10 + 30 + 50 dollars at 0.8
    assert found.inputs == {"gross": D(132), "returns": D(0)}
    assert found.counted == {"order": 5}
    assert [str(aside) for aside in found.asides] == ["1 order record: cancelled"]
    assert [(r.source_id, r.number, r.values["sold"]) for r in found.records.page(2)] == [
        ("4", "A-4", D(40)), ("5", "A-5", D(40)),
    ]  # fmt: skip
    assert [r.left_out for r in found.records.page(9, left_out=True)] == ["cancelled"]


def test_converted_amounts_show_the_own_amount_and_the_rate() -> None:
    found = taken_apart("revenue")
    (rate,) = found.rates
    assert (rate.currency, rate.rate, rate.records) == ("USD", D("0.8"), 3)
    record = next(r for r in found.records.page(9) if r.source_id == "5")
    assert record.own["sold"] * D(record.rate or 0) == record.values["sold"]


@pytest.mark.parametrize(
    ("by", "key", "value"),
    [
        ("month", "2024-03", D("24.00")),
        ("quarter", "2024-Q2", D("80.00")),
        ("year", "2024", D("132.00")),
        ("customer", "shop/A", D("60.00")),
        ("customer", "b", D("72.00")),
        ("country", "-", D("132.00")),
    ],
)
def test_a_row_is_named_as_people_write_it(by: str, key: str, value: D) -> None:
    assert taken_apart("revenue", key, by=(by,)).value == value


@pytest.mark.parametrize(
    ("keys", "by", "told"),
    [
        (["=acme"], ("customer",), "can mean"),
        (["Nobody"], ("customer",), "has no row for 'Nobody'"),
        (["March"], ("month",), "is no month"),
        (["2024-13"], ("month",), "is no month"),
        (["2024-03"], ("month", "customer"), "1 key(s) were given for 2 dimension(s)"),
    ],
)
def test_a_key_that_names_no_single_row_is_told(keys: list[str], by: tuple[str, ...], told: str) -> None:
    with pytest.raises(UsageError) as caught:
        taken_apart("revenue", *keys, by=by)
    assert told in str(caught.value)


def test_without_records_there_is_no_explanation() -> None:
    with pytest.raises(MetricUndefined):
        explain(engine(), replace(CATALOGUE.request("revenue"), by=()), [])
    with pytest.raises(UsageError):
        explain(hub(), CATALOGUE.request("rfm"), [])


def test_text_names_everything_and_csv_runs_no_formula() -> None:
    found = taken_apart("revenue", "shop/A", by=("customer",))
    told = "\n".join(tell.lines(found, found.records.page(20), lambda *record: f"https://shop/{record[2]}"))
    for part in ("60.00 EUR", "gross = 60", "Left out: 1 order record: cancelled.", "https://shop/4", "2 of 2 records"):
        assert part in told
    lines = list(tell.csv_lines(found, no_link))
    assert lines[0].startswith("kind,entity,source,source_id,number,day,")
    assert len(lines) == 3
    assert all(not cell.startswith("=") for line in lines for cell in line.split(","))


def test_pages_of_records_hold_each_record_once() -> None:
    records = taken_apart("revenue").records
    paged = [record.source_id for offset in range(0, 6, 2) for record in records.page(2, offset)]
    assert sorted(paged) == ["1", "2", "3", "4", "5"]


def test_the_shipped_sql_is_that_of_the_definitions() -> None:
    assert SHIPPED.read_text(encoding="utf-8") == ship(traces()), "run `python -m metrics.precompile`"


class Settings:
    """Attributes of settings, as a link may use them."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


def test_links_lead_to_the_systems_own_pages() -> None:
    shop = Settings(base_url="https://acme.myshopify.com/")
    assert ShopifyConnector.link(shop, "orders", "gid://shopify/Order/1") == "https://acme.myshopify.com/admin/orders/1"
    assert ShopifyConnector.link(shop, "order_lines", "gid://shopify/LineItem/1") is None
    cloud = Settings(base_url="https://my300-api.s4hana.cloud.sap")
    assert SapConnector.link(cloud, "orders", "4711") == (
        "https://my300.s4hana.cloud.sap/ui#SalesOrder-displayFactSheet?SalesOrder=4711"
    )
    bc = Settings(base_url="https://api.businesscentral.dynamics.com", tenant_id="t", environment="e", company="A & B")
    assert BusinessCentralConnector.link(bc, "orders", "S'1") == (
        "https://businesscentral.dynamics.com/t/e/?company=A%20%26%20B&page=42&filter="
        "%27Sales%20Header%27.%27No.%27%20IS%20%27S%27%271%27"
    )
    assert MagentoConnector.link(Settings(admin_url=None), "orders", "7") is None
    assert MagentoConnector.link(Settings(admin_url="https://m/admin_x"), "orders", "7") == (
        "https://m/admin_x/sales/order/view/order_id/7"
    )


def test_a_line_leads_to_the_page_of_its_order() -> None:
    line = Record("line", "order_lines", "shop", "7-1", None, {}, parent=("orders", "7"))
    assert link_of(line, lambda source, entity, key: f"{source}/{entity}/{key}" if entity == "orders" else None) == (
        "shop/orders/7"
    )
    assert link_of(line, lambda *_: None) is None


def test_purchase_orders_of_oracle_have_a_documented_link() -> None:
    pod = Settings(base_url="https://pod.oraclecloud.com")
    assert str(OracleScmConnector.link(pod, "purchase_orders", "300100")).endswith(
        "/fscmUI/faces/deeplink?objType=PURCHASE_ORDER&action=VIEW&objKey=PO_HEADER_ID%3D300100"
    )
    assert OracleScmConnector.link(pod, "orders", "300100") is None


def test_keys_cannot_leave_their_place_in_a_link() -> None:
    assert filled("https://x/{id}", Settings(), "../a?b#c") == "https://x/..%2Fa%3Fb%23c"
