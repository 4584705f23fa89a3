"""`hub demo`: a made-up company from its exports to a report, by the commands that anybody would type.

The demo calls `hub sync` and the others through the command line, in this process: metrics never import sync_jobs, and
a demo that did something else than a user would prove nothing.
"""

from __future__ import annotations

from pathlib import Path

from hub.errors import UsageError
from hub.output import say

SEED = 7


def demo(folder: Path, seed: int = SEED) -> int:
    """Write exports and configuration into a folder, sync them, and write the report. Returns the exit code.

    A second call finds everything as it was, and reads nothing again. Rows in quarantine are part of the show.
    """
    from metrics.demo.company import make_company
    from metrics.demo.config import write_config
    from metrics.demo.exports import write_exports

    try:
        config = write_config(folder)
        exports = write_exports(make_company(seed), folder / "exports")
    except OSError as error:
        raise UsageError(
            f"the demo cannot write to {folder}: {error.strerror}.", fix="Choose another --folder."
        ) from error
    say(f"A made-up company: {len(exports)} exports of its ERP, web shop and bank are in {folder / 'exports'}.")
    say("Some of their rows are wrong on purpose. Let us read them.")
    report = folder / "report.html"
    code = _hub(config, "sync")
    if code > 1:
        return code
    if code == 1:
        _hub(config, "quarantine", "list")
    code = _hub(config, "report", "-o", str(report))
    say("")
    say(f"Open {report} in a browser. Change a file in {folder / 'exports'}, then run the commands above again.")
    return code


def _hub(config: Path, *arguments: str) -> int:
    """One command as a user would type it, in this process."""
    from hub import cli

    say("")
    say(f"$ hub --config {config} {' '.join(arguments)}")
    return cli.run(["--config", str(config), *arguments])
