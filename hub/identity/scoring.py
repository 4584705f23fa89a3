"""Pairs of records to scores: evidence for each field in bits, vetoes, and the rule that carried the day. SQL over pairs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.identity.tables import PLACEHOLDER_HEADS, SHARED, VALUES
from hub.identity.weights import Weights
from hub.identity.wording import Wording, compare

if TYPE_CHECKING:
    import duckdb

EVIDENCE = (
    "name", "tax", "duns", "lei", "company_number", "gln", "mail", "domain", "phone", "place", "country", "form", "born_on",
)  # fmt: skip
"""Fields that a score is the sum of; each pair has one weight in bits for each."""

_UNCHECKED = "a.tax_register IN ('US:ein')"
"""Registers whose numbers have no check digit, so that a slip makes another valid number."""

_PAGE = 200_000


def drop_hopeless(con: duckdb.DuckDBPyConnection) -> None:
    """Take out of `pairs` those that a veto keeps apart and that have nothing but words in common: most of what weak
    blocks bring. Those with a number, a domain or a place in common stay, since they are conflicts to be told."""
    same = ("tax", "duns", "lei", "gln", "company_number", "mail", "domain", "phone")
    agree = " OR ".join(f"a.{kind} = b.{kind}" for kind in same)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE pairs AS
        SELECT ra, rb FROM pairs JOIN compared AS a ON a.rid = ra JOIN compared AS b ON b.rid = rb
        WHERE ({_veto(early=True)}) IS NULL OR {agree}
    """)


def score(con: duckdb.DuckDBPyConnection, weights: Weights, target: str, keep: str = "true") -> None:
    """Fill `target` with the scored pairs of the table `pairs` that meet the condition `keep`. Needs `compared`."""
    _compare_names(con, weights)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {target} AS {_scored(weights, keep)}")


def _compare_names(con: duckdb.DuckDBPyConnection, weights: Weights) -> None:
    """`pair_names`: the best agreement of any two names of each pair. Names are compared once however many pairs have them."""
    con.sql("""
        CREATE OR REPLACE TEMP TABLE name_pairs AS
        SELECT DISTINCT least(one.nid, two.nid) AS na, greatest(one.nid, two.nid) AS nb
        FROM pairs JOIN record_names AS one ON one.rid = ra JOIN record_names AS two ON two.rid = rb WHERE one.nid <> two.nid
    """)
    con.execute("""
        CREATE OR REPLACE TEMP TABLE wordings
        (na INTEGER, nb INTEGER, level VARCHAR, common FLOAT, slips TINYINT, extra_left FLOAT, extra_right FLOAT)
    """)
    _word_by_word(con)
    total = f"((SELECT count(*) FROM names) + {weights.population})"

    def agreed(namesakes: str) -> str:
        return f"least({weights.name_most}, greatest({weights.name_least}, log2(1.5 / ({namesakes}))))"

    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE name_scores AS
        SELECT na, nb, level, CASE level
            WHEN 'same' THEN {agreed("greatest(one.namesakes, two.namesakes)")}
            WHEN 'spelling' THEN {agreed(f"greatest(one.namesakes, two.namesakes, 0.015 + 0.3 * {total} * pow(2, -common))")}
                - {weights.per_slip} * slips
            WHEN 'initials' THEN 0
            WHEN 'part' THEN least(3 + 3 * (extra_left + extra_right < 9)::INT,
                    {agreed(f"0.015 + 0.3 * {total} * pow(2, -common)")}) - 0.35 * (extra_left + extra_right)
            WHEN 'other' THEN {weights.name_other} - 0.1 * least(extra_left, extra_right) + 0.1 * least(common, 20)
            ELSE {weights.name_different} END::FLOAT AS weight
        FROM wordings JOIN names AS one ON one.nid = na JOIN names AS two ON two.nid = nb
    """)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE pair_names AS
        SELECT ra, rb, max(weight) AS weight, arg_max(level, weight) AS level FROM (
            SELECT ra, rb, coalesce(name_scores.weight, {agreed("names.namesakes")})::FLOAT AS weight,
                   coalesce(name_scores.level, 'same') AS level
            FROM pairs JOIN record_names AS one ON one.rid = ra JOIN record_names AS two ON two.rid = rb
            LEFT JOIN name_scores ON na = least(one.nid, two.nid) AND nb = greatest(one.nid, two.nid)
            LEFT JOIN names ON names.nid = one.nid AND one.nid = two.nid)
        GROUP BY ra, rb
    """)
    for table in ("name_pairs", "wordings", "name_scores"):
        con.execute(f"DROP TABLE {table}")


