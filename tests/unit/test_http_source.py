"""One request: exact numbers, errors that say who must act, retries, redirects, and what never leaves the house."""

from __future__ import annotations

import logging
import threading
from datetime import UTC, datetime
from decimal import Decimal

import httpx
import pytest
from support.http_fakes import Scripted, answer, source

from hub.sdk import (
    AuthError,
    BearerAuth,
    HttpConnectorConfig,
    Refusal,
    SourceChanged,
    SourceUnavailable,
    Throttled,
)
from hub.sdk.http.retry import retry_after_seconds
from hub.sdk.http.statuses import STATUSES, vendor_message, verdict
from hub.testing.clock import FakeClock

NOW = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)


def test_money_keeps_every_digit() -> None:
    body = '{"total": 12345678901234567.891, "small": 1e-7, "big": 123456789012345678901234567890, "cents": 20.10}'
    data = source(Scripted(answer(body))).get("orders/1")
    assert data["total"] == Decimal("12345678901234567.891")
    assert str(data["cents"]) == "20.10"
    assert data["big"] == 123456789012345678901234567890
    assert data["small"] == Decimal("0.0000001")


@pytest.mark.parametrize("body", [b"", b"  "])
def test_an_empty_body_is_none(body: bytes) -> None:
    assert source(Scripted(answer(body, 204))).get("x") is None


def test_a_byte_order_mark_and_another_charset_are_understood() -> None:
    assert source(Scripted(answer(b'\xef\xbb\xbf{"a": 1}'))).get("x") == {"a": 1}
    latin = httpx.Response(200, content='{"name": "Käse"}'.encode("latin-1"))
    latin.headers["content-type"] = "application/json; charset=iso-8859-1"
    assert source(Scripted(latin)).get("x") == {"name": "Käse"}


def test_parameters_join_those_of_the_path_and_none_is_left_out() -> None:
    net = Scripted(answer({}))
    source(net, path="v1").get("orders", params={"limit": 5, "since": None})
    assert str(net.requests[0].url) == "https://shop.test/api/v1/orders?limit=5"


def test_a_link_is_followed_byte_for_byte() -> None:
    net = Scripted(answer({}))
    link = "https://shop.test/api/orders?$skiptoken=%3Ccookie%20pagenumber=%222%22%253D'x'+y%2B&a[0]=1"
    source(net).get(link)
    assert net.requests[0].url.raw_path.decode() == link.removeprefix("https://shop.test")


@pytest.mark.parametrize("status", sorted(STATUSES))
def test_every_status_has_an_error_with_a_remedy(status: int) -> None:
    found = verdict(status)
    assert found is not None
    net = Scripted(answer({"message": "No."}, status))
    with pytest.raises(found.error) as caught:
        source(net).get("orders")
    assert caught.value.fix
    assert f"HTTP {status}" in caught.value.problem
    assert (len(net.requests) > 1) == found.again


@pytest.mark.parametrize(("status", "error"), [(418, SourceChanged), (599, SourceUnavailable), (304, SourceChanged)])
def test_a_status_nobody_named_falls_into_its_range(status: int, error: type[Exception]) -> None:
    with pytest.raises(error):
        source(Scripted(answer({}, status))).get("orders")


