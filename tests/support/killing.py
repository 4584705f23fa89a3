"""kill -9 at any moment of a run: a run is started in a forked process, which dies at its n-th step in a function.

A step is any call or return, of Python or C, in the thread that merges: so a run can be killed between any two
statements, before and after each commit, in the middle of the deletions, while it takes or gives back its lease.
Choosing the function first gives rare stages the same share of kills as loops.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FrameType
from typing import Any

_OURS = ("hub/store/", "sync_jobs/")


@dataclass(frozen=True)
class Ending:
    """How a forked run ended.

    killed   it died at the step asked for
    result   what `work` returned, where it came to its end
    steps    function -> how many steps it made there, where it came to its end
    asked    what `work` told early
    """

    killed: bool
    result: Any = None
    steps: dict[str, int] = field(default_factory=dict)
    asked: Any = None


def run_and_kill(work: Callable[[Callable[[Any], None]], Any], at: tuple[str, int] | None) -> Ending:
    """Call `work(tell)` in a fork and kill it at the n-th step in a function; None lets it live.

    `tell` sends a JSON value back early.
    """
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _child(work, at, writing)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        messages = [json.loads(line) for line in pipe]
    _, status = os.waitpid(child, 0)
    told = dict(messages)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return Ending(True, asked=told.get("asked"))
    assert os.WEXITSTATUS(status) == 0, told.get("failed")
    return Ending(False, result=told["result"], steps=told["steps"], asked=told.get("asked"))


def _child(work: Callable[[Callable[[Any], None]], Any], at: tuple[str, int] | None, writing: int) -> None:
    def send(kind: str, value: Any) -> None:
        os.write(writing, (json.dumps([kind, value]) + "\n").encode())

    steps: Counter[str] = Counter()

    def count(frame: FrameType, event: str, argument: Any) -> None:
        path = frame.f_code.co_filename
        if not any(part in path for part in _OURS):
            return
        name = f"{path.rpartition('/')[2].removesuffix('.py')}.{frame.f_code.co_name}"
        steps[name] += 1
        if at == (name, steps[name]):
            os.kill(os.getpid(), signal.SIGKILL)

    try:
        sys.setprofile(count)
        result = work(lambda value: send("asked", value))
        sys.setprofile(None)
        send("steps", steps)
        send("result", result)
        os._exit(0)
    except BaseException as error:  # whatever it is, the parent must hear of it, and pytest must not run twice
        import traceback

        send("failed", "".join(traceback.format_exception(error)))
        os._exit(1)
