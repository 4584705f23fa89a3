"""The commands that read systems and look after what came of it. Each only parses, calls and prints."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.cli import JsonOption, print_json
from hub.sdk.hooks import hookimpl

Names = Annotated[
    list[str] | None, typer.Argument(help="Connector instances; all where none is given.", metavar="[NAME]…")
]
StreamOption = Annotated[list[str] | None, typer.Option("--stream", help="Only this stream; may be repeated.")]


def sync(
    context: typer.Context,
    *,
    names: Names = None,
    stream: StreamOption = None,
    full: Annotated[bool, typer.Option("--full", help="Read everything again, not only what has changed.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; tell what would change.")] = False,
    allow_deletes: Annotated[
        bool, typer.Option("--allow-deletes", help="What a complete snapshot lacks is gone, however much it is.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Read what has changed in your systems into the hub."""
    from sync_jobs import sync as work
    from sync_jobs.joblist import Asked
    from sync_jobs.progress import watcher_for
    from sync_jobs.stopping import stop_on_signals

    asked = Asked(tuple(names or ()), tuple(stream or ()), full, dry_run, allow_deletes)
    with stop_on_signals() as stopped:
        result = work.sync(context.obj, asked, watcher_for(quiet=as_json), stopped.is_set)
    if as_json:
        print_json(work.document(result, dry_run=dry_run))
        for error in result.errors():
            typer.echo(f"hub: {error}", err=True)
    else:
        work.tell(result, dry_run=dry_run)
    raise typer.Exit(result.exit_code)


@hookimpl
def hub_cli(app: typer.Typer) -> None:
    """Add our commands."""
    for command in (sync,):
        app.command()(command)
