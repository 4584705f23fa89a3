"""The tables of one run of a publisher: canonical ones, golden ones, and metrics, all of the replica's one state."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub.access.masking import may_be_a_person_sql
from hub.errors import ConfigError, MetricUndefined
from hub.model.catalog import HISTORIES
from hub.model.kinds import Column, Kind
from hub.sdk.connector import Json
from hub.sdk.publisher import Changes, Field, PublisherConfig, Table
from hub.store.base import Store
from metrics.publish import figures
from metrics.publish.changes import History
from metrics.replica.shape import IDENTITIES, TABLES
from metrics.workbench import Workbench

if TYPE_CHECKING:
    import pyarrow as pa

    from metrics.result import Result

_KEYS = {"golden_customers": ("golden_id",), "golden_products": ("golden_id",)}
_METRIC = "metric_"
_MAY_BE_A_PERSON = may_be_a_person_sql()
_OF_A_COMPANY = f"""golden_id IN (
    SELECT i.golden_id FROM customer_identities AS i
    SEMI JOIN (SELECT source, source_id FROM customers WHERE NOT {_MAY_BE_A_PERSON}) AS c
    USING (source, source_id))"""
"""Golden customers of whom a record is a company's."""


class Snapshot:
    """`hub.sdk.publisher.Tables` over a workbench. Use it while the workbench is open.

    last      what `position` was when the publisher's last complete run ended; empty where that is not known
    notes     metrics that could not be computed, for whoever reads the ledger
    position  what the next run is to be told as `last`
    """

    def __init__(self, bench: Workbench, config: PublisherConfig, store: Store, last: Json) -> None:
        self.as_of = datetime.now(UTC)
        self.notes: list[str] = []
        self._db = bench.engine.db
        self._history = History(store, self._db, last)
        self.position = self._history.position(bench.engine.sequence or 0)
        self._queries: dict[str, str] = {}
        self._tables = [self._canonical(name, config) for name in _chosen(config.tables)]
        for name, by in config.metrics.items():
            self._tables += self._metric(bench, name, by, config)
        self.mark = self._fingerprint(bench, config)

    def __iter__(self) -> Iterator[Table]:
        return iter(self._tables)

    def schema(self, table: Table) -> pa.Schema:
        """See `hub.sdk.publisher.Tables`."""
        import pyarrow as pa

        types = {
            Kind.TEXT: pa.string(), Kind.JSON: pa.string(), Kind.INTEGER: pa.int64(), Kind.BOOLEAN: pa.bool_(),
            Kind.DECIMAL: pa.decimal128(20, 6), Kind.DATE: pa.date32(), Kind.UTC: pa.timestamp("us", tz="UTC"),
        }  # fmt: skip
        return pa.schema([pa.field(each.name, types[each.kind]) for each in table.fields])

    def batches(self, table: Table, rows: int = 100_000) -> Iterator[pa.RecordBatch]:
        """See `hub.sdk.publisher.Tables`."""
        schema, order = self.schema(table), ", ".join(table.key)
        query = self._queries[table.name] + (f" ORDER BY {order}" if order else "")
        found: Any = self._db.cursor().sql(query)
        for batch in found.to_arrow_reader(rows):
            yield batch.cast(schema)

    def write_parquet(self, table: Table, path: Path) -> None:
        """See `hub.sdk.publisher.Tables`."""
        target = str(path).replace("'", "''")
        self._db.cursor().execute(
            f"COPY ({self._queries[table.name]}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
        )

    def changes(self, table: Table, changed: Path, gone: Path) -> Changes:
        """See `hub.sdk.publisher.Tables`."""
        return self._history.write(table, self._queries[table.name], changed, gone)

    def _canonical(self, name: str, config: PublisherConfig) -> Table:
        entity = TABLES[name]
        columns = [Column("source", Kind.TEXT, "Connector instance that the record comes from."), *entity.columns]
        if name in IDENTITIES and name.startswith("golden_"):
            columns = list(entity.columns)
        fields, shown = [], []
        for column in columns:
            value = _value(name, column, config)
            if value is not None:
                fields.append(Field(column.name, column.kind, column.description))
                shown.append(value if value == column.name else f"{value} AS {column.name}")
        self._queries[name] = f"SELECT {', '.join(shown)} FROM {name}"
        key = _KEYS.get(name, ("source", "source_id") if name not in HISTORIES else ())
        (rows,) = self._db.execute(f"SELECT count(*) FROM {name}").fetchall()[0]
        return Table(name, entity.description, tuple(fields), key, int(rows))

    def _metric(self, bench: Workbench, name: str, by: Sequence[str], config: PublisherConfig) -> Iterator[Table]:
        try:
            result = bench.engine.compute(bench.catalogue.request(name, by=by, defaults=bench.defaults))
            yield self._of_result(result, labels=config.personal_data or "customer" not in result.by)
        except MetricUndefined as error:
            self.notes.append(f"{name}: {error.problem}")

    def _of_result(self, result: Result, *, labels: bool) -> Table:
        """`labels`: the names beside keys, too; those of customers may be persons' names."""
        import pyarrow as pa

        name = f"{_METRIC}{result.metric.id}"
        found = figures.columns(result, labels=labels)
        keys = tuple(each.name for each in result.columns if each.role == "key")
        own = self._db.cursor()  # what is registered there is not seen by others: so it becomes a table
        own.register("result", pa.table({each.name: values for each, values in found}))
        own.execute(f'CREATE OR REPLACE TABLE "_{name}" AS SELECT * FROM result')
        self._queries[name] = f'SELECT * FROM "_{name}"'
        fields = tuple(each for each, _ in found)
        return Table(name, f"{result.metric.title}. {result.metric.formula}", fields, keys, result.count)

    def _fingerprint(self, bench: Workbench, config: PublisherConfig) -> str:
        """Changes with the state of the store, with what was asked for, and with the day, where metrics look at it."""
        today = bench.engine.today if config.metrics else ""
        state = bench.engine.state
        said = repr((bench.engine.sequence, state.whole, state.rest, config.model_dump(), today))
        return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def _chosen(names: Sequence[str]) -> list[str]:
    from hub.settings.mistakes import nearest

    for name in names:
        if name not in TABLES:
            raise ConfigError(
                f"there is no table `{name[:40]}`.{nearest(name, TABLES)}", fix="docs/DATA_MODEL.md lists them."
            )
    return list(dict.fromkeys(names)) or list(TABLES)


def _value(entity: str, column: Column, config: PublisherConfig) -> str | None:
    """A column in SQL, without what tells of persons; None where it always does, and nobody asked for it."""
    if column.personal == "always" and not config.personal_data:
        return None
    value = f"{column.name} AT TIME ZONE 'UTC'" if column.kind is Kind.UTC else column.name
    if column.personal == "person" and not config.personal_data and entity == "customers":
        return f"CASE WHEN {_MAY_BE_A_PERSON} THEN NULL ELSE {value} END"
    if entity == "golden_customers" and column.name == "name" and not config.personal_data:
        return f"CASE WHEN {_OF_A_COMPANY} THEN {value} END"
    return None if column.personal == "person" and not config.personal_data else value
