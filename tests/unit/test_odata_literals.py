"""What the OData client writes into a URL, the simulators' service reads as the same value, of every type."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.sdk.odata import Version as ClientVersion
from hub.sdk.odata import eq
from hub.sdk.simulator.odata import ODataRefusal, Property, Version
from hub.sdk.simulator.odata.grammar import Compare, Path, parse_filter, parse_order, split_outside
from hub.sdk.simulator.odata.values import Literal, duration_of, duration_text, value_of

VERSIONS = ((ClientVersion.V2, Version.V2), (ClientVersion.V4, Version.V4))
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
DECIMALS = st.decimals(-(10**12), 10**12, places=4, allow_nan=False, allow_infinity=False)
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1))
CLOCKS = st.times().map(lambda clock: clock.replace(microsecond=0))


def read_back(value: Any, edm: str, ours: ClientVersion, theirs: Version) -> Any:
    """The value after it was written by the client and read by the service."""
    text = eq("field", value, f"Edm.{edm}").text(ours, lambda field: None)
    parsed = parse_filter(text)
    assert isinstance(parsed, Compare)
    assert parsed.left == Path(("field",))
    assert isinstance(parsed.right, Literal)
    return value_of(parsed.right, Property("field", edm), theirs)


@pytest.mark.parametrize(("ours", "theirs"), VERSIONS)
class TestBothVersions:
    @given(value=TEXTS)
    def test_texts(self, ours: ClientVersion, theirs: Version, value: str) -> None:
        assert read_back(value, "String", ours, theirs) == value

    @given(value=st.integers(-(2**31), 2**31 - 1))
    def test_whole_numbers(self, ours: ClientVersion, theirs: Version, value: int) -> None:
        assert read_back(value, "Int32", ours, theirs) == value
        assert read_back(value, "Int64", ours, theirs) == value

    @given(value=DECIMALS)
    def test_decimals(self, ours: ClientVersion, theirs: Version, value: Decimal) -> None:
        assert read_back(value, "Decimal", ours, theirs) == value

    @given(value=st.uuids().map(str))
    def test_guids(self, ours: ClientVersion, theirs: Version, value: str) -> None:
        assert read_back(value, "Guid", ours, theirs) == value

    @given(value=MOMENTS)
    def test_moments(self, ours: ClientVersion, theirs: Version, value: datetime) -> None:
        aware = value.replace(tzinfo=UTC)
        assert read_back(aware, "DateTimeOffset", ours, theirs) == aware

    @pytest.mark.parametrize("value", [True, False])
    def test_flags(self, ours: ClientVersion, theirs: Version, value: bool) -> None:
        assert read_back(value, "Boolean", ours, theirs) is value

    def test_null(self, ours: ClientVersion, theirs: Version) -> None:
        assert read_back(None, "String", ours, theirs) is None


class TestTypesOfOneVersion:
    @given(value=MOMENTS)
    def test_moments_without_a_zone(self, value: datetime) -> None:
        assert read_back(value, "DateTime", ClientVersion.V2, Version.V2) == value

    @given(value=st.dates())
    def test_days(self, value: date) -> None:
        assert read_back(value, "Date", ClientVersion.V4, Version.V4) == value

    @given(value=CLOCKS)
    def test_times_of_day(self, value: time) -> None:
        assert read_back(value, "Time", ClientVersion.V2, Version.V2) == value
        assert read_back(value, "TimeOfDay", ClientVersion.V4, Version.V4) == value

    @given(value=st.timedeltas().map(lambda span: span - span % (span.resolution * 10**6)))
    def test_durations(self, value: Any) -> None:
        assert duration_of(duration_text(value)) == value


WORDS = st.sampled_from([
    "a", "eq", "and", "or", "not", "(", ")", ",", "'x'", "1.5", "null", "contains", "datetime'2026-01-01'", "in", "/",
    "'", "2026-01-01T00:00:00Z", "-", "true", "any(", "é",
])  # fmt: skip


@given(words=st.lists(WORDS, max_size=12))
def test_whatever_is_asked_is_understood_or_refused(words: list[str]) -> None:
    for read in (parse_filter, parse_order, lambda text: split_outside(text, ",")):
        try:
            read(" ".join(words))
        except ODataRefusal as refused:
            assert refused.message
