"""What the client accepts, and how it wants rows written: `Accept`, `$format`, `Prefer`, and the versions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from hub.console.odata.errors import ODataError, wrong
from hub.console.odata.query import Form

JSON, XML, TEXT = "application/json", "application/xml", "text/plain"
_SHORT = {"json": JSON, "xml": XML, "atom": "application/atom+xml"}
_LEVELS = ("none", "minimal", "full")
_PREFERENCE = re.compile(r"(?:^|[,;])\s*(?:odata\.)?maxpagesize\s*=\s*\"?(\d{1,9})\"?", re.IGNORECASE)
_OLDEST = 4.0


@dataclass(frozen=True)
class Wanted:
    """One kind of answer that a client takes, with its parameters."""

    media: str
    parameters: Mapping[str, str]
    weight: float


def accepted(headers: Mapping[str, str], format_option: str, *offered: str) -> Wanted:
    """The best kind of answer among those offered, the first one being ours to choose. Raises ODataError (406)."""
    text = _SHORT.get(format_option.strip().lower(), format_option) or headers.get("accept", "") or "*/*"
    best: Wanted | None = None
    for wanted in _wanted(text):
        for media in offered:
            if wanted.weight > (best.weight if best else 0.0) and _matches(wanted.media, media):
                best = Wanted(media, wanted.parameters, wanted.weight)
    if best is None:
        raise ODataError(406, f"The answer comes as {' or '.join(offered)}; $format and Accept allow neither.")
    return best


def form_of(wanted: Wanted, *, sees_personal: bool) -> Form:
    """How rows are written."""
    parameters = wanted.parameters
    level = parameters.get("odata.metadata", parameters.get("metadata", "minimal")).lower()
    exact = parameters.get("ieee754compatible", "false").lower()
    if level not in _LEVELS or exact not in ("true", "false"):
        raise ODataError(406, "odata.metadata is none, minimal or full; IEEE754Compatible is true or false.")
    return Form(exact == "true", level, sees_personal)


def content_type(form: Form) -> str:
    """The same as a header."""
    exact = "true" if form.numbers_as_text else "false"
    return f"{JSON};odata.metadata={form.level};odata.streaming=true;IEEE754Compatible={exact};charset=utf-8"


def page_size_wanted(headers: Mapping[str, str]) -> int | None:
    """`Prefer: odata.maxpagesize=…`; None where the client leaves it to us."""
    match = _PREFERENCE.search(headers.get("prefer", ""))
    return int(match[1]) or None if match else None


def require_version(headers: Mapping[str, str]) -> None:
    """Raise ODataError where the client understands no answer of ours, or speaks another language."""
    for name, least in (("odata-maxversion", _OLDEST), ("odata-version", None)):
        text = headers.get(name, "").strip()
        if not text:
            continue
        version = _version(text)
        if version is None or (least is not None and version < least) or (least is None and not 4.0 <= version < 5):
            raise wrong(f"{name}: {text[:20]} cannot be served; this is OData 4.0.", name)


def _version(text: str) -> float | None:
    match = re.match(r"\d{1,3}\.\d{1,3}", text)
    return float(match[0]) if match else None


def _wanted(text: str) -> Iterator[Wanted]:
    for item in text.split(","):
        media, *pieces = (piece.strip() for piece in item.split(";"))
        pairs = (piece.partition("=") for piece in pieces)
        parameters = {name.strip().lower(): value.strip().strip('"') for name, _, value in pairs}
        try:
            weight = float(parameters.pop("q", "1"))
        except ValueError:
            weight = 0.0
        yield Wanted(media.lower(), parameters, weight)


def _matches(pattern: str, media: str) -> bool:
    kind = media.partition("/")[0]
    return pattern in ("*/*", "*", media, f"{kind}/*") or (pattern == "text/xml" and media == XML)
