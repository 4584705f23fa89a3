"""The command that compares systems."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.errors import UsageError
from hub.output import JsonOption, print_json, say
from metrics.options import Choice, choosing


@choosing("start", "end", "product")
def reconcile(
    context: typer.Context,
    what: Annotated[str, typer.Argument(help="orders, revenue, stock or customers.")],
    others: Annotated[
        list[str] | None, typer.Argument(metavar="[SYSTEM]…", help="A third system and more, each against all.")
    ] = None,
    *,
    between: Annotated[tuple[str, str], typer.Option(metavar="A B", help="The two systems, by their instance names.")],
    by: Annotated[
        str | None, typer.Option("--by", help="Both figures and the causes by month, customer or product.")
    ] = None,
    choice: Choice,
    limit: Annotated[int, typer.Option(min=1, help="Differences to print; --json and --csv give all.")] = 20,
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print every difference as CSV.")] = False,
) -> None:
    """Compare systems' own figures; every difference has a cause and a price, and they add up."""
    from metrics.reconcile import tell
    from metrics.reconcile.run import GROUPS
    from metrics.reconcile.run import reconcile as compare

    if by is not None and what in GROUPS and by not in GROUPS[what]:
        raise UsageError(f"{what} cannot be broken down by `{by[:40]}`.", fix=f"It can by {' or '.join(GROUPS[what])}.")
    found = compare(context.obj, what, [*between, *(others or ())], *choice.days, products=choice.product or ())
    if as_csv:
        for line in tell.csv_lines(found):
            typer.echo(line, nl=False)
    elif as_json:
        print_json([tell.document(comparison, by) for comparison in found])
    else:
        for place, comparison in enumerate(found):
            for line in ["", "", *tell.lines(comparison, by, limit)][0 if place else 2 :]:
                say(line)
