"""What a resolution found, read from its tables: links, questions, conflicts, relations.

Pairs come as `left`, `right` (ids), `score`, `rule`, `level` (how far the names agree), `veto`, the bits of evidence by
field (`w_...`), `left_cluster` and `right_cluster`. `only` is a query for the records (rid) that are asked about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hub.identity.evidence import FIELDS
from hub.identity.frequencies import PLACEHOLDER_HEADS
from hub.identity.weights import Weights

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_RULES = (
    ("tax", "tax id"), ("lei", "LEI"), ("duns", "D-U-N-S"), ("gln", "GLN"), ("company_number", "company number"),
    ("mail", "e-mail"), ("domain", "domain"), ("phone", "phone"), ("born_on", "birth date"), ("place", "address"),
)  # fmt: skip
"""Evidence that gives a link its rule, in this order; the name alone where none of it agrees."""


def clusters(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """`id`, `cluster`: every record once; a cluster is called by its smallest id."""
    return con.sql("SELECT id, cluster FROM clusters JOIN features USING (rid) ORDER BY id").to_arrow_table()


def links(con: duckdb.DuckDBPyConnection, only: str = "") -> pa.Table:
    """Pairs inside clusters."""
    asked = f"(FROM edges SEMI JOIN ({only}) AS asked ON asked.rid = ra)" if only else "edges"
    return _pairs(con, asked, "veto IS NULL AND one.cluster = two.cluster")


def reviews(con: duckdb.DuckDBPyConnection, weights: Weights) -> pa.Table:
    """What a person is asked: the best pair of each two clusters that may be one."""
    _find_doubts(con, weights)
    _find_contradictions(con)
    con.execute("""
        CREATE OR REPLACE TEMP TABLE asked AS
        SELECT ra, rb FROM doubts ANTI JOIN contradictions USING (lower, upper)
        JOIN features AS a ON a.rid = ra JOIN features AS b ON b.rid = rb
        QUALIFY row_number() OVER (
            PARTITION BY lower, upper ORDER BY score DESC, least(a.id, b.id), greatest(a.id, b.id)) = 1
    """)
    con.execute("""
        CREATE OR REPLACE TEMP TABLE held_apart AS
        SELECT lower AS left_cluster, upper AS right_cluster, arg_min(veto, (l, r)) AS held_by,
               min((l, r)) AS held FROM (
            SELECT least(one.cluster, two.cluster) AS lower, greatest(one.cluster, two.cluster) AS upper, veto,
                   least(a.id, b.id) AS l, greatest(a.id, b.id) AS r
            FROM (FROM edges WHERE veto IS NOT NULL)
            JOIN clusters AS one ON one.rid = ra JOIN clusters AS two ON two.rid = rb
            JOIN features AS a ON a.rid = ra JOIN features AS b ON b.rid = rb)
        SEMI JOIN doubts USING (lower, upper) GROUP BY lower, upper
    """)
    found = _pairs(con, "(FROM edges SEMI JOIN asked USING (ra, rb))", "true")
    for table in ("doubts", "contradictions", "asked"):
        con.execute(f"DROP TABLE {table}")
    return found


def conflicts(con: duckdb.DuckDBPyConnection, weights: Weights, limit: int | None = None) -> pa.Table:
    """Pairs that a veto keeps apart although they would be linked by score."""
    condition = f"veto IS NOT NULL AND one.cluster <> two.cluster AND score >= {weights.link}"
    return _pairs(con, "edges", condition, limit)


def count_conflicts(con: duckdb.DuckDBPyConnection, weights: Weights) -> int:
    rows = con.execute(f"""
        SELECT count(*) FROM edges JOIN clusters AS one ON one.rid = ra JOIN clusters AS two ON two.rid = rb
        WHERE veto IS NOT NULL AND score >= {weights.link} AND one.cluster <> two.cluster
    """).fetchall()
    return int(rows[0][0])


def relations(con: duckdb.DuckDBPyConnection, weights: Weights) -> pa.Table:
    """What stands beside identity: `left`, `right` (ids of records), `kind`: `parent` (right is above left), `bill to`
    (right pays for left), `branch` (one is a part of the other), `VAT group` (one tax number, two companies)."""
    return con.sql(f"{_related(weights)} ORDER BY ALL").to_arrow_table()


def count_relations(con: duckdb.DuckDBPyConnection, weights: Weights) -> dict[str, int]:
    """Kind -> how many of `relations`."""
    return dict(con.execute(f"SELECT kind, count(*) FROM ({_related(weights)}) GROUP BY 1 ORDER BY 1").fetchall())


def _related(weights: Weights) -> str:
    placeholders = f"SELECT value FROM frequencies WHERE kind = 'tax' AND heads >= {PLACEHOLDER_HEADS}"
    numbered = f"""SELECT cluster, tax_register, tax FROM clusters JOIN features USING (rid)
        WHERE tax_valid AND tax NOT IN ({placeholders})"""
    return f"""
        SELECT a.id AS "left", b.id AS "right", 'parent' AS kind
        FROM features AS a JOIN features AS b ON a.parent = b.id
        UNION SELECT a.id, b.id, 'bill to' FROM features AS a JOIN features AS b ON a.bill_to = b.id AND a.id <> b.id
        UNION SELECT least(a.id, b.id), greatest(a.id, b.id), 'branch'
        FROM (FROM edges WHERE veto = 'branch' AND score >= {weights.link})
        JOIN features AS a ON a.rid = ra JOIN features AS b ON b.rid = rb
        UNION SELECT head, cluster, 'VAT group'
        FROM (SELECT tax_register, tax, min(cluster) AS head FROM ({numbered})
              GROUP BY 1, 2 HAVING min(cluster) <> max(cluster))
        JOIN ({numbered}) USING (tax_register, tax) WHERE cluster <> head
    """


def _pairs(con: duckdb.DuckDBPyConnection, pairs: str, condition: str, limit: int | None = None) -> pa.Table:
    rule = "CASE " + " ".join(f"WHEN w_{field} > 0.5 THEN '{name}'" for field, name in _RULES) + " ELSE 'name' END"
    weights = ", ".join(f"w_{field}" for field in FIELDS)
    return con.sql(f"""
        SELECT least(a.id, b.id) AS "left", greatest(a.id, b.id) AS "right", score, {rule} AS rule, level, veto,
               {weights}, least(one.cluster, two.cluster) AS left_cluster,
               greatest(one.cluster, two.cluster) AS right_cluster
        FROM {pairs} JOIN features AS a ON a.rid = ra JOIN features AS b ON b.rid = rb
        JOIN clusters AS one ON one.rid = ra JOIN clusters AS two ON two.rid = rb
        WHERE {condition} ORDER BY "left", "right" {"" if limit is None else f"LIMIT {limit:d}"}
    """).to_arrow_table()


def _find_doubts(con: duckdb.DuckDBPyConnection, weights: Weights) -> None:
    """`doubts`: pairs of two clusters whose score is not low enough to say nothing."""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE doubts AS
        SELECT ra, rb, score, least(one.cluster, two.cluster) AS lower, greatest(one.cluster, two.cluster) AS upper
        FROM (FROM edges WHERE score > {weights.review} AND veto IS NULL)
        JOIN clusters AS one ON one.rid = ra JOIN clusters AS two ON two.rid = rb WHERE one.cluster <> two.cluster
    """)


