"""Resolution from records to companies: everything at once, or only what hangs together with changed records."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from hub.identity import blocks, scoring, tables
from hub.identity.clusters import Pair, components, split
from hub.identity.evidence import FIELDS
from hub.identity.normalise import feature_pages
from hub.identity.weights import DEFAULT, Weights

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_RULES = (
    ("tax", "tax id"), ("lei", "LEI"), ("duns", "D-U-N-S"), ("gln", "GLN"), ("company_number", "company number"),
    ("mail", "e-mail"), ("domain", "domain"), ("phone", "phone"), ("born_on", "birth date"), ("place", "address"),
)  # fmt: skip
"""Evidence that gives a link its rule, in this order; the name alone where none of it agrees."""


class Decision(NamedTuple):
    """What a person said of two records; it binds for ever."""

    left: str
    right: str
    same: bool


@dataclass(frozen=True)
class Skipped:
    """A key that more records share than are compared with one another. They were compared only within the narrower
    key (the same name, city ...)."""

    block: str
    records: int


class Resolver:
    """Companies out of records, on one DuckDB connection that keeps the working tables.

    con       in memory, or a file that the next run goes on from
    weights   thresholds and weights; the shipped ones by default
    processes how many work on normalisation; 1 does it in this process
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, weights: Weights = DEFAULT, *, processes: int = 2) -> None:
        self.con = con
        self.weights = weights
        self.processes = processes
        con.execute("SET preserve_insertion_order = false")
        tables.create(con)
        con.sql(f"""
            CREATE TABLE IF NOT EXISTS edges (ra INTEGER, rb INTEGER,
                {", ".join(f"w_{field} FLOAT" for field in FIELDS)}, level VARCHAR, veto VARCHAR, score FLOAT)
        """)
        con.execute("CREATE TABLE IF NOT EXISTS clusters (rid INTEGER, cluster VARCHAR)")
        con.execute("CREATE TABLE IF NOT EXISTS decisions (ra INTEGER, rb INTEGER, same BOOLEAN)")

    def load(self, pages: Iterable[pa.Table | pa.RecordBatch]) -> None:
        """Take these records (`hub.identity.records.COLUMNS`) in place of all others."""
        tables.clear(self.con)
        for page in feature_pages(pages, self.processes):
            tables.add(self.con, page)

    def resolve(self, decisions: Iterable[Decision] = ()) -> None:
        """Compare all records and fill `clusters` and `edges` anew."""
        tables.count_everything(self.con, self.weights)
        for table in ("block_keys", "edges", "clusters"):
            self.con.execute(f"DELETE FROM {table}")
        self._decide(decisions)
        blocks.find_keys(self.con)
        blocks.find_pairs(self.con, self.weights)
        scoring.prepare(self.con, self.weights)
        self._score()
        self._cluster("SELECT rid FROM features")

    def resolve_changed(
        self, pages: Iterable[pa.Table | pa.RecordBatch], gone: Sequence[str] = (), decisions: Iterable[Decision] = ()
    ) -> None:
        """Take changed and new records in, and `gone` ones out; compare only them, and form anew only the clusters that
        hang together with them or with a decision that is new or was taken back. `decisions` are all that hold.

        The outcome is that of `resolve`, except that a value which became frequent, or a block that grew beyond its
        cap,
        counts for the records that changed and not for those that were compared before.
        """
        import pyarrow as pa

        changed = list(feature_pages(pages, 1))
        ids = [*gone, *itertools.chain.from_iterable(page.column("id").to_pylist() for page in changed)]
        self.con.register("given", pa.table({"id": pa.array(ids, pa.string())}))
        self.con.execute("CREATE OR REPLACE TEMP TABLE changed AS SELECT DISTINCT id FROM given")
        self.con.unregister("given")
        self.con.execute("CREATE OR REPLACE TEMP TABLE decided AS FROM decisions")
        self._touch()
        tables.remove(self.con)
        self.con.execute("DELETE FROM edges WHERE ra IN (SELECT rid FROM old) OR rb IN (SELECT rid FROM old)")
        self.con.execute("DELETE FROM clusters WHERE rid IN (SELECT rid FROM old)")
        for page in changed:
            tables.add(self.con, page)
        tables.add_names(self.con, self.weights, len(ids))
        self._decide(decisions)
        self.con.execute("CREATE OR REPLACE TEMP TABLE fresh AS SELECT rid FROM features SEMI JOIN changed USING (id)")
        blocks.find_keys(self.con)
        blocks.find_pairs(self.con, self.weights, only="fresh")
        scoring.prepare(self.con, self.weights, "SELECT ra AS rid FROM pairs UNION SELECT rb FROM pairs")
        self._score()
        self._grow()
        scoring.prepare(self.con, self.weights, "SELECT rid FROM touched")
        self._cluster("SELECT rid FROM touched")

    def skipped(self) -> list[Skipped]:
        """Blocks beyond the cap, the largest first."""
        rows = self.con.execute("SELECT kind, records FROM skipped_blocks ORDER BY records DESC, kind, key").fetchall()
        return [Skipped(blocks.BLOCKS[kind].name, records) for kind, records in rows]

    def clusters(self) -> pa.Table:
        """`id`, `cluster`: every record once; a cluster is called by its smallest id."""
        return self.con.sql("SELECT id, cluster FROM clusters JOIN features USING (rid) ORDER BY id").to_arrow_table()

    def links(self) -> pa.Table:
        """Pairs inside clusters: `left`, `right` (ids), `score`, `rule`, and the bits of evidence by field."""
        return self._edges("one.cluster = two.cluster AND veto IS NULL")

    def reviews(self) -> pa.Table:
        """What a person is asked: the best pair of each two clusters that may be one. As `links`."""
        self._find_contradictions()
        self.con.execute(f"""
            CREATE OR REPLACE TEMP TABLE asked AS
            SELECT ra, rb FROM (
                SELECT ra, rb, row_number() OVER (
                    PARTITION BY least(one.cluster, two.cluster), greatest(one.cluster, two.cluster)
                    ORDER BY score DESC, least(a.id, b.id), greatest(a.id, b.id)) AS place
                FROM edges JOIN clusters AS one ON one.rid = ra JOIN clusters AS two ON two.rid = rb
                JOIN features AS a ON a.rid = ra JOIN features AS b ON b.rid = rb
                WHERE one.cluster <> two.cluster AND score > {self.weights.review} AND veto IS NULL
                AND NOT EXISTS (SELECT 1 FROM contradictions AS c
                    WHERE c.left_cluster = least(one.cluster, two.cluster) AND c.right_cluster = greatest(one.cluster,
                    two.cluster)))
            WHERE place = 1
        """)
        return self._edges("true", "JOIN asked USING (ra, rb)")

    def conflicts(self) -> pa.Table:
        """Pairs that a veto keeps apart although they would be linked by score. As `links`, with `veto`."""
        return self._edges(f"veto IS NOT NULL AND one.cluster <> two.cluster AND score >= {self.weights.link}")

    def relations(self) -> pa.Table:
        """What stands beside identity: `left`, `right` (ids of records), `kind`: `parent` (right is above left),
        `bill to`
        (right pays for left), `branch` (one is a part of the other), `VAT group` (one tax number, two companies)."""
        link = self.weights.link
        return self.con.sql(f"""
            SELECT a.id AS "left", b.id AS "right", 'parent' AS kind FROM features AS a JOIN features AS b ON a.parent
            = b.id
            UNION SELECT a.id, b.id, 'bill to' FROM features AS a JOIN features AS b ON a.bill_to = b.id AND a.id <>
            b.id
            UNION SELECT least(a.id, b.id), greatest(a.id, b.id), 'branch'
            FROM edges JOIN features AS a ON a.rid = ra JOIN features AS b ON b.rid = rb WHERE veto = 'branch' AND
            score >= {link}
            UNION SELECT head, other, 'VAT group' FROM (
                SELECT min(cluster) OVER (PARTITION BY tax_register, tax) AS head, cluster AS other
                FROM clusters JOIN features USING (rid)
                WHERE tax_valid AND tax NOT IN (SELECT value FROM frequencies WHERE kind = 'tax' AND heads >=
                {tables.PLACEHOLDER_HEADS}))
            WHERE head <> other
            ORDER BY ALL
        """).to_arrow_table()

    def _edges(self, condition: str, join: str = "") -> pa.Table:
        rule = "CASE " + " ".join(f"WHEN w_{field} > 0.5 THEN '{name}'" for field, name in _RULES) + " ELSE 'name' END"
        weights = ", ".join(f"w_{field}" for field in FIELDS)
        return self.con.sql(f"""
            SELECT least(a.id, b.id) AS "left", greatest(a.id, b.id) AS "right", score, {rule} AS rule, level, veto,
                   {weights}, least(one.cluster, two.cluster) AS left_cluster, greatest(one.cluster, two.cluster) AS
                   right_cluster
            FROM edges {join} JOIN features AS a ON a.rid = ra JOIN features AS b ON b.rid = rb
            JOIN clusters AS one ON one.rid = ra JOIN clusters AS two ON two.rid = rb
            WHERE {condition} ORDER BY "left", "right"
        """).to_arrow_table()

    def _decide(self, decisions: Iterable[Decision]) -> None:
        import pyarrow as pa

        left: tuple[str, ...]
        left, right, same = zip(*decisions, strict=True) if (decisions := list(decisions)) else ((), (), ())
        self.con.register(
            "given",
            pa.table(
                {
                    "l": pa.array(left, pa.string()),
                    "r": pa.array(right, pa.string()),
                    "same": pa.array(same, pa.bool_()),
                }
            ),
        )
        self.con.execute("""
            CREATE OR REPLACE TABLE decisions AS
            SELECT least(a.rid, b.rid) AS ra, greatest(a.rid, b.rid) AS rb, bool_and(same) AS same
            FROM given JOIN features AS a ON a.id = l JOIN features AS b ON b.id = r WHERE a.rid <> b.rid GROUP BY 1, 2
        """)
        self.con.unregister("given")

    def _score(self) -> None:
        """Scores of `pairs` that may matter: what could be linked or asked, and what a veto keeps apart although it
        could."""
        columns = ", ".join(("ra", "rb", *(f"w_{field}" for field in FIELDS), "level", "veto", "score"))
        scoring.drop_hopeless(self.con)
        scoring.score(self.con, self.weights, "scored", f"score > {self.weights.review}")
        self.con.execute(f"INSERT INTO edges SELECT {columns} FROM scored")
        self.con.execute("DROP TABLE scored")

    def _touch(self) -> None:
        """`touched`: the changed records and all that hang together with them before the change."""
        self.con.execute(
            "CREATE OR REPLACE TEMP TABLE touched AS SELECT rid FROM features SEMI JOIN changed USING (id)"
        )
        self._spread()

    def _grow(self) -> None:
        self.con.execute("INSERT INTO touched SELECT rid FROM fresh")
        self.con.execute("""
            INSERT INTO touched
            SELECT unnest([ra, rb]) FROM ((FROM decisions EXCEPT FROM decided) UNION (FROM decided EXCEPT FROM
            decisions))
        """)
        self._spread()
        self.con.execute("DELETE FROM touched WHERE rid NOT IN (SELECT rid FROM features)")

    def _spread(self) -> None:
        """Add what hangs together with `touched` by links, a step at a time."""
        bound = "UNION ALL SELECT ra, rb FROM decisions WHERE same"
        links = f"(SELECT ra, rb FROM edges WHERE score >= {self.weights.link} AND veto IS NULL {bound})"
        self.con.execute("CREATE OR REPLACE TEMP TABLE front AS SELECT DISTINCT rid FROM touched")
        while self.con.execute("SELECT count(*) FROM front").fetchall()[0][0]:
            self.con.execute(f"""
                CREATE OR REPLACE TEMP TABLE reached AS
                SELECT DISTINCT rid FROM (
                    SELECT rb AS rid FROM {links} SEMI JOIN front ON ra = rid
                    UNION ALL SELECT ra FROM {links} SEMI JOIN front ON rb = rid) ANTI JOIN touched USING (rid)
            """)
            self.con.execute("INSERT INTO touched SELECT rid FROM reached")
            self.con.execute("CREATE OR REPLACE TEMP TABLE front AS SELECT rid FROM reached")

    def _cluster(self, records: str) -> None:
        """Form the clusters of these records anew."""
        con = self.con
        con.execute(f"CREATE OR REPLACE TEMP TABLE among AS SELECT DISTINCT rid FROM ({records})")
        con.execute(f"""
            CREATE OR REPLACE TEMP TABLE link_pairs AS
            SELECT ra, rb, score FROM edges SEMI JOIN among ON ra = rid
            WHERE score >= {self.weights.link} AND veto IS NULL
            UNION ALL SELECT ra, rb, 99 FROM decisions SEMI JOIN among ON ra = rid WHERE same
        """)
        self._find_components()
        con.execute(f"""
            CREATE OR REPLACE TEMP TABLE pairs AS
            SELECT least(one.rid, two.rid) AS ra, greatest(one.rid, two.rid) AS rb
            FROM members AS one JOIN members AS two ON one.component = two.component AND one.place < two.place
            WHERE one.size BETWEEN 3 AND {self.weights.component_cap}
        """)
        scoring.score(con, self.weights, "inner_pairs")
        found = list(self._split())
        con.register("found", _numbered(found))
        con.execute("DELETE FROM clusters WHERE rid IN (SELECT rid FROM among)")
        con.execute("""
            INSERT INTO clusters
            SELECT rid, min(id) OVER (PARTITION BY coalesce(number, -1 - rid)) FROM among JOIN features USING (rid)
            LEFT JOIN found USING (rid)
        """)
        con.unregister("found")
        for table in ("among", "link_pairs", "members", "pairs", "inner_pairs"):
            con.execute(f"DROP TABLE {table}")

    def _find_components(self) -> None:
        """`members`: record, component, size of the component, and the record's place in it by id."""
        import pyarrow as pa

        links = self.con.sql("SELECT ra, rb, score FROM link_pairs").to_arrow_table()
        pairs = list(zip(*(links.column(place).to_pylist() for place in range(3)), strict=True))
        found = components(pairs, self.weights)
        page = pa.table({"rid": pa.array(found.keys(), pa.int32()), "component": pa.array(found.values(), pa.int32())})
        self.con.register("found", page)
        self.con.execute("""
            CREATE OR REPLACE TEMP TABLE members AS
            SELECT rid, component, row_number() OVER (PARTITION BY component ORDER BY id) - 1 AS place,
                   count(*) OVER (PARTITION BY component) AS size
            FROM found JOIN features USING (rid)
        """)
        self.con.unregister("found")

    def _split(self) -> Iterator[list[int]]:
        """The clusters of more than one record, as lists of records."""
        rows = self.con.execute("SELECT component, rid, size FROM members ORDER BY component, place").fetchall()
        pairs = self._component_pairs()
        waiting = next(pairs, None)
        for component, group in itertools.groupby(rows, key=lambda row: row[0]):
            records = [row[1] for row in group]
            known: list[Pair] = []
            while waiting is not None and waiting[0] == component:
                known.append(waiting[1])
                waiting = next(pairs, None)
            for places in split(len(records), known, self.weights):
                if len(places) > 1:
                    yield [records[place] for place in places]

    def _component_pairs(self) -> Iterator[tuple[int, Pair]]:
        """All pairs of each component, but for those that cannot be compared, which speak neither for nor against; of
        components that are too large to complete, the pairs that were found by blocks."""
        silent = "stranger OR (" + " AND ".join(f"w_{field} = 0" for field in FIELDS if field != "country") + ")"
        against = " + ".join(f"least(0, w_{field})" for field in FIELDS) + " <= -1.5 AS against"
        cursor = self.con.execute(f"""
            SELECT one.component, least(one.place, two.place), greatest(one.place, two.place),
                   max(coalesce(p.score, 0)), bool_or(veto IS NOT NULL OR same = false), bool_or(coalesce(same, false)),
                   bool_or(against)
            FROM (SELECT ra, rb, score, veto, {against} FROM inner_pairs WHERE veto IS NOT NULL OR NOT ({silent})
                  UNION ALL SELECT ra, rb, score, veto, {against} FROM edges SEMI JOIN (FROM members WHERE size = 2 OR
                  size >
                  {self.weights.component_cap}) ON rid = ra
                  UNION ALL SELECT ra, rb, 0, NULL, false FROM decisions) AS p
            LEFT JOIN decisions USING (ra, rb)
            JOIN members AS one ON one.rid = ra JOIN members AS two ON two.rid = rb
            WHERE one.component = two.component GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
        """)
        while rows := cursor.fetchmany(50_000):
            for component, left, right, score, blocked, bound, contradicted in rows:
                yield component, Pair(left, right, score, blocked and not bound, bound, contradicted)

    def _find_contradictions(self) -> None:
        """Pairs of clusters whose tax numbers or people's decisions keep them apart: nobody is asked about them."""
        self.con.execute("""
            CREATE OR REPLACE TEMP TABLE contradictions AS
            SELECT DISTINCT least(one.cluster, two.cluster) AS left_cluster, greatest(one.cluster, two.cluster) AS
            right_cluster
            FROM edges JOIN clusters AS one ON one.rid = ra JOIN clusters AS two ON two.rid = rb
            JOIN (SELECT cluster, tax_register, tax FROM clusters JOIN features USING (rid) WHERE tax_valid) AS a ON
            a.cluster = one.cluster
            JOIN (SELECT cluster, tax_register, tax FROM clusters JOIN features USING (rid) WHERE tax_valid) AS b ON
            b.cluster = two.cluster
                AND a.tax_register = b.tax_register AND a.tax <> b.tax
            WHERE one.cluster <> two.cluster
            UNION
            SELECT least(one.cluster, two.cluster), greatest(one.cluster, two.cluster) FROM decisions
            JOIN clusters AS one ON one.rid = ra JOIN clusters AS two ON two.rid = rb WHERE NOT same AND one.cluster
            <> two.cluster
        """)


def _numbered(found: list[list[int]]) -> pa.Table:
    import pyarrow as pa

    records = [record for group in found for record in group]
    numbers = [number for number, group in enumerate(found) for _ in group]
    return pa.table({"rid": pa.array(records, pa.int32()), "number": pa.array(numbers, pa.int32())})
