"""Pairs of records to scores: the evidence of each field in bits, added up. SQL over pairs, and one look at each pair
of names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.identity.evidence import COLLEAGUES, FIELDS, veto, weighed
from hub.identity.frequencies import PLACEHOLDER_HEADS, SHARED, VALUES
from hub.identity.weights import Weights
from hub.identity.wording import Wording, compare

if TYPE_CHECKING:
    import duckdb

_PAGE = 200_000
"""Pairs of names that are in memory at a time."""

_ALIKE = 0.85
"""Names less similar than this, both as they are and by the sound of their sorted words, are not compared word by word
where nothing but a word or a place is in common."""

_REGISTERED = ("tax", "duns", "lei", "gln", "company_number")


def prepare(con: duckdb.DuckDBPyConnection, weights: Weights, only: str = "") -> None:
    """Fill `compared`: each record's values beside how often they occur. Placeholders found from the data are left out,
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
    con.execute("""
        CREATE OR REPLACE TEMP TABLE ranks AS
        SELECT a.rid, b.rid AS above, c.rid AS payer FROM features AS a
        LEFT JOIN features AS b ON b.id = a.parent LEFT JOIN features AS c ON c.id = a.bill_to
        WHERE a.parent IS NOT NULL OR a.bill_to IS NOT NULL
    """)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE compared AS
        SELECT rid, person, forms, numerals, branch, country, above, payer, tax_register, tax_valid,
               {real["tax"]} AS tax, {heads["tax"]} AS tax_heads, {heads["duns"]} AS duns_heads,
               {", ".join(f"{_hash(value)} AS {kind}" for kind, value in hashed.items())},
               {heads["mail"]} AS mail_heads, {heads["domain"]} AS domain_heads, {heads["phone"]} AS phone_heads,
               CASE WHEN person THEN mail END AS mailbox, {_hash("phone")} AS phone,
               CASE WHEN length(phone) > 9 THEN hash(left(phone, length(phone) - 3)) END AS trunk,
               street, house, postal, city, born_on,
               {_rarity(holders["postal"], weights)} AS postal_bits, {_rarity(holders["city"], weights)} AS city_bits,
               {_rarity(holders["born_on"], weights)} AS born_bits
        FROM (FROM features {wanted}) AS features LEFT JOIN ranks USING (rid) {joins}
    """)
    con.execute("DROP TABLE ranks")


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


def score(con: duckdb.DuckDBPyConnection, weights: Weights, target: str, keep: str = "true") -> None:
    """Fill `target` with the scored pairs of the table `pairs` that meet the condition `keep`. Needs `compared`."""
    _compare_names(con, weights)
    con.execute(f"CREATE OR REPLACE TEMP TABLE {target} AS {_scored(weights, keep)}")
    con.execute("DROP TABLE pair_names")


def _scored(w: Weights, keep: str) -> str:
    """Pairs with their evidence, `sum` and `score`. Where names differ (`apart`), what siblings share counts little,
    and without a register's number (`known`) a person must say that they are one. A person at no company's domain is a
    `stranger` to companies: never linked to one and never asked about."""
    columns = ", ".join(f"({sql})::FLOAT AS w_{field}" for field, sql in weighed(w).items())
    total = " + ".join(f"w_{field}" for field in FIELDS)
    soft = "greatest(0, w_domain) + greatest(0, w_phone) + greatest(0, w_place)"
    return f"""
        SELECT * FROM (
            SELECT *, ({total}
                - CASE WHEN apart THEN greatest(0, {soft} - {w.beside_other_names}) ELSE 0 END)::FLOAT AS sum,
                CASE
                    WHEN stranger THEN least(sum, {w.review})
                    WHEN apart AND NOT known THEN least(sum, {w.link} - 0.1) ELSE sum END::FLOAT AS score
            FROM (
                SELECT ra, rb, {columns}, coalesce(n.level, 'unknown') AS level, {veto()} AS veto,
                    NOT {COLLEAGUES} AND (coalesce(n.level IN ('other', 'different')
                        OR (n.level = 'part' AND n.weight < 0), false)) AS apart,
                    a.person <> b.person AND NOT {COLLEAGUES} AND coalesce(n.level, 'unknown') <> 'same' AS stranger,
                    (w_tax > 0 OR w_duns > 0 OR w_lei > 0 OR w_company_number > 0 OR w_gln > 0
                        OR (a.person AND b.person AND (w_born_on > 1 OR w_mail > 1))) AS known
                FROM (SELECT ra, rb, n.weight, n.level FROM pairs LEFT JOIN pair_names AS n USING (ra, rb)) AS n
                JOIN compared AS a ON a.rid = ra JOIN compared AS b ON b.rid = rb))
        WHERE {keep}
    """


def _compare_names(con: duckdb.DuckDBPyConnection, weights: Weights) -> None:
    """`pair_names`: the best agreement of any two names of each pair. Two names are compared once, whoever has them."""
    con.execute("""
        CREATE OR REPLACE TEMP TABLE name_pairs AS
        SELECT DISTINCT least(one.nid, two.nid) AS na, greatest(one.nid, two.nid) AS nb
        FROM pairs JOIN record_names AS one ON one.rid = ra JOIN record_names AS two ON two.rid = rb
        WHERE one.nid <> two.nid
    """)
    con.execute("""
        CREATE OR REPLACE TEMP TABLE wordings
        (na INTEGER, nb INTEGER, level VARCHAR, common FLOAT, slips TINYINT, extra_left FLOAT, extra_right FLOAT)
    """)
    _word_by_word(con)
    con.execute(f"CREATE OR REPLACE TEMP TABLE name_scores AS {_name_scores(weights)}")
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE pair_names AS
        SELECT ra, rb, max(weight) AS weight, arg_max(level, weight) AS level FROM (
            SELECT ra, rb, coalesce(name_scores.weight, {_agreed("names.namesakes", weights)})::FLOAT AS weight,
                   coalesce(name_scores.level, 'same') AS level
            FROM pairs JOIN record_names AS one ON one.rid = ra JOIN record_names AS two ON two.rid = rb
            LEFT JOIN name_scores ON na = least(one.nid, two.nid) AND nb = greatest(one.nid, two.nid)
            LEFT JOIN names ON names.nid = one.nid AND one.nid = two.nid)
        GROUP BY ra, rb
    """)
    for table in ("name_pairs", "wordings", "name_scores"):
        con.execute(f"DROP TABLE {table}")


