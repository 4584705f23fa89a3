"""Which records are worth comparing: those that share a key. Keys that too many share are narrowed, then left out.

The work stays near-linear: no record is compared with more than a fixed number of others for one key.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from hub.identity.weights import Weights

if TYPE_CHECKING:
    import duckdb


class Tables(Protocol):
    """Where the statements of `find_pairs` run: a DuckDB connection, or Spark."""

    def execute(self, query: str, /) -> Any: ...


@dataclass(frozen=True)
class Block:
    """One kind of key. `key` is SQL over a record with its main name; `narrower` are added, one after the other, where
    more records share a key than the cap allows."""

    name: str
    key: str
    narrower: tuple[str, ...] = ()
    weak: bool = False
    """Says so little that only a small block is worth comparing."""


_BY_NAME = ("head", "flat")
_BY_PLACE = ("postal", "coalesce(city, '') || coalesce(street, '')")

RECORD_BLOCKS = (
    Block("tax id", "tax", _BY_NAME),
    Block("company number", "company_number", _BY_NAME),
    Block("duns", "duns", _BY_NAME),
    Block("lei", "lei", _BY_NAME),
    Block("gln", "gln", _BY_NAME),
    Block("e-mail", "mail", _BY_NAME),
    Block("name of mailbox", "CASE WHEN person THEN split_part(mail, '@', 1) END", _BY_NAME),
    Block("domain", "domain", _BY_NAME),
    Block("phone", "phone", _BY_NAME),
    Block("phone trunk", "left(phone, length(phone) - 3)", _BY_NAME),
    Block("address", "coalesce(postal, city) || '|' || street || '|' || house", _BY_NAME),
    Block("street and city", "city || '|' || street || '|' || house", _BY_NAME),
    Block("born on", "born_on", ("head", "flat")),
)
"""Keys of a record as a whole."""

NAME_BLOCKS = (
    Block("name", "flat || '|' || coalesce(country, '')", ("coalesce(city, '')", "coalesce(postal, '')")),
    Block("name, any country", "flat", ("coalesce(country, '')",)),
    Block("name by sound", "heard || '|' || coalesce(country, '')", ("city",)),
    Block("begin of name", "left(flat, 6) || '|' || coalesce(country, '')", ("left(postal, 2)", "city"), weak=True),
    Block("begin of name and city", "left(flat, 4) || '|' || city", ("left(flat, 6)", "coalesce(street, postal)")),
    Block("end of name", "right(flat, 6) || '|' || coalesce(country, '')", ("left(postal, 2)", "city"), weak=True),
)
"""Keys of every name that a record has."""

WORD_BLOCKS = (
    Block("rare word", "word || '|' || coalesce(country, '')", ("city", "left(flat, 3)"), weak=True),
    Block("two words", "pair || '|' || coalesce(country, '')", ("city", "postal")),
)
"""Keys of the words that tell most: each of the two rarest, and pairs out of three. Words that occur once are slips or
belong to nobody else."""

_DEPTH = 2
"""How often the key of a large block is narrowed."""

BLOCKS = (*RECORD_BLOCKS, *NAME_BLOCKS, *WORD_BLOCKS)


def find_keys(con: duckdb.DuckDBPyConnection, only: str = "") -> None:
    """Add the `block_keys` of all records, or of those in the table `only` (rid)."""
    among = f"SEMI JOIN {only} USING (rid)" if only else ""
    _add_keys(con, RECORD_BLOCKS, f"(FROM features {among})")
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE named AS
        SELECT rid, nid, country, city, flat, heard
        FROM (SELECT rid, country, city FROM features {among}) JOIN record_names USING (rid) JOIN names USING (nid)
    """)
    _add_keys(con, NAME_BLOCKS, "named", "DISTINCT")
    con.execute("""
        CREATE OR REPLACE TEMP TABLE told AS
        SELECT nid, list(word ORDER BY bits DESC, word)[1:3] AS rare FROM (
            SELECT nid, unnest(list_distinct(string_split(text, ' '))) AS word
            FROM names SEMI JOIN named USING (nid))
        JOIN vocabulary USING (word) WHERE holders > 1 GROUP BY nid
    """)
    con.execute("""
        CREATE OR REPLACE TEMP TABLE worded AS
        WITH tellings AS (
            SELECT nid, unnest(rare[1:2]) AS word, NULL AS pair FROM told
            UNION ALL
            SELECT nid, NULL, least(rare[one], rare[two]) || ' ' || greatest(rare[one], rare[two])
            FROM told, (VALUES (1, 2), (1, 3), (2, 3)) AS places (one, two) WHERE len(rare) >= two)
        SELECT rid, country, word, pair FROM named JOIN tellings USING (nid)
    """)
    _add_keys(con, WORD_BLOCKS, "worded", "DISTINCT")
    for table in ("named", "told", "worded"):
        con.execute(f"DROP TABLE {table}")


