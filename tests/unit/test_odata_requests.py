"""What is sent to an OData service: literals that cannot break out of their quotes, filters, selections, addresses."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.sdk.odata import (
    Contains,
    Expand,
    Filter,
    Query,
    Raw,
    Version,
    after,
    all_of,
    any_of,
    entity_path,
    eq,
    ge,
    literal,
    lt,
    ne,
    one_of,
)

V2, V3, V4 = Version.V2, Version.V3, Version.V4
MOMENT = datetime(2026, 1, 31, 10, 0, tzinfo=UTC)
GUID = "44444444-4444-4444-8444-444444444442"


def untyped(field: str) -> None:
    return None


@pytest.mark.parametrize(
    ("value", "edm", "old", "new"),
    [
        ("O'Neil", None, "'O''Neil'", "'O''Neil'"),
        (None, "Edm.String", "null", "null"),
        (True, None, "true", "true"),
        (Decimal("12.30"), None, "12.30M", "12.30"),
        (Decimal("1E+3"), None, "1000M", "1000"),
        ("12.3", "Edm.Decimal", "12.3M", "12.3"),
        (7, "Edm.Int64", "7L", "7"),
        ("7", "Edm.Int32", "7", "7"),
        ("1.5", "Edm.Double", "1.5d", "1.5"),
        (GUID.upper().replace("8", "B", 1), "Edm.Guid", None, None),
        (GUID, "Edm.Guid", f"guid'{GUID}'", GUID),
        (MOMENT, "Edm.DateTime", "datetime'2026-01-31T10:00:00'", "2026-01-31T10:00:00"),
        (MOMENT, None, "datetimeoffset'2026-01-31T10:00:00Z'", "2026-01-31T10:00:00Z"),
        ("2026-01-31T10:00:00.1234567Z", "Edm.DateTimeOffset", "datetimeoffset'2026-01-31T10:00:00.1234567Z'",
         "2026-01-31T10:00:00.1234567Z"),
        ("2026-01-31T12:00:00+02:00", "Edm.DateTime", "datetime'2026-01-31T10:00:00'", "2026-01-31T10:00:00"),
        (date(2026, 1, 31), None, "datetime'2026-01-31T00:00:00'", "2026-01-31"),
        (date(2026, 1, 31), "Edm.DateTimeOffset", "datetimeoffset'2026-01-31T00:00:00Z'", "2026-01-31T00:00:00Z"),
        (time(23, 59, 59), "Edm.Time", "time'PT23H59M59S'", "23:59:59"),
        ("23:59", "Edm.TimeOfDay", "time'PT23H59M00S'", "23:59:00"),
        ("P1DT2H", "Edm.Duration", "time'P1DT2H'", "duration'P1DT2H'"),
        ("bost_Open", "SAPB1.BoStatus", "'bost_Open'", "SAPB1.BoStatus'bost_Open'"),
    ],
)  # fmt: skip
def test_each_version_writes_a_value_its_own_way(value: Any, edm: str | None, old: str | None, new: str | None) -> None:
    if old is None:
        assert literal(value, edm, V4) == value.lower()
        return
    assert literal(value, edm, V2) == literal(value, edm, V3) == old
    assert literal(value, edm, V4) == new


@pytest.mark.parametrize(
    ("value", "edm"),
    [
        ("1 or 1 eq 1", "Edm.Int32"), (True, "Edm.Int32"), ("NaN", "Edm.Decimal"), ("x", "Edm.Guid"),
        ("yesterday", "Edm.DateTime"), ("2026-01-31' or '", "Edm.DateTimeOffset"), ("maybe", "Edm.Boolean"),
        ("noon", "Edm.TimeOfDay"), ("P", "Edm.Duration"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("version", list(Version))
def test_a_text_that_is_no_value_of_the_type_is_refused(value: Any, edm: str, version: Version) -> None:
    with pytest.raises(ValueError, match=r"this|true|neither"):
        literal(value, edm, version)


@given(st.text(), st.sampled_from(list(Version)))
def test_no_text_leaves_its_quotes(text: str, version: Version) -> None:
    written = literal(text, "Edm.String", version)
    inner = written[1:-1]
    assert written[0] == written[-1] == "'"
    assert "'" not in inner.replace("''", "")
    assert inner.replace("''", "'") == text


@given(st.text(st.characters(exclude_categories=["Cs"])), st.sampled_from(list(Version)))
def test_a_server_reads_back_the_filter_that_was_meant(text: str, version: Version) -> None:
    condition = eq("Name", text)
    url = Query("Things", select=("Id",), filter=condition, top=5).url(version, untyped)
    assert url.isascii()
    options = parse_qs(urlsplit(f"https://host/{url}").query, keep_blank_values=True, strict_parsing=True)
    assert options == {"$select": ["Id"], "$filter": [condition.text(version, untyped)], "$top": ["5"]}


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6), st.sampled_from(list(Version)))
def test_a_decimal_keeps_its_digits(number: Decimal, version: Version) -> None:
    assert Decimal(literal(number, "Edm.Decimal", version).rstrip("M")) == number


@given(st.datetimes(timezones=st.just(UTC)))
def test_a_moment_keeps_its_microseconds(moment: datetime) -> None:
    assert datetime.fromisoformat(literal(moment, "Edm.DateTimeOffset", V4)) == moment


def written(condition: Filter | None, version: Version = V4) -> str:
    assert condition is not None
    return condition.text(version, untyped)


def test_conditions_are_joined_with_parentheses_where_needed() -> None:
    either = any_of(eq("a", 1), eq("b", "x"))
    assert written(all_of(either, ne("c", None), None)) == "(a eq 1 or b eq 'x') and c ne null"
    assert written(all_of(lt("a", 2))) == "a lt 2"
    assert all_of(None) is None
    assert one_of("a", []) is None
    assert written(one_of("a", [1, 2])) == "a eq 1 or a eq 2"
    assert written(all_of(Raw("x or y"), ge("a", 1))) == "(x or y) and a ge 1"


def test_containing_is_written_the_other_way_round_before_version_4() -> None:
    assert written(Contains("Name", "a'b"), V2) == "substringof('a''b',Name)"
    assert written(Contains("Name", "a'b"), V4) == "contains(Name,'a''b')"


def test_after_a_composite_key_comes_what_is_greater_in_its_order() -> None:
    assert written(after(("A", "B"), ("x", 2))) == "A gt 'x' or (A eq 'x' and B gt 2)"


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 3)), min_size=1, unique=True))
def test_after_agrees_with_the_order_of_tuples(keys: list[tuple[int, ...]]) -> None:
    pivot = keys[0]
    condition = written(after(("a", "b", "c"), pivot)).replace(" eq ", " == ").replace(" gt ", " > ")
    chosen = [key for key in keys if eval(condition, dict(zip("abc", key, strict=True)))]
    assert chosen == [key for key in keys if key > pivot]


def test_a_condition_takes_the_type_of_its_field() -> None:
    types = {"Changed": "Edm.DateTime", "to_Item/Amount": "Edm.Decimal"}
    condition = all_of(ge("Changed", MOMENT), lt("to_Item/Amount", "5"))
    assert condition is not None
    assert condition.text(V2, types.get) == "Changed ge datetime'2026-01-31T10:00:00' and to_Item/Amount lt 5M"


def test_expands_are_paths_in_version_2_and_nested_in_version_4() -> None:
    items = Expand("Items", ("No", "Price"), (Expand("Lots"),))
    query = Query("Orders", ("Id",), expand=(items,), orderby=("Id desc",), skip=10, count=True)
    assert dict(query.options(V2, untyped)) == {
        "$select": "Id,Items/No,Items/Price,Items/Lots", "$expand": "Items,Items/Lots", "$orderby": "Id desc",
        "$skip": "10", "$inlinecount": "allpages",
    }  # fmt: skip
    assert dict(query.options(V4, untyped)) == {
        "$select": "Id", "$expand": "Items($select=No,Price;$expand=Lots)", "$orderby": "Id desc", "$skip": "10",
        "$count": "true",
    }  # fmt: skip


def test_an_offset_in_a_moment_survives_the_address() -> None:
    url = Query("Things", filter=ge("At", "2026-01-31T10:00:00+02:00", "Edm.DateTimeOffset")).url(V4, untyped)
    assert "+" not in url
    assert parse_qs(urlsplit(url).query)["$filter"] == ["At ge 2026-01-31T10:00:00+02:00"]


def test_the_path_of_one_entity_quotes_its_keys() -> None:
    assert entity_path("A_SalesOrder", {"SalesOrder": "4711"}) == "A_SalesOrder('4711')"
    assert entity_path("Stock", {"Plant": "10'10", "Batch": "A/1"}) == "Stock(Plant='10''10',Batch='A%2F1')"
