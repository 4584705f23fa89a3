"""Numbers that registers give out: tax ids, D-U-N-S, LEI, GLN, GTIN. Written in one way, and checked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import import_module
from itertools import pairwise
from types import ModuleType

_SIGNS = re.compile(r"[^0-9A-Z]+")
_PREFIX = re.compile(
    r"^(?:VATNO|VATID|VAT|USTIDNR|USTID|USTIDNO|UID|TVA|IVA|PIVA|PARTITAIVA|BTW|MWST|NIF|CIF|NIP|TAXID|EIN|GSTIN|ABN|CNPJ|INN)(?=[0-9A-Z])"
)
_PREFIXED = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "EL",
        "ES",
        "FI",
        "FR",
        "GB",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
        "XI",
        "NO",
        "CHE",
    ]
)

_KINDS: dict[str, tuple[tuple[str, str], ...]] = {
    "DE": (("vat", "de.vat"), ("stnr", "de.stnr"), ("idnr", "de.idnr")),
    "FR": (("siren", "fr.siren"),),
    "US": (("ein", "us.ein"),),
    "GB": (("vat", "gb.vat"), ("utr", "gb.utr")),
    "CN": (("uscc", "cn.uscc"),),
    "IN": (("gstin", "in_.gstin"), ("pan", "in_.pan")),
    "BR": (("cnpj", "br.cnpj"), ("cpf", "br.cpf")),
    "AU": (("abn", "au.abn"), ("acn", "au.acn"), ("tfn", "au.tfn")),
    "CA": (("bn", "ca.bn"),),
    "JP": (("cn", "jp.cn"),),
    "KR": (("brn", "kr.brn"),),
    "MX": (("rfc", "mx.rfc"),),
    "NO": (("orgnr", "no.orgnr"),),
    "CH": (("uid", "ch.uid"),),
    "TR": (("vkn", "tr.vkn"), ("tckn", "tr.tckimlik")),
    "RU": (("inn", "ru.inn"),),
    "ES": (("nif", "es.nif"),),
    "IT": (("iva", "it.iva"), ("cf", "it.codicefiscale")),
    "SE": (("orgnr", "se.orgnr"),),
    "AT": (("uid", "at.uid"), ("tin", "at.tin")),
    "NZ": (("ird", "nz.ird"),),
    "AR": (("cuit", "ar.cuit"),),
    "CL": (("rut", "cl.rut"),),
    "CO": (("nit", "co.nit"),),
    "PE": (("ruc", "pe.ruc"),),
    "IL": (("hp", "il.hp"),),
    "UA": (("edrpou", "ua.edrpou"), ("rntrc", "ua.rntrc")),
    "SG": (("uen", "sg.uen"),),
    "ID": (("npwp", "id.npwp"),),
}  # fmt: skip
"""Country -> kinds of tax numbers and the module of python-stdnum that checks them, the usual one first. Countries
that are not here have the one that python-stdnum calls `vat`."""


@dataclass(frozen=True)
class TaxId:
    """`country` and `kind` say what register it comes from, empty where that is not known; two numbers of one register
    can contradict each other. `valid`: the register is known and the check digits are right."""

    country: str
    kind: str
    value: str
    valid: bool

    @property
    def register(self) -> str:
        return f"{self.country}:{self.kind}"


def signs(text: str) -> str:
    """Letters and digits in capitals, nothing else."""
    return _SIGNS.sub("", text.upper())


def is_placeholder(value: str) -> bool:
    """Numbers that people type to satisfy a form: too short, one digit again and again, or counted up or down."""
    digits = re.sub(r"\D", "", value)
    if len(digits) < 4:
        return True
    run = digits.strip("0")
    if len(set(digits)) == 1 or not run or (len(set(run)) == 1 and len(run) > 5):
        return True
    steps = {(int(right) - int(left)) % 10 for left, right in pairwise(digits)}
    return len(digits) > 4 and steps in ({1}, {9})


@lru_cache(maxsize=1 << 12)
def tax_id(raw: str, country: str) -> TaxId | None:
    """A tax number as its register writes it; None for placeholders and texts that are none.

    country   alpha-2 code that is taken where the number does not begin with one; may be empty
    """
    text = signs(raw)
    text = _PREFIX.sub("", text) if not text.isdigit() else text
    country, text = _country(text, country)
    if not 5 <= len(text) <= 20 or is_placeholder(text):
        return None
    for kind, name in _kinds(country):
        value = _valid(name, text, country)
        if value:
            return TaxId(country, kind, value.removeprefix("CHE"), valid=True)
    text = _whole(text, country)
    return TaxId(country, _shape(text, country), text, valid=False)


def _country(text: str, country: str) -> tuple[str, str]:
    """The country that a number begins with, and the rest; or the country that was given."""
    head = "CHE" if text.startswith("CHE") else text[:2]
    digits = sum(map(str.isdigit, text[len(head) :]))
    if head in _PREFIXED and digits >= 7 and (country or digits < 14):
        named = {"EL": "GR", "XI": "GB", "CHE": "CH"}.get(head, head)
        return named, _tail(text[len(head) :])
    return country, _tail(text) if country in ("CH", "NO") else text


def _tail(text: str) -> str:
    """Without what Swiss and Norwegian numbers end in."""
    return re.sub(r"(MWST|TVA|IVA|MVA|VAT)$", "", text)


def _whole(text: str, country: str) -> str:
    if country == "FR" and len(text) in (11, 14):  # a VAT number ends in the SIREN, a SIRET begins with it
        return text[2:] if len(text) == 11 else text[:9]
    if country == "SE" and len(text) == 12:
        return text[:10]
    if country == "BE" and len(text) == 9:
        return "0" + text
    return text


def _shape(text: str, country: str) -> str:
    """The kind of an invalid number: that with the same length, or its length."""
    lengths = {"DE": {9: "vat", 10: "stnr", 11: "stnr", 13: "stnr"}, "GB": {9: "vat", 12: "vat", 10: "utr"}}
    usual = _USUAL_LENGTH.get(country)
    if country in lengths:
        return lengths[country].get(len(text), str(len(text)))
    kinds = _kinds(country)
    if kinds and (usual is None or len(text) in usual):
        return kinds[0][0]
    return str(len(text))


_USUAL_LENGTH = {
    "IT": (11,),
    "US": (9,),
    "FR": (9,),
    "ES": (9,),
    "BR": (14,),
    "IN": (15,),
    "AT": (8, 9),
    "AU": (11,),
    "TR": (10,),
}


@cache
def _kinds(country: str) -> tuple[tuple[str, str], ...]:
    if not country:
        return ()
    if country in _KINDS:
        return _KINDS[country]
    from stdnum import get_cc_module

    module = get_cc_module(country.lower(), "vat")
    return (("vat", getattr(module, "__name__", "").removeprefix("stdnum.")),) if module else ()


@cache
def _module(name: str) -> ModuleType:
    return import_module(f"stdnum.{name}")


def _valid(name: str, text: str, country: str) -> str | None:
    whole = _whole(text, country) if name in ("fr.siren", "se.orgnr") else text
    whole = "CHE" + whole if name == "ch.uid" and not whole.startswith("CHE") else whole
    try:
        return str(_module(name).validate(whole))
    except Exception:  # python-stdnum has its own errors, and some of Python's for odd texts
        return None


@lru_cache(maxsize=1 << 10)
def company_number(raw: str) -> str | None:
    """A number of a company register without signs and leading zeros; None for placeholders."""
    text = signs(raw).lstrip("0")
    return None if len(text) < 4 or is_placeholder(text) else text


@lru_cache(maxsize=1 << 10)
def duns(raw: str) -> str | None:
    """Nine digits, or None."""
    digits = re.sub(r"\D", "", raw)
    digits = digits.zfill(9) if 7 <= len(digits) < 9 else digits
    return None if len(digits) != 9 or is_placeholder(digits) else digits


@lru_cache(maxsize=1 << 10)
def lei(raw: str) -> str | None:
    """Twenty signs with right check digits, or None."""
    text = signs(raw)
    if len(text) != 20 or not text[18:].isdigit():
        return None
    return text if int("".join(str(int(sign, 36)) for sign in text)) % 97 == 1 else None


def gln(raw: str) -> str | None:
    """Thirteen digits with a right check digit, or None."""
    digits = re.sub(r"\D", "", raw)
    return digits if len(digits) == 13 and not is_placeholder(digits[:12]) and _gs1(digits) else None


@lru_cache(maxsize=1 << 10)
def gtin(raw: str) -> str | None:
    """GTIN, EAN or UPC as fourteen digits; None where length or check digit is wrong, or where it is one of the numbers
    that a shop gives out for itself (GS1 prefixes 02, 04, 20 to 29)."""
    digits = re.sub(r"\D", "", raw)
    if len(digits) not in (8, 12, 13, 14) or is_placeholder(digits[:-1]) or not _gs1(digits):
        return None
    padded = digits.zfill(14)
    own = len(digits) > 8 and (padded[1] == "2" or padded[1:3] in ("02", "04"))
    return None if own else padded


def _gs1(digits: str) -> bool:
    return sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(reversed(digits))) % 10 == 0
