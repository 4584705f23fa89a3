"""The base for simulators: same seed, same data; faults by plan; in process and on loopback alike."""

from __future__ import annotations

import time
from decimal import Decimal

import httpx
import pytest

from hub.errors import UsageError
from hub.sdk.simulator import (
    Company,
    Fault,
    FaultPlan,
    Refuse,
    Request,
    RequestLimit,
    Response,
    Route,
    Simulator,
    Table,
    TokenDesk,
    in_process,
    json_answer,
    serve,
)


class Corner(Simulator):
    """A corner shop: orders by page, behind a bearer token."""

    def fill(self) -> list[Table]:
        company = Company(self.seed)

        def order(number: int, at: object) -> dict[str, object]:
            made = company.order(number)
            return {"id": number, "total": made.total, "currency": made.currency, "updated_at": str(at)}

        rows = [order(number, self.tick()) for number in range(self.size)]
        return [Table("orders", "orders", rows, make=order, amount="total", currency="currency")]

    def routes(self) -> list[Route]:
        return [Route("/orders", self.orders), Route("/token", self.token, methods=["POST"])]

    async def token(self, _: Request) -> Response:
        return json_answer({"access_token": self.desk.issue()})

    async def orders(self, request: Request) -> Response:
        self.require_bearer(request, {"message": "no"})
        page = int(request.query_params.get("page", 1))
        if page < 1:
            raise Refuse(400, {"message": "page"}, {"x-why": "page"})
        rows = self.window(request, self.tables["orders"].rows, (page - 1) * self.page_rows, self.page_rows)
        return json_answer({"orders": rows})


def client(simulator: Simulator) -> httpx.Client:
    http = httpx.Client(transport=in_process(simulator), base_url="http://localhost")
    token = simulator.desk.issue()
    http.headers["authorization"] = f"Bearer {token}"
    return http


def test_the_same_seed_makes_the_same_data() -> None:
    assert Corner(seed=3).truth() == Corner(seed=3).truth()
    assert Corner(seed=3).truth() != Corner(seed=4).truth()


def test_the_truth_sums_exactly_per_currency() -> None:
    simulator = Corner(size=40)
    truth = simulator.truth()["orders"]
    rows = simulator.tables["orders"].rows
    assert truth["count"] == len(truth["ids"]) == 40
    for code, total in truth["sums"].items():
        assert Decimal(total) == sum(row["total"] for row in rows if row["currency"] == code)


def test_in_process_and_on_a_port_answer_alike() -> None:
    simulator = Corner(size=5)
    token = simulator.desk.issue()
    headers = {"authorization": f"Bearer {token}"}
    here = httpx.Client(transport=in_process(simulator)).get("http://localhost/orders?page=1", headers=headers)
    with serve(simulator) as url:
        there = httpx.get(f"{url}/orders?page=1", headers=headers)
    assert here.json() == there.json()
    assert here.status_code == there.status_code == 200


def test_a_port_that_is_taken_is_told() -> None:
    with serve(Corner()) as url, pytest.raises(UsageError, match="port"), serve(Corner(), int(url.rpartition(":")[2])):
        pass


def test_it_refuses_what_the_vendor_would() -> None:
    simulator = Corner()
    http = client(simulator)
    assert http.get("/orders?page=0").status_code == 400
    assert http.get("/orders?page=0").headers["x-why"] == "page"
    assert http.get("/nothing").status_code == 404
    assert http.post("/orders").status_code == 405
    simulator.expire()
    assert http.get("/orders").status_code == 401


def test_mutations_are_seen_and_counted_in_the_truth() -> None:
    simulator = Corner(size=10)
    http = client(simulator)
    done = http.post(
        "/_sim/mutate", json={"touch": {"orders": 2}, "add": {"orders": 1}, "delete": {"orders": 3}}
    ).json()
    assert [len(done[verb]["orders"]) for verb in ("touch", "add", "delete")] == [2, 1, 3]
    truth = http.get("/_sim/truth").json()["orders"]
    assert truth["count"] == 8
    assert not set(done["delete"]["orders"]) & set(truth["ids"])
    assert [key for key, _ in simulator.tables["orders"].tombstones] == done["delete"]["orders"]
    again = Corner(size=10)
    assert again.mutate({"touch": {"orders": 2}})["touch"] == done["touch"], "changes repeat exactly"
    assert http.post("/_sim/mutate", json={"burn": {"orders": 1}}).status_code == 400
    assert http.post("/_sim/mutate", json={"touch": {"nothing": 1}}).status_code == 400


def test_touched_rows_have_the_latest_stamps() -> None:
    simulator = Corner(size=10)
    latest = max(row["updated_at"] for row in simulator.tables["orders"].rows)
    touched = simulator.mutate({"touch": {"orders": 2}})["touch"]["orders"]
    stamps = {str(row["id"]): row["updated_at"] for row in simulator.tables["orders"].rows}
    assert all(stamps[key] > latest for key in touched)


def test_requests_are_logged_for_counting() -> None:
    http = client(Corner())
    http.get("/orders?page=1")
    http.get("/orders?page=2")
    log = http.get("/_sim/log").json()
    assert log["requests"] == 2
    assert log["by_path"] == {"GET /orders": 2}
    assert log["last"][1]["query"] == "page=2"


