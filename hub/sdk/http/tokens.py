"""Credentials that expire: fetched when first needed, renewed before they run out, and when refused.

Requests in flight share one token; whoever finds it dead renews it, and the others use the new one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from hub.errors import AuthError, SourceChanged
from hub.sdk.http.answer import Answer, Refusal
from hub.sdk.http.auth import Auth, BasicAuth, Secret, reveal
from hub.sdk.http.statuses import vendor_message

if TYPE_CHECKING:
    import httpx

    from hub.sdk.http.source import HttpSource

_MARGIN_SHARE = 0.1
_MARGIN_SECONDS = 60.0
"""A token is renewed when a tenth of its life is left, but not earlier than a minute before its end."""

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@dataclass(frozen=True)
class Credential:
    """What a login gave: headers for each request, how long they last, and the rest of the login's answer."""

    headers: Mapping[str, str] = field(repr=False)
    expires_in_seconds: float | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)
    answer: Mapping[str, Any] = field(default_factory=dict, repr=False)


class SessionAuth(Auth):
    """A login of any kind: `login(http)` asks for a credential, with requests that carry none.

    `logout(http, credential)` is called on close, where sessions are counted. `refused` tells which answers mean that
    the session is over, where a 401 is not how the source says it.
    """

    def __init__(
        self,
        login: Callable[[HttpSource], Credential],
        logout: Callable[[HttpSource, Credential], None] | None = None,
        refused: Callable[[Answer], bool] | None = None,
    ) -> None:
        self._login = login
        self._logout = logout
        self._refused = refused
        self._http: HttpSource | None = None
        self._credential: Credential | None = None
        self._mark = 0
        self._worked: object = None
        self._renew_at: float | None = None
        self._known: set[str] = set()
        self._refused_login: AuthError | None = None
        self._lock = threading.Lock()

    def attach(self, http: HttpSource) -> None:
        self._http = http

    def credential(self) -> Credential:
        """The present credential; logs in where there is none, or the old one is about to expire."""
        return self._current()[0]

    def _current(self) -> tuple[Credential, int]:
        with self._lock:
            if self._credential is None or (self._renew_at is not None and self._now() >= self._renew_at):
                self._fetch()
            assert self._credential is not None
            return self._credential, self._mark

    def apply(self, request: httpx.Request) -> object:
        credential, mark = self._current()
        request.headers.update(credential.headers)
        return mark

    def is_refusal(self, answer: Answer) -> bool:
        return self._refused(answer) if self._refused else super().is_refusal(answer)

    def renew(self, mark: object) -> bool:
        with self._lock:
            if mark == self._mark:
                self._fetch()
            return True

    def newest(self) -> object:
        with self._lock:  # while somebody logs in, the newest is the one that comes of it
            return self._mark

    def worked(self, mark: object) -> None:
        self._worked = mark

    def has_worked(self, mark: object) -> bool:
        return mark == self._worked

    def secrets(self) -> Iterable[str]:
        return tuple(self._known)

    def close(self) -> None:
        credential, self._credential = self._credential, None
        if credential and self._logout and self._http:
            self._logout(self._http, credential)

    def _now(self) -> float:
        assert self._http is not None, "HttpSource attaches its auth"
        return self._http.context.clock.monotonic()

    def _fetch(self) -> None:
        """Log in. Called with the lock held, so that one login serves all who wait."""
        assert self._http is not None, "HttpSource attaches its auth"
        if self._refused_login:  # everybody in flight would try the same wrong password, and lock the account
            raise AuthError(self._refused_login.problem, fix=self._refused_login.fix)
        self._credential = None
        asked_at = self._now()
        try:
            credential = self._login(self._http)
        except AuthError as error:
            self._refused_login = error
            raise
        self._known.update(credential.secrets)
        self._credential, self._mark = credential, self._mark + 1
        life = credential.expires_in_seconds
        self._renew_at = None if life is None else asked_at + life - min(_MARGIN_SECONDS, life * _MARGIN_SHARE)


