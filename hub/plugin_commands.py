"""The commands that our own packages and plugins add to `hub`, through `hub_cli`.

Ours are always there, and light. Plugins are asked only when the command is not one of ours, or help is wanted, so that
a plugin's imports never slow down a sync.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from importlib import import_module
from typing import TYPE_CHECKING, Any

from hub.errors import PluginError
from hub.plugin_loading import guarded

if TYPE_CHECKING:
    import typer

OWN_COMMANDS = (
    "sync_jobs.commands",
    "metrics.commands",
    "hub.identity.commands",
    "hub.access.commands",
    "hub.console.commands",
    "hub.console.odata.commands",
    "hub.simulate",
)
"""Modules of ours with a `hub_cli`."""

_OPTIONS_WITH_VALUE = {"--config"}


def add_commands(app: typer.Typer, arguments: Sequence[str]) -> list[PluginError]:
    """Let everybody add their commands to `app`. Returns what did not work; the rest is there. May be called again."""
    problems = []
    for module in OWN_COMMANDS:
        try:
            with guarded(module, "while its commands were added"):
                _adopt(app, import_module(module).hub_cli, owner=module, check=False)
        except PluginError as error:
            problems.append(error)
    if command_of(arguments) in _names(app) or "--version" in arguments:
        return []
    return [*problems, *_add_plugin_commands(app)]


def only_what_is_called(app: typer.Typer, arguments: Sequence[str]) -> typer.Typer:
    """The application with just the command that is called. Typer builds every command it has, at each start, and that
    takes longer than most of them run. The whole application where help is wanted, or the command is unknown."""
    name = command_of(arguments)
    called = _names(app).get(name) if name else None
    if called is None:
        return app
    narrow = copy(app)
    narrow.registered_commands = [called] if called in app.registered_commands else []
    narrow.registered_groups = [called] if called in app.registered_groups else []
    return narrow


def command_of(arguments: Sequence[str]) -> str | None:
    """The command among the arguments; None where there is none."""
    words = iter(arguments)
    for word in words:
        if word in _OPTIONS_WITH_VALUE:
            next(words, None)
        elif not word.startswith("-"):
            return word
    return None


def _add_plugin_commands(app: typer.Typer) -> list[PluginError]:
    from hub.plugins import Registry

    registry = Registry()
    problems: list[PluginError] = []
    for plugin in registry.with_hook("hub_cli"):
        try:
            _adopt(app, lambda scratch: plugin.call("hub_cli", app=scratch), owner=plugin.name, check=True)  # noqa: B023
        except PluginError as error:
            problems.append(error)
    return [*registry.broken.values(), *problems]


def _adopt(app: typer.Typer, add: Callable[[typer.Typer], Any], *, owner: str, check: bool) -> None:
    """Collect somebody's commands in an application of their own, then take over those whose names are free."""
    import typer

    from hub.typer_form import translate

    scratch = typer.Typer()
    add(scratch)
    if not check:
        translate(scratch)
    if check:
        _require_buildable(scratch, owner)
    taken = _names(app)
    for name, entry in _names(scratch).items():
        if name not in taken:
            target = app.registered_commands if entry in scratch.registered_commands else app.registered_groups
            target.append(entry)
        elif _identity(entry) != _identity(taken[name]):
            raise PluginError(f"plugin {owner} brings a command `{name}`, which is there already.", fix="Uninstall it.")


def _require_buildable(scratch: typer.Typer, owner: str) -> None:
    """Typer reads signatures only when the whole application starts; one bad command must not stop all others then."""
    if not _names(scratch):
        raise PluginError(f"plugin {owner} adds no command in `hub_cli`.", fix="Report it to its author.")
    with guarded(owner, "while its commands were built"):
        import typer.main

        typer.main.get_group(scratch)


def _names(app: typer.Typer) -> dict[str, Any]:
    """Command name -> typer's entry for it."""
    from typer.main import get_command_name

    commands = {
        info.name or get_command_name(getattr(info.callback, "__name__", "")): info for info in app.registered_commands
    }
    groups = {_group_name(info): info for info in app.registered_groups}
    return {**commands, **groups}


def _group_name(info: Any) -> str:
    for name in (info.name, getattr(info.typer_instance.info, "name", None)):
        if isinstance(name, str):
            return name
    return ""


def _identity(entry: Any) -> tuple[str, str]:
    """Where a command's function, or a group's first command, was written."""
    function = getattr(entry, "callback", None)
    if not callable(function):
        commands = entry.typer_instance.registered_commands
        function = commands[0].callback if commands else None
    return getattr(function, "__module__", ""), getattr(function, "__qualname__", "")
