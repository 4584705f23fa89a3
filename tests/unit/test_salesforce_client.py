"""How simple-salesforce is used: what it sends and what becomes of the answers. Its HTTP is faked with `responses`."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
import requests
import responses

from connectors.salesforce.bridge import session_over
from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.login import audience_of, trusted_instance
from connectors.salesforce.org import Org, open_client
from hub.sdk import Answer, AuthError, Context, SourceChanged, Throttled
from hub.testing import FakeClock

ROOT = "https://acme.my.salesforce.com/services/data/v67.0"
SAMPLES = Path(__file__).parents[3] / "shared" / "schemas" / "salesforce" / "samples"


@pytest.fixture
def faked() -> Any:
    with responses.RequestsMock() as mock:
        yield mock


class TestQueries:
    def test_a_query_goes_to_the_version_that_was_pinned(self, faked: responses.RequestsMock) -> None:
        page = {"totalSize": 1, "done": True, "records": [{"Id": "001", "Amount": 0.1}]}
        faked.get(f"{ROOT}/query/", json=page)
        client = open_client(requests.Session(), "https://acme.my.salesforce.com", "67.0")
        answer = client.query("SELECT Id FROM Account", headers={"Sforce-Query-Options": "batchSize=2000"})
        sent = faked.calls[0].request
        assert dict(parse_qsl(urlsplit(sent.url).query)) == {"q": "SELECT Id FROM Account"}
        assert sent.headers["Sforce-Query-Options"] == "batchSize=2000"
        assert answer["records"][0]["Amount"] == Decimal("0.1")

    def test_deleted_rows_are_asked_for_by_query_all(self, faked: responses.RequestsMock) -> None:
        faked.get(f"{ROOT}/queryAll/", json={"totalSize": 0, "done": True, "records": []})
        client = open_client(requests.Session(), "https://acme.my.salesforce.com", "67.0")
        assert client.query("SELECT Id FROM Lead", include_deleted=True)["records"] == []

    def test_the_next_page_is_where_the_answer_says(self, faked: responses.RequestsMock) -> None:
        link = "/services/data/v67.0/query/0r8xx0000000001AAA-2000"
        faked.get(f"https://acme.my.salesforce.com{link}", json={"totalSize": 0, "done": True, "records": []})
        client = open_client(requests.Session(), "https://acme.my.salesforce.com", "67.0")
        client.query_more(link, identifier_is_url=True)

    def test_a_description_and_the_log_of_deletions(self, faked: responses.RequestsMock) -> None:
        from datetime import UTC, datetime

        faked.get(f"{ROOT}/sobjects/Order/describe", json={"name": "Order", "fields": []})
        faked.get(f"{ROOT}/sobjects/Order/deleted/", json={"deletedRecords": []})
        client = open_client(requests.Session(), "https://acme.my.salesforce.com", "67.0")
        assert client.Order.describe()["name"] == "Order"
        client.Order.deleted(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC))
        asked = dict(parse_qsl(urlsplit(faked.calls[1].request.url).query))
        assert asked == {"start": "2026-10-01T00:00:00+00:00", "end": "2026-10-02T00:00:00+00:00"}


def test_a_session_over_the_sdk_hands_on_what_was_sent_and_what_came() -> None:
    sent: list[Any] = []

    def send(method: str, url: str, headers: Any, body: bytes) -> Answer:
        sent.append((method, url, headers["X-Mark"], body))
        return Answer(201, {"Sforce-Limit-Info": "api-usage=1/5"}, b"{}", url, {"exact": Decimal("1.10")})

    with session_over(send) as session:
        answer = session.post("https://acme.example/jobs?x=1", json={"a": 1}, headers={"X-Mark": "here"})
    assert sent == [("POST", "https://acme.example/jobs?x=1", "here", b'{"a": 1}')]
    assert (answer.status_code, answer.headers["sforce-limit-info"]) == (201, "api-usage=1/5")
    assert answer.json(parse_float=Decimal) == {"exact": Decimal("1.10")}


# -- logging in ------------------------------------------------------------------------------------------------------


class Vendor:
    """Answers by path; the token endpoint hands out one token after the other."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if request.url.path.endswith("/token"):
            number = len(self.logins)
            told = {"access_token": f"token-{number}", "instance_url": "https://moved.my.salesforce.com"}
            return self.answers.get("token") or httpx.Response(200, json=told)
        return self.answers["data"](request)  # type: ignore[no-any-return]

    @property
    def logins(self) -> list[dict[str, str]]:
        return [dict(parse_qsl(each.content.decode())) for each in self.requests if each.url.path.endswith("/token")]


