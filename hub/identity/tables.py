"""The working tables of one resolution in DuckDB: records with their features and names.

Everything here can be computed again from the records; it is kept so that the next run compares only what changed.
Plain SQL: joins, groups and windows that any engine has, so that the same statements can run on Spark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.identity.records import FEATURES

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

_CREATE = """
CREATE TABLE IF NOT EXISTS features (rid INTEGER, id VARCHAR, source VARCHAR, person BOOLEAN, names VARCHAR[],
    forms INTEGER, numerals VARCHAR, script BOOLEAN, branch VARCHAR, country VARCHAR, tax_register VARCHAR, tax VARCHAR,
    tax_valid BOOLEAN, company_number VARCHAR, duns VARCHAR, lei VARCHAR, gln VARCHAR, mail VARCHAR, domain VARCHAR,
    phone VARCHAR, street VARCHAR, house VARCHAR, city VARCHAR, postal VARCHAR, parent VARCHAR, bill_to VARCHAR,
    born_on VARCHAR);
CREATE TABLE IF NOT EXISTS names (nid INTEGER, text VARCHAR, flat VARCHAR, heard VARCHAR, bits FLOAT, namesakes FLOAT,
    head VARCHAR);
CREATE TABLE IF NOT EXISTS record_names (rid INTEGER, nid INTEGER, place TINYINT);
CREATE TABLE IF NOT EXISTS vocabulary (word VARCHAR, heard VARCHAR, common BOOLEAN, holders INTEGER, bits FLOAT);
CREATE TABLE IF NOT EXISTS frequencies (kind VARCHAR, value VARCHAR, records INTEGER, heads INTEGER);
CREATE TABLE IF NOT EXISTS block_keys (kind UTINYINT, key UBIGINT, rid INTEGER);
CREATE TABLE IF NOT EXISTS skipped_blocks (kind UTINYINT, key UBIGINT, records INTEGER);
CREATE TABLE IF NOT EXISTS counted (records INTEGER, names INTEGER, changed INTEGER);
"""

_TABLES = (
    "features", "names", "record_names", "vocabulary", "frequencies", "block_keys", "skipped_blocks", "counted",
)  # fmt: skip


def create(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(_CREATE)


def clear(con: duckdb.DuckDBPyConnection) -> None:
    for table in _TABLES:
        con.execute(f"DELETE FROM {table}")


def add(con: duckdb.DuckDBPyConnection, page: pa.RecordBatch | pa.Table) -> None:
    """Append features; numbers are given in the order they come, and mean nothing."""
    start = con.execute("SELECT coalesce(max(rid), -1) + 1 FROM features").fetchall()[0][0]
    columns = ", ".join(FEATURES.names)
    con.register("page", page)
    con.execute(f"INSERT INTO features SELECT {start} + row_number() OVER () - 1, {columns} FROM page")
    con.unregister("page")


def remove(con: duckdb.DuckDBPyConnection) -> None:
    """Take the records of the table `changed` (id) out of all tables that are kept by record."""
    con.execute("CREATE OR REPLACE TEMP TABLE old AS SELECT rid FROM features SEMI JOIN changed USING (id)")
    for table in ("record_names", "block_keys", "features"):
        con.execute(f"DELETE FROM {table} WHERE rid IN (SELECT rid FROM old)")


def add_names(con: duckdb.DuckDBPyConnection) -> None:
    """Names of records that have none yet."""
    con.execute("""
        CREATE OR REPLACE TEMP TABLE new_names AS
        SELECT rid, text, place::TINYINT AS place FROM (
            SELECT rid, unnest(names) AS text, unnest(range(len(names))) AS place
            FROM features ANTI JOIN (SELECT DISTINCT rid FROM record_names) USING (rid))
    """)
    con.execute("""
        INSERT INTO names
        SELECT (SELECT coalesce(max(nid), -1) FROM names) + row_number() OVER (), text, replace(text, ' ', ''),
               NULL, 0, 0, NULL
        FROM (SELECT DISTINCT text FROM new_names) ANTI JOIN names USING (text)
    """)
    con.execute(
        "INSERT INTO record_names SELECT rid, nid, min(place) FROM new_names JOIN names USING (text) GROUP BY ALL"
    )
    con.execute("DROP TABLE new_names")
