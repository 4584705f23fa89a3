"""Texts, words of a vocabulary, JSON, and codes of countries, currencies and units."""

from __future__ import annotations

import csv
import gzip
import json
import math
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hub.convert import CONVERTERS, Misfit, bind, converter_for
from hub.errors import RowRejected
from hub.model import catalog
from hub.model.kinds import Column, Kind

ANY_TIME = settings(deadline=None)
NAME = Column("name", Kind.TEXT, "A name.", max_length=10)
NOTE = Column("extras", Kind.JSON, "Anything.")
STATUS = catalog.Order["status"]
COUNTRY = catalog.Customer["country"]
CURRENCY = catalog.Order["currency"]
UNIT = catalog.OrderLine["unit"]
SHARED = Path(__file__).parents[3] / "shared" / "data"


def read(value: Any, column: Column = NAME, **options: Any) -> Any:
    return bind(column, None, options).scalar(value)


def refusal(value: Any, column: Column = NAME, **options: Any) -> RowRejected:
    with pytest.raises(RowRejected) as caught:
        read(value, column, **options)
    return caught.value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("  Ada \n", "Ada"),
        ("\u00a0x\u2003", "x"),
        ("", None),
        (" \t", None),
        (None, None),
        (13313.0, "13313"),
        (13313, "13313"),
        (0.25, "0.25"),
        (Decimal("12.500"), "12.5"),
        (True, "true"),
        (date(2024, 1, 5), "2024-01-05"),
        ("=1+1", "=1+1"),
    ],
)
def test_a_text_is_what_a_person_would_write(value: Any, text: str | None) -> None:
    assert read(value) == text


@pytest.mark.parametrize(
    ("value", "rule", "reason"),
    [
        ("a\0b", "format", "holds a NUL character"),
        ("\ud800", "format", "holds half a character (a lone surrogate)"),
        ("x" * 11, "length", "has 11 characters, 10 are kept"),
        (10**2000, "length", "is a number with more than 1000 digits"),
        (math.nan, "type", "is not a finite number"),
        ({"a": 1}, "type", "is an object, a text is expected"),
        ([], "type", "is a list, a text is expected"),
        (b"abc", "type", "is binary data, a text is expected"),
    ],
)
def test_what_is_no_text_is_refused(value: Any, rule: str, reason: str) -> None:
    error = refusal(value)
    assert (error.rule, error.problem) == (rule, reason)


def test_texts_can_be_cut_and_recased_when_asked() -> None:
    assert read("Ada Lovelace the first", truncate=True) == "Ada Lovela"
    assert read("Ada", case="upper") == "ADA"
    assert read("ADA", case="lower") == "ada"


@ANY_TIME
@given(st.lists(st.one_of(st.text(max_size=12), st.none(), st.integers()), max_size=6))
def test_a_whole_column_is_read_as_its_values_are(values: list[Any]) -> None:
    bound = bind(NAME)
    assert bound.bulk is not None
    try:
        quick = bound.bulk(values)
    except (RowRejected, TypeError, ValueError):
        return
    assert quick == [bound.scalar(value) for value in values]


def test_words_are_matched_in_any_case() -> None:
    assert read("open", STATUS) == "open"
    assert read(" Partially Shipped ", STATUS) == "partially_shipped"
    assert read("ON-HOLD", STATUS) == "on_hold"
    error = refusal("Sent", STATUS)
    assert error.rule == "vocabulary"
    assert "`Sent`" in error.problem
    assert "shipped" in error.problem
    assert "x" * 41 not in refusal("x" * 41, STATUS).problem


def test_equal_objects_are_equal_json_texts() -> None:
    assert read({"b": 1, "a": [1, {"d": None, "c": "ä"}]}, NOTE) == '{"a":[1,{"c":"ä","d":null}],"b":1}'
    assert read({"price": Decimal("12.50"), "on": date(2024, 1, 5)}, NOTE) == '{"on":"2024-01-05","price":12.5}'
    assert read({"exact": Decimal("1.23456789012345678901")}, NOTE) == '{"exact":"1.23456789012345678901"}'
    assert [read(nothing, NOTE) for nothing in (None, {}, [], "", " ")] == [None] * 5
    assert refusal({"a": math.nan}, NOTE).rule == "format"
    assert refusal({"a": "\0"}, NOTE).rule == "format"
    assert read({"a": "\\u0000"}, NOTE) == json.dumps({"a": "\\u0000"}, separators=(",", ":"))
    assert refusal({"a": object()}, NOTE).problem == "cannot be written as JSON"


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("DE", "DE"), ("de", "DE"), ("DEU", "DE"), ("276", "DE"), (276, "DE"), (4, "AF"), ("Germany", "DE"),
        ("Deutschland", "DE"), ("Allemagne", "DE"), ("Federal Republic of Germany", "DE"), ("UK", "GB"),
        ("United Kingdom", "GB"), ("U.S.A.", "US"), ("USA", "US"), ("United States", "US"),
        ("Vereinigte Staaten", "US"),
        ("EIRE", "IE"), ("RSA", "ZA"), ("Channel Islands", "JE"), ("Korea, Republic of", "KR"), ("South Korea", "KR"),
        ("Republic of Korea", "KR"), ("Czech Republic", "CZ"), ("Czechia", "CZ"), ("Venezuela", "VE"), ("EL", "GR"),
        ("Côte d'Ivoire", "CI"), ("Cote d’Ivoire", "CI"), ("Ivory Coast", "CI"), ("the Netherlands", "NL"),
        ("St. Lucia", "LC"), ("Trinidad & Tobago", "TT"), ("Türkiye", "TR"), ("TURKEY", "TR"), ("Schweiz", "CH"),
        ("Россия", "RU"), ("日本", "JP"), ("", None), (None, None),
    ],
)  # fmt: skip
def test_countries_by_code_and_name(written: Any, code: str | None) -> None:
    assert read(written, COUNTRY) == code


