"""The pure parts of the Magento connector: sets of numbers, criteria, fields asked for, lines that count, values."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.magento import values as v
from connectors.magento.config import MagentoConfig
from connectors.magento.criteria import Filter, Search, number_of, read_moment, written
from connectors.magento.ids import Ids
from connectors.magento.lines import fold_memo, fold_order, is_doubtful
from connectors.magento.maps import CUSTOMERS, ORDERS
from connectors.magento.projection import notation, tree_of
from connectors.magento.rows import by_code, tidy

numbers = st.lists(st.integers(1, 60), max_size=40)


# -- sets of numbers ---------------------------------------------------------------------------------------------------


@given(numbers, numbers)
def test_ranges_hold_what_a_set_holds(added: list[int], taken: list[int]) -> None:
    ids, plain = Ids(), set(added)
    ids.update(added)
    for number in taken:
        ids.discard(number)
        plain.discard(number)
    assert list(ids) == sorted(plain)
    assert list(Ids(str(ids))) == sorted(plain)
    assert len(ids) == len(plain)
    assert all((number in ids) == (number in plain) for number in range(62))
    assert ids.last == max(plain, default=0)


@given(numbers, st.integers(0, 61), st.integers(0, 61))
def test_ranges_count_what_lies_between(added: list[int], first: int, last: int) -> None:
    ids = Ids()
    ids.update(added)
    between = sorted(number for number in set(added) if first <= number <= last)
    assert list(ids.within(first, last)) == between
    assert ids.count(first, last) == len(between)


def test_a_million_numbers_without_gaps_are_a_few_characters() -> None:
    ids = Ids("1-999999")
    ids.add(1_000_000)
    assert str(ids) == "1-1000000"


# -- criteria ----------------------------------------------------------------------------------------------------------


def test_a_search_says_everything_magento_would_guess() -> None:
    search = Search("orders", fields="entity_id").where(Filter("updated_at", "gteq", "2026-01-31 10:00:00"))
    assert search.ordered("updated_at", "entity_id").params(100) == {
        "searchCriteria[filterGroups][0][filters][0][field]": "updated_at",
        "searchCriteria[filterGroups][0][filters][0][value]": "2026-01-31 10:00:00",
        "searchCriteria[filterGroups][0][filters][0][conditionType]": "gteq",
        "searchCriteria[sortOrders][0][field]": "updated_at",
        "searchCriteria[sortOrders][0][direction]": "ASC",
        "searchCriteria[sortOrders][1][field]": "entity_id",
        "searchCriteria[sortOrders][1][direction]": "ASC",
        "searchCriteria[pageSize]": "100",
        "searchCriteria[currentPage]": "1",
        "fields": "items[entity_id],total_count",
    }


def test_times_are_utc_in_whole_seconds() -> None:
    berlin = timezone(timedelta(hours=1))
    assert written(datetime(2026, 1, 31, 11, 0, 0, 999, tzinfo=berlin)) == "2026-01-31 10:00:00"
    assert read_moment("2026-01-31 10:00:00") == datetime(2026, 1, 31, 10, tzinfo=UTC)
    assert read_moment("0000-00-00 00:00:00") is None
    assert read_moment(None) is None


@pytest.mark.parametrize(("value", "number"), [(7, 7), ("7", 7), (True, None), (None, None), ("", None), ("x", None)])
def test_numbers_of_rows(value: Any, number: int | None) -> None:
    assert number_of(value) == number


# -- fields ------------------------------------------------------------------------------------------------------------


def test_fields_are_those_of_the_maps_and_an_admins_own() -> None:
    own = CUSTOMERS.overridden({}, extras={"erp": "custom_attributes.erp_number", "gender": "gender"})
    asked = notation(tree_of("customer", [own], ("id",)))
    assert "addresses[" in asked
    assert "company_id" in asked
    assert ",custom_attributes," in asked, "attributes come whole"
    assert ",gender," in asked
    assert ",group_id,id," in asked
    for ours in ("main_address", "store[", "group["):
        assert ours not in asked, "made here, and unknown to Magento"


def test_what_nobody_reads_is_not_asked_for() -> None:
    bare = ORDERS.overridden({"ship_city": None, "ship_region": None, "ship_postal_code": None, "ship_country": None})
    assert "shipping_assignments" in notation(tree_of("order", [ORDERS], ()))
    assert "shipping_assignments" not in notation(tree_of("order", [bare], ()))


def test_a_name_that_magento_cannot_read_asks_for_everything() -> None:
    odd = ORDERS.overridden({}, extras={"odd": "extension_attributes.my-field"})
    assert notation(tree_of("order", [odd], ())) == ""


# -- rows --------------------------------------------------------------------------------------------------------------


def test_attributes_are_found_by_their_code() -> None:
    assert by_code([{"attribute_code": "cost", "value": "4.2"}, {"value": 1}, 7]) == {"cost": "4.2"}
    assert by_code(None) is None


def test_odd_empties_are_made_plain() -> None:
    row = tidy("customer", {"id": 1, "addresses": None, "extension_attributes": []})
    assert row["addresses"] == []
    assert row["extension_attributes"] == {}


def test_an_order_without_its_list_of_lines_stays_so() -> None:
    assert "items" not in tidy("order", {"entity_id": 1}), "its lines must not be taken for gone"
    assert tidy("order", {"entity_id": 1, "items": None})["items"] == []


def test_the_billing_address_is_the_main_one() -> None:
    shipping, billing = {"id": 1, "default_shipping": True}, {"id": 2, "default_billing": True}
    assert tidy("customer", {"addresses": [shipping, billing]})["main_address"] is billing
    assert tidy("customer", {"addresses": [{"id": 3}, shipping]})["main_address"] is shipping


# -- lines -------------------------------------------------------------------------------------------------------------


def line(key: int, **fields: Any) -> dict[str, Any]:
    return {"item_id": key, "qty_ordered": 2, "row_total": 0, "price": 0, **fields}


def test_a_configurable_points_to_the_product_on_the_shelf() -> None:
    whole = line(1, product_id=500, product_type="configurable", row_total=Decimal("21.38"), price=Decimal("10.69"))
    part = line(2, product_id=501, product_type="simple", parent_item_id=1)
    order = {"items": [whole, part], "base_to_order_rate": Decimal("1.08")}
    fold_order(order)
    assert (whole["sold_product_id"], whole["row_total"]) == (501, Decimal("21.38"))


def test_a_bundle_priced_by_its_parts_is_summed_up() -> None:
    whole = line(1, product_id=600, product_type="bundle", tax_amount=0)
    parts = [
        line(2, product_id=601, parent_item_id=1, row_total=Decimal("7.50"), tax_amount=Decimal("1.43"), base_cost=2),
        line(3, product_id=602, parent_item_id=1, row_total=Decimal("2.50"), qty_ordered=4, base_cost=1),
    ]
    fold_order({"items": [whole, *parts]})
    assert (whole["row_total"], whole["tax_amount"], whole["price"]) == (Decimal("10.00"), Decimal("1.43"), Decimal(5))
    assert whole["unit_cost"] == 4, "two of the one and four of the other in two bundles"
    assert whole["sold_product_id"] == 600


def test_a_bundle_that_has_its_own_money_is_not_summed_up_twice() -> None:
    whole = line(1, product_type="bundle", row_total=Decimal(10))
    fold_order({"items": [whole, line(2, parent_item_id=1, row_total=Decimal(10))]})
    assert whole["row_total"] == 10


@pytest.mark.parametrize("items", [None, 7, [7], [{"item_id": {}, "row_total": "x"}]])
def test_odd_lines_are_left_for_the_map_to_refuse(items: Any) -> None:
    order = {"items": items}
    fold_order(order)
    assert order["items"] is items


def test_parts_in_a_credit_memo_are_not_given_back_twice() -> None:
    whole = {"order_item_id": 11, "product_id": 500, "sku": "A", "qty": 1, "row_total": Decimal(10)}
    part = {"order_item_id": 12, "product_id": 501, "sku": "A", "qty": 1, "row_total": 0}
    memo = {"items": [whole, part], "subtotal": Decimal(10)}
    assert is_doubtful(memo)
    assert fold_memo(memo["items"], {12: 11}) == [whole]
    assert whole["sold_product_id"] == 501


def test_a_plain_credit_memo_needs_no_second_look() -> None:
    assert not is_doubtful({"items": [{"row_total": Decimal(4)}, {"row_total": Decimal(6)}], "subtotal": Decimal(10)})
    assert not is_doubtful({"items": [], "subtotal": None})


# -- values ------------------------------------------------------------------------------------------------------------


def test_the_order_adds_up_as_the_hub_says_it_does() -> None:
    """Discount on shipping stands in Magento's discount; tax within discounted prices is given back."""
    row = {
        "subtotal": Decimal("100.00"), "discount_amount": Decimal("-13.00"), "shipping_discount_amount": Decimal(3),
        "discount_tax_compensation_amount": Decimal("1.60"), "shipping_amount": Decimal("8.00"),
        "tax_amount": Decimal("18.00"), "grand_total": Decimal("114.60"),
    }  # fmt: skip
    subtotal, shipping = v.order_subtotal([row])[0], v.order_shipping([row])[0]
    assert (subtotal, shipping) == (Decimal("91.60"), Decimal("5.00"))
    assert subtotal + row["tax_amount"] + shipping == row["grand_total"]


