"""What each field of a pair says, as SQL over both records (`a`, `b`) of `compared`, and what keeps a pair apart."""

from __future__ import annotations

from hub.identity.frequencies import SHARED
from hub.identity.weights import Weights

FIELDS = (
    "name", "tax", "duns", "lei", "company_number", "gln", "mail", "domain", "phone", "place", "country", "form",
    "born_on",
)  # fmt: skip
"""Fields that a score is the sum of; each pair has one weight in bits for each."""

_UNCHECKED = "a.tax_register IN ('US:ein')"
"""Registers whose numbers have no check digit, so that a slip makes another valid number."""

TWO_SCRIPTS = "(a.script <> b.script)"
"""One name is in letters that people transliterate in ways of their own: nothing in common says nothing."""

_FAR = """coalesce(abs(try_cast(left(a.postal, 2) AS INTEGER) - try_cast(left(b.postal, 2) AS INTEGER)) > 4, false)"""
"""Postal codes of two regions: two places, even if they have one name."""
BRAND = f"""((a.branded OR b.branded) AND coalesce(a.domain = b.domain, false) AND a.domain_heads < {SHARED["domain"]}
    AND NOT (a.forms <> 0 AND b.forms <> 0))"""
"""Both are at a domain that is called as one of them is: the other one's company trades under that name."""

_TAX_SLIP = "damerau_levenshtein(a.tax, b.tax) = 1"
_TWO_PEOPLE = "(a.person AND b.person)"
COLLEAGUES = f"""((a.person OR b.person) AND coalesce(a.domain = b.domain, false)
    AND a.domain_heads BETWEEN 1 AND {SHARED["domain"] - 1})"""
"""At least one is a person, and both are at one company's domain, which it does not share: names need not agree."""


def weighed(w: Weights) -> dict[str, str]:
    """SQL for the bits of each field. `n` is the best agreement of any two names of the pair."""
    return {
        "name": f"""CASE
            WHEN a.person <> b.person OR {COLLEAGUES} OR {TWO_SCRIPTS} OR {BRAND}
                THEN greatest(coalesce(n.weight, 0), 0)
            WHEN {_TWO_PEOPLE} THEN greatest(coalesce(n.weight, 0), {w.person_name_least})
            ELSE coalesce(n.weight, 0) END""",
        "tax": _tax(w),
        "duns": f"""CASE
            WHEN a.duns = b.duns AND a.duns_heads < {SHARED["duns"]} THEN {w.duns}
            WHEN a.duns = b.duns THEN {w.tax_group} WHEN a.duns <> b.duns THEN {w.duns_differs} ELSE 0 END""",
        "lei": f"CASE WHEN a.lei = b.lei THEN {w.lei} ELSE 0 END",
        "company_number": f"""CASE
            WHEN a.country <> b.country THEN 0
            WHEN a.company_number = b.company_number THEN {w.company_number}
            WHEN a.company_number <> b.company_number THEN {w.company_number_differs} ELSE 0 END""",
        "gln": f"CASE WHEN a.gln = b.gln THEN {w.gln} ELSE 0 END",
        "mail": f"""CASE
            WHEN a.mail = b.mail THEN CASE WHEN a.mail_heads < {SHARED["mail"]} THEN {w.mail} ELSE 0.5 END
            WHEN {_TWO_PEOPLE} AND (split_part(a.mailbox, '@', 1) = split_part(b.mailbox, '@', 1)
                OR jaro_winkler_similarity(a.mailbox, b.mailbox) > 0.95) THEN {w.mail_slip} ELSE 0 END""",
        "domain": f"""CASE
            WHEN a.domain = b.domain AND a.domain_heads = 0 THEN 2
            WHEN a.domain = b.domain AND a.domain_heads < {SHARED["domain"]}
                THEN {w.domain} - 1.2 * (a.domain_heads - 1)
            WHEN {_TWO_PEOPLE} AND a.domain <> b.domain AND least(a.domain_heads, b.domain_heads) > 0
                THEN {w.colleague_elsewhere}
            WHEN a.domain <> b.domain AND greatest(a.domain_heads, b.domain_heads) < {SHARED["domain"]}
                THEN {w.domain_differs} ELSE 0 END""",
        "phone": f"""CASE
            WHEN a.phone = b.phone AND a.phone_heads < {SHARED["phone"]}
                THEN {w.phone} - 1.5 * greatest(a.phone_heads - 1, 0)
            WHEN a.phone = b.phone THEN 0.5
            WHEN a.trunk = b.trunk THEN {w.phone_trunk}
            WHEN a.phone <> b.phone THEN {w.phone_differs} ELSE 0 END""",
        "place": _place(w),
        "country": f"""CASE
            WHEN a.country = b.country THEN {w.country}
            WHEN a.country <> b.country THEN {w.country_differs} ELSE 0 END""",
        "form": f"CASE WHEN a.forms & b.forms <> 0 THEN {w.form} ELSE 0 END",
        "born_on": f"""CASE
            WHEN a.born_on = b.born_on THEN least({w.born_on}, a.born_bits + 3)
            WHEN damerau_levenshtein(a.born_on, b.born_on) <= 2 THEN {w.born_on_slip}
            WHEN a.born_on <> b.born_on THEN {w.born_on_differs} ELSE 0 END""",
    }


