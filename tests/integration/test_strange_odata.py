"""Connectors against an OData server that is unlike our simulators in all that the protocol leaves open.

It shows the same rows, so what a hub holds afterwards must be the same to the last value.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from support.business_central import business_central
from support.dynamics_hub import EnvironmentHub
from support.sap_system import sap
from support.strange_edmx import edmx
from support.strange_hub import Held, StrangeHub, read
from support.strange_odata import StrangeService, Told, Whims
from support.strange_server import serving

from connectors.business_central.simulation.schema import entity_sets
from connectors.business_central.simulator import BusinessCentralSimulator
from connectors.dynamics.config import DynamicsConfig
from connectors.dynamics.sim_tables import definition
from connectors.dynamics.simulator import DynamicsSimulator
from connectors.dynamics.source import DynamicsConnector
from connectors.sap.config import SapConfig
from connectors.sap.plan import plan_of
from connectors.sap.services import MODERN, SERVICES
from connectors.sap.simulation.modern import MODERN_SETS
from connectors.sap.simulator import SETS, SapSimulator
from connectors.sap.source import SapConnector
from connectors.sap.streams import SOURCES, STREAMS
from hub.sdk import Context
from hub.sdk.odata import parse_metadata
from hub.sdk.simulator import Simulator
from hub.sdk.simulator.odata import EntitySet
from hub.testing import FakeClock

SIZE = 4


@pytest.fixture(scope="module")
def system() -> SapSimulator:
    return SapSimulator(size=SIZE)


@contextmanager
def strange_sap(system: SapSimulator, whims: Whims, http: str, **settings: Any) -> Iterator[SapConnector]:
    sets = {**{service: SETS[service.name] for service in SERVICES}, **{s: MODERN_SETS[s.name] for s in MODERN}}
    services = {
        f"/{service.root}": StrangeService(
            int(service.version), {each.name: each for each in sets[service]},
            lambda found: system.tables[found.table].rows, whims,
        )
        for service in sets
    }  # fmt: skip
    with serving(services, http=http) as address:
        config = SapConfig.model_validate(
            {"kind": "sap", "base_url": address, "user": "hub", "password": "x", "timeout_seconds": 5, **settings}
        )
        clock = FakeClock()
        yield SapConnector(config, Context("it", clock=clock, now=clock.now))


@pytest.fixture(scope="module")
def truth(system: SapSimulator, tmp_path_factory: pytest.TempPathFactory) -> Held:
    return read(tmp_path_factory.mktemp("truth"), sap(system))


SERVERS = {
    "small pages, opaque relative tokens, HTTP/1.0": (Whims(page=2, links="relative", offset=60), "1.0"),
    "as version 1 wrote lists, nulls left out, all properties": (
        Whims(bare=True, missing=True, every=True, about=False), "chunked",
    ),
    "cut lists, rooted links, no counts, errors in XML": (
        Whims(page=50, links="rooted", cut=1, offset=-330, errors="xml",
              refuses=frozenset({"$count", "$inlinecount"})), "chunked",
    ),
    "verbose JSON alone, errors in HTML": (Whims(verbose=True, errors="html", links="absolute", page=3), "1.0"),
}  # fmt: skip


@pytest.mark.parametrize("server", SERVERS)
def test_s4hana_is_read_alike_from_any_server_of_version_2(
    server: str, system: SapSimulator, truth: Held, tmp_path: Path
) -> None:
    whims, http = SERVERS[server]
    with strange_sap(system, whims, http) as connector:
        assert read(tmp_path, connector) == truth


MODERN_SERVERS = {
    "numbers as such, any offset, small pages": (Whims(page=2, offset=60, links="rooted"), "chunked"),
    "numbers as texts, cut lists, annotations of 4.01": (
        Whims(texts=True, cut=1, short=True, missing=True, links="relative", page=4), "1.0",
    ),
    "no annotations, all properties, no counts": (
        Whims(about=False, every=True, refuses=frozenset({"$count"}), errors="html"), "chunked",
    ),
}  # fmt: skip
MODERN_STREAMS = ("products", "orders", "purchase_orders")


@pytest.fixture(scope="module")
def modern_truth(system: SapSimulator, tmp_path_factory: pytest.TempPathFactory) -> Held:
    return read(tmp_path_factory.mktemp("modern"), sap(system, odata4=MODERN_STREAMS), *MODERN_STREAMS)


@pytest.mark.parametrize("server", MODERN_SERVERS)
def test_s4hana_is_read_alike_from_any_server_of_version_4(
    server: str, system: SapSimulator, modern_truth: Held, tmp_path: Path
) -> None:
    whims, http = MODERN_SERVERS[server]
    with strange_sap(system, whims, http, odata4=MODERN_STREAMS) as connector:
        assert read(tmp_path, connector, *MODERN_STREAMS) == modern_truth


def rows_of(simulator: Simulator) -> Callable[[EntitySet], list[dict[str, Any]]]:
    """The rows of a set, with what they leave out."""

    known: dict[str, list[dict[str, Any]]] = {}

    def rows(found: EntitySet) -> list[dict[str, Any]]:
        if found.name not in known:
            held = simulator.tables[found.table].rows
            known[found.name] = [{**found.blank, **row} for row in held if found.where is None or found.where(row)]
        return known[found.name]

    return rows


def told(command: str, path: str) -> Told | None:
    """Whoever asks for a token gets one."""
    if command != "POST" or not path.endswith("/token"):
        return None
    return Told(200, "application/json", b'{"access_token": "t", "token_type": "Bearer", "expires_in": 3600}')


VENDORS = {
    "small pages, any offset, rooted links": (Whims(page=3, offset=60, links="rooted"), "1.0"),
    "texts for numbers, nulls left out, 4.01": (
        Whims(texts=True, missing=True, short=True, cut=1, refuses=frozenset({"$count"})), "chunked",
    ),
}  # fmt: skip


@pytest.mark.parametrize("server", VENDORS)
def test_business_central_is_read_alike_from_any_server(server: str, tmp_path: Path) -> None:
    whims, http = VENDORS[server]
    simulator = BusinessCentralSimulator(size=4)
    truth = read(tmp_path / "truth", business_central(simulator))
    sets = {each.name: each for each in entity_sets()}
    root = "/v2.0/contoso.example/production/api/v2.0"
    with serving({root: StrangeService(4, sets, rows_of(simulator), whims)}, told, http=http) as address:
        connector = business_central(
            simulator, transport=httpx.HTTPTransport(), base_url=address, login_url=address, environment="production"
        )
        assert read(tmp_path / "strange", connector) == truth


@pytest.mark.parametrize("server", VENDORS)
def test_dynamics_is_read_alike_from_any_server(server: str, tmp_path: Path) -> None:
    whims, http = VENDORS[server]
    simulator = DynamicsSimulator(size=4)
    hub = EnvironmentHub(tmp_path / "truth", simulator)
    truth = read(tmp_path / "truth", hub.connector())
    sets = {each.name: each for each in simulator.service.sets.values()}
    service = StrangeService(4, sets, rows_of(simulator), whims)

    def other(command: str, path: str) -> Told | None:
        table = re.search(r"EntityDefinitions\(LogicalName='(\w+)'\)", path)
        found = next((each for each in sets.values() if table and each.type == table[1]), None)
        if found is None:
            return told(command, path)
        untracked = {**definition(found), "ChangeTrackingEnabled": False}  # delta links are a server's choice, too
        return Told(200, "application/json", json.dumps(untracked).encode())

    with serving({"/api/data/v9.2": service}, other, http=http) as address:
        config = DynamicsConfig.model_validate({**hub.settings, "base_url": address, "login_url": address})
        connector = DynamicsConnector(config, Context("it", clock=hub.clock, now=hub.clock.now))
        assert read(tmp_path / "strange", connector) == truth


def test_a_system_that_does_not_filter_by_its_stamps_is_read_whole_and_says_so(
    system: SapSimulator, tmp_path: Path
) -> None:
    hub = StrangeHub(tmp_path)
    for whims in (Whims(), Whims(refuses=frozenset({"moments"}))):
        with strange_sap(system, whims, "chunked") as connector:
            assert hub.sync(connector, "orders") == {}
    assert "A_SalesOrder refuses a condition on its changes, so all of it is read" in hub.notes
    assert len(hub.held()["orders"]) == SIZE


def test_hub_check_tells_that_changes_cannot_be_asked_for(system: SapSimulator) -> None:
    streams = {"orders": {}, "plants": {}}
    with strange_sap(system, Whims(refuses=frozenset({"moments"})), "1.0", streams=streams) as connector:
        found = {finding.subject: finding for finding in connector.check()}
        connector.close()
    assert found["stream orders"].ok
    assert found["changes of orders"].severity == "warning"
    assert "not filterable" in found["changes of orders"].detail


@pytest.mark.parametrize("errors", ["json", "xml", "html"])
def test_a_service_without_expand_is_told_with_its_own_words(errors: str, system: SapSimulator, tmp_path: Path) -> None:
    with strange_sap(system, Whims(errors=errors, refuses=frozenset({"$expand"})), "1.0") as connector:
        told = StrangeHub(tmp_path).sync(connector, "orders")["orders"]
    assert "A_SalesOrder: the source does not support the request (HTTP 501" in told
    assert ("$expand is not implemented" in told) is (errors != "html")


def test_an_older_release_without_what_is_read_again_is_read_whole(system: SapSimulator) -> None:
    """`$metadata` decides: a condition on a property that is not there would be refused every day."""
    service = next(each for each in SERVICES if each.name == "API_SALES_ORDER_SRV")
    sets = {each.name: each for each in SETS[service.name]}
    orders = sets["A_SalesOrder"]
    kept = tuple(each for each in orders.properties if each.name != "OverallSDProcessStatus")
    older = {**sets, "A_SalesOrder": replace(orders, properties=kept)}
    stream = next(each for each in STREAMS if each.name == "orders")
    config = SapConfig.model_validate({"kind": "sap", "base_url": "http://localhost", "user": "hub", "password": "x"})
    metadata = parse_metadata(edmx(2, older.values()).encode())
    plan = plan_of(config, stream, SOURCES["orders"], metadata)
    assert (plan.stamps, plan.again) == (("LastChangeDateTime",), None)
    assert plan_of(config, stream, SOURCES["orders"], parse_metadata(edmx(2, sets.values()).encode())).again is not None
