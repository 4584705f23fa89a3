"""How often values, words and names occur: what decides how much an agreement on one of them weighs.

So placeholders, VAT groups and shared hosts are found from the data themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.identity import words
from hub.identity.tables import add_names
from hub.identity.texts import plain, sound
from hub.identity.weights import Weights

if TYPE_CHECKING:
    import duckdb

_HEADS = """
CREATE OR REPLACE TEMP TABLE heads AS
SELECT nid, arg_max(left(heard, 4), (bits, word)) AS head, sum(bits)::FLOAT AS bits,
       string_agg(heard, '' ORDER BY heard) AS heard
FROM name_words JOIN vocabulary USING (word) GROUP BY nid
"""

VALUES = {
    "tax": "tax", "company_number": "country || ':' || company_number", "duns": "duns", "lei": "lei", "gln": "gln",
    "mail": "mail", "domain": "domain", "phone": "phone", "born_on": "born_on",
    "postal": "country || ':' || postal",
    "city": "coalesce(country, '') || ':' || city",
}  # fmt: skip
"""Kind of value -> where it comes from. How often each occurs decides what an agreement on it weighs."""

SHARED = {"tax": 3, "duns": 3, "lei": 3, "gln": 3, "company_number": 3, "mail": 3, "phone": 4, "domain": 6}
"""From how many different names on a value tells little by itself: VAT groups, switchboards, shared hosts."""


PLACEHOLDER_HEADS = 10
"""From how many different names on a register's number it is a placeholder, and counts as missing."""


def count_everything(con: duckdb.DuckDBPyConnection, weights: Weights) -> None:
    """Names, words and frequencies of all records, anew."""
    con.execute("DELETE FROM names")
    con.execute("DELETE FROM record_names")
    add_names(con)
    _weigh(con, weights)


def count_changed(con: duckdb.DuckDBPyConnection, weights: Weights, changed: int) -> bool:
    """Names of records that are new. Frequencies stay as they were counted last while few records changed; whether they
    were counted anew is returned."""
    add_names(con)
    con.execute(f"UPDATE counted SET changed = changed + {changed}")
    records, since = con.execute(
        "SELECT (SELECT count(*) FROM features), coalesce(max(changed), -1) FROM counted"
    ).fetchall()[0]
    if records < weights.recount_below or since < 0 or since > weights.recount_share * records:
        _weigh(con, weights)
        return True
    _weigh_new(con, weights)
    return False


def _weigh(con: duckdb.DuckDBPyConnection, weights: Weights) -> None:
    _count_words(con, weights)
    _count_values(con)
    _count_namesakes(con, weights)
    con.execute("DELETE FROM counted")
    con.execute("INSERT INTO counted SELECT (SELECT count(*) FROM features), (SELECT count(*) FROM names), 0")


def _weigh_new(con: duckdb.DuckDBPyConnection, weights: Weights) -> None:
    """Weights of the names that came since the last count; words nobody had count as having one holder."""
    con.execute("""
        CREATE OR REPLACE TEMP TABLE name_words AS
        SELECT nid, unnest(list_distinct(string_split(text, ' '))) AS word FROM names WHERE heard IS NULL
    """)
    unheard = con.sql("SELECT DISTINCT word FROM name_words ANTI JOIN vocabulary USING (word)").to_arrow_table()
    if unheard.num_rows:
        _add_words(con, unheard.column("word").to_pylist())
        bits = _bits(weights, "1", "(SELECT max(names) FROM counted)")
        con.execute(f"UPDATE vocabulary SET holders = 1, bits = {bits} WHERE holders = 0")
    con.execute(_HEADS)
    total = f"((SELECT max(names) FROM counted) + {weights.population})"
    con.execute(f"""
        UPDATE names SET heard = heads.heard, bits = heads.bits, head = heads.head,
            namesakes = 0.015 + 0.3 * {total} * pow(2, -heads.bits)
        FROM heads WHERE heads.nid = names.nid
    """)
    con.execute("DROP TABLE heads")
    con.execute("DROP TABLE name_words")


