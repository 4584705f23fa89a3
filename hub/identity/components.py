"""Which records hang together by links, however many there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.identity.weights import Weights

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

_STEP = 4.0
"""Bits by which a component that is too large is cut tighter, again and again."""


def components(left: Numbers, right: Numbers, score: NDArray[np.float32], weights: Weights) -> tuple[Numbers, Numbers]:
    """All records that the links name, in order, and one record of each one's component: the first. A component beyond
    the cap is cut where its weakest links are, until its parts are small enough or no link is weaker."""
    import numpy as np

    records, places = np.unique(np.concatenate([left, right]), return_inverse=True)
    left, right = places[: len(left)], places[len(left) :]
    tops = _hang_together(len(records), left, right)
    least = weights.link
    while least < weights.strong + 12 and (crowded := _crowded(tops, weights.component_cap)).any():
        least += _STEP
        held = crowded[left] & (score >= least)
        left, right, score = left[held], right[held], score[held]
        tops = np.where(crowded, _hang_together(len(records), left, right), tops)
    return records, records[tops]


def _crowded(tops: Numbers, cap: int) -> NDArray[np.bool_]:
    """For each record whether its component has more records than the cap."""
    import numpy as np

    large: NDArray[np.bool_] = np.bincount(tops)[tops] > cap
    return large


def _hang_together(size: int, left: Numbers, right: Numbers) -> Numbers:
    """For each of `size` records the first one of its component. Each step hooks components on to lower ones, then
    lets every record look straight at its top; so few steps are enough for long chains, too."""
    import numpy as np

    tops: Numbers = np.arange(size, dtype=np.int64)
    while True:
        one, two = tops[left], tops[right]
        apart = one != two
        if not apart.any():
            return tops
        np.minimum.at(tops, np.maximum(one[apart], two[apart]), np.minimum(one[apart], two[apart]))
        while not np.array_equal(above := tops[tops], tops):
            tops = above
