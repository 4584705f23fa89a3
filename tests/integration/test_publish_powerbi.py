"""Publisher `powerbi`: refreshes that are waited for, and pushed rows that are never there twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from support.powerbi_service import PowerBI

from connectors.powerbi import publisher as module
from connectors.powerbi import workspace
from connectors.powerbi.config import PowerBIConfig
from connectors.powerbi.publisher import PowerBIPublisher
from hub.errors import AuthError, ConfigError, SourceChanged
from hub.model.kinds import Kind
from hub.sdk.connector import Context
from hub.sdk.publisher import Field, Table

FIELDS = {"month": Kind.TEXT, "revenue": Kind.DECIMAL, "orders": Kind.INTEGER, "last": Kind.DATE}
SCHEMA = pa.schema(
    [("month", pa.string()), ("revenue", pa.decimal128(20, 6)), ("orders", pa.int64()), ("last", pa.date32())]
)


class Made:
    """One metric's table with so many rows."""

    as_of, mark = datetime(2026, 1, 1, tzinfo=UTC), "0123456789"

    def __init__(self, rows: int) -> None:
        fields = tuple(Field(name, kind) for name, kind in FIELDS.items())
        self.tables = [Table("metric_revenue", "", fields, ("month",), rows), Table("orders", "", fields, (), rows)]

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables)

    def schema(self, table: Table) -> pa.Schema:
        return SCHEMA

    def batches(self, table: Table, rows: int = 100_000) -> Iterator[pa.RecordBatch]:
        made = [
            {"month": f"{n:05}", "revenue": Decimal(n) / 4, "orders": n, "last": date(2026, 1, 1) if n else None}
            for n in range(table.rows)
        ]
        yield from pa.Table.from_pylist(made, SCHEMA).to_batches(rows)

    def write_parquet(self, table: Table, path: Path) -> None:
        raise NotImplementedError


_OPEN: list[PowerBIPublisher] = []


@pytest.fixture
def service() -> PowerBI:
    return PowerBI()


@pytest.fixture
def address(service: PowerBI, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(workspace, "_POLL_SECONDS", 0.01)
    monkeypatch.setattr(workspace, "_CALLS_A_SECOND", 1000.0)
    with service.running() as address:
        yield address
        while _OPEN:
            _OPEN.pop().close()


def publisher(address: str, **more: Any) -> PowerBIPublisher:
    settings = {
        "kind": "powerbi", "tenant_id": "contoso", "client_id": "app", "client_secret": "app-secret",
        "workspace": "ws-1", "base_url": address, "login_url": address, "metrics": {"revenue": ["month"]},
    }  # fmt: skip
    _OPEN.append(PowerBIPublisher(PowerBIConfig.model_validate(settings | more), Context("bi")))
    return _OPEN[-1]


def test_a_refresh_is_waited_for(service: PowerBI, address: str) -> None:
    publisher(address, refresh=["m-1"]).publish(Made(1), {})
    publisher(address, refresh=["m-1"]).publish(Made(1), {})
    assert [each["status"] for each in service.refreshes] == ["Completed", "Completed"]


def test_a_refresh_that_fails_is_told_with_its_reason(service: PowerBI, address: str) -> None:
    service.outcome = "Failed"
    with pytest.raises(SourceChanged, match="ended as Failed.*ModelRefreshFailed_CredentialsNotSpecified"):  # noqa: RUF043
        publisher(address, refresh=["m-1"]).publish(Made(1), {})


def test_a_push_model_is_made_once_and_filled_anew_each_time(service: PowerBI, address: str) -> None:
    first = publisher(address, push="Hub numbers").publish(Made(12_345), {})
    second = publisher(address, push="Hub numbers").publish(Made(3), first.state)
    assert (first.rows, second.rows) == ({"metric_revenue": 12_345}, {"metric_revenue": 3})
    assert [each["name"] for each in service.models.values()] == ["Sales", "Hub numbers"]
    assert service.rows["m-2", "metric_revenue"] == [
        {"month": "00000", "revenue": 0.0, "orders": 0, "last": None},
        {"month": "00001", "revenue": 0.25, "orders": 1, "last": "2026-01-01T00:00:00Z"},
        {"month": "00002", "revenue": 0.5, "orders": 2, "last": "2026-01-01T00:00:00Z"},
    ]


def test_a_lost_answer_doubles_no_row(service: PowerBI, address: str) -> None:
    service.lose_answers = 2
    publisher(address, push="Hub numbers").publish(Made(25_000), {})
    months = [row["month"] for row in service.rows["m-2", "metric_revenue"]]
    assert len(months) == len(set(months)) == 25_000


def test_a_throttled_block_is_sent_again(service: PowerBI, address: str) -> None:
    service.throttle = 1
    publisher(address, push="Hub numbers").publish(Made(10), {})
    assert len(service.rows["m-2", "metric_revenue"]) == 10


def test_the_end_of_push_models_is_told_with_what_to_do(service: PowerBI, address: str) -> None:
    service.deprecated = True
    with pytest.raises(SourceChanged, match="OData feed"):
        publisher(address, push="Hub numbers").publish(Made(1), {})


def test_what_does_not_fit_is_refused_before_anything_is_sent(
    service: PowerBI, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_MOST_ROWS", 9)
    with pytest.raises(ConfigError, match="too large"):
        publisher(address, push="Hub numbers").publish(Made(10), {})
    with pytest.raises(ConfigError, match="there are none"):
        publisher(address, push="Hub numbers", metrics={}).publish(Made(1), {})
    assert len(service.models) == 1


def test_the_check_tells_who_has_to_act(service: PowerBI, address: str) -> None:
    assert all(finding.ok for finding in publisher(address, refresh=["m-1"]).check())
    (_, missing) = publisher(address, refresh=["m-9"]).check()
    assert (missing.ok, "There are: m-1" in missing.fix) == (False, True)
    with pytest.raises(AuthError) as refused:
        list(publisher(address, client_secret="wrong-secret").check())
    assert "wrong-secret" not in str(refused.value)
    with pytest.raises(AuthError, match="Contributor or Member"):
        list(publisher(address, workspace="ws-9").check())
    service.may_use_api = False
    with pytest.raises(AuthError):
        list(publisher(address).check())
