"""The HTTP source against a simulator that fails often: every row once, pages in flight, tokens dying on the way."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import httpx
import pytest
from support.http_fakes import Scripted, source

from hub.errors import ConfigError
from hub.sdk import (
    ClientCredentialsAuth,
    Context,
    HttpConnectorConfig,
    HttpSource,
    NextToken,
    NumberedPages,
    OffsetPages,
    SourceChanged,
    SourceUnavailable,
)
from hub.sdk.simulator import (
    Fault,
    FaultPlan,
    Request,
    Response,
    Route,
    Simulator,
    Table,
    form_of,
    in_process,
    json_answer,
)
from hub.testing import FakeClock

RULES = {
    "number": NumberedPages("rows", 10, total_at="total"),
    "number without total": NumberedPages("rows", 10),
    "offset": OffsetPages("rows", 10, total_at="total"),
    "token": NextToken("rows", "next", "offset"),
}


class Shop(Simulator):
    """Rows by number, offset or token."""

    page_rows = 10

    def fill(self) -> list[Table]:
        return [Table("rows", "products", [{"id": number} for number in range(self.size)], stamp=None)]

    def routes(self) -> list[Route]:
        return [Route("/rows", self.rows), Route("/token", self.token, methods=["POST"])]

    async def token(self, request: Request) -> Response:
        return json_answer(self.desk.grant(await form_of(request)))

    async def rows(self, request: Request) -> Response:
        self.require_bearer(request, {"message": "no"})
        asked, rows = request.query_params, self.tables["rows"].rows
        start = int(asked.get("offset", (int(asked.get("page", 1)) - 1) * self.page_rows))
        page = self.window(request, rows, start, self.page_rows)
        end = start + len(page)
        return json_answer({"rows": page, "total": len(rows), "next": str(end) if end < len(rows) else None})


def connect(simulator: Simulator, **settings: int) -> HttpSource:
    config = HttpConnectorConfig(kind="shop", base_url="http://localhost", **settings)
    clock = FakeClock()
    context = Context("shop", transport=in_process(simulator), clock=clock, now=clock.now)
    return HttpSource(config, context, auth=ClientCredentialsAuth("http://localhost/token", "hub", "simulated"))


@pytest.mark.parametrize("share", [0.05, 0.4])
@pytest.mark.parametrize("name", RULES)
def test_nothing_is_lost_or_doubled_through_faults(name: str, share: float) -> None:
    simulator = Shop(size=1500, faults=FaultPlan(share=share, seed=3))
    http = connect(simulator)
    ids = [row["id"] for page in http.pages("rows", RULES[name]) for row in page.rows]
    assert ids == list(range(1500))
    assert http.stats.retries > 0


@pytest.mark.parametrize("seed", range(3))
def test_tokens_that_die_in_bursts_with_requests_in_flight_cost_no_run(seed: int) -> None:
    simulator = Shop(size=2000, faults=FaultPlan(share=0.5, seed=seed, kinds=(Fault.EXPIRED,)))
    http = connect(simulator)
    ids = [row["id"] for page in http.pages("rows", RULES["number"]) for row in page.rows]
    assert ids == list(range(2000))
    assert http.stats.by_status[401] > 20


@pytest.mark.parametrize("name", ["number", "number without total", "offset"])
def test_a_page_that_is_sent_twice_is_found_out(name: str) -> None:
    simulator = Shop(size=50)
    http = connect(simulator, max_in_flight=1)
    simulator.plan = FaultPlan(share=1, kinds=(Fault.REPEATED_PAGE,), in_a_row=99)
    with pytest.raises(SourceChanged):
        list(http.pages("rows", RULES[name]))


def test_a_certificate_that_is_not_trusted_is_not_tried_again() -> None:
    net = Scripted(httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate"))
    with pytest.raises(SourceUnavailable, match="ca_bundle"):
        source(net).get("x")
    assert len(net.requests) == 1


def test_a_ca_bundle_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    for content in (None, "no certificate"):
        if content:
            (tmp_path / "ca.pem").write_text(content)
        config = HttpConnectorConfig(kind="shop", base_url="https://shop.test", ca_bundle=Path("ca.pem"))
        with pytest.raises(ConfigError, match=r"ca\.pem"):
            HttpSource(config, Context("shop", base_dir=str(tmp_path)))


def test_a_proxy_is_gone_through_with_its_own_credentials() -> None:
    seen: list[bytes] = []

    with socket.create_server(("127.0.0.1", 0)) as server:

        def proxy() -> None:
            connection, _ = server.accept()
            with connection:
                seen.append(connection.recv(4096))
                connection.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

        thread = threading.Thread(target=proxy)
        thread.start()
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        settings = {"proxy": address, "proxy_auth": "anna:pw", "retry_seconds": 0}
        config = HttpConnectorConfig(kind="shop", base_url="https://shop.test", **settings)  # type: ignore[arg-type]
        http = HttpSource(config, Context("shop"))
        with pytest.raises(SourceUnavailable, match="proxy_auth"):
            http.get("x")
        thread.join()
        http.close()
    assert seen[0].startswith(b"CONNECT shop.test:443")
    assert b"proxy-authorization: basic yw5uytpwdw==" in seen[0].lower()
