"""The command `hub`: global options, and how every result and every error leaves the house.

Plugins, our own packages among them, add their commands through `hub_cli`. Nothing heavy is imported up here:
`hub --help` must answer at once.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from hub import __version__, commands
from hub.errors import HubError, PluginError, UsageError
from hub.output import JsonOption, print_json, talk
from hub.plugin_commands import add_commands, only_what_is_called
from hub.session import Session

app = typer.Typer(
    name="hub",
    help="One trusted copy of customers, orders and stock across all your systems.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
commands.add_to(app)

ConfigOption = Annotated[
    Path | None,
    typer.Option(
        "--config", envvar="HUB_CONFIG", help="Configuration folder; ./config where not given.", metavar="DIR"
    ),
]

INTERRUPTED = 130
_PIPE_CLOSED = 141
"""What a shell reports for a program that SIGPIPE ended."""
_GARBAGE_AFTER = 100_000
"""New objects before Python looks for garbage. At its own 700 it would look a hundred times while we start, in vain."""


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"b2b-hub {__version__}\n")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: ConfigOption = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show details of every step, and tracebacks.")] = False,
    log_json: Annotated[bool, typer.Option("--log-json", help="Log one JSON object a line.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Options that come before the command."""
    context.obj = Session(config, debug=debug, log_json=log_json)
    context.obj.start_log()


def main(arguments: list[str] | None = None) -> None:
    """Entry point of the `hub` script."""
    gc.set_threshold(_GARBAGE_AFTER)
    code = run(sys.argv[1:] if arguments is None else arguments)
    gc.freeze()  # nor is there any at the end, when it would look through all that was imported
    sys.exit(code)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; whatever goes wrong is told, and nothing is raised."""
    _prepare_process()
    try:
        problems = _prepare(arguments)
        code = _call(arguments, problems)
        sys.stdout.flush()
    except HubError as error:
        if "--debug" in arguments:
            _show_traceback(error)
        talk(f"hub: {error}")
        code = error.exit_code
    except BrokenPipeError:
        _forget_stdout()
        code = _PIPE_CLOSED
    except KeyboardInterrupt:
        code = INTERRUPTED
    except Exception as error:  # a bug of ours
        code = _unexpected(error, debug="--debug" in arguments)
    return code


def _call(arguments: list[str], problems: list[PluginError]) -> int:
    """Typer's part: it raises its own errors, which know how to show themselves."""
    try:
        return int(only_what_is_called(app, arguments)(args=arguments, prog_name="hub", standalone_mode=False) or 0)
    except typer.Exit as leave:
        return int(leave.exit_code)
    except typer.Abort:
        return INTERRUPTED
    except Exception as error:
        show = getattr(error, "show", None)
        if show is None:
            raise
        show()
        for problem in problems:  # the command may be one that a broken plugin brings
            talk(f"hub: {problem}")
        return UsageError.exit_code


def _prepare(arguments: list[str]) -> list[PluginError]:
    """Check the installation and let our packages and plugins add their commands."""
    from hub import layout

    layout.check()
    return add_commands(app, arguments)


def _prepare_process() -> None:
    """Texts that the terminal cannot show are escaped, SIGTERM unwinds like Ctrl-C, and pydantic looks for no plugins
    of its own: it would read what is installed a second time, on every start."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="backslashreplace")
    if threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminated)


def _terminated(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _forget_stdout() -> None:
    """The reader has gone; Python must not complain when it flushes at its end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError):  # stdout is no file: nothing will be flushed
        return


def _show_traceback(error: Exception) -> None:
    import traceback

    talk("".join(traceback.format_exception(error)).rstrip())


def _unexpected(error: Exception, *, debug: bool) -> int:
    from hub import log

    if debug:
        _show_traceback(error)
    place = log.record_bug(error, f"b2b-hub {__version__}")
    talk(
        f"hub: an error of ours: {type(error).__name__}. Details are in {place}; please report it with that file, "
        "or run again with --debug."
    )
    return HubError.exit_code


__all__ = ["INTERRUPTED", "JsonOption", "app", "main", "print_json", "run"]

if __name__ == "__main__":
    main()
