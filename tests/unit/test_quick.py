"""The quick way into a command binds what typer would bind, and leaves to typer whatever is not plainly right."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from hub import quick
from hub.arguments import Argument, Context, Option
from hub.typer_form import for_typer, translate
from sync_jobs.commands import QUICK


def by_typer(function: Callable[..., Any], words: Sequence[str]) -> dict[str, Any] | None:
    """The arguments that typer calls the function with; None where it refuses, or shows help."""
    called: dict[str, Any] = {}
    typed = for_typer(function)

    def record(**values: Any) -> None:
        called.update(values, called=True)

    record.__signature__, record.__annotations__ = typed.__signature__, typed.__annotations__  # type: ignore[attr-defined]
    app = typer.Typer(add_completion=False)
    app.command()(record)
    try:
        app(args=list(words), standalone_mode=False)
    except Exception:
        return None
    return {name: value for name, value in called.items() if name not in {"context", "called"}} if called else None


def with_defaults(function: Callable[..., Any], values: dict[str, Any]) -> dict[str, Any]:
    typed = for_typer(function).__signature__  # type: ignore[attr-defined]
    defaults = {name: each.default for name, each in typed.parameters.items() if each.default is not each.empty}
    return {**defaults, **values}


def same(ours: dict[str, Any], theirs: dict[str, Any]) -> bool:
    """A list that nobody filled may be empty or None; commands take both."""
    return {name: value or None for name, value in ours.items()} == {
        name: value or None for name, value in theirs.items()
    }


WORDS = st.sampled_from(
    [
        "erp", "shop", "7", "1001", "0", "--full", "--verify", "--stream", "orders", "--stream=orders", "--json",
        "--dry-run", "--allow-deletes", "--id", "--id=3", "--limit", "--limit=0", "-n", "--rows=12", "--help", "--",
        "--ful", "--full=yes", "", "-", "--stream=", "٣",
    ]
)  # fmt: skip


@given(st.sampled_from(sorted(QUICK)), st.lists(WORDS, max_size=5))
def test_what_is_bound_is_what_typer_binds(name: str, words: list[str]) -> None:
    function = QUICK[name]
    ours = quick.bound(function, words)
    if ours is not None:
        theirs = by_typer(function, words)
        assert theirs is not None, "typer refuses what was bound"
        assert same(with_defaults(function, ours), theirs)


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ([], {}),
        (["erp", "--full", "shop"], {"names": ["erp", "shop"], "full": True}),
        (["--stream", "orders", "--stream=stock", "--json"], {"stream": ["orders", "stock"], "as_json": True}),
    ],
)
def test_usual_calls_need_no_typer(words: list[str], values: dict[str, Any]) -> None:
    assert quick.bound(QUICK["sync"], words) == values


def command(
    context: Context, what: Annotated[Path, Argument()], size: Annotated[int, Option("--size", min=2)] = 5
) -> None:
    """A command."""


@pytest.mark.parametrize("words", [[], ["a", "b"], ["a", "--size"], ["a", "--size=1"], ["a", "--size=x"], ["-h"]])
def test_mistakes_are_left_to_typer(words: list[str]) -> None:
    assert quick.bound(command, words) is None
    assert quick.bound(command, ["a", "--size=2"]) == {"what": Path("a"), "size": 2}


@pytest.mark.parametrize(
    "arguments", [[], ["--help"], ["--version"], ["plugins"], ["--config"], ["--config", "a", "--config", "b", "sync"]]
)
def test_what_is_not_called_or_not_ours_is_left_to_typer(arguments: list[str]) -> None:
    assert quick.call_of(arguments) is None


def test_options_before_the_command_reach_the_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUB_CONFIG", raising=False)
    call = quick.call_of(["--debug", "--config=elsewhere", "--log-json", "sync", "erp"])
    assert call is not None
    assert (call.session.debug, call.session.log_json, call.session._config) == (True, True, Path("elsewhere"))
    assert (call.function, call.values) == (QUICK["sync"], {"names": ["erp"]})
    monkeypatch.setenv("HUB_CONFIG", "named")
    named = quick.call_of(["sync"])
    assert named is not None
    assert named.session._config == Path("named")


def test_commands_in_typers_own_words_stay_as_they_are() -> None:
    app, group = typer.Typer(), typer.Typer()

    @group.command()
    def theirs(context: typer.Context, name: Annotated[str, typer.Argument()]) -> None: ...

    group.command()(command)
    app.add_typer(group, name="group")
    translate(app)
    assert [each.callback is theirs for each in group.registered_commands] == [True, False]
