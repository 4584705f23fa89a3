"""What a Magento shop may answer: refusals that say who must act, limits that are learnt, answers not believed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs

import httpx
import msgspec
import pytest
from support.magento_shop import SIGNED, magento

from connectors.magento.simulator import MagentoSimulator
from connectors.magento.source import MagentoConnector
from hub.sdk import AuthError, Context, Finding, HubError, Page, ReadRequest, SourceChanged, SourceUnavailable
from hub.sdk.http.decode import decode
from hub.sdk.simulator import in_process
from hub.testing import FakeClock

Edit = Callable[[httpx.Request, Callable[[], httpx.Response]], httpx.Response]
encode = msgspec.json.Encoder(decimal_format="number").encode


class Between(httpx.BaseTransport):
    """Stands between a connector and a simulator, and may answer in its place."""

    def __init__(self, simulator: MagentoSimulator, edit: Edit) -> None:
        self.inner, self.edit = in_process(simulator), edit

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.edit(request, lambda: self.inner.handle_request(request))


def edited(simulator: MagentoSimulator, edit: Edit, **settings: Any) -> MagentoConnector:
    """A connector whose answers pass through `edit`."""
    connector = magento(simulator, **settings)
    clock = FakeClock()
    context = Context("shop", transport=Between(simulator, edit), clock=clock, now=clock.now)
    return MagentoConnector(connector.config, context)


def pages(connector: MagentoConnector, name: str, **options: Any) -> list[Page]:
    stream = next(each for each in connector.streams if each.name == name)
    return list(connector.read(ReadRequest(stream, options.pop("since", None), FakeClock().now(), **options)))


def rows(connector: MagentoConnector, name: str) -> list[Any]:
    return [row for page in pages(connector, name) for row in page.rows]


def refused(connector: MagentoConnector, name: str = "orders") -> HubError:
    with pytest.raises(HubError) as caught:
        pages(connector, name)
    return caught.value


def query(request: httpx.Request) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(request.url.query.decode()).items()}


def body_of(answer: httpx.Response) -> Any:
    return decode(answer.read())


# -- logins ------------------------------------------------------------------------------------------------------------


def test_a_shop_that_takes_no_bare_token_is_told_apart_from_a_missing_permission() -> None:
    simulator = MagentoSimulator(size=3)
    simulator.bearer_allowed = False
    error = refused(magento(simulator))
    assert isinstance(error, AuthError)
    assert "Magento_Sales::actions_view" in error.fix
    assert "enable_integration_as_bearer" in error.fix


def test_a_missing_permission_is_named() -> None:
    simulator = MagentoSimulator(size=3)
    simulator.denied = frozenset({"Magento_Sales::shipment"})
    error = refused(magento(simulator, **SIGNED), "shipments")
    assert isinstance(error, AuthError)
    assert "Magento_Sales::shipment" in error.problem
    assert "bearer" not in error.fix
    assert rows(magento(simulator, **SIGNED), "orders")


def test_a_wrong_signature_is_the_admins_to_mend() -> None:
    error = refused(magento(MagentoSimulator(size=3), **{**SIGNED, "access_token_secret": "wrong"}))
    assert isinstance(error, AuthError)
    assert "signature_invalid" in error.problem


@pytest.mark.parametrize(("problem", "status"), [("timestamp_refused", 400), ("nonce_used", 401)])
def test_a_signature_that_came_late_or_twice_is_made_anew(problem: str, status: int) -> None:
    asked = 0

    def once(request: httpx.Request, ask: Callable[[], httpx.Response]) -> httpx.Response:
        nonlocal asked
        asked += 1
        return ask() if asked > 1 else httpx.Response(status, json={"message": f"oauth_problem={problem}"})

    assert len(rows(edited(MagentoSimulator(size=3), once, **SIGNED), "customers")) == 3


def test_signatures_hold_for_brackets_blanks_and_slashes() -> None:
    simulator = MagentoSimulator(size=25, page_rows=10)
    simulator.modules = frozenset()
    found = rows(magento(simulator, **SIGNED), "stock")
    assert {row["key"] for row in found} >= {4, 16}, "articles with `/` and a blank in their number"


def test_the_cloud_service_has_other_paths_and_a_login_of_its_own() -> None:
    simulator = MagentoSimulator(size=3)
    saas = {"client_id": "hub", "client_secret": "simulated", "token_url": "http://127.0.0.1:9/ims/token/v3"}
    assert len(rows(magento(simulator, **saas, store_code="default"), "orders")) == 3
    assert {each["path"] for each in simulator.log.last} >= {"/ims/token/v3", "/V1/orders"}


# -- limits ------------------------------------------------------------------------------------------------------------


def test_the_shops_limit_of_rows_is_learnt_once() -> None:
    simulator = MagentoSimulator(size=25, page_rows=10)
    connector = magento(simulator)
    assert len(rows(connector, "customers")) == 25
    assert simulator.log.by_status[400] == 1
    assert len(rows(connector, "orders")) == 25
    assert simulator.log.by_status[400] == 1


def test_a_page_that_is_too_heavy_is_halved() -> None:
    def weak(request: httpx.Request, ask: Callable[[], httpx.Response]) -> httpx.Response:
        heavy = request.url.path.endswith("/orders") and int(query(request)["searchCriteria[pageSize]"]) > 20
        return httpx.Response(500, json={"message": "Internal Error. Report ID: webapi-1"}) if heavy else ask()

    connector = edited(MagentoSimulator(size=90), weak, page_size=80)
    assert {row["entity_id"] for row in rows(connector, "orders")} == {
        row["entity_id"] for row in MagentoSimulator(size=90).tables["orders"].rows
    }


def test_a_shop_that_bears_no_page_at_all_is_unavailable() -> None:
    def down(request: httpx.Request, ask: Callable[[], httpx.Response]) -> httpx.Response:
        return httpx.Response(500, text="<html>fatal</html>", headers={"content-type": "text/html"})

    assert isinstance(refused(edited(MagentoSimulator(size=3), down)), SourceUnavailable)


# -- what a store view hides -------------------------------------------------------------------------------------------


def test_a_store_view_proves_no_absence_of_what_it_may_hide() -> None:
    simulator = MagentoSimulator(size=5)
    for name in ("customers", "products"):
        assert all("may hide" in page.partial for page in pages(magento(simulator, store_code="default"), name)[:-1])
    assert not any(page.partial for page in pages(magento(simulator, store_code="default"), "orders"))
    assert not any(page.partial for page in pages(magento(simulator), "products"))


def test_what_another_store_view_showed_is_not_taken_for_gone() -> None:
    simulator = MagentoSimulator(size=5)
    state = pages(magento(simulator), "products")[-1].state
    simulator.mutate({"delete": {"products": 1}})
    since = FakeClock().now()
    assert pages(magento(simulator), "products", since=since, state=state)[-1].deleted
    other = pages(magento(simulator, store_code="default"), "products", since=since, state=state)
    assert not any(page.deleted for page in other)


# -- answers that are not believed -------------------------------------------------------------------------------------


def test_a_shop_that_heeds_no_filters_is_found_out() -> None:
    def deaf(request: httpx.Request, ask: Callable[[], httpx.Response]) -> httpx.Response:
        kept = [(name, value) for name, value in request.url.params.multi_items() if "filterGroups" not in name]
        request.url = request.url.copy_with(query=httpx.QueryParams(kept).__str__().encode())
        return ask()

    connector = edited(MagentoSimulator(size=40), deaf, page_size=10)
    assert isinstance(refused(connector), SourceChanged)
    with pytest.raises(SourceChanged, match="not changed since"):
        pages(connector, "orders", since=FakeClock().now())


@pytest.mark.parametrize("wrong", [1, 5])
def test_a_count_that_is_too_high_loses_and_doubles_nothing(wrong: int) -> None:
    def boasting(request: httpx.Request, ask: Callable[[], httpx.Response]) -> httpx.Response:
        answer = ask()
        body = body_of(answer)
        if isinstance(body, dict) and body.get("total_count") and request.url.path.endswith("/orders"):
            body["total_count"] += wrong
        return httpx.Response(answer.status_code, content=encode(body), headers={"content-type": "application/json"})

    found = [row["entity_id"] for row in rows(edited(MagentoSimulator(size=40), boasting, page_size=10), "orders")]
    assert found == sorted(row["entity_id"] for row in MagentoSimulator(size=40).tables["orders"].rows)


def test_rows_that_are_counted_and_not_sent_are_no_empty_shop() -> None:
    def silent(request: httpx.Request, ask: Callable[[], httpx.Response]) -> httpx.Response:
        return httpx.Response(200, json={"items": None, "total_count": 40})

    assert isinstance(refused(edited(MagentoSimulator(size=3), silent)), SourceChanged)


def test_what_changes_while_everything_is_read_is_read_again() -> None:
    """The cursor stays before the moment the reading began, by the shop's clock."""
    simulator = MagentoSimulator(size=40)
    began = simulator.tables["orders"].rows[-1]["updated_at"]

    def dated(request: httpx.Request, ask: Callable[[], httpx.Response]) -> httpx.Response:
        answer = ask()
        if request.url.path.endswith("/orders") and "DESC" in request.url.query.decode():
            simulator.tick(3600)
            simulator.mutate({"touch": {"orders": 40}})
        headers = {"content-type": "application/json", "date": httpx_date(began)}
        return httpx.Response(answer.status_code, content=answer.read(), headers=headers)

    cursors = [page.cursor for page in pages(edited(simulator, dated, page_size=10), "orders") if page.cursor]
    assert max(cursors).strftime("%Y-%m-%d %H:%M:%S") == began


