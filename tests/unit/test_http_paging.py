"""Paging: every row once, in order, whatever the edge; and no source can make us walk for ever."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.http_fakes import Scripted, answer, source

from hub.sdk import NextLink, NextToken, NumberedPages, OffsetPages, SourceChanged, SourceUnavailable

SIZE = 3
RULES = {
    "number": NumberedPages("items", SIZE),
    "number with total": NumberedPages("items", SIZE, total_at="total"),
    "number with pages": NumberedPages("items", SIZE, pages_at="pages"),
    "number, short is last": NumberedPages("items", SIZE, short_is_last=True),
    "offset": OffsetPages("items", SIZE),
    "offset with total": OffsetPages("items", SIZE, total_at="total"),
    "offset with more": OffsetPages("items", SIZE, more_at="more"),
    "link": NextLink("items", r"@odata\.nextLink", total_at="total"),
    "link in header": NextLink("items", in_header=True),
    "token": NextToken("items", "next", "cursor"),
}


def shop(count: int, cap: int = 1000) -> Scripted:
    """A source with `count` rows that speaks all of the above."""

    def handle(request: httpx.Request) -> httpx.Response:
        asked = request.url.params
        size = min(int(asked.get("limit", SIZE)), cap)
        start = int(asked.get("offset") or asked.get("cursor") or (int(asked.get("page", 1)) - 1) * size)
        rows = [{"id": number} for number in range(start, min(start + size, count))]
        end = start + len(rows)
        body: dict[str, Any] = {"items": rows, "total": count, "pages": -(-count // size), "more": end < count}
        headers = {}
        if end < count:
            body["next"] = str(end)
            body["@odata.nextLink"] = f"https://shop.test/api/orders?offset={end}"
            link = f"<https://shop.test/api/orders?offset={end}>"
            headers["Link"] = f'<https://shop.test/api/x>; rel="prev", {link}; rel="next"'
        return answer(body, **headers)

    return Scripted(handle)


def walk(rule: Any, net: httpx.BaseTransport, resume: Any = None, **settings: Any) -> Iterator[Any]:
    return source(net, **settings).pages("orders", rule, resume=resume)


@pytest.mark.parametrize("count", [0, 1, SIZE - 1, SIZE, SIZE + 1, 2 * SIZE, 25])
@pytest.mark.parametrize("name", RULES)
def test_every_row_comes_once_and_in_order(name: str, count: int) -> None:
    pages = list(walk(RULES[name], shop(count)))
    assert [row["id"] for page in pages for row in page.rows] == list(range(count))
    assert pages, "an empty collection is one empty page"


@pytest.mark.parametrize("name", RULES)
def test_a_stopped_walk_goes_on_after_any_page(name: str) -> None:
    whole = list(walk(RULES[name], shop(11)))
    for stop, page in enumerate(whole, start=1):
        rest = list(walk(RULES[name], shop(11), resume=page.resume))
        ids = [row["id"] for part in [*whole[:stop], *rest] for row in part.rows]
        assert ids == list(range(11)), f"stopped after page {stop}"


@settings(deadline=None)
@given(count=st.integers(0, 60), cap=st.integers(1, 9), size=st.integers(1, 9), with_total=st.booleans())
def test_offsets_go_on_by_what_came_not_by_what_was_asked(count: int, cap: int, size: int, with_total: bool) -> None:
    rule = OffsetPages("items", size, total_at="total" if with_total else None)
    ids = [row["id"] for page in walk(rule, shop(count, cap)) for row in page.rows]
    assert ids == list(range(count))


def test_the_number_of_requests_is_the_least_where_the_total_is_known() -> None:
    for name in ("number with total", "number with pages", "offset with total"):
        net = shop(30)
        assert sum(len(page.rows) for page in walk(RULES[name], net)) == 30
        assert len(net.requests) == 10, name


def test_a_source_that_caps_numbered_pages_is_found_out() -> None:
    with pytest.raises(SourceChanged, match="3 rows a page were asked for and 2 came"):
        list(walk(RULES["number with total"], shop(10, cap=2)))
    ids = [row["id"] for page in walk(RULES["number"], shop(10, cap=2)) for row in page.rows]
    assert ids == list(range(10)), "without a total, the walk ends at an empty page only"


def test_pages_in_flight_hide_latency() -> None:
    def slow(request: httpx.Request) -> httpx.Response:
        time.sleep(0.05)
        page = int(request.url.params["page"])
        return answer({"items": [{"id": page}], "pages": 33})

    rule = NumberedPages("items", 1, pages_at="pages")
    started = time.monotonic()
    pages = list(walk(rule, Scripted(slow), max_in_flight=8))
    seconds = time.monotonic() - started
    assert [page.rows[0]["id"] for page in pages] == list(range(1, 34))
    assert seconds < 33 * 0.05 / 4, "at least four times faster than one after the other, on a busy machine"


def test_a_failing_page_comes_out_in_its_place() -> None:
    def third_fails(request: httpx.Request) -> httpx.Response:
        page = int(request.url.params["page"])
        return answer({}, 400) if page == 3 else answer({"items": [{"id": page}], "pages": 9})

    seen = []
    with pytest.raises(SourceChanged):
        for page in walk(NumberedPages("items", 1, pages_at="pages"), Scripted(third_fails)):
            seen += page.rows
    assert seen == [{"id": 1}, {"id": 2}]


def test_leaving_early_ends_the_threads() -> None:
    net = shop(300)
    pages = walk(RULES["number"], net, max_in_flight=4)
    next(pages)
    pages.close()  # type: ignore[attr-defined]
    asked = len(net.requests)
    time.sleep(0.02)
    assert len(net.requests) == asked <= 6


@pytest.mark.parametrize(
    ("rule", "body"),
    [
        (RULES["link"], {"items": [{"id": 1}], "@odata.nextLink": "https://shop.test/api/orders?offset=7"}),
        (RULES["token"], {"items": [{"id": 1}], "next": "abc"}),
        (RULES["number"], {"items": [{"id": 1}]}),
        (RULES["offset"], {"items": [{"id": 1}]}),
        (RULES["offset with more"], {"items": [{"id": 1}], "more": True}),
    ],
    ids=["link", "token", "number", "offset", "more"],
)
def test_a_source_that_repeats_itself_is_found_out(rule: Any, body: dict[str, Any]) -> None:
    net = Scripted(answer(body))
    with pytest.raises(SourceChanged):
        list(walk(rule, net, max_in_flight=2))
    assert len(net.requests) <= 6


@pytest.mark.parametrize("name", ["link", "token"])
def test_endless_empty_pages_are_found_out(name: str) -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        number = len(net.requests)
        return answer({"items": [], "next": f"t{number}", "@odata.nextLink": f"orders?offset={number}"})

    net = Scripted(handle)
    with pytest.raises(SourceChanged, match="empty pages"):
        list(walk(RULES[name], net))


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"rows": []}, 'no "items"'),
        ({"items": {"id": 1}}, "no list"),
        ({"items": [1]}, "no object"),
        ([], 'no "items"'),
        (None, 'no "items"'),
    ],
)
def test_rows_that_are_not_where_they_should_be_are_never_no_rows(rule: Any, body: Any, words: str) -> None:
    with pytest.raises(SourceChanged, match=words):
        list(walk(rule, Scripted(answer(body))))


def test_a_link_may_be_relative_to_the_service() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        first = "skip" not in str(request.url)
        return answer({"value": [{"id": 1 if first else 2}]} | ({"odata.nextLink": "orders?$skip=20"} if first else {}))

    net = Scripted(handle)
    list(walk(NextLink("value", r"odata\.nextLink"), net))
    assert str(net.requests[1].url) == "https://shop.test/api/orders?$skip=20"


def test_a_link_to_another_host_is_not_followed() -> None:
    net = Scripted(answer({"items": [{"id": 1}], "@odata.nextLink": "https://evil.test/api/orders?offset=7"}))
    with pytest.raises(SourceChanged, match=r"evil\.test"):
        list(walk(RULES["link"], net))
    assert len(net.requests) == 1


def test_rows_may_be_the_whole_answer() -> None:
    pages = list(walk(NumberedPages("", 2, size_param="per_page"), Scripted(answer([{"id": 1}]), answer([]))))
    assert [page.rows for page in pages] == [[{"id": 1}]]


def test_an_outage_in_the_middle_is_an_error_and_not_an_end() -> None:
    net = Scripted(answer({"items": [{"id": 1}], "next": "a"}), answer("<html>"))
    with pytest.raises(SourceUnavailable):
        list(walk(RULES["token"], net))
