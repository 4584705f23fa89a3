"""`hub odata`: what a BI tool needs to find the feed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from hub.arguments import Context, Option
from hub.errors import UsageError
from hub.output import say

if TYPE_CHECKING:
    import typer


def pbids(
    context: Context,
    *,
    out: Annotated[Path | None, Option("-o", "--out", help="File to write; `hub.pbids` here where not given.")] = None,
    url: Annotated[
        str | None, Option("--url", help="Address of the feed, where `console: public_url` is not it.")
    ] = None,
) -> None:
    """Write a .pbids file: opened in Power BI Desktop, it asks for the login and shows the feed's tables."""
    address = _checked(url) if url else feed_address(context.obj.config_dir)
    target = out or Path("hub.pbids")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(json.dumps(document(address), indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{target} cannot be written: {error.strerror}.", fix="Choose another place.") from error
    say(f"wrote {target} for {address}")
    say("Login: Basic, with the name and the token of `hub token create NAME --scope odata`.")


def _checked(url: str) -> str:
    """An address with a slash at its end; UsageError for what is none."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
        raise UsageError(
            "--url is no address of a feed.", fix="Write it as in https://hub.example.com/odata/, without a login."
        )
    return url.rstrip("/") + "/"


def document(address: str) -> dict[str, object]:
    """A data source file of Power BI for the feed at an address. It holds neither a login nor a choice of tables."""
    connection = {"details": {"protocol": "odata", "address": {"url": address}}, "options": {}}
    return {"version": "0.1", "connections": [connection]}


def feed_address(config_dir: Path) -> str:
    """Where clients find the feed."""
    from hub.console.odata.mounting import PATH
    from hub.console.server import address_of
    from hub.settings.load import load_console

    return f"{address_of(load_console(config_dir))}{PATH}/"


def hub_cli(app: typer.Typer) -> None:
    """Add the command."""
    import typer

    group = typer.Typer(help="The OData feed for Power BI, Excel and Tableau.", no_args_is_help=True)
    group.callback()(_group)
    group.command("pbids")(pbids)
    app.add_typer(group, name="odata")


def _group() -> None:
    """The OData feed for Power BI, Excel and Tableau."""
