"""Rows on their way from the tables of a resolution to the store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from hub.identity.loading import key_of
from hub.store.identity import LETTERS, golden_columns

if TYPE_CHECKING:
    import duckdb

_READ_ROWS = 5_000


def link_rows(con: duckdb.DuckDBPyConnection, entity: str) -> Iterator[tuple[Any, ...]]:
    """Links out of `best`."""
    cursor = con.execute(f"SELECT id, {_golden(entity)}, rule, score, evidence, partner FROM best ORDER BY id")
    while rows := cursor.fetchmany(_READ_ROWS):
        for record, golden, rule, score, evidence, partner in rows:
            other = (None, None) if partner is None else key_of(partner)
            yield (*key_of(record), golden, rule, score, evidence, *other)


def golden_rows(
    con: duckdb.DuckDBPyConnection, entity: str, named: list[str], statement: str
) -> Iterator[tuple[Any, ...]]:
    """Golden records as `survivors.choose` selects them; amounts are whole numbers."""
    kinds = golden_columns(entity)
    exact = [place for place, name in enumerate(named, 4) if kinds[name].value == "decimal"]
    cursor = con.execute(f"SELECT {_golden(entity)}, * EXCLUDE (golden) FROM ({statement})")
    while rows := cursor.fetchmany(_READ_ROWS):
        for row in rows:
            values = list(row)
            for place in exact:
                values[place] = None if row[place] is None else int(row[place])
            yield tuple(values)


def stale_ids(con: duckdb.DuckDBPyConnection, entity: str, *, chosen: bool = False, empty: bool = False) -> list[str]:
    """Golden records out of `stale`: those whose fields are chosen (`chosen`), those that are the copy of a record, or
    those that have no record any more."""
    held = "SEMI JOIN assigned USING (golden)"
    which = (
        "ANTI JOIN assigned USING (golden)"
        if empty
        else f"{held} {'SEMI' if chosen else 'ANTI'} JOIN chosen USING (golden)"
    )
    rows = con.execute(f"SELECT {_golden(entity)} FROM stale {which} ORDER BY golden").fetchall()
    return [golden for (golden,) in rows]


def keys_of_chosen(con: duckdb.DuckDBPyConnection) -> dict[str, list[str]]:
    """Source -> keys of the records of `chosen`."""
    rows = con.execute("SELECT id FROM assigned SEMI JOIN chosen USING (golden) ORDER BY id").fetchall()
    keys: dict[str, list[str]] = {}
    for (record,) in rows:
        source, source_id = key_of(record)
        keys.setdefault(source, []).append(source_id)
    return keys


def difference(con: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """How many records are new, and how many came to another golden record than the one they had."""
    ((new, moved),) = con.execute("""
        SELECT count(*) FILTER (was.id IS NULL), count(*) FILTER (now.golden <> was.golden)
        FROM assigned AS now LEFT JOIN was_in AS was USING (id)
    """).fetchall()
    return {"new": new, "moved": moved}


def _golden(entity: str) -> str:
    return f"format('{LETTERS[entity]}{{:06d}}', golden)"
