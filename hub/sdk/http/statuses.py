"""HTTP status -> (error, remedy), and the vendor's own words about it, made safe to show."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hub.errors import AuthError, HubError, SourceChanged, SourceUnavailable, Throttled


@dataclass(frozen=True)
class Verdict:
    """What a status means: which error, said how, what to do, and whether the same request may be sent again."""

    error: type[HubError]
    problem: str
    fix: str
    again: bool = False


_REPORT = "Check `base_url` and the API version; report it to the connector's author if they are right."
_LATER = "The next run tries again; look at the system's status page if it goes on."

STATUSES: Final[Mapping[int, Verdict]] = {
    400: Verdict(SourceChanged, "does not understand the request", _REPORT),
    401: Verdict(AuthError, "refused the credentials", "Renew them, then run `hub check`."),
    402: Verdict(AuthError, "says the account is not paid", "Settle it with the vendor, then run `hub check`."),
    403: Verdict(AuthError, "refused access", "Give the hub's user the permission to read this, then run `hub check`."),
    404: Verdict(SourceChanged, "knows no such address", _REPORT),
    406: Verdict(SourceChanged, "cannot answer in JSON", _REPORT),
    407: Verdict(AuthError, "is behind a proxy that refused us", "Check `proxy` and `proxy_auth`."),
    408: Verdict(SourceUnavailable, "gave up waiting for the request", _LATER, again=True),
    409: Verdict(SourceUnavailable, "reports a conflict with something else that runs", _LATER, again=True),
    410: Verdict(SourceChanged, "has retired this address", "Install a newer version of the connector."),
    413: Verdict(SourceChanged, "finds the request too large", "Report it to the connector's author."),
    423: Verdict(SourceUnavailable, "is locked", "Unlock it at the vendor; the next run tries again."),
    425: Verdict(SourceUnavailable, "is not ready", _LATER, again=True),
    429: Verdict(Throttled, "asks us to slow down", "The next run goes on; lower `requests_per_second`.", again=True),
    500: Verdict(SourceUnavailable, "failed inside", _LATER, again=True),
    501: Verdict(SourceChanged, "does not support the request", _REPORT),
    502: Verdict(SourceUnavailable, "is not reached by its gateway", _LATER, again=True),
    503: Verdict(SourceUnavailable, "is overloaded or in maintenance", _LATER, again=True),
    504: Verdict(SourceUnavailable, "is too slow for its gateway", _LATER, again=True),
}  # fmt: skip
"""The one table. Ranges below for what it does not name."""

_OTHER_4XX = Verdict(SourceChanged, "refused the request", _REPORT)
_OTHER_5XX = Verdict(SourceUnavailable, "failed", _LATER, again=True)
_UNEXPECTED = Verdict(SourceChanged, "gave an answer that fits no request of ours", _REPORT)


def verdict(status: int) -> Verdict | None:
    """What a status means; None where all is well."""
    if 200 <= status < 300:
        return None
    if status in STATUSES:
        return STATUSES[status]
    if 400 <= status < 500:
        return _OTHER_4XX
    return _OTHER_5XX if 500 <= status < 600 else _UNEXPECTED


_MESSAGE_KEYS = ("error_description", "message", "messages", "detail", "details", "title", "errors", "error", "value")
_MAX_CHARACTERS = 200
_PRIVATE = (
    (re.compile(r"\b(bearer|basic|oauth)\s+\S+", re.IGNORECASE), r"\1 …"),
    (re.compile(r"[\w.+'-]+@[\w-]+(\.[\w-]+)+"), "…@…"),
    (re.compile(r"https?://\S+"), "https://…"),
    (re.compile(r"(?<!\w)(['\"`])(?=\S)[^'\"`]*\s[^'\"`]*\1(?!\w)"), r"\1…\1"),
    (re.compile(r"\+?\d[\d ()/.-]{6,}\d"), "…"),
    (re.compile(r"(?<![\w.])(?=[\w+/=.!~-]*\d)[\w+/=.!~-]{24,}"), "…"),
)
"""Tokens, mail addresses, links, quoted texts with blanks in them (names, not identifiers), long numbers, keys."""


def vendor_message(body: Any) -> str:
    """What the vendor says went wrong: one short line without personal data; "" where it says nothing we can read."""
    text = " ".join(_first_text(body, 4).split())
    for pattern, instead in _PRIVATE:
        text = pattern.sub(instead, text)
    text = "".join(character for character in text if character.isprintable())
    return text if len(text) <= _MAX_CHARACTERS else text[: _MAX_CHARACTERS - 1] + "…"


def _first_text(value: Any, depth: int) -> str:
    if isinstance(value, str):
        return value
    if depth and isinstance(value, list) and value:
        return _first_text(value[0], depth - 1)
    if depth and isinstance(value, Mapping):
        for key in _MESSAGE_KEYS:
            text = _first_text(value.get(key), depth - 1)
            if text:
                return text
    return ""
