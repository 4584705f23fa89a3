"""Ctrl-C and SIGTERM: the first one finishes the page and saves, a second one leaves at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from hub.output import talk


@contextmanager
def stop_on_signals() -> Iterator[threading.Event]:
    """An event that is set when the process is asked to stop."""
    stopped = threading.Event()

    def ask(number: int, frame: FrameType | None) -> None:
        if stopped.is_set():
            raise KeyboardInterrupt
        stopped.set()
        talk("Stopping after this page; once more to leave at once.")

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stopped
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