def org_of(vendor: Vendor, **settings: Any) -> Org:
    given = {"kind": "salesforce", "base_url": "https://acme.my.salesforce.com", "client_id": "key", **settings}
    clock = FakeClock()
    context = Context("crm", transport=httpx.MockTransport(vendor), clock=clock, now=clock.now)
    return Org(SalesforceConfig.model_validate(given), context)


def rows(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"totalSize": 0, "done": True, "records": []})


def in_turn(answers: list[Any]) -> Any:
    """The first request gets the first answer, and so on."""
    following = iter(answers)

    def answer(request: httpx.Request) -> Any:
        return next(following)(request)

    return answer


def refusing(status: int, code: str, message: str = "no") -> Any:
    return lambda request: httpx.Response(status, json=[{"errorCode": code, "message": message}])


class TestLogin:
    def test_client_credentials_log_in_at_my_domain_and_data_comes_from_where_the_org_is(self) -> None:
        vendor = Vendor(data=rows)
        org_of(vendor, client_secret="hush").query("SELECT Id FROM Account")
        login, query = vendor.requests
        assert str(login.url) == "https://acme.my.salesforce.com/services/oauth2/token"
        assert vendor.logins == [{"grant_type": "client_credentials"}]
        assert login.headers["authorization"].startswith("Basic ")
        assert query.url.host == "moved.my.salesforce.com"
        assert query.headers["authorization"] == "Bearer token-1"

    def test_a_jwt_is_signed_for_the_right_audience(self) -> None:
        import jwt
        from cryptography.hazmat.primitives.asymmetric import rsa
        from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

        key = rsa.generate_private_key(65537, 2048)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
        vendor = Vendor(data=rows)
        org_of(
            vendor, private_key=pem, username="hub@acme.example", login_url="https://test.salesforce.com"
        ).query("SELECT Id FROM Account")  # fmt: skip
        assert vendor.requests[0].url.host == "test.salesforce.com"
        options = {"verify_exp": False}
        claims = jwt.decode(
            vendor.logins[0]["assertion"], key.public_key(), ["RS256"], options, audience="https://test.salesforce.com"
        )
        assert (claims["iss"], claims["sub"]) == ("key", "hub@acme.example")

    def test_a_password_is_sent_with_the_security_token_behind_it(self) -> None:
        vendor = Vendor(data=rows)
        org_of(
            vendor, client_secret="hush", username="u@acme.example", password="p&<w", security_token="TOK"
        ).query("SELECT Id FROM Account")  # fmt: skip
        login = vendor.logins[0]
        assert (login["grant_type"], login["username"], login["password"]) == ("password", "u@acme.example", "p&<wTOK")

    def test_a_session_that_ends_is_renewed_once(self) -> None:
        seen: list[str] = []

        def data(request: httpx.Request) -> httpx.Response:
            seen.append(request.headers["authorization"])
            if len(seen) == 1:
                return refusing(401, "INVALID_SESSION_ID")(request)  # type: ignore[no-any-return]
            return rows(request)

        org_of(Vendor(data=data), client_secret="hush").query("SELECT Id FROM Account")
        assert seen == ["Bearer token-1", "Bearer token-2"]

    def test_a_refused_login_says_why_and_shows_no_secret(self) -> None:
        told = {"error": "invalid_grant", "error_description": "no client credentials user enabled, hush"}
        vendor = Vendor(token=httpx.Response(400, json=told))
        with pytest.raises(AuthError) as caught:
            org_of(vendor, client_secret="hush").query("SELECT Id FROM Account")
        assert "no client credentials user enabled" in str(caught.value)
        assert "hush" not in str(caught.value)
        assert len(vendor.requests) == 1

    def test_a_key_that_is_none_is_told_without_the_key(self) -> None:
        with pytest.raises(AuthError) as caught:
            org_of(Vendor(), private_key="not a key", username="u").query("SELECT Id FROM Account")
        assert "private_key" in caught.value.fix
        assert "not a key" not in str(caught.value)

    def test_the_token_goes_to_salesforce_only(self) -> None:
        assert trusted_instance("acme.my.salesforce.com", "https://login.salesforce.com").endswith(
            "acme.my.salesforce.com"
        )
        assert trusted_instance("evil.example", "http://127.0.0.1:8765") == "http://127.0.0.1:8765"
        assert trusted_instance("acme.my.salesforce.com", "https://proxy.example/sf") == "https://proxy.example/sf"
        for host in ("evil.example", "salesforce.com.evil.example", "xsalesforce.com"):
            with pytest.raises(SourceChanged):
                trusted_instance(host, "https://acme.my.salesforce.com")

    def test_sandboxes_have_an_audience_of_their_own(self) -> None:
        assert audience_of("https://login.salesforce.com", "https://acme.my.salesforce.com") == "login"
        assert audience_of("https://acme--uat.sandbox.my.salesforce.com", "https://x.example") == "test"
        assert audience_of("https://test.salesforce.com", "https://x.example") == "test"


