"""What Shopify may answer, and what becomes of it: scopes, versions, points, ends of lists, bulk operations."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest
from support.shopify_shop import quick

from connectors.shopify.config import ShopifyConfig
from connectors.shopify.simulator import ShopifySimulator
from connectors.shopify.source import ShopifyConnector
from hub.sdk import AuthError, ConfigError, Context, Finding, ReadRequest, SourceChanged, SourceUnavailable
from hub.sdk.simulator import in_process
from hub.testing import FakeClock
from hub.testing.reading import Reading, read

TOKEN = "shpat_simulated"


class World:
    """A connector and the shop it talks to, without a network."""

    def __init__(self, size: int = 30, *, slow: bool = False, **settings: Any) -> None:
        self.shop = ShopifySimulator(size=size, secret=TOKEN)
        if not slow:
            quick(self.shop)
        self.clock = FakeClock()
        self.settings = {
            "kind": "shopify", "base_url": "http://127.0.0.1:9", "access_token": TOKEN, "page_size": 10, **settings,
        }  # fmt: skip
        self.asked: list[httpx.Request] = []
        self.spoil: Callable[[httpx.Request, httpx.Response], httpx.Response] = lambda request, answer: answer
        self.connector = self.connect()

    def connect(self, kind: type[ShopifyConnector] = ShopifyConnector) -> ShopifyConnector:
        source = in_process(self.shop)

        def handle(request: httpx.Request) -> httpx.Response:
            self.asked.append(request)
            return self.spoil(request, source.handle_request(request))

        context = Context("shop", transport=httpx.MockTransport(handle), clock=self.clock, now=self.clock.now)
        return kind(ShopifyConfig.model_validate(self.settings), context)

    def request(self, stream: str, **options: Any) -> ReadRequest:
        described = next(each for each in ShopifyConnector.streams if each.name == stream)
        return replace(ReadRequest(described, None, self.clock.now()), **options)

    def read(self, stream: str, **options: Any) -> Reading:
        return read(self.connector, self.request(stream, **options))

    def ids(self, entity: str) -> set[str]:
        return set(self.shop.truth()[entity]["ids"])

    def findings(self) -> dict[str, Finding]:
        return {finding.subject: finding for finding in self.connector.check()}


class TestScopes:
    def test_a_missing_scope_is_told_with_its_name(self) -> None:
        world = World()
        world.shop.scopes -= {"read_orders"}
        with pytest.raises(AuthError, match="read_orders") as caught:
            world.read("orders")
        assert "take the field out under `fields:`" in caught.value.fix
        finding = world.findings()["stream orders"]
        assert not finding.ok
        assert "read_orders" in finding.detail

    def test_orders_older_than_sixty_days_are_told_aloud(self) -> None:
        world = World()
        world.shop.scopes -= {"read_all_orders"}
        world.shop.tick(70 * 86_400)
        assert not world.read("orders").rows, "Shopify shows no older orders, and does not say so"
        finding = world.findings()["orders older than 60 days"]
        assert (finding.ok, finding.severity) == (False, "warning")
        assert "read_all_orders" in finding.fix

    def test_nothing_is_said_of_old_orders_where_none_are_synced(self) -> None:
        world = World(streams=["products"])
        world.shop.scopes -= {"read_all_orders"}
        assert set(world.findings()) == {
            "login", "API version", "stream products", "query points",
        }  # fmt: skip


class TestVersions:
    def test_a_version_that_fell_forward_is_found_out(self, caplog: pytest.LogCaptureFixture) -> None:
        world = World(api_version="2025-01")
        finding = world.findings()["API version"]
        assert (finding.ok, finding.severity) == (False, "warning")
        assert "2026-01 answers" in finding.detail
        assert "answers with API version 2026-01, not 2025-01" in caplog.text

    def test_the_end_of_a_version_is_told_in_time(self) -> None:
        world = World()
        world.clock.sleep(620 * 86_400)
        finding = world.findings()["API version"]
        assert not finding.ok
        assert "supported until 2027-10-01" in finding.detail

    def test_a_version_that_is_not_there_yet_is_a_mistake_in_the_settings(self) -> None:
        with pytest.raises(ConfigError, match="no such API version"):
            World(api_version="2031-01").read("customers")

    def test_a_custom_domain_is_told_to_be_one(self) -> None:
        world = World()
        world.spoil = lambda request, answer: httpx.Response(301, headers={"location": "https://shop.example/"})
        with pytest.raises(ConfigError, match="another address"):
            world.read("customers")


class TestPoints:
    def test_pages_shrink_to_what_a_query_may_cost(self) -> None:
        world = World(40, page_size=250)
        reading = world.read("orders")
        assert reading.ids()["orders"] == world.ids("orders")
        assert len(reading.pages) == 1, "small answers are gathered to a page of the size that was set"

    def test_an_empty_bucket_is_waited_for_and_nothing_is_lost(self) -> None:
        world = World(30, slow=True)
        world.shop.bucket, world.shop.restore_rate, world.shop._left = 1000.0, 1e6, 0.0
        throttled = []

        def spoil(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
            throttled.append(b"THROTTLED" in answer.read())
            return answer

        world.spoil = spoil
        assert world.read("customers").ids()["customers"] >= {row["id"] for row in world.shop.tables["customers"].rows}
        assert sum(throttled) <= 1, "what an answer tells of the bucket is heeded"


class TestListsThatEnd:
    @pytest.mark.parametrize("stream", ["orders", "stock", "customers"])
    def test_a_new_list_begins_where_shopify_ends_one(self, stream: str) -> None:
        world = World(40, page_size=5)
        whole = world.read(stream)
        world.shop.list_limit = 20

        class Cut(ShopifyConnector):
            list_limit = 20

        world.connector = world.connect(Cut)
        again = world.read(stream)
        assert {key: set(found) for key, found in again.records.items()} == whole.ids()

    def test_more_rows_of_one_second_than_a_list_shows_are_an_error(self) -> None:
        world = World(40, page_size=5)
        for row in world.shop.tables["orders"].rows:
            row["updatedAt"] = "2025-01-01T10:00:00Z"
        world.shop.list_limit = 20

        class Cut(ShopifyConnector):
            list_limit = 20

        world.connector = world.connect(Cut)
        with pytest.raises(SourceChanged, match="same second"):
            world.read("orders")


class TestBulk:
    @pytest.fixture
    def world(self) -> World:
        return World(bulk_above_rows=0)

    def test_a_failed_operation_gives_nothing_and_pages_are_read(
        self, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        world.shop.jobs.outcome = "FAILED"
        assert world.read("orders").ids()["orders"] == world.ids("orders")
        assert "pages are read" in caplog.text
        assert not [request for request in world.asked if "/_bulk/" in str(request.url)], "the partial file is not read"

    def test_a_file_with_fewer_lines_than_counted_is_refused(self, world: World) -> None:
        def spoil(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
            if "/_bulk/" not in str(request.url):
                return answer
            return httpx.Response(200, content=b"".join(answer.read().splitlines(keepends=True)[:-1]))

        world.spoil = spoil
        with pytest.raises(SourceUnavailable, match="Shopify counted"):
            world.read("orders")

    def test_the_signed_address_gets_no_token(self, world: World) -> None:
        world.read("orders")
        downloads = [request for request in world.asked if "/_bulk/" in str(request.url)]
        assert downloads
        assert not any("x-shopify-access-token" in request.headers for request in downloads)

    def test_an_operation_that_a_stopped_run_started_is_taken_over(self, world: World) -> None:
        world.shop.jobs.looks = 10**9
        world.settings["bulk_wait_minutes"] = 0.1
        world.connector = world.connect()
        pages = world.connector.read(world.request("orders"))
        world.shop.jobs.cancel = lambda gid: {"bulkOperation": None, "userErrors": []}  # type: ignore[method-assign]
        next(pages)
        world.shop.jobs.looks = 1
        assert world.read("orders").ids()["orders"] == world.ids("orders")
        assert len(world.shop.jobs.rows) == 1

    def test_all_operations_in_use_means_pages(self, world: World) -> None:
        world.shop.jobs.parallel = 0
        assert world.read("orders").ids()["orders"] == world.ids("orders")

    def test_a_read_goes_on_in_the_file_after_a_crash(self, world: World) -> None:
        first = world.read("orders")
        resume = {"bulk": first.pages[0].resume["bulk"], "row": 20}  # type: ignore[index]
        rest = world.read("orders", resume=resume)
        assert len(rest.ids()["orders"]) == len(world.ids("orders")) - 20
        assert len(world.shop.jobs.rows) == 1

    def test_a_file_that_has_expired_starts_the_read_over(self, world: World) -> None:
        resume = world.read("orders").pages[0].resume
        world.shop.jobs.expire()
        with pytest.raises(SourceChanged, match="expired"):
            world.read("orders", resume={**(resume or {}), "row": 3})

    def test_an_empty_shop_needs_no_file(self) -> None:
        world = World(0, bulk_above_rows=0)
        assert [page.rows for page in world.read("orders").pages] == [[]]


class TestChildren:
    def test_a_company_comes_again_when_one_of_its_locations_changed(self) -> None:
        world = World()
        number = world.shop.tables["companies"].rows[0]["n"]
        moment = "2025-06-01T00:00:00Z"
        make = world.shop.parties.location
        world.shop.parties.location = lambda n, place, at: {  # type: ignore[method-assign]
            **make(n, place, at), **({"updatedAt": moment, "name": "Moved"} if n == number else {})
        }  # fmt: skip
        since = world.clock.now().replace(2025, 5, 1)
        reading = world.read("companies", since=since)
        assert set(reading.ids()["customers"]) == {world.shop.tables["companies"].rows[0]["id"]}
        assert "Moved" in {record["name"] for record in reading.records["addresses"].values()}

    def test_orders_with_an_open_return_are_read_again(self) -> None:
        world = World(200)
        open_returns = {row["id"] for row in world.shop.tables["orders"].rows if row["returnStatus"] == "in_progress"}
        assert open_returns, "the shop has such orders"
        reading = world.read("orders", since=world.clock.now())
        assert set(reading.ids()["orders"]) == open_returns
