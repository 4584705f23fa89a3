"""From links to companies: what hangs together is put into clusters.

Where all records of a component are linked with one another, that is all there is to say, and the database says it.
Only the rest is completed, pair by pair, and cut by `clusters.split`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hub.identity import scoring
from hub.identity.clusters import Pair, split
from hub.identity.components import components
from hub.identity.evidence import FIELDS
from hub.identity.weights import Weights

if TYPE_CHECKING:
    import duckdb

_PAGE = 50_000
_BOUND = 99
"""The score of two records that a person said are one, when components are looked for."""


def form_clusters(con: duckdb.DuckDBPyConnection, weights: Weights, records: str) -> None:
    """Form the clusters of these records (a query for `rid`) anew. Needs `edges`, `decisions` and `compared`."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE among AS SELECT DISTINCT rid FROM ({records})")
    _find_components(con, weights)
    _take_whole(con, weights)
    _complete(con, weights)
    _keep(con, list(_cut(con, weights)))
    for table in ("among", "held", "link_pairs", "members", "pairs", "inner_pairs", "grouped", "bridged"):
        con.execute(f"DROP TABLE {table}")


def _find_components(con: duckdb.DuckDBPyConnection, weights: Weights) -> None:
    """`link_pairs`, and `held`: each record that has a link, its component and the size of that."""
    import pyarrow as pa

    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE link_pairs AS
        SELECT ra, rb, score FROM edges SEMI JOIN among ON ra = rid WHERE score >= {weights.link} AND veto IS NULL
        UNION ALL SELECT ra, rb, {_BOUND} FROM decisions SEMI JOIN among ON ra = rid WHERE same
    """)
    links = con.sql("SELECT ra::BIGINT AS ra, rb::BIGINT AS rb, score::FLOAT AS score FROM link_pairs").to_arrow_table()
    left, right, score = (links.column(name).to_numpy() for name in ("ra", "rb", "score"))
    records, tops = components(left, right, score, weights)
    con.register("found", pa.table({"rid": records, "component": tops}))
    con.execute("""
        CREATE OR REPLACE TEMP TABLE held AS
        SELECT rid::INTEGER AS rid, component::INTEGER AS component,
               count(*) OVER (PARTITION BY component)::INTEGER AS size
        FROM found
    """)
    con.unregister("found")


def _take_whole(con: duckdb.DuckDBPyConnection, weights: Weights) -> None:
    """`grouped`: records of components whose records are all linked with one another, and of which nobody said
    anything. `members`: all others, each with its place in its component by id."""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE whole AS
        SELECT one.component FROM link_pairs JOIN held AS one ON one.rid = ra JOIN held AS two ON two.rid = rb
        WHERE one.component = two.component AND one.size BETWEEN 2 AND {weights.component_cap}
        GROUP BY one.component, one.size HAVING count(*) = one.size * (one.size - 1) / 2
    """)
    con.execute("""
        DELETE FROM whole WHERE component IN (
            SELECT component FROM held JOIN (SELECT unnest([ra, rb]) AS rid FROM decisions) USING (rid))
    """)
    con.execute("""
        CREATE OR REPLACE TEMP TABLE grouped AS
        SELECT rid, component AS number FROM held SEMI JOIN whole USING (component)
    """)
    con.execute("""
        CREATE OR REPLACE TEMP TABLE members AS
        SELECT rid, component, size, (row_number() OVER (PARTITION BY component ORDER BY id) - 1)::INTEGER AS place
        FROM held ANTI JOIN whole USING (component) JOIN features USING (rid) WHERE size > 1
    """)
    con.execute("DROP TABLE whole")


