"""What the pod's refusals mean: who must act, with Oracle's own error details in the words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.oracle_scm.config import OracleScmConfig
from hub.sdk import Answer, AuthError, Refusal, SourceChanged, SourceUnavailable, vendor_message
from hub.sdk.http.answer import Judge

_HEAVY = {500, 502, 504}
_MOST_DETAILS = 3
_MOST_LETTERS = 400
_EXPIRED = "Reset the password of the integration user (it expires; OAuth does not), then run `hub check`."
_TOKEN = "Check the confidential application, its scope and the user's account, then run `hub check`."  # noqa: S105


class BadRequest(SourceChanged):
    """400: an attribute that is not there or cannot be filtered by, or a moment written in another way."""


class TooHeavy(SourceUnavailable):
    """The pod failed over a page: fewer rows may do."""


class LoginRefused(AuthError):
    """401: the password is wrong or has expired; a few more tries would lock the account."""


class NotAllowed(AuthError):
    """403: the user's roles lack the privilege."""


class NotThere(AuthError):
    """404: the release has no such resource, or the user may not see it; Oracle does not say which."""


def judge_for(config: OracleScmConfig) -> Judge:
    """The rule for answers of a pod with this login."""

    def judge(answer: Answer) -> Refusal | None:
        if answer.status < 400 or answer.status in {408, 429, 503}:
            return None
        words = details(answer)
        said = f' Oracle says: "{words}"' if words else ""
        if answer.status in _HEAVY:
            problem = f"the pod failed inside (HTTP {answer.status}).{said}"
            return Refusal(TooHeavy(problem, fix="The next run tries again, with smaller pages."), again=True)
        if answer.status == 401:
            fix = _EXPIRED if config.is_basic else _TOKEN
            return Refusal(LoginRefused(f"the pod refused the login (HTTP 401).{said}", fix=fix))
        if answer.status == 403:
            return Refusal(NotAllowed(f"the user may not read this (HTTP 403).{said}", fix=_ROLE))
        if answer.status == 404 and not _is_page(answer):
            return Refusal(NotThere(f"the pod shows no such resource to the user (HTTP 404).{said}", fix=_ROLE))
        if answer.status == 400:
            fix = "Check `fields:` and `framework_version`; `hub check` names attributes that the pod does not have."
            return Refusal(BadRequest(f"the pod does not take the request (HTTP 400).{said}", fix=fix))
        return None

    return judge


_ROLE = "Give the user a role with the privilege, and data access to the business units: see the connector's README."


def _is_page(answer: Answer) -> bool:
    return "html" in answer.content_type or answer.body[:64].lstrip()[:1] == b"<"


def details(answer: Answer) -> str:
    """What Oracle says went wrong, with code and path of each detail, without personal data; "" for a web page.

    Framework versions before 4 answer with a plain text.
    """
    if _is_page(answer):
        return ""
    body = answer.peek()
    if not isinstance(body, Mapping):
        return vendor_message(answer.body[:1000].decode("utf-8", "replace"))
    told = list(dict.fromkeys(_told(body)))
    return "; ".join(told)[:_MOST_LETTERS]


def _told(body: Mapping[str, Any]) -> Iterator[str]:
    inner = body.get("o:errorDetails")
    found = [each for each in inner if isinstance(each, Mapping)] if isinstance(inner, list) else []
    for each in found[:_MOST_DETAILS]:
        marks = [
            vendor_message(each[name]) for name in ("o:errorCode", "o:errorPath") if isinstance(each.get(name), str)
        ]
        words = vendor_message(each.get("detail"))
        if words:
            yield f"{words} ({', '.join(marks)})" if marks else words
    if not found:
        yield vendor_message(body.get("detail") or body.get("title") or body)
