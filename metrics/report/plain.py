"""The report as plain text: the summary that `hub report` prints, and the file it writes for .txt."""

from __future__ import annotations

from collections.abc import Sequence

from metrics import text
from metrics.report.content import Content
from metrics.report.facts import about, quarantine_table, systems_table, troubles
from metrics.report.findings import Finding, findings
from metrics.report.headlines import figures, in_short
from metrics.report.sections import Table, chapters


def summary(content: Content) -> list[str]:
    """Headlines, what to do, sources and what is missing."""
    rows = [
        [figure.title, figure.value or "not defined", figure.unit if figure.value else "",
         figure.change.words if figure.change else "", figure.note]
        for figure in figures(content)
    ]  # fmt: skip
    lines = [f"{content.project}, {about(content)}", "", *in_short(content)]
    lines += ["", *text.aligned(rows, (False, True, False, True, False))]
    found = findings(content)
    if found:
        lines += ["", "What to do", *_findings(found)]
    lines += ["", "Sources", *text.bullets(_table(systems_table(content)))]
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
    for chapter in chapters(content):
        lines += ["", chapter.title.upper()]
        for section in chapter.sections:
            lines += ["", section.title, section.lead, *_table(section.table)]
            lines += [f"Down to the records: {section.explain}"] if section.explain else []
    if content.waiting:
        lines += ["", "HELD BACK", *_table(quarantine_table(content))]
    lines += ["", "WHAT EACH NUMBER MEANS"]
    for metric in content.metrics:
        lines += [f"  {metric.title}: {metric.formula}", f"    {metric.exclusions}"]
    return "\n".join(lines) + "\n"


def _findings(found: Sequence[Finding]) -> list[str]:
    """Two lines each: what it is, and what to do."""
    told = []
    for finding in found:
        told.append(f"  {finding.level}: {finding.title}. {finding.detail}")
        told.append(f"    {finding.action} {finding.command}".rstrip())
    return told


def _table(table: Table) -> list[str]:
    return text.aligned([list(table.heads), *map(list, table.rows)], table.right)
