"""How headlines moved, as figures that can be taken apart: both values, the difference, and what each is made of."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from hub.sdk.metric import MONEY
from metrics import text
from metrics.report.cited import Cited, Summed, asked_of
from metrics.report.content import Content
from metrics.report.figures import Figure
from metrics.report.spans import SHARES, spans


def changes(content: Content) -> dict[str, Summed]:
    """By the titles of headlines."""
    from metrics.report.headlines import figures

    return {figure.title: made for figure in figures(content) if (made := change_of(content, figure))}


def values_of(content: Content, figure: Figure) -> tuple[Cited, Cited] | None:
    """The later and the earlier value that are compared, each over its own days."""
    compared = spans(content)
    if compared is None or figure.change is None or figure.source is None:
        return None
    name, output = figure.source
    asked = asked_of(content, name, ())
    whole = (content.start, content.end)
    now, past = (
        Cited(asked if days == whole else replace(asked, span=days), (), output)
        for days in (compared.now, compared.past)
    )
    return now, past


def change_of(content: Content, figure: Figure) -> Summed | None:
    """What the change of a headline opens; None where it has none."""
    compared, cited = spans(content), values_of(content, figure)
    if compared is None or cited is None or figure.change is None:
        return None
    moved, (now, past) = figure.change, compared.words.split(" against ")
    difference, share = moved.now - moved.past, figure.title in SHARES
    rows = (
        ((now, _told(moved.now, content, figure), figure.unit), cited[0]),
        ((past, _told(moved.past, content, figure), figure.unit), cited[1]),
        (("Difference", f"{'+' if difference > 0 else ''}{_told(difference, content, figure)}",
          "points" if share else figure.unit), None),
    )  # fmt: skip
    return Summed(
        f"{figure.title}: how it changed", moved.words,
        "the later value - the earlier one, in points" if share else
        "(the later value - the earlier one) / the earlier one",
        ("Period", "Value", "Unit"), rows, len(rows), f"hub metrics show {cited[0].asked.metric} --by month",
        "Month by month",
    )  # fmt: skip


def _told(value: Decimal, content: Content, figure: Figure) -> str:
    if figure.title in SHARES:
        return f"{text.rounded(value * 100, 2):,}"
    return text.figure(value, MONEY if figure.unit == content.currency else figure.unit)
