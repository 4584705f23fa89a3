"""What is tried again, and when: exponential back-off with jitter, or the moment the source named, within a bound."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import tenacity

from hub.errors import HubError, Throttled
from hub.sdk.clock import Clock
from hub.sdk.http.answer import Answer, Refusal

MAX_ATTEMPTS = 6
FIRST_WAIT_SECONDS = 0.5
MAX_WAIT_SECONDS = 60.0
"""Longest back-off of ours. A source that names a later moment is believed as long as `retry_seconds` lasts."""


class Refused(Exception):
    """Private to this package: one attempt failed. The error inside is what people get to see."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.error.problem)
        self.refusal = refusal


def retry_after_seconds(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait by the `Retry-After` header, in either of its forms; None without it or where it is garbage.

    A date is compared with the answer's own `Date`, so that a clock that is wrong does not matter.
    """
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        moment, sent = _http_date(value), _http_date(headers.get("date", ""))
        if moment is None:
            return None
        seconds = (moment - (sent or now)).total_seconds()
    return max(0.0, seconds) if seconds < 1e9 else None


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def persist(
    attempt: Callable[[int], Answer], *, clock: Clock, sleep: Callable[[float], None], retry_seconds: float
) -> Answer:
    """Call `attempt(number)` until it answers, its refusal is final, or time is up; then raise the refusal's error."""
    started = clock.monotonic()
    dice = random.Random()  # noqa: S311  jitter is no secret

    def wait(state: tenacity.RetryCallState) -> float:
        asked = _refusal(state).wait_seconds
        back_off = min(MAX_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** (state.attempt_number - 1))
        if asked is not None:
            return asked + dice.uniform(0, min(1.0, back_off))
        return back_off * dice.uniform(0.5, 1.0)

    def stop(state: tenacity.RetryCallState) -> bool:
        if state.attempt_number >= MAX_ATTEMPTS:
            return True
        return bool(clock.monotonic() - started + state.upcoming_sleep > retry_seconds)

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(lambda error: isinstance(error, Refused) and error.refusal.again),
        wait=wait,
        stop=stop,
        sleep=sleep,
        reraise=True,
    )
    number = 0
    try:
        for state in retrying:
            number = state.retry_state.attempt_number
            with state:
                answer = attempt(number)
        return answer
    except Refused as refused:
        raise _final(refused.refusal, number, clock.monotonic() - started) from refused.__cause__


def _refusal(state: tenacity.RetryCallState) -> Refusal:
    error = state.outcome.exception() if state.outcome else None
    return error.refusal if isinstance(error, Refused) else Refusal(HubError("the request failed"))


def _final(refusal: Refusal, attempts: int, seconds: float) -> HubError:
    """The error that ends it, which says how hard we tried."""
    error = refusal.error
    if isinstance(error, Throttled) and error.retry_after_seconds is None:
        error.retry_after_seconds = refusal.wait_seconds
    if attempts > 1:
        error.problem = f"{error.problem.rstrip('.')} ({attempts} attempts in {seconds:.0f} s)."
    return error
