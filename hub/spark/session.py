"""Sessions on Spark: on this machine, on a cluster, or behind Spark Connect."""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import os
import re
import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hub.errors import ConfigError, PluginError

_SETTINGS = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.decimalOperations.allowPrecisionLoss": "false",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
}
"""What makes Spark compute as DuckDB does: errors instead of NULL, all digits of a product, moments without a zone."""
_FRUGAL = {
    "spark.buffer.pageSize": "4m",
    "spark.sql.ui.retainedExecutions": "1",
    "spark.ui.retainedJobs": "10",
    "spark.ui.retainedStages": "10",
    "spark.ui.retainedTasks": "1000",
    "spark.sql.maxPlanStringLength": "10000",
}
"""A driver begins each small table that it hands round with 64 MB, and keeps a thousand queries for its web pages,
each with its plan as text. Queries of metrics have dozens of joins: either would fill its memory."""
_ON_THIS_MACHINE = {
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.memory": "2g",
}
_started: dict[str, Any] = {}
"""One Spark for this process: starting it takes seconds."""


def is_spark(address: str) -> bool:
    """Whether this value of `analytics:` means a Spark."""
    return address.startswith(("spark://", "sc://")) or re.match(r"local\b", address) is not None


def session(address: str) -> Any:
    """A session of its own on the Spark at an address. Raises PluginError where a part of Spark is not installed,
    ConfigError where none answers."""
    if importlib.util.find_spec("pyspark") is None:
        raise PluginError(
            f"`analytics: {address}` needs the library pyspark.", fix="Install it: pip install 'b2b-hub[spark]'."
        )
    if not address.startswith("sc://"):
        _require_java(address)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it would rather see an older pandas, which we do not use with it
        if address not in _started:
            _started[address] = _start(address)
        spark = _started[address]
        own = spark.newSession() if hasattr(spark, "newSession") else spark
    if address.startswith("sc://"):
        atexit.register(_end, own)  # left to itself, its connection waits for ever once the interpreter is going
    for name, value in _SETTINGS.items():
        own.conf.set(name, value)
    return own


@contextlib.contextmanager
def lent(address: str) -> Iterator[Any]:
    """A session that gives the cluster's cores back at the end, unless this process had a Spark before."""
    had = address in _started
    own = session(address)
    try:
        yield own
    finally:
        if not had:
            _end(own)
            _end(_started.pop(address))


def _end(spark: Any) -> None:
    """Stop a session: a cluster's cores with it, and of Spark Connect the connection. Again is no harm."""
    with contextlib.suppress(Exception):
        spark.stop()


def as_hadoop(place: str) -> str:
    """A path or an address as Spark's file systems know it."""
    return re.sub("^s3://", "s3a://", place) if "://" in place else Path(place).as_uri()


def told(error: BaseException) -> str:
    """The beginning of what Spark says of an error, in one line."""
    return re.sub(r"\s+", " ", str(error))[:200]


def _require_java(address: str) -> None:
    home = os.environ.get("JAVA_HOME")
    if not (home and (Path(home) / "bin" / "java").exists()) and shutil.which("java") is None:
        raise PluginError(
            f"`analytics: {address}` needs Java, and there is none.",
            fix="Install Java 17 (Debian: openjdk-17-jre-headless), or set `analytics: duckdb`.",
        )


def _start(address: str) -> Any:
    from pyspark.errors import PySparkException
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.appName("b2b-hub")
    builder = builder.remote(address) if address.startswith("sc://") else builder.master(address)
    if not address.startswith("sc://"):
        builder = builder.config("spark.ui.showConsoleProgress", "false")  # it would be printed among the results
        for name, value in _FRUGAL.items():
            builder = builder.config(name, value)
    if address.startswith("local"):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)  # workers on this machine have what this process has
        cores = re.search(r"\d+", address)
        partitions = int(cores[0]) if cores else (os.cpu_count() or 1) if "*" in address else 1
        for name, value in {**_ON_THIS_MACHINE, "spark.sql.shuffle.partitions": str(partitions)}.items():
            builder = builder.config(name, value)
    try:
        spark = builder.getOrCreate()
        if address.startswith("sc://"):
            atexit.register(_end, spark)
        else:
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
