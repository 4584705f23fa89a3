"""JSON numbers: exact by default, and as doubles only where a double states the same number."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.convert import bind
from hub.errors import RowRejected
from hub.model.kinds import Column, Kind
from hub.sdk.http.decode import NotJson, decode

AMOUNT = bind(Column("total", Kind.DECIMAL, "An amount."))


def amount(text: str, *, doubles: bool) -> Any:
    """What the store would get for a number that is written so; the rule by which it is refused."""
    value = decode(text.encode(), doubles=doubles)
    try:
        return AMOUNT.bulk([value])[0] if AMOUNT.bulk else None
    except (RowRejected, ValueError, TypeError, ArithmeticError):
        pass
    try:
        return AMOUNT.scalar(value)
    except RowRejected as error:
        return error.rule


WRITTEN = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False, places=2).map(lambda number: f"{number:f}"),
    st.decimals(-(10**16), 10**16, allow_nan=False, places=6).map(lambda number: f"{number:f}"),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.tuples(st.integers(), st.integers(-400, 400)).map(lambda parts: f"{parts[0]}.5e{parts[1]}"),
)


@given(WRITTEN)
def test_doubles_give_the_same_amounts_as_exact_numbers(text: str) -> None:
    assert amount(text, doubles=True) == amount(text, doubles=False)


@pytest.mark.parametrize(
    "text",
    ["12345678901.123456", "0.1234567890123456", "1e400", "1e-400", "0.10000000000000000555", "-9007199254740993.0"],
)
def test_numbers_that_no_double_states_stay_exact(text: str) -> None:
    assert decode(text.encode(), doubles=True) == Decimal(text)


def test_plain_amounts_come_as_doubles() -> None:
    assert decode(b'{"total": 12.5, "count": 3, "id": "00012345678901234"}', doubles=False)["total"] == Decimal("12.5")
    plain = decode(b'{"total": 12.5, "count": 3}', doubles=True)
    assert (type(plain["total"]), type(plain["count"])) == (float, int)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists))
def test_all_else_is_the_same_either_way(value: Any) -> None:
    body = json.dumps(value).encode()
    assert decode(body, doubles=True) == decode(body) == value


@pytest.mark.parametrize("body", [b'{"a": 1', b"{'a': 1}", b"1.5.5", b"[" * 100_000])
def test_what_is_no_json_is_said_to_be_none(body: bytes) -> None:
    with pytest.raises(NotJson):
        decode(body, doubles=True)
