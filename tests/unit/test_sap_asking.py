"""How SAP is asked: logins, clients, pages with long keys, look-ups, and what its refusals say to an admin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from support.sap_system import BASIC, sap

from connectors.sap.api import SapApi
from connectors.sap.config import SapConfig
from connectors.sap.lookups import Lookups
from connectors.sap.paging import GroupedPages
from connectors.sap.plan import plan_of
from connectors.sap.services import BILLING, PARTNERS, STOCK
from connectors.sap.simulator import SapSimulator
from connectors.sap.source import SapConnector
from connectors.sap.streams import SOURCES
from hub.sdk import AuthError, ConfigError, Context, Page, ReadRequest, SourceChanged, SourceUnavailable
from hub.sdk.odata import Query, any_of, eq
from hub.sdk.simulator import in_process
from hub.testing import FakeClock

UNTIL = datetime(2026, 1, 5, tzinfo=UTC)


def read(connector: SapConnector, name: str, **options: Any) -> list[Page]:
    stream = next(each for each in connector.discover() if each.name == name)
    return list(connector.read(ReadRequest(stream, None, UNTIL, **options)))


class Edited(httpx.BaseTransport):
    """The simulator's answers, edited; a test's hostile system."""

    def __init__(
        self, simulator: SapSimulator, edit: Callable[[httpx.Request, httpx.Response], httpx.Response]
    ) -> None:
        self._inner, self._edit = in_process(simulator), edit

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        answer = self._inner.handle_request(request)
        answer.read()
        return self._edit(request, answer)


def edited(edit: Callable[[httpx.Request, httpx.Response], httpx.Response], **settings: Any) -> SapConnector:
    config = SapConfig.model_validate({"kind": "sap", "base_url": "http://127.0.0.1:9", **BASIC, **settings})
    clock = FakeClock()
    return SapConnector(
        config, Context("erp", transport=Edited(SapSimulator(size=9), edit), clock=clock, now=clock.now)
    )


# -- settings ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "wrong",
    [
        {}, {"user": "hub"}, {"client_id": "hub"}, {**BASIC, "client_id": "hub", "client_secret": "s"},
        {**BASIC, "client": "1"}, {**BASIC, "language": "English"}, {**BASIC, "time_zone": "Mars/Base"},
        {**BASIC, "time_zones": {"YX": "Nowhere"}}, {**BASIC, "units": {"ZKA": "no unit"}},
        {**BASIC, "page_size": 5001},
        {**BASIC, "freight_conditions": ["KF00' or 1 eq 1"]},
    ],
)  # fmt: skip
def test_settings_that_cannot_work_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        SapConfig.model_validate({"kind": "sap", "base_url": "https://erp.example", **wrong})


def test_client_and_language_go_with_every_request_and_to_the_token_endpoint() -> None:
    simulator = SapSimulator(size=3)
    read(sap(simulator, client_id="hub", client_secret="simulated", client="100", language="DE"), "plants")
    asked = list(simulator.log.last)
    assert [each["query"] for each in asked if each["path"].endswith("/token")] == ["sap-client=100"]
    others = [each["query"] for each in asked if not each["path"].endswith("/token")]
    assert others and all("sap-client=100" in query and "sap-language=DE" in query for query in others)


def test_another_client_is_not_ours() -> None:
    with pytest.raises(AuthError, match="401"):
        read(sap(SapSimulator(size=3), user="hub", password="simulated", client="200"), "partners")


# -- pages -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 2, 5, 7, 1000])
def test_pages_end_with_a_whole_group_and_lose_none(size: int) -> None:
    """Also where a material has more rows than a page, or the system cuts pages itself."""
    simulator = SapSimulator(size=4, page_rows=3, counts={"stock": 26})
    connector = sap(simulator)
    pages = GroupedPages(size, "Material").walk(connector.api.source(STOCK), Query("A_MatlStkInAcctMod"), None)
    rows = [row for page in pages for row in page.rows]
    keys = [
        tuple(row[name] for name in ("Material", "Plant", "StorageLocation", "Batch", "InventoryStockType"))
        for row in rows
    ]
    assert len(keys) == len(set(keys)) == 26


def test_a_read_of_groups_goes_on_after_any_page() -> None:
    source = sap(SapSimulator(size=6, page_rows=50)).api.source(STOCK)
    pages = list(GroupedPages(5, "Material").walk(source, Query("A_MatlStkInAcctMod"), None))
    assert len(pages) > 3
    for number, page in enumerate(pages):
        rest = [
            row
            for each in GroupedPages(5, "Material").walk(source, Query("A_MatlStkInAcctMod"), page.resume)
            for row in each.rows
        ]
        assert rest == [row for each in pages[number + 1 :] for row in each.rows]


def test_a_system_that_ignores_the_filter_is_found_out() -> None:
    source = sap(SapSimulator(size=6, page_rows=50)).api.source(STOCK)
    unfiltered = source.url

    def url(query: Query, below: str = "") -> str:
        return unfiltered(query.with_(filter=None), below)

    source.url = url  # type: ignore[method-assign]
    with pytest.raises(SourceChanged, match=r"came again|does not heed"):
        list(GroupedPages(5, "Material").walk(source, Query("A_MatlStkInAcctMod"), None))


# -- what a release has ------------------------------------------------------------------------------------------------


def test_a_property_that_the_admin_names_must_be_there_and_reaches_the_request() -> None:
    simulator = SapSimulator(size=3)
    connector = sap(simulator, fields={"orders": {"channel": "YY1_Channel_SDH"}})
    with pytest.raises(ConfigError, match="YY1_Channel_SDH"):
        read(connector, "orders")
    read(sap(simulator, fields={"products": {"brand": "ProductHierarchy"}}), "products")
    assert "ProductHierarchy" in simulator.log.last[-1]["query"]
    read(sap(simulator, fields={"products": {"weight_kg": None}}), "products")
    assert "NetWeight" not in simulator.log.last[-1]["query"]


def test_what_a_release_lacks_is_left_out_and_told() -> None:
    def older(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.url.path.endswith("$metadata"):
            body = answer.content.replace(b'<Property Name="Brand"', b'<Property Name="Brand2"')
            return httpx.Response(200, content=body, headers={"content-type": "application/xml"})
        return answer

    connector = edited(older)
    pages = read(connector, "products")
    assert pages[0].rows
    found = {finding.subject: finding for finding in connector.check()}
    assert "Brand" in found["fields of products"].detail
    assert found["fields of products"].severity == "warning"


def test_a_set_without_its_stamps_is_read_as_a_whole() -> None:
    connector = sap(SapSimulator(size=3))
    stream = next(each for each in connector.discover() if each.name == "orders")
    metadata = connector.api.source(SOURCES["orders"].service).metadata()
    kind = metadata.type_of("A_SalesOrder")
    kind.properties.pop("LastChangeDateTime")  # type: ignore[attr-defined]
    assert plan_of(connector.config, stream, SOURCES["orders"], metadata).stamps == ()


# -- look-ups ----------------------------------------------------------------------------------------------------------


def test_a_token_is_fetched_once_and_again_when_it_is_refused() -> None:
    simulator = SapSimulator(size=200)
    connector = sap(simulator)
    lookups = Lookups(connector.api.source(PARTNERS), connector.config)
    query = Query("A_BusinessPartner", select=("BusinessPartner",))
    keys = [str(10100001 + number) for number in range(90)]
    for _ in range(3):
        assert len(list(lookups.by_key(query, "BusinessPartner", keys))) == 90
    fetched = simulator.log.by_path["GET /sap/opu/odata/sap/API_BUSINESS_PARTNER/"]
    assert (fetched, simulator.log.by_path["POST /sap/opu/odata/sap/API_BUSINESS_PARTNER/$batch"]) == (1, 3)
    connector.api.source(PARTNERS).csrf = {"X-CSRF-Token": "stale"}
    assert len(list(lookups.by_key(query, "BusinessPartner", keys))) == 90
    assert simulator.log.by_path["GET /sap/opu/odata/sap/API_BUSINESS_PARTNER/"] == 2


def test_a_part_of_a_batch_that_fails_is_asked_for_by_itself() -> None:
    def failing(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.method == "POST" and request.url.path.endswith("$batch"):
            body = answer.content.replace(b"HTTP/1.1 200 OK", b"HTTP/1.1 503 Service Unavailable", 1)
            return httpx.Response(202, content=body, headers=dict(answer.headers))
        return answer

    connector = edited(failing)
    lookups = Lookups(connector.api.source(BILLING), connector.config)
    documents = [str(90000000 + number) for number in range(90)]
    found = list(lookups.by_key(Query("A_BillingDocument", select=("BillingDocument",)), "BillingDocument", documents))
    whole = list(connector.api.source(BILLING).rows(Query("A_BillingDocument", select=("BillingDocument",),
                 filter=any_of(*(eq("BillingDocument", key) for key in documents)))))  # fmt: skip
    assert [row["BillingDocument"] for row in found] == [row["BillingDocument"] for row in whole] != []


# -- refusals ----------------------------------------------------------------------------------------------------------


def test_a_gateways_inner_details_reach_the_admin() -> None:
    source = sap(SapSimulator(size=1)).api.source(PARTNERS)
    with pytest.raises(SourceChanged) as told:
        list(source.rows(Query("A_BusinessPartner", select=("NoSuchProperty",))))
    assert "NoSuchProperty" in told.value.problem
    assert "/IWBEP/CM_MGW_RT/021" in told.value.problem


def test_an_error_in_xml_is_read_as_well() -> None:
    body = b"""<?xml version="1.0"?><error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata">
        <code>SY/530</code><message xml:lang="en">Resource busy</message><innererror><errordetails><errordetail>
        <message>Lock table overflow</message></errordetail></errordetails></innererror></error>"""

    def busy(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        if request.url.path.endswith("$metadata"):
            return answer
        return httpx.Response(500, content=body, headers={"content-type": "application/xml"})

    with pytest.raises(SourceUnavailable, match="Lock table overflow"):
        read(edited(busy, retry_seconds=0), "partners")


def test_a_page_for_people_instead_of_rows_is_no_empty_system() -> None:
    def page(request: httpx.Request, answer: httpx.Response) -> httpx.Response:
        return httpx.Response(200, html="<html><body>Logon</body></html>")

    with pytest.raises(SourceUnavailable):
        read(edited(page, retry_seconds=0), "partners")


def test_a_wrong_password_is_told_as_such_and_not_as_a_missing_service() -> None:
    with pytest.raises(AuthError) as told:
        read(sap(SapSimulator(size=1), user="hub", password="wrong"), "partners")
    assert "SAP_COM" not in told.value.fix


def test_check_tells_service_by_service_what_is_shut() -> None:
    class Shut(SapSimulator):
        denied = frozenset({"API_SALES_ORDER_SRV"})
        absent = frozenset({"API_PLANT_SRV"})

    found = {finding.subject: finding for finding in sap(Shut(size=3)).check()}
    assert "SAP_COM_0109" in found["stream orders"].fix
    assert (found["stream plants"].ok, found["stream plants"].severity) == (False, "warning")
    assert found["stream billing"].ok and found["$batch"].ok
    assert all(finding.fix for finding in found.values() if not finding.ok)


def test_the_clock_of_sap_is_learnt_from_its_answers() -> None:
    clock = FakeClock()
    config = SapConfig.model_validate({"kind": "sap", "base_url": "http://127.0.0.1:9", **BASIC})
    api = SapApi(config, Context("erp", clock=clock, now=clock.now))
    api.clock.learn(0, {"date": "Mon, 05 Jan 2026 13:00:00 GMT"})
    assert api.clock.now() == datetime(2026, 1, 5, 13, tzinfo=UTC)
    api.clock.learn(0, {"date": "nonsense"})
    assert api.clock.now() == datetime(2026, 1, 5, 13, tzinfo=UTC)
    api.close()
