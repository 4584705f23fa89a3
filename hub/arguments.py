"""How our own commands say what they take, without typer: importing it costs more than most of them run.

Two read these declarations: `hub.quick`, which binds arguments that are plainly right, and `hub.application`, which
hands them to typer for everything else: help, short names and mistakes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from hub.session import Session


class Declared:
    """What stands in `Annotated` beside a parameter's type. The settings are those of typer's class of that name."""

    __slots__ = ("names", "settings")

    def __init__(self, *names: str, **settings: Any) -> None:
        self.names = names
        self.settings = settings


class Option(Declared):
    """A parameter with a name, such as `--full`."""


class Argument(Declared):
    """A parameter by its place."""


class Context(NamedTuple):
    """What a command finds its session in; typer's own context has the same `obj`."""

    obj: Session


class Exit(Exception):
    """Ends a command with an exit code."""

    def __init__(self, code: int = 0) -> None:
        super().__init__(code)
        self.code = code
