"""A minimum without derivatives (Nelder and Mead 1965). SciPy would bring 100 MB for this one function."""

from __future__ import annotations

from collections.abc import Callable, Sequence

Point = list[float]
_SPREAD = 0.5
_NEAR = 1e-6
_MOVES = 120
"""Moves in all for each dimension: where that is not enough, there is no minimum but an endless slope."""


def minimum(
    function: Callable[[Sequence[float]], float], start: Sequence[float], *, tolerance: float = 1e-13, restarts: int = 3
) -> tuple[Point, float]:
    """The point where the function is least, near `start`, and its value there.

    The search starts over from what it found, until that is no longer better by more than the tolerance: a simplex may
    have grown flat before it came to the minimum.
    """
    best, value = list(start), function(start)
    moves = _MOVES * len(best)
    for again in range(restarts):
        found, lower, used = _search(function, best, tolerance, _SPREAD / 4**again, moves)
        moves -= used
        settled = value - lower <= tolerance * (1 + abs(lower))
        if lower < value:
            best, value = found, lower
        if settled or moves <= 0:
            break
    return best, value


def _search(
    function: Callable[[Sequence[float]], float], start: Point, tolerance: float, spread: float, moves: int
) -> tuple[Point, float, int]:
    size = len(start)
    corners = [list(start)] + [[x + spread * (i == j) for j, x in enumerate(start)] for i in range(size)]
    simplex = sorted((function(corner), corner) for corner in corners)
    used = 0
    while used < moves:
        if simplex[-1][0] - simplex[0][0] <= tolerance * (1 + abs(simplex[0][0])) and _is_small(simplex):
            break
        _step(function, simplex)
        used += 1
    return simplex[0][1], simplex[0][0], used


def _is_small(simplex: list[tuple[float, Point]]) -> bool:
    best = simplex[0][1]
    return bool(max(abs(x - y) for _, corner in simplex[1:] for x, y in zip(corner, best, strict=True)) <= _NEAR)


def _step(function: Callable[[Sequence[float]], float], simplex: list[tuple[float, Point]]) -> None:
    """Move the worst corner through the middle of the others; where that does not help, draw all towards the best."""
    worst_value, worst = simplex[-1]
    others = [corner for _, corner in simplex[:-1]]
    middle = [sum(coordinates) / len(others) for coordinates in zip(*others, strict=True)]

    def along(factor: float) -> tuple[float, Point]:
        corner = [m + factor * (m - w) for m, w in zip(middle, worst, strict=True)]
        return function(corner), corner

    reflected = along(1.0)
    if reflected[0] < simplex[0][0]:
        moved = min(reflected, along(2.0))
    elif reflected[0] < simplex[-2][0]:
        moved = reflected
    else:
        moved = along(0.5) if reflected[0] < worst_value else along(-0.5)
    if moved[0] < min(reflected[0], worst_value) or moved[0] == reflected[0] < worst_value:
        simplex[-1] = moved
    else:
        best = simplex[0][1]
        for place in range(1, len(simplex)):
            corner = [(x + b) / 2 for x, b in zip(simplex[place][1], best, strict=True)]
            simplex[place] = (function(corner), corner)
    simplex.sort()
