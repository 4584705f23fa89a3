"""What a service says went wrong, with SAP's and Microsoft's inner details, as an error that says who must act."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from xml.etree.ElementTree import Element

from hub.errors import HubError, SourceUnavailable
from hub.sdk.http.answer import Answer, Refusal
from hub.sdk.http.retry import retry_after_seconds
from hub.sdk.http.statuses import vendor_message, verdict
from hub.sdk.http.urls import shown
from hub.sdk.odata.xml import NotXml, local, parse_xml

_MOST_DETAILS = 3
_DEPTH = 6
_ERRORS = (b'{"error"', b'{"odata.error"')
"""How an error begins that comes with a status of success."""


@dataclass(frozen=True)
class Fault:
    """An OData error body: `code` as the vendor wrote it, and its texts, most general first."""

    code: str
    messages: tuple[str, ...]


@dataclass(frozen=True)
class Meaning:
    """What a vendor's own code means, where the status alone tells too little."""

    error: type[HubError]
    fix: str
    again: bool = False


class ODataJudge:
    """A `judge` for HttpSource. `codes` holds the vendor's codes in lower case -> what they mean."""

    def __init__(self, now: Callable[[], datetime], codes: Mapping[str, Meaning] | None = None) -> None:
        self._now = now
        self._codes = codes or {}

    def __call__(self, answer: Answer) -> Refusal | None:
        fault = fault_of(answer)
        if fault is None:
            return None
        found = verdict(answer.status)
        if found is None:  # 200, and an error where the rows should be: it broke while it was writing
            broken = SourceUnavailable(
                f"{_place(answer)}: the source broke off with an error.{_words(fault)}", fix="The next run tries again."
            )
            return Refusal(broken, again=True)
        meaning = self._codes.get(fault.code.lower()) or Meaning(found.error, found.fix, found.again)
        code = f", code {fault.code}" if fault.code else ""
        problem = f"{_place(answer)}: the source {found.problem} (HTTP {answer.status}{code}).{_words(fault)}"
        wait = retry_after_seconds(answer.headers, self._now())
        return Refusal(meaning.error(problem, fix=meaning.fix), meaning.again, wait)


def has_status(error: HubError, *statuses: int) -> bool:
    """Whether an answer with one of these statuses is what an error tells of."""
    return any(f"(HTTP {status}" in error.problem for status in statuses)


def _place(answer: Answer) -> str:
    return shown(answer.url)


def _words(fault: Fault) -> str:
    """The messages in one line, made safe to show, each once."""
    safe = dict.fromkeys(filter(None, (vendor_message(text).strip(" .") for text in fault.messages)))
    return f' It says: "{"; ".join(list(safe)[: 1 + _MOST_DETAILS])}."' if safe else ""


def fault_of(answer: Answer) -> Fault | None:
    """The error in an answer: `error` of any version, in JSON or XML; None where there is none."""
    if answer.status < 400 and not answer.body.lstrip()[:20].startswith(_ERRORS):
        return None
    body = answer.peek()
    error = _error_of(body)
    if error is None and body is None and answer.status >= 400 and answer.body.lstrip()[:1] == b"<":
        error = _from_xml(answer.body)
    if error is None:
        return None
    code = error.get("code")
    code = str(code) if isinstance(code, str | int) and not isinstance(code, bool) else ""
    return Fault(code if len(code) <= 80 and code.isprintable() else "", tuple(_messages(error)))


def _error_of(body: Any) -> Mapping[str, Any] | None:
    if not isinstance(body, Mapping) or "value" in body or "d" in body:
        return None
    error = body.get("error", body.get("odata.error"))
    return error if isinstance(error, Mapping) else None


def _messages(error: Any, depth: int = _DEPTH) -> Iterator[str]:
    """`message` (a text, or V2's `message.value`), then those of `details` and `innererror.errordetails`."""
    if not depth or not isinstance(error, Mapping):
        return
    message = error.get("message")
    if isinstance(message, Mapping):
        message = message.get("value")
    if isinstance(message, str) and message.strip():
        yield message
    for name in ("details", "errordetails", "errordetail"):
        inner = error.get(name)
        for each in inner if isinstance(inner, list) else (inner,):
            yield from _messages(each, depth - 1)
    yield from _messages(error.get("innererror") or error.get("innerError"), depth - 1)


def _from_xml(body: bytes) -> Mapping[str, Any] | None:
    """SAP's gateway writes errors as XML where it did not get as far as to look at `Accept`."""
    try:
        root = parse_xml(body)
    except NotXml:
        return None
    found = _as_json(root, _DEPTH)
    return found if local(root.tag).lower() == "error" and isinstance(found, Mapping) else None


def _as_json(element: Element, depth: int) -> Any:
    if not depth or not len(element):
        return element.text or ""
    names = [local(each.tag) for each in element]
    values = [_as_json(each, depth - 1) for each in element]
    if len(set(names)) < len(names):
        return values
    tree: dict[str, Any] = dict(zip(names, values, strict=True))
    return {name: list(value.values()) if name == "errordetails" and isinstance(value, dict) else value
            for name, value in tree.items()}  # fmt: skip
