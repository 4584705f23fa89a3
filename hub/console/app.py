"""The application: framework, our own pages, and those that come through the hook."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from hub import __version__
from hub.console import (
    access_pages,
    entry,
    erase_pages,
    faults,
    health,
    identity_pages,
    live,
    odata,
    own_api,
    reference,
    settings_pages,
)
from hub.console.desk import API, Console
from hub.console.headers import Headers, Limit
from hub.console.lending import Lending
from hub.console.odata import mount as mount_feed
from hub.errors import PluginError
from hub.plugin_loading import importer, load
from hub.plugins import ORIGIN

if TYPE_CHECKING:
    from hub.plugin_loading import Plugin
    from hub.session import Session
    from hub.settings.console import ConsoleSettings

log = logging.getLogger(__name__)

OWN_PAGES = ("sync_jobs.console", "metrics.console")
"""Modules of ours with a `hub_console`."""
_HERE = Path(__file__).parent


def build(session: Session, settings: ConsoleSettings) -> FastAPI:
    """The whole console. The store is opened when the first page needs it."""
    app = FastAPI(
        title="b2b-hub", version=__version__, docs_url=None, redoc_url=None, openapi_url=f"{API}/openapi.json",
        lifespan=_lifespan, description="One trusted copy of all your systems: what the console shows and does.",
    )  # fmt: skip
    console = Console(session, settings, app, Lending(session.store_url), _templates())
    app.state.console = console
    for module in (entry, health, access_pages, erase_pages, settings_pages, identity_pages, own_api, reference, live):
        module.add(console)
    _ask_everybody(console)
    mount_feed(app, console)
    odata.mount(app, console)
    app.mount("/static", StaticFiles(directory=_HERE / "static"), name="static")
    faults.install(app)
    app.add_middleware(faults.Bugs)
    app.add_middleware(Limit)
    app.add_middleware(Headers)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.console.close()


def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader([str(_HERE / "templates")]),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _ask_everybody(console: Console) -> None:
    """Let our own parts and plugins bring their pages. One that fails is told, and stops no other."""
    for module in OWN_PAGES:
        load(module, ORIGIN, importer(module)).call("hub_console", console=console)
    registry = console.session.registry
    for plugin in registry.with_hook("hub_console"):
        _ask(plugin, console)
    for problem in registry.broken.values():
        log.warning("%s", problem)


def _ask(plugin: Plugin, console: Console) -> None:
    try:
        plugin.call("hub_console", console=console)
    except PluginError as error:
        log.warning("%s", error)
