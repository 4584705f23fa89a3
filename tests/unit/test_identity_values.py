"""Numbers, addresses, phones and mail in one form; placeholders are nothing."""

from importlib import import_module

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.identity import checks, numbers, places, reach, taxes


@pytest.mark.parametrize(
    ("raw", "country", "register", "value", "valid"),
    [
        ("DE 136 695 976", "", "DE:vat", "136695976", True),
        ("136695976", "DE", "DE:vat", "136695976", True),
        ("DE136695978", "DE", "DE:vat", "136695978", False),
        ("FR40 303 265 045", "FR", "FR:siren", "303265045", True),
        ("303 265 045 00018", "FR", "FR:siren", "303265045", True),
        ("CHE-116.281.710 MWST", "CH", "CH:uid", "116281710", True),
        ("EL 094259216", "", "GR:vat", "094259216", True),
        ("ATU13585627", "AT", "AT:uid", "U13585627", True),
        ("13/815/08152", "DE", "DE:stnr", "1381508152", True),
        ("27AAPFU0939F1ZV", "IN", "IN:pan", "AAPFU0939F", True),
        ("16.727.230/0001-97", "BR", "BR:cnpj", "16727230", True),
        ("12892312-2-42", "HU", "HU:vat", "12892312", True),
    ],
)
def test_tax_numbers_are_written_as_their_register_writes_them(
    raw: str, country: str, register: str, value: str, valid: bool
) -> None:
    assert taxes.tax_id(raw, country) == taxes.TaxId(*register.split(":"), value, valid)


@given(st.sampled_from(sorted(checks.QUICK)), st.from_regex(r"[0-9]{8,13}", fullmatch=True), st.integers(0, 9))
def test_quick_checks_answer_as_python_stdnum_does(name: str, number: str, last: int) -> None:
    shape, right = checks.QUICK[name]
    for digits in (number, number[:9], f"{number[:8]}{last}", f"{number[:7]}001{last}"):
        quick = bool(shape.fullmatch(digits)) and right(digits)
        assert quick == import_module(f"stdnum.{name}").is_valid(digits), (name, digits)


@pytest.mark.parametrize("raw", ["00000000", "111111111", "123456789", "999999999", "n/a", "12", "", "987654321"])
def test_placeholders_are_no_numbers(raw: str) -> None:
    assert taxes.tax_id(raw, "DE") is None
    assert numbers.duns(raw) is None
    assert numbers.company_number(raw) is None


def test_check_digits() -> None:
    assert numbers.lei("5493001KJTIIGC8Y1R12") == "5493001KJTIIGC8Y1R12"
    assert numbers.lei("5493001KJTIIGC8Y1R13") is None
    assert numbers.gtin("4006381333931") == numbers.gtin("04006381333931") == "04006381333931"
    assert numbers.gtin("4006381333932") is None
    assert numbers.gtin("2012345678900") is None, "a number that a shop gives out for itself"
    assert numbers.gln("4012345000009") == "4012345000009"


@pytest.mark.parametrize(
    ("raw", "country", "number"),
    [
        ("+49 (0)30 123456", "", "+4930123456"),
        ("030/123456", "DE", "+4930123456"),
        ("0049 30 123456", "", "+4930123456"),
        ("(555) 123-4567 ext. 12", "US", "+15551234567"),
        ("06 1234567", "IT", "+39061234567"),
        ("00000000", "DE", None),
        ("030 123456", "", "030123456"),
    ],
)
def test_phones_are_in_one_form(raw: str, country: str, number: str | None) -> None:
    assert reach.phone(raw, country) == number


def test_a_domain_is_a_companys_only_where_not_anybody_may_have_a_mailbox() -> None:
    assert reach.mail("Acme-Shop@Mail.Acme.co.uk") == reach.Mail("acme-shop@mail.acme.co.uk", "acme.co.uk")
    assert reach.mail("acme@gmail.com") == reach.Mail("acme@gmail.com", "")
    assert reach.mail("noreply@acme.de") is None
    assert reach.mail("acme") is None
    assert reach.web_domain("https://www.acme.de/shop?x=1") == "acme.de"
    assert reach.web_domain("https://www.facebook.com/acme") == ""


def test_addresses_are_comparable() -> None:
    assert places.street("Hauptstr. 12a") == places.street("Hauptstraße 12 A") == places.Street("haupt", "12")
    assert places.street("12, rue de la Paix") == places.street("Rue de la Paix 12")
    assert places.city("Frankfurt am Main") == places.city("Frankfurt/Main") == "frankfurt"
    assert places.city("Munich") == places.city("München")
    assert places.postal_code("D-50667", "DE") == "D50667"[1:] or places.postal_code("DE-50667", "DE") == "50667"
    assert places.postal_code("73301-1234", "US") == "73301"
