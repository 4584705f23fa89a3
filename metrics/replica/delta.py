"""Brings the replica up to date by what changed: newer rows in a small Parquet file an entity, and which base rows they
replace. Rows that changed twice are in the delta once. The base is never touched, so readers are never disturbed.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING

from hub.model.kinds import Kind
from hub.store.base import Change
from metrics.replica.build import Columns, columns_to_copy, is_data_error
from metrics.replica.manifest import Manifest, Part
from metrics.replica.shape import TABLES
from metrics.replica.snapshot import Snapshot, quoted
from metrics.replica.views import Group, groups, parquet

if TYPE_CHECKING:
    import duckdb

_SHARE = 0.2
"""A delta that grows beyond this share of its base makes a rebuild the cheaper way."""
_LEAST_ROWS = 20_000
"""Deltas this small are always worth it."""


class TooMuch(Exception):
    """So much has changed that building anew is quicker."""


def entities_of(changes: Iterable[Change]) -> dict[str, list[Change]]:
    """The changes by the table they concern; an entity's history changes with it."""
    found: dict[str, list[Change]] = {}
    for change in changes:
        found.setdefault(change.entity, []).append(change)
        history = TABLES[change.entity].history
        if history:
            found.setdefault(history, []).append(change)
    return found


@dataclass(frozen=True)
class Delta:
    """One refresh: from the state in `manifest` to that of `snapshot`, read by one of its workers."""

    snapshot: Snapshot
    db: duckdb.DuckDBPyConnection
    folder: Path
    manifest: Manifest
    columns: Columns
    worker: int = 0

    def parts(self, changes: Iterable[Change], workers: int) -> dict[str, Part]:
        """The parts after the changes, those with most rows first. Raises TooMuch where a rebuild is the better way."""
        parts = dict(self.manifest.parts)
        touched = entities_of(changes)
        before = {entity: parts.get(entity) or Part(0, []) for entity in touched}
        columns = {entity: columns_to_copy(TABLES[entity], self.columns(entity)) for entity in touched}
        free: SimpleQueue[Delta] = SimpleQueue()
        for worker in range(workers):
            free.put(replace(self, db=self.db.cursor(), worker=worker))

        def merged(entity: str) -> Part:
            own = free.get()
            try:
                return own._merged(entity, before[entity], touched[entity], columns[entity])
            finally:
                free.put(own)

        with ThreadPoolExecutor(workers) as pool:
            order = sorted(touched, key=lambda entity: -before[entity].rows)
            return {**parts, **dict(zip(order, pool.map(merged, order), strict=True))}

    def _merged(self, entity: str, part: Part, touched: list[Change], columns: dict[str, Kind]) -> Part:
        _require_little(part, sum(len(change.keys or ()) for change in touched))
        conditions = self._conditions(entity, touched)
        wide = part.wide
        try:
            self._read_newer(entity, conditions, columns, wide=wide)
        except Exception as error:
            if not is_data_error(error):
                raise
            wide = True
            self._read_newer(entity, conditions, columns, wide=wide)
        self._read_touched(touched)
        name = f"{entity}-{self.snapshot.sequence}"
        rows = self._write_rows(f"{name}.parquet", part, columns)
        _require_little(part, rows)
        gone = self._write_gone(f"{name}.gone.parquet", part)
        return replace(
            part,
            wide=wide,
            delta=f"{name}.parquet",
            delta_columns=["source", *columns],
            delta_rows=rows,
            gone=gone,
        )

    def _conditions(self, entity: str, touched: list[Change]) -> list[str]:
        """The store's conditions for the rows that the changes are about: by key, and by run where keys are not listed.
        Two queries are quicker than one with OR, which would look up every row of the table."""
        owner = touched[0].entity
        found = []
        if any(change.keys is not None for change in touched):
            found.append(f"(source, source_id) IN ({self._keys(touched)})")
        runs = sorted({change.run_id for change in touched if change.keys is None})
        if runs:
            by_run = f"run_id IN ({', '.join(map(str, runs))})"
            if entity != owner:
                by_run = f"(source, source_id) IN (SELECT source, source_id FROM {owner} WHERE {by_run})"
            found.append(by_run)
        return found

    def _keys(self, touched: list[Change]) -> str:
        owner = quoted(touched[0].entity)
        return self.snapshot.keys_of_changes.format(entity=owner, after=self.manifest.sequence)

    def _read_newer(self, entity: str, conditions: list[str], columns: dict[str, Kind], *, wide: bool) -> None:
        """Temporary table `newer`: the changed rows as they are now, with those that are deleted marked `gone`."""
        read = {"source": Kind.TEXT, **columns}
        values = ", ".join(self.snapshot.converted(name, kind, wide=wide) for name, kind in read.items())
        rows = f"SELECT {values}, CAST(gone AS INTEGER) = 1 AS gone FROM stream WHERE source_id IS NOT NULL"
        for number, where in enumerate(conditions):
            statement = self.snapshot.statement(read, entity, where, wide=wide, with_gone=True)
            with self.snapshot.stream(statement, self.worker) as stream:  # noqa: F841  # DuckDB finds it by its name
                if number == 0:
                    self.db.execute(f"CREATE OR REPLACE TEMP TABLE newer AS {rows}")
                else:
                    self.db.execute(
                        f"INSERT INTO newer SELECT r.* FROM ({rows}) AS r ANTI JOIN "
                        "(SELECT DISTINCT source, source_id FROM newer) AS n "
                        "ON r.source = n.source AND r.source_id = n.source_id"
                    )

    def _read_touched(self, touched: list[Change]) -> None:
        """Temporary table `touched`: the keys of what was read, and of rows that are no longer in the store at all."""
        with self.snapshot.stream(self._keys(touched), self.worker) as stream:  # noqa: F841  # DuckDB finds it by its name
            self.db.execute(
                "CREATE OR REPLACE TEMP TABLE touched AS SELECT source, source_id FROM newer UNION "
                "SELECT CAST(source AS VARCHAR), CAST(source_id AS VARCHAR) FROM stream WHERE source_id IS NOT NULL"
            )

    def _write_rows(self, name: str, part: Part, columns: dict[str, Kind]) -> int:
        """The new delta: newer rows, and those of the old delta that did not change again."""
        names = ["source", *columns]
        rows = f"SELECT {', '.join(names)} FROM newer WHERE NOT gone"
        if part.delta:
            old = ", ".join(f"o.{name}" if name in part.delta_columns else f"NULL AS {name}" for name in names)
            rows += (
                f" UNION ALL SELECT {old} FROM {parquet(self.folder, [part.delta])} AS o "
                "ANTI JOIN touched AS t ON o.source = t.source AND o.source_id = t.source_id"
            )
        return self._copy(rows, name)

    def _write_gone(self, name: str, part: Part) -> str | None:
        """Places of the base rows that no longer count."""
        if not part.files:
            return None
        places = " UNION ALL ".join(self._touched_places(group) for group in groups(part))
        if part.gone:
            places += f" UNION SELECT file, row FROM {parquet(self.folder, [part.gone])}"
        self._copy(places, name)
        return name

    def _touched_places(self, group: Group) -> str:
        source = "b.source" if group.source is None else quoted(group.source)
        # an inner join, since keys in `touched` are unique, and DuckDB runs it in parallel
        return (
            f"SELECT b.file_index + {group.first} AS file, b.file_row_number AS row "
            f"FROM {parquet(self.folder, group.names)} AS b "
            f"JOIN touched AS t ON {source} = t.source AND b.source_id = t.source_id"
        )

    def _copy(self, rows: str, name: str) -> int:
        return int(
            self.db.execute(f"COPY ({rows}) TO {quoted(str(self.folder / name))} (FORMAT parquet)").fetchall()[0][0]
        )


def _require_little(part: Part, rows: int) -> None:
    if rows > max(_LEAST_ROWS, part.rows * _SHARE):
        raise TooMuch
