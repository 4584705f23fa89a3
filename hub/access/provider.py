"""The identity provider over HTTP: what it tells of itself, its keys, its tokens. Nothing it says reaches a message."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from hub.errors import AccessDenied, AuthError, SourceUnavailable

if TYPE_CHECKING:
    import httpx
    from joserfc.jwk import KeySet
    from joserfc.jwt import Token

_TIMEOUT_SECONDS = 10.0
_LARGEST = 1_000_000
"""Bytes of an answer."""
_KEPT_SECONDS = 3600.0
_KEYS_AGAIN_SECONDS = 60.0
"""An unknown key makes us fetch the keys again, but no more often than this."""
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_CHECK = "Check `console: oidc` in hub.yaml."


class Provider:
    """One issuer."""

    def __init__(self, issuer: str, transport: httpx.BaseTransport | None) -> None:
        self._address = issuer
        self._transport = transport
        self._lock = threading.RLock()
        self._about: dict[str, Any] | None = None
        self._about_at = self._keys_at = float("-inf")
        self._keys: KeySet | None = None

    @property
    def issuer(self) -> str:
        """Its name, exactly as it writes it itself."""
        return str(self._described()["issuer"])

    def endpoint(self, name: str) -> str:
        """The address of one of its services. AccessDenied where it has none, or one that others could listen to."""
        address = str(self._described().get(name, ""))
        parts = urlsplit(address)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
            raise AccessDenied(f"the identity provider has no safe {name.replace('_', ' ')}.", fix=_CHECK)
        return address

    def redeem(self, form: Mapping[str, str], client_id: str, secret: str) -> dict[str, Any]:
        """The tokens for a code."""
        import httpx

        ways = self._described().get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        if "client_secret_basic" in ways:
            from urllib.parse import quote_plus

            auth: httpx.BasicAuth | None = httpx.BasicAuth(quote_plus(client_id), quote_plus(secret))
            form = dict(form)
        else:
            auth, form = None, {**form, "client_id": client_id, "client_secret": secret}
        status, answer = self._ask("POST", self.endpoint("token_endpoint"), data=form, auth=auth)
        if status == 401 or answer.get("error") in ("invalid_client", "unauthorized_client"):
            raise AuthError("the identity provider refuses the hub's client id or secret.", fix=_CHECK)
        if status != 200:
            raise AccessDenied("the identity provider did not accept its own code.", fix="Begin the login again.")
        return answer

    def told_about(self, subject: str, access_token: str) -> dict[str, Any]:
        """What its userinfo service says of a person; nothing where it has none, or speaks of somebody else."""
        if not access_token or not self._described().get("userinfo_endpoint"):
            return {}
        status, answer = self._ask(
            "GET", self.endpoint("userinfo_endpoint"), headers={"Authorization": f"Bearer {access_token}"}
        )
        return answer if status == 200 and answer.get("sub") == subject else {}

    def decoded(self, token: str, algorithms: Sequence[str]) -> Token:
        """A signed token, once its signature is checked. Raises JoseError or ValueError where it is not in order."""
        from joserfc import jwt
        from joserfc.errors import JoseError

        asked_at = self._keys_at
        try:
            return jwt.decode(token, self._key_set(), algorithms=list(algorithms))
        except (JoseError, ValueError):
            if self._keys_at != asked_at or time.monotonic() - self._keys_at < _KEYS_AGAIN_SECONDS:
                raise
            return jwt.decode(token, self._key_set(again=True), algorithms=list(algorithms))

    def _key_set(self, *, again: bool = False) -> KeySet:
        from joserfc.jwk import KeySet

        with self._lock:
            if again or self._keys is None or time.monotonic() - self._keys_at > _KEPT_SECONDS:
                status, answer = self._ask("GET", self.endpoint("jwks_uri"))
                if status != 200 or not isinstance(answer.get("keys"), list):
                    raise SourceUnavailable("the identity provider shows no keys.", fix="Try again in a minute.")
                public = [key for key in answer["keys"] if isinstance(key, dict) and key.get("kty") != "oct"]
                self._keys, self._keys_at = KeySet.import_key_set({"keys": public}), time.monotonic()
            return self._keys

    def _described(self) -> dict[str, Any]:
        with self._lock:
            if self._about is None or time.monotonic() - self._about_at > _KEPT_SECONDS:
                address = self._address.rstrip("/") + "/.well-known/openid-configuration"
                status, answer = self._ask("GET", address)
                if status != 200:
                    raise SourceUnavailable("the identity provider does not describe itself.", fix=_CHECK)
                if str(answer.get("issuer", "")).rstrip("/") != self._address.rstrip("/"):
                    raise AccessDenied("the identity provider calls itself by another name.", fix=_CHECK)
                self._about, self._about_at = answer, time.monotonic()
            return self._about

    def _ask(self, method: str, address: str, **what: Any) -> tuple[int, dict[str, Any]]:
        """Status and JSON object of one request; what is no JSON object counts as empty."""
        import httpx

        wanted = {"Accept": "application/json", **what.pop("headers", {})}
        try:
            with (
                httpx.Client(transport=self._transport, timeout=_TIMEOUT_SECONDS, follow_redirects=False) as client,
                client.stream(method, address, headers=wanted, **what) as answer,
            ):
                return answer.status_code, _json_object(_body(answer))
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise SourceUnavailable(
                f"the identity provider does not answer ({type(error).__name__}).", fix="Try again in a minute."
            ) from None


def _body(answer: httpx.Response) -> bytes:
    body = b""
    for part in answer.iter_bytes():
        body += part
        if len(body) > _LARGEST:
            raise SourceUnavailable("the identity provider answers without end.", fix=_CHECK)
    return body


def _json_object(body: bytes) -> dict[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
