"""OData services of simulators: they answer as the protocol says, and refuse what a strict server refuses."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlsplit
from xml.etree.ElementTree import fromstring

import httpx
import pytest

from hub.sdk.simulator import Fault, FaultPlan, Route, Simulator, Table, in_process
from hub.sdk.simulator.odata import (
    Dialect,
    EntitySet,
    EntityTable,
    Navigation,
    Service,
    Version,
    properties,
)

_ORDERS = """
    id          Guid key
    number      String(20)
    ordered     {day}
    changed     DateTimeOffset
    total       Decimal(18,2)
    lines_count Int64
    open        Boolean
    customer    String(10)
    note        String nofilter
"""
_LINES = """
    order       Guid key
    position    Int32 key
    sku         String(20)
    quantity    Decimal(15,3)
    at          {clock}
"""
_CUSTOMERS = """
    code        String(10) key
    country     String(2)
    kind        Enum(Company,Person_x0020_1)
"""


def guid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


class Shop(Simulator):
    """Two services over the same tables: one of each version."""

    page_rows = 4

    def fill(self) -> list[Table]:
        orders = [self.order(number, self.tick()) for number in range(self.size)]
        lines = [
            {"order": guid(number), "position": at, "sku": f"S{at}", "quantity": Decimal("1.500"), "at": time(9, at)}
            for number in range(self.size)
            for at in (2, 1)
        ]
        customers = [
            {"code": "A", "country": "DE", "kind": "Company"},
            {"code": "O'B", "country": "IE", "kind": "Person_x0020_1"},
        ]
        return [
            EntityTable("orders", "orders", orders, stamp="changed", make=self.order),
            EntityTable("lines", "order_lines", lines, key="order", stamp=None),
            EntityTable("customers", "customers", customers, key="code", stamp=None),
        ]

    def order(self, number: int, at: datetime) -> dict[str, Any]:
        return {
            "id": guid(number), "number": f"N{number:03d}", "ordered": date(2026, 1, 1 + number % 28), "changed": at,
            "total": Decimal("10.10") * number, "lines_count": 2, "open": number % 2 == 0,
            "customer": "A" if number % 3 else "O'B", "note": None if number % 2 else "hi",
        }  # fmt: skip

    def routes(self) -> list[Route]:
        self.v4 = Service(
            self, Dialect("Shop", etag=lambda row: 'W/"1"', expanded_rows=1), self.sets("Date", "TimeOfDay")
        )
        self.v2 = Service(self, Dialect("SHOP", Version.V2, offset_tokens=True), self.sets("DateTime", "Time"))
        return [*self.v4.routes("/v4/shops/{shop}"), *self.v2.routes("/v2/SHOP_SRV;v=1")]

    def sets(self, day: str, clock: str) -> list[EntitySet]:
        lines = Navigation("Lines", "Lines", (("id", "order"),))
        customer = Navigation("Customer", "Customers", (("customer", "code"),), many=False)
        return [
            EntitySet(
                "Orders", "Order", properties(_ORDERS.format(day=day)), "orders", (lines, customer), tracked=True
            ),
            EntitySet("Lines", "Line", properties(_LINES.format(clock=clock)), "lines"),
            EntitySet("Customers", "Customer", properties(_CUSTOMERS), "customers"),
        ]


class Client:
    def __init__(self, simulator: Simulator, root: str) -> None:
        self.http = httpx.Client(base_url="http://shop.example", transport=in_process(simulator))
        self.root = root

    def ask(self, path: str, **headers: str) -> httpx.Response:
        url = path if path.startswith("http") else f"{self.root}/{quote(path, safe='/?$&=(),:;@%+')}"
        return self.http.get(url, headers={"Accept": "application/json", **headers})

    def get(self, path: str, **headers: str) -> Any:
        answer = self.ask(path, **headers)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def numbers(self, path: str) -> list[str]:
        """Numbers of the orders, over all pages."""
        found, link = [], path
        while link:
            body = self.get(link)
            body = body.get("d", body)
            found += [row["number"] for row in body.get("results", body.get("value"))]
            link = body.get("__next") or body.get("@odata.nextLink")
        return found


@pytest.fixture
def shop() -> Shop:
    return Shop(size=10)


@pytest.fixture
def v4(shop: Shop) -> Client:
    return Client(shop, "/v4/shops/1")


@pytest.fixture
def v2(shop: Shop) -> Client:
    return Client(shop, "/v2/SHOP_SRV;v=1")


class TestVersion4:
    def test_a_page_has_its_context_and_a_link_to_the_next(self, v4: Client) -> None:
        page = v4.get("Orders?$select=number,total&$count=true", Prefer="odata.maxpagesize=3")
        assert page["@odata.context"] == "http://shop.example/v4/shops/1/$metadata#Orders(number,total)"
        assert page["@odata.count"] == 10
        assert page["value"][1] == {"@odata.etag": 'W/"1"', "number": "N001", "total": 10.1}
        assert len(page["value"]) == 3
        assert "$skiptoken=" in page["@odata.nextLink"]

    def test_the_pages_hold_every_row_once(self, v4: Client) -> None:
        assert v4.numbers("Orders?$orderby=total desc") == [f"N{number:03d}" for number in reversed(range(10))]

    def test_values_are_written_as_iso(self, v4: Client) -> None:
        row = v4.get(f"Orders({guid(3)})")
        assert (row["ordered"], row["changed"], row["lines_count"]) == ("2026-01-04", "2024-01-01T00:04:00Z", 2)
        assert v4.ask(f"Orders({guid(3)})").text.count('"total":30.30') == 1
        compatible = v4.get(f"Orders({guid(3)})", Accept="application/json;IEEE754Compatible=true")
        assert (compatible["total"], compatible["lines_count"]) == ("30.30", "2")

    @pytest.mark.parametrize(
        ("condition", "count"),
        [
            ("number eq 'N003'", 1),
            ("number in ('N003','N004','X')", 2),
            ("number eq 'N003' or number eq 'N004'", 2),
            ("not (open eq true) and total ge 50.50", 3),
            ("open", 5),
            ("changed gt 2024-01-01T00:05:00Z", 5),
            ("changed ge 2024-01-01T01:05:00%2B01:00", 6),
            ("ordered lt 2026-01-03", 2),
            ("note eq null", None),
            ("startswith(number,'N00') and endswith(tolower(number),'n009')", 1),
            ("contains(number,'''')", 0),
            ("day(ordered) eq 2", 1),
            ("date(changed) eq 2024-01-01", 10),
            ("Customer/country eq 'IE'", 4),
            ("customer eq 'O''B' and total lt 40", 2),
            (f"id eq {guid(7)}", 1),
            ("3 lt lines_count", 0),
        ],
    )
    def test_filters(self, v4: Client, condition: str, count: int | None) -> None:
        answer = v4.ask(f"Orders/$count?$filter={condition}")
        if count is None:
            assert answer.status_code == 400
        else:
            assert answer.text == str(count)

    @pytest.mark.parametrize(
        ("path", "status"),
        [
            ("Orders?$select=nummer", 400),
            ("Orders?$filter=nummer eq 'x'", 400),
            ("Orders?$filter=number eq 3", 400),
            ("Orders?$filter=total eq '3'", 400),
            ("Orders?$filter=total eq 3M", 400),
            ("Orders?$filter=lines_count eq 2.5", 400),
            ("Orders?$filter=changed gt 2026-01-01", 400),
            ("Orders?$filter=changed gt datetime'2026-01-01T00:00:00'", 400),
            ("Orders?$filter=changed gt 2024-01-01T01:05:00+01:00", 400),
            (f"Orders?$filter=id eq '{guid(1)}'", 400),
            ("Orders?$filter=number", 400),
            ("Orders?$filter=number eq 'a' and", 400),
            ("Orders?$filter=(number eq 'a'", 400),
            ("Orders?$filter=substringof('a',number)", 400),
            ("Orders?$filter=contains(number)", 400),
            ("Orders?$filter=contains(total,'1')", 400),
            ("Orders?$filter=Lines/sku eq 'S1'", 400),
            ("Orders?$filter=Lines/any(l:l/sku eq 'S1')", 501),
            ("Orders?$filter=total add 1 eq 2", 501),
            ("Customers?$filter=kind eq 'Robot'", 400),
            ("Orders?$orderby=number down", 400),
            ("Orders?$orderby=nothing", 400),
            ("Orders?$top=-1", 400),
            ("Orders?$top=1&$top=2", 400),
            ("Orders?$expand=Nothing", 400),
            ("Orders?$expand=Lines($select=nothing)", 400),
            ("Orders?$expand=Lines($skip=1)", 400),
            ("Orders?$inlinecount=allpages", 400),
            ("Orders?$apply=aggregate(total with sum as total)", 501),
            ("Orders?$skiptoken=made-up", 400),
            ("Orders?$deltatoken=made-up", 400),
            ("Orders?$format=xml", 406),
            ("Nothing", 404),
            (f"Orders({guid(77)})", 404),
            ("Orders('1')", 400),
            ("Lines(1)", 400),
            (f"Orders({guid(1)})/Nothing", 404),
            (f"Orders({guid(1)})/number", 501),
            (f"Orders({guid(1)})?$filter=open", 400),
        ],
    )
    def test_what_a_strict_server_refuses(self, v4: Client, path: str, status: int) -> None:
        answer = v4.ask(path)
        assert answer.status_code == status
        assert set(answer.json()["error"]) == {"code", "message"}

    def test_expanded_rows_come_with_a_link_to_their_rest(self, v4: Client) -> None:
        query = "$expand=Lines($select=sku;$orderby=position),Customer($expand=*)".replace("($expand=*)", "")
        row = v4.get(f"Orders({guid(1)})?$select=number&{query}")
        assert row["Customer"] == {"@odata.etag": 'W/"1"', "code": "A", "country": "DE", "kind": "Company"}
        assert [line["sku"] for line in row["Lines"]] == ["S1"]
        rest = v4.get(row["Lines@odata.nextLink"])
        assert [line["sku"] for line in rest["value"]] == ["S2"]

    def test_paths_lead_along_navigation(self, v4: Client) -> None:
        lines = v4.get(f"Orders({guid(2)})/Lines")["value"]
        assert [(line["order"], line["position"]) for line in lines] == [(guid(2), 1), (guid(2), 2)]
        assert v4.get(f"Orders({guid(2)})/Lines(order={guid(2)},position=2)")["at"] == "09:02:00"
        assert v4.ask(f"Orders({guid(2)})/Lines(order={guid(3)},position=2)").status_code == 404
        assert v4.get(f"Orders({guid(3)})/Customer")["code"] == "O'B"
        assert v4.get("Customers('O''B')")["country"] == "IE"

    def test_top_and_skip_go_on_over_pages(self, v4: Client) -> None:
        assert v4.numbers("Orders?$top=6&$skip=1") == [f"N{number:03d}" for number in range(1, 7)]

    def test_rows_that_change_between_pages_are_found_by_their_place(self, shop: Shop, v4: Client) -> None:
        first = v4.get("Orders?$orderby=changed")
        shop.mutate({"delete": {"orders": 3}, "touch": {"orders": 2}})
        rest = v4.numbers(first["@odata.nextLink"])
        left = {row["number"] for row in shop.tables["orders"].rows}
        assert left <= {row["number"] for row in first["value"]} | set(rest)
        assert len(rest) == len(set(rest))

    def test_metadata_names_what_is_served(self, v4: Client) -> None:
        root = fromstring(v4.ask("$metadata").content)
        names = {each.get("Name"): each.get("Type") for each in root.iter() if each.tag.endswith("}Property")}
        assert names["kind"] == "Shop.CustomerKind"
        assert names["changed"] == "Edm.DateTimeOffset"
        assert [each["name"] for each in v4.get("")["value"]] == ["Orders", "Lines", "Customers"]


class TestChanges:
    def read(self, v4: Client, link: str) -> tuple[list[Any], str]:
        rows: list[Any] = []
        while True:
            page = v4.get(link, Prefer="odata.track-changes,odata.maxpagesize=3")
            rows += page["value"]
            if "@odata.deltaLink" in page:
                return rows, page["@odata.deltaLink"]
            link = page["@odata.nextLink"]

    def test_a_delta_link_tells_changed_new_and_removed_rows(self, shop: Shop, v4: Client) -> None:
        rows, link = self.read(v4, "Orders?$select=number")
        assert len(rows) == 10
        done = shop.mutate({"touch": {"orders": 3}, "add": {"orders": 2}, "delete": {"orders": 2}})
        changes, link = self.read(v4, link)
        gone = {row["id"] for row in changes if row.get("reason") == "deleted"}
        assert gone == set(done["delete"]["orders"])
        live = {row["number"] for row in shop.tables["orders"].rows}
        assert {row["number"] for row in changes if "number" in row} <= live
        assert self.read(v4, link)[0] == []

    def test_a_change_while_one_reads_is_told_next_time(self, shop: Shop, v4: Client) -> None:
        first = v4.get("Orders", Prefer="odata.track-changes,odata.maxpagesize=3")
        touched = shop.mutate({"touch": {"orders": 1}})["touch"]["orders"]
        _, link = self.read(v4, first["@odata.nextLink"])
        changes, _ = self.read(v4, link)
        assert [row["id"] for row in changes] == touched

    def test_delta_links_expire(self, shop: Shop, v4: Client) -> None:
        _, link = self.read(v4, "Orders")
        shop.v4.pages.expire_deltas()
        assert v4.ask(link).status_code == 410


class TestVersion2:
    def test_the_envelope_holds_results_metadata_and_deferred_links(self, v2: Client) -> None:
        body = v2.get("Orders?$top=1&$inlinecount=allpages&$select=number,total,lines_count,ordered,changed,Lines")["d"]
        assert body["__count"] == "10"
        uri = f"http://shop.example/v2/SHOP_SRV;v=1/Orders(guid'{guid(0)}')"
        assert body["results"] == [
            {
                "__metadata": {"id": uri, "uri": uri, "type": "SHOP.Order"},
                "number": "N000", "total": "0.00", "lines_count": "2", "ordered": "/Date(1767225600000)/",
                "changed": "/Date(1704067260000+0000)/", "Lines": {"__deferred": {"uri": f"{uri}/Lines"}},
            }
        ]  # fmt: skip

    def test_the_pages_hold_every_row_once(self, v2: Client) -> None:
        assert v2.numbers("Orders?$orderby=number desc&$filter=total gt 5M") == [
            f"N{number:03d}" for number in reversed(range(1, 10))
        ]
        assert v2.numbers("Orders?$top=7") == [f"N{number:03d}" for number in range(7)]

    def test_offset_tokens_lose_rows_when_earlier_ones_go(self, shop: Shop, v2: Client) -> None:
        first = v2.get("Orders?$orderby=number")["d"]
        table = shop.tables["orders"]
        assert isinstance(table, EntityTable)
        table.remove(table.rows[:1], shop.tick)
        assert "N004" not in v2.numbers(first["__next"])

    @pytest.mark.parametrize(
        ("condition", "count"),
        [
            ("changed ge datetimeoffset'2024-01-01T00:06:00Z'", 5),
            ("ordered eq datetime'2026-01-03T00:00:00'", 1),
            ("total eq 20.20M or total eq 30.30", 2),
            ("lines_count eq 2L", 10),
            ("substringof('09',number)", 1),
            ("startswith(number,'N') eq true", 10),
            (f"id eq guid'{guid(4)}'", 1),
        ],
    )
    def test_filters(self, v2: Client, condition: str, count: int) -> None:
        assert v2.ask(f"Orders/$count?$filter={condition}").text == str(count)

    @pytest.mark.parametrize(
        "condition",
        [
            "changed ge datetime'2024-01-01T00:06:00'",
            "changed ge 2024-01-01T00:06:00Z",
            "ordered eq '2026-01-03'",
            "ordered eq datetime'2026-01-03T00:00:00Z'",
            f"id eq {guid(4)}",
            "contains(number,'09')",
            "number eq 'a' eq",
        ],
    )
    def test_what_is_refused(self, v2: Client, condition: str) -> None:
        answer = v2.ask(f"Orders?$filter={condition}")
        assert answer.status_code == 400
        assert answer.json()["error"]["message"]["lang"] == "en"

    def test_times_of_day_are_durations(self, v2: Client) -> None:
        assert v2.ask("Lines/$count?$filter=at eq time'PT09H01M00S'").text == "10"
        assert v2.ask("Lines?$filter=at eq time'09:01:00'").status_code == 400
        assert v2.get("Lines?$top=1")["d"]["results"][0]["at"] == "PT09H01M00S"

    def test_expanded_lists_stand_in_results(self, v2: Client) -> None:
        row = v2.get(f"Orders(guid'{guid(1)}')?$select=number,Lines/sku&$expand=Lines,Customer")["d"]
        assert [line["sku"] for line in row["Lines"]["results"]] == ["S2", "S1"]
        assert set(row["Lines"]["results"][0]) == {"__metadata", "sku"}
        assert row["Customer"]["code"] == "A"
        assert v2.ask("Orders?$select=Lines/sku").status_code == 400

    def test_xml_is_not_spoken(self, v2: Client) -> None:
        assert v2.ask("Orders", Accept="*/*").status_code == 406
        assert v2.ask("Orders?$format=json", Accept="*/*").status_code == 200

    def test_metadata_has_associations(self, v2: Client) -> None:
        root = fromstring(v2.ask("$metadata").content)
        ends = [each.get("Multiplicity") for each in root.iter() if each.tag.endswith("}End") and each.get("Type")]
        assert ends == ["1", "*", "1", "0..1"]


class TestBatches:
    def test_json(self, v4: Client) -> None:
        asked = [
            {"id": "1", "method": "GET", "url": "Customers('A')"},
            {"id": "2", "method": "get", "url": "Orders?$filter=x eq 1"},
        ]
        answer = v4.http.post(f"{v4.root}/$batch", json={"requests": asked}).json()["responses"]
        assert [(each["id"], each["status"]) for each in answer] == [("1", 200), ("2", 400)]
        assert answer[0]["body"]["country"] == "DE"

    def test_multipart(self, v2: Client) -> None:
        parts = "".join(
            f"--b\r\nContent-Type: application/http\r\n\r\nGET {url} HTTP/1.1\r\nAccept: application/json\r\n\r\n\r\n"
            for url in ("Customers('A')", "Customers('Z')")
        )
        answer = v2.http.post(
            f"{v2.root}/$batch",
            content=f"{parts}--b--\r\n",
            headers={"Content-Type": "multipart/mixed; boundary=b"},
        )
        assert answer.status_code == 202
        assert [line for line in answer.text.splitlines() if line.startswith("HTTP/")] == [
            "HTTP/1.1 200 OK",
            "HTTP/1.1 404 Not Found",
        ]

    @pytest.mark.parametrize("asked", [{}, {"requests": [{"id": "1", "method": "DELETE", "url": "Orders"}]}, []])
    def test_what_is_refused(self, v4: Client, asked: Any) -> None:
        assert v4.http.post(f"{v4.root}/$batch", json=asked).status_code == 400
        assert v4.http.post(f"{v4.root}/Orders", json={}).status_code == 405


def test_pages_that_are_kept_are_made_anew_after_a_change(shop: Shop, v4: Client) -> None:
    path = f"Orders?$filter=id eq {guid(5)}&$select=changed"
    before = v4.get(path)
    assert v4.get(path) == before
    table = shop.tables["orders"]
    assert isinstance(table, EntityTable)
    row = table.find(guid(5))
    assert row is not None
    row["changed"] = datetime(2027, 1, 1, 0, 0, 0, 120_000, tzinfo=UTC)
    table.changed([row])
    assert v4.get(path)["value"][0]["changed"] == "2027-01-01T00:00:00.120Z"


def test_lost_pages_are_lost_here_too(shop: Shop, v4: Client) -> None:
    complete = v4.numbers("Orders")
    shop.plan = FaultPlan(share=1.0, kinds=(Fault.LOST_PAGE,), in_a_row=1000)
    assert len(v4.numbers("Orders")) < len(complete)


def test_links_stay_below_the_root_of_the_request(v4: Client) -> None:
    assert urlsplit(v4.get("Orders")["@odata.nextLink"]).path == "/v4/shops/1/Orders"
