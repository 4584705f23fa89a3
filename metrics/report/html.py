"""The report as one HTML file that loads nothing: it opens from an e-mail. All texts of the data are escaped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hub import __version__
from metrics import text
from metrics.report.content import Content, figures
from metrics.report.explained import Explained
from metrics.report.sections import Table, sections

_TABLE = """<div class="scroll"><table><thead><tr>{% for head in table.heads %}<th scope="col"
{%- if table.right[loop.index0] %} class="right"{% endif %}>{{ head }}</th>{% endfor %}</tr></thead><tbody>
{% for row in table.rows %}<tr>{% for cell in row %}<td{% if table.right[loop.index0] %} class="right"{% endif %}>
{{- cell }}</td>{% endfor %}</tr>
{% endfor %}</tbody></table></div>"""

_RECORDS = """<div class="scroll"><table><thead><tr>{% for head in table.heads %}<th scope="col"
{%- if table.right[loop.index0] %} class="right"{% endif %}>{{ head }}</th>{% endfor %}</tr></thead><tbody>
{% for row in table.rows %}{% set link = links[loop.index0] %}<tr>{% for cell in row %}
<td{% if table.right[loop.index0] %} class="right"{% endif %}>
{%- if loop.first and link %}<a href="{{ link }}" rel="noopener noreferrer">{{ cell }}</a>
{%- else %}{{ cell }}{% endif %}
</td>{% endfor %}</tr>
{% endfor %}</tbody></table></div>"""


def render(content: Content) -> str:
    """The whole file as text."""
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(Path(__file__).with_name("template.html.j2").read_text(encoding="utf-8"))
    of_table = environment.from_string(_TABLE)
    of_records = environment.from_string(_RECORDS)

    def table(shown: Table) -> Any:
        return Markup(of_table.render(table=shown))  # noqa: S704  # rendered with autoescape one line up

    def linked(entry: Explained) -> Any:
        return Markup(of_records.render(table=entry.records, links=entry.links))  # noqa: S704  # the same

    first, last = content.span
    return template.render(
        content=content,
        figures=figures(content),
        sections=sections(content),
        sources=sources_table(content),
        missing=Table(("What", "In"), content.missing, (False, False)),
        by_rule=Table(("What", "Of"), content.by_rule, (False, False)),
        quarantine=quarantine_table(content),
        refused=refused_table(content),
        troubles=troubles(content),
        first=first,
        last=last,
        table=table,
        linked=linked,
        version=__version__,
    )


def troubles(content: Content) -> str:
    """One sentence for the top of the report; empty where all is well."""
    told = []
    waiting = sum(source.quarantined for source in content.sources)
    if waiting:
        told.append(f"{waiting:,} source row{'s are' if waiting != 1 else ' is'} in quarantine")
    stale = [source for source in content.sources if source.last_status not in ("ok", "partial")]
    if stale:
        told.append(f"{len(stale)} stream{'s' if len(stale) != 1 else ''} could not be read completely")
    if content.missing:
        told.append("some records are left out for want of data")
    sentence = ", and ".join(told) if len(told) < 3 else f"{', '.join(told[:-1])}, and {told[-1]}"
    return f"{sentence[0].upper()}{sentence[1:]}." if sentence else ""


def sources_table(content: Content) -> Table:
    """Each stream with its freshness."""
    rows = [
        (
            f"{source.source} / {source.stream}",
            f"{source.fresh_at:%Y-%m-%d %H:%M} UTC" if source.fresh_at else "never",
            text.NOTHING if source.held is None else f"{source.held:,}",
            text.NOTHING if source.total is None else f"{source.total:,}",
            f"{source.quarantined:,}",
            source.last_status if not source.error else f"{source.last_status}: {text.printable(source.error, 160)}",
        )
        for source in content.sources
    ]
    heads = ("Stream", "Complete as of", "Records held, all kinds", "Rows at source", "In quarantine", "Last run")
    return Table(heads, rows, (False, False, True, True, True, False))


def quarantine_table(content: Content) -> Table:
    """What waits for somebody."""
    rows = [(f"{w.source} / {w.stream}", w.field, w.reason, f"{w.rows:,}") for w in content.waiting]
    return Table(("Stream", "Field", "Reason", "Rows"), rows, (False, False, False, True))


def refused_table(content: Content) -> Table:
    """What has no number, and why."""
    rows = dict.fromkeys((refusal.where, refusal.problem, refusal.fix) for refusal in content.refused.values())
    return Table(("Metric", "Why", "What to do"), list(rows), (False, False, False))
