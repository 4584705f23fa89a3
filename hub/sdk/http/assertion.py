"""OAuth2 client credentials where a signed assertion stands for the secret (RFC 7523): certificates."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import uuid4

from hub.sdk.http.auth import Secret, reveal
from hub.sdk.http.tokens import ClientCredentialsAuth, signed_jwt

_ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_SECONDS = 600


class ClientAssertionAuth(ClientCredentialsAuth):
    """The app proves itself by a private key in PEM, whose certificate the vendor knows.

    thumbprint  of the certificate, in hex: SHA-1 (40 digits, as the Entra portal shows it) or SHA-256 (64 digits)
    """

    def __init__(
        self, token_url: str, client_id: str, private_key: Secret, *, thumbprint: str = "", **options: Any
    ) -> None:
        super().__init__(token_url, client_id, **options)
        self._private_key = private_key
        self._thumbprint = thumbprint

    def grant(self) -> Mapping[str, str]:
        assert self._http is not None, "HttpSource attaches its auth"
        now = int(self._http.context.now().timestamp())
        claims = {
            "aud": self._token_url,
            "iss": self._client_id,
            "sub": self._client_id,
            "jti": uuid4().hex,
            "nbf": now,
            "exp": now + _SECONDS,
        }
        assertion = signed_jwt(self._header(), claims, reveal(self._private_key))
        return {"client_assertion_type": _ASSERTION_TYPE, "client_assertion": assertion}

    def _header(self) -> dict[str, str]:
        digest = urlsafe_b64encode(bytes.fromhex(self._thumbprint)).decode().rstrip("=")
        if not digest:
            return {"alg": "RS256"}
        is_sha1 = len(self._thumbprint) == 40
        return {"alg": "RS256", "x5t": digest} if is_sha1 else {"alg": "PS256", "x5t#S256": digest}

    def secrets(self) -> Iterable[str]:
        return (*super().secrets(), reveal(self._private_key))
