"""How the Oracle connector takes what pods answer: lists cut or bare, refusals in each form, odd ends of pages."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from support.oracle_pod import BASIC, oracle

from connectors.oracle_scm.api import Collection
from connectors.oracle_scm.checks import findings
from connectors.oracle_scm.children import Children
from connectors.oracle_scm.config import OracleScmConfig
from connectors.oracle_scm.ranges import Walk
from connectors.oracle_scm.selection import Node
from connectors.oracle_scm.simulation.pod import OracleScmSimulator
from connectors.oracle_scm.source import OracleScmConnector
from hub.sdk import AuthError, Context, HubError, SourceChanged, SourceUnavailable
from hub.sdk.simulator import RequestLimit
from hub.testing import FakeClock

Handler = Callable[[httpx.Request], httpx.Response]


def connector(handler: Handler, **settings: Any) -> OracleScmConnector:
    """A connector to whatever answers."""
    config = OracleScmConfig.model_validate(
        {
            "kind": "oracle_scm",
            "base_url": "https://pod.example",
            "page_size": 5,
            "max_in_flight": 2,
            **BASIC,
            **settings,
        }
    )
    clock = FakeClock()
    return OracleScmConnector(
        config, Context("pod", transport=httpx.MockTransport(handler), clock=clock, now=clock.now)
    )


def page(rows: list[Any], *, more: bool, limit: int = 5, **also: Any) -> httpx.Response:
    return httpx.Response(200, json={"items": rows, "count": len(rows), "hasMore": more, "limit": limit, **also})


class Shelf:
    """A collection with these keys. `cap`: most rows it gives, whatever is asked; `lies`: says `hasMore` always so."""

    def __init__(self, keys: list[int], *, cap: int = 5, lies: bool | None = None, tells_total: bool = True) -> None:
        self.keys, self.cap, self.lies, self.tells_total = sorted(keys), cap, lies, tells_total
        self.asked: list[dict[str, str]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        params = dict(request.url.params)
        self.asked.append(params)
        kept = self.keys
        for bound in filter(None, params.get("q", "").split(" and ")):
            _, operator, value = bound.split(" ")
            compare = {">": int.__gt__, "<=": int.__le__, "=": int.__eq__}[operator]
            kept = [key for key in kept if compare(key, int(value))]
        offset, limit = int(params["offset"]), min(int(params["limit"]), self.cap)
        rows = [{"Id": key} for key in kept[offset : offset + limit]]
        more = len(kept) > offset + limit if self.lies is None else self.lies
        total = {"totalResults": len(kept)} if "totalResults" in params and self.tells_total else {}
        return page(rows, more=more, limit=int(params["limit"]), **total)


def walked(shelf: Shelf, *, unique: bool = True, **settings: Any) -> list[int]:
    api = connector(shelf, **settings).api
    walk = Walk(api, Collection("things", ("Id",), Node({"Id": None})), "Id", unique=unique)
    found = [row["Id"] for chunk in walk.chunks() for row in chunk.rows]
    api.close()
    return sorted(found)


@pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 10, 11, 99])
@pytest.mark.parametrize("lies", [None, True])
@pytest.mark.parametrize("tells_total", [True, False])
def test_a_walk_ends_with_everything(count: int, lies: bool | None, tells_total: bool) -> None:
    keys = list(range(1, 1 + 7 * count, 7))
    assert walked(Shelf(keys, lies=lies, tells_total=tells_total)) == keys


def test_a_pod_that_gives_smaller_pages_than_it_says_loses_nothing() -> None:
    """As long as it says that there is more."""
    assert walked(Shelf(list(range(1, 40)), cap=3)) == list(range(1, 40))


@pytest.mark.parametrize(
    "spread", [[1, 1, 1, 2], [1] * 13 + [2, 3], [1, 2, 2, 2, 2, 3, 3, 3, 3, 3, 4], [7] * 5, [1] * 5 + [2]]
)
def test_rows_that_share_a_key_come_whole_and_once(spread: list[int]) -> None:
    shelf = Shelf(spread)
    api = connector(shelf).api
    walk = Walk(api, Collection("things", ("Id",), Node({"Id": None})), "Id", unique=False)
    chunks = [[row["Id"] for row in chunk.rows] for chunk in walk.chunks()]
    api.close()
    assert sorted(key for chunk in chunks for key in chunk) == spread
    places: dict[int, set[int]] = {}
    for number, chunk in enumerate(chunks):
        for key in chunk:
            places.setdefault(key, set()).add(number)
    assert all(len(where) == 1 for where in places.values()), "never over two chunks"


def test_a_long_walk_is_cut_into_ranges_that_are_read_side_by_side() -> None:
    shelf = Shelf(list(range(1, 201)))
    assert walked(shelf) == list(range(1, 201))
    assert len(shelf.asked) == 40 + 1 + 1, "pages, one end of a range, and one page that is not full for it"
    assert sum(int(params["offset"]) > 0 for params in shelf.asked) == 1, "no deep offsets but for the end of a range"


def test_rows_that_nobody_asked_for_stop_the_walk() -> None:
    def always(request: httpx.Request) -> httpx.Response:
        return page([{"Id": number} for number in range(1, 6)], more=True)

    api = connector(always).api
    with pytest.raises(SourceChanged, match="not asked for"):
        list(Walk(api, Collection("things", ("Id",), Node({"Id": None})), "Id").chunks())


# -- lists inside rows -------------------------------------------------------------------------------------------------


def completed(row: dict[str, Any], whole: int) -> tuple[list[Any], list[str]]:
    """The lines of a row after they were completed, and the paths that were asked for."""
    asked: list[str] = []

    def handler(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        if request.url.path.endswith("/child/lines"):
            offset = int(request.url.params["offset"])
            rows = [{"LineId": number} for number in range(whole)][offset : offset + 5]
            return page(rows, more=offset + 5 < whole)
        link = {"rel": "self", "href": "https://another.host/fscmRestApi/resources/11.13.18.05/things/0002%3AEA"}
        return httpx.Response(200, json={"items": [{"Id": 1, "links": [link]}], "count": 1, "hasMore": False})

    api = connector(handler).api
    wanted = Collection("things", ("Id",), Node({"Id": None}, {"lines": Node({"LineId": None})}))
    Children(api, {(): "Id", ("lines",): "LineId"}).complete(wanted, [row])
    api.close()
    return row["lines"], asked


def test_a_list_in_its_envelope_is_taken_out() -> None:
    lines, asked = completed({"Id": 1, "lines": {"items": [{"LineId": 1}], "count": 1, "hasMore": False}}, 1)
    assert (lines, asked) == ([{"LineId": 1}], [])


def test_a_bare_list_of_old_framework_versions_is_taken_as_it_is() -> None:
    assert completed({"Id": 1, "lines": [{"LineId": 1}]}, 1)[1] == []


@pytest.mark.parametrize("lines", [{"items": [{"LineId": 0}], "hasMore": True}, [{"LineId": 0}] * 25])
def test_a_list_that_is_or_may_be_cut_is_read_to_its_end_by_the_rows_own_link(lines: Any) -> None:
    whole, asked = completed({"Id": 1, "lines": lines}, 12)
    assert [each["LineId"] for each in whole] == list(range(12))
    assert asked[1] == "/fscmRestApi/resources/11.13.18.05/things/0002:EA/child/lines", "on our host, by its path"


def test_what_is_no_list_is_left_for_the_map_to_refuse() -> None:
    assert completed({"Id": 1, "lines": "spoilt"}, 0) == ("spoilt", [])


# -- refusals ----------------------------------------------------------------------------------------------------------


def refused(response: httpx.Response) -> HubError:
    with pytest.raises(HubError) as caught:
        connector(lambda _: response, retry_seconds=0).api.get("/fscmRestApi/resources")
    return caught.value


def problem(status: int, detail: str) -> httpx.Response:
    errors = [{"detail": detail, "o:errorCode": "27520", "o:errorPath": "/problem"}]
    return httpx.Response(status, json={"title": "No", "status": str(status), "o:errorDetails": errors})


def test_oracles_own_words_are_told_with_code_and_path() -> None:
    error = refused(problem(400, "URL request parameter q cannot be used in this context."))
    assert isinstance(error, SourceChanged)
    assert "q cannot be used in this context. (27520, /problem)" in error.problem


def test_older_frameworks_say_it_in_plain_text() -> None:
    error = refused(httpx.Response(400, text="The attribute Foo does not exist."))
    assert "The attribute Foo does not exist." in error.problem


def test_a_refused_password_may_have_expired() -> None:
    error = refused(httpx.Response(401, json={"title": "Unauthorized"}))
    assert isinstance(error, AuthError)
    assert "expires" in error.fix


@pytest.mark.parametrize("status", [403, 404])
def test_missing_roles_and_missing_data_access_are_told_alike(status: int) -> None:
    error = refused(problem(status, "Not for you"))
    assert isinstance(error, AuthError)
    assert "data access" in error.fix


def test_a_web_page_is_maintenance_or_a_wrong_host() -> None:
    error = refused(httpx.Response(200, html="<html>Scheduled maintenance</html>"))
    assert isinstance(error, SourceUnavailable)
    assert not isinstance(refused(httpx.Response(404, html="<html>Not here</html>")), AuthError)


def test_personal_data_in_an_error_are_not_told() -> None:
    assert "jane" not in refused(problem(400, "Customer jane.doe@acme.example is locked")).problem


def test_a_pod_that_fails_over_a_page_is_asked_for_smaller_ones() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return httpx.Response(500) if int(request.url.params["limit"]) > 100 else page([{"Id": 1}], more=False)

    api = connector(handler, page_size=400, retry_seconds=0).api
    wanted = Collection("things", ("Id",), Node({"Id": None}))
    assert api.page(wanted).rows == [{"Id": 1}]
    assert api._most["things"] == 100


# -- checks ------------------------------------------------------------------------------------------------------------


def told(simulator: OracleScmSimulator, **settings: Any) -> dict[str, Any]:
    opened = oracle(simulator, **settings)
    found = {finding.subject: finding for finding in findings(opened)}
    opened.close()
    return found


def test_a_healthy_pod_is_found_so() -> None:
    found = told(OracleScmSimulator(size=5))
    assert found["login"].detail == "as hub, by Basic"
    assert found["stream orders"].detail == "salesOrdersForOrderHub may be read: 6 rows"
    assert found["organizations"].detail == "stock of M1, M2, P1; items of M1"
    assert all(finding.ok or finding.severity == "warning" for finding in found.values())


def test_missing_attributes_are_named_with_a_remedy() -> None:
    simulator = OracleScmSimulator(size=5)
    simulator.lacking = {"salesOrdersForOrderHub": frozenset({"CustomerPONumber"})}
    finding = told(simulator)["stream orders: attributes"]
    assert "orders.po_number: CustomerPONumber" in finding.detail
    assert "fields:" in finding.fix


def test_what_the_user_may_not_read_is_named_with_the_privilege() -> None:
    simulator = OracleScmSimulator(size=5)
    simulator.denied, simulator.hidden = frozenset({"purchaseOrders"}), frozenset({"shipments", "contacts"})
    found = told(simulator)
    assert "View Purchase Order" in found["stream purchase_orders"].fix
    assert found["stream shipments"].severity == "error"
    assert found["stream contacts"].severity == "warning", "not every company has Sales"


def test_a_pod_that_hides_its_versions_is_well() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        return problem(403, "Not for you")

    login, version, *_ = findings(connector(handler))
    assert login.ok
    assert version.detail.endswith("the pod does not tell which it offers")


def test_a_throttled_pod_is_waited_for() -> None:
    simulator, clock = OracleScmSimulator(size=5), FakeClock()
    simulator.throttle = RequestLimit(1, clock.monotonic)
    opened = oracle(simulator, clock)
    found = {finding.subject: finding for finding in findings(opened)}
    opened.close()
    assert found["stream orders"].ok
    assert simulator.log.by_status[429] > 0
    assert clock.waited > 10


def test_rows_that_data_access_hides_are_suspected() -> None:
    assert "data access" in told(OracleScmSimulator(size=0))["stream orders"].fix


def test_an_unknown_attribute_of_the_admins_is_an_error() -> None:
    finding = told(OracleScmSimulator(size=5), fields={"orders": {"carrier": "Typo_c"}})["stream orders"]
    assert not finding.ok
    assert "Typo_c" in finding.detail


def test_a_framework_version_that_the_pod_does_not_offer_is_told() -> None:
    def handler(request: httpx.Request) -> httpx.Response:
        extension = {"allowedFrameworkVersions": ["1", "2", "3"]}
        return httpx.Response(
            200, content=json.dumps({"items": [{"version": "11.13.18.05", "adf:extension": extension}]})
        )

    found = next(each for each in findings(connector(handler)) if each.subject == "framework version")
    assert not found.ok
    assert "3" in found.detail