def _count_words(con: duckdb.DuckDBPyConnection, weights: Weights) -> None:
    """Bits of each word: minus log2 of how many names have it, blended with the shipped frequency."""
    con.execute("""
        CREATE OR REPLACE TEMP TABLE name_words AS
        SELECT nid, unnest(list_distinct(string_split(text, ' '))) AS word
        FROM names SEMI JOIN record_names USING (nid)
    """)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE held AS SELECT word, count(*)::INTEGER AS holders FROM name_words GROUP BY word"
    )
    unheard = con.sql("SELECT word FROM held ANTI JOIN vocabulary USING (word)").to_arrow_table()
    if unheard.num_rows:
        _add_words(con, unheard.column("word").to_pylist())
    bits = _bits(weights, "held.holders", "(SELECT count(DISTINCT nid) FROM name_words)")
    con.execute(f"""
        CREATE OR REPLACE TABLE vocabulary AS
        SELECT word, heard, common, held.holders, {bits} AS bits
        FROM vocabulary JOIN held USING (word)
    """)
    con.execute("DROP TABLE held")


def _bits(weights: Weights, holders: str, names: str) -> str:
    usual = f"{weights.population} * CASE WHEN common THEN {weights.common_word} ELSE {weights.rare_word} END"
    return f"log2(({names} + {weights.population})::DOUBLE / ({holders} - 1 + {usual}))::FLOAT"


def _add_words(con: duckdb.DuckDBPyConnection, found: list[str]) -> None:
    import pyarrow as pa

    common = {plain(word) for word in words.COMMON}
    page = pa.table(
        {"word": found, "heard": [sound(word) for word in found], "common": [word in common for word in found]}
    )
    con.register("page", page)
    con.execute("INSERT INTO vocabulary SELECT word, heard, common, 0, 0 FROM page")
    con.unregister("page")


def _count_values(con: duckdb.DuckDBPyConnection) -> None:
    """How many records, and how many different names, each value has. A name is told by the sound of its rarest word,
    so that slips and legal forms do not make it another. Values that one company alone has need no row."""
    con.execute(_HEADS)
    con.execute("""
        CREATE OR REPLACE TABLE names AS
        SELECT nid, text, flat, heads.heard, heads.bits, 0::FLOAT AS namesakes, heads.head
        FROM names JOIN heads USING (nid)
    """)
    con.execute("""
        CREATE OR REPLACE TEMP TABLE headed AS
        SELECT rid, head FROM features JOIN record_names USING (rid) JOIN names USING (nid)
        WHERE place = 0 AND NOT person
    """)
    con.execute("DELETE FROM frequencies")
    for kind, value in VALUES.items():
        heads, head, joined, tells = "0", "", "", ""
        if kind in SHARED:
            heads, head, joined = "count(DISTINCT head)", ", head, person", "LEFT JOIN headed USING (rid)"
            tells = "AND (bool_or(person) OR min(head) <> max(head))"
        con.execute(f"""
            INSERT INTO frequencies
            SELECT '{kind}', value, count(*), {heads} FROM (SELECT {value} AS value{head} FROM features {joined})
            WHERE value IS NOT NULL GROUP BY value HAVING count(*) > 1 {tells}
        """)
    for table in ("heads", "headed", "name_words"):
        con.execute(f"DROP TABLE {table}")


def _count_namesakes(con: duckdb.DuckDBPyConnection, weights: Weights) -> None:
    """How many other companies of a name there are to expect: by its words, and by the tax numbers and the records of
    one source that carry it."""
    total = f"((SELECT count(*) FROM names) + {weights.population})"
    sources = "(SELECT greatest(4, count(DISTINCT source)) FROM features)"
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE carried AS
        SELECT nid, max(companies) AS companies FROM (
            SELECT nid, country, greatest(count(DISTINCT tax) FILTER (tax_valid), count(*) / {sources}) AS companies
            FROM record_names JOIN features USING (rid) GROUP BY nid, country HAVING count(*) > 1)
        GROUP BY nid
    """)
    con.execute(f"""
        CREATE OR REPLACE TABLE names AS
        SELECT nid, text, flat, heard, bits,
               (0.015 + 0.3 * {total} * pow(2, -bits) + greatest(0, coalesce(companies, 1) - 1))::FLOAT AS namesakes,
               head
        FROM names LEFT JOIN carried USING (nid)
    """)
    con.execute("DROP TABLE carried")
