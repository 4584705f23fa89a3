"""OAuth 1.0a: every request is signed, each attempt anew (Magento's integration tokens)."""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hub.sdk.http.auth import Auth, Secret, reveal

if TYPE_CHECKING:
    import httpx

HMAC_SHA256 = "HMAC-SHA256"
_FORM = "application/x-www-form-urlencoded"


class OAuth1Auth(Auth):
    """Four secrets, one HMAC-SHA256 signature. The address that is signed is the one that is sent, byte for byte."""

    def __init__(
        self, consumer_key: Secret, consumer_secret: Secret, access_token: Secret, access_token_secret: Secret
    ) -> None:
        self._parts = (consumer_key, consumer_secret, access_token, access_token_secret)

    def apply(self, request: httpx.Request) -> object:
        is_form = request.headers.get("content-type", "").startswith(_FORM)
        headers = {"Content-Type": _FORM} if is_form else {}
        body = request.content.decode() if is_form else ""
        signed: Any = self._signer().prepare(request.method, str(request.url), headers, body)
        request.headers["Authorization"] = signed[1]["Authorization"]
        return None

    def secrets(self) -> Iterable[str]:
        return tuple(reveal(part) for part in self._parts)

    def _signer(self) -> Any:
        from authlib.oauth1 import ClientAuth

        class Signer(ClientAuth):  # type: ignore[misc]  # authlib has no types
            SIGNATURE_METHODS = {**ClientAuth.SIGNATURE_METHODS, HMAC_SHA256: _hmac_sha256}  # noqa: RUF012

        key, secret, token, token_secret = (reveal(part) for part in self._parts)
        return Signer(key, secret, token=token, token_secret=token_secret, signature_method=HMAC_SHA256)


def _hmac_sha256(client: Any, request: Any) -> str:
    """RFC 5849, section 3.4.2, with SHA-256: authlib itself stops at SHA-1, which Magento refuses."""
    from authlib.oauth1.rfc5849.signature import generate_signature_base_string

    key = "&".join(quote(secret or "", safe="~") for secret in (client.client_secret, client.token_secret))
    text = generate_signature_base_string(request)
    return b64encode(hmac.digest(key.encode(), text.encode(), hashlib.sha256)).decode()
