"""Has a source gone quiet, for its own habits?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sync_jobs.silence import silence

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)


def office_hours(weeks: int, an_hour: int = 2) -> dict[datetime, int]:
    """Orders from Monday to Friday, eight to six."""
    hours = (MONDAY + number * HOUR for number in range(weeks * 7 * 24))
    return {hour: an_hour for hour in hours if hour.weekday() < 5 and 8 <= hour.hour < 18}


def test_a_weekend_is_no_silence() -> None:
    until = MONDAY + timedelta(weeks=7, days=6, hours=20)
    assert silence(office_hours(8), until) is None


def test_days_of_work_without_an_order_are() -> None:
    by_hour = office_hours(8)
    found = silence(by_hour, MONDAY + timedelta(weeks=8, days=2, hours=12))
    assert found is not None
    assert found.longest_before == 62
    assert found.expected == 48
    assert found.since == MONDAY + timedelta(weeks=7, days=4, hours=18)


def test_a_busy_shop_is_missed_within_hours() -> None:
    by_hour = {MONDAY + number * HOUR: 30 for number in range(28 * 24)}
    assert silence(by_hour, MONDAY + timedelta(days=28, hours=1)) is not None


def test_too_little_past_tells_nothing() -> None:
    until = MONDAY + timedelta(weeks=40)
    assert silence({}, until) is None
    assert silence(office_hours(2), until) is None
    assert silence({MONDAY + timedelta(weeks=number): 1 for number in range(8)}, until) is None


def test_a_source_that_was_not_read_is_not_silent() -> None:
    assert silence(office_hours(8), MONDAY + timedelta(weeks=7, days=4, hours=18)) is None
