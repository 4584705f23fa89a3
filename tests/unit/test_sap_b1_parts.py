"""The small parts of the SAP Business One connector: moments, words, units, logins, plans."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import httpx
import pytest
from support.b1_company import LOGIN, b1

from connectors.sap_b1 import values as v
from connectors.sap_b1.config import SapB1Config
from connectors.sap_b1.moments import ServerClock, clock_of, day_of
from connectors.sap_b1.plan import Plan, plan_of, properties
from connectors.sap_b1.simulator import SapB1Simulator
from connectors.sap_b1.source import SapB1Connector
from connectors.sap_b1.streams import SOURCES, STREAMS
from connectors.sap_b1.units import Units
from hub.errors import AuthError, ConfigError, SourceChanged, SourceUnavailable
from hub.sdk import Context, Finding, HubError, ReadRequest, apply
from hub.sdk.odata import parse_metadata
from hub.testing import FakeClock

BERLIN = ServerClock("Europe/Berlin")


# -- moments -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("2026-01-31", date(2026, 1, 31)), ("2026-01-31T00:00:00Z", date(2026, 1, 31)),
        ("/Date(1769817600000)/", date(2026, 1, 31)), ("1899-12-30", None), ("9999-12-31", None), ("", None),
        ("soon", None), (None, None), (20260131, None), ("/Date(99999999999999999)/", None),
    ],
)  # fmt: skip
def test_days_come_in_many_forms(value: Any, day: date | None) -> None:
    assert day_of(value) == day


@pytest.mark.parametrize(
    ("value", "clock"),
    [
        ("10:12:13", time(10, 12, 13)), ("10:12", time(10, 12)), ("PT10H12M13S", time(10, 12, 13)), ("PT9H", time(9)),
        (101213, time(10, 12, 13)), (91213, time(9, 12, 13)), (1012, time(10, 12)), (912, time(9, 12)), (5, time(0, 5)),
        ("101213", time(10, 12, 13)), ("09:12:13.5", time(9, 12, 13)), ("", time()), (None, time()), (True, time()),
        ("99:99", time()), ("noon", time()), (1234567, time()),
    ],
)  # fmt: skip
def test_times_come_in_many_forms(value: Any, clock: time) -> None:
    assert clock_of(value) == clock


def test_moments_are_those_of_the_server() -> None:
    assert BERLIN.moment("2026-01-31", "10:00:00") == "2026-01-31T09:00:00Z"
    assert BERLIN.moment("2026-07-31", 100000) == "2026-07-31T08:00:00Z"
    assert BERLIN.moment(None, "10:00:00") is None
    assert BERLIN.local_day(datetime(2026, 1, 31, 23, 30, tzinfo=UTC)) == date(2026, 2, 1)


def test_a_change_in_the_hour_that_comes_twice_has_no_stamp() -> None:
    """Clocks are set back at three: a quarter past two may be before or after a change at half past two."""
    assert BERLIN.stamp("2026-10-25", "02:15:00") is None
    assert BERLIN.stamp("2026-10-25", "01:59:59") == "2026-10-24T23:59:59Z"
    assert BERLIN.stamp("2026-10-25", "03:00:00") == "2026-10-25T02:00:00Z"
    assert BERLIN.stamp("2026-03-29", "02:30:00") is not None, "an hour that never was is odd, but comes once"


# -- values ------------------------------------------------------------------------------------------------------------


def line(quantity: Any, left: Any, **more: Any) -> dict[str, Any]:
    return {"Quantity": quantity, "RemainingOpenQuantity": left, **more}


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ({"DocumentLines": [line(5, 5)]}, "open"),
        ({"DocumentLines": [line(5, 5), line(2, 0)]}, "partially_shipped"),
        ({"DocumentLines": [line(5, 0)]}, "shipped"),
        ({"DocumentLines": [line(5, 5)], "Confirmed": "tNO"}, "on_hold"),
        ({"DocumentLines": [line(5, 0)], "DocumentStatus": "bost_Close"}, "completed"),
        ({"DocumentLines": [line(5, 0)], "DocumentStatus": "bost_Close", "Cancelled": "tYES"}, "cancelled"),
        ({"DocumentLines": [], "CancelStatus": "csCancellation"}, "cancelled"),
        ({"DocumentLines": [line(0, 0)]}, "open"),
        ({}, "open"),
    ],
)
def test_orders(row: dict[str, Any], status: str) -> None:
    assert v.order_status(row) == status


@pytest.mark.parametrize(
    ("row", "status"),
    [
        ({"DocumentLines": [line(5, 5)]}, "open"),
        ({"DocumentLines": [line(5, 1)]}, "partially_received"),
        ({"DocumentLines": [line(5, 0)], "DocumentStatus": "bost_Close"}, "received"),
        ({"DocumentLines": [line(5, 2)], "DocumentStatus": "bost_Close"}, "closed"),
    ],
)
def test_purchase_orders(row: dict[str, Any], status: str) -> None:
    assert v.purchase_status(row, row["DocumentLines"]) == status


def test_a_line_priced_in_another_currency_gets_the_price_that_its_total_tells() -> None:
    foreign = {"Currency": "$", "UnitPrice": 100, "Quantity": Decimal(4), "DiscountPercent": Decimal(10)}
    assert v.price_of(foreign, "$", Decimal(360)) == 100
    assert v.price_of(foreign, "EUR", Decimal("331.2")) == Decimal("92.000000")
    assert v.price_of({**foreign, "Quantity": 0}, "EUR", Decimal(1)) is None
    assert v.price_of({**foreign, "DiscountPercent": 100}, "EUR", Decimal(0)) is None


def test_the_base_of_a_line() -> None:
    assert v.base_of({"BaseType": 17, "BaseEntry": 8, "BaseLine": 0}, v.ORDER) == ("8", "8:0")
    assert v.base_of({"BaseType": 15, "BaseEntry": 8, "BaseLine": 0}, v.ORDER) == (None, None)
    assert v.base_of({"BaseType": 17, "BaseEntry": None}, v.ORDER) == (None, None)


def test_the_noise_of_doubles_is_no_quantity() -> None:
    noisy = line(Decimal("5.000000000000001"), Decimal("4.999999999999999"))
    assert v.order_status({"DocumentLines": [noisy]}) == "open"
    assert v.done_quantity(noisy) == 0
    lines = [
        {"LineNum": 0, "Quantity": Decimal("0.30000000000000004"), "DiscountPercent": Decimal("33.333333333333336")}
    ]
    row = {"DocEntry": 1, "DocTotal": Decimal("12.340000000000002"), "DocumentLines": lines}
    connector = b1(SapB1Simulator(size=1))
    connector.shaper.ready("order", [row])
    mapped = apply(stream("orders").maps, [row])
    connector.close()
    assert not mapped.rejects
    assert mapped.batches[0].columns["total"] == [12_340_000]
    assert mapped.batches[1].columns["discount_rate"] == [333_333]


def test_what_was_open_of_a_closed_line_is_given_up() -> None:
    assert v.given_up(line(5, 2, LineStatus="bost_Close")) == 2
    assert v.given_up(line(5, 2, LineStatus="bost_Open")) == 0
    assert v.given_up({"Quantity": 5}) is None


@pytest.mark.parametrize("odd", [None, "many", True, [1], float("nan"), "NaN", "Infinity", "1e40"])
def test_what_is_no_number_counts_as_nothing(odd: Any) -> None:
    assert v.number(odd) == 0


def test_units_are_known_by_many_names() -> None:
    units = Units({"KISTE": "XCS"})
    assert units.code(None, "pcs") == "C62"
    assert units.code("", "Manual", "Stück") == "C62"
    assert units.code("kiste") == "XCS"
    assert units.code("Manual") is None
    assert list(units.notes()) == []
    assert units.code("Gebinde", "Fass") is None
    assert ["Gebinde" in note for note in units.notes()] == [True]


@pytest.mark.parametrize("kind", sorted({source.kind for source in SOURCES.values()}))
@pytest.mark.parametrize("odd", [None, [], "text", 7, {"spoilt": 1}, [None, 3]])
def test_nothing_odd_breaks_a_page(kind: str, odd: Any) -> None:
    names = (
        "BPAddresses", "ContactEmployees", "ItemPrices", "ItemWarehouseInfoCollection", "DocumentLines",
        "DocumentAdditionalExpenses", "UoMGroupEntry", "InventoryUoMEntry", "GroupCode", "Currency", "DocCurrency",
        "UpdateDate", "UpdateTime", "DocTotal", "ContactPersonCode",
    )  # fmt: skip
    connector = b1(SapB1Simulator(size=1))
    connector.shaper.ready(kind, [dict.fromkeys(names, odd)])


# -- logins ------------------------------------------------------------------------------------------------------------


def answering(*answers: httpx.Response, **settings: Any) -> SapB1Connector:
    """A connector to a server that gives these answers, the last one again and again."""
    left = list(answers)
    config = SapB1Config.model_validate({"kind": "sap_b1", "base_url": "http://127.0.0.1:9", **LOGIN, **settings})
    clock = FakeClock()
    transport = httpx.MockTransport(lambda _: left.pop(0) if len(left) > 1 else left[0])
    return SapB1Connector(config, Context("b1", transport=transport, clock=clock, now=clock.now))


def refused(connector: SapB1Connector) -> HubError:
    with pytest.raises(HubError) as caught:
        list(connector.read(ReadRequest(STREAMS[0], None, FakeClock().now())))
    return caught.value


def error(status: int, code: Any, text: str) -> httpx.Response:
    return httpx.Response(status, json={"error": {"code": code, "message": {"lang": "en-us", "value": text}}})


def test_a_wrong_password_is_told_and_not_tried_again() -> None:
    simulator = SapB1Simulator(size=1)
    found = refused(b1(simulator, password="wrong"))
    assert isinstance(found, AuthError)
    assert "Login failed" in found.problem
    assert "locked" in found.fix
    assert simulator.log.by_status[401] == 1


def test_a_wrong_company_is_told() -> None:
    assert "SLD" in refused(b1(SapB1Simulator(size=1), company="OTHER")).problem


def test_a_missing_licence_is_told() -> None:
    assert "licence" in refused(answering(error(500, -1, "No matching license."))).fix


def test_a_company_that_is_upgraded_is_unavailable() -> None:
    found = refused(answering(error(500, 305, "x"), error(401, -1102, "Switch company error: -1102"), retry_seconds=0))
    assert isinstance(found, HubError)
    assert isinstance(refused(answering(error(401, -1102, "Switch company error"), retry_seconds=0)), SourceUnavailable)


def test_an_address_without_a_service_layer_is_told() -> None:
    found = refused(answering(httpx.Response(404, text="not here")))
    assert isinstance(found, SourceChanged)
    assert "base_url" in found.fix


def test_a_login_without_a_session_is_not_believed() -> None:
    assert isinstance(refused(answering(httpx.Response(200, json={"SessionId": "a b; c"}))), SourceChanged)


def test_no_secret_is_shown() -> None:
    connector = b1(SapB1Simulator(size=1))
    connector.api.auth.credential()
    shown = connector.api.http.redact(f"{LOGIN['password']} {connector.api.auth.credential().headers['Cookie']}")
    assert LOGIN["password"] not in shown
    assert "sim-0001" not in shown
    connector.close()


# -- plans -------------------------------------------------------------------------------------------------------------

OLD_RELEASE = b"""<?xml version="1.0"?><edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
<edmx:DataServices><Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="SAPB1">
<EntityType Name="Warehouse"><Key><PropertyRef Name="WarehouseCode"/></Key>
<Property Name="WarehouseCode" Type="Edm.String"/><Property Name="WarehouseName" Type="Edm.String"/>
</EntityType><EntityContainer Name="C"><EntitySet Name="Warehouses" EntityType="SAPB1.Warehouse"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""


