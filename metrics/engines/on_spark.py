"""Metrics on Spark over the Parquet replica: on this machine, on a cluster, or behind Spark Connect.

The replica's files are never changed, so all workers see one state of the data. Decimals keep all their digits, and
what does not fit is an error, as in DuckDB. What several facts are made of is written once, beside the replica, since
numbers that rows are given must not change while they are used.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import re
import shutil
import warnings
from collections.abc import Iterator
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from hub.errors import ConfigError, PluginError, StoreError
from metrics.base import Request
from metrics.engines import spark_dialect as dialect
from metrics.engines.away import Away, NoRoom
from metrics.engines.kept_sql import KeptSql
from metrics.engines.site import Ground
from metrics.engines.spark_tables import canonical
from metrics.replica.shape import TABLES

if TYPE_CHECKING:
    from metrics.replica.manifest import Manifest

_SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
}
"""What makes Spark compute as DuckDB does: errors instead of NULL, all digits of a product, moments without a zone."""
_ON_THIS_MACHINE = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "2g",
}
_TOO_MANY_DIGITS = ("NUMERIC_VALUE_OUT_OF_RANGE", "ARITHMETIC_OVERFLOW", "DECIMAL_PRECISION_EXCEEDS", "CAST_OVERFLOW")


class SparkSite(Away):
    """A session of its own in a Spark that somebody else started.

    place     where the replica's files are, as Spark's workers find them
    scratch   a folder that they can write to; it is removed at the end
    """

    name = "spark"

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

    def define(self, request: Request, *statements: str) -> None:
        self._values = dialect.values(request, self.ground, self._rate_digits)

    def define_rate_digits(self, digits: int) -> None:
        self._values = dialect.settled(self.ground, digits)


def as_hadoop(place: str) -> str:
    """A path or an address as Spark's file systems know it."""
    return re.sub("^s3://", "s3a://", place) if "://" in place else Path(place).as_uri()


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
        told = re.sub(r"\s+", " ", text)[:200]
        raise StoreError(f"Spark could not compute metrics: {told}.", fix="Look into its log.") from error


def session(address: str) -> Any:
    """A session of its own on the Spark at an address. Raises PluginError where a part of Spark is not installed,
    ConfigError where none answers."""
    if importlib.util.find_spec("pyspark") is None:
        raise PluginError(
            f"`analytics: {address}` needs the library pyspark.", fix="Install it: pip install 'b2b-hub[spark]'."
        )
    if not address.startswith("sc://"):
        _require_java(address)
    spark = _started(address)
    own = spark.newSession() if hasattr(spark, "newSession") else spark
    for name, value in _SETTINGS.items():
        own.conf.set(name, value)
    return own


def _require_java(address: str) -> None:
    home = os.environ.get("JAVA_HOME")
    if not (home and (Path(home) / "bin" / "java").exists()) and shutil.which("java") is None:
        raise PluginError(
            f"`analytics: {address}` needs Java, and there is none.",
            fix="Install Java 17 (Debian: openjdk-17-jre-headless), or set `analytics: duckdb`.",
        )


@cache
def _started(address: str) -> Any:
    """One Spark for this process: starting it takes seconds."""
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("b2b-hub")
    builder = builder.remote(address) if address.startswith("sc://") else builder.master(address)
    if address.startswith("local"):
        cores = re.search(r"\d+", address)
        partitions = int(cores[0]) if cores else (os.cpu_count() or 1) if "*" in address else 1
        for name, value in {**_ON_THIS_MACHINE, "spark.sql.shuffle.partitions": str(partitions)}.items():
            builder = builder.config(name, value)
    try:
        spark = builder.getOrCreate()
        if not address.startswith("sc://"):
            spark.sparkContext.setLogLevel("ERROR")
        return spark
    except PySparkException as error:
        raise PluginError(
            f"Spark did not start ({str(error).splitlines()[0][:160]}).",
            fix="It needs Java 17 or newer: see `java -version`; or set `analytics: duckdb`.",
        ) from error
    except Exception as error:  # py4j and gRPC have errors of their own for a server that is not there
        raise ConfigError(
            f"`analytics: {address}` does not answer ({type(error).__name__}).",
            fix="Start Spark there, or set `analytics: duckdb`.",
        ) from error
