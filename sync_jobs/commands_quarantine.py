"""`hub quarantine list|show|retry|drop`."""

from __future__ import annotations

from typing import Annotated

import typer

from hub.errors import UsageError
from hub.output import JsonOption, print_json

quarantine = typer.Typer(help="Records that were refused, and wait for somebody.", no_args_is_help=True)

Ids = Annotated[list[int], typer.Argument(help="Numbers of entries.", metavar="ID…")]


@quarantine.command("list")
def list_entries(
    context: typer.Context,
    *,
    name: Annotated[str | None, typer.Argument(help="Only this connector instance.")] = None,
    stream: Annotated[str | None, typer.Option("--stream", help="Only this stream.")] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many, the oldest first.")] = 100,
    as_json: JsonOption = False,
) -> None:
    """What waits, and why. Shows nothing of the rows but their ids."""
    from sync_jobs import quarantine as work

    with context.obj.open_store() as store:
        found = store.quarantined(source=name, stream=stream, limit=limit)
        total = sum(
            count
            for (source, of_stream), count in store.open_quarantine().items()
            if name in (None, source) and stream in (None, of_stream)
        )
    if as_json:
        print_json(work.document(found, total))
    else:
        work.tell_list(found, total)


@quarantine.command("show")
def show_entry(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="Number of the entry.", metavar="ID")],
    as_json: JsonOption = False,
) -> None:
    """One entry with its raw row."""
    from dataclasses import asdict

    from sync_jobs import quarantine as work

    with context.obj.open_store() as store:
        entry = work.entry(store, number)
    if as_json:
        print_json(asdict(entry))
    else:
        work.tell_entry(entry)


@quarantine.command("retry")
def retry_entries(
    context: typer.Context,
    *,
    what: Annotated[
        list[str] | None, typer.Argument(help="Numbers of entries, or names of instances.", metavar="[ID|NAME]…")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Try all that waits.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Map waiting rows again, after `fields:` was mended. Asks no system."""
    from sync_jobs import requeue

    ids = [int(word) for word in what or () if word.isdecimal()]
    names = [word for word in what or () if not word.isdecimal()]
    if everything == bool(what) or (ids and names):
        raise UsageError("say what to retry.", fix="Give numbers of entries, or names of instances, or --all.")
    with context.obj.open_store() as store:
        results = requeue.retry(context.obj, store, names=names, ids=ids or None)
    if as_json:
        print_json(requeue.document(results))
    else:
        requeue.tell(results)
    raise typer.Exit(requeue.exit_code(results))


@quarantine.command("drop")
def drop_entries(context: typer.Context, ids: Ids, as_json: JsonOption = False) -> None:
    """Give entries up. They stay on record, with your name."""
    from sync_jobs import quarantine as work

    with context.obj.open_store() as store:
        dropped = work.drop(store, ids)
    if as_json:
        print_json({"dropped": dropped})
    else:
        typer.echo(f"{dropped} dropped")
