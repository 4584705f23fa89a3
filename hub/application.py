"""The typer application: every command with its help, its mistakes and those that plugins add.

Imported where `hub.quick` is not sure, which leaves typer's cost to people who read.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from hub import __version__, commands
from hub.errors import UsageError
from hub.output import talk
from hub.plugin_commands import add_commands, only_what_is_called
from hub.session import Session
from hub.typer_form import translate

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", envvar="HUB_CONFIG", help="Configuration folder; ./config where not given.", metavar="DIR"
    ),
]

app = typer.Typer(
    name="hub",
    help="One trusted copy of customers, orders and stock across all your systems.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
commands.add_to(app)
translate(app)

INTERRUPTED = 130


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"b2b-hub {__version__}\n")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: ConfigOption = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show details of every step, and tracebacks.")] = False,
    log_json: Annotated[bool, typer.Option("--log-json", help="Log one JSON object a line.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options that come before the command."""
    context.obj = Session(config, debug=debug, log_json=log_json)
    context.obj.start_log()


def call(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code. Raises what the command raises; wrong usage is told here."""
    problems = add_commands(app, arguments)
    try:
        called = only_what_is_called(app, arguments)
        return int(called(args=list(arguments), prog_name="hub", standalone_mode=False) or 0)
    except typer.Exit as leave:
        return int(leave.exit_code)
    except typer.Abort:
        return INTERRUPTED
    except Exception as error:  # typer raises its own errors, which know how to show themselves
        show = getattr(error, "show", None)
        if show is None:
            raise
        show()
        for problem in problems:  # the command may be one that a broken plugin brings
            talk(f"hub: {problem}")
        return UsageError.exit_code
