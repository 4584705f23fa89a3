"""The commands that read systems, and that look after what came of it. Each only parses, calls and prints."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

from hub.arguments import Argument, Context, Exit, Option
from hub.errors import UsageError
from hub.output import JsonOption, print_json

if TYPE_CHECKING:
    import typer

Names = Annotated[list[str] | None, Argument(help="Connector instances; all where none is given.", metavar="[NAME]…")]
StreamsOption = Annotated[list[str] | None, Option("--stream", help="Only this stream; may be repeated.")]


def sync(
    context: Context,
    *,
    names: Names = None,
    stream: StreamsOption = None,
    full: Annotated[bool, Option("--full", help="Read everything again, not only what has changed.")] = False,
    verify: Annotated[
        bool,
        Option("--verify", help="Read everything again, repair what differs, and tell what had been missed."),
    ] = False,
    dry_run: Annotated[bool, Option("--dry-run", help="Write nothing; tell what would change.")] = False,
    allow_deletes: Annotated[
        bool, Option("--allow-deletes", help="What a complete read lacks is gone, however much it is.")
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
    raise Exit(result.exit_code)


def check(context: Context, names: Names = None, as_json: JsonOption = False) -> None:
    """Look whether every system can be read: settings, logins, permissions, files."""
    from sync_jobs import checks

    findings = checks.check(context.obj, names or ())
    if as_json:
        print_json(checks.document(findings))
    else:
        checks.tell(findings)
    raise Exit(checks.exit_code(findings))


def preview(
    context: Context,
    name: Annotated[str, Argument(help="Connector instance.")],
    stream: Annotated[str, Argument(help="Stream.")],
    *,
    rows: Annotated[int, Option("-n", "--rows", min=1, max=1000, help="Rows to look at.")] = 5,
    as_json: JsonOption = False,
) -> None:
    """Show the first rows of a stream, raw beside canonical. Writes nothing."""
    from sync_jobs import preview as work

    result = work.preview(context.obj, name, stream, rows)
    if as_json:
        print_json(work.document(result))
    else:
        work.tell(result)
    raise Exit(1 if any(row.rejects for row in result.rows) else 0)


def status(context: Context, as_json: JsonOption = False) -> None:
    """What is held of what there is, how fresh it is, what waits, and when each stream runs next."""
    from sync_jobs import status as work

    with context.obj.open_store() as store:
        lines = work.status(context.obj, store)
    if as_json:
        print_json(work.status_document(lines))
    else:
        work.tell_status(lines)


def runs(
    context: Context,
    *,
    name: Annotated[str | None, Argument(help="Only this connector instance.")] = None,
    stream: Annotated[str | None, Option("--stream", help="Only this stream.")] = None,
    number: Annotated[int | None, Option("--id", help="One run, with its pages in the ledger.")] = None,
    limit: Annotated[int, Option("--limit", min=1, help="How many, the newest first.")] = 20,
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


QUICK: dict[str, Callable[..., None]] = {
    "sync": sync,
    "check": check,
    "preview": preview,
    "status": status,
    "runs": runs,
}
"""The commands that `hub.quick` may bind by itself."""


def hub_cli(app: typer.Typer) -> None:
    """Add our commands."""
    from sync_jobs import commands_run as operations
    from sync_jobs.commands_quarantine import quarantine

    for command in QUICK.values():
        app.command()(command)
    for command in (
        operations.run, operations.schedule, operations.pause, operations.resume, operations.backfill,
        operations.backfills, operations.alerts,
    ):  # fmt: skip
        app.command()(command)
    app.add_typer(quarantine, name="quarantine")
