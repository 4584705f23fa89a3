"""People below a company: a shop's login is a customer there, yet what it buys, its company buys.

A person whose record names a company of the same system above it belongs to that company's golden record, with what is
known of the same person elsewhere, unless that names another company, or somebody said that the two are apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from hub.store.identity import Said

if TYPE_CHECKING:
    import duckdb

RULE = "account"


def attach_accounts(con: duckdb.DuckDBPyConnection, binding: Iterable[Said]) -> None:
    """Move people in `now_in` (id, cluster) to their companies."""
    import pyarrow as pa

    apart = [(str(said.left), str(said.right)) for said in binding if not said.same]
    both = [*apart, *((right, left) for left, right in apart)]
    pages = {"l": pa.array([left for left, _ in both], pa.string()), "r": pa.array([r for _, r in both], pa.string())}
    con.register("said_apart", pa.table(pages))
    con.execute("""
        CREATE OR REPLACE TEMP TABLE homes AS
        SELECT p.id, p.parent, own.cluster AS own, home.cluster AS home
        FROM features AS p JOIN features AS c ON c.id = p.parent AND NOT c.person
        JOIN now_in AS own ON own.id = p.id JOIN now_in AS home ON home.id = c.id
        WHERE p.person AND own.cluster <> home.cluster AND NOT EXISTS (
            SELECT 1 FROM said_apart JOIN now_in AS other ON other.id = r
            WHERE l = p.id AND other.cluster = home.cluster)
    """)
    con.execute("""
        CREATE OR REPLACE TEMP TABLE removals AS
        WITH whole AS (
            SELECT own, min(home) AS home FROM homes
            WHERE own NOT IN (SELECT cluster FROM now_in JOIN features USING (id) WHERE NOT person)
            AND own NOT IN (SELECT cluster FROM now_in JOIN said_apart ON l = id)
            GROUP BY own HAVING count(DISTINCT home) = 1)
        SELECT now_in.id, whole.home FROM now_in JOIN whole ON whole.own = now_in.cluster
        UNION
        SELECT id, home FROM homes WHERE own NOT IN (SELECT own FROM whole)
    """)
    con.unregister("said_apart")
    con.execute("UPDATE now_in SET cluster = removals.home FROM removals WHERE removals.id = now_in.id")


def tell_accounts(con: duckdb.DuckDBPyConnection) -> None:
    """Add to `pairs_found` why people are with their companies."""
    con.execute(f"""
        INSERT INTO pairs_found SELECT id, parent, '{RULE}', NULL, NULL FROM homes SEMI JOIN removals USING (id)
    """)
