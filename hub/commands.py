"""The commands of the hub itself: start a configuration, check it, look at plugins, care for the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hub import log
from hub.errors import ConfigError, UsageError
from hub.output import JsonOption, print_json, say, talk
from hub.session import Session

if TYPE_CHECKING:
    from hub.settings.check import Checked

config = typer.Typer(help="Check the configuration.", no_args_is_help=True)
db = typer.Typer(help="Care for the hub's own database.", no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Add them all."""
    app.command()(init)
    app.command()(plugins)
    app.command()(schema)
    app.add_typer(config, name="config")
    app.add_typer(db, name="db")


def init(context: typer.Context, folder: Annotated[Path, typer.Argument(help="Where to put it.")] = Path()) -> None:
    """Write a commented starter configuration, with two small CSV files to try it on."""
    from hub.starter import write_starter

    written, kept = write_starter(folder, context.obj.registry)
    for path in written:
        say(f"wrote {path}")
    for path in kept:
        say(f"kept  {path}")
    enter = "" if folder == Path() else f"cd {folder} && "
    say(f"Next: `{enter}hub sync` reads the sample; then put your own system into config/connectors/.")


def plugins(context: typer.Context, as_json: JsonOption = False) -> None:
    """List connector kinds and plugins, the broken ones with their reason."""
    registry = context.obj.registry
    kinds = [{"kind": kind, "from": origin} for kind, origin in sorted(registry.kinds().items())]
    installed = [
        {"plugin": plugin.name, "from": plugin.origin, "hooks": sorted(plugin.hooks)} for plugin in registry.plugins()
    ]
    broken = [{"plugin": name, "reason": str(reason)} for name, reason in sorted(registry.broken.items())]
    if as_json:
        print_json({"kinds": kinds, "plugins": installed, "broken": broken})
    else:
        for entry in kinds:
            say(f"kind    {entry['kind']:<14} {entry['from']}")
        for plugin in registry.plugins():
            say(f"plugin  {plugin.name:<14} {plugin.origin}: {', '.join(sorted(plugin.hooks))}")
        for entry in broken:
            talk(f"BROKEN  {entry['plugin']:<14} {entry['reason']}")
    if broken:
        raise typer.Exit(3)


def schema(
    context: typer.Context,
    target: Annotated[
        Path | None, typer.Option("-o", "--out", help="Folder to write to; the configuration's where not given.")
    ] = None,
) -> None:
    """Write JSON Schemas for the YAML files, so that editors complete and check them."""
    from hub.schemas import write_schemas

    for path in write_schemas(target or context.obj.config_dir, context.obj.registry):
        say(f"wrote {path}")


@config.command("check")
def config_check(context: typer.Context, as_json: JsonOption = False) -> None:
    """Check all YAML files without any network and without reading a secret; tell all mistakes at once."""
    from hub.settings.check import check

    session: Session = context.obj
    try:
        checked = check(session.config_dir, session.registry)
    except ConfigError as error:
        if not as_json:
            raise
        print_json({"ok": False, "problem": error.problem, "mistakes": [log.redact(text) for text in error.mistakes]})
        raise typer.Exit(error.exit_code) from None
    if as_json:
        print_json(
            {"ok": not any(entry.problem for entry in checked), "instances": [_told(entry) for entry in checked]}
        )
    else:
        _show(checked, session.config_dir)
    if any(entry.problem for entry in checked):
        raise typer.Exit(3)


def _told(entry: Checked) -> dict[str, object]:
    return {
        "name": entry.name, "kind": entry.kind, "enabled": entry.enabled, "file": str(entry.path),
        "not_set_here": list(entry.not_set), "problem": entry.problem,
    }  # fmt: skip


def _show(checked: list[Checked], folder: Path) -> None:
    for entry in checked:
        state = "BROKEN" if entry.problem else "ok" if entry.enabled else "off"
        say(f"{state:<6}  {entry.name:<20} {entry.kind:<14} {entry.path}")
        if entry.problem:
            talk(f"        {entry.problem}")
        for reference in entry.not_set:
            talk(f"        not set here: {reference}")
    if not checked:
        say(f"ok      no connector instances yet: add files to {folder / 'connectors'}")


