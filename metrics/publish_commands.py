"""`hub publish`: hand tables and numbers on. It only parses, calls and prints."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.output import JsonOption, print_json, say, talk


def publish(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Publishers; all where none is given.")] = None,
    *,
    check: Annotated[bool, typer.Option("--check", help="Only look whether each could publish.")] = False,
    full: Annotated[bool, typer.Option("--full", help="Publish again what has not changed, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Hand tables, golden records and numbers on: to files, Tableau, Power BI, as config/publishers/ says."""
    from metrics.publish import run as work
    from metrics.publish import told

    if check:
        findings = work.check(context.obj, names or ())
        print_json(told.findings_document(findings)) if as_json else told.tell_findings(findings)
        raise typer.Exit(told.findings_exit_code(findings))
    reports = work.publish(context.obj, names or (), full=full)
    if not reports:
        talk("There is nothing to publish: config/publishers/ has no file that is enabled.")
    if as_json:
        print_json(told.document(reports))
    elif reports:
        say(told.table(reports))
    for report in reports:
        for note in report.notes:
            talk(f"note: {report.name}: {note}")
        if report.error:
            talk(f"hub: {report.error}")
    raise typer.Exit(max((report.exit_code for report in reports), default=0))
