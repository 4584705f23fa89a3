"""The report as one HTML file that loads nothing: it opens from an e-mail. All texts of the data are escaped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hub import __version__
from metrics.report import charts, facts
from metrics.report.content import Content
from metrics.report.explained import Explained
from metrics.report.figures import Figure
from metrics.report.findings import findings
from metrics.report.headlines import figures, in_short
from metrics.report.sections import Table, chapters
from metrics.report.spans import spans

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

    def course(figure: Figure) -> Any:
        return Markup(charts.spark(figure.course, f"{figure.title} by month"))  # noqa: S704  # escaped by charts

    compared = spans(content)
    return template.render(
        content=content,
        about=facts.about(content),
        freshness=facts.freshness(content),
        figures=figures(content),
        compared=compared.words if compared and not content.chosen else "",
        in_short=in_short(content),
        findings=findings(content),
        chapters=chapters(content),
        systems=facts.systems_table(content),
        sources=facts.sources_table(content),
        missing=facts.missing_table(content),
        by_rule=facts.missing_table(content, by_rule=True),
        quarantine=facts.quarantine_table(content),
        refused=facts.refused_table(content),
        troubles=facts.troubles(content),
        table=table,
        linked=linked,
        course=course,
        version=__version__,
    )
