"""Time as a connector feels it: how long things take, and waiting. A parameter, so that tests need not wait."""

from __future__ import annotations

import time


class Clock:
    """The machine's clock. `hub.testing.FakeClock` has the same two methods and never really waits."""

    def monotonic(self) -> float:
        """Seconds since some moment; never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
