"""A request as the service sees it, whether it came alone or inside a batch."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request

from hub.sdk.simulator.odata.refusals import ODataRefusal, Reason
from hub.sdk.simulator.odata.values import Version
from hub.sdk.simulator.odata.writer import Shape

_PREFERENCE = re.compile(r'\s*([\w.\-]+)\s*(?:=\s*(?:"([^"]*)"|([^,;\s]*)))?\s*')


@dataclass(frozen=True)
class Ask:
    """`segments` are percent-encoded; `root` ends with a slash; header names are in lower case."""

    root: str
    segments: tuple[str, ...]
    query_string: str
    headers: Mapping[str, str]
    request: Request

    @property
    def preferences(self) -> dict[str, str]:
        """Of the `Prefer` header, by name without `odata.`; "" where one has no value."""
        found = {}
        for match in _PREFERENCE.finditer(self.headers.get("prefer", "")):
            found[match[1].removeprefix("odata.")] = match[2] if match[2] is not None else (match[3] or "")
        return found

    def page_rows(self, most: int, default: int | None) -> int:
        """ODataRefusal where `maxpagesize` is no number."""
        text = self.preferences.get("maxpagesize")
        if text is None:
            return min(most, default or most)
        if not text.isdecimal() or int(text) == 0:
            raise ODataRefusal(Reason.BAD_OPTION, f"'{text}' is not a valid page size.")
        return min(most, int(text))

    def shape(self, version: Version, format_option: str | None) -> Shape:
        """ODataRefusal where JSON is not accepted; V2 services send XML unless JSON is asked for."""
        accepted = self.headers.get("accept", "").lower().replace(" ", "")
        asked = (format_option or "").lower()
        if asked not in {"", "json", "application/json"}:
            raise ODataRefusal(Reason.NOT_ACCEPTABLE, f"The format '{format_option}' is not supported.")
        any_is_json = version is Version.V4 and accepted in {"", "*/*"}
        if not asked and "application/json" not in accepted and not any_is_json:
            raise ODataRefusal(Reason.NOT_ACCEPTABLE, "Only application/json is offered.")
        notes = tuple(filter(None, self.preferences.get("include-annotations", "").split(",")))
        return Shape(
            self.root,
            ieee754="ieee754compatible=true" in accepted,
            bare="odata.metadata=none" in accepted,
            annotations=notes,
        )


@dataclass(frozen=True)
class Reply:
    """What is sent back."""

    status: int
    body: bytes
    kind: str = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
