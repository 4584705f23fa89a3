"""The console's API against its own description: whatever is sent, the answer is one that the description knows."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from support.console import Client, ConsoleHub

EXAMPLES = 2
"""Requests for each route: a short look, since every one of them goes to a real store."""
SLOW = re.compile(r"/api/v1/(reports|reconcile|metrics/)")
"""What computes in another process has tests of its own."""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ConsoleHub]:
    made = ConsoleHub(tmp_path_factory.mktemp("api"))
    made.hub("sync")
    yield made
    made.close()


@pytest.fixture(scope="module")
def client(hub: ConsoleHub) -> Iterator[Client]:
    headers = {"Authorization": f"Bearer {hub.token('fuzz', 'admin', 'api')}"}
    with hub.client() as client:
        client.headers.update(headers)
        yield client


def test_every_answer_is_as_described(hub: ConsoleHub, client: Client) -> None:
    schemathesis = pytest.importorskip("schemathesis")  # here, since every worker imports this file
    schema = schemathesis.openapi.from_dict(client.get("/api/v1/openapi.json").json())
    tried = []
    for found in schema.get_all_operations():
        operation = found.ok()
        if SLOW.match(operation.path):
            continue
        tried.append(operation.label)
        require_described(operation, client)
    assert len(tried) > 35


def require_described(operation: Any, client: Client) -> None:
    """Send a few generated requests, and hold each answer against the description."""

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate], derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @schemathesis_given(operation)
    def check(case: Any) -> None:
        request = case.as_transport_kwargs(base_url="http://127.0.0.1")
        answer = client.request(
            request["method"], request["url"], params=request.get("params"), json=request.get("json"),
        )  # fmt: skip
        said = (
            f"{operation.label} {request.get('params')} {request.get('json')}: {answer.status_code} {answer.text[:300]}"
        )
        assert answer.status_code < 500 or answer.status_code == 503, said
        described = operation.definition.raw["responses"]
        assert str(answer.status_code) in described, said
        if answer.status_code >= 400:
            error = answer.json()["error"]
            assert error["problem"], said
            assert "Traceback" not in answer.text

    check()


def schemathesis_given(operation: Any) -> Any:
    from hypothesis import given

    return given(case=operation.as_strategy())


def test_decimals_and_times_are_texts(client: Client) -> None:
    line = client.get("/api/v1/status").json()[0]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", line["last_complete_at"])


def test_what_is_computed_comes_with_its_sources(client: Client) -> None:
    found = client.get("/api/v1/metrics/revenue", params={"by": "month"}).json()
    assert [(row["month"], row["gross"]) for row in found["rows"]] == [("2024-02-01", "10.50")]
    assert found["sources"][0]["source"] == "erp"
    explained = client.get("/api/v1/metrics/revenue/explain", params={"by": "month", "key": "2024-02"}).json()
    assert [row["source_id"] for row in explained["records"]["rows"]] == ["O1"]
    wrong = client.get("/api/v1/metrics/revenue", params={"by": "colour"})
    assert (wrong.status_code, "cannot be grouped" in wrong.json()["error"]["problem"]) == (400, True)
    same = client.get("/api/v1/reconcile", params=[("what", "orders"), ("system", "erp"), ("system", "erp")])
    assert (same.status_code, "compared with itself" in same.json()["error"]["problem"]) == (400, True)


def test_a_report_is_made_and_downloaded(client: Client) -> None:
    name = client.post("/api/v1/reports", json={"form": "txt"}).json()["name"]
    for _ in range(600):
        found = client.get("/api/v1/reports").json()
        if not found["making"]:
            break
        time.sleep(0.05)
    assert found["problem"] == ""
    assert [each["name"] for each in found["reports"]] == [name]
    answer = client.get(f"/api/v1/reports/{name}")
    assert "attachment" in answer.headers["content-disposition"]
    assert "10.50" in answer.text