EXPECTED = {
    Fault.THROTTLED: (429, "1"),
    Fault.THROTTLED_SILENTLY: (429, None),
    Fault.ERROR: (500, None),
    Fault.UNAVAILABLE: (503, None),
    Fault.HTML: (200, None),
    Fault.EXPIRED: (401, None),
}


@pytest.mark.parametrize("fault", EXPECTED)
def test_a_fault_looks_as_it_does_at_a_vendor(fault: Fault) -> None:
    simulator = Corner()
    http = client(simulator)
    simulator.plan = FaultPlan(share=1, kinds=(fault,))
    answer = http.get("/orders")
    assert (answer.status_code, answer.headers.get("retry-after")) == EXPECTED[fault]
    assert ("html" in answer.headers["content-type"]) == (fault is Fault.HTML)


def test_a_cut_answer_is_half_of_it() -> None:
    simulator = Corner(size=5)
    http = client(simulator)
    whole = http.get("/orders").content
    simulator.plan = FaultPlan(share=1, kinds=(Fault.TRUNCATED,))
    assert http.get("/orders").content == whole[: len(whole) // 2]


@pytest.mark.parametrize(
    ("fault", "error"), [(Fault.HANG, httpx.ReadTimeout), (Fault.DISCONNECT, httpx.RemoteProtocolError)]
)
@pytest.mark.parametrize("network", ["in process", "loopback"])
def test_a_fault_of_the_network_is_one(fault: Fault, error: type[Exception], network: str) -> None:
    simulator = Corner(size=5, faults=FaultPlan(share=1, kinds=(fault,), hang_seconds=0.6))
    headers = {"authorization": f"Bearer {simulator.desk.issue()}"}
    if network == "in process":
        with pytest.raises(error):
            httpx.Client(transport=in_process(simulator)).get("http://localhost/orders", headers=headers)
    else:
        with serve(simulator) as url, pytest.raises(error):
            httpx.get(f"{url}/orders", headers=headers, timeout=0.2)


def test_lost_and_repeated_pages_happen_in_windows() -> None:
    simulator = Corner(size=30, page_rows=10)
    http = client(simulator)
    simulator.plan = FaultPlan(share=1, kinds=(Fault.LOST_PAGE,))
    assert http.get("/orders?page=1").json()["orders"][0]["id"] == 10
    simulator.plan = FaultPlan(share=1, kinds=(Fault.REPEATED_PAGE,))
    assert http.get("/orders?page=2").json()["orders"][0]["id"] == 0


def test_a_plan_is_the_same_for_everybody_and_lets_a_patient_client_through() -> None:
    plan = FaultPlan(share=0.3)
    picks = [plan.pick(f"GET /orders?page={page}", 0) for page in range(2000)]
    assert picks == [plan.pick(f"GET /orders?page={page}", 0) for page in range(2000)]
    assert 0.25 < sum(pick is not None for pick in picks) / 2000 < 0.35
    assert {pick for pick in picks if pick} == set(plan.kinds)
    always = FaultPlan(share=1, in_a_row=2)
    assert [always.pick("GET /", number) is None for number in range(6)] == [False, False, True, False, False, True]


def test_the_plan_may_be_changed_while_it_runs() -> None:
    http = client(Corner())
    assert http.post("/_sim/faults", json={"share": 1, "kinds": ["unavailable"]}).status_code == 200
    assert http.get("/orders").status_code == 503
    assert http.post("/_sim/faults", json={"share": "much"}).status_code == 400
    assert http.get("/_sim/log").json()["faults"] == {"unavailable": 1}


def test_latency_is_waited_for_by_all_at_once() -> None:
    simulator = Corner(faults=FaultPlan(latency_seconds=0.05))
    http = client(simulator)
    started = time.monotonic()
    http.get("/orders")
    assert time.monotonic() - started >= 0.05


def test_the_desk_knows_its_client_and_its_tokens() -> None:
    now = [0.0]
    desk = TokenDesk("hub", "pw", lifetime_seconds=10, monotonic=lambda: now[0])
    assert desk.grant({"grant_type": "client_credentials", "client_id": "hub", "client_secret": "no"}) is None
    assert desk.grant({"grant_type": "password"}) is None
    grant = desk.grant({"grant_type": "client_credentials", "client_id": "hub", "client_secret": "pw"})
    assert grant is not None
    assert grant["expires_in"] == 10
    assert desk.is_valid(grant["access_token"])
    now[0] = 10.0
    assert not desk.is_valid(grant["access_token"])


def test_a_limit_tells_whole_seconds_to_wait() -> None:
    now = [0.0]
    limit = RequestLimit(0.5, monotonic=lambda: now[0])
    assert [limit.wait_seconds() for _ in range(2)] == [0, 2]
    now[0] = 2.0
    assert limit.wait_seconds() == 0


def test_the_made_up_company_adds_up() -> None:
    company = Company(seed=1, customers=20)
    for number in range(50):
        order = company.order(number)
        assert order.total == sum(line.unit_price * line.quantity for line in order.lines)
        assert order.customer.number < 20
        assert order == Company(seed=1, customers=20).order(number)
    gtin = company.product(7).gtin
    assert len(gtin) == 13
    assert sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(gtin)) % 10 == 0
