"""What is tried again, and when: exponential back-off with jitter, or the moment the source named, within a bound."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from hub.errors import HubError, Throttled
from hub.sdk.clock import Clock
from hub.sdk.http.answer import Answer, Refusal

if TYPE_CHECKING:
    import tenacity

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
    try:
        return attempt(1)  # the usual case pays nothing for what follows
    except Refused as refused:
        first = refused

    def again(number: int) -> Answer:
        if number == 1:
            raise first
        return attempt(number)

    return _persist(again, started, clock, sleep, retry_seconds)


def _persist(
    attempt: Callable[[int], Answer], started: float, clock: Clock, sleep: Callable[[float], None], retry_seconds: float
) -> Answer:
    """tenacity's loop with our waits. It comes in once something was refused: its import and its objects cost time."""
    import tenacity

    def stop(state: tenacity.RetryCallState) -> bool:
        spent = clock.monotonic() - started
        return state.attempt_number >= MAX_ATTEMPTS or spent + state.upcoming_sleep > retry_seconds

    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(lambda error: isinstance(error, Refused) and error.refusal.again),
        wait=lambda state: _pause(_refusal(state.outcome), state.attempt_number),
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


def _refusal(outcome: tenacity.Future | None) -> Refusal:
    error = outcome.exception() if outcome else None
    return error.refusal if isinstance(error, Refused) else Refusal(HubError("the request failed"))


def _pause(refusal: Refusal, number: int) -> float:
    """Seconds to wait after attempt `number`: not all clients that were refused at once come back at once."""
    back_off = min(MAX_WAIT_SECONDS, FIRST_WAIT_SECONDS * 2.0 ** (number - 1))
    if refusal.wait_seconds is not None:
        return refusal.wait_seconds + random.uniform(0, min(1.0, back_off))  # noqa: S311  jitter is no secret
    return back_off * random.uniform(0.5, 1.0)  # noqa: S311  jitter is no secret


def _final(refusal: Refusal, attempts: int, seconds: float) -> HubError:
    """The error that ends it, which says how hard we tried."""
    error = refusal.error
    if isinstance(error, Throttled) and error.retry_after_seconds is None:
        error.retry_after_seconds = refusal.wait_seconds
    if attempts > 1:
        error.problem = f"{error.problem.rstrip('.')} ({attempts} attempts in {seconds:.0f} s)."
    return error