class OAuth2Auth(SessionAuth):
    """A bearer token from an OAuth2 token endpoint; subclasses say what to send there.

    token_url      full address of the endpoint
    client_id      with `client_secret`: sent in the form, or as HTTP Basic where `basic` is set
    scope, extra   further form fields (`resource`, `audience` …)
    lifetime       seconds a token lasts where the endpoint does not say; None: until it is refused
    """

    grant_type = ""

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: Secret = "",
        *,
        scope: str = "",
        extra: Mapping[str, str] | None = None,
        basic: bool = False,
        lifetime_seconds: float | None = None,
    ) -> None:
        super().__init__(self._ask)
        self._token_url = token_url
        self._client_id = client_id
        self._client_secret = client_secret
        self._form = {**({"scope": scope} if scope else {}), **(extra or {})}
        self._basic = basic
        self._lifetime = lifetime_seconds

    def grant(self) -> Mapping[str, str]:
        """Form fields of this grant, secrets among them."""
        return {}

    def secrets(self) -> Iterable[str]:
        own = reveal(self._client_secret)
        return (*super().secrets(), *((own,) if own else ()))

    def _ask(self, http: HttpSource) -> Credential:
        form = {"grant_type": self.grant_type, **self._form, **self.grant()}
        secret = reveal(self._client_secret)
        if not self._basic:
            form |= {"client_id": self._client_id} | ({"client_secret": secret} if secret else {})
        answer = http.request(
            "POST",
            self._token_url,
            form=form,
            auth=BasicAuth(self._client_id, secret) if self._basic else None,
            elsewhere=True,
            idempotent=True,
            judge=_refused_login,
        )
        return self._credential_of(answer)

    def _credential_of(self, answer: Answer) -> Credential:
        token = answer.at("access_token")
        if not isinstance(token, str) or not token:
            raise SourceChanged("the token endpoint gave no usable access_token.", fix="Check `token_url`.")
        rest = {name: value for name, value in answer.data.items() if not name.endswith("token")}
        return Credential({"Authorization": f"Bearer {token}"}, self._life(rest.get("expires_in")), (token,), rest)

    def _life(self, told: Any) -> float | None:
        try:
            life = float(told)
        except (TypeError, ValueError):
            return self._lifetime
        return life if life > 0 else self._lifetime


class ClientCredentialsAuth(OAuth2Auth):
    """OAuth2 client credentials: the app itself is the user."""

    grant_type = "client_credentials"


class JwtBearerAuth(OAuth2Auth):
    """OAuth2 JWT bearer (RFC 7523): we sign who we are with a private key in PEM.

    `header` holds further JOSE fields (`kid`, `x5t`); `audience` is the token endpoint where not given.
    """

    grant_type = JWT_BEARER

    def __init__(
        self,
        token_url: str,
        client_id: str,
        private_key: Secret,
        *,
        subject: str,
        audience: str | None = None,
        algorithm: str = "RS256",
        header: Mapping[str, str] | None = None,
        assertion_seconds: int = 180,
        **options: Any,
    ) -> None:
        super().__init__(token_url, client_id, **options)
        self._private_key = private_key
        self._subject = subject
        self._audience = audience or token_url
        self._header = {"alg": algorithm, **(header or {})}
        self._assertion_seconds = assertion_seconds

    def grant(self) -> Mapping[str, str]:
        assert self._http is not None, "HttpSource attaches its auth"
        issued = int(self._http.context.now().timestamp())
        claims = {
            "iss": self._client_id,
            "sub": self._subject,
            "aud": self._audience,
            "iat": issued,
            "exp": issued + self._assertion_seconds,
            "jti": uuid4().hex,
        }
        return {"assertion": signed_jwt(self._header, claims, reveal(self._private_key))}

    def secrets(self) -> Iterable[str]:
        return (*super().secrets(), reveal(self._private_key))


class RefreshTokenAuth(OAuth2Auth):
    """OAuth2 refresh token. Where the endpoint hands out a new refresh token each time, the new one is used from then
    on and given to `save`, since the old one is dead."""

    grant_type = "refresh_token"

    def __init__(
        self,
        token_url: str,
        client_id: str,
        client_secret: Secret,
        refresh_token: Secret,
        *,
        save: Callable[[str], None] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(token_url, client_id, client_secret, **options)
        self._refresh_token = refresh_token
        self._save = save

    def grant(self) -> Mapping[str, str]:
        return {"refresh_token": reveal(self._refresh_token)}

    def secrets(self) -> Iterable[str]:
        return (*super().secrets(), reveal(self._refresh_token))

    def _credential_of(self, answer: Answer) -> Credential:
        credential = super()._credential_of(answer)
        newer = answer.data.get("refresh_token")
        if isinstance(newer, str) and newer and newer != reveal(self._refresh_token):
            self._refresh_token = newer
            if self._save:
                self._save(newer)
        return credential


def signed_jwt(header: Mapping[str, str], claims: Mapping[str, Any], private_key: str) -> str:
    """A JWT signed by a private key in PEM. AuthError, without a word of the key, where that cannot be done."""
    from joserfc import jwt
    from joserfc.jwk import ECKey, RSAKey

    kind = ECKey if header["alg"].startswith("ES") else RSAKey
    try:
        return jwt.encode(dict(header), dict(claims), kind.import_key(private_key), algorithms=[header["alg"]])
    except Exception as error:  # the key's parser raises what it likes, and none of it may show the key
        raise AuthError(
            f"the private key cannot sign with {header['alg']} ({type(error).__name__}).",
            fix="It must be a PEM key of the right type.",
        ) from None


def _refused_login(answer: Answer) -> Refusal | None:
    """A token endpoint says 400 where others say 401."""
    if answer.status not in {400, 401, 403}:
        return None
    body = answer.peek()
    code = body.get("error") if isinstance(body, Mapping) else None
    reason = ": ".join(part for part in (code if isinstance(code, str) else "", vendor_message(body)) if part)
    return Refusal(
        AuthError(
            f"the login was refused ({reason or answer.status}).",
            fix="Check the client id, the secret or key and its expiry, then run `hub check`.",
        )
    )