@db.command()
def upgrade(context: typer.Context) -> None:
    """Bring the database's tables to this release."""
    from hub.store import open_store, views

    with open_store(context.obj.store_url) as store:
        revisions = views.upgrade(store)
    say("\n".join(f"applied {name}" for name in revisions) or "The database is up to date.")


@db.command()
def backup(context: typer.Context, target: Annotated[Path, typer.Argument(help="File to write.")]) -> None:
    """Write a consistent, checked copy of the database, also while syncs run."""
    with context.obj.open_store(upgrade_empty=False) as store:
        store.backup(target)
    say(f"wrote {target}")


@db.command("views")
def make_views(
    context: typer.Context,
    role: Annotated[
        str | None,
        typer.Option("--role", help="PostgreSQL: let this role read them, and nothing else; made where it is missing."),
    ] = None,
    print_only: Annotated[bool, typer.Option("--print", help="Print the SQL and change nothing.")] = False,
) -> None:
    """Make views for BI tools that read the database itself: stable names, live rows, golden ids, comments."""
    from hub.store import views

    with context.obj.open_store() as store:
        if print_only:
            say("\n".join(f"{statement};" for statement in views.statements(store.dialect, role)))
            return
        names = views.make(store, role)
        where = "in the schema `bi`" if store.dialect != "sqlite" else "called `bi_...`"
    say(f"made {len(names)} views {where}; `hub db upgrade` keeps them current.")
    if role:
        say(f"{role} may read them. Give a BI tool its login: CREATE ROLE name LOGIN PASSWORD '...' IN ROLE {role};")


@db.command("copy")
def copy_store(
    source: Annotated[str, typer.Argument(help="URL of the database to copy; `${env:NAME}` may stand inside.")],
    target: Annotated[str, typer.Argument(help="URL of an empty database.")],
    as_json: JsonOption = False,
) -> None:
    """Copy the whole database into an empty one, of the other kind too, and prove that it arrived."""
    from hub.store.copying import copy_between

    def progress(table: str, rows: int) -> None:
        talk(f"copied {table}: {rows} rows")

    copied = copy_between(_store_url(source), _store_url(target), progress)
    if as_json:
        print_json(copied.document())
    else:
        say("\n".join(copied.told()))


def _store_url(text: str) -> str:
    """A URL with what its references lead to, which the log then hides."""
    from hub.settings.secrets import Unresolved, interpolate

    try:
        return interpolate(text, Path())
    except Unresolved as error:
        raise UsageError(f"in the URL: {error}") from None


@db.command()
def prune(
    context: typer.Context,
    keep_runs_days: Annotated[
        int | None, typer.Option(min=1, help="Days of run history to keep; `retention.runs_days` where not given.")
    ] = None,
    keep_deleted_days: Annotated[
        int | None,
        typer.Option(
            min=0,
            help="Also remove rows deleted at the source longer ago; `retention.deleted_days` where not given.",
        ),
    ] = None,
    keep_snapshots_days: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Days of computed values to keep, of older ones the last of each month; `retention.snapshots_days` "
            "where not given.",
        ),
    ] = None,
) -> None:
    """Remove old run history, old computed values, old lines of the audit log, and deleted rows where asked."""
    from hub.access import Gate
    from hub.access.person import at_the_command_line
    from hub.store.snapshots import Snapshots

    retention = context.obj.hub_settings.retention
    with context.obj.open_store(upgrade_empty=False) as store:
        removed = store.prune(
            keep_runs_days=retention.runs_days if keep_runs_days is None else keep_runs_days,
            keep_deleted_days=retention.deleted_days if keep_deleted_days is None else keep_deleted_days,
        )
        kept_days = retention.snapshots_days if keep_snapshots_days is None else keep_snapshots_days
        if gone := Snapshots(store).prune(kept_days):
            removed["snapshots"] = gone
        if gone := Gate(store).log.prune(at_the_command_line(), retention.audit_days):
            removed["audit"] = gone
    say("\n".join(f"{name}: {count} removed" for name, count in removed.items()) or "Nothing to remove.")
