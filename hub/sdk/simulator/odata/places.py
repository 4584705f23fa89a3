"""Where a reader is in a result: opaque tokens, and what they stand for."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any

from hub.sdk.simulator.odata.refusals import ODataRefusal, Reason

_KEPT = 20_000
_OFFSET = re.compile(r"n?(\d+)(?:-(\d+))?")


@dataclass(frozen=True)
class Place:
    """Behind which row a page begins.

    index      its number, as long as nothing has changed since `revision`
    after      the values of the row before it, by which it is found again where something has; None: by number only
    remaining  rows that `$top` still allows
    since      V4 change tracking: where in the log of changes the read had begun
    """

    index: int
    revision: int = -1
    after: tuple[Any, ...] | None = None
    remaining: int | None = None
    since: int | None = None


def offset_token(start: int, remaining: int | None = None) -> str:
    """A token that is a number of rows. What it stands for needs not be remembered."""
    return f"n{start}" if remaining is None else f"n{start}-{remaining}"


class Places:
    """Tokens handed out, the latest ones."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, tuple[str, Place]] = OrderedDict()
        self._lock = threading.Lock()

    def token(self, question: str, place: Place) -> str:
        """The same question and place give the same token."""
        digest = hashlib.blake2b(f"{question} {place!r}".encode(), digest_size=12).hexdigest()
        with self._lock:
            self._kept[digest] = question, place
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return digest

    def place(self, question: str, token: str, *, offsets: bool) -> Place:
        """ODataRefusal where the token was not handed out for this question."""
        match = _OFFSET.fullmatch(token)
        if match and (offsets or token.startswith("n")):
            return Place(int(match[1]), remaining=int(match[2]) if match[2] else None)
        known = self._kept.get(token)
        if known is None or known[0] != question:
            raise ODataRefusal(Reason.BAD_TOKEN, "The skip token is not valid for this request.")
        return known[1]

    def forget(self) -> None:
        """No token that was handed out is known any more."""
        with self._lock:
            self._kept.clear()