def httpx_date(stamp: str) -> str:
    from datetime import UTC, datetime
    from email.utils import format_datetime

    return format_datetime(datetime.fromisoformat(stamp).replace(tzinfo=UTC), usegmt=True)


# -- check -------------------------------------------------------------------------------------------------------------


def findings(simulator: MagentoSimulator, **settings: Any) -> dict[str, Finding]:
    connector = magento(simulator, **settings)
    return {finding.subject: finding for finding in connector.check()}


def test_check_tells_all_that_is_well() -> None:
    told = findings(MagentoSimulator(size=5))
    assert all(finding.ok for finding in told.values())
    assert told["login"].detail == "5 store views, prices in EUR"
    assert told["version"].detail.startswith("Magento/2.4 (Enterprise)")
    assert told["stream orders"].detail == "may be read: 5 rows"


def test_check_names_missing_permissions_modules_fields_and_store_views() -> None:
    simulator = MagentoSimulator(size=5)
    simulator.denied = frozenset({"Magento_Sales::creditmemo"})
    simulator.modules = frozenset()
    told = findings(simulator, store_code="default", fields={"products": {"brand": "custom_attributes.barnd"}})
    assert "Magento_Sales::creditmemo" in told["stream creditmemos"].fix
    assert told["stream companies"].ok
    assert "no company accounts" in told["stream companies"].detail
    assert "product by product" in told["stream stock"].detail
    assert told["attribute barnd"].severity == "warning"
    assert "view_eur" in told["store view"].fix
    assert all(finding.fix for finding in told.values() if not finding.ok)


