"""Pairs of records to scores: the evidence of each field in bits, added up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.identity.evidence import BRAND, COLLEAGUES, FIELDS, TWO_SCRIPTS, veto, weighed
from hub.identity.frequencies import PLACEHOLDER_HEADS, SHARED, VALUES
from hub.identity.namings import compare_names
from hub.identity.weights import Weights

if TYPE_CHECKING:
    import duckdb

_ALIKE = 0.85
"""Names less similar than this, both as they are and by the sound of their sorted words, are not compared word by word
where nothing but a word or a place is in common."""

_REGISTERED = ("tax", "duns", "lei", "gln", "company_number")


def prepare(con: duckdb.DuckDBPyConnection, weights: Weights, only: str = "") -> None:
    """Fill `known` (how many names there are, bits of the rarest word) and `compared`: each record's values beside how
    often they occur. Placeholders found from the data are left out,
    and what is only ever held to be equal is a hash: pairs are joined with it twice. `only` is a query for the records
    (rid) that are needed."""
    wanted = f"SEMI JOIN ({only}) AS wanted USING (rid)" if only else ""
    holders = {kind: f"coalesce(f_{kind}.records, 1)" for kind in VALUES}
    heads = {kind: f"coalesce(f_{kind}.heads, CASE WHEN person THEN 0 ELSE 1 END)" for kind in SHARED}
    joins = " ".join(
        f"""LEFT JOIN (SELECT value, records, heads FROM frequencies WHERE kind = '{kind}') AS f_{kind}
            ON f_{kind}.value = {value}"""
        for kind, value in VALUES.items()
    )
    real = {kind: f"CASE WHEN {heads[kind]} < {PLACEHOLDER_HEADS} THEN features.{kind} END" for kind in _REGISTERED}
    hashed = {**{kind: real[kind] for kind in _REGISTERED if kind != "tax"}, "mail": "mail", "domain": "domain"}
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE branded AS
        SELECT DISTINCT rid, true AS branded FROM (SELECT rid, {_LABEL} AS label FROM features {wanted})
        JOIN record_names USING (rid) JOIN names USING (nid) WHERE flat = label AND length(flat) > 2
    """)
    con.execute("""
        CREATE OR REPLACE TEMP TABLE ranks AS
        SELECT a.rid, b.rid AS above, c.rid AS payer FROM features AS a
        LEFT JOIN features AS b ON b.id = a.parent LEFT JOIN features AS c ON c.id = a.bill_to
        WHERE a.parent IS NOT NULL OR a.bill_to IS NOT NULL
    """)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE compared AS
        SELECT rid, person, forms, numerals, script, branch, country, above, payer,
               coalesce(branded, false) AS branded, tax_register, tax_valid,
               {real["tax"]} AS tax, {heads["tax"]} AS tax_heads, {heads["duns"]} AS duns_heads,
               {", ".join(f"{_hash(value)} AS {kind}" for kind, value in hashed.items())},
               {heads["mail"]} AS mail_heads, {heads["domain"]} AS domain_heads, {heads["phone"]} AS phone_heads,
               CASE WHEN person THEN mail END AS mailbox, {_hash("phone")} AS phone,
               CASE WHEN length(phone) > 9 THEN hash(left(phone, length(phone) - 3)) END AS trunk,
               street, house, postal, city, born_on,
               {_rarity(holders["postal"], weights)} AS postal_bits, {_rarity(holders["city"], weights)} AS city_bits,
               {_rarity(holders["born_on"], weights)} AS born_bits
        FROM (FROM features {wanted}) AS features LEFT JOIN ranks USING (rid) LEFT JOIN branded USING (rid) {joins}
    """)
    con.execute("DROP TABLE ranks")
    con.execute("DROP TABLE branded")
    con.execute("""
        CREATE OR REPLACE TEMP TABLE known AS
        SELECT (SELECT count(*) FROM names) AS names, (SELECT coalesce(max(bits), 0) FROM vocabulary) AS rare
    """)


_LABEL = r"regexp_replace(replace(split_part(domain, '.', 1), '-', ''), '([aou])e', '\1', 'g')"
"""A company's own name within its domain, as names are written."""


def _hash(value: str) -> str:
    return f"CASE WHEN ({value}) IS NOT NULL THEN hash({value}) END"


def _rarity(holders: str, weights: Weights) -> str:
    """Bits of an agreement on a value that so many records have, never above what a place may add."""
    total = f"((SELECT count(*) FROM features) + {weights.places})"
    return f"least({weights.place_most}, greatest(1.0, log2({total} / ({holders} + 1)) - 1))::FLOAT"