@pytest.mark.parametrize(
    "fault",
    [
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("t"),
        httpx.ReadTimeout("t"),
        httpx.RemoteProtocolError("gone"),
        answer({}, 500),
        answer({}, 503),
        answer({}, 429),
        answer({}, 408),
        answer('{"orders": [{"id": 1'),
        answer("<html><body>Please log in</body></html>"),
        answer(b'{"a": "\xff"}'),
    ],
    ids=lambda fault: type(fault).__name__ if isinstance(fault, Exception) else f"{fault.status_code} {fault.text[:6]}",
)
def test_a_passing_fault_is_tried_again(fault: httpx.Response | Exception) -> None:
    net = Scripted(fault, fault, answer({"id": 1}))
    http = source(net)
    assert http.get("orders/1") == {"id": 1}
    assert (http.stats.requests, http.stats.retries) == (3, 2)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (httpx.ReadTimeout("t"), "does not answer (timeout after 30 s"),
        (httpx.ConnectError("refused"), "cannot be reached"),
        (answer('{"orders": [{"id": 1'), "cut off after 20 bytes"),
        (answer("[1,,2]"), "malformed"),
        (answer("<html>"), "a web page came instead of JSON"),
        (answer("[" * 100_000), "nested too deeply"),
    ],
)
def test_a_lasting_fault_ends_with_a_clear_error(fault: httpx.Response | Exception, words: str) -> None:
    with pytest.raises(SourceUnavailable) as caught:
        source(Scripted(fault)).get("orders")
    assert words in str(caught.value)
    assert "6 attempts" in str(caught.value)


def test_a_post_is_sent_once_unless_repeating_is_harmless() -> None:
    net = Scripted(answer({}, 503))
    with pytest.raises(SourceUnavailable):
        source(net).post("orders", {"a": 1})
    assert len(net.requests) == 1
    net = Scripted(answer({}, 503), answer({"ok": True}))
    assert source(net).post("search", {"a": 1}, idempotent=True) == {"ok": True}
    net = Scripted(answer({}, 429), answer({"ok": True}))
    assert source(net).post("orders", {"a": 1}) == {"ok": True}, "a 429 was refused before anything happened"


def test_the_moment_the_source_names_is_waited_for() -> None:
    clock = FakeClock()
    assert source(Scripted(answer({}, 429, Retry_After="17"), answer({"id": 1})), clock=clock).get("x") == {"id": 1}
    assert 17 <= clock.waited <= 18.5


def test_a_moment_too_far_away_ends_the_run_at_once() -> None:
    clock = FakeClock()
    net = Scripted(answer({}, 429, Retry_After="3600"))
    with pytest.raises(Throttled) as caught:
        source(net, clock=clock, retry_seconds=300).get("x")
    assert caught.value.retry_after_seconds == 3600
    assert (len(net.requests), clock.waited) == (1, 0)


def test_trying_again_is_bounded_in_time() -> None:
    clock = FakeClock()
    net = Scripted(answer({}, 503, Retry_After="40"))
    with pytest.raises(SourceUnavailable):
        source(net, clock=clock, retry_seconds=100).get("x")
    assert len(net.requests) == 3
    assert clock.waited < 100


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("12", 12.0), ("0", 0.0), ("1.5", 1.5), ("-3", 0.0), ("soon", None), ("", None), ("nan", None), ("inf", None),
        ("Mon, 05 Jan 2026 12:00:30 GMT", 30.0), ("Mon, 05 Jan 2026 11:00:00 GMT", 0.0),
    ],
)  # fmt: skip
def test_retry_after_comes_in_two_forms(header: str, seconds: float | None) -> None:
    assert retry_after_seconds({"retry-after": header}, NOW) == seconds


def test_a_retry_date_is_measured_by_the_sources_own_clock() -> None:
    headers = {"retry-after": "Mon, 05 Jan 2026 20:00:10 GMT", "date": "Mon, 05 Jan 2026 20:00:00 GMT"}
    assert retry_after_seconds(headers, NOW) == 10


def test_waiting_ends_when_the_run_is_stopped() -> None:
    clock = FakeClock()
    http = source(Scripted(answer({}, 503, Retry_After="60")), clock=clock, cancelled=lambda: clock.waited > 1)
    with pytest.raises(SourceUnavailable, match="stopped"):
        http.get("x")
    assert clock.waited < 2


def test_a_429_makes_everybody_wait() -> None:
    clock = FakeClock()
    http = source(Scripted(answer({}, 429, Retry_After="400"), answer({})), clock=clock, retry_seconds=100)
    with pytest.raises(Throttled):
        http.get("orders")
    http.get("customers")
    assert clock.waited >= 100, "the other stream of the same user waits as well, but not longer than we would try"


