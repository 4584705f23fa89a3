"""Gamma-Gamma (Fader and Hardie 2013): what an order of a customer is worth on average, in the long run.

Orders of one customer vary by a gamma distribution of shape p, whose scale is gamma distributed among customers (q, v).
The value of orders is taken not to depend on how often a customer orders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, inf, lgamma, log
from typing import Any

from metrics.predict.bgnbd import MOST
from metrics.predict.simplex import minimum

_FARTHEST = 9.0


@dataclass(frozen=True)
class GammaGamma:
    """Parameters of a population. v has the unit of money."""

    p: float
    q: float
    v: float

    @property
    def mean(self) -> float | None:
        """The average order of the population; None where the model has none (q up to 1)."""
        return self.p * self.v / (self.q - 1) if self.q > 1 else None

    def expected_value(self, x: int, mean: float) -> float | None:
        """An order of a customer whose `x` orders were worth `mean` on average: between that and the population."""
        below = self.p * x + self.q - 1
        return self.p * (self.v + x * mean) / below if below > 0 else None


def fit(x: Any, means: Any) -> GammaGamma:
    """Parameters of greatest likelihood from two NumPy arrays: numbers of orders and their means, all positive.

    Of more than 12,000 customers every n-th in their order is taken, as for BG/NBD.
    """
    import numpy as np

    order = np.lexsort((means, x))
    order = order[:: -(-len(order) // MOST)]
    x, means = x[order].astype(float), means[order]
    values, places = np.unique(x, return_inverse=True)
    log_means, log_totals, totals = np.log(means), np.log(x * means), x * means
    scale = float(means.mean())

    def loss(logs: Sequence[float]) -> float:
        if max(map(abs, logs)) > _FARTHEST:
            return inf
        p, q, v = (exp(each) for each in logs)
        v *= scale
        by_x = np.array([lgamma(p * n + q) - lgamma(p * n) for n in values]) - lgamma(q) + q * log(v)
        rest = p * x * log_totals - log_means - (p * x + q) * np.log(totals + v)
        return -float(np.sum(by_x[places] + rest))

    found, _ = minimum(loss, [0.0, 1.0, 0.0])
    p, q, v = (exp(each) for each in found)
    return GammaGamma(p, q, v * scale)