@pytest.mark.parametrize(
    ("state", "shipped", "status"),
    [
        ("new", None, "open"), ("pending_payment", None, "open"), ("processing", None, "open"),
        ("processing", 1, "partially_shipped"), ("processing", 2, "shipped"), ("complete", 2, "completed"),
        ("closed", 2, "completed"), ("canceled", None, "cancelled"), ("holded", None, "on_hold"),
        ("payment_review", None, "on_hold"), ("a_shops_own", None, "open"),
    ],
)  # fmt: skip
def test_the_state_is_mapped_and_not_the_shops_own_status(state: str, shipped: int | None, status: str) -> None:
    goods = {"qty_ordered": 3, "qty_canceled": 1, **({} if shipped is None else {"qty_shipped": shipped})}
    part, download = {"parent_item_id": 1, "qty_ordered": 99}, {"is_virtual": 1, "qty_ordered": 99}
    assert v.order_status([{"state": state, "items": [goods, part, download]}]) == [status]


@pytest.mark.parametrize(
    ("amounts", "status"),
    [
        ({}, "pending"), ({"total_paid": 4}, "partially_paid"), ({"total_paid": 10}, "paid"),
        ({"total_paid": 6, "total_canceled": 4}, "paid"),
        ({"total_paid": 10, "total_refunded": 3}, "partially_refunded"),
        ({"total_paid": 10, "total_refunded": 10}, "refunded"), ({"state": "canceled"}, "voided"),
        ({"payment": {"amount_authorized": 10}}, "authorized"),
    ],
)  # fmt: skip
def test_how_far_an_order_is_paid(amounts: dict[str, Any], status: str) -> None:
    assert v.payment_status([{"grand_total": 10, **amounts}]) == [status]


