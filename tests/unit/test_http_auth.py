"""Credentials: renewed before they expire, once when refused, once for all who wait; and never shown."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Mapping
from urllib.parse import parse_qs

import httpx
import pytest
from support.http_fakes import Scripted, answer, source

from hub.sdk import (
    Answer,
    AuthError,
    BasicAuth,
    ClientCredentialsAuth,
    Credential,
    HeaderAuth,
    HttpSource,
    JwtBearerAuth,
    OAuth1Auth,
    RefreshTokenAuth,
    SessionAuth,
    SourceChanged,
)
from hub.testing.clock import FakeClock

TOKEN_URL = "https://login.test/oauth2/token"


class Issuer:
    """A token endpoint and an API that knows which tokens are alive."""

    def __init__(self, expires_in: int | None = 3600) -> None:
        self.expires_in = expires_in
        self.issued = 0
        self.alive: set[str] = set()
        self.forms: list[Mapping[str, list[str]]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/oauth2/token":
            self.forms.append(parse_qs(request.content.decode()))
            self.issued += 1
            token = f"tok-{self.issued}-abcdef"
            self.alive.add(token)
            life = {} if self.expires_in is None else {"expires_in": self.expires_in}
            return answer({"access_token": token, "instance_url": "https://x.test", **life})
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        return answer({"token": token}) if token in self.alive else answer({"message": "expired"}, 401)


def client_credentials() -> ClientCredentialsAuth:
    return ClientCredentialsAuth(TOKEN_URL, "hub", "s3cret-value", scope="read")


def test_a_token_is_fetched_once_and_kept() -> None:
    issuer = Issuer()
    http = source(Scripted(issuer), auth=client_credentials())
    assert {http.get("x")["token"] for _ in range(5)} == {"tok-1-abcdef"}
    assert issuer.forms == [
        {
            "grant_type": ["client_credentials"],
            "scope": ["read"],
            "client_id": ["hub"],
            "client_secret": ["s3cret-value"],
        }
    ]


def test_a_token_is_renewed_before_it_expires() -> None:
    issuer, clock = Issuer(expires_in=3600), FakeClock()
    http = source(Scripted(issuer), auth=client_credentials(), clock=clock)
    http.get("x")
    clock.sleep(3500)
    http.get("x")
    assert issuer.issued == 1
    clock.sleep(50)
    http.get("x")
    assert issuer.issued == 2, "a minute before its end"


def test_a_refused_token_is_renewed_once() -> None:
    issuer = Issuer()
    http = source(Scripted(issuer), auth=client_credentials())
    http.get("x")
    issuer.alive.clear()
    assert http.get("x") == {"token": "tok-2-abcdef"}


def test_a_second_refusal_is_an_error() -> None:
    issuer = Issuer()

    def refuses(request: httpx.Request) -> httpx.Response:
        return issuer(request) if request.url.path == "/oauth2/token" else answer({"message": "no"}, 401)

    net = Scripted(refuses)
    with pytest.raises(AuthError, match="hub check"):
        source(net, auth=client_credentials()).get("x")
    assert (len(net.requests), issuer.issued) == (4, 2)


def test_a_refusal_of_a_token_that_others_have_renewed_meanwhile_does_not_count() -> None:
    issuer = Issuer()
    auth = client_credentials()
    dying = iter([1, 2])

    def dies_under_way(request: httpx.Request) -> httpx.Response:
        """The first two tokens die while this request is on its way, and another request renews them first."""
        if request.url.path != "/oauth2/token" and next(dying, None):
            mark = auth.newest()
            issuer.alive.clear()
            assert auth.renew(mark)
            return answer({"message": "expired"}, 401)
        return issuer(request)

    http = source(Scripted(dies_under_way), auth=auth)
    assert http.get("x") == {"token": "tok-3-abcdef"}


def test_a_new_token_that_worked_for_others_and_died_is_renewed() -> None:
    issuer = Issuer()
    auth = client_credentials()

    def handle(request: httpx.Request) -> httpx.Response:
        if "unlucky" in request.url.path and issuer.issued < 3:
            auth.worked(auth.newest())
            issuer.alive.clear()
        return issuer(request)

    assert source(Scripted(handle), auth=auth).get("unlucky") == {"token": "tok-3-abcdef"}


def test_an_address_that_refuses_every_token_is_an_error_whatever_others_get() -> None:
    issuer = Issuer()

    def handle(request: httpx.Request) -> httpx.Response:
        return answer({"message": "no right"}, 401) if "secret" in request.url.path else issuer(request)

    net = Scripted(handle)
    http = source(net, auth=client_credentials())
    http.get("x")
    with pytest.raises(AuthError):
        http.get("secret")
    assert issuer.issued == 2


def test_requests_in_flight_share_one_renewal() -> None:
    issuer = Issuer()
    http = source(Scripted(issuer), auth=client_credentials(), max_in_flight=8)
    http.get("x")
    issuer.alive.clear()
    barrier, answers = threading.Barrier(8), []

    def ask() -> None:
        barrier.wait()
        answers.append(http.get("x")["token"])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (answers, issuer.issued) == (["tok-2-abcdef"] * 8, 2)


def test_a_refused_login_names_the_reason_and_no_secret() -> None:
    def handle(request: httpx.Request) -> httpx.Response:
        return answer({"error": "invalid_client", "error_description": "AADSTS7000222: s3cret-value has expired"}, 400)

    with pytest.raises(AuthError) as caught:
        source(Scripted(handle), auth=client_credentials()).get("x")
    assert "invalid_client: AADSTS7000222" in str(caught.value)
    assert "s3cret-value" not in str(caught.value)


def test_a_refused_login_is_not_tried_by_everybody() -> None:
    net = Scripted(answer({"error": "invalid_client"}, 401))
    http = source(net, auth=client_credentials())
    for _ in range(8):
        with pytest.raises(AuthError, match="invalid_client"):
            http.get("x")
    assert len(net.requests) == 1, "a wrong password that is tried again and again locks the account"


@pytest.mark.parametrize("body", [{}, {"access_token": None}, {"access_token": 7}, []])
def test_a_token_answer_without_a_token_is_a_changed_source(body: object) -> None:
    with pytest.raises(SourceChanged):
        source(Scripted(answer(body)), auth=client_credentials()).get("x")


def test_an_outage_of_the_token_endpoint_is_tried_again() -> None:
    issuer = Issuer()
    net = Scripted(answer({}, 503), issuer)
    assert source(net, auth=client_credentials()).get("x")["token"] == "tok-1-abcdef"


def test_the_rest_of_the_token_answer_is_at_hand() -> None:
    auth = client_credentials()
    source(Scripted(Issuer()), auth=auth)
    credential = auth.credential()
    assert credential.answer == {"instance_url": "https://x.test", "expires_in": 3600}
    assert "tok-1" not in repr(credential) + repr(auth)


def test_the_client_may_prove_itself_by_basic_auth() -> None:
    issuer = Issuer()
    net = Scripted(issuer)
    source(net, auth=ClientCredentialsAuth(TOKEN_URL, "hub", "s3cret-value", basic=True)).get("x")
    assert net.requests[0].headers["authorization"] == "Basic " + base64.b64encode(b"hub:s3cret-value").decode()
    assert "client_secret" not in issuer.forms[0]


def test_an_endpoint_that_tells_no_life_uses_the_one_given() -> None:
    issuer, clock = Issuer(expires_in=None), FakeClock()
    auth = ClientCredentialsAuth(TOKEN_URL, "hub", "s3cret-value", lifetime_seconds=100)
    http = source(Scripted(issuer), auth=auth, clock=clock)
    http.get("x")
    clock.sleep(95)
    http.get("x")
    assert issuer.issued == 2


def test_jwt_bearer_signs_who_we_are() -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from joserfc import jwk, jwt

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    issuer = Issuer()
    auth = JwtBearerAuth(
        TOKEN_URL, "app", pem, subject="hub@acme.example", audience="https://login.test", header={"x5t": "abc"}
    )
    clock = FakeClock()
    source(Scripted(issuer), auth=auth, clock=clock).get("x")
    form = issuer.forms[0]
    assert form["grant_type"] == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
    token = jwt.decode(form["assertion"][0], jwk.RSAKey.import_key(pem))
    claims = dict(token.claims)
    assert (claims["iss"], claims["sub"], claims["aud"]) == ("app", "hub@acme.example", "https://login.test")
    assert claims["exp"] - claims["iat"] == 180
    assert token.header["x5t"] == "abc"


def test_a_broken_key_is_told_without_showing_it() -> None:
    auth = JwtBearerAuth(TOKEN_URL, "app", "-----BEGIN s3cret-key-----", subject="hub")
    with pytest.raises(AuthError, match="PEM") as caught:
        source(Scripted(Issuer()), auth=auth).get("x")
    assert "s3cret-key" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_refresh_token_that_rotates_is_kept() -> None:
    saved: list[str] = []
    forms: list[Mapping[str, list[str]]] = []

    def handle(request: httpx.Request) -> httpx.Response:
        if request.url.path != "/oauth2/token":
            return answer({})
        forms.append(parse_qs(request.content.decode()))
        number = len(forms)
        return answer({"access_token": f"token-{number}", "refresh_token": f"refresh-{number}", "expires_in": 100})

    clock = FakeClock()
    auth = RefreshTokenAuth(TOKEN_URL, "hub", "s3cret-value", "refresh-0", save=saved.append)
    http = source(Scripted(handle), auth=auth, clock=clock)
    http.get("x")
    clock.sleep(200)
    http.get("x")
    assert [form["refresh_token"] for form in forms] == [["refresh-0"], ["refresh-1"]]
    assert saved == ["refresh-1", "refresh-2"]
    assert "refresh-2" in set(auth.secrets())


def test_a_session_is_opened_used_reopened_and_closed() -> None:
    events: list[str] = []

    def login(http: HttpSource) -> Credential:
        found = http.request("POST", "https://shop.test/api/Login", json={"UserName": "hub"}, elsewhere=True)
        return Credential({"Cookie": f"B1SESSION={found.at('SessionId')}"}, 1800, (found.at("SessionId"),))

    def logout(http: HttpSource, credential: Credential) -> None:
        http.request("POST", "https://shop.test/api/Logout", headers=credential.headers, elsewhere=True)

    def handle(request: httpx.Request) -> httpx.Response:
        events.append(f"{request.url.path} {request.headers.get('cookie', '')}".strip())
        if request.url.path.endswith("Login"):
            return answer({"SessionId": f"session-{sum('Login' in event for event in events)}"})
        if request.url.path.endswith("Logout"):
            return answer(b"", 204)
        return answer({}, 403 if request.headers["cookie"] == "B1SESSION=session-1" else 200)

    def over(found: Answer) -> bool:
        return found.status == 403

    http = source(Scripted(handle), auth=SessionAuth(login, logout, over))
    http.get("Items")
    http.close()
    assert events == [
        "/api/Login",
        "/api/Items B1SESSION=session-1",
        "/api/Login",
        "/api/Items B1SESSION=session-2",
        "/api/Logout B1SESSION=session-2",
    ]


def test_fixed_credentials_stand_in_their_header() -> None:
    net = Scripted(answer({}))
    source(net, auth=HeaderAuth("X-Shopify-Access-Token", "shpat_1234")).get("x")
    assert net.requests[0].headers["x-shopify-access-token"] == "shpat_1234"
    net = Scripted(answer({}))
    source(net, auth=BasicAuth("anna", "pässword")).get("x")
    sent = net.requests[0].headers["authorization"].removeprefix("Basic ")
    assert base64.b64decode(sent).decode() == "anna:pässword"


def test_oauth1_signs_the_address_that_is_sent() -> None:
    """Checked against the example of RFC 5849 computed by hand with the standard library."""
    import hashlib
    import hmac
    from urllib.parse import parse_qsl, quote, urlsplit

    net = Scripted(answer({}, 503), answer({}))
    auth = OAuth1Auth("ck-1234", "cs-1234", "at-1234", "ts&1234")
    source(net, auth=auth).get("orders", params={"searchCriteria[currentPage]": 1, "q": "a b+c&ü"})
    nonces = set()
    for request in net.requests:
        header = request.headers["authorization"]
        assert header.startswith("OAuth ")
        fields = {
            name: json.loads(value) for name, _, value in (part.partition("=") for part in header[6:].split(", "))
        }
        nonces.add(fields["oauth_nonce"])
        assert fields["oauth_signature_method"] == "HMAC-SHA256"
        signed = {name: value for name, value in fields.items() if name not in {"oauth_signature", "realm"}}
        pairs = [*parse_qsl(urlsplit(str(request.url)).query, keep_blank_values=True), *signed.items()]
        encoded = sorted((quote(name, safe="~"), quote(value, safe="~")) for name, value in pairs)
        base = "&".join(
            quote(part, safe="~")
            for part in ("GET", "https://shop.test/api/orders", "&".join(f"{name}={value}" for name, value in encoded))
        )
        expected = base64.b64encode(hmac.digest(b"cs-1234&ts%261234", base.encode(), hashlib.sha256)).decode()
        assert fields["oauth_signature"] == quote(expected, safe="~")
    assert len(nonces) == 2, "a repeated request is signed anew"
