"""How long an answer is waited for, before the same request is sent again."""

from __future__ import annotations

_FIRST_SECONDS = 20.0
"""A request that was silent for so long is nearly always lost: on a node that went away, in a proxy."""


class Patience:
    """Waits less for the first try of a request than for those after it, until the source proves to be slow.

    Settings allow minutes, since some answers need them; but a lost request would take all of that time. So the first
    try is given up early, and only where an answer did take longer are all further ones waited for as long as allowed.
    """

    def __init__(self, longest_seconds: float) -> None:
        self._longest = longest_seconds
        self._is_slow = False

    def seconds(self, number: int, *, repeatable: bool) -> float:
        """How long the source may be silent at try `number`; what cannot be repeated is waited for to the end."""
        if self._is_slow or number > 1 or not repeatable:
            return self._longest
        return min(self._longest, _FIRST_SECONDS)

    def learn(self, seconds: float) -> None:
        """An answer took so long."""
        self._is_slow = self._is_slow or seconds > _FIRST_SECONDS
