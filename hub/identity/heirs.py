"""Which golden number each cluster gets: a number stays as long as its cluster does.

The heir of a golden record is the cluster that holds most of its records; of equals, the one with the first id. A
cluster that is heir to several keeps the oldest number; one that is heir to none gets a new one. The outcome depends on
the records and their numbers alone, never on the order of anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb


def assign(con: duckdb.DuckDBPyConnection, newest: int) -> int:
    """From the tables `now_in` (id, cluster) and `was_in` (id, golden), make `assigned` (id, cluster, golden). Numbers
    beyond `newest` are new; returns the newest after it."""
    con.execute("""
        CREATE OR REPLACE TEMP TABLE heirs AS
        SELECT cluster, min(golden) AS golden FROM (
            SELECT cluster, golden,
                   row_number() OVER (PARTITION BY golden ORDER BY records DESC, first_id, cluster) AS place
            FROM (SELECT cluster, golden, count(*) AS records, min(id) AS first_id
                  FROM now_in JOIN was_in USING (id) GROUP BY cluster, golden))
        WHERE place = 1 GROUP BY cluster
    """)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE numbered AS
        SELECT cluster, golden FROM heirs
        UNION ALL
        SELECT cluster, {newest:d} + row_number() OVER (ORDER BY cluster)
        FROM (SELECT DISTINCT cluster FROM now_in ANTI JOIN heirs USING (cluster))
    """)
    con.execute("""
        CREATE OR REPLACE TEMP TABLE assigned AS
        SELECT id, cluster, golden::BIGINT AS golden FROM now_in JOIN numbered USING (cluster)
    """)
    (highest,) = con.execute("SELECT coalesce(max(golden), 0) FROM numbered").fetchall()[0]
    return max(newest, int(highest))


def find_stale(con: duckdb.DuckDBPyConnection, *, everything: bool) -> None:
    """`stale` (golden): golden records whose members may have changed, or their members' values. `touched_ids` (id)
    names the records that changed."""
    if everything:
        con.execute("""
            CREATE OR REPLACE TEMP TABLE stale AS SELECT golden FROM assigned UNION SELECT golden FROM was_in
        """)
        return
    con.execute("""
        CREATE OR REPLACE TEMP TABLE stale AS
        SELECT golden FROM assigned SEMI JOIN touched_ids USING (id)
        UNION SELECT golden FROM was_in SEMI JOIN touched_ids USING (id)
        UNION SELECT unnest([now.golden, was.golden]) FROM assigned AS now JOIN was_in AS was USING (id)
              WHERE now.golden <> was.golden
        UNION SELECT golden FROM assigned ANTI JOIN was_in USING (id)
        UNION SELECT golden FROM was_in ANTI JOIN assigned USING (id)
    """)


def best_links(con: duckdb.DuckDBPyConnection) -> None:
    """`best` (id, golden, rule, score, evidence, partner): for each record of a stale golden record what holds it
    there most. `pairs_found` (l, r, rule, score, evidence) are the links there are; a person's word counts most."""
    con.execute("""
        CREATE OR REPLACE TEMP TABLE best AS
        WITH members AS (SELECT id, golden, count(*) OVER (PARTITION BY golden) AS records
                         FROM assigned SEMI JOIN stale USING (golden)),
        ways AS (SELECT l AS id, r AS partner, rule, score, evidence FROM pairs_found
                 UNION ALL SELECT r, l, rule, score, evidence FROM pairs_found),
        held AS (SELECT ways.* FROM ways JOIN assigned AS one USING (id) JOIN assigned AS two ON two.id = ways.partner
                 SEMI JOIN stale ON stale.golden = one.golden WHERE one.golden = two.golden),
        chosen AS (SELECT * FROM held QUALIFY row_number() OVER (
                   PARTITION BY id ORDER BY rule = 'person' DESC, score DESC NULLS LAST, partner) = 1)
        SELECT id, golden, CASE WHEN records = 1 THEN 'alone' ELSE coalesce(rule, 'together') END AS rule,
               score, evidence, partner
        FROM members LEFT JOIN chosen USING (id)
    """)
