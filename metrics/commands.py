"""The commands that give numbers. Each only parses, calls and prints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from hub.output import JsonOption, print_json, say
from hub.sdk.hooks import hookimpl
from metrics.explain_commands import explain
from metrics.filters import NO_FILTERS, Filters
from metrics.options import ALL, FILTERS, AsOfOption, Choice, choosing, moment
from metrics.publish_commands import publish
from metrics.reconcile_commands import reconcile

metrics = typer.Typer(
    help="Numbers across all systems: what there is, what it means, what it says.", no_args_is_help=True
)


@metrics.command("list")
def list_metrics(context: typer.Context, as_json: JsonOption = False) -> None:
    """List every metric with its meaning."""
    from metrics import show
    from metrics.workbench import catalogue

    known = catalogue(context.obj)
    show.faults(known)
    if as_json:
        print_json([show.definition(metric) for metric in known.metrics.values()])
    else:
        for line in show.listing(known):
            say(line)


@metrics.command()
@choosing(*ALL)
def show(
    context: typer.Context,
    metric: Annotated[str, typer.Argument(help="The metric's id.")],
    *,
    choice: Choice,
    limit: Annotated[int, typer.Option(min=1, help="Rows to print; --json and --csv give all.")] = 50,
    as_json: JsonOption = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV with exact values.")] = False,
) -> None:
    """Compute one metric, and say what it is made of."""
    from metrics import show as shown
    from metrics import text
    from metrics.workbench import catalogue, workbench

    known = catalogue(context.obj)
    asked = choice.asked
    known.request(metric, **asked)  # a wrong request is told before anything is opened
    with workbench(context.obj, known) as bench:
        only = bench.only(*choice.only)
        result = bench.engine.compute(known.request(metric, defaults=bench.defaults, only=only, **asked))
    _keep(context, [result], bench.sources)
    if as_json:
        print_json({**result.document(), "sources": [source.document() for source in bench.sources]})
    elif as_csv:
        typer.echo(text.as_csv(result), nl=False)
    else:
        for line in shown.page(result, bench.sources, limit):
            say(line)


@metrics.command()
@choosing(*FILTERS)
def compute(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="Ids; all where none is given.", metavar="[ID]…")] = None,
    *,
    choice: Choice,
    as_json: JsonOption = False,
) -> None:
    """Compute several metrics at once, each by its usual grouping; those that are undefined say why."""
    from metrics import show as shown
    from metrics.workbench import catalogue, workbench

    known = catalogue(context.obj)
    wanted = names or list(known.metrics)
    asked = choice.asked
    for name in wanted:
        known.request(name, **asked)
    with workbench(context.obj, known) as bench:
        only = bench.only(*choice.only)
        requests = [known.request(name, defaults=bench.defaults, only=only, **asked) for name in wanted]
        outcomes = dict(zip(wanted, bench.engine.compute_all(requests), strict=True))
    _keep(context, outcomes.values(), bench.sources)
    if as_json:
        print_json({name: shown.outcome(outcome) for name, outcome in outcomes.items()})
    else:
        for line in shown.headlines(known, outcomes):
            say(line)


@metrics.command()
@choosing(*ALL)
def history(
    context: typer.Context,
    metric: Annotated[str, typer.Argument(help="The metric's id.")],
    *,
    choice: Choice,
    limit: Annotated[int, typer.Option(min=1, help="Snapshots to show, the newest first.")] = 30,
    as_json: JsonOption = False,
) -> None:
    """Show how a number was known over time. `hub explain METRIC --as-of T` says what changed since."""
    from hub.store.snapshots import Snapshots
    from metrics.snapshots import history as told
    from metrics.snapshots import key_of
    from metrics.workbench import catalogue, defaults_of

    known, session = catalogue(context.obj), context.obj
    asked = choice.asked
    only = _only(session, known, choice)
    request = known.request(metric, defaults=defaults_of(session.hub_settings), only=only, **asked)
    with session.open_store() as store:
        found = Snapshots(store).listed(request.metric.id, key_of(request), limit=limit)
    if as_json:
        print_json(told.document(found))
    else:
        for line in told.lines(request, found, session.hub_settings.reporting_currency):
            say(line)


def _only(session: Any, known: Any, choice: Choice) -> Filters:
    """What is asked for; nothing is opened where everything is."""
    from metrics.workbench import workbench

    if not any(choice.only):
        return NO_FILTERS
    with workbench(session, known) as bench:
        return bench.only(*choice.only)


def _keep(context: typer.Context, outcomes: Iterable[Any], sources: Sequence[Any]) -> None:
    """Keep what was computed as it is known now."""
    from metrics.result import Result
    from metrics.snapshots import keep

    with context.obj.open_store() as store:
        keep(store, [outcome for outcome in outcomes if isinstance(outcome, Result)], sources)


@choosing(*FILTERS)
def report(
    context: typer.Context,
    *,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="File to write: .html, .xlsx, .pdf, .txt; only a summary where not given."),
    ] = None,
    form: Annotated[
        str | None, typer.Option("--format", help="html, xlsx, pdf or txt whatever the name; csv or parquet: a folder.")
    ] = None,
    metric: Annotated[
        list[str] | None, typer.Option("--metric", help="Only this metric; may be repeated. Else what a board reads.")
    ] = None,
    choice: Choice,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write the report over all systems, and print its summary."""
    from metrics import report as work

    order = work.Order(out, form, *choice.days, metric or (), moment(as_of), *choice.only)
    summary = work.report(context.obj, order)
    if as_json:
        print_json(summary.document())
    else:
        for line in summary.lines():
            say(line)


def demo(
    context: typer.Context,
    *,
    folder: Annotated[Path, typer.Option(help="Where to put its files.")] = Path("demo"),
    stay: Annotated[bool, typer.Option("--stay", help="Keep the simulated systems up until Ctrl-C.")] = False,
) -> None:
    """Show it all on a made-up group of companies: exports with mistakes, simulated systems, the numbers, a report."""
    from metrics import demo as work

    raise typer.Exit(work.demo(folder, context.obj.registry, stay=stay))


@hookimpl
def hub_cli(app: typer.Typer) -> None:
    """Add our commands to `hub`."""
    app.add_typer(metrics, name="metrics")
    app.command()(explain)
    app.command()(reconcile)
    app.command()(report)
    app.command()(publish)
    app.command()(demo)
