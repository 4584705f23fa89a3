"""The report as one HTML file that loads nothing: it opens from an e-mail. All texts of the data are escaped."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

from hub import __version__
from metrics import text
from metrics.report import charts, facts
from metrics.report.cited import Cited
from metrics.report.content import Content
from metrics.report.explained import Explained
from metrics.report.figures import Figure
from metrics.report.findings import findings
from metrics.report.headlines import Part, figures, parts_in_short
from metrics.report.sections import Table, chapters
from metrics.report.spans import spans

_SCRIPT = Path(__file__).with_name("explain.js")
_TABLE = """<div class="scroll"><table><thead><tr>{% for head in table.heads %}<th scope="col"
{%- if table.right[loop.index0] %} class="right"{% endif %}>{{ head }}</th>{% endfor %}</tr></thead><tbody>
{% for row in table.rows %}{% set places = figures(table, loop.index0) %}<tr>{% for cell in row %}
<td{% if table.right[loop.index0] %} class="right"{% endif %}>
{%- if places[loop.index0] is not none %}{{ button(cell, *places[loop.index0]) }}{% else %}{{ cell }}{% endif %}
</td>{% endfor %}</tr>
{% endfor %}</tbody></table></div>"""
_BUTTON = (
    """<button type="button" class="fig" data-figure="{{ place }}" data-output="{{ output }}\""""
    """{% if named %} data-named="yes"{% endif %}>{{ text }}</button>"""
)


def places(known: Explained | None, table: Table, line: int) -> list[tuple[int, str] | None]:
    """Where each cell of a row is explained within the file, and as which output; None where it is not."""
    cells = table.rows[line]
    cited = table.cited[line] if known and table.cited else [None] * len(cells)
    return [
        (place, source.output if isinstance(source, Cited) else "")
        if known and source and cell != text.NOTHING and (place := known.place(source)) is not None
        else None
        for cell, source in zip(cells, cited, strict=True)
    ]


def render(content: Content) -> str:
    """The whole file as text."""
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    template = environment.from_string(Path(__file__).with_name("template.html.j2").read_text(encoding="utf-8"))
    of_table = environment.from_string(_TABLE)
    of_button = environment.from_string(_BUTTON)
    known = content.explained

    def button(told: Any, place: int, output: str, *, named: bool = False) -> Any:
        return Markup(of_button.render(text=told, place=place, output=output, named=named))  # noqa: S704  # rendered with autoescape

    def table(shown: Table) -> Any:
        made = of_table.render(table=shown, button=button, figures=partial(places, known))
        return Markup(made)  # noqa: S704  # rendered with autoescape one line up

    def short(line: list[Part]) -> list[tuple[str, int | None, str]]:
        """The parts of a sentence, with where those are explained that are figures."""
        return [
            (words, known.place(source) if known and source else None,
             source.output if isinstance(source, Cited) else "")
            for words, source in line
        ]  # fmt: skip

    def course(figure: Figure) -> Any:
        return Markup(charts.spark(figure.course, f"{figure.title} by month"))  # noqa: S704  # escaped by charts

    compared = spans(content)
    return template.render(
        content=content,
        about=facts.about(content),
        freshness=facts.freshness(content),
        figures=figures(content),
        compared=compared.words if compared and not content.chosen else "",
        in_short=[short(line) for line in parts_in_short(content)],
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
        button=button,
        explanations=Markup(known.script()) if known else "",  # noqa: S704  # JSON without `<`, `>` and `&`
        explaining=Markup(_SCRIPT.read_text(encoding="utf-8")),  # noqa: S704  # our own
        headline=known.of if known else lambda _: None,
        moved=known.moved if known else lambda _: None,
        behind=known.behind if known else lambda _: None,
        output_of=known.output_behind if known else lambda _: "",
        course=course,
        version=__version__,
    )