def drop_hopeless(con: duckdb.DuckDBPyConnection) -> None:
    """Take out of `pairs` what weak blocks bring and nobody would link: pairs that have no number, mailbox, domain or
    phone in common, and that a veto keeps apart or whose names look nothing alike. A pair that has one of them in
    common stays, vetoed or not, since it is a conflict to be told."""
    agree = " OR ".join(f"a.{kind} = b.{kind}" for kind in (*_REGISTERED, "mail", "domain", "phone"))
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE hopeful AS
        SELECT ra, rb, coalesce({agree}, false) AS agree
        FROM pairs JOIN compared AS a ON a.rid = ra JOIN compared AS b ON b.rid = rb
        WHERE ({veto(early=True)}) IS NULL OR {agree}
    """)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE pairs AS
        SELECT ra, rb FROM hopeful WHERE agree
        UNION ALL
        SELECT DISTINCT ra, rb FROM hopeful
        JOIN record_names AS one ON one.rid = ra JOIN record_names AS two ON two.rid = rb
        JOIN names AS a ON a.nid = one.nid JOIN names AS b ON b.nid = two.nid
        WHERE NOT agree AND (one.nid = two.nid OR left(a.flat, 5) = left(b.flat, 5)
            OR jaro_winkler_similarity(a.flat, b.flat) >= {_ALIKE}
            OR jaro_winkler_similarity(a.heard, b.heard) >= {_ALIKE})
    """)
    con.execute("DROP TABLE hopeful")


EDGES = ("ra", "rb", *(f"w_{field}" for field in FIELDS), "level", "veto", "score")
"""Columns of a scored pair that are kept."""


def has_pairs(con: duckdb.DuckDBPyConnection) -> bool:
    """Whether there is anything in `pairs`: planning how to score it takes longer than most small resolutions."""
    return bool(con.execute("SELECT count(*) > 0 FROM pairs").fetchall()[0][0])


def score_hopeful(con: duckdb.DuckDBPyConnection, weights: Weights) -> None:
    """Fill `scored` with the `pairs` that may matter: what could be linked or asked, and what a veto keeps apart
    although it could."""
    drop_hopeless(con)
    score(con, weights, "scored", f"score > {weights.review}")


def score(con: duckdb.DuckDBPyConnection, weights: Weights, target: str, keep: str = "true") -> None:
    """Fill `target` with the scored pairs of the table `pairs` that meet the condition `keep`. Needs `compared`,
    `known`, and the names and words of the records."""
    compare_names(con, weights)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {target} AS {_scored(weights, keep)}")
    con.execute("DROP TABLE pair_names")


def _scored(w: Weights, keep: str) -> str:
    """Pairs with their evidence, `sum` and `score`. Where names differ (`apart`), what siblings share counts little,
    and without a register's number (`known`) a person must say that they are one; so it must where a chain's domain is
    all that speaks for two places (`scattered`). Who shares domain, phone and address under another name is asked about
    at least (`neighbours`). Never linked nor asked about: a person at no company's domain with a company (`stranger`),
    and two people of one family (`relatives`)."""
    columns = ", ".join(f"({sql})::FLOAT AS w_{field}" for field, sql in weighed(w).items())
    total = " + ".join(f"w_{field}" for field in FIELDS)
    soft = "greatest(0, w_domain) + greatest(0, w_phone) + greatest(0, w_place)"
    return f"""
        SELECT * FROM (
            SELECT *, ({total}
                - CASE WHEN apart THEN greatest(0, {soft} - {w.beside_other_names}) ELSE 0 END)::FLOAT AS sum,
                CASE
                    WHEN stranger OR relatives THEN least(sum, {w.review})
                    WHEN apart AND NOT known AND neighbours THEN least(greatest(sum, {w.review} + 0.5), {w.link} - 0.1)
                    WHEN (apart OR scattered) AND NOT known THEN least(sum, {w.link} - 0.1)
                    ELSE sum END::FLOAT AS score
            FROM (
                SELECT ra, rb, {columns}, {_LEVEL} AS level, {veto()} AS veto, {_APART} AS apart,
                    w_domain > 0 AND a.domain_heads > 1 AND w_place < 0 AND w_phone <= 0 AND w_mail <= 0 AS scattered,
                    (w_domain > 5)::TINYINT + (w_phone > 5)::TINYINT + (w_place > 6.5)::TINYINT > 1 AS neighbours,
                    a.person <> b.person AND NOT {COLLEAGUES} AND {_LEVEL} <> 'same' AS stranger,
                    {_LEVEL} = 'other' AND a.person AND b.person AND w_mail <= 0 AND w_phone <= 0
                        AND w_born_on <= 1 AS relatives,
                    (w_tax > 0 OR w_duns > 0 OR w_lei > 0 OR w_company_number > 0 OR w_gln > 0
                        OR (a.person AND b.person AND (w_born_on > 1 OR w_mail > 1))) AS known
                FROM (SELECT ra, rb, n.weight, n.level FROM pairs LEFT JOIN pair_names AS n USING (ra, rb)) AS n
                JOIN compared AS a ON a.rid = ra JOIN compared AS b ON b.rid = rb))
        WHERE {keep}
    """


_LEVEL = f"""CASE WHEN {TWO_SCRIPTS} THEN 'script'
    WHEN {BRAND} AND n.level IN ('part', 'sister', 'other', 'different') THEN 'brand'
    ELSE coalesce(n.level, 'unknown') END"""
_APART = f"""(NOT {COLLEAGUES} AND (
    {_LEVEL} IN ('other', 'different', 'sister')
    OR ({_LEVEL} = 'part' AND (n.weight < -3.5 OR (a.forms <> 0 AND b.forms <> 0)))))"""
"""Names that tell companies apart. A few words more do so where both names are official, with their legal forms."""
