"""Login through an identity provider, against one that takes nothing it did not hand out."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest
from joserfc.jwk import RSAKey
from support.issuer import ADDRESS, CLIENT, REDIRECT, SECRET, Issuer

from hub.access import Role
from hub.access.oidc import Oidc, Vouched
from hub.errors import AccessDenied, AuthError, HubError, SourceUnavailable
from hub.settings.console import OidcSettings

ROLES = {"staff": "viewer", "ops": "operator", "it": "admin"}


@pytest.fixture(scope="module")
def key() -> RSAKey:
    """Made once: a key takes a while."""
    return RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})


@pytest.fixture
def issuer(key: RSAKey, monkeypatch: pytest.MonkeyPatch) -> Issuer:
    monkeypatch.setattr(RSAKey, "generate_key", lambda *_: key)
    issuer = Issuer()
    issuer.claims = {"preferred_username": "Anna", "groups": ["staff", "ops"]}
    monkeypatch.undo()
    return issuer


def oidc(issuer: Issuer, **settings: Any) -> Oidc:
    document = {"issuer": ADDRESS, "client_id": CLIENT, "client_secret": SECRET, "roles": ROLES, **settings}
    return Oidc(OidcSettings.model_validate(document), REDIRECT, transport=issuer.transport)


def come_in(issuer: Issuer, **settings: Any) -> Vouched:
    provider = oidc(issuer, **settings)
    begun = provider.begin()
    return provider.finish(begun.cookie, issuer.login(begun.url))


def test_whom_the_provider_vouches_for_comes_in_with_the_highest_role(issuer: Issuer) -> None:
    assert come_in(issuer) == Vouched("anna", Role.OPERATOR)


def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there(issuer: Issuer) -> None:
    issuer.only_post = True

    assert come_in(issuer).role is Role.OPERATOR


@pytest.mark.parametrize(
    ("claims", "settings", "role"),
    [
        ({"groups": "it"}, {}, Role.ADMIN),
        ({"groups": "staff it"}, {}, Role.ADMIN),
        ({"groups": ["unknown", 7, None]}, {"default_role": "viewer"}, Role.VIEWER),
        ({"groups": None}, {"default_role": "viewer"}, Role.VIEWER),
        ({"groups": ["ops"]}, {"default_role": "admin"}, Role.OPERATOR),
        ({"realm_access": {"roles": ["it"]}}, {"role_claim": "realm_access.roles"}, Role.ADMIN),
        ({"https://corp/roles": ["ops"]}, {"role_claim": "https://corp/roles"}, Role.OPERATOR),
    ],
)
def test_the_role_comes_from_the_claim(
    issuer: Issuer, claims: dict[str, Any], settings: dict[str, Any], role: Role
) -> None:
    issuer.claims |= claims

    assert come_in(issuer, **settings).role is role


def test_who_has_no_role_stays_outside(issuer: Issuer) -> None:
    issuer.claims["groups"] = ["guests"]

    with pytest.raises(AccessDenied, match="no role here"):
        come_in(issuer)


def test_what_the_token_leaves_out_the_userinfo_service_tells(issuer: Issuer) -> None:
    issuer.claims = {}
    issuer.userinfo = {"preferred_username": "Anna", "groups": ["it"]}

    assert come_in(issuer) == Vouched("anna", Role.ADMIN)
    issuer.userinfo["sub"] = "somebody else"
    assert come_in(issuer, default_role="viewer") == Vouched("u-1", Role.VIEWER)


def test_a_login_belongs_to_the_browser_that_began_it(issuer: Issuer) -> None:
    provider = oidc(issuer)
    mine, theirs = provider.begin(), provider.begin()
    answer = issuer.login(mine.url)

    for cookie in (theirs.cookie, None, "", "x" * 43):
        with pytest.raises(AccessDenied, match="not begun in this browser"):
            provider.finish(cookie, answer)
    assert provider.finish(mine.cookie, answer).name == "anna"
    with pytest.raises(AccessDenied, match="its own code"):
        provider.finish(mine.cookie, answer)  # a code is good for once


@pytest.mark.parametrize(
    "answer", [{"error": "access_denied"}, {}, {"code": ""}, {"code": "x", "iss": "https://evil.example"}]
)
def test_an_answer_without_a_code_lets_nobody_in(issuer: Issuer, answer: dict[str, str]) -> None:
    provider = oidc(issuer)
    begun = provider.begin()
    state = issuer.login(begun.url)["state"]

    with pytest.raises(AccessDenied):
        provider.finish(begun.cookie, {"state": state, **answer})


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://evil.example"},
        {"aud": "another client"},
        {"aud": ["another", CLIENT], "azp": "another"},
        {"aud": None},
        {"nonce": "an older one"},
        {"nonce": None},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
        {"nbf": int(time.time()) + 3600},
        {"sub": None},
        {"at_hash": "of another token"},
    ],
    ids="-".join,
)
def test_an_id_token_that_is_not_in_order_lets_nobody_in(issuer: Issuer, claims: dict[str, Any]) -> None:
    issuer.claims |= claims

    with pytest.raises(AccessDenied, match="does not hold"):
        come_in(issuer)


def test_a_token_without_a_signature_lets_nobody_in(issuer: Issuer) -> None:
    issuer.algorithm = "none"

    with pytest.raises(AccessDenied):
        come_in(issuer)


def test_a_token_signed_with_what_everybody_knows_lets_nobody_in(issuer: Issuer) -> None:
    """The public key, or the client's secret, taken for a shared secret."""
    issuer.algorithm = "HS256"
    for known in (issuer.key.as_pem(private=False), SECRET.encode()):
        issuer.shared = known
        with pytest.raises(AccessDenied):
            come_in(issuer)


