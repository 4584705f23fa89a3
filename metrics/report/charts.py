"""Charts as inline SVG: no library, no network, the same on paper. Colours are classes, so light and dark are CSS.

Every mark carries its text in `data-tip`, for the pointer; the table below each chart has the same for all others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from html import escape
from math import ceil, floor, log10

SERIES = 6
"""Colours there are; further series share the last."""


@dataclass(frozen=True)
class Bar:
    """One mark: its share of the axis comes from `size`, what it says from `tip`; `value` stands at its end."""

    label: str
    size: float
    tip: str
    series: int = 0
    value: str = ""


def columns(groups: Sequence[tuple[str, Sequence[Bar]]], unit: str, title: str) -> str:
    """Stacked columns over time. Negative parts hang below the axis."""
    width, height, left, bottom, top = 1040, 300, 64, 36, 30
    highest = max((sum(bar.size for bar in bars if bar.size > 0) for _, bars in groups), default=0.0)
    lowest = min((sum(bar.size for bar in bars if bar.size < 0) for _, bars in groups), default=0.0)
    ticks = axis(lowest, highest)
    low, high = ticks[0], ticks[-1]
    scale = (height - top - bottom) / ((high - low) or 1)
    step = (width - left - 24) / max(len(groups), 1)
    thick = min(step * 0.72, 56)

    def y(value: float) -> float:
        return top + (high - value) * scale

    marks = [_grid(left, width, y(tick), short(tick)) for tick in ticks]
    every = max(1, ceil(len(groups) * 58 / (width - left)))
    for place, (label, bars) in enumerate(groups):
        x = left + step * place + (step - thick) / 2
        above = below = 0.0
        for bar in bars:
            start = above if bar.size >= 0 else below
            end = start + bar.size
            marks.append(_rect(x, min(y(start), y(end)), thick, abs(bar.size) * scale, bar))
            above, below = (end, below) if bar.size >= 0 else (above, end)
        if place % every == 0:
            marks.append(_text("tick", x + thick / 2, height - 12, label))
    marks.append(f'<line class="zero" x1="{left}" x2="{width}" y1="{y(0):.1f}" y2="{y(0):.1f}"/>')
    marks.append(f'<text class="tick" x="0" y="10">{escape(unit)}</text>')
    return _svg(width, height, title, marks)


def rows(bars: Sequence[Bar], title: str) -> str:
    """Horizontal bars: the label on the left, the value at the end."""
    width, row, left, right = 540, 28, 188, 84
    largest = max((abs(bar.size) for bar in bars), default=0.0) or 1.0
    marks = []
    for place, bar in enumerate(bars):
        y = place * row
        length = max(abs(bar.size) / largest * (width - left - right), 1.5)
        marks.append(
            f'<text class="name" x="{left - 10}" y="{y + 18}" text-anchor="end">{escape(cut(bar.label, 24))}</text>'
        )
        marks.append(_rect(left, y + 5, length, row - 10, bar))
        value = bar.value or bar.tip.rpartition(": ")[2]
        marks.append(f'<text class="value" x="{left + length + 8:.1f}" y="{y + 18}">{escape(value)}</text>')
    return _svg(width, max(len(bars) * row, row), title, marks)


def grid(counts: Sequence[Sequence[int]], title: str, across: str, down: str) -> str:
    """A 5 x 5 map of how many customers have which two scores; darker is more."""
    cell, left, bottom = 58, 46, 46
    size = cell * 5
    most = max((count for line in counts for count in line), default=0) or 1
    marks = []
    for line, values in enumerate(counts):
        for place, count in enumerate(values):
            x, y = left + place * cell, (4 - line) * cell
            strength = 0.06 + 0.94 * (count / most) ** 0.5 if count else 0.0
            tip = f"{down} {line + 1}, {across} {place + 1}: {count:,} customers"
            marks.append(
                f'<rect class="cell" x="{x + 2}" y="{y + 2}" width="{cell - 4}" height="{cell - 4}" rx="6" '
                f'style="--strength:{strength:.2f}" data-tip="{escape(tip)}"/>'
            )
            if count:
                tone = "on" if strength > 0.55 else "off"
                marks.append(_text(f"count {tone}", x + cell / 2, y + cell / 2 + 5, f"{count:,}"))
    for score in range(1, 6):
        marks.append(
            f'<text class="tick" x="{left + (score - 0.5) * cell}" y="{size + 18}" text-anchor="middle">{score}</text>'
        )
        marks.append(
            f'<text class="tick" x="{left - 12}" y="{size - (score - 0.5) * cell + 4}" text-anchor="end">{score}</text>'
        )
    marks.append(
        f'<text class="axis" x="{left + size / 2}" y="{size + 40}" text-anchor="middle">{escape(across)}</text>'
    )
    turned = f'transform="translate(12 {size / 2}) rotate(-90)" text-anchor="middle"'
    marks.append(f'<text class="axis" {turned}>{escape(down)}</text>')
    return _svg(left + size + 4, size + bottom, title, marks)


def spark(values: Sequence[Decimal], title: str) -> str:
    """A small line of how something went, without axes: the last point is marked. Nothing for fewer than three."""
    width, height, rim = 120, 28, 4
    if len(values) < 3:
        return ""
    sizes = [size(value) for value in values]
    low, high = min(sizes), max(sizes)
    step = (width - 2 * rim) / (len(sizes) - 1)

    def y(value: float) -> float:
        return height - rim - (value - low) / ((high - low) or 1) * (height - 2 * rim)

    points = " ".join(f"{rim + place * step:.1f},{y(value):.1f}" for place, value in enumerate(sizes))
    last = f'<circle cx="{width - rim}" cy="{y(sizes[-1]):.1f}" r="2.6"/>'
    return _svg(width, height, title, [f'<polyline points="{points}"/>', last]).replace("<svg", '<svg class="spark"', 1)


def axis(lowest: float, highest: float) -> list[float]:
    """Round numbers from at or below the lowest to at or above the highest value, about five of them."""
    span = (highest - lowest) or 1.0
    raw = span / 4
    power = 10.0 ** floor(log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw)
    first, last = floor(lowest / step), ceil(highest / step)
    return [step * place for place in range(first, max(last, first + 1) + 1)]


def short(value: float) -> str:
    """A number for an axis: 1.2M, 350k."""
    for limit, letter in ((1e9, "bn"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit:
            return f"{value / limit:,.4g}{letter}"
    return f"{value:,.4g}"


def size(value: Decimal | int | None) -> float:
    """A length for drawing: the only place where an amount becomes a float, and never to be read again."""
    return float(value) if value is not None else 0.0


def cut(label: str, length: int) -> str:
    return label if len(label) <= length else label[: length - 1] + "…"


def _rect(x: float, y: float, width: float, height: float, bar: Bar) -> str:
    series = min(bar.series, SERIES - 1) + 1
    return (
        f'<rect class="s{series}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{max(height, 0):.1f}" rx="2" '
        f'data-tip="{escape(bar.tip)}"/>'
    )


def _text(kind: str, x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'


def _grid(left: float, right: float, y: float, label: str) -> str:
    return (
        f'<line class="grid" x1="{left}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="tick" x="{left - 8}" y="{y + 4:.1f}" text-anchor="end">{escape(label)}</text>'
    )


def _svg(width: float, height: float, title: str, marks: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" role="img" aria-label="{escape(title)}" '
        f'preserveAspectRatio="xMinYMin meet"><title>{escape(title)}</title>{"".join(marks)}</svg>'
    )
