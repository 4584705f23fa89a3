"""Tax numbers as their registers write them, checked; what people type instead of one is none."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import import_module
from types import ModuleType
from typing import NamedTuple

from hub.identity import checks
from hub.identity.numbers import is_placeholder, signs

_PREFIX = re.compile(
    r"^(?:VATNO|VATID|VAT|USTIDNR|USTID|USTIDNO|UID|TVA|IVA|PIVA|PARTITAIVA|BTW|MWST|NIF|CIF|NIP|TAXID|EIN|GSTIN|ABN|CNPJ|INN)(?=[0-9A-Z])"
)
_PREFIXED = frozenset([
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "FR", "GB", "HR", "HU", "IE", "IT", "LT", "LU",
    "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK", "XI", "NO", "CHE",
])  # fmt: skip
"""Countries whose numbers begin with their name."""
_ALIKE = {"gstin": "pan"}
"""Kinds of numbers that have another kind within them."""
_RENAMED = {"EL": "GR", "XI": "GB", "CHE": "CH"}
_ENDING = re.compile(r"(MWST|TVA|IVA|MVA|VAT)$")

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


class TaxId(NamedTuple):
    """`country` and `kind` say what register it comes from, empty where that is not known; two numbers of one register
    can contradict each other. `valid`: the register is known and the check digits are right."""

    country: str
    kind: str
    value: str
    valid: bool

    @property
    def register(self) -> str:
        return f"{self.country}:{self.kind}"


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
        if value := _valid(name, text, country):
            return TaxId(country, _ALIKE.get(kind, kind), _company(country, kind, value), valid=True)
    text = _whole(text, country)
    return TaxId(country, _shape(text, country), text, valid=False)


def _company(country: str, kind: str, value: str) -> str:
    """The part of a valid number that stands for the company, where the rest tells its sites apart."""
    if kind == "gstin":  # a number for each federal state, around the one of the company
        return value[2:12]
    if kind == "cnpj":
        return value[:8]
    if country == "GB" and len(value) == 12:
        return value[:9]
    return value.removeprefix("CHE")


def _country(text: str, country: str) -> tuple[str, str]:
    """The country that a number begins with, and the rest; or the country that was given."""
    head = "CHE" if text.startswith("CHE") else text[:2]
    if head not in _PREFIXED:
        return country, _tail(text) if country in ("CH", "NO") else text
    digits = sum(map(str.isdigit, text[len(head) :]))
    if digits >= 7 and (country or digits < 14):
        return _RENAMED.get(head, head), _tail(text[len(head) :])
    return country, _tail(text) if country in ("CH", "NO") else text


def _tail(text: str) -> str:
    """Without what Swiss and Norwegian numbers end in."""
    return text if text.isdigit() else _ENDING.sub("", text)


def _whole(text: str, country: str) -> str:
    if country == "FR" and len(text) in (11, 14):  # a VAT number ends in the SIREN, a SIRET begins with it
        return text[2:] if len(text) == 11 else text[:9]
    if country == "SE" and len(text) == 12:
        return text[:10]
    if country == "BE" and len(text) == 9:
        return "0" + text
    if country == "HU" and len(text) == 11:  # followed by the kind of taxation and the county
        return text[:8]
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
    "IT": (11,), "US": (9,), "FR": (9,), "ES": (9,), "BR": (14,), "IN": (15,), "AT": (8, 9), "AU": (11,), "TR": (10,),
}  # fmt: skip


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
    """The number as its register writes it; None where a check fails."""
    text = _whole(text, country)
    if name in checks.QUICK:
        shape, right = checks.QUICK[name]
        return text if shape.fullmatch(text) and right(text) else None
    if (shape_of := checks.SHAPES.get(name)) and not shape_of.fullmatch(text):
        return None
    try:
        return str(_module(name).validate("CHE" + text if name == "ch.uid" else text))
    except Exception:  # python-stdnum has its own errors, and some of Python's for odd texts
        return None
