"""`hub demo`: a made-up company from its exports to a report, by the commands that anybody would type.

The demo calls `hub sync` and the others through the command line, in this process: metrics never import sync_jobs, and
a demo that did something else than a user would prove nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Event

from hub.errors import UsageError
from hub.output import say
from hub.plugins import Registry

SEED = 7


def demo(folder: Path, registry: Registry, *, seed: int = SEED, stay: bool = False) -> int:
    """Write exports and configuration into a folder, sync them and the simulated systems, and write the report. Returns
    the exit code.

    stay   keep the simulated systems up afterwards, until Ctrl-C, so that further commands find them

    A second call finds everything as it was, and reads nothing again. Rows in quarantine are part of the show.
    """
    from metrics.demo.company import make_company
    from metrics.demo.config import write_config
    from metrics.demo.exports import write_exports
    from metrics.demo.systems import running

    try:
        config = write_config(folder)
        exports = write_exports(make_company(seed), folder / "exports")
        with running(registry, folder, seed) as systems:
            say(f"A made-up group of companies: {len(exports)} exports of its ERP, web shop and bank are in")
            say(f"{folder / 'exports'}{f', and {_listed(systems)} are simulated on this machine' if systems else ''}.")
            say("Some of their rows are wrong on purpose. Let us read them.")
            code = _show(config, folder / "report.html")
            if stay:
                _wait(config)
    except OSError as error:
        raise UsageError(
            f"the demo cannot write to {folder}: {error.strerror}.", fix="Choose another --folder."
        ) from error
    say("")
    say(
        f"Open {folder / 'report.html'} in a browser. Change a file in {folder / 'exports'}, then run `hub demo` again."
    )
    return code


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _show(config: Path, report: Path) -> int:
    code = _hub(config, "sync")
    if code > 1:
        return code
    if code == 1:
        _hub(config, "quarantine", "list")
    return _hub(config, "report", "-o", str(report))


def _wait(config: Path) -> None:
    say("")
    say(f"The simulated systems stay up. Try `hub --config {config} status` in another terminal; Ctrl-C ends this.")
    with suppress(KeyboardInterrupt):
        Event().wait()


def _hub(config: Path, *arguments: str) -> int:
    """One command as a user would type it, in this process."""
    from hub import cli

    say("")
    say(f"$ hub --config {config} {' '.join(arguments)}")
    return cli.run(["--config", str(config), *arguments])
