"""Login through an identity provider: OpenID Connect, authorization code with PKCE.

State, nonce and PKCE verifier are derived from one random cookie of the browser that began the login, so nothing has to
be kept here, and an answer that another browser brings fits nothing. joserfc checks signatures, authlib the claims.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hub.access import tokens
from hub.access.people import user_name
from hub.access.principal import Role
from hub.access.provider import Provider
from hub.errors import AccessDenied

if TYPE_CHECKING:
    import httpx

    from hub.settings.console import OidcSettings

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
"""Signatures with a public key only: never `none`, and never a shared secret."""
_LEEWAY_SECONDS = 60
_AGAIN = "Begin the login again; if that does not help, an admin finds more in the log of the console."


@dataclass(frozen=True)
class Begun:
    """A login that was begun: the browser goes to `url`, and keeps `cookie` (HttpOnly, Secure, SameSite=Lax, for ten
    minutes, for the address of the answer only)."""

    url: str
    cookie: str = field(repr=False)


@dataclass(frozen=True)
class Vouched:
    """Whom the provider vouches for."""

    name: str
    role: Role


class Oidc:
    """One configured provider. Safe to share between threads; what the provider tells of itself is kept for an hour."""

    def __init__(
        self, settings: OidcSettings, redirect_uri: str, *, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._settings = settings
        self._redirect_uri = redirect_uri
        self._provider = Provider(settings.issuer, transport)

    def begin(self) -> Begun:
        """Where the browser goes. Raises SourceUnavailable where the provider cannot be reached."""
        from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
        from authlib.oauth2.rfc7636 import create_s256_code_challenge

        cookie = tokens.new_cookie()
        url = prepare_grant_uri(
            self._provider.endpoint("authorization_endpoint"),
            client_id=self._settings.client_id,
            response_type="code",
            redirect_uri=self._redirect_uri,
            scope=" ".join(dict.fromkeys(["openid", *self._settings.scopes])),
            state=tokens.derived(cookie, "state"),
            nonce=tokens.derived(cookie, "nonce"),
            code_challenge=create_s256_code_challenge(tokens.derived(cookie, "verifier")),
            code_challenge_method="S256",
        )
        return Begun(str(url), cookie)

    def finish(self, cookie: str | None, answer: Mapping[str, str]) -> Vouched:
        """Whom the provider vouches for, from the cookie and the query that the browser came back with.

        Raises AccessDenied where something does not fit or the person has no role here, AuthError where the provider
        refuses the hub itself, SourceUnavailable where it does not answer.
        """
        code = self._code(cookie, answer)
        assert cookie is not None
        given = self._provider.redeem(
            {
                "grant_type": "authorization_code", "code": code, "redirect_uri": self._redirect_uri,
                "code_verifier": tokens.derived(cookie, "verifier"),
            },
            self._settings.client_id, self._settings.client_secret.get_secret_value(),
        )  # fmt: skip
        claims = self._claims(given, tokens.derived(cookie, "nonce"))
        return self._vouched(claims, given)

    def _code(self, cookie: str | None, answer: Mapping[str, str]) -> str:
        expected = tokens.derived(cookie, "state") if cookie and tokens.looks_right(cookie) else None
        if expected is None or not tokens.same(expected, answer.get("state", "")):
            raise AccessDenied("this login was not begun in this browser, or took too long.", fix=_AGAIN)
        if answer.get("iss", self._provider.issuer) != self._provider.issuer:
            raise AccessDenied("another identity provider answered.", fix=_AGAIN)
        code = answer.get("code", "")
        if answer.get("error") or not code:
            raise AccessDenied("the identity provider did not let you in.", fix=_AGAIN)
        return code

    def _claims(self, given: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        """What the ID token says, once everything about it is in order."""
        from authlib.oidc.core import CodeIDToken
        from joserfc.errors import JoseError

        try:
            token = self._provider.decoded(str(given.get("id_token", "")), ALGORITHMS)
            claims = CodeIDToken(
                token.claims,
                token.header,
                {
                    "iss": {"essential": True, "value": self._provider.issuer},
                    "aud": {"essential": True, "value": self._settings.client_id},
                },
                {"client_id": self._settings.client_id, "nonce": nonce, "access_token": given.get("access_token")},
            )
            claims.validate(now=int(time.time()), leeway=_LEEWAY_SECONDS)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise AccessDenied(
                f"what the identity provider said does not hold ({type(error).__name__}).", fix=_AGAIN
            ) from None
        return dict(claims)

    def _vouched(self, claims: dict[str, Any], given: Mapping[str, Any]) -> Vouched:
        settings = self._settings
        if _at(claims, settings.role_claim) is None or _at(claims, settings.name_claim) is None:
            claims = {**self._provider.told_about(claims["sub"], str(given.get("access_token", ""))), **claims}
        name = _at(claims, settings.name_claim)
        name = user_name(name if isinstance(name, str) and name.strip() else str(claims["sub"]))[:100]
        role = role_of(_at(claims, settings.role_claim), settings)
        if role is None:
            raise AccessDenied(
                "the identity provider knows you, but you have no role here.",
                fix="Ask an admin of the hub to map one of your groups under `console: oidc: roles`.",
            )
        return Vouched("".join(letter for letter in name if letter.isprintable()), role)


def role_of(claim: Any, settings: OidcSettings) -> Role | None:
    """The highest role that the values of the claim are mapped to, else the default one."""
    values = claim if isinstance(claim, list) else str(claim).split() if isinstance(claim, str) else []
    if isinstance(claim, str):
        values = [claim, *values]
    mapped = [Role(settings.roles[value]) for value in values if isinstance(value, str) and value in settings.roles]
    return max(mapped, default=Role(settings.default_role) if settings.default_role else None)


def _at(claims: Mapping[str, Any], path: str) -> Any:
    """A claim by its name, or by a path with dots (`realm_access.roles`)."""
    if path in claims:
        return claims[path]
    found: Any = claims
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found
