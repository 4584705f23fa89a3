"""Commands that are declared in `hub.arguments`'s words, in the form that typer reads."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import typer

from hub.arguments import Argument, Context, Declared, Option

_WORDS = {Option: typer.Option, Argument: typer.Argument}


def translate(app: typer.Typer) -> None:
    """Put all commands of the application and its groups into typer's form; those that are in it stay as they are."""
    for command in app.registered_commands:
        if command.callback is not None:
            command.callback = for_typer(command.callback)
    for group in app.registered_groups:
        if group.typer_instance is not None:
            translate(group.typer_instance)


def for_typer(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function with a signature that typer understands; itself where it has nothing of ours."""
    hints = get_type_hints(function, include_extras=True)
    if not any(hint is Context or _declared(hint) for hint in hints.values()):
        return function
    translated = {name: _translated(hint) for name, hint in hints.items()}
    signature = inspect.signature(function)

    @wraps(function)
    def command(*arguments: Any, **named: Any) -> Any:
        return function(*arguments, **named)

    command.__annotations__ = translated
    command.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[parameter.replace(annotation=translated[name]) for name, parameter in signature.parameters.items()]
    )
    return command


def _translated(hint: Any) -> Any:
    declared = _declared(hint)
    if declared is not None:
        return Annotated[get_args(hint)[0], _WORDS[type(declared)](*declared.names, **declared.settings)]
    return typer.Context if hint is Context else hint


def _declared(hint: Any) -> Declared | None:
    if get_origin(hint) is not Annotated:
        return None
    return next((word for word in get_args(hint)[1:] if isinstance(word, Declared)), None)