def test_a_vendors_rule_comes_before_the_table() -> None:
    def judge(found: object) -> Refusal | None:
        body = found.peek()  # type: ignore[attr-defined]
        if isinstance(body, dict) and body.get("errorCode") == "REQUEST_LIMIT_EXCEEDED":
            return Refusal(Throttled("the org's calls for today are used.", retry_after_seconds=3600))
        return None

    net = Scripted(answer({"errorCode": "REQUEST_LIMIT_EXCEEDED"}, 403))
    with pytest.raises(Throttled):
        source(net, judge=judge).get("query")
    with pytest.raises(AuthError):
        source(Scripted(answer({"errorCode": "OTHER"}, 403)), judge=judge).get("query")


def test_redirects_stay_within_the_host() -> None:
    moved = httpx.Response(302, headers={"location": "/api/v2/orders"})
    net = Scripted(moved, answer({"id": 1}))
    assert source(net, auth=BearerAuth("s3cret-token")).get("orders") == {"id": 1}
    assert net.requests[1].headers["authorization"] == "Bearer s3cret-token"

    away = httpx.Response(302, headers={"location": "https://evil.test/orders"})
    net = Scripted(away)
    with pytest.raises(SourceChanged, match=r"evil\.test"):
        source(net, auth=BearerAuth("s3cret-token")).get("orders")
    assert len(net.requests) == 1

    with pytest.raises(SourceChanged, match="circles"):
        source(Scripted(moved)).get("orders")


def test_an_http_link_to_our_https_host_is_followed_safely() -> None:
    net = Scripted(answer({}))
    source(net).get("http://shop.test/api/orders?page=2")
    assert net.requests[0].url.scheme == "https"


def test_an_answer_that_is_too_large_is_refused() -> None:
    big = httpx.Response(200, content=b'"' + b"x" * (2 * 2**20) + b'"')
    with pytest.raises(SourceChanged, match="larger than 1 MiB"):
        source(Scripted(big), max_answer_mb=1).get("x")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"base_url": "http://shop.example/api"}, "allow_insecure_http"),
        ({"base_url": "https://user:pw@shop.example"}, "user name or password"),
        ({"base_url": "ftp://shop.example"}, "expected an address"),
        ({"base_url": "shop.example"}, "expected an address"),
        ({"base_url": "https://shop.example/?x=1"}, "before `?`"),
        ({"base_url": "https://shop.example:port/"}, "ort"),
        ({"base_url": "https://sh op.example"}, "blank"),
        ({"base_url": "http://127.0.0.1.evil.test"}, "allow_insecure_http"),
        ({"base_url": "http://localhost.evil.test"}, "allow_insecure_http"),
    ],
)
def test_addresses_that_would_leak_are_refused(settings: dict[str, str], words: str) -> None:
    with pytest.raises(ValueError, match="base_url") as caught:
        HttpConnectorConfig(kind="test", **settings)  # type: ignore[arg-type]
    assert words in str(caught.value)


@pytest.mark.parametrize(
    "base_url", ["http://localhost:8000", "http://127.0.0.1", "http://[::1]:80/x", "https://shop.example/"]
)
def test_https_and_this_machine_are_fine(base_url: str) -> None:
    assert HttpConnectorConfig(kind="test", base_url=base_url).base_url == base_url.rstrip("/")


def test_plain_http_elsewhere_needs_the_admins_word() -> None:
    config = HttpConnectorConfig(kind="test", base_url="http://shop.example", allow_insecure_http=True)
    assert config.base_url == "http://shop.example"


