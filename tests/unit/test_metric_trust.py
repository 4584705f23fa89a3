"""Freshness, quarantine, dangling references and identities on paper."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from support.canonical import compute, engine, rows

from hub.errors import MetricUndefined
from metrics.duck import make_streams
from metrics.sources import Source, streams_of

NOW = datetime(2024, 12, 31, 12, tzinfo=UTC)


def source(stream: str, hours: float | None, **more: Any) -> Source:
    fresh = NOW - timedelta(hours=hours) if hours is not None else None
    told: dict[str, Any] = {"held": 100, "total": 80, "quarantined": 0, "last_status": "ok", "error": ""}
    return Source("erp", stream, fresh, **(told | more))


def test_the_oldest_stream_tells_how_fresh_the_data_is() -> None:
    hub = engine()
    streams = [
        source("orders", 1.5), source("stock", 30, quarantined=4), source("leads", 2, total=None, quarantined=9),
        source("cases", None, last_status="failed", held=None, total=None),
    ]  # fmt: skip
    make_streams(hub.db, streams_of(streams, NOW))
    (row,) = rows(compute(hub, "source_health", by=["source"]))
    assert row == {
        "source": "erp", "streams": 4, "age_hours": D("30.00"), "never": 1, "failed": 1, "held": 300,
        "source_rows": 160, "quarantined": 13, "quarantine_rate": D("0.025000"), "completeness": D("0.975000"),
    }  # fmt: skip
    result = compute(hub, "source_health")
    assert [(row["stream"], row["age_hours"]) for row in rows(result)] == [
        ("cases", None), ("leads", D("2.00")), ("orders", D("1.50")), ("stock", D("30.00")),
    ]  # fmt: skip
    assert {aside.code for aside in result.asides if aside.counted} == {"never_complete", "no_total"}


def test_nothing_synced_is_no_health() -> None:
    with pytest.raises(MetricUndefined, match="no record counts"):
        compute(engine(), "source_health")


def test_references_that_lead_nowhere_are_counted_by_field() -> None:
    hub = engine(
        orders=[{"source_id": "1", "customer_source_id": "A"}, {"source_id": "2", "customer_source_id": "gone"},
                {"source_id": "3"}, {"source_id": "4", "customer_source_id": "A", "source": "erp"}],
        order_lines=[{"source_id": "a", "order_source_id": "1", "product_source_id": "P"}],
        customers=[{"source_id": "A"}],
    )  # fmt: skip
    found = {(row["entity"], row["field"]): (row["references"], row["dangling"]) for row in
             rows(compute(hub, "dangling_references"))}  # fmt: skip
    assert found == {
        ("orders", "customer_source_id"): (3, 2),
        ("order_lines", "order_source_id"): (1, 0),
        ("order_lines", "product_source_id"): (1, 1),
    }
    (total,) = rows(compute(hub, "dangling_references", by=["source"]))[1:]
    assert (total["references"], total["dangling"], total["dangling_share"]) == (4, 2, D("0.500000"))


def test_records_without_a_golden_record_are_unresolved() -> None:
    hub = engine(
        customers=[{"source_id": "1"}, {"source_id": "2"}, {"source_id": "3", "source": "erp"}],
        customer_identities=[{"source_id": "1", "golden_id": "g"},
                             {"source_id": "3", "source": "erp", "golden_id": "g"}],
    )  # fmt: skip
    assert rows(compute(hub, "identity_coverage")) == [
        {"entity": "customers", "records": 3, "unresolved": 1, "golden": 1, "duplicates": 1,
         "unresolved_share": D("0.333333")}
    ]  # fmt: skip
