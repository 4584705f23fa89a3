"""The quick way into a command of ours: arguments that are plainly right are bound without typer.

Typer has the last word. Whatever is not certain here (help, short names, mistakes, commands of others) is left to it,
so that there is one text for each help and each mistake; a test holds what is bound here against what typer binds.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, get_args, get_origin, get_type_hints

from hub.arguments import Argument, Context, Declared, Option
from hub.session import Session

COMMANDS = "sync_jobs.commands:QUICK"
"""Where the table of quick commands lies: name -> function."""

_FLAGS = ("--debug", "--log-json")


class Call(NamedTuple):
    """A command with its arguments bound."""

    function: Callable[..., Any]
    session: Session
    values: Mapping[str, Any]

    def run(self) -> Any:
        self.session.start_log()
        return self.function(Context(self.session), **self.values)


class _Unsure(Exception):
    """Typer must look at it."""


def call_of(arguments: Sequence[str]) -> Call | None:
    """The call that these arguments of `hub` mean; None where typer must tell."""
    words = iter(arguments)
    try:
        name, given = _global_options(words)
        module, _, table = COMMANDS.partition(":")
        function = getattr(import_module(module), table).get(name)
        if function is None:
            return None
        values = bound(function, list(words))
    except _Unsure:
        return None
    config = given.get("--config") or os.environ.get("HUB_CONFIG")
    session = Session(Path(config) if config else None, debug="--debug" in given, log_json="--log-json" in given)
    return None if values is None else Call(function, session, values)


def _global_options(words: Iterator[str]) -> tuple[str, dict[str, str]]:
    """The command's name, and the options before it."""
    given: dict[str, str] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not word.startswith("-"):
            return word, given
        if word in _FLAGS:
            given[word] = ""
        elif name == "--config" and name not in given:
            given[name] = _value(value if equals else next(words, ""))
        else:
            break
    raise _Unsure


def bound(function: Callable[..., Any], words: Sequence[str]) -> dict[str, Any] | None:
    """The function's arguments by name, without those that keep their default; None where typer must tell."""
    try:
        return _Binding(_parameters(function)).bind(words)
    except _Unsure:
        return None


class _Parameter(NamedTuple):
    """One parameter of a command.

    names     of an option; none for an argument, which is told by its place
    convert   text -> value; None for a flag
    many      takes a list
    optional  has a default
    """

    name: str
    names: tuple[str, ...]
    convert: Callable[[str], Any] | None
    many: bool
    optional: bool


class _Binding:
    def __init__(self, parameters: Sequence[_Parameter]) -> None:
        self._required = {parameter.name for parameter in parameters if not parameter.optional}
        self._options = {name: parameter for parameter in parameters for name in parameter.names}
        self._places = [parameter for parameter in parameters if not parameter.names]
        self._values: dict[str, Any] = {}

    def bind(self, words: Sequence[str]) -> dict[str, Any]:
        rest = iter(words)
        for word in rest:
            if word.startswith("-"):
                self._option(word, rest)
            else:
                self._place(word)
        if self._required - self._values.keys():
            raise _Unsure
        return self._values

    def _option(self, word: str, rest: Iterator[str]) -> None:
        name, equals, value = word.partition("=")
        parameter = self._options.get(name)
        if parameter is None or (parameter.convert is None and equals):
            raise _Unsure
        if parameter.convert is None:
            self._values[parameter.name] = True
        else:
            self._put(parameter, _value(value if equals else next(rest, "")))

    def _place(self, word: str) -> None:
        for parameter in self._places:
            if parameter.many or parameter.name not in self._values:
                self._put(parameter, _value(word))
                return
        raise _Unsure

    def _put(self, parameter: _Parameter, text: str) -> None:
        assert parameter.convert is not None
        value = parameter.convert(text)
        if parameter.many:
            self._values.setdefault(parameter.name, []).append(value)
        elif parameter.name in self._values:
            raise _Unsure
        else:
            self._values[parameter.name] = value


def _value(text: str) -> str:
    """A text that can be nothing but a value."""
    if not text or text.startswith("-"):
        raise _Unsure
    return text


def _parameters(function: Callable[..., Any]) -> list[_Parameter]:
    code = function.__code__
    hints = get_type_hints(function, include_extras=True)
    placed, named = code.co_varnames[: code.co_argcount], code.co_varnames[code.co_argcount :][: code.co_kwonlyargcount]
    optional = {*placed[len(placed) - len(function.__defaults__ or ()) :], *(function.__kwdefaults__ or ())}
    return [
        _parameter(name, hints[name], optional=name in optional)
        for name in (*placed, *named)
        if hints[name] is not Context
    ]


def _parameter(name: str, hint: Any, *, optional: bool) -> _Parameter:
    if get_origin(hint) is not Annotated:
        raise _Unsure
    kind, declared = get_args(hint)[:2]
    if not isinstance(declared, Option | Argument) or (isinstance(declared, Option) and not declared.names):
        raise _Unsure
    if isinstance(kind, UnionType):
        kind = next((part for part in get_args(kind) if part is not NoneType), None)
    many = get_origin(kind) is list
    if many:
        (kind,) = get_args(kind)
    return _Parameter(name, declared.names, _converter(kind, declared), many, optional)


def _converter(kind: Any, declared: Declared) -> Callable[[str], Any] | None:
    if kind is bool and isinstance(declared, Option):
        return None
    if kind is int:
        return lambda text: _integer(text, declared)
    if kind is str or kind is Path:
        return kind
    raise _Unsure


def _integer(text: str, declared: Declared) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise _Unsure
    number = int(text)
    if not declared.settings.get("min", number) <= number <= declared.settings.get("max", number):
        raise _Unsure
    return number
