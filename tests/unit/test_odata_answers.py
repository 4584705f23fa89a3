"""What comes from an OData service: envelopes, values, pages, errors. Every row once, and no server can mislead us."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.http_fakes import Scripted, answer, source

from hub.sdk import AuthError, SourceChanged, SourceUnavailable, Throttled
from hub.sdk.odata import (
    KeysetPages,
    Meaning,
    Metadata,
    Navigation,
    ODataSource,
    Paging,
    Property,
    Query,
    ServerPages,
    SkipPages,
    StructuredType,
    Version,
    ge,
    read_batch,
    selection,
)
from hub.sdk.odata.metadata import EntitySet

V2, V3, V4 = Version.V2, Version.V3, Version.V4
ITEM = StructuredType(
    "T.Item",
    ("Id", "No"),
    {each.name: each for each in (Property("Id", "Edm.String"), Property("No", "Edm.Int32"),
                                  Property("Due", "Edm.DateTime"), Property("Price", "Edm.Decimal"))},
    {},
)  # fmt: skip
ORDER = StructuredType(
    "T.Order",
    ("Id",),
    {each.name: each for each in (
        Property("Id", "Edm.String"), Property("Day", "Edm.DateTime"), Property("Changed", "Edm.DateTimeOffset"),
        Property("At", "Edm.Time"), Property("Uuid", "Edm.Guid"), Property("Total", "Edm.Decimal"),
    )},
    {"Items": Navigation("Items", "T.Item", many=True), "Buyer": Navigation("Buyer", "T.Item", many=False)},
)  # fmt: skip


def described(version: Version) -> Metadata:
    sets = {"Orders": EntitySet("Orders", "T.Order"), "Items": EntitySet("Items", "T.Item")}
    return Metadata(version, sets, {"T.Order": ORDER, "T.Item": ITEM})


def service(version: Version, *answers: Any, **options: Any) -> ODataSource:
    return ODataSource(source(Scripted(*answers)), version, metadata=described(version), **options)


def read(odata: ODataSource, query: Query | None = None, paging: Paging | None = None) -> list[dict[str, Any]]:
    return [row for page in odata.pages(query or Query("Orders"), paging) for row in page.rows]


# -- values ------------------------------------------------------------------------------------------------------------


def test_version_2_values_become_what_the_converters_read() -> None:
    row = {
        "__metadata": {"uri": "https://shop.test/api/Orders('1')"}, "Id": "1", "Day": "/Date(1492041600000)/",
        "Changed": "/Date(1492098664123+0120)/", "At": "PT9H5M", "Uuid": "ABCD", "Total": "52.650",
        "Items": {"results": [{"__metadata": {}, "Id": "1", "No": 1, "Due": "/Date(-62135596800000)/"}]},
        "Buyer": {"__deferred": {"uri": "…"}},
    }  # fmt: skip
    assert read(service(V2, answer({"d": {"results": [row]}}))) == [
        {
            "Id": "1", "Day": "2017-04-13T00:00:00", "Changed": "2017-04-13T15:51:04.123000Z", "At": "09:05:00",
            "Uuid": "abcd", "Total": "52.650", "Items": [{"Id": "1", "No": 1, "Due": "0001-01-01T00:00:00"}],
        }
    ]  # fmt: skip


def test_version_4_rows_keep_their_annotations_and_exact_numbers() -> None:
    row = '{"@odata.etag":"W/1","Id":"1","Total":12.10,"Uuid":"AB","kind@x.FormattedValue":"Big"}'
    assert read(service(V4, answer('{"value":[' + row + "]}"))) == [
        {"Id": "1", "Total": Decimal("12.10"), "Uuid": "ab", "kind@x.FormattedValue": "Big"}
    ]


def test_without_metadata_the_shapes_are_still_known() -> None:
    body = {"d": {"results": [{"__metadata": {}, "A": {"results": [{"__metadata": {}, "B": 1}]}, "C": None}]}}
    odata = ODataSource(source(Scripted(answer(body))), V2, typed=False)
    assert read(odata, Query("Anything")) == [{"A": [{"B": 1}], "C": None}]


@given(st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30)))
def test_every_millisecond_that_can_be_written_is_read_back(moment: datetime) -> None:
    whole = (moment - datetime(1970, 1, 1)) // timedelta(milliseconds=1)
    rows = read(service(V2, answer({"d": {"results": [{"Id": "1", "Day": f"/Date({whole})/"}]}})))
    assert datetime.fromisoformat(rows[0]["Day"]) == datetime(1970, 1, 1) + timedelta(milliseconds=whole)


@pytest.mark.parametrize("value", ["0000-00-00", "/Date(99999999999999999)/", "/Date()/", 5, "", "PT"])
def test_a_value_of_another_form_is_left_for_the_converter_to_judge(value: Any) -> None:
    row = {"Id": "1", "Day": value, "Changed": value, "At": value}
    assert read(service(V2, answer({"d": {"results": [dict(row)]}}))) == [row]


# -- envelopes ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("version", "body"),
    [
        (V2, {"d": [{"Id": "1"}]}),
        (V2, {"d": {"results": [{"Id": "1"}], "__count": "1"}}),
        (V3, {"odata.metadata": "…", "odata.count": "1", "value": [{"Id": "1", "odata.etag": "x"}]}),
        (V3, {"d": {"results": [{"Id": "1"}]}}),
        (V4, {"@odata.count": 1, "value": [{"Id": "1"}]}),
        (V4, {"@context": "…", "@count": 1, "value": [{"Id": "1"}]}),
    ],
)
def test_rows_are_found_in_every_version_s_envelope(version: Version, body: Any) -> None:
    page = next(service(version, answer(body)).pages(Query("Orders", count=True)))
    assert page.rows == [{"Id": "1"}]
    assert page.total in {1, None}
    assert page.is_last


@pytest.mark.parametrize(
    ("version", "body"),
    [
        (V2, {}), (V2, {"value": []}), (V2, {"d": {"Id": "1"}}), (V2, {"d": {"results": {}}}), (V4, {"d": []}),
        (V4, []), (V4, {"value": [1]}), (V4, {"value": [], "@odata.nextLink": 5}),
        (V4, {"value": [], "@odata.count": -1}),
        (V4, None), (V4, {"value": None}),
    ],
)  # fmt: skip
def test_another_shape_is_told_and_never_taken_for_an_empty_set(version: Version, body: Any) -> None:
    with pytest.raises(SourceChanged):
        read(service(version, answer(body)))


def test_a_delta_tells_rows_removed_ones_and_where_to_go_on() -> None:
    body = {
        "value": [
            {"Id": "1"},
            {"@odata.context": "…#Orders/$deletedEntity", "id": "2", "reason": "deleted"},
            {"@removed": {"reason": "changed"}, "@id": "Orders('3')"},
            {"@odata.context": "…#Orders/$deletedLink", "source": "a", "target": "b"},
        ],
        "@odata.deltaLink": "https://shop.test/api/Orders?$deltatoken=7%2b1",
    }
    page = next(service(V4, answer(body)).pages(Query("Orders")))
    assert page.rows == [{"Id": "1"}]
    assert [(gone.id, gone.reason) for gone in page.removed] == [("2", "deleted"), ("Orders('3')", "changed")]
    assert page.delta_link == "/api/Orders?$deltatoken=7%2b1"


# -- pages -------------------------------------------------------------------------------------------------------------


def people(count: int, cap: int = 1000, *, mute: bool = False) -> Callable[[httpx.Request], httpx.Response]:
    """A version 2 service with `count` orders, which sends at most `cap` a time; `mute` then leaves out the link."""
    ids = [f"{number:04}" for number in range(count)]

    def handle(request: httpx.Request) -> httpx.Response:
        asked = {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}
        assert "$skiptoken" in asked or not asked.get("$top") or asked["$orderby"] == "Id"
        after = asked.get("$filter", "Id gt ''").split("Id gt ")[1].strip("')")
        chosen = [each for each in ids if each > after]
        start, top = int(asked.get("$skiptoken", asked.get("$skip", 0))), int(asked.get("$top", 10**9))
        rows = chosen[start : start + min(top, cap)]
        body: dict[str, Any] = {"results": [{"Id": each} for each in rows]}
        if not mute and len(rows) == cap < top and start + cap < len(chosen):
            left = "" if top == 10**9 else f"&$top={top - cap}"
            kept = "".join(f"&{name}={asked[name]}" for name in ("$filter", "$orderby") if name in asked)
            body["__next"] = f"Orders?$skiptoken={start + cap}{left}{kept}"
        return answer({"d": body})

    return handle


PAGINGS: dict[str, Paging] = {
    "server": ServerPages(), "keys": KeysetPages(3), "keys, short": KeysetPages(3, short_is_last=True),
    "skip": SkipPages(3), "skip, short": SkipPages(3, short_is_last=True),
}  # fmt: skip


@pytest.mark.parametrize("paging", PAGINGS.values(), ids=list(PAGINGS))
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 6, 7])
def test_every_row_comes_once_whatever_the_edge(paging: Paging, count: int) -> None:
    wanted = [f"{number:04}" for number in range(count)]
    odata = service(V2, people(count, cap=2 if isinstance(paging, ServerPages) else 1000))
    assert [row["Id"] for row in read(odata, paging=paging)] == wanted


@pytest.mark.parametrize("mute", [False, True])
@pytest.mark.parametrize("paging", [KeysetPages(3), SkipPages(3)])
def test_a_server_that_sends_fewer_than_asked_loses_nothing(paging: Paging, mute: bool) -> None:
    odata = service(V2, people(7, cap=2, mute=mute))
    assert [row["Id"] for row in read(odata, paging=paging)] == [f"{number:04}" for number in range(7)]


@pytest.mark.parametrize("paging", PAGINGS.values(), ids=list(PAGINGS))
def test_a_stopped_read_goes_on_after_any_page(paging: Paging) -> None:
    handler = people(8, cap=2)
    whole = list(service(V2, handler).pages(Query("Orders"), paging))
    for place, page in enumerate(whole):
        resume = json.loads(json.dumps(page.resume))
        rest = [row for each in service(V2, handler).pages(Query("Orders"), paging, resume=resume) for row in each.rows]
        assert rest == [row for each in whole[place + 1 :] for row in each.rows]


def test_a_short_page_ends_the_read_only_where_that_is_known() -> None:
    careful, trusting = Scripted(people(4)), Scripted(people(4))
    for transport, paging in ((careful, KeysetPages(3)), (trusting, KeysetPages(3, short_is_last=True))):
        assert len(read(ODataSource(source(transport), V2, metadata=described(V2)), paging=paging)) == 4
    assert (len(careful.requests), len(trusting.requests)) == (3, 2)


def test_the_filter_stays_while_keys_go_on() -> None:
    transport = Scripted(answer({"value": [{"Id": "a", "No": 2}]}), answer({"value": []}))
    odata = ODataSource(source(transport), V4, metadata=described(V4))
    read(odata, Query("Items", filter=ge("Price", "5")), KeysetPages(1))
    asked = [parse_qs(request.url.query.decode()) for request in transport.requests]
    assert asked[0]["$filter"] == ["Price ge 5"]
    assert asked[1]["$filter"] == ["Price ge 5 and (Id gt 'a' or (Id eq 'a' and No gt 2))"]
    assert asked[1]["$orderby"] == ["Id,No"]


@pytest.mark.parametrize("paging", [ServerPages(), KeysetPages(2), SkipPages(2)])
def test_a_server_that_repeats_itself_is_found_out(paging: Paging) -> None:
    same = answer({"d": {"results": [{"Id": "1"}, {"Id": "2"}], "__next": "Orders?$skiptoken=1"}})
    deaf = answer({"d": {"results": [{"Id": "1"}, {"Id": "2"}]}})
    with pytest.raises(SourceChanged):
        read(service(V2, same if isinstance(paging, ServerPages) else deaf), paging=paging)


def test_empty_pages_without_end_are_an_error() -> None:
    def endless(request: httpx.Request) -> httpx.Response:
        number = int(request.url.params.get("n", 0)) + 1
        return answer({"value": [], "@odata.nextLink": f"Orders?n={number}"})

    with pytest.raises(SourceChanged, match="empty pages"):
        read(service(V4, endless))


def test_a_link_to_another_host_is_not_followed() -> None:
    with pytest.raises(SourceChanged, match=r"another host: evil\.test"):
        read(service(V4, answer({"value": [], "@odata.nextLink": "https://evil.test/api/Orders?$skiptoken=1"})))


def test_links_are_followed_byte_for_byte_with_the_same_wishes() -> None:
    cookie = "https://shop.test/api/Orders?$skiptoken=%3Ccookie%20pagenumber=%222%22%20x=%2527a%2527/%3E"
    transport = Scripted(answer({"value": [{"Id": "1"}], "@odata.nextLink": cookie}), answer({"value": []}))
    odata = ODataSource(source(transport), V4, metadata=described(V4), prefer=('odata.include-annotations="x"',))
    read(odata, paging=ServerPages(50))
    assert str(transport.requests[1].url) == cookie
    for request in transport.requests:
        assert request.headers["Prefer"] == 'odata.maxpagesize=50,odata.include-annotations="x"'


def test_an_expanded_list_that_was_cut_off_is_completed() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        page = request.url.params.get("page")
        if page is None:
            row = {"Id": "1", "Items": [{"No": 1}], "Items@odata.nextLink": "Orders('1')/Items?page=2"}
            return answer({"value": [row]})
        more = {"@odata.nextLink": "Items?page=3"} if page == "2" else {}
        return answer({"value": [{"No": int(page)}], **more})

    assert read(service(V4, handle)) == [{"Id": "1", "Items": [{"No": 1}, {"No": 2}, {"No": 3}]}]


def test_an_expanded_list_of_version_2_is_completed_with_its_types() -> None:
    first = {"Id": "1", "Items": {"results": [], "__next": "Orders('1')/Items?$skiptoken=1"}}
    second = {"d": {"results": [{"No": 2, "Due": "/Date(0)/"}]}}
    rows = read(service(V2, answer({"d": {"results": [first]}}), answer(second)))
    assert rows == [{"Id": "1", "Items": [{"No": 2, "Due": "1970-01-01T00:00:00"}]}]


# -- errors ------------------------------------------------------------------------------------------------------------

GATEWAY = {
    "error": {
        "code": "SY/530", "message": {"lang": "en", "value": "An exception was raised"},
        "innererror": {"application": {}, "errordetails": [
            {"code": "A/1", "message": "Sales area is not maintained", "severity": "error"},
            {"code": "A/2", "message": "Mail to jo@example.com bounced"},
        ]},
    }
}  # fmt: skip


def test_an_error_tells_the_inner_details_without_personal_data() -> None:
    with pytest.raises(SourceChanged, match=r"code SY/530") as raised:
        read(service(V2, answer(GATEWAY, 400)))
    assert "An exception was raised; Sales area is not maintained; Mail to …@… bounced." in str(raised.value)
    assert raised.value.fix


def test_version_4_errors_have_details_and_inner_errors() -> None:
    body = {
        "error": {"code": "X", "message": "Bad", "details": [{"message": "Field A"}], "innererror": {"message": "B"}}
    }
    with pytest.raises(AuthError, match="Bad; Field A; B"):
        read(service(V4, answer(body, 403)))


def test_an_error_in_xml_is_read_too_and_never_expanded() -> None:
    xml = (
        '<error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><code>005</code>'
        '<message xml:lang="en">No service found</message><innererror><errordetails>'
        "<errordetail><message>Inner</message>"
        "</errordetail><errordetail><message>Other</message></errordetail></errordetails></innererror></error>"
    )
    with pytest.raises(AuthError, match="No service found; Inner; Other"):
        read(service(V2, answer(xml.encode(), 403, content_type="application/xml")))
    bomb = b'<!DOCTYPE error [<!ENTITY a "boom">]><error><message>&a;</message></error>'
    with pytest.raises(AuthError) as raised:
        read(service(V2, answer(bomb, 403, content_type="application/xml")))
    assert "boom" not in str(raised.value)


def test_a_vendor_s_code_changes_who_must_act() -> None:
    body = {"error": {"code": "0x80072322", "message": "Number of requests exceeded"}}
    codes = {"0x80072322": Meaning(Throttled, "Wait.", again=True)}
    transport = Scripted(answer(body, 429, retry_after="7"), answer({"value": []}))
    http = source(transport)
    assert read(ODataSource(http, V4, metadata=described(V4), codes=codes)) == []
    assert http.context.clock.monotonic() >= 7
    with pytest.raises(Throttled, match="code 0x80072322"):
        read(service(V4, answer(body, 429), codes=codes))


def test_an_error_within_a_success_is_no_empty_set() -> None:
    with pytest.raises(SourceUnavailable, match="broke off"):
        read(service(V4, answer({"error": {"code": "", "message": "late failure"}})))


# -- batch -------------------------------------------------------------------------------------------------------------


def test_a_multipart_batch_reads_several_sets_at_once() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return answer({}, x_csrf_token="t0ken")
        assert request.headers["X-CSRF-Token"] == "t0ken"
        asked = request.read().decode()
        assert "GET Orders?$top=1 HTTP/1.1\r\nAccept: application/json\r\n" in asked
        parts = [json.dumps({"d": {"results": [{"Id": "1", "Day": "/Date(0)/"}]}}), json.dumps({"d": {"results": []}})]
        body = "".join(
            "--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(part)}\r\n\r\n{part}\r\n"
            for part in parts
        )
        return answer(body + "--b--\r\n", 202, content_type="multipart/mixed; boundary=b")

    odata = service(V2, handle, root="SRV")
    pages = read_batch(odata, [Query("Orders", top=1), Query("Items")], csrf=True)
    assert [page.rows for page in pages] == [[{"Id": "1", "Day": "1970-01-01T00:00:00"}], []]


def test_a_json_batch_keeps_the_order_and_raises_the_first_refusal() -> None:
    good = {"id": "0", "status": 200, "body": {"value": [{"Id": "1"}]}}
    other = {"id": "1", "status": 200, "body": {"value": [{"Id": "2"}]}}
    pages = read_batch(service(V4, answer({"responses": [other, good]})), [Query("Orders"), Query("Orders")])
    assert [page.rows[0]["Id"] for page in pages] == ["1", "2"]
    bad = {"id": "1", "status": 404, "body": {"error": {"code": "X", "message": "Not there"}}}
    with pytest.raises(SourceChanged, match="Not there"):
        read_batch(service(V4, answer({"responses": [good, bad]})), [Query("Orders"), Query("Items")])
    with pytest.raises(SourceUnavailable, match="read 2 was not answered"):
        read_batch(service(V4, answer({"responses": [good]})), [Query("Orders"), Query("Items")])


def multipart(*parts: str, end: str = "--b--\r\n") -> httpx.Response:
    body = "".join(f"--b\r\nContent-Type: application/http\r\n\r\nHTTP/1.1 {part}\r\n" for part in parts)
    return answer(body + end, 202, content_type="multipart/mixed; boundary=b")


@pytest.mark.parametrize(
    "trouble",
    [
        multipart('200 OK\r\n\r\n{"d": {"results": [{"Id": "1"}', end=""),
        multipart('200 OK\r\n\r\n{"d": {"results": []}}'),
        multipart('200 OK\r\n\r\n{"d": {"results": []}}', "503 Busy\r\n\r\n{}"),
        answer("<html>Please log in</html>", content_type="text/html"),
    ],
    ids=["cut off", "too few", "a part that failed", "a login page"],
)
def test_a_batch_that_went_wrong_is_asked_again(trouble: httpx.Response) -> None:
    good = multipart(*(f'200 OK\r\n\r\n{{"d": {{"results": [{{"Id": "{key}"}}]}}}}' for key in "12"))
    pages = read_batch(service(V2, trouble, good), [Query("Orders"), Query("Orders")])
    assert [page.rows for page in pages] == [[{"Id": "1"}], [{"Id": "2"}]]


# -- the rest ----------------------------------------------------------------------------------------------------------


def test_a_count_is_asked_for_with_the_filter_alone() -> None:
    transport = Scripted(answer("\ufeff42", content_type="text/plain"))
    odata = ODataSource(source(transport), V4, metadata=described(V4), root="v1", extra={"sap-client": "100"})
    assert odata.count(Query("Orders", ("Id",), ge("Id", "5"), orderby=("Id",), top=3)) == 42
    assert transport.requests[0].url.path == "/api/v1/Orders/$count"
    assert dict(transport.requests[0].url.params) == {"$filter": "Id ge '5'", "sap-client": "100"}


def test_one_entity_is_read_ready() -> None:
    assert service(V2, answer({"d": {"Id": "1", "At": "PT1S"}})).entity(Query("Orders('1')")) == {
        "Id": "1",
        "At": "00:00:01",
    }
    assert service(V4, answer({"@odata.context": "…", "Id": "1"})).entity(Query("Orders('1')"))["Id"] == "1"


def test_columns_of_maps_become_selections_and_expands() -> None:
    columns = [("Total",), ("Items", "Price"), ("Items", "0", "Due"), ("Gone",), ("Day@x.FormattedValue",)]
    select, (items,) = selection(described(V4), "Orders", columns)
    assert select == ("Id", "Total", "Day")
    assert (items.name, items.select) == ("Items", ("Id", "No", "Price", "Due"))
    assert described(V4).missing("Orders", [("Gone",), ("Total",), ("Items", "Price"), ("Items", "None")]) == [
        "Gone", "Items/None",
    ]  # fmt: skip


def test_an_unknown_set_is_told_with_the_nearest_name() -> None:
    with pytest.raises(SourceChanged, match=r"no entity set Order\. The nearest is Orders"):
        described(V4).type_of("Order")
    assert described(V4).type_of("Orders('a/b')/Items") is ITEM
