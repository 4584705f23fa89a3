"""One answer of the source, and what a connector may say about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from hub.errors import HubError, SourceChanged
from hub.sdk.http.decode import NotJson, decode, dig


@dataclass(frozen=True)
class Answer:
    """Status, headers (in any case) and body. `data` is the decoded JSON of a success, None where it has no body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    url: str = field(repr=False)
    data: Any = field(default=None, repr=False)

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "").lower()

    @property
    def charset(self) -> str:
        _, _, charset = self.content_type.partition("charset=")
        return charset.split(";")[0].strip("\"' ") or "utf-8"

    def peek(self) -> Any:
        """The body as JSON, or None where it is something else: for answers that may be errors."""
        if self.data is not None:
            return self.data
        try:
            return decode(self.body, self.charset)
        except NotJson:
            return None

    def at(self, path: str) -> Any:
        """What lies at a dotted path of the answer. SourceChanged, naming the path, where it is missing."""
        try:
            return dig(self.data, path)
        except KeyError:
            raise SourceChanged(
                f'there is no "{path}" in the answer.',
                fix="Check the API version; report it to the connector's author if it is current.",
            ) from None


@dataclass(frozen=True)
class Refusal:
    """An answer that is no success: the error to raise, whether to ask again before, and how long to wait for that."""

    error: HubError
    again: bool = False
    wait_seconds: float | None = None


Judge = Callable[[Answer], Refusal | None]
"""A vendor's own rule for what an answer means, asked before the table of statuses; None leaves it to the table.
For errors that come with status 200, and for codes in the body that change who must act."""
