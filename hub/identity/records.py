"""Rows of the canonical model to features: one pure function over a page, so that it runs in any number of
processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, TypeVar

import pyarrow as pa

from hub.identity import forms, names, numbers, places, reach, taxes

T = TypeVar("T")

COLUMNS = (
    "id", "source", "kind", "name", "legal_name", "email", "phone", "website", "tax_id", "tax_country",
    "company_number", "duns", "lei", "gln", "street", "street2", "city", "postal_code", "country", "parent_id",
    "bill_to_id", "born_on",
)  # fmt: skip
"""What a record may have, as texts. Only `id` is required; it is unique over all sources. `source` is the connector.
`parent_id` and `bill_to_id` are ids of other records; `kind` is `person` or anything else."""

FEATURES = pa.schema(
    [
        ("id", pa.string()), ("source", pa.string()), ("person", pa.bool_()), ("names", pa.list_(pa.string())),
        ("forms", pa.int32()), ("numerals", pa.string()), ("script", pa.bool_()), ("branch", pa.string()),
        ("country", pa.string()), ("tax_register", pa.string()), ("tax", pa.string()), ("tax_valid", pa.bool_()),
        ("company_number", pa.string()), ("duns", pa.string()), ("lei", pa.string()), ("gln", pa.string()),
        ("mail", pa.string()), ("domain", pa.string()),
        ("phone", pa.string()), ("street", pa.string()), ("house", pa.string()), ("city", pa.string()),
        ("postal", pa.string()), ("parent", pa.string()), ("bill_to", pa.string()), ("born_on", pa.string()),
    ]
)  # fmt: skip
"""What records are compared by. `forms` has a bit for each kind of legal form, see `FORM_BITS`."""

FORM_BITS = {
    kind: 1 << place
    for place, kind in enumerate(
        (forms.LIMITED, forms.STOCK, forms.PARTNERSHIP, forms.SOLE, forms.COOPERATIVE, forms.NONPROFIT, forms.HYBRID)
    )
}


def features(page: pa.Table | pa.RecordBatch) -> pa.RecordBatch:
    """One row of `FEATURES` for each row of a page of `COLUMNS`. Missing columns count as empty."""
    size = page.num_rows
    here = set(page.schema.names)
    nothing: list[str | None] = [None] * size
    given: dict[str, list[str | None]] = {
        name: page.column(name).to_pylist() if name in here else nothing for name in COLUMNS
    }
    country = [_country(value) for value in given["country"]]
    person = [value == "person" for value in given["kind"]]
    found = _pairs(
        taxes.tax_id,
        given["tax_id"],
        [_country(own) or home for own, home in zip(given["tax_country"], country, strict=True)],
    )
    country = [home or (tax.country if tax else "") for home, tax in zip(country, found, strict=True)]
    columns: dict[str, Iterable[Any]] = {
        "id": given["id"], "source": [value or "" for value in given["source"]], "person": person,
        "country": [value or None for value in country],
        "tax_register": [tax.register if tax else None for tax in found],
        "tax": [tax.value if tax else None for tax in found],
        "tax_valid": [tax.valid if tax else None for tax in found],
        "company_number": _single(numbers.company_number, given["company_number"]),
        "duns": _single(numbers.duns, given["duns"]), "lei": _single(numbers.lei, given["lei"]),
        "gln": _single(numbers.gln, given["gln"]),
        "postal": _pairs(places.postal_code, given["postal_code"], country),
        "phone": _pairs(reach.phone, given["phone"], country), "city": _single(places.city, given["city"]),
        "parent": given["parent_id"], "bill_to": given["bill_to_id"], "born_on": given["born_on"],
    }  # fmt: skip
    columns |= _named(person, given["name"], given["legal_name"], columns["city"])
    columns |= _reached(given["email"], given["website"])
    columns |= _placed(given["street"], given["street2"])
    return pa.RecordBatch.from_arrays(
        [pa.array(columns[field.name], field.type) for field in FEATURES], schema=FEATURES
    )


@lru_cache(maxsize=1 << 10)
def _country(text: str | None) -> str:
    if not text:
        return ""
    if len(text) == 2 and text.isascii() and text.isupper():
        return text
    from hub.convert.countries import country_of

    return country_of(text) or ""


def _single(function: Callable[[str], T | None], values: list[str | None]) -> list[T | None]:
    return [function(value) if value else None for value in values]


def _pairs(function: Callable[[str, str], T | None], values: list[str | None], others: list[str]) -> list[T | None]:
    return [function(value, other) if value else None for value, other in zip(values, others, strict=True)]


def _named(
    person: list[bool], shown: list[str | None], legal: list[str | None], cities: Iterable[str | None]
) -> dict[str, Iterable[Any]]:
    given = zip(person, shown, legal, cities, strict=True)
    parsed = [_names(who, name, other, city) for who, name, other, city in given]
    return {
        "names": [[name.text for name in each] for each in parsed],
        "forms": [_form_bits(each) for each in parsed],
        "numerals": ["|".join(each[0].numerals) or None if each else None for each in parsed],
        "script": [bool(name) and _in_other_script(name, other) for name, other in zip(shown, legal, strict=True)],
        "branch": [next((name.branch for name in each if name.branch), None) for each in parsed],
    }


def _in_other_script(name: str | None, other: str | None) -> bool:
    return all(names.in_other_script(each) for each in (name, other) if each)


def _names(person: bool, shown: str | None, legal: str | None, city: str | None) -> tuple[names.Name, ...]:
    if person:
        name = names.person_name(shown or legal or "")
        return (name,) if name else ()
    found = names.company_names(shown) if shown else ()
    if legal and legal != shown:
        more = names.company_names(legal)
        known = {name.text for name in found}
        found = tuple(found) + tuple(name for name in more if name.text not in known or name.forms)
    if city and found and (short := names.without_city(found[0], city)):
        found = (*found, short)
    return found


def _form_bits(found: tuple[names.Name, ...]) -> int:
    kinds = forms.kinds()
    bits = 0
    for name in found:
        for code in name.forms:
            bits |= FORM_BITS.get(kinds[code], 0)
    return bits


def _reached(emails: list[str | None], websites: list[str | None]) -> dict[str, Iterable[Any]]:
    mails = _single(reach.mail, emails)
    webs = [reach.web_domain(value) if value else "" for value in websites]
    domains = [(mail.domain if mail else "") or web or None for mail, web in zip(mails, webs, strict=True)]
    return {"mail": [mail.address if mail else None for mail in mails], "domain": domains}


def _placed(streets: list[str | None], more: list[str | None]) -> dict[str, Iterable[Any]]:
    first = _single(places.street, streets)
    second = _single(places.street, more)
    # Some systems keep the building in the first line and the street in the second: the line with a number is the
    # street.
    found = [
        two if two and two.house and not (one and one.house) else one for one, two in zip(first, second, strict=True)
    ]
    return {
        "street": [street.name or None if street else None for street in found],
        "house": [street.house or None if street else None for street in found],
    }