def _find_contradictions(con: duckdb.DuckDBPyConnection) -> None:
    """`contradictions`: clusters (`lower`, `upper`) that tax numbers or people's decisions keep apart: nobody is asked
    about them."""
    con.execute("""
        CREATE OR REPLACE TEMP TABLE contradictions AS
        WITH two AS (SELECT DISTINCT lower, upper FROM doubts),
        sides AS (SELECT lower AS cluster FROM two UNION SELECT upper FROM two),
        numbers AS (SELECT DISTINCT cluster, tax_register, tax FROM clusters SEMI JOIN sides USING (cluster)
                    JOIN features USING (rid) WHERE tax_valid)
        SELECT DISTINCT lower, upper FROM two
        JOIN numbers AS a ON a.cluster = lower JOIN numbers AS b ON b.cluster = upper
        WHERE a.tax_register = b.tax_register AND a.tax <> b.tax
        UNION
        SELECT least(one.cluster, two.cluster), greatest(one.cluster, two.cluster) FROM decisions
        JOIN clusters AS one ON one.rid = ra JOIN clusters AS two ON two.rid = rb
        WHERE NOT same AND one.cluster <> two.cluster
    """)


def evidence(table: Any) -> str:
    """SQL for the bits of each field of such pairs as a JSON object, with `names` for how far the names agree."""
    fields = [name.removeprefix("w_") for name in table.column_names if name.startswith("w_")]
    told = ", ".join(
        f"CASE WHEN abs(w_{name}) >= 0.05 THEN '\"{name}\": ' || round(w_{name}::DOUBLE, 1) END" for name in fields
    )
    return f"'{{' || concat_ws(', ', '\"names\": \"' || level || '\"', {told}) || '}}'"
