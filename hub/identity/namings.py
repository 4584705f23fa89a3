"""The names of pairs of records, each two names looked at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.identity.weights import Weights
from hub.identity.wording import Wording, compare

if TYPE_CHECKING:
    import duckdb

_PAGE = 200_000
"""Pairs of names that are in memory at a time."""


def compare_names(con: duckdb.DuckDBPyConnection, weights: Weights) -> None:
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
    by_words = f"0.015 + 0.3 * ((SELECT names FROM known) + {w.population}) * pow(2, -common)"
    both = "one.namesakes, two.namesakes"
    extra = "(extra_left + extra_right)"
    return f"""
        SELECT na, nb, level, CASE
            WHEN level = 'same' THEN {_agreed(f"greatest({both})", w)}
            WHEN level = 'spelling' THEN {_agreed(f"greatest({both}, {by_words})", w)} - {w.per_slip} * slips
            WHEN level = 'initials' THEN 0
            WHEN level IN ('part', 'sister')
                THEN least(CASE WHEN {extra} < 9 THEN 6 ELSE 3 END, {_agreed(by_words, w)})
                - least({w.per_extra_bit} * {extra}, {w.extra_words} + 0.06 * {extra})
            WHEN level = 'other' THEN {w.name_other} - 0.1 * least(extra_left, extra_right) + 0.1 * least(common, 20)
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
    rare = con.execute("SELECT rare FROM known").fetchall()[0][0]
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