def test_what_is_no_country_needs_values() -> None:
    for word in ("Unspecified", "European Community", "XX", "Narnia"):
        error = refusal(word, COUNTRY)
        assert error.rule == "vocabulary"
        assert f"`{word}`" in error.problem


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/data")
def test_the_countries_of_the_shared_data_are_all_known() -> None:
    with gzip.open(SHARED / "online_retail_2011q1" / "online_retail_2011q1.csv.gz", "rt", encoding="utf-8") as file:
        names = {row["Country"] for row in csv.DictReader(file)}
    assert len({read(name, COUNTRY) for name in names}) == len(names) == 31
    with (SHARED / "northwind" / "customers.csv").open(encoding="utf-8") as file:
        assert all(len(read(row["country"], COUNTRY)) == 2 for row in csv.DictReader(file))


@pytest.mark.skipif(not SHARED.is_dir(), reason="needs ../shared/data")
def test_every_currency_of_iso_4217_is_known() -> None:
    with (SHARED / "reference" / "iso4217.csv").open(encoding="utf-8") as file:
        assert all(read(row["code"], CURRENCY) == row["code"] for row in csv.DictReader(file))


def test_currencies_in_force_and_withdrawn() -> None:
    assert [read(code, CURRENCY) for code in ("EUR", "usd", "DEM", "HRK", "TRL")] == ["EUR", "USD", "DEM", "HRK", "TRL"]
    assert refusal("€", CURRENCY).problem == "`€` has 1 characters, an ISO 4217 code has 3; list it under `values`"
    assert refusal("EUX", CURRENCY).rule == "currency"


@pytest.mark.parametrize(
    ("written", "code"),
    [("C62", "C62"), ("pcs", "C62"), ("Stk", "C62"), ("ST", "C62"), ("ea", "EA"), ("EA", "EA"), ("kg", "KGM"),
     ("KGM", "KGM"), ("Liter", "LTR"), ("m²", "MTK"), ("h", "HUR"), ("carton", "XCT"), ("mtk", "MTK"), ("NIU", "NIU"),
     ("XPK", "XPK"), (" ", None)],
)  # fmt: skip
def test_units_by_code_and_common_word(written: str, code: str | None) -> None:
    assert read(written, UNIT) == code


def test_an_unknown_unit_needs_values() -> None:
    assert refusal("furlongs", UNIT).rule == "vocabulary"


def test_each_column_has_a_converter_of_its_own() -> None:
    assert converter_for(COUNTRY).name == "country"
    assert converter_for(STATUS).name == "word"
    assert converter_for(NAME).name == "text"
    for entity in catalog.ENTITIES.values():
        for column in entity.columns:
            assert converter_for(column).kind is column.kind
            bind(column)


def test_a_converter_must_exist_and_make_what_the_column_holds() -> None:
    with pytest.raises(Misfit, match=r"there is no converter `curency`. Did you mean `currency`\?"):
        bind(CURRENCY, "curency")
    with pytest.raises(Misfit, match="`decimal` makes decimal, but name holds text"):
        bind(NAME, "decimal")
    with pytest.raises(Misfit, match="name has none"):
        bind(NAME, "word")


def test_the_reference_can_be_generated_from_the_table() -> None:
    for name, converter in CONVERTERS.items():
        assert converter.name == name
        assert converter.description.endswith(".")
        assert all(option.description.endswith(".") for option in converter.options)


@ANY_TIME
@given(st.one_of(st.text(), st.integers(), st.floats(), st.binary(), st.lists(st.integers())))
def test_anything_is_read_or_refused(value: Any) -> None:
    for column in (NAME, NOTE, STATUS, COUNTRY, CURRENCY, UNIT):
        try:
            found = read(value, column)
        except RowRejected:
            continue
        assert found is None or isinstance(found, str)


def test_code_lists_are_loaded_only_when_needed() -> None:
    code = (
        "import sys; from hub.convert import bind; from hub.model.catalog import Customer\n"
        "assert bind(Customer['country']).scalar('DE') == 'DE'\n"
        "print([m for m in ('pycountry', 'zoneinfo', 'pyarrow', 'hub.convert.unit_codes') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