def _word_by_word(con: duckdb.DuckDBPyConnection) -> None:
    import pyarrow as pa

    bits = dict(con.execute("SELECT word, bits FROM vocabulary").fetchall())
    rare = max(bits.values(), default=0.0)
    for start in range(0, con.execute("SELECT count(*) FROM name_pairs").fetchall()[0][0], _PAGE):
        page = con.sql(f"""
            SELECT na, nb, one.text, two.text
            FROM (SELECT na, nb FROM name_pairs WHERE rowid >= {start} AND rowid < {start + _PAGE})
            JOIN names AS one ON one.nid = na JOIN names AS two ON two.nid = nb
        """).to_arrow_table()
        texts = zip(page.column(2).to_pylist(), page.column(3).to_pylist(), strict=True)
        found = [compare(one.split(), two.split(), bits, rare) for one, two in texts]
        columns = [pa.array(values) for values in zip(*found, strict=True)]
        con.register("page", pa.table([page.column(0), page.column(1), *columns], ["na", "nb", *Wording._fields]))
        con.execute("INSERT INTO wordings SELECT na, nb, level, common, slips, extra_left, extra_right FROM page")
        con.unregister("page")


def prepare(con: duckdb.DuckDBPyConnection, weights: Weights, only: str = "") -> None:
    """Fill `compared`: each record's values beside how often they occur. Placeholders found from the data are left out.
    `only` is a query for the records (rid) that are needed."""
    wanted = f"SEMI JOIN ({only}) AS wanted USING (rid)" if only else ""
    holders = {kind: f"coalesce(f_{kind}.records, 1)" for kind in VALUES}
    heads = {kind: f"coalesce(f_{kind}.heads, CASE WHEN person THEN 0 ELSE 1 END)" for kind in SHARED}
    joins = " ".join(
        f"LEFT JOIN (SELECT value, records, heads FROM frequencies WHERE kind = '{kind}') AS f_{kind} ON f_{kind}.value = {value}"
        for kind, value in VALUES.items()
    )
    real = {
        kind: f"CASE WHEN {heads[kind]} < {PLACEHOLDER_HEADS} THEN features.{kind} END"
        for kind in ("tax", "duns", "lei", "gln", "company_number")
    }
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE compared AS
        SELECT rid, id, person, forms, numerals, branch, country, parent, bill_to, tax_register, tax_valid,
               {", ".join(f"{sql} AS {kind}" for kind, sql in real.items())},
               {heads["tax"]} AS tax_heads, {heads["duns"]} AS duns_heads,
               mail, {heads["mail"]} AS mail_heads, domain, {heads["domain"]} AS domain_heads,
               phone, {heads["phone"]} AS phone_heads, street, house, postal, city, born_on,
               {_rarity(holders["postal"], weights)} AS postal_bits, {_rarity(holders["city"], weights)} AS city_bits,
               {_rarity(holders["born_on"], weights)} AS born_bits
        FROM (FROM features {wanted}) AS features {joins}
    """)


def _rarity(holders: str, weights: Weights) -> str:
    """Bits of an agreement on a value that so many records have, never above what a place may add."""
    total = f"((SELECT count(*) FROM features) + {weights.places})"
    return f"least({weights.place_most}, greatest(1.0, log2({total} / ({holders} + 1)) - 1))::FLOAT"


def _scored(weights: Weights, keep: str) -> str:
    w = weights
    fields = {
        "name": f"CASE WHEN (a.person OR b.person) AND a.domain = b.domain AND a.domain_heads BETWEEN 1 AND {SHARED['domain'] - 1} "
                f"THEN greatest(coalesce(n.weight, 0), 0) WHEN a.person AND b.person THEN greatest(coalesce(n.weight, 0), {w.person_name_least}) "
                f"ELSE coalesce(n.weight, 0) END",
        "tax": _tax(w),
        "duns": f"CASE WHEN a.duns = b.duns THEN CASE WHEN a.duns_heads < {SHARED['duns']} THEN {w.duns} ELSE {w.tax_group} END "
                f"WHEN a.duns <> b.duns THEN {w.duns_differs} ELSE 0 END",
        "lei": f"CASE WHEN a.lei = b.lei THEN {w.lei} ELSE 0 END",
        "company_number": f"CASE WHEN a.company_number = b.company_number AND same_country THEN {w.company_number} "
                          f"WHEN a.company_number <> b.company_number AND same_country THEN {w.company_number_differs} ELSE 0 END",
        "gln": f"CASE WHEN a.gln = b.gln THEN {w.gln} ELSE 0 END",
        "mail": f"CASE WHEN a.mail = b.mail THEN CASE WHEN a.mail_heads < {SHARED['mail']} THEN {w.mail} ELSE 0.5 END WHEN a.person AND b.person AND (split_part(a.mail, '@', 1) = split_part(b.mail, '@', 1) "
                f"OR jaro_winkler_similarity(a.mail, b.mail) > 0.95) THEN {w.mail_slip} ELSE 0 END",
        "domain": f"CASE WHEN a.domain = b.domain THEN CASE WHEN a.domain_heads = 0 THEN 2 WHEN a.domain_heads < {SHARED['domain']} "
                  f"THEN {w.domain} - 1.2 * (a.domain_heads - 1) ELSE 0 END WHEN a.domain <> b.domain THEN "
                  f"CASE WHEN greatest(a.domain_heads, b.domain_heads) < {SHARED['domain']} THEN {w.domain_differs} ELSE 0 END ELSE 0 END",
        "phone": f"CASE WHEN a.phone = b.phone THEN CASE WHEN a.phone_heads < {SHARED['phone']} THEN {w.phone} - 1.5 * (a.phone_heads - 1) "
                 f"ELSE 0.5 END WHEN length(a.phone) > 9 AND left(a.phone, length(a.phone) - 3) = left(b.phone, length(b.phone) - 3) "
                 f"THEN {w.phone_trunk} WHEN a.phone <> b.phone THEN {w.phone_differs} ELSE 0 END",
        "place": _place(w),
        "country": f"CASE WHEN a.country = b.country THEN {w.country} WHEN a.country <> b.country THEN {w.country_differs} ELSE 0 END",
        "form": f"CASE WHEN a.forms & b.forms <> 0 THEN {w.form} ELSE 0 END",
        "born_on": f"CASE WHEN a.born_on = b.born_on THEN least({w.born_on}, a.born_bits + 3) WHEN damerau_levenshtein(a.born_on, b.born_on) <= 2 "
                   f"THEN {w.born_on_slip} WHEN a.born_on <> b.born_on THEN {w.born_on_differs} ELSE 0 END",
    }  # fmt: skip
    columns = ", ".join(f"({sql})::FLOAT AS w_{field}" for field, sql in fields.items())
    total = " + ".join(f"w_{field}" for field in EVIDENCE)
    soft = "greatest(0, w_domain) + greatest(0, w_phone) + greatest(0, w_place)"
    return f"""
        SELECT * FROM (
            SELECT *, ({total} - CASE WHEN apart THEN greatest(0, {soft} - {w.beside_other_names}) ELSE 0 END)::FLOAT AS sum,
                CASE WHEN apart AND NOT known THEN least(sum, {w.link} - 0.1) ELSE sum END::FLOAT AS score
            FROM (
                SELECT ra, rb, {columns}, coalesce(n.level, 'unknown') AS level, {_veto()} AS veto,
                    coalesce(n.level, 'unknown') IN ('other', 'different')
                        OR (n.level = 'part' AND n.weight < 0) AS apart,
                    (w_tax > 0 OR w_duns > 0 OR w_lei > 0 OR w_company_number > 0 OR w_gln > 0
                        OR (a.person AND b.person AND (w_born_on > 1 OR w_mail > 1))
                        OR (a.person <> b.person AND w_domain > 2)) AS known
                FROM (SELECT ra, rb, n.weight, n.level FROM pairs LEFT JOIN pair_names AS n USING (ra, rb)) AS n
                JOIN compared AS a ON a.rid = ra JOIN compared AS b ON b.rid = rb,
                LATERAL (SELECT coalesce(a.country = b.country, true) AS same_country)))
        WHERE {keep}
    """


def _tax(w: Weights) -> str:
    same_register = "a.tax_register = b.tax_register"
    return f"""CASE
        WHEN a.tax IS NULL OR b.tax IS NULL THEN 0
        WHEN a.tax = b.tax THEN CASE WHEN a.tax_heads >= {SHARED["tax"]} THEN {w.tax_group}
            WHEN a.tax_valid AND b.tax_valid AND {same_register} THEN {w.tax_valid} ELSE {w.tax_unchecked} END
        WHEN NOT {same_register} THEN CASE WHEN (a.tax_register LIKE ':%' OR b.tax_register LIKE ':%')
            AND right(a.tax, 8) = right(b.tax, 8) THEN {w.tax_unchecked} ELSE 0 END
        WHEN ({_UNCHECKED} OR NOT (a.tax_valid AND b.tax_valid)) AND damerau_levenshtein(a.tax, b.tax) = 1 THEN {w.tax_slip}
        ELSE {w.tax_differs} END"""


def _place(w: Weights) -> str:
    """Street, postal code and city together, since they say the same thing in more or less detail."""
    street = "(a.street = b.street OR jaro_winkler_similarity(a.street, b.street) > 0.9)"
    city = "(a.city = b.city OR jaro_winkler_similarity(a.city, b.city) > 0.92 OR starts_with(a.city, b.city) OR starts_with(b.city, a.city))"
    streets = f"CASE WHEN NOT {street} OR (a.house <> b.house AND a.street <> 'box') THEN {w.street_differs} ELSE 0 END"
    return f"""CASE
        WHEN a.postal = b.postal AND a.house = b.house AND {street} THEN greatest(a.postal_bits, a.city_bits) + {w.street}
        WHEN a.postal = b.postal THEN greatest(a.postal_bits, 2.0) + {streets}
        WHEN {city} AND a.house = b.house AND {street} THEN a.city_bits + {w.street}
        WHEN {city} THEN a.city_bits + {streets} + CASE WHEN a.postal <> b.postal THEN {w.postal_differs} ELSE 0 END
        WHEN a.city <> b.city THEN {w.city_differs}
        WHEN a.postal <> b.postal THEN -1 ELSE 0 END"""


def _veto(*, early: bool = False) -> str:
    """What keeps a pair apart whatever else it has in common; NULL for nothing. `early`: before names are compared."""
    level = "'same'" if early else "n.level"
    domain = "(CASE WHEN a.domain = b.domain THEN 8 ELSE 0 END)" if early else "w_domain"
    if early:
        named = "(coalesce(a.lei = b.lei OR a.tax = b.tax OR a.duns = b.duns, false))"
    else:
        named = _NAMED
    return _vetoes(named, level, domain)


_NAMED = "(w_lei > 0 OR (w_tax > 0 AND a.tax_valid) OR w_duns > 5)"


def _vetoes(named: str, level: str, domain: str) -> str:
    return f"""CASE
        WHEN a.tax_valid AND b.tax_valid AND a.tax_register = b.tax_register AND a.tax <> b.tax
            AND NOT ({_UNCHECKED} AND damerau_levenshtein(a.tax, b.tax) = 1) THEN 'tax id'
        WHEN a.lei <> b.lei THEN 'lei'
        WHEN a.parent = b.id OR b.parent = a.id OR a.bill_to = b.id OR b.bill_to = a.id THEN 'hierarchy'
        WHEN a.person <> b.person AND {level} <> 'same' AND {domain} <= 2 THEN 'kind'
        WHEN (a.branch IS NULL) <> (b.branch IS NULL) OR NOT (a.branch = 'branch' OR b.branch = 'branch'
            OR starts_with(a.branch, b.branch) OR starts_with(b.branch, a.branch)
            OR jaro_winkler_similarity(a.branch, b.branch) > 0.9) THEN 'branch'
        WHEN a.country <> b.country AND NOT {named} THEN 'country'
        WHEN a.forms <> 0 AND b.forms <> 0 AND (a.forms & b.forms) = 0 THEN 'legal form'
        WHEN a.numerals <> b.numerals AND NOT list_has_any(string_split(a.numerals, '|'), string_split(b.numerals, '|')) THEN 'numerals'
        END"""