def _add_keys(con: duckdb.DuckDBPyConnection, kinds: Sequence[Block], table: str, distinct: str = "") -> None:
    for block in kinds:
        con.execute(f"""
            INSERT INTO block_keys SELECT {distinct} {BLOCKS.index(block)}, hash({block.key}), rid FROM {table}
            WHERE ({block.key}) IS NOT NULL
        """)


def find_pairs(con: Tables, weights: Weights, only: str = "") -> None:
    """Fill the table `pairs` (ra < rb) with what is to be compared; `only` names a table of records (rid), of which
    each pair must have one."""
    keys = "block_keys"
    if only:
        keys = "own_keys"
        con.execute(f"""
            CREATE OR REPLACE TEMP TABLE own_keys AS
            WITH own AS (SELECT DISTINCT kind, key FROM block_keys SEMI JOIN {only} USING (rid))
            FROM block_keys SEMI JOIN own USING (kind, key)
        """)
    else:
        con.execute("DELETE FROM skipped_blocks")
    con.execute("CREATE OR REPLACE TEMP TABLE found (ra INTEGER, rb INTEGER)")
    for depth in range(_DEPTH + 1):
        con.execute(f"""
            CREATE OR REPLACE TEMP TABLE sizes AS
            SELECT kind, key, count(*)::INTEGER AS records FROM {keys} GROUP BY kind, key HAVING count(*) > 1
        """)
        _pair_small(con, keys, _cap(weights), only)
        if depth < _DEPTH:
            keys = _narrow(con, keys, _cap(weights), depth, only)
    _chain(con, keys, _cap(weights), only)
    con.execute("CREATE OR REPLACE TEMP TABLE pairs AS SELECT DISTINCT ra, rb FROM found")
    for table in ("own_keys", "narrow_0", "narrow_1", "sizes", "found"):
        con.execute(f"DROP TABLE IF EXISTS {table}")


def _cap(weights: Weights) -> str:
    """SQL for the most records of a block by its `kind`."""
    weak = ", ".join(str(number) for number, block in enumerate(BLOCKS) if block.weak)
    return f"CASE WHEN kind IN ({weak}) THEN {weights.weak_block_cap} ELSE {weights.block_cap} END"


def _pair_small(con: Tables, keys: str, cap: str, only: str) -> None:
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE small AS
        SELECT kind, key, rid FROM {keys} JOIN sizes USING (kind, key) WHERE records <= {cap}
    """)
    asked = f"JOIN {only} AS asked ON asked.rid = one.rid" if only else ""
    order = "one.rid <> two.rid" if only else "one.rid < two.rid"
    con.execute(f"""
        INSERT INTO found
        SELECT DISTINCT least(one.rid, two.rid), greatest(one.rid, two.rid)
        FROM small AS one {asked} JOIN small AS two ON one.kind = two.kind AND one.key = two.key AND {order}
    """)
    con.execute("DROP TABLE small")


def _narrow(con: Tables, keys: str, cap: str, depth: int, only: str) -> str:
    """The name of a table with what is left in blocks beyond the cap, each with one more condition in its key."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE big AS SELECT kind, key, records FROM sizes WHERE records > {cap}")
    if depth == 0:
        con.execute("INSERT INTO skipped_blocks SELECT kind, key, records FROM big")
    cases = " ".join(
        f"WHEN {number} THEN {block.narrower[depth]}"
        for number, block in enumerate(BLOCKS)
        if len(block.narrower) > depth
    )
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE narrow_{depth} AS
        SELECT kind, hash(key, narrow) AS key, rid FROM (
            SELECT kind, key, held.rid, CASE kind {cases} END AS narrow
            FROM {keys} AS held JOIN big USING (kind, key) JOIN features ON features.rid = held.rid
            LEFT JOIN record_names ON record_names.rid = held.rid AND place = 0 LEFT JOIN names USING (nid))
        WHERE narrow IS NOT NULL
    """)
    con.execute("DROP TABLE big")
    if only:
        own = f"SELECT kind, key FROM narrow_{depth} SEMI JOIN {only} USING (rid)"
        con.execute(f"DELETE FROM narrow_{depth} WHERE (kind, key) NOT IN ({own})")
    return f"narrow_{depth}"


def _chain(con: Tables, keys: str, cap: str, only: str) -> None:
    """Records that are alike in all of a block's conditions, and still too many: each with the next by id."""
    narrowed = ", ".join(
        str(number) for number, block in enumerate(BLOCKS) if block in RECORD_BLOCKS or block.key.startswith("flat")
    )
    asked = f"AND (ra IN (SELECT rid FROM {only}) OR rb IN (SELECT rid FROM {only}))" if only else ""
    con.execute(f"""
        INSERT INTO found
        SELECT least(ra, rb), greatest(ra, rb) FROM (
            SELECT rid AS ra, lead(rid) OVER (PARTITION BY kind, key ORDER BY id) AS rb
            FROM {keys} JOIN sizes USING (kind, key) JOIN features USING (rid)
            WHERE records > {cap} AND kind IN ({narrowed}))
        WHERE rb IS NOT NULL {asked}
    """)
