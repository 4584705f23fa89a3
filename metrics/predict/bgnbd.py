"""BG/NBD (Fader, Hardie and Lee 2005): how often a customer will order again, and whether it still does.

Customers order at a rate that is gamma distributed among them (r, alpha), and after each order some leave for good,
with a chance that is beta distributed (a, b). A customer is told by x, its repeat orders; t_x, the time of the last
one; and T, its age; all times since its first order and in one unit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, lgamma, log
from typing import Any

from metrics.predict.simplex import minimum

_FARTHEST = 9.0
"""Logarithms of parameters are looked for up to here: beyond, customers do not differ in that respect."""
_TERMS = 20_000
_SMALL = 1e-6
MOST = 12_000


@dataclass(frozen=True)
class BgNbd:
    """Parameters of a population. alpha has the unit of time."""

    r: float
    alpha: float
    a: float
    b: float

    def expected_orders(self, t: float, x: int = 0, t_x: float = 0.0, age: float = 0.0) -> float:
        """Orders in the next `t` of a customer with that history; without one, repeat orders of a new customer."""
        a = self.a if abs(self.a - 1) > _SMALL else 1 + _SMALL
        share, all_of = t / (self.alpha + age + t), a + self.b + x - 1
        if a - 1 > self.r + x:  # of two forms with the same value the one whose series stays small
            series = float((1 - share) ** (self.r + x)) * _hypergeometric(self.r + x, self.b + x, all_of, share)
        else:
            series = float((1 - share) ** (a - 1)) * _hypergeometric(all_of - self.r - x, a - 1, all_of, share)
        if_alive = all_of / (a - 1) * (1 - series)
        return if_alive * self.alive(x, t_x, age)

    def alive(self, x: int, t_x: float, age: float) -> float:
        """The chance that a customer with that history still orders."""
        if x == 0:
            return 1.0
        odds = log(self.a / (self.b + x - 1)) + (self.r + x) * log((self.alpha + age) / (self.alpha + t_x))
        return 1 / (1 + exp(odds)) if odds < 700 else 0.0


def fit(x: Any, t_x: Any, age: Any) -> tuple[BgNbd, float]:
    """Parameters of greatest likelihood, and its logarithm, from three NumPy arrays with a row a customer.

    Of more than 12,000 different histories every n-th in their order is taken: a sample spread evenly over all of them.
    """
    import numpy as np

    rows, counts = np.unique(np.column_stack([x, t_x, age]), axis=0, return_counts=True)
    every = -(-len(rows) // MOST)
    rows, counts = rows[::every], counts[::every]
    data = _Data(rows[:, 0], rows[:, 1], rows[:, 2], counts)
    start = [0.0, log(max(float(np.average(rows[:, 2], weights=counts)), _SMALL)), 0.0, 0.0]
    found, value = minimum(data.loss, start)
    return BgNbd(*(exp(each) for each in found)), -value


class _Data:
    """Customers with the same history are one row."""

    def __init__(self, x: Any, t_x: Any, age: Any, counts: Any) -> None:
        import numpy as np

        self.x, self.counts = x, counts
        self.values, self.places = np.unique(x, return_inverse=True)
        self.last_times, self.last_places = np.unique(t_x, return_inverse=True)
        self.ages, self.age_places = np.unique(age, return_inverse=True)  # far fewer than rows, and logarithms are dear

    def loss(self, logs: Sequence[float]) -> float:
        """The negative logarithm of the likelihood."""
        import numpy as np

        if max(map(abs, logs)) > _FARTHEST:
            return inf
        r, alpha, a, b = (exp(each) for each in logs)
        constant = lgamma(a + b) - lgamma(r) - lgamma(b) + r * log(alpha)
        by_x = [lgamma(r + x) + lgamma(b + x) - lgamma(a + b + x) + constant for x in self.values]
        leaving = [log(a / max(b + x - 1, _SMALL)) if x else -inf for x in self.values]
        times = r + self.x
        stays = -times * np.log(alpha + self.ages)[self.age_places]
        left = np.array(leaving)[self.places] - times * np.log(alpha + self.last_times)[self.last_places]
        top = np.maximum(stays, left)
        both = top + np.log1p(np.exp(np.minimum(stays, left) - top))
        return -float(np.dot(self.counts, np.array(by_x)[self.places] + both))


def _hypergeometric(first: float, second: float, below: float, z: float) -> float:
    """Gauss's series for 0 <= z < 1, until its terms no longer matter."""
    term = total = 1.0
    for k in range(_TERMS):
        term *= (first + k) * (second + k) / ((below + k) * (k + 1)) * z
        total += term
        if abs(term) < 1e-15 * abs(total):
            break
    return total
