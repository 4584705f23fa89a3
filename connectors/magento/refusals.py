"""What the shop's refusals mean: who must act, and what is worth another try."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from connectors.magento.config import MagentoConfig
from hub.sdk import Answer, AuthError, Refusal, SourceChanged, SourceUnavailable, vendor_message
from hub.sdk.http.answer import Judge

_RESOURCE = re.compile(r"\w+::\w+(?:, ?\w+::\w+)*")
_OAUTH = re.compile(r"oauth_problem=(\w+)")
_NUMBER = re.compile(r"\d+")
_HEAVY = {500, 502, 504}
_NEXT = {
    "timestamp_refused": "Set the clock of this machine (NTP); signatures carry the time.",
    "nonce_used": "It is signed anew and sent again.",
}


class TooManyRows(SourceChanged):
    """The shop limits the rows of a page. `limit` is what it allows, 0 where it does not say."""

    limit = 0


class TooHeavy(SourceUnavailable):
    """The shop failed over a page: fewer rows may do."""


class NoRoute(SourceChanged):
    """The shop has no such address: the module that would answer is not installed."""


class NotThere(SourceChanged):
    """The one thing asked for does not exist (any more)."""


def judge_for(config: MagentoConfig) -> Judge:
    """The rule for answers of a shop with this login."""

    def judge(answer: Answer) -> Refusal | None:
        if answer.status < 400:
            return None
        body = answer.peek()
        if answer.status in _HEAVY:
            return _failed(answer.status, body)
        if not isinstance(body, Mapping):
            return None
        template = str(body.get("message", ""))
        if answer.status in {400, 401} and (problem := _OAUTH.search(template)):
            return _oauth(problem[1])
        if answer.status in {401, 403}:
            return _denied(config, answer.status, template, body.get("parameters"))
        if answer.status == 400 and "pageSize" in template:
            return _too_many(body)
        if answer.status == 404:
            return _missing(template)
        return None

    return judge


def _oauth(problem: str) -> Refusal:
    if problem in _NEXT:
        return Refusal(SourceUnavailable(f"the signature was refused ({problem}).", fix=_NEXT[problem]), again=True)
    return Refusal(
        AuthError(
            f"the signature was refused ({problem}).",
            fix="Check the four parts of the integration, and that it is active; then run `hub check`.",
        )
    )


def _denied(config: MagentoConfig, status: int, template: str, parameters: Any) -> Refusal | None:
    if "isn't authorized" not in template:
        return None
    found = _RESOURCE.search(str(list(parameters.values()) if isinstance(parameters, Mapping) else parameters))
    resource = found[0] if found else ""
    fix = f"Give the integration the resource {resource or 'that this stream needs'} (System > Integrations > API)"
    if status == 401 and not (config.is_signed or config.is_saas):
        fix += (
            "; if it has that, the shop refuses tokens without a signature: set all four parts of the integration, or "
            "run `bin/magento config:set oauth/consumer/enable_integration_as_bearer 1`"
        )
    return Refusal(
        AuthError(f"the shop refused access{f' to {resource}' if resource else ''} (HTTP {status}).", fix=f"{fix}.")
    )


def _too_many(body: Mapping[str, Any]) -> Refusal:
    error = TooManyRows("the shop allows fewer rows a page.", fix="Lower `page_size`.")
    parameters = body.get("parameters")
    values = parameters.values() if isinstance(parameters, Mapping) else parameters or ()
    told = _NUMBER.search(" ".join(map(str, values))) or _NUMBER.search(str(body.get("message", "")))
    error.limit = int(told[0]) if told else 0
    return Refusal(error)


def _missing(template: str) -> Refusal | None:
    if "does not match any route" in template:
        return Refusal(
            NoRoute(
                "the shop has no such address: the module for it is not installed.",
                fix="Leave the stream out (`enabled: false` under `streams:`), or check `base_url` and `store_code`.",
            )
        )
    if template:
        return Refusal(NotThere("it does not exist (any more).", fix="The next run looks again."))
    return None


def _failed(status: int, body: Any) -> Refusal:
    said = vendor_message(body)
    words = f' It says: "{said}"' if said else ""
    return Refusal(
        TooHeavy(
            f"the shop failed inside (HTTP {status}).{words}",
            fix="The next run tries again; its log (var/log/exception.log) has the reason.",
        ),
        again=True,
    )
