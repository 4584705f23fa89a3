"""The console as a child of `hub run`: begun with it, begun again when it dies, ended with it.

A process of its own, so that viewers cannot slow a sync, and a page that fails cannot stop one. It ends when our end of
its standard input is closed, which the system sees to however we die.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
import time
from pathlib import Path

from hub.errors import ConfigError

log = logging.getLogger(__name__)

_FIRST_WAIT_SECONDS = 1.0
_LONGEST_WAIT_SECONDS = 60.0
_MISTAKE_WAIT_SECONDS = 300.0
"""Where its settings forbid it to start, which it has told."""
_WELL_AFTER_SECONDS = 60.0
"""One that lived for so long was well; the next start need not wait."""
_STOP_SECONDS = 8.0
_LOOK_SECONDS = 0.2


class ConsoleChild(threading.Thread):
    """Keeps one console alive until `stop`."""

    def __init__(self, config_dir: Path, stop: threading.Event, *, log_json: bool = False) -> None:
        super().__init__(name="console", daemon=True)
        options = ["--config", str(config_dir), *(["--log-json"] if log_json else [])]
        self._command = [sys.executable, "-m", "hub", *options, "console", "--while-stdin-is-open"]
        self._asked = stop

    def run(self) -> None:
        wait = _FIRST_WAIT_SECONDS
        while not self._asked.is_set():
            began = time.monotonic()
            code = self._one()
            if self._asked.is_set():
                return
            if time.monotonic() - began > _WELL_AFTER_SECONDS:
                wait = _FIRST_WAIT_SECONDS
            pause = _MISTAKE_WAIT_SECONDS if code == ConfigError.exit_code else wait
            log.warning("the console ended (exit %s); it is begun again in %.0f s", code, pause)
            self._asked.wait(pause)
            wait = min(wait * 2, _LONGEST_WAIT_SECONDS)

    def _one(self) -> int:
        """One console, from its start to its end."""
        with subprocess.Popen(self._command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as child:  # noqa: S603 - ours
            while child.poll() is None:
                if self._asked.wait(_LOOK_SECONDS):
                    _end(child)
            return child.returncode


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
