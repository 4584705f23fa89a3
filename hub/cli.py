"""The command `hub`: how every result and every error leaves the house.

`hub.quick` runs the usual commands; all others, help and mistakes are typer's (`hub.application`). Nothing heavy is
imported up here.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from types import FrameType

from hub import __version__
from hub.access.noting import note
from hub.arguments import Exit
from hub.errors import HubError
from hub.output import print_json, talk

INTERRUPTED = 130
_PIPE_CLOSED = 141
"""What a shell reports for a program that SIGPIPE ended."""
_GARBAGE_AFTER = 100_000
"""New objects before Python looks for garbage. At its own 700 it would look a hundred times while we start, in vain."""


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
        code = _call(arguments)
        sys.stdout.flush()
        note(arguments, code)
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


def _call(arguments: list[str]) -> int:
    from hub import layout, quick

    layout.check()
    try:
        call = quick.call_of(arguments)
        if call is not None:
            return int(call.run() or 0)
        from hub import application

        return application.call(arguments)
    except Exit as leave:
        return leave.code


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


__all__ = ["INTERRUPTED", "main", "print_json", "run"]

if __name__ == "__main__":
    main()
