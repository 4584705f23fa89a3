"""Metrics of a part: sources, customers, countries, products. A part is the row that grouping has for it."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal as D
from typing import Any

import pytest
from support.canonical import CATALOGUE, DEFAULTS, engine

from hub.errors import MetricUndefined, UsageError
from metrics.engine import Engine
from metrics.filters import Filters, chosen
from metrics.snapshots import key_of

DAY = datetime(2024, 5, 1, 12)
ORDERS = [
    {"source": "shop", "source_id": "1", "customer_source_id": "a", "ordered_at": DAY, "total": D(10)},
    {"source": "shop", "source_id": "2", "customer_source_id": "b", "ordered_at": DAY, "total": D(20)},
    {"source": "erp", "source_id": "1", "customer_source_id": "100", "ordered_at": DAY, "total": D(40)},
    {"source": "erp", "source_id": "2", "customer_source_id": "gone", "ordered_at": DAY, "total": D(80)},
]
CUSTOMERS = [
    {"source": "shop", "source_id": "a", "name": "acme", "country": "FR"},
    {"source": "erp", "source_id": "100", "name": "ACME GmbH", "country": "DE"},
    {"source": "shop", "source_id": "b", "name": "Beta Ltd.", "country": "GB"},
]
LINKS = [
    {"source": source, "source_id": source_id, "golden_id": "C1", "country": "DE"}
    for source, source_id in (("shop", "a"), ("erp", "100"))
]
GOLDEN = [{"golden_id": "C1", "name": "ACME GmbH"}]


@pytest.fixture
def hub() -> Engine:
    return engine(orders=ORDERS, customers=CUSTOMERS, customer_identities=LINKS, golden_customers=GOLDEN)


def gross(hub: Engine, only: Filters, **asked: Any) -> Any:
    return hub.compute(CATALOGUE.request("revenue", only=only, by=["source"], **asked)).values("gross")


def test_only_what_was_chosen_counts(hub: Engine) -> None:
    assert gross(hub, Filters(sources=("shop",))) == [D(30)]
    assert gross(hub, Filters(customers=("C1",))) == [D(40), D(10)]
    assert gross(hub, Filters(customers=("shop/b", "erp/gone"))) == [D(80), D(20)]
    assert gross(hub, Filters(countries=("DE",))) == [D(40), D(10)], "the golden record's country, not the shop's"
    assert gross(hub, Filters(sources=("erp",), countries=("DE", "GB"))) == [D(40)]


@pytest.mark.parametrize(("dimension", "name"), [("source", "sources"), ("customer", "customers")])
def test_a_part_is_the_row_that_grouping_has_for_it(hub: Engine, dimension: str, name: str) -> None:
    whole = hub.compute(CATALOGUE.request("average_order_value", by=[dimension]))
    for row in whole.rows:
        part = hub.compute(CATALOGUE.request("average_order_value", by=[dimension], only=Filters(**{name: (row[0],)})))
        assert part.rows == [row]


def test_metrics_that_share_facts_do_not_share_filters(hub: Engine) -> None:
    shop, all_ = Filters(sources=("shop",)), Filters()
    requests = [CATALOGUE.request(name, by=[], only=only, defaults=DEFAULTS)
                for only in (shop, all_) for name in ("average_order_value", "return_rate")]  # fmt: skip
    sold = [result.values(name) for result, name in
            zip(hub.compute_all(requests), ("revenue", "sold", "revenue", "sold"), strict=True)
            if not isinstance(result, MetricUndefined)]  # fmt: skip
    assert sold == [[D(30)], [D(30)], [D(150)], [D(150)]]


def test_records_without_a_customer_cannot_be_limited_to_one(hub: Engine) -> None:
    stock = CATALOGUE.request("stock_on_hand", only=Filters(customers=("C1",)))
    with pytest.raises(MetricUndefined, match="cannot be limited to customers"):
        hub.compute(stock)


def test_customers_are_found_by_id_by_record_and_by_name(hub: Engine) -> None:
    for text in ("C1", "shop/a", "erp/100", "acme gmbh"):
        found = chosen(hub.db, customers=[text])
        assert (found.customers, found.words()) == (("C1",), "customer ACME GmbH (C1)")
    assert chosen(hub.db, customers=["Beta Ltd."]).customers == ("shop/b",)


def test_what_is_not_there_is_told_with_the_nearest_name(hub: Engine) -> None:
    with pytest.raises(UsageError, match="Did you mean `shop`"):
        chosen(hub.db, sources=["shp"])
    with pytest.raises(UsageError, match=r"Did you mean 'Beta Ltd\."):
        chosen(hub.db, customers=["Beta Ltd"])
    with pytest.raises(UsageError, match="no country"):
        chosen(hub.db, countries=["Atlantis"])


def test_a_name_of_several_customers_is_a_question() -> None:
    twins = [{"source_id": "a", "name": "Smith"}, {"source_id": "b", "name": "SMITH"}]
    with pytest.raises(UsageError, match="is the name of shop/a, shop/b"):
        chosen(engine(customers=twins).db, customers=["smith"])


def test_countries_go_by_name_too(hub: Engine) -> None:
    assert chosen(hub.db, countries=["Germany", "gb"]).countries == ("DE", "GB")


def test_a_quote_in_a_name_stays_a_text(hub: Engine) -> None:
    with pytest.raises(MetricUndefined):
        gross(hub, Filters(customers=("' OR true --",)))


def test_the_result_says_what_it_is_limited_to(hub: Engine) -> None:
    request = CATALOGUE.request("revenue", only=Filters(sources=("shop",)))
    assert hub.compute(request).about()["only"] == {"source": ["shop"]}
    assert key_of(request) != key_of(CATALOGUE.request("revenue"))


GOODS: dict[str, Any] = {
    "orders": [{"source": source, "source_id": "1", "ordered_at": DAY, "total": D(100), "currency": "EUR"}
               for source in ("shop", "erp")],
    "order_lines": [
        {"source": source, "source_id": str(n), "order_source_id": "1", "product_source_id": product, "sku": sku,
         "quantity": D(1), "unit_price": D(price)}
        for source, n, product, sku, price in (("shop", 1, "p", "X-1", 10), ("shop", 2, "q", "Y", 20),
                                               ("erp", 1, "77", "X1", 40), ("erp", 2, None, "Z", 5))
    ],
    "products": [{"source": "shop", "source_id": "p", "sku": "X-1", "name": "Pump"},
                 {"source": "shop", "source_id": "q", "sku": "Y", "name": "Hose"},
                 {"source": "erp", "source_id": "77", "sku": "X1", "name": "pump"}],
    "product_identities": [{"source": "shop", "source_id": "p", "golden_id": "P1"},
                           {"source": "erp", "source_id": "77", "golden_id": "P1"}],
    "golden_products": [{"golden_id": "P1", "name": "Pump", "sku": "X-1"}],
}  # fmt: skip


def test_a_product_counts_in_every_system_that_sells_it() -> None:
    """Order headers name no product, so the facts are lines: the month of one product is what grouping by both has."""
    hub = engine(**GOODS)
    whole = hub.compute(CATALOGUE.request("revenue", by=["month", "product"]))
    assert len(whole.rows) == 3
    for _, product, *_, sold, returned, net in whole.rows:
        request = CATALOGUE.request("revenue", by=["month"], only=Filters(products=(product,)))
        assert [row[1:] for row in hub.compute(request).rows] == [(sold, returned, net)]
    assert gross(hub, Filters(products=("P1",))) == [D(40), D(10)]
    assert gross(hub, Filters(products=("P1", "erp/Z"))) == [D(45), D(10)]


@pytest.mark.parametrize(
    ("named", "product"),
    [("P1", "P1"), ("erp/77", "P1"), ("x-1", "P1"), ("PUMP", "P1"), ("y", "shop/q"), ("Z", "erp/Z")],
)
def test_products_are_found_by_id_by_record_by_sku_and_by_name(named: str, product: str) -> None:
    assert chosen(engine(**GOODS).db, products=[named]).products == (product,)


def test_what_names_no_product_cannot_be_limited_to_one() -> None:
    hub = engine(**GOODS)
    with pytest.raises(MetricUndefined, match="cannot be limited to products"):
        hub.compute(CATALOGUE.request("rfm", only=Filters(products=("P1",))))
    with pytest.raises(UsageError, match="Did you mean 'Pump'"):
        chosen(hub.db, products=["Pumpe"])