def _tax(w: Weights) -> str:
    return f"""CASE
        WHEN a.tax IS NULL OR b.tax IS NULL THEN 0
        WHEN a.tax = b.tax AND a.tax_heads >= {SHARED["tax"]} THEN {w.tax_group}
        WHEN a.tax = b.tax AND a.tax_valid AND b.tax_valid AND a.tax_register = b.tax_register THEN {w.tax_valid}
        WHEN a.tax = b.tax THEN {w.tax_unchecked}
        WHEN a.tax_register <> b.tax_register THEN CASE
            WHEN (a.tax_register LIKE ':%' OR b.tax_register LIKE ':%') AND right(a.tax, 8) = right(b.tax, 8)
            THEN {w.tax_unchecked} ELSE 0 END
        WHEN ({_UNCHECKED} OR NOT (a.tax_valid AND b.tax_valid)) AND {_TAX_SLIP} THEN {w.tax_slip}
        ELSE {w.tax_differs} END"""


def _place(w: Weights) -> str:
    """Street, postal code and city together, since they say the same thing in more or less detail."""
    street = "(a.street = b.street OR jaro_winkler_similarity(a.street, b.street) > 0.9)"
    city = """(a.city = b.city OR jaro_winkler_similarity(a.city, b.city) > 0.92
        OR starts_with(a.city, b.city) OR starts_with(b.city, a.city))"""
    city = f"({city} AND NOT {_FAR})"
    street = f"({street} OR {TWO_SCRIPTS})"
    streets = f"""CASE
        WHEN NOT {street} OR (a.house <> b.house AND a.street <> 'box') THEN {w.street_differs} ELSE 0 END"""
    return f"""CASE
        WHEN a.postal = b.postal AND a.house = b.house AND {street}
            THEN greatest(a.postal_bits, a.city_bits) + {w.street}
        WHEN a.postal = b.postal THEN greatest(a.postal_bits, 2.0) + {streets}
        WHEN {city} AND a.house = b.house AND {street} THEN a.city_bits + {w.street}
        WHEN {city} THEN a.city_bits + {streets} + CASE WHEN a.postal <> b.postal THEN {w.postal_differs} ELSE 0 END
        WHEN {TWO_SCRIPTS} THEN 0
        WHEN a.city <> b.city OR {_FAR} THEN {w.city_differs}
        WHEN a.postal <> b.postal THEN -1 ELSE 0 END"""


def veto(*, early: bool = False) -> str:
    """What keeps a pair apart whatever else it has in common; NULL for nothing. `early`: before names are compared, and
    before there are weights."""
    if early:
        registered = "coalesce(a.lei = b.lei OR a.tax = b.tax OR a.duns = b.duns, false)"
    else:
        registered = "(w_lei > 0 OR (w_tax > 0 AND a.tax_valid) OR w_duns > 5)"
    same_company = "a.tax = b.tax" if early else "a.tax = b.tax AND n.level = 'same'"  # a login under its own name
    with_parent = "(a.person <> b.person AND (a.above = b.rid OR b.above = a.rid))"
    own_account = f"coalesce({with_parent} OR ({same_company}), false)"
    return f"""CASE
        WHEN a.tax_valid AND b.tax_valid AND a.tax_register = b.tax_register AND a.tax <> b.tax
            AND NOT ({_UNCHECKED} AND {_TAX_SLIP}) THEN 'tax id'
        WHEN a.lei <> b.lei THEN 'lei'
        WHEN (a.above = b.rid OR b.above = a.rid OR a.payer = b.rid OR b.payer = a.rid) AND NOT {own_account}
            THEN 'hierarchy'
        WHEN (a.branch IS NULL) <> (b.branch IS NULL) OR NOT (a.branch = 'branch' OR b.branch = 'branch'
            OR starts_with(a.branch, b.branch) OR starts_with(b.branch, a.branch)
            OR jaro_winkler_similarity(a.branch, b.branch) > 0.9) THEN 'branch'
        WHEN a.country <> b.country AND NOT {registered} THEN 'country'
        WHEN a.forms <> 0 AND b.forms <> 0 AND (a.forms & b.forms) = 0 THEN 'legal form'
        WHEN a.numerals <> b.numerals
            AND NOT list_has_all(string_split(a.numerals, '|'), string_split(b.numerals, '|'))
            AND NOT list_has_all(string_split(b.numerals, '|'), string_split(a.numerals, '|')) THEN 'numerals'
        END"""
