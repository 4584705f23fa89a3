"""The report as plain text: the summary that `hub report` prints, and the file it writes for .txt."""

from __future__ import annotations

from collections.abc import Sequence

from metrics import text
from metrics.report.content import Content, figures
from metrics.report.html import troubles
from metrics.report.sections import sections
from metrics.show import source_line


def summary(content: Content) -> list[str]:
    """Headlines, sources and what is missing."""
    first, last = content.span
    rows = [
        [figure.title, figure.value or "not defined", figure.unit if figure.value else "", figure.note]
        for figure in figures(content)
    ]
    lines = [f"{content.project}, {first} to {last}, in {content.currency}", ""]
    lines += text.aligned(rows, (False, True, False, False))
    lines += ["", "Sources", *text.bullets(source_line(source) for source in content.sources)]
    if troubles(content):
        lines += ["", troubles(content)]
    if content.missing:
        lines += text.bullets(f"{what} (in {titles})" for what, titles in content.missing)
    if content.waiting:
        lines += text.bullets(
            f"{w.source}/{w.stream} {w.field}: {w.reason} ({w.rows:,} row{'s' if w.rows != 1 else ''})"
            for w in content.waiting
        )
    return lines


def render(content: Content) -> str:
    """The whole report."""
    lines = summary(content)
    for section in sections(content):
        lines += [
            "",
            section.title,
            section.lead,
            *_table(section.table.heads, section.table.rows, section.table.right),
        ]
    lines += ["", "What each number means"]
    for metric in content.metrics:
        lines += [f"  {metric.title}: {metric.formula}", f"    {metric.exclusions}"]
    return "\n".join(lines) + "\n"


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[bool]) -> list[str]:
    return text.aligned([list(heads), *map(list, rows)], right)
