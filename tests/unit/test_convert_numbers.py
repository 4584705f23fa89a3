"""Numbers are read exactly, or refused with a reason that does not repeat them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.convert import Misfit, bind
from hub.errors import RowRejected
from hub.model.kinds import MAX_MICROS, Column, Kind

ANY_TIME = settings(deadline=None)
MONEY = Column("total", Kind.DECIMAL, "Money.")
COUNT = Column("employees", Kind.INTEGER, "A count.")
FLAG = Column("is_active", Kind.BOOLEAN, "A flag.")


def read(value: Any, column: Column = MONEY, convert: str | None = None, **options: Any) -> Any:
    return bind(column, convert, options).scalar(value)


def refusal(value: Any, column: Column = MONEY, convert: str | None = None, **options: Any) -> RowRejected:
    with pytest.raises(RowRejected) as caught:
        read(value, column, convert, **options)
    return caught.value


@pytest.mark.parametrize(
    ("value", "micros"),
    [
        ("12", 12_000_000),
        (" -12.50 ", -12_500_000),
        ("+3", 3_000_000),
        (".5", 500_000),
        ("5.", 5_000_000),
        ("1e3", 1_000_000_000),
        ("1.5E-3", 1_500),
        ("12.50-", -12_500_000),
        ("(12.50)", -12_500_000),
        ("\u221212", -12_000_000),
        ("1 234.50", 1_234_500_000),
        ("1\u00a0234\u00a0567", 1_234_567_000_000),
        ("1'234'567.8", 1_234_567_800_000),
        ("1.2300000000", 1_230_000),
        ("0e-999", 0),
        ("-0", 0),
        (7, 7_000_000),
        (0.1, 100_000),
        (12.1, 12_100_000),
        (1e-6, 1),
        (Decimal("19.99"), 19_990_000),
        ("99999999999999.999999", MAX_MICROS),
        ("", None),
        ("   ", None),
        (None, None),
    ],
)
def test_a_number_is_read_exactly(value: Any, micros: int | None) -> None:
    assert read(value) == micros


@pytest.mark.parametrize(
    ("value", "options", "micros"),
    [
        ("1.234,50", {"decimal": ","}, 1_234_500_000),
        ("12,5", {"decimal": ","}, 12_500_000),
        ("1.234.567,8-", {"decimal": ","}, -1_234_567_800_000),
        ("(1.234,50)", {"decimal": ","}, -1_234_500_000),
        (12.5, {"decimal": ","}, 12_500_000),
        ("1,234.5", {"thousands": ","}, 1_234_500_000),
        ("32.3800011", {"round": 2}, 32_380_000),
        ("0.150000006", {"round": 2}, 150_000),
        ("2.675", {"round": 2}, 2_680_000),
        ("-2.665", {"round": 2}, -2_670_000),
        ("2.665", {"round": 2, "rounding": "half-even"}, 2_660_000),
        ("15 %", {"percent": True}, 150_000),
        (15, {"percent": True}, 150_000),
        ("€ 1.234,5", {"decimal": ",", "ignore": "€"}, 1_234_500_000),
        ("12 EUR", {"ignore": ["€", "EUR"]}, 12_000_000),
    ],
)
def test_options_describe_how_the_source_writes_numbers(value: Any, options: dict[str, Any], micros: int) -> None:
    assert read(value, **options) == micros


@pytest.mark.parametrize(
    ("value", "options", "rule", "reason"),
    [
        ("1,234", {}, "type", "has a comma; `decimal` or `thousands` must say what it means"),
        ("1.5", {"decimal": ","}, "type", "is not a number"),
        ("1,23.5", {"thousands": ","}, "type", "is not a number"),
        ("12 34", {}, "type", "is not a number"),
        ("1_000", {}, "type", "is not a number"),
        ("\u0661\u0662", {}, "type", "is not a number"),
        ("--1", {}, "type", "is not a number"),
        ("(-5)", {}, "type", "is not a number"),
        ("=1+1", {}, "type", "is not a number"),
        ("15%", {}, "type", "has a percent sign; set `percent: true` to read it"),
        ("nan", {}, "type", "is not a finite number"),
        (float("inf"), {}, "type", "is not a finite number"),
        (Decimal("NaN"), {}, "type", "is not a finite number"),
        ("1.2345678", {}, "format", "has 7 decimals, 6 are kept; `round` says how many"),
        (0.1 + 0.2, {}, "format", "has 17 decimals, 6 are kept; `round` says how many"),
        ("100000000000000", {}, "range", "has more than 14 digits before the point"),
        ("1e999", {}, "range", "has more than 14 digits before the point"),
        (Decimal("1e9999999"), {}, "range", "is a number with too many digits"),
        (True, {}, "type", "is true or false, a number is expected"),
        ([1], {}, "type", "is a list, a number is expected"),
        ("9" * 5000, {}, "type", "is not a number: it is too long"),
    ],
)
def test_what_is_not_certain_is_refused(value: Any, options: dict[str, Any], rule: str, reason: str) -> None:
    error = refusal(value, **options)
    assert (error.rule, error.problem) == (rule, reason)


def test_minor_units_are_cents_unless_told_otherwise() -> None:
    assert read(1999, convert="minor_units") == 19_990_000
    assert read("1999", convert="minor_units", digits=3) == 1_999_000
    assert read(500, convert="minor_units", digits=0) == 500_000_000


def test_integers_are_whole_and_fit_64_bits() -> None:
    assert read("12.00", COUNT) == 12
    assert read(13313.0, COUNT) == 13313
    assert read("1.234", COUNT, decimal=",") == 1234
    assert refusal("12.5", COUNT).problem == "is not a whole number"
    assert refusal(2**63, COUNT).rule == "range"
    assert refusal("1e30", COUNT).rule == "range"


@pytest.mark.parametrize("word", ["true", "TRUE", "1", "yes", "Ja", "j", "X", "oui", "sí", True, 1, 1.0, Decimal(1)])
def test_yes_in_many_words(word: Any) -> None:
    assert read(word, FLAG) is True


@pytest.mark.parametrize("word", ["false", "0", "no", "Nein", "non", "N", False, 0, 0.0])
def test_no_in_many_words(word: Any) -> None:
    assert read(word, FLAG) is False


def test_other_words_are_neither() -> None:
    assert read(" ", FLAG) is None
    assert refusal("maybe", FLAG).problem == "is neither yes nor no; list its words under `values`"
    assert refusal(2, FLAG).problem == "is a number other than 0 and 1"
    assert refusal({}, FLAG).problem == "is an object, yes or no is expected"


@pytest.mark.parametrize(
    ("options", "key"),
    [
        ({"decimal": ";"}, "decimal"),
        ({"decimal": ",", "thousands": ","}, "thousands"),
        ({"thousands": "12"}, "thousands"),
        ({"round": 9}, "round"),
        ({"round": True}, "round"),
        ({"rounding": "half-up"}, "rounding"),
        ({"percent": "yes"}, "percent"),
        ({"ignore": []}, "ignore"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_options_that_make_no_sense_are_told_by_name(options: dict[str, Any], key: str) -> None:
    with pytest.raises(Misfit) as caught:
        bind(MONEY, None, options)
    assert caught.value.key == key


@ANY_TIME
@given(st.integers(-MAX_MICROS, MAX_MICROS))
def test_every_amount_survives_being_written_and_read(micros: int) -> None:
    text = f"{Decimal(micros).scaleb(-6):f}"
    assert read(text) == micros
    assert read(Decimal(text)) == micros
    assert read(text.replace(".", ","), decimal=",") == micros


NUMBERS = st.one_of(
    st.floats(),
    st.integers(),
    st.decimals(),
    st.decimals(allow_nan=False, allow_infinity=False, places=2),
    st.decimals(allow_nan=False, allow_infinity=False, places=2).map(str),
    st.text(alphabet="0123456789.-+e ", max_size=18),
    st.none(),
)


@ANY_TIME
@given(st.sampled_from([MONEY, COUNT, FLAG]), st.lists(NUMBERS, max_size=5))
def test_a_whole_column_is_read_as_its_values_are(column: Column, values: list[Any]) -> None:
    """The quick way is only allowed to answer what the careful way would."""
    bound = bind(column)
    assert bound.bulk is not None
    try:
        quick = bound.bulk(values)
    except (RowRejected, TypeError, ValueError, ArithmeticError):
        return
    assert quick == [bound.scalar(value) for value in values]


@ANY_TIME
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32).map(lambda n: round(n, 2)), min_size=1))
def test_a_column_of_prices_takes_the_quick_way(values: list[float]) -> None:
    bound = bind(MONEY)
    if all(abs(value) < 1e9 for value in values):
        assert bound.bulk is not None
        assert bound.bulk(values) == [bound.scalar(value) for value in values]


@ANY_TIME
@given(st.one_of(NUMBERS, st.text(), st.binary(), st.dictionaries(st.text(), st.integers())))
def test_anything_is_a_number_or_refused_without_being_repeated(value: Any) -> None:
    for column in (MONEY, COUNT):
        try:
            number = read(value, column)
        except RowRejected as error:
            if isinstance(value, str) and len(value) > 8:
                assert value not in error.problem
        else:
            assert number is None or abs(number) <= MAX_MICROS