@pytest.mark.parametrize(
    ("told", "ok"),
    [(b"Magento/2.3 (Community)", False), (b"Magento/2.4 (Community)", True), (b"<html>", True), (b"Magento/x", True)],
)
def test_check_judges_the_version_as_far_as_it_is_told(told: bytes, ok: bool) -> None:
    def version(request: httpx.Request, ask: Callable[[], httpx.Response]) -> httpx.Response:
        return httpx.Response(200, content=told) if request.url.path == "/magento_version" else ask()

    found = {finding.subject: finding for finding in edited(MagentoSimulator(size=1), version).check()}
    assert found["version"].ok is ok


def test_check_tells_a_clock_that_is_wrong() -> None:
    def late(request: httpx.Request, ask: Callable[[], httpx.Response]) -> httpx.Response:
        answer = ask()
        headers = {"content-type": "application/json", "date": httpx_date("2026-01-05 13:00:00")}
        return httpx.Response(answer.status_code, content=answer.read(), headers=headers)

    bare = next(each for each in check_of(edited(MagentoSimulator(size=1), late)) if each.subject == "clock")
    assert (bare.ok, bare.severity) == (False, "warning")
    signed = next(
        each for each in check_of(edited(MagentoSimulator(size=1), late, **SIGNED)) if each.subject == "clock"
    )
    assert (signed.ok, signed.severity) == (False, "error")


def check_of(connector: MagentoConnector) -> Iterator[Finding]:
    return connector.check()
