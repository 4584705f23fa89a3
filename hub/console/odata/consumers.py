"""Who asks: the credentials of a request, in the forms that BI tools can send, and what a consumer may see."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any, Protocol
from urllib.parse import unquote

from hub.access.masking import sees_personal_data
from hub.access.principal import Principal
from hub.console.odata.options import API_KEY

CHALLENGE = 'Basic realm="b2b-hub OData", charset="UTF-8"'
"""Without it, Power BI, Excel and Tableau ask nobody for a password."""
_COOKIE = "hub_session"


@dataclass(frozen=True)
class Credentials:
    """What a request came with.

    name     user name of Basic authentication: the token's name
    token    a token, by Basic, Bearer, the header X-API-Key or the query parameter `api_key`
    cookie   the session of somebody who is logged in to the console
    """

    name: str | None = None
    token: str | None = field(default=None, repr=False)
    cookie: str | None = field(default=None, repr=False)
    address: str = ""
    host: str = ""


class Guard(Protocol):
    """Decides who is let in."""

    def admit(self, credentials: Credentials) -> Principal | None:
        """Who it is; None where he may not read the feed."""

    def note(self, principal: Principal, subject: str, detail: Mapping[str, Any]) -> None:
        """Personal data is about to be shown to him."""


def sees_personal(principal: Principal) -> bool:
    """Whether nothing is masked for a consumer."""
    return sees_personal_data(principal.role)


def take_credentials(scope: dict[str, Any], headers: Mapping[str, str]) -> Credentials:
    """The credentials of a request. A key in the query string is taken out of it, so that no log below sees it."""
    key = _take_key(scope)
    client = scope.get("client")
    found = Credentials(address=client[0] if client else "", host=headers.get("host", ""))
    kind, _, rest = headers.get("authorization", "").strip().partition(" ")
    if kind.lower() == "basic":
        name, token = _basic(rest.strip())
        return Credentials(name, token, None, found.address, found.host)
    if kind.lower() == "bearer":
        key = rest.strip()
    key = key or headers.get("x-api-key")
    return Credentials(None, key, None if key else _session(headers), found.address, found.host)


def _take_key(scope: dict[str, Any]) -> str | None:
    query: bytes = scope.get("query_string", b"")
    parts = query.split(b"&")
    keys = [part for part in parts if part.partition(b"=")[0].lower() == API_KEY.encode()]
    if not keys:
        return None
    scope["query_string"] = b"&".join(part for part in parts if part not in keys)
    return unquote(keys[-1].partition(b"=")[2].decode("latin-1"))


def _basic(text: str) -> tuple[str, str]:
    try:
        name, _, token = base64.b64decode(text, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return name, token


def _session(headers: Mapping[str, str]) -> str | None:
    try:
        morsel = SimpleCookie(headers.get("cookie", "")).get(_COOKIE)
    except CookieError:
        return None
    return morsel.value if morsel is not None else None