def test_secrets_are_in_no_log_error_or_repr(caplog: pytest.LogCaptureFixture) -> None:
    secret = "planted-0123456789abcdef"

    def echo(request: httpx.Request) -> httpx.Response:
        return answer({"message": f"bad {request.headers['authorization']} / {secret}"}, 401)

    net = Scripted(echo)
    http = source(net, auth=BearerAuth(secret))
    with caplog.at_level(logging.DEBUG), pytest.raises(AuthError) as caught:
        http.get(f"orders/{secret}", params={"api_key": secret})
    assert secret not in caplog.text + str(caught.value) + repr(caught.value) + repr(http) + repr(http.auth)
    assert "GET /api/orders/… -> 401" in caplog.text


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"error": {"code": "0x8", "message": "Bad   query"}}, "Bad query"),
        ([{"message": "No such column 'Foo__c'", "errorCode": "INVALID_FIELD"}], "No such column 'Foo__c'"),
        ({"errors": "[API] Invalid API key"}, "[API] Invalid API key"),
        ({"errors": [{"message": "Field 'x' doesn't exist"}]}, "Field 'x' doesn't exist"),
        ({"title": "Not Found", "status": "404"}, "Not Found"),
        ({"error": {"message": {"lang": "en", "value": "Resource not found"}}}, "Resource not found"),
        ({"message": "Customer 'Jane Doe' jane@doe.example +49 170 1234567 unknown"}, "Customer '…' …@… … unknown"),
        ({"message": "see https://x.test/?token=abc Bearer abc.def.ghi"}, "see https://… Bearer …"),
        ({"message": "x" * 500}, "x" * 199 + "…"),
        ({"weird": 1}, ""),
        (None, ""),
        ({"message": {"a": {"b": {"c": {"d": "deep"}}}}}, ""),
    ],
)
def test_the_vendors_words_are_kept_short_and_impersonal(body: object, words: str) -> None:
    assert vendor_message(body) == words


def test_a_request_count_is_kept() -> None:
    http = source(Scripted(answer({}, 503), answer({"a": 1})))
    http.get("x")
    assert http.stats.by_status == {503: 1, 200: 1}
    assert http.stats.received_bytes > 0


def test_a_rate_is_kept_over_all_threads() -> None:
    clock = FakeClock()
    http = source(Scripted(answer({})), clock=clock, requests_per_second=2)
    for _ in range(10):
        http.get("x")
    assert 3.9 <= clock.waited <= 5, "2 at once, then 8 more at two a second"


def test_no_more_requests_are_in_flight_than_allowed() -> None:
    state = {"now": 0, "most": 0}
    lock, gate = threading.Lock(), threading.Event()

    def slow(request: httpx.Request) -> httpx.Response:
        with lock:
            state["now"] += 1
            state["most"] = max(state["most"], state["now"])
        gate.wait(0.02)
        with lock:
            state["now"] -= 1
        return answer({})

    http = source(Scripted(slow), max_in_flight=3)
    threads = [threading.Thread(target=http.get, args=("x",)) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert state["most"] == 3


def test_a_download_is_complete_or_an_error() -> None:
    net = Scripted(httpx.ReadError("cut"), httpx.Response(200, content=b"a,b\n1,2\n"))
    with source(net).download("jobs/1/result") as file:
        assert file.read() == b"a,b\n1,2\n"
    short = httpx.Response(200, content=b"a,b\n", headers={"content-length": "400"})
    with pytest.raises(SourceUnavailable), source(Scripted(short)).download("jobs/1/result") as file:
        pytest.fail("a short file must not be handed out")


def test_a_signed_link_on_another_host_gets_no_credentials() -> None:
    net = Scripted(httpx.Response(200, content=b"x"))
    http = source(net, auth=BearerAuth("s3cret-token"))
    with http.download("https://storage.test/file?sig=abc", elsewhere=True) as file:
        assert file.read() == b"x"
    assert "authorization" not in net.requests[0].headers
    with pytest.raises(SourceChanged), http.download("http://storage.test/file", elsewhere=True):
        pass
