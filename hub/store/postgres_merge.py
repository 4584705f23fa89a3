"""The statements of the merge on PostgreSQL: one join finds out what differs, and only that is written.

The records come from a query: arrays (`postgres_arrays`) or a staging table (`postgres_copy`). The caller holds the
lock of the entity and source, so nobody else writes these keys meanwhile. Parameters of all statements: $1 source,
$2 moment of the page, $3 run.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from hub.errors import StoreBusy
from hub.model.kinds import Entity
from hub.store.postgres_arrays import array_sql
from hub.store.postgres_database import Rows
from hub.store.shape import history_columns, table


@dataclass(slots=True)
class Merged:
    """What became of the records. `keys` are those of all rows written, None where nobody asked for them."""

    inserted: int = 0
    updated: int = 0
    superseded: int = 0
    keys: list[str] | None = None

    def add(self, part: Merged) -> None:
        """Another part of the same batch."""
        self.inserted += part.inserted
        self.updated += part.updated
        self.superseded += part.superseded
        if self.keys is not None:
            self.keys += part.keys or []


@lru_cache(maxsize=512)
def merge_statement(name: str, names: tuple[str, ...], records: str, *, list_keys: bool) -> str:
    """Further parameters: $4 and $5 the lowest and the highest key of the records, then those of the query `records`.

    `fate` holds the records that are new, different or older. Rows are written by their place in the table (`ctid`),
    which saves a second join.
    """
    entity = table(name)
    own = [column for column in names if column != "source_id"]
    differs = "".join(f" OR t.{column} IS DISTINCT FROM s.{column}" for column in own)
    stale = "coalesce(t.source_updated_at > s.source_updated_at, false)" if "source_updated_at" in own else "false"
    changes = "".join(f"{column} = f.{column}, " for column in own)
    return f"""
        WITH sent AS ({records}),
        fate AS MATERIALIZED (
          SELECT s.*, t.ctid AS place, t.deleted_at IS NOT NULL AS gone, {stale} AS stale
          FROM sent s LEFT JOIN {name} t
            ON t.source = $1 AND t.source_id = s.source_id AND t.source_id BETWEEN $4 AND $5
          WHERE t.source_id IS NULL OR t.deleted_at IS NOT NULL{differs}),
        changed AS (
          UPDATE {name} t SET {changes}deleted_at = NULL, synced_at = $2, run_id = $3
          FROM fate f WHERE t.ctid = f.place AND NOT f.stale RETURNING t.*),
        added AS (
          INSERT INTO {name} (source, {", ".join(names)}, first_seen_at, synced_at, run_id)
          SELECT $1, {", ".join(f"f.{column}" for column in names)}, $2, $2, $3 FROM fate f WHERE f.place IS NULL
          RETURNING *){history_clause(entity, "SELECT * FROM changed UNION ALL SELECT * FROM added")}
        SELECT count(*) FILTER (WHERE place IS NULL OR gone AND NOT stale),
          count(*) FILTER (WHERE place IS NOT NULL AND NOT gone AND NOT stale),
          count(*) FILTER (WHERE stale),
          (SELECT count(*) FROM changed) + (SELECT count(*) FROM added),
          {"array_agg(source_id) FILTER (WHERE NOT stale)" if list_keys else "NULL"}
        FROM fate"""


def merged(rows: Rows, *, list_keys: bool) -> Merged:
    """The answer to `merge_statement`."""
    ((inserted, updated, superseded, written, keys),) = rows
    if written != inserted + updated:
        raise StoreBusy(
            "another program changed the hub's tables while a page was merged.",
            fix="Nothing of this page was stored. Let only the hub write its tables, then run it again.",
        )
    return Merged(inserted, updated, superseded, (keys or []) if list_keys else None)


@lru_cache(maxsize=512)
def insert_statement(name: str, names: tuple[str, ...], records: str) -> str:
    """Insert records none of which is held. Further parameters: those of `records`."""
    return f"""
        INSERT INTO {name} (source, {", ".join(names)}, first_seen_at, synced_at, run_id)
        SELECT $1, {", ".join(f"s.{column}" for column in names)}, $2, $2, $3 FROM ({records}) s"""


@lru_cache(maxsize=128)
def delete_statement(name: str) -> str:
    """Soft-delete by key. Further parameters: the two marks, the keys. Answers with the keys that were live."""
    return _deletion(name, f"t.source_id = ANY({array_sql(6, 4)})")


@lru_cache(maxsize=128)
def gone_statement(name: str, owner: str) -> str:
    """Soft-delete the children of some parents that were not sent. Further parameters: marks, parents, keys sent."""
    return _deletion(
        name,
        f"t.{owner} = ANY({array_sql(6, 4)})"
        f" AND NOT EXISTS (SELECT FROM unnest({array_sql(7, 4)}) AS sent(key) WHERE sent.key = t.source_id)",
    )


def _deletion(name: str, condition: str) -> str:
    return f"""
        WITH lost AS (
          UPDATE {name} t SET deleted_at = $2, synced_at = $2, run_id = $3
          WHERE t.source = $1 AND t.deleted_at IS NULL AND {condition}
          RETURNING t.*){history_clause(table(name), "SELECT * FROM lost")}
        SELECT source_id FROM lost"""


@lru_cache(maxsize=128)
def stale_statement(name: str, owner: str) -> str:
    """Parents of which the store has a newer version, and children. Parameters: $1 source, marks, parents, stamps."""
    parent = table(name)[owner].refers_to
    stamp = "timestamptz 'epoch' + o.stamp::bigint / 1000000 * interval '1 second'"
    return f"""
        SELECT o.key FROM unnest({array_sql(4, 2)}, {array_sql(5, 2)}) AS o(key, stamp)
        JOIN {parent} p ON p.source = $1 AND p.source_id = o.key
         AND p.source_updated_at > {stamp} + o.stamp::bigint % 1000000 * interval '1 microsecond'
        WHERE EXISTS (SELECT FROM {name} c WHERE c.source = $1 AND c.{owner} = o.key)"""


def history_clause(entity: Entity, touched: str) -> str:
    """A clause that notes the present figures of the touched rows, unless their history ends with the same ones.

    A change is dated by the source's own stamp, else by when the figure was counted, else by the page; a deletion by
    the page. It is never dated before the one it follows: then the page's moment counts, or, where that is earlier
    too, the last change is overwritten. So the history always ends with what is held.
    """
    if entity.history is None:
        return ""
    names = history_columns(entity)
    stamps = [f"now.{name}" for name in ("source_updated_at", "counted_at") if name in entity]
    differs = "".join(f" OR past.{name} IS DISTINCT FROM now.{name}" for name in names)
    return f""",
        noted AS (
          INSERT INTO {entity.history} (source, source_id, changed_at, {", ".join(names)}, is_deleted, run_id)
          SELECT now.source, now.source_id,
            CASE WHEN past.changed_at > seen.at THEN greatest(past.changed_at, $2) ELSE seen.at END,
            {", ".join(f"now.{name}" for name in names)}, now.deleted_at IS NOT NULL, now.run_id
          FROM ({touched}) now
          CROSS JOIN LATERAL (SELECT CASE WHEN now.deleted_at IS NULL
            THEN coalesce({", ".join(stamps)}, $2) ELSE $2 END) AS seen(at)
          LEFT JOIN LATERAL (SELECT * FROM {entity.history} h WHERE h.source = now.source
            AND h.source_id = now.source_id ORDER BY h.changed_at DESC LIMIT 1) past ON true
          WHERE past.source IS NULL OR past.is_deleted IS DISTINCT FROM (now.deleted_at IS NOT NULL){differs}
          ON CONFLICT (source, source_id, changed_at) DO UPDATE SET
            {", ".join(f"{name} = excluded.{name}" for name in (*names, "is_deleted", "run_id"))})"""
