"""When a stream is due: cron lines where the clock is put forward or back, quiet hours, jitter, inheritance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.sdk.schedule import ScheduleSettings
from hub.sdk.timing import parse_cron
from sync_jobs.rules import Rule, rule_of


def rule(*layers: str | ScheduleSettings | None, zone: str = "Europe/Berlin") -> Rule:
    found = rule_of(layers, zone)
    assert found is not None
    return found


def starts(found: Rule, begin: str, count: int) -> list[str]:
    """The next starts after a local time, as local times with their offset."""
    at = datetime.fromisoformat(begin).replace(tzinfo=found.zone).astimezone(UTC)
    shown = []
    for _ in range(count):
        at = found.after(at)
        shown.append(at.astimezone(found.zone).strftime("%d %H:%M %z"))
    return shown


class TestClocksThatArePutForward:
    """Berlin, 29 March 2026: 02:00 is followed by 03:00."""

    def test_a_time_that_does_not_exist_comes_right_after_the_gap(self) -> None:
        assert starts(rule("30 2 * * *"), "2026-03-27T12:00", 3) == [
            "28 02:30 +0100",
            "29 03:00 +0200",
            "30 02:30 +0200",
        ]

    def test_two_times_in_the_gap_are_one_start(self) -> None:
        assert starts(rule("0,30 2 * * *"), "2026-03-29T00:00", 2) == ["29 03:00 +0200", "30 02:00 +0200"]

    def test_a_line_for_every_hour_goes_by_real_time(self) -> None:
        assert starts(rule("30 * * * *"), "2026-03-29T00:45", 3) == [
            "29 01:30 +0100",
            "29 03:30 +0200",
            "29 04:30 +0200",
        ]


class TestClocksThatArePutBack:
    """Berlin, 25 October 2026: 03:00 is followed by 02:00 again."""

    def test_a_time_that_comes_twice_counts_the_first_time(self) -> None:
        assert starts(rule("30 2 * * *"), "2026-10-24T12:00", 2) == ["25 02:30 +0200", "26 02:30 +0100"]

    def test_a_line_for_every_hour_runs_in_both(self) -> None:
        expected = ["25 01:30 +0200", "25 02:30 +0200", "25 02:30 +0100", "25 03:30 +0100"]
        assert starts(rule("30 * * * *"), "2026-10-25T01:00", 4) == expected

    def test_every_counts_real_time(self) -> None:
        assert starts(rule("every 2h"), "2026-10-25T01:00", 2) == ["25 02:00 +0100", "25 04:00 +0100"]


def test_half_an_hour_of_daylight_saving() -> None:
    """Lord Howe puts its clock forward by 30 minutes: 02:00 is followed by 02:30."""
    found = rule("15 2 * * *", zone="Australia/Lord_Howe")
    assert starts(found, "2026-10-03T12:00", 2) == ["04 02:30 +1100", "05 02:15 +1100"]


class TestCronLines:
    def test_one_of_day_and_weekday_suffices(self) -> None:
        assert starts(rule("0 9 13 * fri"), "2026-04-09T12:00", 3) == [
            "10 09:00 +0200",
            "13 09:00 +0200",
            "17 09:00 +0200",
        ]

    @pytest.mark.parametrize("sunday", ["0", "7", "sun", "SUN"])
    def test_sunday_has_three_names(self, sunday: str) -> None:
        assert starts(rule(f"0 9 * * {sunday}"), "2026-04-09T12:00", 1) == ["12 09:00 +0200"]

    def test_weekdays_begin_on_monday(self) -> None:
        assert parse_cron("0 2 * * 1-5").weekdays == {1, 2, 3, 4, 5}

    def test_29_february_is_waited_for(self) -> None:
        found = rule("0 0 29 2 *", zone="UTC")
        assert found.after(datetime(2026, 1, 1, tzinfo=UTC)) == datetime(2028, 2, 29, tzinfo=UTC)

    @pytest.mark.parametrize(
        "text",
        ["", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "*/0 * * * *",
         "5-1 * * * *", "1- * * * *", "a * * * *", "0 0 31 2 *", "0 0 30 2 *", "1,,2 * * * *", "* * * * mon-"],
    )  # fmt: skip
    def test_a_line_that_makes_no_sense_is_refused(self, text: str) -> None:
        with pytest.raises(ValueError, match=r"cron line|expected"):
            parse_cron(text)


MOMENTS = st.datetimes(datetime(2025, 1, 1), datetime(2027, 12, 31)).map(
    lambda at: at.replace(tzinfo=UTC, microsecond=0)
)
MINUTES = st.sampled_from(["0", "30", "*/20", "5,35", "59"])
HOURS = st.sampled_from(["*", "0", "2", "1-3", "*/6", "23"])
ZONES = st.sampled_from(
    ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Cairo"]
)


@given(MOMENTS, MINUTES, HOURS, ZONES)
def test_no_start_lies_between_a_moment_and_the_next_one(at: datetime, minute: str, hour: str, zone: str) -> None:
    """Against a search minute by minute; only starts right after a gap have another wall-clock time than the line's."""
    found, cron = rule(f"{minute} {hour} * * *", zone=zone), parse_cron(f"{minute} {hour} * * *")
    following = found.after(at)
    assert at < following <= at + timedelta(hours=26)
    minutes = int((following - at).total_seconds()) // 60
    walls = [
        (at + timedelta(minutes=number)).replace(second=0).astimezone(ZoneInfo(zone)) for number in range(1, minutes)
    ]
    between = [
        wall for wall in walls if wall.hour in cron.hours and wall.minute in cron.minutes and wall.astimezone(UTC) > at
    ]
    assert [wall for wall in between if hour == "*" or not wall.fold] == []


