"""Whether a run that failed is gone on with after its last stored page, or begun anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hub.errors import HubError
from sync_jobs.jobs import Cancelled


class Verdict:
    """`may_resume` is true until something was wrong with the reading as a whole."""

    def __init__(self) -> None:
        self.may_resume = True

    @contextmanager
    def on_the_whole(self) -> Iterator[None]:
        """An error in here is about the reading as a whole: going on after its last page would not mend it."""
        try:
            yield
        except Cancelled:
            raise
        except HubError:
            self.may_resume = False
            raise
