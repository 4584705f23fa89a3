"""The places where a plugin joins in (pluggy). Arguments may be added to a hook later, never removed or renamed.

A plugin is found by its entry point in the group `b2b_hub`. It is imported at every sync, since it may have a hook that
wants to be called: so import what is heavy inside the hooks. One that has nothing but `hub_connectors` belongs into the
group `b2b_hub.connectors` instead, and is imported only where one of its kinds is configured.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    import typer

    from hub.model.batch import Batch, Reject
    from hub.sdk.connector import Connector
    from hub.sdk.publisher import Publisher

PROJECT = "b2b_hub"
SDK_VERSION = 1
"""A plugin that depends on it says `HUB_SDK = 1` in its module. Grows when something is removed or changes meaning."""
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def hub_connectors() -> list[type[Connector[Any]]]:
    """Connector classes this plugin brings."""
    raise NotImplementedError


@hookspec
def hub_metrics() -> list[Any]:
    """Metrics (`hub.sdk.metric.Metric`) this plugin brings."""
    raise NotImplementedError


@hookspec
def hub_publishers() -> list[type[Publisher[Any]]]:
    """Publisher classes (`hub.sdk.publisher.Publisher`) this plugin brings."""
    raise NotImplementedError


@hookspec
def hub_before_merge(source: str, stream: str, batch: Batch) -> list[Reject]:
    """Look at a batch before it is stored: change values in place, and return the records to refuse.

    A returned `Reject.row` is the record's position within the batch.
    """
    raise NotImplementedError


@hookspec
def hub_after_run(source: str, stream: str, report: Any) -> None:
    """Called after each run with its `sync_jobs.pipeline.RunReport`. A failure here is logged and changes nothing."""
    raise NotImplementedError


@hookspec
def hub_notify(alert: Any) -> None:
    """Deliver an alert to people: a `sync_jobs.alerts.Alert` with `event` (opened, ended), `kind`, `severity`,
    `source`, `stream`, `title`, `detail`, `fix`, `opened_at`, `ended_at`, `subject` and `text`. `hub run` calls it
    once for the beginning and once for the end of what is wrong, and again later where it raises."""
    raise NotImplementedError


@hookspec
def hub_cli(app: typer.Typer) -> None:
    """Add commands to `hub`. Import anything heavy inside the command, not here."""
    raise NotImplementedError


@hookspec
def hub_console(console: Any) -> None:
    """Bring pages to the web console: a `hub.console.desk.Console` with `page`, `action`, `api`, `navigation`, `folder`
    (templates), `lives`, `checks` and `collectors`. Called once, when the console starts."""
    raise NotImplementedError