class TestQuietHours:
    QUIET = ScheduleSettings(every=timedelta(minutes=45), quiet=("22:00-06:00",))

    def test_what_falls_into_them_runs_once_when_they_end(self) -> None:
        assert starts(rule(self.QUIET), "2026-05-04T21:00", 3) == ["04 21:45 +0200", "05 06:00 +0200", "05 06:45 +0200"]

    def test_a_cron_line_too(self) -> None:
        found = rule(ScheduleSettings(cron="0 */3 * * *", quiet=("22:00-06:30", "12:00-13:00")))
        assert starts(found, "2026-05-04T20:00", 4) == [
            "04 21:00 +0200",
            "05 06:30 +0200",
            "05 09:00 +0200",
            "05 13:00 +0200",
        ]

    def test_they_end_by_the_wall_clock_on_the_day_it_changes(self) -> None:
        assert starts(rule(self.QUIET), "2026-03-28T21:50", 1) == ["29 06:00 +0200"]

    def test_a_schedule_that_begins_in_them_waits(self) -> None:
        found = rule(self.QUIET)
        now = datetime(2026, 5, 4, 23, tzinfo=found.zone)
        assert found.first(now).astimezone(found.zone).hour == 6

    def test_jitter_does_not_reach_into_them(self) -> None:
        found = rule(ScheduleSettings(cron="59 21 * * *", quiet=("22:00-06:00",), jitter=timedelta(minutes=30)))
        for number in range(20):
            slot = found.after(datetime(2026, 5, 1 + number, tzinfo=UTC))
            assert not found.is_quiet(found.due(slot, "erp/orders"))


def test_jitter_is_the_same_everywhere_and_different_for_each_stream() -> None:
    found = rule(ScheduleSettings(cron="0 * * * *", jitter=timedelta(minutes=5)))
    slot = found.after(datetime(2026, 5, 4, tzinfo=UTC))
    dues = {found.due(slot, f"erp/{number}") for number in range(50)}
    assert found.due(slot, "erp/1") == found.due(slot, "erp/1")
    assert len(dues) > 40
    assert all(slot <= due < slot + timedelta(minutes=5) for due in dues)


@given(MOMENTS, st.integers(1, 500), st.integers(0, 20_000))
def test_the_newest_slot_is_the_last_one_that_is_past(slot: datetime, minutes: int, later: int) -> None:
    found, now = rule(f"every {minutes}m"), slot + timedelta(minutes=later)
    newest, count = found.newest(slot, now)
    assert newest <= now < found.after(newest)
    assert newest == slot + (count - 1) * timedelta(minutes=minutes)


class TestInheriting:
    DEFAULTS = ScheduleSettings(every=timedelta(hours=1), quiet=("22:00-06:00",), misfire="skip")

    def test_the_most_special_says_when(self) -> None:
        assert rule("every 5m", "0 2 * * *", self.DEFAULTS).every == timedelta(minutes=5)

    def test_what_it_leaves_out_comes_from_above(self) -> None:
        found = rule("every 5m", None, self.DEFAULTS)
        assert (found.quiet, found.misfire) == (((1320, 360),), "skip")
        assert found.text == "every 5m (Europe/Berlin, quiet 22:00-06:00, misfire skip)"

    def test_quiet_hours_can_be_taken_back(self) -> None:
        assert rule(ScheduleSettings(quiet=()), self.DEFAULTS).quiet == ()

    def test_a_zone_of_its_own(self) -> None:
        found = rule(ScheduleSettings(cron="0 2 * * *", time_zone="America/New_York"), self.DEFAULTS)
        assert found.zone == ZoneInfo("America/New_York")

    def test_without_any_timing_there_is_no_rule(self) -> None:
        assert rule_of([None, ScheduleSettings(misfire="all")], "UTC") is None
