"""The console's side of the process that computes: asks it one question at a time, and remembers answers."""

from __future__ import annotations

import json
import logging
import select
import subprocess
import sys
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

from hub import errors
from hub.errors import HubError

log = logging.getLogger(__name__)

_SECONDS = 300.0
"""How long an answer may take."""
_REMEMBERED = 64
_STOP_SECONDS = 3.0


class Computer:
    """One process that computes; begun when it is first asked, and again after it ended."""

    def __init__(self, config_dir: Path) -> None:
        self._command = [sys.executable, "-m", "metrics.console_worker", str(config_dir)]
        self._lock = threading.Lock()
        self._child: subprocess.Popen[str] | None = None
        self._known: OrderedDict[str, Any] = OrderedDict()

    def ask(self, question: str, *, state: object = None, **arguments: Any) -> Any:
        """The answer. Raises the HubError that computing it raised.

        state   an answer is remembered for as long as this is the same; None: it is not
        """
        asked = json.dumps({"ask": question, "with": arguments}, sort_keys=True)
        key = f"{state} {asked}"
        with self._lock:
            if state is not None and key in self._known:
                self._known.move_to_end(key)
                return self._known[key]
            found = self._answer(asked)
            if state is not None:
                self._known[key] = found
                while len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
        return found

    def _answer(self, asked: str) -> Any:
        for attempt in (1, 2):
            child = self._running()
            assert child.stdin is not None and child.stdout is not None
            try:
                child.stdin.write(asked + "\n")
                child.stdin.flush()
                ready = select.select([child.stdout], [], [], _SECONDS)[0]
            except OSError:  # it had just ended, since nobody asked for a while
                self._end()
                continue
            line = child.stdout.readline() if ready else ""
            if line:
                return _result(json.loads(line))
            self._end()
            if not ready or attempt == 2:
                break
        raise HubError("the number could not be computed in time.", fix="Try `hub metrics show` on the command line.")

    def _running(self) -> subprocess.Popen[str]:
        if self._child is not None and self._child.poll() is not None:
            self._end()
        if self._child is None:
            self._child = subprocess.Popen(  # noqa: S603 - ours
                self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
            )
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait(_STOP_SECONDS)
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError as error:  # what was not yet written to a dead process
                    log.debug("%s", error)

    def close(self) -> None:
        with self._lock:
            self._end()


def _result(answer: dict[str, Any]) -> Any:
    """The result, or the error as it was raised in the other process."""
    wrong = answer.get("error")
    if wrong is None:
        return answer["result"]
    kind = getattr(errors, wrong["kind"], HubError)
    raise kind(wrong["problem"], fix=wrong["fix"])
