"""The feed as clients see it, on both databases: documents, rows, pages, expansion, headers, and what is refused."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from support.clean_store import empty
from support.odata_feed import ROOT, Caller
from support.postgres import execute
from support.writing import Sync, micros, moment

from hub.access.principal import Principal, Role
from hub.model.catalog import ENTITIES, HISTORIES
from hub.store import open_store
from hub.store.base import Store
from hub.store.snapshots import Snapshot, Snapshots

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
FIRST = "orders(source='shop',source_id='1')"


@pytest.fixture(scope="module")
def caller(prepared_store_url: str) -> Iterator[Caller]:
    empty(prepared_store_url)
    with open_store(prepared_store_url) as store:
        _fill(Sync(store))
    caller = Caller(prepared_store_url)
    yield caller
    caller.close()


@pytest.fixture(autouse=True)
def operator(caller: Caller) -> Iterator[None]:
    """Each test begins with a consumer that may see everything."""
    caller.door.principal = Principal("bi", Role.OPERATOR, "token", frozenset({"odata"}))
    caller.door.noted.clear()
    yield


def _fill(sync: Sync) -> None:
    sync.merge(
        "customers",
        source_id=["c1", "c2", "c/3 'x'"],
        name=["Müller GmbH", "Ann Lee", None],
        kind=["company", "person", None],
        email=["a@b.example", "ann@c.example", None],
        city=["Köln", "Leeds", None],
        extras=['{"a":1}', None, None],
    )
    sync.merge("products", source_id=["p1"], sku=["S-1"], name=["Bolt"])
    sync.merge(
        "orders",
        source_id=["1", "2", "3", "4"],
        customer_source_id=["c1", "c2", "gone", None],
        total=[1250 * 10**6 + 1, -5 * 10**5, 99 * 10**18 + 10**5, None],
        currency=["EUR", "EUR", "USD", None],
        ordered_at=[micros(0), micros(0) + 1, -1, None],
        is_test=[False, True, None, None],
        number=['say "hi"\n', "back\\slash", "𝄞", "N-4"],
    )
    sync.merge(
        "order_lines",
        source_id=["1-b", "1-a", "2-a"],
        order_source_id=["1", "1", "2"],
        product_source_id=["p1", None, "p1"],
        quantity=[2 * 10**6, 10**6, 3 * 10**6],
        sku=["S-1", "S-2", "S-1"],
    )
    sync.merge(
        "fx_rates", source_id=["r"], base_currency=["EUR"], currency=["USD"], rate_on=["2024-02-29"], rate=[1_234_567]
    )
    sync.delete("orders", "4")
    sync.end()


# -- documents ---------------------------------------------------------------------------------------------------------


def test_the_service_document_lists_every_canonical_table_golden_records_and_snapshots(caller: Caller) -> None:
    answer = caller.get("")
    names = {entry["name"] for entry in answer.rows}
    assert names == {*ENTITIES, *HISTORIES, "golden_customers", "golden_products", "metric_snapshots"}
    assert answer.headers["odata-version"] == "4.0"
    assert answer.json["@odata.context"] == f"{ROOT}$metadata"
    assert {entry["kind"] for entry in answer.rows} == {"EntitySet"}


def test_metadata_has_keys_types_nullability_and_descriptions(caller: Caller) -> None:
    answer = caller.get("$metadata", accept="application/xml")
    assert answer.headers["content-type"].startswith("application/xml")
    types = {each.get("Name"): each for each in ElementTree.fromstring(answer.text).iter(f"{EDM}EntityType")}
    assert all(each.findall(f"{EDM}Key/{EDM}PropertyRef") for each in types.values())
    order = {each.get("Name"): each for each in types["Order"].iter(f"{EDM}Property")}
    assert dict(order["total"].items()) == {"Name": "total", "Type": "Edm.Decimal", "Precision": "20", "Scale": "6"}
    assert order["source"].get("Nullable") == "false" and order["source"].get("MaxLength") == "60"
    assert order["ordered_at"].get("Type") == "Edm.DateTimeOffset"
    assert order["total"][0].get("String", "").startswith("What the customer owes")
    assert "completed" in (order["status"][0].get("String") or "")
    lines = {each.get("Name"): each for each in types["Order"].iter(f"{EDM}NavigationProperty")}["order_lines"]
    assert lines.get("Type") == "Collection(hub.OrderLine)"


def test_metadata_as_json_says_the_same(caller: Caller) -> None:
    document = caller.get("$metadata", accept="application/json").json
    order = document["hub"]["Order"]
    assert order["$Key"] == ["source", "source_id"]
    assert order["total"]["$Type"] == "Edm.Decimal" and order["total"]["$Scale"] == 6
    assert order["customer"]["$ReferentialConstraint"]["customer_source_id"] == "source_id"


# -- rows --------------------------------------------------------------------------------------------------------------


def test_values_are_exact_and_typed(caller: Caller) -> None:
    answer = caller.get("orders?$select=total,ordered_at,is_test,number,is_deleted")
    assert answer.rows == [
        {
            "number": 'say "hi"\n',
            "ordered_at": "2024-05-01T00:00:00Z",
            "total": 1250.000001,
            "is_test": False,
            "is_deleted": False,
        },
        {
            "number": "back\\slash",
            "ordered_at": "2024-05-01T00:00:00.000001Z",
            "total": -0.5,
            "is_test": True,
            "is_deleted": False,
        },
        {
            "number": "𝄞",
            "ordered_at": "1969-12-31T23:59:59.999999Z",
            "total": 99e12 + 0.1,
            "is_test": None,
            "is_deleted": False,
        },
    ]
    assert '"total":99000000000000.1' in answer.text
    assert answer.json["@odata.context"] == f"{ROOT}$metadata#orders(number,ordered_at,total,is_test,is_deleted)"


def test_numbers_travel_as_text_where_a_client_asks_for_it(caller: Caller) -> None:
    answer = caller.get("orders?$select=total,run_id&$count=true", accept="application/json;IEEE754Compatible=true")
    assert [row["total"] for row in answer.rows] == ["1250.000001", "-0.5", "99000000000000.1"]
    assert answer.rows[0]["run_id"] == "1" and answer.json["@odata.count"] == "3"
    assert "IEEE754Compatible=true" in answer.headers["content-type"]


def test_every_property_of_the_model_is_there_unless_it_is_not_selected(caller: Caller) -> None:
    (row,) = caller.get("fx_rates").rows
    assert set(ENTITIES["fx_rates"].by_name) < set(row)
    assert (row["rate_on"], row["rate"], row["extras"]) == ("2024-02-29", 1.234567, None)


def test_deleted_rows_are_seen_only_when_asked_for(caller: Caller) -> None:
    assert "4" not in {row["source_id"] for row in caller.get("orders").rows}
    gone = caller.get("orders?$filter=is_deleted eq true").rows
    assert [row["source_id"] for row in gone] == ["4"] and gone[0]["deleted_at"]
    assert len(caller.get("orders?$filter=is_deleted eq true or is_deleted eq false").rows) == 4
    assert caller.get("orders(source='shop',source_id='4')").json["is_deleted"] is True


@pytest.mark.parametrize(
    ("question", "number"),
    [("", 3), ("?$filter=total lt 0", 1), ("?$search=slash", 1), ("?$filter=is_deleted eq true", 1)],
)
def test_counting(caller: Caller, question: str, number: int) -> None:
    answer = caller.get(f"orders/$count{question}")
    assert (answer.text, answer.headers["content-type"]) == (str(number), "text/plain;charset=utf-8")


def test_the_count_is_of_all_rows_whatever_top_says(caller: Caller) -> None:
    answer = caller.get("orders?$count=true&$top=1&$filter=total ne null")
    assert answer.json["@odata.count"] == 3 and len(answer.rows) == 1


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("müller", ["c1"]),
        ("MÜLLER AND köln", ["c1"]),
        ('"ann lee" OR gmbh', ["c1", "c2"]),
        ("NOT gmbh", ["c/3 'x'", "c2"]),
        ("(ann NOT (gmbh OR lee))", []),
    ],
)
def test_searching(caller: Caller, search: str, found: list[str]) -> None:
    answer = caller.get(f"customers?$select=source_id&$search={search}")
    assert [row["source_id"] for row in answer.rows] == found


# -- single rows, and the ways between rows ----------------------------------------------------------------------------


def test_a_row_by_its_key(caller: Caller) -> None:
    answer = caller.get(FIRST)
    assert answer.json["number"] == 'say "hi"\n'
    assert answer.json["@odata.context"] == f"{ROOT}$metadata#orders/$entity"
    assert caller.get("Orders(source_id='1',source='shop')").status == 200


def test_a_key_may_hold_any_character(caller: Caller) -> None:
    answer = caller.get("customers(source='shop',source_id='c%2F3%20''x''')")
    assert answer.json["source_id"] == "c/3 'x'"


def test_a_key_that_is_not_there(caller: Caller) -> None:
    assert caller.get("orders(source='shop',source_id='99')").status == 404
    assert "source=…" in caller.get("orders('1')").problem


def test_one_property(caller: Caller) -> None:
    assert caller.get(f"{FIRST}/total").json["value"] == 1250.000001
    assert caller.get(f"{FIRST}/carrier").status == 204
    assert caller.get(f"{FIRST}/total/$value").status == 501


def test_the_ways_to_other_rows(caller: Caller) -> None:
    assert caller.get(f"{FIRST}/customer").json["name"] == "Müller GmbH"
    assert [row["source_id"] for row in caller.get(f"{FIRST}/order_lines").rows] == ["1-a", "1-b"]
    assert caller.get(f"{FIRST}/order_lines/$count").text == "2"
    assert caller.get("orders(source='shop',source_id='3')/customer").status == 204
    assert caller.get("orders(source='shop',source_id='99')/order_lines").status == 404


def test_expanding_rows_and_lists(caller: Caller) -> None:
    first, second, third = caller.get(
        "orders?$select=source_id&$expand=customer($select=name),order_lines($select=source_id;$filter=quantity gt 1)"
    ).rows
    assert first == {"source_id": "1", "customer": {"name": "Müller GmbH"}, "order_lines": [{"source_id": "1-b"}]}
    assert second["order_lines"] == [{"source_id": "2-a"}]
    assert third == {"source_id": "3", "customer": None, "order_lines": []}


def test_a_page_with_expansions_is_one_statement(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.console.odata import reading

    ran: list[str] = []
    chunks = reading._chunks
    monkeypatch.setattr(
        reading, "_chunks", lambda store, statement: (ran.append(statement.sql), chunks(store, statement))[1]
    )
    caller.get("orders?$expand=order_lines($orderby=quantity desc;$top=1),customer")
    assert len([sql for sql in ran if "FROM orders" in sql]) == 1
    assert not [sql for sql in ran if "FROM order_lines AS" in sql and "FROM orders" not in sql]


# -- pages -------------------------------------------------------------------------------------------------------------


def test_a_page_leads_to_the_next_one(caller: Caller) -> None:
    pages = list(caller.walk("orders?$select=source_id&$orderby=total desc", prefer="odata.maxpagesize=1"))
    assert [[row["source_id"] for row in page.rows] for page in pages] == [["3"], ["1"], ["2"]]
    assert pages[0].headers["preference-applied"] == "odata.maxpagesize=1"
    assert pages[0].json["@odata.nextLink"].startswith(f"{ROOT}orders?")


def test_rows_that_come_meanwhile_move_no_page(caller: Caller, prepared_store_url: str) -> None:
    first = caller.get("products?$orderby=sku&$select=sku", prefer="odata.maxpagesize=1")
    assert "@odata.nextLink" not in first.json
    with open_store(prepared_store_url) as store:
        Sync(store, stream="more").merge("products", source_id=["p0", "p2"], sku=["A-0", "T-1"])
    second = caller.get("products?$orderby=sku desc&$select=sku", prefer="odata.maxpagesize=2")
    with open_store(prepared_store_url) as store:
        Sync(store, stream="later").merge("products", source_id=["p9"], sku=["Z-9"])
    third = caller.get(second.json["@odata.nextLink"])
    assert [row["sku"] for row in second.rows + third.rows] == ["T-1", "S-1", "A-0"]


@pytest.mark.parametrize("token", ["x", "WzFd", "W10", "WzEsIjAwMDAwMDAwMDAwMCIsIiIsbnVsbCxbInNob3AiLCIxIl1d", "%FF"])
def test_a_link_that_is_not_ours_is_refused(caller: Caller, token: str) -> None:
    assert caller.get(f"orders?$skiptoken={token}").status == 400


def test_a_link_of_another_question_is_refused(caller: Caller) -> None:
    link = caller.get("orders?$filter=total ne null", prefer="odata.maxpagesize=1").json["@odata.nextLink"]
    assert caller.get(link.replace("total%20ne", "total%20eq")).status == 400


# -- headers -----------------------------------------------------------------------------------------------------------


def test_an_answer_that_has_not_changed_is_not_sent_again(caller: Caller, prepared_store_url: str) -> None:
    tag = caller.get("locations").headers["etag"]
    again = caller.get("locations", if_none_match=f'"other", {tag}')
    assert (again.status, again.body) == (304, b"")
    assert caller.get("locations", if_none_match=tag.removeprefix("W/")).status == 304
    assert caller.get("locations", if_none_match="*").status == 304
    assert caller.get("locations?$top=1", if_none_match=tag).status == 200
    with open_store(prepared_store_url) as store:
        Sync(store, stream="places").merge("locations", source_id=["w1"])
    assert len(caller.get("locations", if_none_match=tag).rows) == 1


def test_head_is_get_without_its_body(caller: Caller) -> None:
    for target in ("", "$metadata", "orders", FIRST, "orders/$count"):
        head, whole = caller.get(target, method="HEAD"), caller.get(target)
        assert (head.status, head.body, head.headers.get("etag")) == (200, b"", whole.headers.get("etag"))


def test_answers_are_packed_where_the_client_can_unpack_them(caller: Caller) -> None:
    answer = caller.get("orders", accept_encoding="deflate, gzip;q=0.8")
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.rows) == 3
    assert "content-encoding" not in caller.get("orders", accept_encoding="gzip;q=0").headers


@pytest.mark.parametrize(
    "accept",
    [
        "application/json;odata.metadata=minimal;q=1.0,application/json;odata=minimalmetadata;q=0.9,application/atom+xml;q=0.8",
        "*/*",
        "application/*;q=0.5",
        "text/html, application/json;odata.metadata=none",
    ],
)
def test_accept_headers_of_real_clients(caller: Caller, accept: str) -> None:
    assert caller.get("orders", accept=accept, maxdataserviceversion="3.0;NetFx", odata_maxversion="4.0").status == 200


def test_a_plus_is_a_blank_but_for_the_sign_of_an_offset_or_an_exponent(caller: Caller) -> None:
    asked = "orders?$select=source_id&$filter=ordered_at+ge+2000-01-01T00:00:00+02:00+and+total+lt+1e+9"
    plain = "orders?$select=source_id&$filter=ordered_at ge 2000-01-01T00:00:00%2B02:00 and total lt 1e%2B9"
    assert caller.get(asked).rows == caller.get(asked.replace(":", "%3A")).rows == caller.get(plain).rows != []


def test_metadata_levels(caller: Caller) -> None:
    none = caller.get("orders?$top=1&$format=application/json;odata.metadata=none")
    assert set(none.json) == {"value"}
    (row,) = caller.get("orders?$top=1&$format=application/json;odata.metadata=full").rows
    assert row["@odata.type"] == "#hub.Order" and row["@odata.id"] == FIRST
    assert row["total@odata.type"] == "#Decimal"
    assert caller.get(row["order_lines@odata.navigationLink"]).status == 200


def test_links_are_right_behind_a_proxy_that_is_trusted(prepared_store_url: str) -> None:
    sent = {"x_forwarded_proto": "https", "x_forwarded_host": "bi.example.com:8443", "x_forwarded_prefix": "/hub"}
    inside = {"scheme": "http", "client": ("10.1.2.3", 5000)}
    trusting = Caller(prepared_store_url, trusted_proxies=("10.0.0.0/8",))
    seen = trusting.get("", scope=inside, **sent).json["@odata.context"]
    assert seen == "https://bi.example.com:8443/hub/odata/$metadata"
    apart = {**sent, "x_forwarded_host": "bi.example.com", "x_forwarded_port": "8443"}
    assert trusting.get("", scope=inside, **apart).json["@odata.context"] == seen
    usual = trusting.get("", scope=inside, **{**apart, "x_forwarded_port": "443"}).json["@odata.context"]
    assert usual == "https://bi.example.com/hub/odata/$metadata"
    stranger = trusting.get("", scope={**inside, "client": ("192.0.2.1", 5000)}, **sent).json["@odata.context"]
    assert stranger == "http://hub.example.com/odata/$metadata"
    public = Caller(prepared_store_url, public_url="https://reports.example.com")
    assert public.get("", scope=inside).json["@odata.context"] == "https://reports.example.com/odata/$metadata"
    for caller in (trusting, public):
        caller.close()


# -- who may see what --------------------------------------------------------------------------------------------------


def test_without_credentials_a_client_is_asked_for_them(caller: Caller) -> None:
    caller.door.principal = None
    answer = caller.get("orders")
    assert answer.status == 401 and answer.headers["www-authenticate"].startswith("Basic ")
    assert "hub token create" in answer.problem


@pytest.mark.parametrize(
    "sent",
    [{"authorization": "Basic cG93ZXJiaTpodWJfa2V5"}, {"authorization": "Bearer hub_key"}, {"x_api_key": "hub_key"}],
)
def test_credentials_come_in_three_headers(caller: Caller, sent: dict[str, str]) -> None:
    caller.get("orders", **sent)
    assert caller.door.came[-1].token == "hub_key"
    assert "hub_key" not in repr(caller.door.came[-1])


def test_a_key_in_the_address_is_taken_out_of_it(caller: Caller) -> None:
    answer = caller.get("orders?api_key=hub_key&$top=2", prefer="odata.maxpagesize=1")
    assert caller.door.came[-1].token == "hub_key"
    assert caller.scope["query_string"] == b"$top=2"
    assert "hub_key" not in answer.text


def test_viewers_see_personal_data_masked_and_cannot_ask_for_it(caller: Caller) -> None:
    caller.door.principal = Principal("bi", Role.VIEWER, "token", frozenset({"odata"}))
    company, person = caller.get("customers?$filter=kind ne null&$select=name,email,city,extras").rows
    assert (person["name"], person["email"], person["city"], person["extras"]) == ("•••", "•••", "Leeds", None)
    assert (company["name"], company["email"], company["city"]) == ("Müller GmbH", "•••", "Köln")
    for question in ("$filter=email eq 'ann@c.example'", "$orderby=name", "$filter=startswith(name,'A')"):
        assert caller.get(f"customers?{question}").status == 403
    assert caller.get("customers?$search=ann").rows == []
    assert caller.get("orders?$expand=customer($filter=name eq 'Ann Lee')").status == 403
    assert caller.door.noted == []


def test_golden_records_and_snapshots(caller: Caller, prepared_store_url: str) -> None:
    with open_store(prepared_store_url) as store:
        Snapshots(store).keep(Snapshot(moment(0), "revenue", "{}", 1, 1, "12.50", "x", '{"rows":[["Ann Lee"]]}'))
        _make_golden(store)
    (snapshot,) = caller.get("metric_snapshots?$filter=metric eq 'revenue'").rows
    assert (snapshot["value"], snapshot["taken_at"]) == ("12.50", "2024-05-01T00:00:00Z")
    assert snapshot["body"] == '{"rows":[["Ann Lee"]]}'
    golden = caller.get("golden_customers('C000001')").json
    assert (golden["name"], golden["records"], golden["is_deleted"]) == ("Müller GmbH", 1, False)
    (row,) = caller.get("orders?$filter=customer_golden_id eq 'C000001' and total gt 0&$expand=customer_golden").rows
    assert row["customer_golden"]["golden_id"] == "C000001"
    assert caller.get("customers(source='shop',source_id='c1')/golden_id").json["value"] == "C000001"
    caller.door.principal = Principal("bi", Role.VIEWER, "token", frozenset({"odata"}))
    assert caller.get(f"metric_snapshots({snapshot['id']})").json["body"] == "•••"


def _make_golden(store: Store) -> None:
    db = store.db  # type: ignore[attr-defined]
    taken = "(SELECT taken_at FROM hub_snapshots LIMIT 1)"
    db.rows(
        "INSERT INTO hub_links (entity, source, source_id, golden_id, rule, linked_at, resolution_id)"
        f" SELECT 'customers', 'shop', 'c1', 'C000001', 'alone', {taken}, 1"
    )
    db.rows(
        "INSERT INTO golden_customers (golden_id, name, kind, records, resolution_id)"
        " VALUES ('C000001', 'Müller GmbH', 'company', 1, 1)"
    )
    db.rows(
        "INSERT INTO hub_resolutions (id, kind, started_at, ended_at, sequence, settings)"
        f" SELECT 1, 'full', {taken}, {taken}, 1, ''"
    )


def test_looks_at_personal_data_are_noted_once_for_a_walk(caller: Caller) -> None:
    list(caller.walk("customers", prefer="odata.maxpagesize=1"))
    caller.get("customers?$select=country")
    caller.get("orders?$expand=customer")
    assert caller.door.noted == ["customers", "customers"]


# -- what is refused ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "status"),
    [
        ("orders?$filter=total gt 'a'", 400),
        ("orders?$filter=nothing eq 1", 400),
        ("orders?$filter=", 400),
        ("orders?$filter=ordered_at ge 2024-01-01", 400),
        ("orders?$filter=ordered_at ge 2024-01-01T00:00:00", 400),
        ("orders?$filter=total add 1 gt 2", 501),
        ("orders?$filter=order_lines/any(l:l/quantity gt 1)", 501),
        ("orders?$filter=status has 'open'", 501),
        ("orders?$filter=customer/name eq 'x'", 501),
        ("orders?$filter=now() gt ordered_at", 501),
        ("orders?$filter=cast(total,Edm.String) eq '1'", 501),
        ("orders?$filter=extras eq 'x'", 501),
        ("orders?$filter=foo(total) eq 1", 400),
        ("orders?$orderby=length(number)", 501),
        ("orders?$orderby=nothing", 400),
        ("orders?$orderby=total up", 400),
        ("orders?$select=nothing", 400),
        ("orders?$select=customer/name", 501),
        ("orders?$top=-1", 400),
        ("orders?$top=1.5", 400),
        ("orders?$skip=x", 400),
        ("orders?$count=yes", 400),
        ("orders?$expand=nothing", 400),
        ("orders?$expand=customer/parent", 501),
        ("orders?$expand=customer($expand=parent)", 501),
        ("orders?$expand=*", 501),
        ("orders?$expand=customer($levels=2)", 501),
        ("orders?$apply=aggregate(total with sum as t)", 501),
        ("orders?$compute=total as t", 501),
        ("orders?$what=1", 400),
        ("orders?$top=1&$top=2", 400),
        ("orders?$top=@n&@n=1", 501),
        ("orders?$search=", 400),
        ('orders?$search="a', 400),
        ("orders?$search=a AND", 400),
        ("orders?$format=xml", 406),
        ("orders?$deltatoken=1", 501),
        ("orders/$count?$top=1", 400),
        ("nothing", 404),
        ("orders/nothing", 404),
        (f"{FIRST}/nothing", 404),
        ("$batch", 501),
        ("$all", 501),
        ("$metadata/x", 404),
        ("orders(source='shop')", 400),
        ("orders(source='shop',source_id=1)", 400),
        ("orders(source='shop',source_id='1'", 400),
        (f"{FIRST}?$filter=total gt 1", 400),
        ("?$top=1", 400),
        ("$metadata?$filter=1", 400),
    ],
)
def test_what_cannot_be_answered_is_refused_with_a_reason(caller: Caller, target: str, status: int) -> None:
    answer = caller.get(target)
    assert answer.status == status, answer.text
    assert answer.problem and answer.json["error"]["code"]
    assert answer.headers["odata-version"] == "4.0"


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "MERGE"])
def test_the_feed_is_for_reading(caller: Caller, method: str) -> None:
    answer = caller.get("orders", method=method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, HEAD")


def test_an_option_without_its_dollar_is_heeded_too(caller: Caller) -> None:
    assert [row["source_id"] for row in caller.get("orders?filter=total lt 0&Top=1").rows] == ["2"]


def test_a_long_filter_is_answered(caller: Caller) -> None:
    many = " or ".join(f"source_id eq '{number}'" for number in range(1500))
    assert len(caller.get(f"orders?$filter={many}").rows) == 3
    listed = ",".join(f"'{number}'" for number in range(4000))
    assert len(caller.get(f"orders?$filter=source_id in ({listed})").rows) == 3
    assert caller.get(f"orders?$filter={'not (' * 80}is_test{')' * 80}").status == 400


def test_sums_are_those_of_the_store(caller: Caller) -> None:
    rows = caller.get("orders?$select=total", accept="application/json;IEEE754Compatible=true").rows
    assert sum(Decimal(row["total"]) for row in rows) == Decimal("99000000001249.600001")


# -- indexes -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def eager(prepared_store_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Caller]:
    """A feed to which every table is large."""
    from hub.console.odata import indexes

    monkeypatch.setattr(indexes, "_LARGE", 0)
    _drop_lazy_indexes(prepared_store_url)
    caller = Caller(prepared_store_url, indexes=True)
    yield caller
    caller.close()


def _drop_lazy_indexes(url: str) -> None:
    """Those that tests before this one left in the database, which is used again."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db, db:
            names = db.execute("SELECT name FROM sqlite_master WHERE name LIKE 'ix_lazy_%'").fetchall()
            for (name,) in names:
                db.execute(f"DROP INDEX {name}")
    else:
        for (name,) in execute(url, "SELECT indexname FROM pg_indexes WHERE indexname LIKE 'ix_lazy_%'"):
            execute(url, f"DROP INDEX {name}")