def test_who_ordered() -> None:
    company = {"extension_attributes": {"company_order_attributes": {"company_id": 3}}, "customer_id": 42}
    nobody = {"extension_attributes": {"company_order_attributes": {"company_id": 0}}, "customer_id": 42}
    guest = {"customer_email": " Anna@Example.com ", "extension_attributes": []}
    assert v.order_customer([company, nobody]) == ["company:3", 42]
    assert v.order_customer([guest]) == v.order_customer([{"customer_email": "anna@example.com"}])
    assert "anna" not in v.order_customer([guest])[0]
    assert v.order_customer([{}]) == [None]


def test_descriptions_lose_their_html() -> None:
    text = "<style>p{}</style><p>Red &amp; <b>round</b></p>\n"
    assert v.plain_text([{"custom_attributes": {"description": text}}, {}]) == ["Red & round", None]


def test_weights_are_in_kilograms_where_the_unit_is_known() -> None:
    rows = [{"weight": 2, "shop": {"weight_unit": unit}} for unit in ("kgs", "lbs", "stone", None)]
    assert v.weight_kg(rows) == [2, Decimal("0.907185"), None, None]


def test_a_cost_of_nothing_is_no_cost() -> None:
    rows = [{"custom_attributes": {"cost": cost}} for cost in ("4.200000", "0.000000", "", None)]
    assert v.unit_cost(rows) == ["4.200000", None, None, None]


def test_costs_are_in_the_currency_of_the_order() -> None:
    assert v.line_cost([{"unit_cost": Decimal("4.2"), "rate": Decimal("1.08")}, {}]) == [Decimal("4.536"), None]


# -- settings ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "login",
    [{}, {"consumer_key": "a", "access_token": "b"}, {"client_id": "a"}, {"client_id": "a", "access_token": "b"}],
)
def test_half_a_login_is_refused(login: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="`access_token` alone"):
        MagentoConfig.model_validate({"kind": "magento", "base_url": "https://shop.example", **login})
