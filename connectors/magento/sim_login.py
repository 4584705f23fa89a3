"""The simulator's door: OAuth 1.0a signatures, integration tokens, and tokens of Adobe's IMS."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from base64 import b64encode
from urllib.parse import quote, unquote

from hub.sdk.simulator import Refuse, Request

_PART = re.compile(r'(\w+)="([^"]*)"')
_SKEW_SECONDS = 300


class SignatureDesk:
    """Knows one integration, whose four parts are the same text, and every nonce that was used."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self._nonces: set[str] = set()

    def require(self, request: Request, header: str) -> None:
        """Refuse the request unless its signature is right, new and of today."""
        given = {name: unquote(value) for name, value in _PART.findall(header)}
        if given.get("oauth_signature_method") != "HMAC-SHA256":
            raise _problem("signature_method_rejected", 400)
        if given.get("oauth_consumer_key") != self.secret:
            raise _problem("consumer_key_rejected")
        if given.get("oauth_token") != self.secret:
            raise _problem("token_rejected")
        stamp = given.get("oauth_timestamp", "")
        if not stamp.isdecimal() or abs(time.time() - int(stamp)) > _SKEW_SECONDS:
            raise _problem("timestamp_refused", 400)
        if given.get("oauth_nonce", "") in self._nonces:
            raise _problem("nonce_used")
        if not hmac.compare_digest(self.signature(request, given), given.get("oauth_signature", "")):
            raise _problem("signature_invalid")
        self._nonces.add(given["oauth_nonce"])

    def signature(self, request: Request, given: dict[str, str]) -> str:
        """RFC 5849, section 3.4, with SHA-256."""
        pairs = [(name, value) for name, value in given.items() if name not in {"oauth_signature", "realm"}]
        for pair in filter(None, request.scope["query_string"].decode("latin-1").split("&")):
            name, _, value = pair.partition("=")
            pairs.append((unquote(name.replace("+", " ")), unquote(value.replace("+", " "))))
        encoded = sorted((_escaped(name), _escaped(value)) for name, value in pairs)
        host = request.headers.get("host") or request.url.netloc
        path = request.scope["raw_path"].decode("latin-1")
        parts = ("GET", f"http://{host}{path}", "&".join(f"{name}={value}" for name, value in encoded))
        key = f"{_escaped(self.secret)}&{_escaped(self.secret)}"
        text = "&".join(map(_escaped, parts))
        return b64encode(hmac.digest(key.encode(), text.encode(), hashlib.sha256)).decode()


def _escaped(text: str) -> str:
    return quote(text, safe="~")


def _problem(name: str, status: int = 401) -> Refuse:
    return Refuse(status, {"message": f"oauth_problem={name}"})
