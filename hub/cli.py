"""The command `hub`: global options, the commands that need no data, and how every error leaves the house.

Plugins, our own packages among them, add their commands through `hub_cli`. Nothing heavy is imported up here:
`hub --help` must answer at once.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from hub import __version__
from hub.errors import HubError, UsageError
from hub.session import Session

app = typer.Typer(
    name="hub",
    help="One trusted copy of customers, orders and stock across all your systems.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
db = typer.Typer(help="Care for the hub's own database.", no_args_is_help=True)
app.add_typer(db, name="db")

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", envvar="HUB_CONFIG", help="Configuration folder; ./config where not given.", metavar="DIR"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]


def _version(wanted: bool) -> None:
    if wanted:
        print(f"b2b-hub {__version__}")
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
    from hub import log

    session = Session(config, debug=debug)
    log.setup("DEBUG" if debug else "WARNING", json=log_json, bug_folder=lambda: session.state_dir / "errors")
    context.obj = session


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="Where to put it.")] = Path()) -> None:
    """Write a commented starter configuration."""
    from hub.starter import write_starter

    for path in write_starter(folder):
        print(f"wrote {path}")
    print("Next: edit config/connectors/*.yaml, then run `hub check`.")


@app.command()
def plugins(context: typer.Context, as_json: JsonOption = False) -> None:
    """List connector kinds and plugins, the broken ones with their reason."""
    registry = context.obj.registry
    kinds = [{"kind": kind, "from": origin} for kind, origin in sorted(registry.kinds().items())]
    broken = [{"plugin": name, "reason": str(reason)} for name, reason in sorted(registry.broken.items())]
    if as_json:
        print_json({"kinds": kinds, "broken": broken})
    else:
        for entry in kinds:
            print(f"{entry['kind']:<14} {entry['from']}")
        for entry in broken:
            print(f"{entry['plugin']:<14} BROKEN: {entry['reason']}", file=sys.stderr)
    if broken:
        raise typer.Exit(3)


@app.command()
def schema(
    context: typer.Context,
    target: Annotated[Path, typer.Option("-o", "--out", help="Folder to write to.")] = Path("config"),
) -> None:
    """Write JSON Schemas for the YAML files, so that editors complete and check them."""
    from hub.schemas import write_schemas

    for path in write_schemas(target, context.obj.registry):
        print(f"wrote {path}")


@db.command()
def upgrade(context: typer.Context) -> None:
    """Bring the database's tables to this release."""
    from hub.store import open_store

    with open_store(context.obj.store_url) as store:
        revisions = store.upgrade()
    print("\n".join(f"applied {name}" for name in revisions) or "The database is up to date.")


@db.command()
def backup(context: typer.Context, target: Annotated[Path, typer.Argument(help="File to write.")]) -> None:
    """Write a consistent, checked copy of the database, also while syncs run."""
    with context.obj.open_store(upgrade_empty=False) as store:
        store.backup(target)
    print(f"wrote {target}")


@db.command()
def prune(
    context: typer.Context,
    keep_runs_days: Annotated[int, typer.Option(help="Days of run history to keep.")] = 400,
    keep_deleted_days: Annotated[
        int | None, typer.Option(help="Also remove rows deleted at the source longer ago than this.")
    ] = None,
) -> None:
    """Remove old run history, and deleted rows where asked."""
    with context.obj.open_store(upgrade_empty=False) as store:
        removed = store.prune(keep_runs_days=keep_runs_days, keep_deleted_days=keep_deleted_days)
    print("\n".join(f"{name}: {count} removed" for name, count in removed.items()) or "Nothing to remove.")


def print_json(document: Any) -> None:
    """One JSON document on stdout; decimals as text, so that they stay exact; times in ISO 8601."""
    print(json.dumps(document, indent=2, ensure_ascii=False, default=str))


def main(arguments: list[str] | None = None) -> None:
    """Entry point of the `hub` script."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        _prepare(arguments)
        code = app(args=arguments, standalone_mode=False)
    except HubError as error:
        print(f"hub: {error}", file=sys.stderr)
        code = error.exit_code
    except (KeyboardInterrupt, BrokenPipeError):
        code = 130
    except typer.Exit as leave:
        code = leave.exit_code
    except typer.Abort:
        code = 130
    except Exception as error:  # our own bug, or typer's usage errors
        code = _unexpected(error, debug="--debug" in arguments)
    sys.exit(code or 0)


def _prepare(arguments: list[str]) -> None:
    """Check the installation and let our packages and plugins add their commands."""
    from hub import layout
    from hub.plugin_commands import add_commands

    layout.check()
    add_commands(app, arguments)


def _unexpected(error: Exception, *, debug: bool) -> int:
    show = getattr(error, "show", None)
    if show is not None:  # click's own usage errors know how to show themselves
        show()
        return UsageError.exit_code
    if debug:
        raise error
    from hub import log

    place = log.record_bug(error)
    print(
        f"hub: an error of ours: {type(error).__name__}. Details are in {place}; please report it with that file, "
        "or run again with --debug.",
        file=sys.stderr,
    )
    return 70


if __name__ == "__main__":
    main()
