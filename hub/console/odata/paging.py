"""Where the next page begins: the order's values of the last row, opaque to clients and checked when they come back."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hub.console.odata.errors import ODataError

_LONGEST = 8_000


def _stale() -> ODataError:
    return ODataError(
        400, "$skiptoken is not one of this question; follow @odata.nextLink as it stands.", target="$skiptoken"
    )


@dataclass(frozen=True)
class Mark:
    """The place behind a row.

    values   what the order's expressions were in that row
    first    the property by which rows were put in order where the client asked for none
    left     how many rows of `$top` are still to come; None without one
    """

    values: tuple[Any, ...]
    first: str = ""
    left: int | None = None

    def packed(self, question: str) -> str:
        """As text for a link. `question` is what the place belongs to."""
        whole = [1, _digest(question), self.first, self.left, list(self.values)]
        raw = json.dumps(whole, ensure_ascii=False, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    def of(self, checks: Sequence[Callable[[Any], bool]]) -> tuple[Any, ...]:
        """The values, if each of them passes its check. Raises ODataError."""
        if len(self.values) != len(checks) or not all(
            check(value) for check, value in zip(checks, self.values, strict=True)
        ):
            raise _stale()
        return self.values


def unpacked(token: str, question: str) -> Mark:
    """The place that a token names. Raises ODataError where it is not one of ours, or of another question."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        version, digest, first, left, values = json.loads(raw if len(token) < _LONGEST else "[]")
    except (binascii.Error, ValueError, TypeError, RecursionError):
        raise _stale() from None
    right = version == 1 and digest == _digest(question) and isinstance(first, str) and isinstance(values, list)
    if not right or not (left is None or (type(left) is int and left >= 0)):
        raise _stale()
    return Mark(tuple(values), first, left)


def _digest(question: str) -> str:
    return hashlib.sha256(question.encode("utf-8", "surrogatepass")).hexdigest()[:12]