def _name_scores(w: Weights) -> str:
    """Bits of an agreement of two names that are not equal: as many as the words in common are worth, less for slips
    and for words that only one has."""
    by_words = f"0.015 + 0.3 * ((SELECT count(*) FROM names) + {w.population}) * pow(2, -common)"
    both = "one.namesakes, two.namesakes"
    return f"""
        SELECT na, nb, level, CASE level
            WHEN 'same' THEN {_agreed(f"greatest({both})", w)}
            WHEN 'spelling' THEN {_agreed(f"greatest({both}, {by_words})", w)} - {w.per_slip} * slips
            WHEN 'initials' THEN 0
            WHEN 'part' THEN least(CASE WHEN extra_left + extra_right < 9 THEN 6 ELSE 3 END, {_agreed(by_words, w)})
                + {w.per_extra_bit} * (extra_left + extra_right)
            WHEN 'other' THEN {w.name_other} - 0.1 * least(extra_left, extra_right) + 0.1 * least(common, 20)
            ELSE {w.name_different} END::FLOAT AS weight
        FROM wordings JOIN names AS one ON one.nid = na JOIN names AS two ON two.nid = nb
    """


def _agreed(namesakes: str, w: Weights) -> str:
    """Bits of an agreement on a name that so many other companies have: the odds of a second record of the same company
    against those of a namesake's."""
    return f"least({w.name_most}, greatest({w.name_least}, log2(1.5 / ({namesakes}))))"


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
