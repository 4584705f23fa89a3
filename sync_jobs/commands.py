"""The commands that read systems, and that look after what came of it. Each only parses, calls and prints."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.errors import UsageError
from hub.output import JsonOption, print_json
from hub.sdk.hooks import hookimpl
from sync_jobs.commands_quarantine import quarantine

Names = Annotated[
    list[str] | None, typer.Argument(help="Connector instances; all where none is given.", metavar="[NAME]…")
]
StreamsOption = Annotated[list[str] | None, typer.Option("--stream", help="Only this stream; may be repeated.")]


def sync(
    context: typer.Context,
    *,
    names: Names = None,
    stream: StreamsOption = None,
    full: Annotated[bool, typer.Option("--full", help="Read everything again, not only what has changed.")] = False,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Read everything again, repair what differs, and tell what had been missed."),
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing; tell what would change.")] = False,
    allow_deletes: Annotated[
        bool, typer.Option("--allow-deletes", help="What a complete read lacks is gone, however much it is.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Read what has changed in your systems into the hub."""
    from sync_jobs import sync as work
    from sync_jobs.joblist import Asked
    from sync_jobs.progress import watcher_for
    from sync_jobs.stopping import stop_on_signals

    if full and verify:
        raise UsageError("--full and --verify exclude each other.", fix="--verify reads everything, too.")
    asked = Asked(tuple(names or ()), tuple(stream or ()), full, dry_run, allow_deletes, verify)
    with stop_on_signals() as stopped:
        result = work.sync(context.obj, asked, watcher_for(quiet=as_json), stopped.is_set)
    if as_json:
        print_json(work.document(result, dry_run=dry_run))
    work.tell(result, dry_run=dry_run, with_table=not as_json)
    raise typer.Exit(result.exit_code)


def check(context: typer.Context, names: Names = None, as_json: JsonOption = False) -> None:
    """Look whether every system can be read: settings, logins, permissions, files."""
    from sync_jobs import checks

    findings = checks.check(context.obj, names or ())
    if as_json:
        print_json(checks.document(findings))
    else:
        checks.tell(findings)
    raise typer.Exit(checks.exit_code(findings))


def preview(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Connector instance.")],
    stream: Annotated[str, typer.Argument(help="Stream.")],
    *,
    rows: Annotated[int, typer.Option("-n", "--rows", min=1, max=1000, help="Rows to look at.")] = 5,
    as_json: JsonOption = False,
) -> None:
    """Show the first rows of a stream, raw beside canonical. Writes nothing."""
    from sync_jobs import preview as work

    result = work.preview(context.obj, name, stream, rows)
    if as_json:
        print_json(work.document(result))
    else:
        work.tell(result)
    raise typer.Exit(1 if any(row.rejects for row in result.rows) else 0)


def status(context: typer.Context, as_json: JsonOption = False) -> None:
    """What is held of what there is, how fresh it is, what waits, and when each stream runs next."""
    from sync_jobs import status as work

    with context.obj.open_store() as store:
        lines = work.status(context.obj, store)
    if as_json:
        print_json(work.status_document(lines))
    else:
        work.tell_status(lines)


def runs(
    context: typer.Context,
    *,
    name: Annotated[str | None, typer.Argument(help="Only this connector instance.")] = None,
    stream: Annotated[str | None, typer.Option("--stream", help="Only this stream.")] = None,
    number: Annotated[int | None, typer.Option("--id", help="One run, with its pages in the ledger.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, the newest first.")] = 20,
    as_json: JsonOption = False,
) -> None:
    """The history of runs, and the completeness ledger of each."""
    from sync_jobs import status as work

    with context.obj.open_store() as store:
        if number is not None:
            run, pages = work.run_of(store, number)
        else:
            found = store.runs(source=name, stream=stream, limit=limit)
    if number is not None:
        print_json(work.run_document(run, pages)) if as_json else work.tell_run(run, pages)
    else:
        print_json(work.runs_document(found)) if as_json else work.tell_runs(found)


@hookimpl
def hub_cli(app: typer.Typer) -> None:
    """Add our commands."""
    for command in (sync, check, preview, status, runs):
        app.command()(command)
    app.add_typer(quarantine, name="quarantine")
