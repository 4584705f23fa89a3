"""The end of one run, as whatever works on its behalf hears of it: a wait for a source must not outlive the run."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

_over: ContextVar[Callable[[], bool]] = ContextVar("hub_run_is_over", default=lambda: False)


def work_until(over: Callable[[], bool]) -> None:
    """What runs in this context from here on, threads with a copy of it among them, works for a run that is over once
    `over()` says so."""
    _over.set(over)


def run_is_over() -> bool:
    """Whether the run that this context works for has ended: stopped, or failed elsewhere. False outside of runs."""
    return _over.get()()
