"""Why two records are one, or may be, in words that an operations person understands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from hub.store.identity import Key

if TYPE_CHECKING:
    from hub.store.base import Store

_FIELDS: dict[str, tuple[str, tuple[str, ...]]] = {
    "name": ("name", ("name", "legal_name")),
    "tax": ("tax number", ("tax_id",)),
    "duns": ("D-U-N-S number", ("duns",)),
    "lei": ("LEI", ("lei",)),
    "company_number": ("company number", ("company_number",)),
    "gln": ("GLN", ("gln",)),
    "mail": ("e-mail address", ("email",)),
    "domain": ("internet domain", ("email", "website")),
    "phone": ("phone number", ("phone",)),
    "place": ("address", ("street", "street2", "postal_code", "city")),
    "country": ("country", ("country",)),
    "form": ("legal form", ()),
    "born_on": ("birth date", ()),
}
"""Field of the evidence -> what people call it, and the columns it was compared by."""
SHOWN = {
    "customers": ("name", "legal_name", "tax_id", "company_number", "duns", "lei", "gln", "email", "website", "phone",
                  "street", "street2", "postal_code", "city", "country"),
    "products": ("sku", "name", "gtin", "manufacturer", "mpn", "unit"),
}  # fmt: skip
_HEADLINE = {"customers": ("name", "city", "country"), "products": ("name", "sku", "unit")}
_RULES = {
    "alone": "no other record was found for it",
    "together": "with the others of this golden record taken together",
    "person": "because a person said so",
    "account": "because it is an account of that company",
    "gtin": "by equal GTINs",
    "sku": "by equal article numbers",
    "sku pattern": "by article numbers that are equal after the patterns in hub.yaml",
    "manufacturer's number": "by equal manufacturers' numbers",
    "name": "by names",
}
_VETOES = {
    "tax id": "both have a valid tax number of one register, and they differ",
    "lei": "their LEIs differ",
    "hierarchy": "one is above the other, or pays for it",
    "branch": "one is a branch of the other",
    "country": "they are in different countries",
    "legal form": "their legal forms exclude each other",
    "numerals": "the numbers in their names differ",
}
_STRONG, _WEAK = 6, 2
"""Bits from which on something speaks strongly, and below which it speaks a little."""
_NAMES = {
    "same": "the names have the same words", "spelling": "the names differ by slips only",
    "initials": "one name is the other's initials", "part": "one name has words more",
    "other": "the names share words, and each has others", "different": "the names have no word in common",
    "unknown": "a name is missing",
    "sister": "one name has a word more by which sister companies are told apart",
    "script": "the names are in two scripts and cannot be compared",
    "brand": "the names differ, but their internet domain is called as one of them is",
}  # fmt: skip


def rows_of(store: Store, entity: str, keys: Iterable[Key]) -> dict[Key, dict[str, Any]]:
    """Records as their systems have them, in the columns that people look at."""
    names = ("source_id", *SHOWN[entity], "deleted_at")
    by_source: dict[str, list[str]] = {}
    for key in keys:
        by_source.setdefault(key.source, []).append(key.source_id)
    found = {}
    for source, listed in by_source.items():
        for page in store.rows(entity, names, source=source, keys=listed):
            for row in page:
                found[Key(source, row[0])] = dict(zip(names[1:], row[1:], strict=True))
    return found


def headline(entity: str, row: Mapping[str, Any] | None) -> str:
    """A record in a few words."""
    if row is None:
        return "(no longer held)"
    told = ", ".join(str(row[name]) for name in _HEADLINE[entity] if row.get(name))
    return (told or "(without a name)") + (" (deleted at its source)" if row.get("deleted_at") else "")


def reasons(evidence: Mapping[str, Any], left: Mapping[str, Any] | None, right: Mapping[str, Any] | None) -> list[str]:
    """What speaks for and against, strongest first, each with both values."""
    told = [_NAMES[evidence["names"]].capitalize() + "."] if evidence.get("names") in _NAMES else []
    weighed = [(field, bits) for field, bits in evidence.items() if field in _FIELDS and isinstance(bits, int | float)]
    for field, bits in sorted(weighed, key=lambda each: -abs(each[1])):
        word, columns = _FIELDS[field]
        much = " strongly" if abs(bits) >= _STRONG else " a little" if abs(bits) < _WEAK else ""
        sign = "for" if bits > 0 else "against"
        told.append(f"The {word} speaks{much} {sign} it ({bits:+.1f}){_both(columns, left, right)}.")
    return told


def held_back(evidence: Mapping[str, Any], score: float, link_score: float) -> str:
    """Why a pair is asked about rather than linked."""
    if score < link_score:
        return f"Linked by itself only from {link_score:.1f} on."
    veto, between = evidence.get("veto"), evidence.get("between")
    if veto in _VETOES and between:
        return f"Not linked by itself, since {between[0]} and {between[1]} are kept apart: {_VETOES[veto]}."
    return "Not linked by itself, since one of them fits another record as well, or others of the two do not fit."


def _both(columns: Sequence[str], left: Mapping[str, Any] | None, right: Mapping[str, Any] | None) -> str:
    values = [", ".join(str(row[name]) for name in columns if row.get(name)) for row in (left, right) if row]
    values = list(dict.fromkeys(value for value in values if value))
    return f": {' / '.join(values)}" if values else ""


def by_rule(rule: str) -> str:
    return _RULES.get(rule, f"by {rule}")