def stream(name: str) -> Any:
    return next(each for each in STREAMS if each.name == name)


def config(**settings: Any) -> SapB1Config:
    return SapB1Config.model_validate({"kind": "sap_b1", "base_url": "http://127.0.0.1:9", **LOGIN, **settings})


def test_an_old_release_is_asked_for_what_it_has() -> None:
    plan = plan_of(config(), stream("warehouses"), SOURCES["warehouses"], parse_metadata(OLD_RELEASE))
    assert plan.select == ("WarehouseCode", "WarehouseName")
    assert "DropShip" in plan.missing


def test_a_field_of_the_admin_s_that_is_not_there_is_refused() -> None:
    own = config(fields={"locations": {"street2": "U_Gate"}})
    with pytest.raises(ConfigError, match="U_Gate"):
        plan_of(own, stream("warehouses"), SOURCES["warehouses"], parse_metadata(OLD_RELEASE))


def test_a_kept_plan_holds_for_its_release_and_its_maps() -> None:
    plan = Plan(("DocEntry", "DocNum"), ("UpdateDate",), ("Old",))
    kept = plan.kept("1000191")
    assert Plan.again(kept, "1000191", ["DocEntry", "DocNum", "CardCode"]) == Plan(plan.select, plan.changed, ())
    assert Plan.again(kept, "1000200", ["DocEntry", "DocNum"]) is None
    assert Plan.again(kept, "", ["DocEntry", "DocNum"]) is None
    assert Plan.again(kept, "1000191", ["DocEntry"]) is None
    assert Plan.again({"release": "1000191"}, "1000191", ["DocEntry"]) is None