def _complete(con: duckdb.DuckDBPyConnection, weights: Weights) -> None:
    """`inner_pairs`: the pairs of components that were not compared, or too unlike to be kept."""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE pairs AS
        SELECT least(one.rid, two.rid) AS ra, greatest(one.rid, two.rid) AS rb
        FROM members AS one JOIN members AS two ON one.component = two.component AND one.place < two.place
        WHERE one.size BETWEEN 3 AND {weights.component_cap}
    """)
    con.execute("""
        CREATE OR REPLACE TEMP TABLE pairs AS FROM pairs ANTI JOIN edges USING (ra, rb)
    """)
    if scoring.has_pairs(con):
        scoring.score(con, weights, "inner_pairs")
    else:
        con.execute("CREATE OR REPLACE TEMP TABLE inner_pairs AS SELECT *, false AS stranger FROM edges LIMIT 0")


def _cut(con: duckdb.DuckDBPyConnection, weights: Weights) -> Iterator[list[int]]:
    """Clusters of more than one record out of `members`, as lists of records."""
    rows = con.execute("SELECT component, rid FROM members ORDER BY component, place").fetchall()
    pairs = _known_pairs(con)
    waiting = next(pairs, None)
    for component, group in itertools.groupby(rows, key=lambda row: row[0]):
        records = [rid for _, rid in group]
        known: list[Pair] = []
        while waiting is not None and waiting[0] == component:
            known.append(waiting[1])
            waiting = next(pairs, None)
        for places in split(len(records), known, weights):
            if len(places) > 1:
                yield [records[place] for place in places]


_BRIDGED = """
    CREATE OR REPLACE TEMP TABLE bridged AS
    WITH held AS (SELECT component, rid, nid FROM members JOIN record_names USING (rid)),
    twice AS (SELECT DISTINCT p.component, p.nid AS one, q.nid AS two
             FROM held AS p JOIN held AS q ON p.rid = q.rid AND p.nid <> q.nid)
    SELECT DISTINCT least(x.rid, y.rid) AS ra, greatest(x.rid, y.rid) AS rb, true AS bridge FROM twice
    JOIN held AS x ON x.component = twice.component AND x.nid = one
    JOIN held AS y ON y.component = twice.component AND y.nid = two WHERE x.rid <> y.rid
"""
"""Pairs of records whose two names a third record has both: that the names differ is no contradiction."""


def _known_pairs(con: duckdb.DuckDBPyConnection) -> Iterator[tuple[int, Pair]]:
    """All pairs of each component, but for those that cannot be compared, which speak neither for nor against; of
    components that are too large to complete, the pairs that were found by blocks."""
    silent = "stranger OR (" + " AND ".join(f"w_{field} = 0" for field in FIELDS if field != "country") + ")"
    against = " + ".join(f"least(0, w_{field})" for field in FIELDS) + " <= -1.5 AS against"
    explained = " + ".join(f"least(0, w_{field})" for field in FIELDS if field != "name") + " > -1.5"
    con.execute(_BRIDGED)
    cursor = con.execute(f"""
        SELECT one.component, least(one.place, two.place), greatest(one.place, two.place),
               max(coalesce(p.score, 0)), bool_or(veto IS NOT NULL OR same = false), bool_or(coalesce(same, false)),
               bool_or(against)
        FROM (SELECT ra, rb, score, veto, {against} FROM inner_pairs LEFT JOIN bridged USING (ra, rb)
              WHERE veto IS NOT NULL OR NOT ({silent} OR (bridge AND {explained}))
              UNION ALL SELECT ra, rb, score, veto, {against} FROM edges SEMI JOIN members ON rid = ra
              UNION ALL SELECT ra, rb, 0, NULL, false FROM decisions) AS p
        LEFT JOIN decisions USING (ra, rb)
        JOIN members AS one ON one.rid = ra JOIN members AS two ON two.rid = rb
        WHERE one.component = two.component GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    """)
    while rows := cursor.fetchmany(_PAGE):
        for component, left, right, score, blocked, bound, contradicted in rows:
            yield component, Pair(left, right, score, blocked and not bound, bound, contradicted)


def _keep(con: duckdb.DuckDBPyConnection, cut: Sequence[Sequence[int]]) -> None:
    """Write `clusters`: `grouped`, the clusters that were cut, and everybody else alone. A cluster's number is that of
    its first record, which no other cluster has."""
    import pyarrow as pa

    records = [record for group in cut for record in group]
    numbers = [group[0] for group in cut for _ in group]
    con.register("found", pa.table({"rid": pa.array(records, pa.int32()), "number": pa.array(numbers, pa.int32())}))
    con.execute("INSERT INTO grouped SELECT rid, number FROM found")
    con.unregister("found")
    con.execute("DELETE FROM clusters WHERE rid IN (SELECT rid FROM among)")
    con.execute("""
        INSERT INTO clusters
        WITH named AS (SELECT number, min(id) AS cluster FROM grouped JOIN features USING (rid) GROUP BY number)
        SELECT rid, cluster FROM grouped JOIN named USING (number)
        UNION ALL
        SELECT rid, id FROM features SEMI JOIN among USING (rid) ANTI JOIN grouped USING (rid)
    """)
