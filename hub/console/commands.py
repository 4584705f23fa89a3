"""`hub console`: the web console by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from hub.arguments import Context, Exit, Option

if TYPE_CHECKING:
    import typer


def console(
    context: Context,
    *,
    host: Annotated[str | None, Option("--host", help="Address to listen on instead of the setting.")] = None,
    port: Annotated[int | None, Option("--port", min=1, max=65_535, help="Port instead of the setting.")] = None,
    with_parent: Annotated[bool, Option("--while-stdin-is-open", hidden=True)] = False,
) -> None:
    """Show the web console until Ctrl-C. `hub run` brings it along; this runs it alone."""
    from hub.console.server import serve, stop_with_stdin

    if with_parent:
        stop_with_stdin()
    raise Exit(serve(context.obj, host=host, port=port))


def hub_cli(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(console)
