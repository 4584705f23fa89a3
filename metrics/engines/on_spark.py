"""Metrics on Spark over the Parquet replica: on this machine, on a cluster, or behind Spark Connect.

The replica's files are never changed, so all workers see one state of the data. Decimals keep all their digits, and
what does not fit is an error, as in DuckDB. What several facts are made of is written once, beside the replica, since
numbers that rows are given must not change while they are used.
"""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from hub.errors import StoreError
from hub.spark.session import as_hadoop, told
from metrics.base import Request
from metrics.compiled import Compiled
from metrics.engines import spark_dialect as dialect
from metrics.engines.away import Away, NoRoom
from metrics.engines.kept_sql import KeptSql
from metrics.engines.site import Ground
from metrics.engines.spark_tables import canonical
from metrics.replica.shape import TABLES
from metrics.scope import RESTS

if TYPE_CHECKING:
    from metrics.replica.manifest import Manifest

_TOO_MANY_DIGITS = ("NUMERIC_VALUE_OUT_OF_RANGE", "ARITHMETIC_OVERFLOW", "DECIMAL_PRECISION_EXCEEDS", "CAST_OVERFLOW")


class SparkSite(Away):
    """A session of its own in a Spark that somebody else started.

    place     where the replica's files are, as Spark's workers find them
    scratch   a folder that they can write to; it is removed at the end
    """

    name, quote = "spark", "`"

    def __init__(
        self, spark: Any, place: str, scratch: str, manifest: Manifest, ground: Ground, *, cache_dir: Path | None = None
    ) -> None:
        super().__init__(ground)
        self._kept_sql = KeptSql(dialect, cache_dir)
        self._spark, self._scratch = spark, as_hadoop(scratch)
        self._persisted: dict[str, Any] = {}
        self._values = dialect.settled(ground, self._rate_digits)
        for name, numbers in dialect.zone_lists(ground.time_zone):
            spark.sql(f"DECLARE OR REPLACE VARIABLE {name} = {numbers}")
        for entity in TABLES:
            canonical(spark, as_hadoop(place), entity, manifest.parts.get(entity)).createOrReplaceTempView(entity)
        self.set_up()

    def translated(self, sql: str) -> str:
        utc, digits, begins = self.ground.time_zone == "UTC", self._rate_digits, self.ground.fiscal_year_start
        make = partial(dialect.to_spark, sql, utc=utc, rate_digits=digits, fiscal_year_start=begins)
        text = self._kept_sql.translated(sql, self.columns, make, f"{utc} {digits} {begins}")
        return dialect.filled_in(text, self._values)

    @contextlib.contextmanager
    def rows(self, query: str, columns: dict[str, str]) -> Iterator[Any]:
        with warnings.catch_warnings(), _explained():
            warnings.simplefilter("ignore")
            found = self._spark.sql(query).toArrow()
        yield found

    def make(self, table: str, query: str) -> None:
        self.drop(table)
        with _explained():
            rows = self._spark.sql(query)
            if table.startswith("hub_part_"):
                place = f"{self._scratch}/{table}-{uuid4().hex}"
                rows.write.parquet(place)
                rows = self._spark.read.parquet(place)
            else:
                self._persisted[table] = rows = rows.persist()
            rows.createOrReplaceTempView(table)

    def drop(self, table: str) -> None:
        if table in self._persisted:
            self._persisted.pop(table).unpersist()
        self._spark.catalog.dropTempView(table)

    def hand_over(self, table: str) -> None:
        with warnings.catch_warnings(), _explained():
            warnings.simplefilter("ignore")  # it would rather see an older pandas, which is not used for this
            rows = self.results.sql(f"FROM {table}").to_arrow_table()
            self._spark.createDataFrame(rows).createOrReplaceTempView(table)

    def cannot(self, plan: Compiled) -> str:
        if RESTS in plan.facts_sql.lower():
            return "it works through lists in turn"
        return super().cannot(plan)

    def define(self, request: Request, *statements: str) -> None:
        self._values = dialect.values(request, self.ground, self._rate_digits)

    def define_rate_digits(self, digits: int) -> None:
        self._values = dialect.settled(self.ground, digits)


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """Errors of Spark as what they mean here."""
    from py4j.protocol import Py4JError
    from pyspark.errors import PySparkException

    try:
        yield
    except (PySparkException, Py4JError) as error:
        text = str(error)
        if any(word in text for word in _TOO_MANY_DIGITS):
            raise NoRoom from error
        raise StoreError(f"Spark could not compute metrics: {told(error)}.", fix="Look into its log.") from error