# -- what answers mean -----------------------------------------------------------------------------------------------


class TestRefusals:
    @pytest.mark.parametrize(
        ("status", "code", "error"),
        [
            (400, "INVALID_FIELD", "FieldGone"),
            (400, "INVALID_TYPE", "ObjectGone"),
            (404, "NOT_FOUND", "ObjectGone"),
            (400, "INVALID_QUERY_LOCATOR", "LocatorGone"),
            (400, "QUERY_TIMEOUT", "QueryTooLarge"),
            (400, "MALFORMED_QUERY", "SourceChanged"),
            (403, "API_DISABLED_FOR_ORG", "AuthError"),
            (403, "INSUFFICIENT_ACCESS", "AuthError"),
            (410, "UNSUPPORTED_API_VERSION", "SourceChanged"),
            (403, "SOMETHING_NEW", "AuthError"),
        ],
    )
    def test_a_code_says_who_must_act(self, status: int, code: str, error: str) -> None:
        org = org_of(Vendor(data=refusing(status, code)), client_secret="hush")
        with pytest.raises(Exception) as caught:
            org.query("SELECT Id FROM Account")
        assert type(caught.value).__name__ == error
        assert caught.value.fix  # type: ignore[attr-defined]

    def test_an_allowance_that_is_used_up_is_not_tried_again(self) -> None:
        vendor = Vendor(data=refusing(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."))
        org = org_of(vendor, client_secret="hush")
        with pytest.raises(Throttled) as caught:
            org.query("SELECT Id FROM Account")
        assert caught.value.retry_after_seconds == 3600
        assert len(vendor.requests) == 2

    def test_too_many_long_requests_are_waited_for(self) -> None:
        answers = [refusing(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded."), rows]
        vendor = Vendor(data=in_turn(answers))
        org = org_of(vendor, client_secret="hush")
        assert org.query("SELECT Id FROM Account")["records"] == []
        assert org.context.clock.waited >= 10  # type: ignore[attr-defined]

    def test_html_from_the_edge_is_tried_again(self) -> None:
        answers = [lambda request: httpx.Response(503, html="<html>Service Unavailable</html>"), rows]
        vendor = Vendor(data=in_turn(answers))
        assert org_of(vendor, client_secret="hush").query("SELECT Id FROM Account")["records"] == []

    @pytest.mark.skipif(not SAMPLES.is_dir(), reason="../shared is not here")
    def test_the_samples_of_errors_are_understood(self) -> None:
        for case in json.loads((SAMPLES / "errors.json").read_text(encoding="utf-8"))["cases"]:
            if case["status"] in {409, 503} or "token" in case["case"]:
                continue
            answer = httpx.Response(case["status"], json=case.get("body"))
            org = org_of(Vendor(data=lambda request, answer=answer: answer), client_secret="hush", retry_seconds=0)
            with pytest.raises((AuthError, SourceChanged, Throttled)):
                org.query("SELECT Id FROM Account")

    def test_usage_is_learnt_from_every_answer(self) -> None:
        from connectors.salesforce.refusals import usage_of

        both = {"sforce-limit-info": "per-app-api-usage=17/250(appName=x); api-usage=25/5000"}
        assert (usage_of(both).used, usage_of(both).limit) == (25, 5000)  # type: ignore[union-attr]
        assert usage_of({"sforce-limit-info": "api-usage=18/5000"}).used == 18  # type: ignore[union-attr]
        assert usage_of({"sforce-limit-info": "per-app-api-usage=17/250(appName=x)"}) is None
        assert usage_of({}) is None
