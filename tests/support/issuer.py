"""A small identity provider, as strict as the standards let it be: what it did not hand out, it does not take."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote_plus, urlencode, urlsplit

import httpx
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

ADDRESS = "https://id.example.com/realm"
CLIENT, SECRET = "hub", "the-secret-of-the-client/with+signs"
REDIRECT = "https://hub.example.com/login/oidc"


class Issuer:
    """`login(url)` is what a person does in the browser; it returns the query that the browser comes back with.

    claims    what is added to, or replaced in, every ID token
    userinfo  what the userinfo service says beside `sub`
    broken    path -> the answer it gives instead
    """

    def __init__(self, *, address: str = ADDRESS, only_post: bool = False) -> None:
        self.address = address
        self.key = RSAKey.generate_key(2048, {"kid": "first", "use": "sig"})
        self.shown = [self.key]
        self.algorithm = "RS256"
        self.shared = b""
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {}
        self.userinfo: dict[str, Any] = {}
        self.broken: dict[str, httpx.Response | Exception] = {}
        self.asked: list[httpx.Request] = []
        self.only_post = only_post
        self._codes: dict[str, dict[str, str]] = {}
        self._tokens: set[str] = set()

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self.handle)

    def handle(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        path = str(request.url).removeprefix(self.address).partition("?")[0]
        if path in self.broken:
            answer = self.broken[path]
            if isinstance(answer, Exception):
                raise answer
            return answer
        match request.method, path:
            case "GET", "/.well-known/openid-configuration":
                return httpx.Response(200, json=self.description())
            case "GET", "/keys":
                return httpx.Response(200, json=KeySet(self.shown).as_dict(private=False))
            case "POST", "/token":
                return self._redeem(request)
            case "GET", "/userinfo":
                known = request.headers.get("Authorization", "").removeprefix("Bearer ") in self._tokens
                return httpx.Response(200, json={"sub": "u-1", **self.userinfo}) if known else httpx.Response(401)
        return httpx.Response(404)

    def description(self) -> dict[str, Any]:
        ways = ["client_secret_post"] if self.only_post else ["client_secret_basic", "client_secret_post"]
        return {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "jwks_uri": f"{self.address}/keys",
            "token_endpoint_auth_methods_supported": ways,
        }

    def login(self, url: str) -> dict[str, str]:
        """The person agrees."""
        parts = urlsplit(url)
        asked = {name: value for name, (value,) in parse_qs(parts.query, strict_parsing=True).items()}
        assert url.startswith(f"{self.address}/authorize?")
        assert asked["client_id"] == CLIENT and asked["redirect_uri"] == REDIRECT and asked["response_type"] == "code"
        assert "openid" in asked["scope"].split() and len(asked["state"]) >= 32 and len(asked["nonce"]) >= 32
        assert asked["code_challenge_method"] == "S256"
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return dict(parse_qsl(urlencode({"code": code, "state": asked["state"], "iss": self.address})))

    def _redeem(self, request: httpx.Request) -> httpx.Response:
        form = dict(parse_qsl(request.content.decode()))
        if not self._is_our_client(request, form):
            return httpx.Response(401, json={"error": "invalid_client", "error_description": f"got {SECRET}"})
        asked = self._codes.pop(form.get("code", ""), None)  # a code is good for once
        if asked is None or form.get("redirect_uri") != REDIRECT or form.get("grant_type") != "authorization_code":
            return httpx.Response(400, json={"error": "invalid_grant"})
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return httpx.Response(400, json={"error": "invalid_grant"})
        access = secrets.token_urlsafe(16)
        self._tokens.add(access)
        document = {"access_token": access, "token_type": "Bearer", "id_token": self._id_token(asked["nonce"])}
        return httpx.Response(200, json=document)

    def _is_our_client(self, request: httpx.Request, form: dict[str, str]) -> bool:
        if self.only_post:
            return (form.get("client_id"), form.get("client_secret")) == (CLIENT, SECRET)
        scheme, _, given = request.headers.get("Authorization", "").partition(" ")
        name, _, secret = base64.b64decode(given or "").decode().partition(":")
        return (scheme, unquote_plus(name), unquote_plus(secret)) == ("Basic", CLIENT, SECRET)

    def _id_token(self, nonce: str) -> str:
        now = int(time.time())
        claims = {"iss": self.address, "sub": "u-1", "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        header = {"alg": self.algorithm, "kid": self.key.kid, **self.header}
        claims |= self.claims
        claims = {name: value for name, value in claims.items() if value is not None}
        if header["alg"] in ("none", "HS256"):  # no library would help with these
            signed = ".".join(_b64(json.dumps(part).encode()) for part in (header, claims))
            mac = hmac.digest(self.shared, signed.encode(), "sha256") if header["alg"] == "HS256" else b""
            return f"{signed}.{_b64(mac)}"
        return jwt.encode(header, claims, self.key, algorithms=[header["alg"]])


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
