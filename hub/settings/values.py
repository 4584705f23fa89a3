"""Rules for single values that must hold without pydantic, too."""

from __future__ import annotations

import re

DEFAULT_STORE = "sqlite:///hub.db"
_STORES = ("sqlite:///", "postgresql://", "postgres://")


def store_url(url: str) -> str:
    """The URL of a store, as far as one can tell without opening it. Raises ValueError with what was expected."""
    if url.startswith(_STORES) and len(url) > len("sqlite:///"):
        return url
    raise ValueError(
        "expected `sqlite:///hub.db` (a file in the project's folder) or `postgresql://user:${env:PGPASSWORD}@host/database`."
    )


def executor(value: str) -> str:
    """What runs jobs: `threads`, or a Dask scheduler's address. Raises ValueError with what was expected."""
    found = re.fullmatch(r"dask(\+tls)?://[A-Za-z0-9_.\-\[\]:]+:(\d{1,5})", value)
    if value == "threads" or (found and int(found[2]) <= 65_535):
        return value
    raise ValueError("expected `threads`, or a Dask scheduler as `dask://scheduler:8786`.")


def analytics(value: str) -> str:
    """What computes metrics. Raises ValueError with what was expected."""
    if value in ("duckdb", "postgres") or re.fullmatch(r"local(\[(\*|[1-9]\d{0,3})\])?", value):
        return value
    found = re.fullmatch(r"(spark|sc)://[A-Za-z0-9_.\-\[\]:;=/,]+", value)
    if found and (found[1] == "sc" or re.search(r":\d{1,5}$", value)):
        return value
    raise ValueError(
        "expected `duckdb`, `postgres`, or Spark: `spark://master:7077`, `sc://server` or, on this machine, `local[2]`."
    )


def replica(value: str) -> str:
    """Where a copy of the replica is kept. Raises ValueError with what was expected."""
    if value.strip() == value and value and not re.match(r"[a-z][a-z0-9+.\-]*://$", value):
        return value
    raise ValueError("expected a folder, or an address such as `s3://bucket/hub`.")
