"""The working tables between two resolutions: one DuckDB file, true as of one resolution; a cache that may be
deleted."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from hub.errors import StoreBusy
from hub.identity.elsewhere import KIND
from hub.spark.places import swept

if TYPE_CHECKING:
    import duckdb

_FILE = "customers.duckdb"
_SPILLED = "spilled"
MEMORY = "1GB"
"""What DuckDB may take. Python, Arrow and the processes that normalise come on top."""


class Workplace:
    """A connection with the working tables. `mark` says what they are true for; empty where nothing is certain."""

    def __init__(self, con: duckdb.DuckDBPyConnection, folder: Path) -> None:
        self.con, self._folder = con, folder
        con.execute(f"SET memory_limit = '{MEMORY}'; SET preserve_insertion_order = false")
        con.execute("CREATE TABLE IF NOT EXISTS hub_mark (mark VARCHAR)")
        con.execute("CREATE TABLE IF NOT EXISTS kept_links (id VARCHAR, golden BIGINT)")

    @property
    def mark(self) -> str:
        found = self.con.execute("SELECT mark FROM hub_mark").fetchall()
        return str(found[0][0]) if len(found) == 1 else ""

    def in_memory(self) -> duckdb.DuckDBPyConnection:
        """A further connection, for what is not kept; what memory does not hold goes beside the working tables."""
        import duckdb

        con = duckdb.connect(config={"temp_directory": str(self._folder / _SPILLED)})
        quiet(con)
        return con

    def begin(self) -> None:
        """From here on the tables are true for nothing, until `keep`."""
        self.con.execute("DELETE FROM hub_mark")

    def keep_links(self) -> None:
        """Remember where each record is (`assigned`), so that the next resolution need not read a million links."""
        self.con.execute("CREATE OR REPLACE TABLE kept_links AS SELECT id, golden FROM assigned")

    def keep(self, mark: str) -> None:
        self.con.execute("DELETE FROM hub_mark")
        self.con.execute("INSERT INTO hub_mark VALUES (?)", [mark])


@contextlib.contextmanager
def workplace(folder: Path) -> Iterator[Workplace]:
    """The working tables of a project. StoreBusy while another process has them; a damaged file is made anew."""
    import duckdb

    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _FILE
    try:
        con = duckdb.connect(str(path))
    except duckdb.IOException as error:
        if "lock" in str(error).lower():
            raise StoreBusy(
                "another process is resolving right now.", fix="Wait for it to end, then run `hub match run`."
            ) from error
        con = _anew(path)
    except (duckdb.Error, UnicodeDecodeError):
        con = _anew(path)
    quiet(con)
    swept(str(folder), KIND)
    for left_behind in (folder / _SPILLED).glob("*"):  # by a process that was killed: only one has the tables
        left_behind.unlink(missing_ok=True)
    try:
        yield Workplace(con, folder)
    finally:
        con.close()


def quiet(con: duckdb.DuckDBPyConnection) -> None:
    """DuckDB prints its progress among the results of a command, unless it is told not to."""
    con.execute("SET enable_progress_bar = false")


def _anew(path: Path) -> duckdb.DuckDBPyConnection:
    import duckdb

    for each in (path, path.with_name(path.name + ".wal")):
        each.unlink(missing_ok=True)
    return duckdb.connect(str(path))
