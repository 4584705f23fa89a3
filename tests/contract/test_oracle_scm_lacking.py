"""Pods differ by release, role and feature: what one lacks, its streams do without, or the admin is told what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from support.oracle_pod import oracle

from connectors.oracle_scm.checks import findings
from connectors.oracle_scm.simulation.pod import OracleScmSimulator
from connectors.oracle_scm.simulation.schema import RESOURCES, Resource
from connectors.oracle_scm.streams import SOURCES, STREAMS
from hub.sdk import ConfigError, ReadRequest, Stream, apply

REQUIRED = {
    "customers": {"PartyId", "PartyNumber"},
    "contacts": {"PartyId", "PartyNumber"},
    "suppliers": {"SupplierId"},
    "products": {"ItemId", "ItemNumber", "OrganizationCode"},
    "locations": {"OrganizationId", "OrganizationCode"},
    "stock": {"InventoryItemId", "ItemNumber", "OrganizationCode"},
    "reservations": {"ReservationId", "ItemNumber"},
    "average_costs": {"ItemNumber"},
    "standard_costs": {"ItemNumber"},
    "orders": {"HeaderId", "SourceTransactionSystem", "SourceTransactionId", "lines", "lines.FulfillLineId"},
    "shipments": {"Shipment"},
    "shipment_lines": {"ShipmentLine", "Shipment"},
    "purchase_orders": {"POHeaderId", "lines", "lines.schedules", "lines.schedules.LineLocationId"},
    "receipts": {"TransactionId"},
}
"""Nothing can be read, or no record made, without these. Everything else may lack."""


@pytest.fixture(scope="module")
def pod() -> Iterator[OracleScmSimulator]:
    yield OracleScmSimulator(size=4)


def lackable(shape: Resource, at: str = "") -> Iterator[str]:
    """Each attribute of a resource and each of its lists."""
    yield from (f"{at}{name}" for name in shape.attributes)
    for name, child in shape.children.items():
        yield f"{at}{name}"
        yield from lackable(child, f"{at}{name}.")


def read(pod: OracleScmSimulator, stream: Stream) -> str:
    """Read a stream once. Returns what kept it from being read; no row may be refused."""
    connector = oracle(pod)
    try:
        request = ReadRequest(stream, None, connector.context.now())
        rows: list[dict[str, Any]] = [row for page in connector.read(request) for row in page.rows]
    except ConfigError as error:
        assert "enabled: false" in str(error.fix)
        return error.problem
    finally:
        connector.close()
    refused = apply(stream.maps, rows).rejects
    assert not refused, refused[0]
    assert rows
    return ""


@pytest.mark.parametrize("stream", STREAMS, ids=lambda stream: stream.name)
def test_a_pod_may_lack_anything_but_what_records_are_made_of(pod: OracleScmSimulator, stream: Stream) -> None:
    resource = SOURCES[stream.name].resource
    stopped = {}
    for name in lackable(RESOURCES[resource]):
        pod.lacking = {resource: frozenset({name})}
        problem = read(pod, stream)
        if problem:
            stopped[name] = problem
    pod.lacking = {}
    assert stopped.keys() == REQUIRED[stream.name]
    assert all(name.rpartition(".")[2] in problem and resource in problem for name, problem in stopped.items())


def test_what_is_needed_and_what_may_lack_is_told_apart(pod: OracleScmSimulator) -> None:
    pod.lacking = {
        "shipments": frozenset({"Shipment"}), "inventoryOnhandBalances": frozenset({"lots"}),
        "itemsV2": frozenset({"ListPrice"}),
    }  # fmt: skip
    connector = oracle(pod)
    found = {finding.subject: finding for finding in findings(connector)}
    connector.close()
    pod.lacking = {}
    assert found["stream shipments"].severity == "error"
    assert "shipments.source_id: Shipment" in found["stream shipments"].detail
    assert "opt in" in found["stream shipments"].fix
    assert "stock_levels.source_id: lots.LotNumber" in found["stream stock: attributes"].detail
    assert "products.list_price: ListPrice" in found["stream products: attributes"].detail
    assert found["stream stock"].ok
    assert found["stream products"].ok


def test_lists_that_the_admin_does_without_are_neither_read_nor_missed(pod: OracleScmSimulator) -> None:
    connector = oracle(pod, lots=False, freight_costs=False)
    plans = {name: connector.plan(next(s for s in STREAMS if s.name == name)) for name in ("stock", "shipments")}
    connector.close()
    assert [plan.wanted.node.children for plan in plans.values()] == [{}, {}]
    assert not [text for plan in plans.values() for text in plan.missing if "lots" in text or "shippingCosts" in text]