def test_a_token_of_another_key_lets_nobody_in(issuer: Issuer) -> None:
    issuer.key = RSAKey.generate_key(2048, {"kid": "first"})

    with pytest.raises(AccessDenied):
        come_in(issuer)


def test_new_keys_are_fetched_but_not_at_every_wrong_token(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    from hub.access import provider as module

    provider = oidc(issuer)
    begun = provider.begin()
    provider.finish(begun.cookie, issuer.login(begun.url))
    issuer.key = RSAKey.generate_key(2048, {"kid": "second"})
    issuer.shown = [issuer.key]

    def again() -> Vouched:
        begun = provider.begin()
        return provider.finish(begun.cookie, issuer.login(begun.url))

    with pytest.raises(AccessDenied):
        again()
    monkeypatch.setattr(module, "_KEYS_AGAIN_SECONDS", 0.0)
    assert again().name == "anna"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout("slow"),
        httpx.Response(500, text=f"oops {SECRET}"),
        httpx.Response(302, headers={"Location": "https://evil.example"}),
        httpx.Response(200, content=b"x" * 2_000_000),
        httpx.Response(200, json=[1]),
        httpx.Response(200, content=b"[" * 100_000),
        httpx.Response(200, json={"issuer": "https://evil.example"}),
        httpx.Response(200, json={"issuer": ADDRESS, "authorization_endpoint": "http://id.example.com/a"}),
        httpx.Response(200, json={"issuer": ADDRESS}),
    ],
    ids=str,
)
def test_a_provider_that_does_not_describe_itself_well_is_told(
    issuer: Issuer, answer: httpx.Response | Exception
) -> None:
    issuer.broken["/.well-known/openid-configuration"] = answer

    with pytest.raises(HubError) as told:
        come_in(issuer)
    assert told.value.exit_code != 70 and told.value.fix and SECRET not in str(told.value)


@pytest.mark.parametrize("path", ["/token", "/keys"])
@pytest.mark.parametrize(
    "answer", [httpx.ConnectError("refused"), httpx.Response(503), httpx.Response(200, json={"keys": "x"})], ids=str
)
def test_a_provider_that_fails_on_the_way_is_told(
    issuer: Issuer, path: str, answer: httpx.Response | Exception
) -> None:
    issuer.broken[path] = answer

    with pytest.raises((SourceUnavailable, AccessDenied)) as told:
        come_in(issuer)
    assert told.value.fix


def test_a_wrong_secret_is_the_admins_matter_and_is_not_told(issuer: Issuer) -> None:
    with pytest.raises(AuthError, match="refuses the hub's client id or secret") as refused:
        come_in(issuer, client_secret="a wrong secret of the client")

    assert "a wrong secret" not in str(refused.value) and SECRET not in str(refused.value)


def test_an_issuer_that_writes_its_name_with_a_slash_is_the_same(issuer: Issuer) -> None:
    description = {**issuer.description(), "issuer": ADDRESS + "/"}
    issuer.broken["/.well-known/openid-configuration"] = httpx.Response(200, json=description)
    issuer.claims["iss"] = ADDRESS + "/"
    provider = oidc(issuer)
    begun = provider.begin()
    answer = {**issuer.login(begun.url), "iss": ADDRESS + "/"}

    assert provider.finish(begun.cookie, answer).name == "anna"
