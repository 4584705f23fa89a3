"""Moments are microseconds since 1970 in UTC; days are texts. What cannot be certain is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.convert import Misfit, bind
from hub.errors import RowRejected
from hub.model.kinds import Column, Kind

ANY_TIME = settings(deadline=None)
MOMENT = Column("ordered_at", Kind.UTC, "A moment.")
DAY = Column("spent_on", Kind.DATE, "A day.")
NOON = 1_704_456_000_000_000
"""2024-01-05T12:00:00Z"""


def read(value: Any, column: Column = MOMENT, **options: Any) -> Any:
    return bind(column, None, options).scalar(value)


def refusal(value: Any, column: Column = MOMENT, **options: Any) -> RowRejected:
    with pytest.raises(RowRejected) as caught:
        read(value, column, **options)
    return caught.value


def iso(value: Any, **options: Any) -> str:
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=read(value, **options))).isoformat()


@pytest.mark.parametrize(
    "text",
    [
        "2024-01-05T12:00:00Z",
        "2024-01-05T12:00:00.000Z",
        "2024-01-05 12:00:00",
        "2024-01-05 12:00",
        "2024-01-05T12:00:00,0000000+00:00",
        "2024-01-05T14:00:00+02:00",
        "2024-01-05T14:00:00 +0200",
        "2024-01-05T14:00+02",
        "2024-01-05t07:30:00-04:30",
        "2024-01-05 12:00:00 UTC",
        "20240105120000",
        "20240105T120000Z",
        "/Date(1704456000000)/",
        "/Date(1704456000000+0200)/",
        20240105120000,
        datetime(2024, 1, 5, 12),
        datetime(2024, 1, 5, 14, tzinfo=timezone(timedelta(hours=2))),
    ],
)
def test_one_moment_in_many_forms(text: Any) -> None:
    assert read(text) == NOON


def test_a_date_alone_is_its_midnight() -> None:
    assert iso("2024-01-05") == "2024-01-05T00:00:00+00:00"
    assert iso("20240105") == iso(date(2024, 1, 5)) == iso(20240105) == iso("2024-01-05")
    assert iso("2024-07-05", timezone="Europe/Berlin") == "2024-07-04T22:00:00+00:00"


def test_fractions_are_kept_to_the_microsecond() -> None:
    assert read("2024-01-05T12:00:00.123456789Z") == NOON + 123_456
    assert read("2024-01-05T12:00:00.1Z") == NOON + 100_000


def test_midnight_at_the_end_and_leap_seconds_run_over() -> None:
    assert read("2024-01-05T24:00:00") == read("2024-01-06")
    assert read("2016-12-31T23:59:60Z") == read("2017-01-01")


@pytest.mark.parametrize("nothing", ["", "  ", None, "0000-00-00", "0000-00-00 00:00:00", "00000000",
                                     "0001-01-01T00:00:00", "0001-01-01T00:00:00Z", datetime(1, 1, 1)])  # fmt: skip
def test_how_systems_write_no_date(nothing: Any) -> None:
    assert read(nothing) is None
    assert read(nothing, DAY) is None


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("05.01.2024", "format"),
        ("2024-1-5", "format"),
        ("2024-01-05X12:00:00", "format"),
        ("2024-W01-1", "format"),
        ("yesterday", "format"),
        ("2024-02-30", "range"),
        ("2023-02-29T10:00:00Z", "range"),
        ("2024-13-01", "range"),
        ("2024-01-05T25:00:00", "range"),
        ("2024-01-05T24:00:01", "range"),
        ("2024-01-05T12:60:00", "range"),
        ("2024-01-05T12:00:00+25:00", "range"),
        ("0999-01-01", "range"),
        ("99999999", "range"),
        (1_704_456_000, "type"),
        (True, "type"),
        ({}, "type"),
    ],
)
def test_what_is_no_moment_is_refused(text: Any, rule: str) -> None:
    assert refusal(text).rule == rule
    assert refusal(text, DAY).rule == rule


def test_an_offset_may_not_lead_out_of_the_calendar() -> None:
    assert refusal("9999-12-31T23:59:59-05:00").rule == "range"
    assert read("9999-12-31T23:59:59-05:00", DAY) == "9999-12-31"


def test_formats_are_tried_in_turn() -> None:
    formats = ["%d.%m.%Y %H:%M", "%d.%m.%Y"]
    assert iso("05.01.2024 13:00", format=formats, timezone="Europe/Berlin") == "2024-01-05T12:00:00+00:00"
    assert read("05.01.2024", DAY, format=formats) == "2024-01-05"
    assert (
        refusal("2024-01-05", format=formats).problem == "is not a date or time of the form %d.%m.%Y %H:%M or %d.%m.%Y"
    )
    assert iso("05/Jan/2024:14:00:00 +0200", format="%d/%b/%Y:%H:%M:%S %z") == "2024-01-05T12:00:00+00:00"
    assert read("00.00.0000", format="%d.%m.%Y") is None


def test_numbers_count_what_epoch_says() -> None:
    assert read(1_704_456_000, epoch="seconds") == NOON
    assert read("1704456000.5", epoch="seconds") == NOON + 500_000
    assert read("1704456000000", epoch="milliseconds") == NOON
    assert read(NOON, epoch="microseconds") == NOON
    assert read(45296.5, epoch="excel") == NOON
    assert read(45296, DAY, epoch="excel") == "2024-01-05"
    assert refusal(10**40, epoch="seconds").rule == "range"


def test_a_time_that_came_twice_is_the_first_of_the_two() -> None:
    assert iso("2024-10-27 02:30:00", timezone="Europe/Berlin") == "2024-10-27T00:30:00+00:00"


def test_a_time_the_clock_skipped_has_the_offset_before_the_change() -> None:
    assert iso("2024-03-31 02:30:00", timezone="Europe/Berlin") == "2024-03-31T01:30:00+00:00"


def test_a_stated_offset_beats_the_timezone() -> None:
    assert read("2024-01-05T12:00:00Z", timezone="Europe/Berlin") == NOON


def test_a_day_is_the_one_that_is_written_there() -> None:
    late = "2024-01-05T23:30:00-02:00"
    assert read(late, DAY) == "2024-01-05"
    assert read(late, DAY, timezone="Europe/Berlin") == "2024-01-06"
    assert read("20240105", DAY) == "2024-01-05"
    assert read(datetime(2024, 1, 5, 23, tzinfo=timezone(-timedelta(hours=3))), DAY) == "2024-01-05"


@pytest.mark.parametrize(
    ("options", "key", "says"),
    [
        ({"timezone": "Europe/Berln"}, "timezone", "Did you mean `Europe/Berlin`?"),
        ({"format": "%d.%m."}, "format", "has no year"),
        ({"format": "%Q %Y"}, "format", "is not a date format"),
        ({"epoch": "weeks"}, "epoch", "one of `seconds`"),
        ({"epoch": "seconds", "format": "%Y"}, "epoch", "exclude each other"),
    ],
)
def test_options_that_make_no_sense_are_told_by_name(options: dict[str, Any], key: str, says: str) -> None:
    with pytest.raises(Misfit, match=says.replace("?", r"\?")) as caught:
        bind(MOMENT, None, options)
    assert caught.value.key == key


MOMENTS = st.datetimes(datetime(1001, 1, 1), datetime(9998, 12, 31))
ZONES = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@ANY_TIME
@given(MOMENTS, ZONES)
def test_every_moment_survives_being_written_and_read(moment: datetime, zone: timezone) -> None:
    expected = (moment.replace(tzinfo=zone) - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    written = moment.replace(tzinfo=zone).isoformat()
    bound = bind(MOMENT)
    assert bound.bulk is not None
    assert bound.scalar(written) == expected
    assert bound.bulk([written, None, ""]) == [expected, None, None]


TEXTS = st.one_of(
    st.text(alphabet="0123456789-:T Z+.", max_size=26),
    MOMENTS.map(str),
    st.from_regex(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:[0-9]{2})?)?",
        fullmatch=True,
    ),
)  # fmt: skip


@ANY_TIME
@given(st.lists(st.one_of(TEXTS, st.none(), st.integers(), st.booleans(), st.just([])), max_size=4))
def test_a_whole_column_is_read_as_its_values_are(values: list[Any]) -> None:
    bound = bind(MOMENT)
    assert bound.bulk is not None
    try:
        quick = bound.bulk(values)
    except (RowRejected, TypeError, ValueError, KeyError, AttributeError):
        return
    assert quick == [bound.scalar(value) for value in values]


@ANY_TIME
@given(st.one_of(TEXTS, st.text(), st.integers(), st.floats(), st.binary()))
def test_anything_is_a_moment_or_refused(value: Any) -> None:
    for column, options in ((MOMENT, {}), (DAY, {}), (MOMENT, {"epoch": "seconds"}), (DAY, {"timezone": "Asia/Tokyo"})):
        try:
            read(value, column, **options)
        except RowRejected as error:
            assert error.rule in {"type", "format", "range"}