def test_a_field_of_the_admin_s_reaches_the_request() -> None:
    own = config(fields={"customers": {"industry": "U_Region"}, "order_lines": {"name": "U_Batch"}})
    from hub.sdk import maps_of

    assert "U_Region" in properties(SOURCES["customers"], maps_of(own, stream("customers")))
    assert "DocumentLines" in properties(SOURCES["orders"], maps_of(own, stream("orders")))
    simulator = SapB1Simulator(size=3)
    connector = b1(simulator, fields={"customers": {"industry": "U_Region"}})
    pages = list(connector.read(ReadRequest(stream("customers"), None, FakeClock().now())))
    connector.close()
    assert {row["U_Region"] for page in pages for row in page.rows} == {"North"}


# -- checks ------------------------------------------------------------------------------------------------------------


def findings(simulator: SapB1Simulator, **settings: Any) -> dict[str, Finding]:
    connector = b1(simulator, **settings)
    found = {finding.subject: finding for finding in connector.check()}
    connector.close()
    return found


def test_all_is_well() -> None:
    found = findings(SapB1Simulator(size=3))
    told = {subject for subject, finding in found.items() if not finding.ok}
    assert told <= {"clock"}, "the simulator's clock is the machine's, the test's is not"
    assert "11 rows" not in found["stream suppliers"].detail
    assert found["stream suppliers"].detail == "may be read: 8 rows"
    assert "1000191" in found["login"].detail


def test_what_is_not_well_comes_with_its_remedy() -> None:
    simulator = SapB1Simulator(size=3)
    simulator.refused = {"Orders"}
    found = findings(simulator, protocol="v1")
    assert not found["stream orders"].ok
    assert "authorisation" in found["stream orders"].fix
    assert (found["protocol"].ok, found["protocol"].severity) == (False, "warning")


def test_a_time_zone_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="Europe/Berlin"):
        config(time_zone="Berlin")