def _wait_for(caller: Caller, *names: str) -> None:
    """Until there is one of these indexes."""
    deadline = time.monotonic() + 20
    while not caller.app.service.indexes._known & set(names) and time.monotonic() < deadline:
        time.sleep(0.05)
        caller.app.service.indexes._looked = -60.0
        caller.app.service.indexes._names()
    assert caller.app.service.indexes._names() & set(names)


def test_what_consumers_filter_and_order_by_gets_an_index(eager: Caller) -> None:
    for question in ("$filter=ordered_at gt 1970-01-01T00:00:00Z", "$orderby=synced_at desc", "$filter=number eq 'x'"):
        assert eager.get(f"orders?{question}").status == 200
    for column in ("ordered_at", "synced_at", "number"):
        _wait_for(eager, f"ix_lazy_orders_by_{column}")
    pages = list(eager.walk("orders?$filter=ordered_at lt 2030-01-01T00:00:00Z", prefer="odata.maxpagesize=1"))
    assert [row["source_id"] for page in pages for row in page.rows] == ["3", "1", "2"], "in the order of the index"


def test_an_expansion_of_a_large_table_waits_for_its_index(eager: Caller) -> None:
    assert eager.get("orders?$expand=order_lines").status == 200
    own = "ix_lazy_order_lines_order_source_id"  # the store makes it itself where children are replaced
    _wait_for(eager, "ix_lazy_order_lines_by_order_source_id", own)


def test_without_the_right_to_make_one_a_large_table_is_not_expanded(
    prepared_store_url: str, eager: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    caller = Caller(prepared_store_url, indexes=False)
    answer = caller.get("products?$expand=stock_levels")
    assert answer.status == 501 and "read it by itself" in answer.problem
    caller.close()


# -- clients that go ---------------------------------------------------------------------------------------------------


def test_nothing_is_read_for_a_client_that_has_gone(prepared_store_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.console.odata import service

    made: list[int] = []

    def endless(*_: object, **__: object) -> Iterator[bytes]:
        while len(made) < 5_000:
            made.append(len(made))
            yield b"x" * 100
        raise AssertionError("nobody stopped it")

    monkeypatch.setattr(service.writing, "gathered", endless)
    caller = Caller(prepared_store_url)
    caller.patience_seconds = 0.05
    caller.get("orders")
    assert 0 < len(made) < 5_000
    caller.close()
