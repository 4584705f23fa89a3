"""The command that takes a number apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hub.output import JsonOption, print_json, say
from metrics.options import ALL, AsOfOption, Choice, choosing, moment

if TYPE_CHECKING:
    from metrics.explain.explanation import Explanation


@choosing(*ALL)
def explain(
    context: typer.Context,
    metric: Annotated[str, typer.Argument(help="The metric's id.")],
    keys: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[KEY]…",
            help="Which row: a month as 2024-03, a customer as shop/4711 or by name; one for each --by.",
        ),
    ] = None,
    *,
    choice: Choice,
    as_of: AsOfOption = None,
    left_out: Annotated[bool, typer.Option("--left-out", help="Show the records that do not count.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="Records a page; --csv gives all.")] = 20,
    page: Annotated[int, typer.Option(min=1, help="Page of records.")] = 1,
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print all records as CSV with exact values.")] = False,
) -> None:
    """Take a number apart: its inputs, the rates, what was left out and why, and the source records with links.

    With --as-of also what was known then, and what has changed it since.
    """
    from metrics.explain import tell
    from metrics.explain.links import Links
    from metrics.explain.run import explained

    found = explained(context.obj, metric, keys or [], choice.asked, moment(as_of), only=choice.only)
    link = Links(context.obj).of
    if as_csv:
        for line in tell.csv_lines(found, link, left_out=left_out):
            typer.echo(line, nl=False)
        return
    offset = (page - 1) * limit
    records = found.records.page(limit, offset, left_out=left_out)
    if as_json:
        print_json(tell.document(found, records, link, left_out=left_out, offset=offset))
    else:
        for line in [*tell.lines(found, records, link, left_out=left_out), *_restated(found)]:
            say(line)


def _restated(found: Explanation) -> list[str]:
    return ["", *found.restated.lines()] if found.restated else []
