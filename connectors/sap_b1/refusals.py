"""What the Service Layer says where it says no. Its codes are numbers; the text beside them is what helps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.sdk import Answer, AuthError, Refusal, SourceUnavailable, vendor_message
from hub.sdk.odata import Meaning

_COMPANY_BUSY = {"-1102", "-2028"}
_WRONG = "Check `company`, `user` and `password`. A user is locked after a few wrong ones: unlock it in Business One."
_NO_LICENCE = "Assign a licence that lets the Service Layer in to the hub's user, or end sessions that are not needed."
_SWITCHED_OFF = "The company cannot be opened now: it may be upgraded. The next run tries again."

CODES: Mapping[str, Meaning] = {
    "-5006": Meaning(AuthError, "Give the hub's user at least read-only authorisation for this object."),
}
"""Refusals whose status means something else."""


def fault_of(body: Any) -> tuple[str, str]:
    """Code and text of a refusal; both versions of the protocol write them differently."""
    error = body.get("error", body.get("odata.error")) if isinstance(body, Mapping) else None
    if not isinstance(error, Mapping):
        return "", ""
    return str(error.get("code", "")), vendor_message(body)


def refused_login(answer: Answer) -> Refusal | None:
    """A login that was refused: for good, or because the company is not there now."""
    if answer.status < 400 or answer.status in {408, 429}:
        return None
    code, text = fault_of(answer.peek())
    if not code and answer.status not in {401, 403}:  # a gateway's word, or no Service Layer at all
        return None
    words = f' It says: "{text}"' if text else ""
    if code in _COMPANY_BUSY:
        return Refusal(SourceUnavailable(f"the company cannot be opened.{words}", fix=_SWITCHED_OFF), again=True)
    fix = _NO_LICENCE if "licen" in text.lower() else _WRONG
    return Refusal(AuthError(f"the Service Layer refused the login (HTTP {answer.status}).{words}", fix=fix))
