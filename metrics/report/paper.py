"""Our own charts on paper: the marks of their SVG drawn one by one. There are only rectangles, lines and texts."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple
from xml.etree import ElementTree

Colour = tuple[int, int, int]
Write = Callable[[str, float, Colour], str]


class Place(NamedTuple):
    """The upper left corner, and how many millimetres one unit of the chart is."""

    left: float
    top: float
    scale: float


SERIES: tuple[Colour, ...] = (
    (47, 107, 216),
    (224, 121, 46),
    (43, 156, 120),
    (176, 82, 154),
    (122, 102, 208),
    (139, 147, 158),
)
INK: Colour = (22, 25, 31)
SOFT: Colour = (91, 100, 114)
LINE: Colour = (217, 221, 227)
_SPACE = "{http://www.w3.org/2000/svg}"
_POINTS = 2.835
"""Points in a millimetre."""


def size_of(svg: str) -> tuple[float, float]:
    """Width and height of a chart in its own units."""
    found = re.search(r'viewBox="0 0 (\d+) (\d+)"', svg)
    return (float(found[1]), float(found[2])) if found else (1.0, 0.0)


def draw(pdf: Any, svg: str, place: Place, write: Write) -> None:
    """Draw a chart; `write` sets the font, and gives the text as it can be shown."""
    for mark in ElementTree.fromstring(svg):  # noqa: S314  # made by us a moment ago, every text escaped
        tag = mark.tag.removeprefix(_SPACE)
        if tag == "rect":
            _rect(pdf, mark, place)
        elif tag == "line":
            kind = mark.get("class")
            pdf.set_draw_color(*(SOFT if kind == "zero" else LINE))
            pdf.set_line_width(0.2)
            left, top, scale = place
            ends = [_number(mark, name) * scale for name in ("x1", "y1", "x2", "y2")]
            pdf.line(left + ends[0], top + ends[1], left + ends[2], top + ends[3])
        elif tag == "text" and mark.text:
            _text(pdf, mark, place, write)


def _rect(pdf: Any, mark: Any, place: Place) -> None:
    left, top, scale = place
    x, y, width, height = (_number(mark, name) * scale for name in ("x", "y", "width", "height"))
    pdf.set_fill_color(*_fill(mark))
    pdf.rect(left + x, top + y, max(width, 0.2), max(height, 0.05), style="F")


def _fill(mark: Any) -> Colour:
    kind = mark.get("class") or ""
    if kind != "cell":
        return SERIES[min(int(kind[1:] or 1), len(SERIES)) - 1]
    strength = float((mark.get("style") or "").rpartition(":")[2] or 0)
    red, green, blue = (round(high + (low - high) * strength) for low, high in zip(SERIES[0], LINE, strict=True))
    return red, green, blue


def _text(pdf: Any, mark: Any, place: Place, write: Write) -> None:
    left, top, scale = place
    kind = mark.get("class") or ""
    colour = (255, 255, 255) if kind == "count on" else SOFT if kind in ("tick", "axis") else INK
    shown = write(mark.text, 12 * scale * _POINTS, colour)
    width = pdf.get_string_width(shown)
    moved = {"middle": width / 2, "end": width}.get(mark.get("text-anchor"), 0)
    turned = re.match(r"translate\(([\d.]+) ([\d.]+)\) rotate", mark.get("transform") or "")
    if turned:
        x, y = left + float(turned[1]) * scale, top + float(turned[2]) * scale
        with pdf.rotation(90, x, y):
            pdf.text(x - moved, y, shown)
    else:
        pdf.text(left + _number(mark, "x") * scale - moved, top + _number(mark, "y") * scale, shown)


def _number(mark: Any, name: str) -> float:
    return float(mark.get(name) or 0)
