"""The one file that knows APScheduler: it rings for each stream at its moment.

What is due, and whether it may run, is decided elsewhere (`rules`, `dispatcher`) from what the store says; an alarm
that rings too often, or not at all, costs a look or a second, and never a run. APScheduler's own cron is not used: it
counts weekdays from Monday, knows no "day or weekday", and leaves open what happens where a clock is put forward or
back.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

Key = tuple[str, str]
"""A connector instance and one of its streams."""


class Alarms:
    """Calls `ring` when a moment comes. Times are the machine's clock; one that is past rings at once."""

    def __init__(self, ring: Callable[[], None]) -> None:
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        self._ring = ring
        self._set: dict[Key, datetime] = {}
        self._scheduler: Any = BackgroundScheduler(
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1_000},
            timezone=UTC,
        )
        self._scheduler.start()

    def set(self, moments: dict[Key, datetime]) -> None:
        """One alarm for each stream; those that are not named any more are cleared."""
        from apscheduler.triggers.date import DateTrigger

        for key in self._set.keys() - moments.keys():
            self._clear(key)
        for key, at in moments.items():
            if self._set.get(key) != at:
                self._scheduler.add_job(
                    self._ring, DateTrigger(at, timezone=UTC), id=_name(key), name=_name(key), replace_existing=True
                )
        self._set = dict(moments)

    def stop(self) -> None:
        self._scheduler.shutdown(wait=False)

    def _clear(self, key: Key) -> None:
        from apscheduler.jobstores.base import JobLookupError

        try:
            self._scheduler.remove_job(_name(key))
        except JobLookupError:  # it has rung
            return


def _name(key: Key) -> str:
    return "/".join(key)
