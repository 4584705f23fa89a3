"""Resolution from records to companies: everything at once, or only what hangs together with changed records."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, Protocol

from hub.identity import blocks, frequencies, readings, scoring, tables
from hub.identity.evidence import FIELDS
from hub.identity.grouping import form_clusters
from hub.identity.normalise import feature_pages
from hub.identity.weights import DEFAULT, Weights

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa


class Decision(NamedTuple):
    """What a person said of two records; it binds for ever."""

    left: str
    right: str
    same: bool


class Helper(Protocol):
    """Other machines, which say what this one would say."""

    def wants(self, records: int) -> bool:
        """Whether so many records are worth it."""

    def features(self, pages: Iterable[pa.Table | pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """What `feature_pages` gives, in any order."""

    def compare(self, con: duckdb.DuckDBPyConnection, weights: Weights) -> None:
        """Fill `edges` and `skipped_blocks`, out of `block_keys`, `compared`, names and words."""


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
    helper    what does the work that grows with the pairs, where they are many; this process where None
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        weights: Weights = DEFAULT,
        *,
        processes: int = 2,
        helper: Helper | None = None,
    ) -> None:
        self.con = con
        self.weights = weights
        self.processes = processes
        self.helper = helper
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
        found = self.helper.features(pages) if self.helper else feature_pages(pages, self.processes)
        for page in found:
            tables.add(self.con, page)

    def resolve(self, decisions: Iterable[Decision] = ()) -> None:
        """Compare all records and fill `clusters` and `edges` anew."""
        frequencies.count_everything(self.con, self.weights)
        self._decide(decisions)
        self._compare_all()

    def _compare_all(self) -> None:
        for table in ("block_keys", "edges", "clusters"):
            self.con.execute(f"DELETE FROM {table}")
        blocks.find_keys(self.con)
        if self.helper and self.helper.wants(self._count()):
            scoring.prepare(self.con, self.weights)
            self.helper.compare(self.con, self.weights)
        else:
            blocks.find_pairs(self.con, self.weights)
            scoring.prepare(self.con, self.weights)
            self._score()
        form_clusters(self.con, self.weights, "SELECT rid FROM features")

    def _count(self) -> int:
        return int(self.con.execute("SELECT count(*) FROM features").fetchall()[0][0])

    def resolve_changed(
        self, pages: Iterable[pa.Table | pa.RecordBatch], gone: Sequence[str] = (), decisions: Iterable[Decision] = ()
    ) -> None:
        """Take changed and new records in, and `gone` ones out; compare only them, and form anew only the clusters that
        hang together with them or with a decision that is new or was taken back. `decisions` are all that hold.

        The outcome is that of `resolve`, except that a value which became frequent, or a block that grew beyond its
        cap, counts for the records that changed and not for those that were compared before. Where there are few
        records, or many of them changed since frequencies were counted, all are compared again.
        """
        changed = list(feature_pages(pages, 1))
        ids = [*gone, *itertools.chain.from_iterable(page.column("id").to_pylist() for page in changed)]
        self._take_out(ids)
        for page in changed:
            tables.add(self.con, page)
        self.con.execute("CREATE OR REPLACE TEMP TABLE fresh AS SELECT rid FROM features SEMI JOIN changed USING (id)")
        recounted = frequencies.count_changed(self.con, self.weights, len(ids))
        self.con.execute("CREATE OR REPLACE TEMP TABLE decided AS FROM decisions")
        self._decide(decisions)
        if recounted:
            self._compare_all()
            return
        blocks.find_keys(self.con, "fresh")
        blocks.find_pairs(self.con, self.weights, only="fresh")
        scoring.prepare(self.con, self.weights, "SELECT ra AS rid FROM pairs UNION SELECT rb FROM pairs")
        self._score()
        self._touch("SELECT rid FROM fresh UNION ALL FROM newly_decided UNION ALL FROM touched")
        self.con.execute("DELETE FROM touched WHERE rid NOT IN (SELECT rid FROM features)")
        scoring.prepare(self.con, self.weights, "SELECT rid FROM touched")
        form_clusters(self.con, self.weights, "SELECT rid FROM touched")

    # -- what came of it: see `readings`
    def skipped(self) -> list[Skipped]:
        """Blocks beyond the cap, the largest first."""
        rows = self.con.execute("SELECT kind, records FROM skipped_blocks ORDER BY records DESC, kind, key").fetchall()
        return [Skipped(blocks.BLOCKS[kind].name, records) for kind, records in rows]

    def clusters(self) -> pa.Table:
        return readings.clusters(self.con)

    def links(self) -> pa.Table:
        return readings.links(self.con)

    def reviews(self) -> pa.Table:
        return readings.reviews(self.con, self.weights)

    def conflicts(self) -> pa.Table:
        return readings.conflicts(self.con, self.weights)

    def relations(self) -> pa.Table:
        return readings.relations(self.con, self.weights)

    # -- steps
    def _decide(self, decisions: Iterable[Decision]) -> None:
        import pyarrow as pa

        decisions = list(decisions)
        columns = {
            "l": pa.array([each.left for each in decisions], pa.string()),
            "r": pa.array([each.right for each in decisions], pa.string()),
            "same": pa.array([each.same for each in decisions], pa.bool_()),
        }
        self.con.register("given", pa.table(columns))
        self.con.execute("""
            CREATE OR REPLACE TABLE decisions AS
            SELECT least(a.rid, b.rid) AS ra, greatest(a.rid, b.rid) AS rb, bool_and(same) AS same
            FROM given JOIN features AS a ON a.id = l JOIN features AS b ON b.id = r WHERE a.rid <> b.rid GROUP BY 1, 2
        """)
        self.con.unregister("given")
        self.con.execute("CREATE TEMP TABLE IF NOT EXISTS decided AS FROM decisions LIMIT 0")
        self.con.execute("""
            CREATE OR REPLACE TEMP TABLE newly_decided AS
            SELECT unnest([ra, rb]) AS rid
            FROM ((FROM decisions EXCEPT FROM decided) UNION (FROM decided EXCEPT FROM decisions))
        """)

    def _score(self) -> None:
        if not scoring.has_pairs(self.con):
            return
        scoring.score_hopeful(self.con, self.weights)
        self.con.execute(f"INSERT INTO edges SELECT {', '.join(scoring.EDGES)} FROM scored")
        self.con.execute("DROP TABLE scored")

    def _take_out(self, ids: Sequence[str]) -> None:
        """Take these records out of all tables; `touched` are they, and what hung together with them."""
        import pyarrow as pa

        con = self.con
        con.register("given", pa.table({"id": pa.array(ids, pa.string())}))
        con.execute("CREATE OR REPLACE TEMP TABLE changed AS SELECT DISTINCT id FROM given")
        con.unregister("given")
        self._touch("SELECT rid FROM features SEMI JOIN changed USING (id)")
        tables.remove(con)
        con.execute("DELETE FROM edges WHERE ra IN (SELECT rid FROM old) OR rb IN (SELECT rid FROM old)")
        con.execute("DELETE FROM clusters WHERE rid IN (SELECT rid FROM old)")

    def _touch(self, records: str) -> None:
        """`touched`: these records (a query for `rid`) and what hangs together with them by links, step by step."""
        con = self.con
        bound = "UNION ALL SELECT ra, rb FROM decisions WHERE same"
        links = f"(SELECT ra, rb FROM edges WHERE score >= {self.weights.link} AND veto IS NULL {bound})"
        con.execute(f"CREATE OR REPLACE TEMP TABLE front AS SELECT DISTINCT rid FROM ({records})")
        con.execute("CREATE OR REPLACE TEMP TABLE touched AS FROM front")
        while con.execute("SELECT count(*) FROM front").fetchall()[0][0]:
            con.execute(f"""
                CREATE OR REPLACE TEMP TABLE front AS
                SELECT DISTINCT rid FROM (
                    SELECT rb AS rid FROM {links} SEMI JOIN front ON ra = rid
                    UNION ALL SELECT ra FROM {links} SEMI JOIN front ON rb = rid) ANTI JOIN touched USING (rid)
            """)
            con.execute("INSERT INTO touched FROM front")
