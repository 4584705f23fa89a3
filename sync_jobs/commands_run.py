"""The commands of operations: the daemon, its schedule, backfills. Each only parses, calls and prints."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import typer

from hub.arguments import Argument, Context, Exit, Option
from hub.output import JsonOption, print_json, say, talk

Where = Annotated[str, Argument(help="Connector instance, or INSTANCE/STREAM.", metavar="NAME[/STREAM]")]
_DAYS = ["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M:%SZ"]


def run(context: Context) -> None:
    """Keep everything in sync by its schedule, until asked to stop; the console comes with it."""
    from sync_jobs import serve

    raise Exit(serve.serve(context.obj))


def schedule(
    context: Context,
    *,
    names: Annotated[list[str] | None, Argument(help="Connector instances; all where none is given.")] = None,
    explain: Annotated[bool, Option("--explain", help="Say why: pauses, retries, dependencies, the last run.")] = False,
    as_json: JsonOption = False,
) -> None:
    """The next ten starts of every scheduled stream."""
    from sync_jobs import agenda

    with context.obj.open_store() as store:
        found = agenda.planned(context.obj, store, tuple(names or ()))
    if as_json:
        print_json(agenda.document(found))
    else:
        agenda.tell(found, explain=explain)


def pause(
    context: Context, *, name: Where, why: Annotated[str, Option("--why", help="What others should know.")] = ""
) -> None:
    """Let `hub run` leave a system or a stream alone; what runs goes on to its end."""
    from sync_jobs import agenda

    with context.obj.open_store() as store:
        say(agenda.pause(context.obj, store, name, why))


def resume(context: Context, *, name: Where) -> None:
    """Let `hub run` go on with what was paused, by a person or after a refused login."""
    from sync_jobs import agenda

    with context.obj.open_store() as store:
        say(agenda.resume(context.obj, store, name))


def backfill(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Connector instance.")],
    stream: Annotated[str, typer.Argument(help="Stream.")],
    *,
    since: Annotated[datetime, typer.Option("--from", formats=_DAYS, help="Begin, in UTC.")],
    until: Annotated[
        datetime | None, typer.Option("--to", formats=_DAYS, help="End, in UTC; now if not given.")
    ] = None,
    parts: Annotated[
        int, typer.Option("--parts", min=1, max=64, help="Read so many parts of the stretch side by side.")
    ] = 1,
    later: Annotated[bool, typer.Option("--later", help="Leave it to `hub run` instead of reading it here.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask after the forecast.")] = False,
) -> None:
    """Read a stretch of the past again, beside the stream's own runs, whose place it leaves alone."""
    from sync_jobs import backfill as work

    forecast = work.forecast(context.obj, name, stream, since, until)
    talk(forecast.text)
    if not yes and not typer.confirm("Begin?", err=True):
        talk("Nothing was begun.")
        return
    raise typer.Exit(work.begin(context.obj, forecast, later=later, parts=parts))


def backfills(
    context: typer.Context,
    *,
    cancel: Annotated[int | None, typer.Option("--cancel", help="End this one; what it read stays.")] = None,
    go_on: Annotated[int | None, typer.Option("--resume", help="Go on with this one, here.")] = None,
    as_json: JsonOption = False,
) -> None:
    """The backfills there were and are; cancel one, or go on with one that was stopped."""
    from sync_jobs import backfill as work

    if cancel is not None:
        say(work.cancel(context.obj, cancel))
    elif go_on is not None:
        raise typer.Exit(work.go_on(context.obj, go_on))
    else:
        found = work.listed(context.obj)
        print_json(work.document(found)) if as_json else work.tell(found)


def alerts(
    context: Context,
    *,
    everything: Annotated[bool, Option("--all", help="Those that are over, too.")] = False,
    as_json: JsonOption = False,
) -> None:
    """What is wrong right now, as it was told to people."""
    from sync_jobs import told

    with context.obj.open_store() as store:
        found = told.alerts(store, everything=everything)
    if as_json:
        print_json(told.document(found))
    else:
        told.tell(found)
