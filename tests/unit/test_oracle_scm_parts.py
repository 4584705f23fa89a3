"""The parts of the Oracle connector that need no pod: expressions, selections, units, values, settings."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.oracle_scm import maps as m
from connectors.oracle_scm import values as v
from connectors.oracle_scm.config import OracleScmConfig
from connectors.oracle_scm.describe import shape_of
from connectors.oracle_scm.query import DATES, Condition, expression, query_of
from connectors.oracle_scm.rows import Shaper, known_unit
from connectors.oracle_scm.selection import Node, select
from connectors.oracle_scm.simulation.schema import RESOURCES
from connectors.oracle_scm.simulation.search import comparisons
from hub.sdk import SourceChanged, at
from hub.sdk.fields import column_paths

MOMENT = datetime(2026, 1, 31, 10, 0, 0, 123_000, tzinfo=UTC)
PATHS = (("lines",), ("lines", "schedules"))


# -- expressions -------------------------------------------------------------------------------------------------------


def test_conditions_are_joined_and_quoted() -> None:
    conditions = [
        Condition("OrganizationCode", "=", "M1"), Condition("HeaderId", ">", 300_000_010_754_319),
        Condition("OpenFlag", "=", True), Condition("SourceTransactionId", "in", ("a'b", "c")),
    ]  # fmt: skip
    assert expression(conditions) == (
        "OrganizationCode = 'M1' and HeaderId > 300000010754319 and OpenFlag = true "
        "and SourceTransactionId in ('a''b','c')"
    )


def test_a_moment_can_be_written_in_each_way_that_pods_take() -> None:
    written = [Condition("LastUpdateDate", ">=", MOMENT).written(way) for way in range(len(DATES))]
    assert written == [
        "LastUpdateDate >= '2026-01-31T10:00:00.123+00:00'", "LastUpdateDate >= '2026-01-31T10:00:00Z'",
        "LastUpdateDate >= '2026-01-31 10:00:00'", "LastUpdateDate >= '2026-01-30'",
    ]  # fmt: skip


@given(st.text(st.characters(codec="utf-8", exclude_categories=("C",)), max_size=40))
def test_no_text_breaks_out_of_its_quotes(text: str) -> None:
    told = expression([Condition("ItemNumber", "=", text), Condition("InventoryItemId", ">", 1)])
    read = comparisons(told, RESOURCES["inventoryOnhandBalances"], frozenset())
    assert [(test.attribute, test.value) for test in read] == [("ItemNumber", text), ("InventoryItemId", 1)]


def test_queries_are_percent_encoded_whole() -> None:
    assert (
        query_of({"q": "A = 'x+y' and B > 1", "limit": 499}) == "q=A%20%3D%20%27x%2By%27%20and%20B%20%3E%201&limit=499"
    )


# -- descriptions and selections ---------------------------------------------------------------------------------------


def described(*attributes: str, children: dict[str, Any] | None = None) -> Any:
    entry = {"attributes": [{"name": name, "type": "string"} for name in attributes], "children": children or {}}
    return {"Resources": {"purchaseOrders": entry}}


def test_a_description_without_attributes_is_not_believed() -> None:
    for answer in ({}, {"Resources": {}}, {"Resources": {"purchaseOrders": {"children": {}}}}, []):
        with pytest.raises(SourceChanged):
            shape_of(answer, "purchaseOrders")


def test_what_cannot_be_read_of_a_description_is_passed_over() -> None:
    answer = described("POHeaderId", children={"lines": {"$ref": "elsewhere"}})
    answer["Resources"]["purchaseOrders"]["attributes"] += [
        None,
        {"name": {"odd": 1}},
        {"name": "X", "queryable": False},
    ]
    shape = shape_of(answer, "purchaseOrders")
    assert set(shape.attributes) == {"POHeaderId", "X"}
    assert not shape.can_filter("X")
    assert shape.children == {"lines": None}


def selected(shape: Any, **fields: Any) -> Any:
    maps = [(m.PURCHASE_ORDERS.overridden(fields), m.PURCHASE_ORDERS), (m.PURCHASE_ORDER_LINES, m.PURCHASE_ORDER_LINES)]
    return select(shape_of(shape, "purchaseOrders"), "purchase_order", maps, accessors=PATHS, always=[("POHeaderId",)])


def test_only_what_the_pod_has_is_asked_for_and_the_rest_is_named() -> None:
    schedules = {"attributes": [{"name": name} for name in ("LineLocationId", "Quantity")]}
    lines = {"attributes": [{"name": "Price"}], "children": {"schedules": schedules}}
    found = selected(described("OrderNumber", "StatusCode", children={"lines": lines}))
    assert found.node.fields == (
        "POHeaderId,OrderNumber,StatusCode;lines:Price;lines.schedules:LineLocationId,Quantity"
    )
    assert "purchase_orders.supplier_source_id: SupplierId" in found.missing
    assert "purchase_orders.total: Ordered or Total" in found.missing, "of alternatives any would do"
    assert not any("source_status" in text for text in found.missing), "StatusCode is there"
    assert found.unknown == []


def test_an_attribute_that_the_admin_names_must_be_there() -> None:
    assert selected(described("POHeaderId"), number=at("Mine_c")).unknown == ["purchase_orders.number: Mine_c"]
    assert selected(described("POHeaderId", "Mine_c"), number=at("Mine_c")).unknown == []


def test_an_extra_of_the_admins_makes_no_mistake_of_built_in_ones() -> None:
    shape = shape_of(described("POHeaderId", "Mine_c"), "purchaseOrders")
    fields = m.PURCHASE_ORDERS.overridden({}, extras={"mine": "Mine_c"})
    found = select(shape, "purchase_order", [(fields, m.PURCHASE_ORDERS)], accessors=PATHS, always=[])
    assert found.unknown == []
    assert "purchase_orders.extras: Buyer" in found.missing
    assert "Mine_c" in found.node.fields


def test_children_that_are_not_described_are_asked_for_whole() -> None:
    found = selected(described("POHeaderId", children={"lines": {}}))
    assert "lines.schedules:" in found.node.fields
    assert found.node.expand == "lines,lines.schedules"


def test_a_node_writes_fields_of_nested_children() -> None:
    node = Node()
    for path in (("A",), ("lines", "B"), ("lines", "schedules", "C"), ("D",)):
        node.take(path, PATHS)
    assert node.fields == "A,D;lines:B;lines.schedules:C"


def test_the_paths_of_a_column_are_those_of_the_row() -> None:
    found = {each.column: each for each in column_paths(m.PURCHASE_ORDER_LINES)}
    assert found["purchase_order_source_id"].paths == (("POHeaderId",),)
    assert found["line_number"].paths == (("lines", "LineNumber"), ("lines", "schedules", "ScheduleNumber"))
    assert (found["line_number"].any_will_do, found["source_id"].any_will_do) == (False, True)
    assert "kind" not in {each.column for each in column_paths(m.CUSTOMERS)}, "a constant needs nothing"


# -- rows --------------------------------------------------------------------------------------------------------------


def test_units_are_known_by_the_admin_then_by_name_then_by_code() -> None:
    rows = [
        {"PrimaryUOMCode": "zzu", "PrimaryUOMValue": "Each"}, {"PrimaryUOMCode": "Ea"}, {"PrimaryUOMCode": "q9"},
        {"PrimaryUOMCode": "mine"}, {"PrimaryUOMCode": None},
    ]  # fmt: skip
    shaper = Shaper("stock", {"Mine": "KGM"}, None)
    shaper.shape(rows)
    assert [row["unit"] for row in rows] == ["EA", "EA", None, "KGM", None]
    assert shaper.unmapped == {"q9"}
    assert known_unit("Each") == "EA"


def test_stock_rows_with_the_same_parts_stay_apart() -> None:
    rows = [
        {"OrganizationId": 204, "InventoryItemId": 1, "SubinventoryCode": "A", "LocatorName": None} for _ in range(2)
    ]
    assert [row["key"] for row in Shaper("stock", {}, None).shape(rows)] == ["204:1:A", "204:1:A#2"]


def test_costs_name_their_organization_and_currency() -> None:
    rows = [{"ItemNumber": "A", "ValuationUnit": "CO1-M1-Stores"}, {"ItemNumber": "B", "CurrencyCode": "USD"}]
    first, second = Shaper("average_cost", {}, "EUR").shape(rows)
    assert (first["organization"], first["currency"], first["key"]) == ("M1", "EUR", "A:CO1-M1-Stores")
    assert (second["organization"], second["currency"]) == (None, "USD")


@pytest.mark.parametrize(
    ("kind", "where", "document", "counts"),
    [
        ("RECEIVE", "RECEIVING", "PO", "Y"), ("DELIVER", "INVENTORY", "PO", "N"), ("RECEIVE", "RECEIVING", "RMA", "N"),
        ("CORRECT", "RECEIVING", "PO", "Y"), ("CORRECT", "INVENTORY", "PO", "N"), ("RETURN TO VENDOR", None, "PO", "Y"),
    ],
)  # fmt: skip
def test_received_goods_count_once(kind: str, where: str | None, document: str, counts: str) -> None:
    row = {"TransactionTypeCode": kind, "DestinationTypeCode": where, "SourceDocumentCode": document}
    assert Shaper("receipt", {}, None).shape([row])[0]["counts"] == counts


# -- values ------------------------------------------------------------------------------------------------------------


def line(**fields: Any) -> dict[str, Any]:
    return {"TransactionCategoryCode": "ORDER", "OrderedQuantity": 2, "UnitSellingPrice": Decimal("110.25"), **fields}


@pytest.mark.parametrize(
    ("header", "lines", "status"),
    [
        ({"StatusCode": "OPEN"}, [line()], "open"),
        ({"StatusCode": "OPEN"}, [line(ShippedQuantity=2)], "shipped"),
        ({"StatusCode": "OPEN"}, [line(ShippedQuantity=1)], "partially_shipped"),
        ({"StatusCode": "OPEN"}, [line(ShippedQuantity=2), line()], "partially_shipped"),
        ({"StatusCode": "OPEN"}, [line(ShippedQuantity=2), line(CanceledFlag=True)], "shipped"),
        ({"StatusCode": "OPEN", "OnHoldFlag": "Y"}, [line()], "on_hold"),
        ({"StatusCode": "CLOSED"}, [line()], "completed"),
        ({"StatusCode": "OPEN", "CanceledFlag": True}, [line()], "cancelled"),
        ({"StatusCode": "MY_OWN_WORD"}, [line()], None),
    ],
)
def test_the_status_of_an_order(header: dict[str, Any], lines: list[Any], status: str | None) -> None:
    assert v.order_status([{**header, "lines": lines}]) == [status]


def test_an_orders_money_adds_up() -> None:
    totals = [
        {"TotalCode": "QP_TOTAL_TAX", "TotalAmount": Decimal("41.90"), "CurrencyCode": "EUR"},
        {"TotalCode": "QP_TOTAL_TAX", "TotalAmount": Decimal("45.10"), "CurrencyCode": "USD"},
        {"TotalCode": "QP_TOTAL_SHIP_CHARGE", "TotalAmount": 10, "CurrencyCode": "EUR"},
    ]
    order = {"TransactionalCurrencyCode": "EUR", "lines": [line(), line(ExtendedAmount=5)], "totals": totals}
    assert v.order_subtotal([order]) == [Decimal("225.500000")]
    assert v.order_tax([order]) == [Decimal("41.90")], "in the order's own currency"
    assert v.order_total([order]) == [Decimal("277.400000")]


def test_the_totals_of_an_order_that_gives_back_too_are_not_believed() -> None:
    back = line(TransactionCategoryCode="RETURN", ExtendedAmount=-5)
    order = {"lines": [line(), back], "totals": [{"TotalCode": "QP_TOTAL_TAX", "TotalAmount": 1}]}
    assert v.order_subtotal([order]) == [Decimal("220.500000")]
    assert v.order_total([order]) == v.order_tax([order]) == [None]
    assert v.refund([back]) == [Decimal(5)]


def test_discounts_are_the_way_from_the_list_price() -> None:
    lines = [line(UnitListPrice=Decimal("120.5")), line(UnitListPrice=100), line()]
    assert v.line_price(lines) == [Decimal("120.5"), Decimal("110.25"), Decimal("110.25")]
    assert v.line_discount(lines) == [Decimal("20.500000"), None, None]


def test_an_order_has_left_when_its_last_line_has() -> None:
    lines = [line(ActualShipDate="2026-01-02T10:00:00+00:00"), line(ActualShipDate="2026-01-02T10:00:00+02:00")]
    assert v.shipped_at([{"lines": lines}, {"lines": [*lines, line()]}]) == ["2026-01-02T10:00:00+00:00", None]


def test_a_cost_holds_until_the_day_after_its_last_one() -> None:
    assert v.valid_to([{"EffectiveEndDate": "2024-12-31"}, {"EffectiveEndDate": None}, {}]) == [
        "2025-01-01",
        None,
        None,
    ]


def test_goods_sent_back_to_the_supplier_are_negative() -> None:
    rows = [
        {"Quantity": 3, "TransactionTypeCode": "RETURN TO VENDOR"},
        {"Quantity": -1, "TransactionTypeCode": "CORRECT"},
    ]
    assert v.received_quantity(rows) == [-3, -1]


# -- settings ----------------------------------------------------------------------------------------------------------

OAUTH = {"token_url": "https://idcs.example/oauth2/v1/token", "client_id": "hub"}


@pytest.mark.parametrize(
    "login",
    [
        {}, {"username": "u"}, {"password": "p"}, {"username": "u", "password": "p", "client_id": "c"}, OAUTH,
        {"client_id": "c", "client_secret": "s"}, {**OAUTH, "client_secret": "s", "private_key": "k"},
        {**OAUTH, "username": "u", "client_secret": "s"},
    ],
)  # fmt: skip
def test_a_login_that_is_not_whole_is_refused(login: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        OracleScmConfig.model_validate({"kind": "oracle_scm", "base_url": "https://pod.example", **login})


def test_framework_versions_that_cut_lists_silently_are_refused() -> None:
    with pytest.raises(ValidationError):
        OracleScmConfig.model_validate(
            {"kind": "oracle_scm", "base_url": "https://pod.example", "username": "u", "password": "p",
             "framework_version": 2}
        )  # fmt: skip
