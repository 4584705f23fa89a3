"""What Salesforce's error codes mean. Texts differ by release and language, so only status and code are looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping

from hub.sdk import Answer, AuthError, HubError, Quota, Refusal, SourceChanged, SourceUnavailable, Throttled
from hub.sdk import vendor_message as words_of

_CODE = re.compile(r"[A-Z][A-Z_]{2,60}")
_USAGE = re.compile(r"(?:^|[^-\w])api-usage=(\d+)/(\d+)")
_HOUR_SECONDS = 3600


class FieldGone(SourceChanged):
    """INVALID_FIELD: a field is not there, or hidden from the hub's user."""


class ObjectGone(SourceChanged):
    """INVALID_TYPE, NOT_FOUND: an object is not there, or hidden from the hub's user."""


class LocatorGone(SourceChanged):
    """INVALID_QUERY_LOCATOR: the place in a result that was read page by page is forgotten."""


class QueryTooLarge(SourceUnavailable):
    """QUERY_TIMEOUT and the like: a Bulk job can do what a query cannot."""


class TooManyIds(SourceChanged):
    """EXCEEDED_ID_LIMIT: more deletions than the log tells at once."""


class NotInBulk(SourceChanged):
    """The Bulk API does not know this object, or not this kind of query."""


_PERMISSION = (
    "Give the hub's user `API Enabled`, and read access to the object: see the connector's README. Then `hub check`."
)
_LATER = "The next run tries again."
_CODES: Mapping[str, tuple[type[HubError], str, str]] = {
    "INVALID_FIELD": (FieldGone, "knows no such field", "Give the hub's user read access to the field."),
    "INVALID_TYPE": (ObjectGone, "knows no such object", "Give the hub's user read access to the object."),
    "NOT_FOUND": (ObjectGone, "knows no such object or address", "Check `api_version` and the user's permissions."),
    "INVALID_QUERY_LOCATOR": (LocatorGone, "has forgotten the query's place", "The next run starts it again."),
    "QUERY_TIMEOUT": (QueryTooLarge, "finds the query too slow", "Lower `bulk_above_rows`, so that a job reads it."),
    "OPERATION_TOO_LARGE": (QueryTooLarge, "finds the query too large", "Give the user `View All` for the object."),
    "INVALIDENTITY": (NotInBulk, "does not offer the object in bulk", "Raise `bulk_above_rows`."),
    "EXCEEDED_ID_LIMIT": (TooManyIds, "cannot list so many deletions at once", "Run `hub sync --verify`."),
    "MALFORMED_QUERY": (SourceChanged, "does not understand the query", "Report it to the connector's author."),
    "API_DISABLED_FOR_ORG": (AuthError, "has no API in this edition", "Ask Salesforce to enable the API for the org."),
    "API_CURRENTLY_DISABLED": (AuthError, "has the API switched off for the user", _PERMISSION),
    "INSUFFICIENT_ACCESS": (AuthError, "refused access", _PERMISSION),
    "INSUFFICIENT_ACCESS_OR_READONLY": (AuthError, "refused access", _PERMISSION),
    "TXN_SECURITY_METERING_ERROR": (AuthError, "is kept shut by a transaction security policy", _PERMISSION),
    "UNSUPPORTED_API_VERSION": (SourceChanged, "has retired this API version", "Raise `api_version`."),
    "INVALID_VERSION": (SourceChanged, "has retired this API version", "Raise `api_version`."),
    "UNABLE_TO_LOCK_ROW": (SourceUnavailable, "is busy with the same rows", _LATER),
}
_EDGE_TROUBLE = {406, 420}
"""Statuses that Salesforce's edge sends in maintenance; the table of statuses knows the others."""


def judge(answer: Answer) -> Refusal | None:
    """The refusal an answer of the API stands for; None leaves it to the table of statuses."""
    if answer.status < 400:
        return None
    code, said = error_of(answer)
    if code == "REQUEST_LIMIT_EXCEEDED":
        return _limit(said)
    if answer.status == 410:
        return Refusal(SourceChanged("Salesforce has retired this API version.", fix="Raise `api_version`."))
    if answer.status in _EDGE_TROUBLE:
        return Refusal(SourceUnavailable(f"Salesforce is not at hand (HTTP {answer.status}).", fix=_LATER), again=True)
    if code not in _CODES:
        return None
    error, problem, fix = _CODES[code]
    text = f'Salesforce {problem} ({code}): "{said}"' if said else f"Salesforce {problem} ({code})."
    return Refusal(error(text, fix=fix), again=code == "UNABLE_TO_LOCK_ROW")


def error_of(answer: Answer) -> tuple[str, str]:
    """Code and words of an error: data errors are a list of objects, those of other addresses one object."""
    body = answer.peek()
    first = body[0] if isinstance(body, list) and body else body
    code = first.get("errorCode") if isinstance(first, Mapping) else None
    return (code if isinstance(code, str) and _CODE.fullmatch(code) else ""), words_of(first)


def _limit(said: str) -> Refusal:
    if said.startswith("Concurrent"):
        busy = Throttled("Salesforce runs too many long requests for this org.", fix="Lower `max_in_flight`.")
        return Refusal(busy, again=True, wait_seconds=10)
    used_up = Throttled(
        "the org's API calls of the last 24 hours are used up.",
        retry_after_seconds=_HOUR_SECONDS,
        fix="The run goes on when they recover; Setup > Company Information shows who uses how many.",
    )
    return Refusal(used_up)


def refused_login(answer: Answer) -> Refusal | None:
    """The token endpoint says 400 for everything that is wrong with a login."""
    if answer.status not in {400, 401, 403}:
        return None
    body = answer.peek()
    code = body.get("error") if isinstance(body, Mapping) else None
    reason = ": ".join(part for part in (code if isinstance(code, str) else "", words_of(body)) if part)
    return Refusal(
        AuthError(
            f"Salesforce refused the login ({reason or answer.status}).",
            fix="Check client id and secret (or key and user), the app's flow and its run-as user, and this machine's "
            "clock; then run `hub check`.",
        )
    )


def usage_of(headers: Mapping[str, str]) -> Quota | None:
    """The org's calls of the last 24 hours, as every answer tells them (`api-usage=18/5000`)."""
    match = _USAGE.search(headers.get("sforce-limit-info", ""))
    return Quota(int(match[1]), int(match[2])) if match else None
