"""Customers of the store through the engine: all, or what changed since the last resolution."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from hub.identity import readings
from hub.identity.accounts import attach_accounts, tell_accounts
from hub.identity.found import Found, add_pairs, bound_pairs, keep_touched
from hub.identity.loading import Changed, customer_pages, key_of
from hub.identity.resolve import Decision, Helper, Resolver
from hub.identity.weights import Weights
from hub.store.identity import Said

if TYPE_CHECKING:
    import duckdb

    from hub.settings.identity import IdentitySettings
    from hub.store.base import Store

_EXAMPLES = 20


def resolve_customers(
    con: duckdb.DuckDBPyConnection,
    store: Store,
    settings: IdentitySettings,
    binding: list[Said],
    changed: Changed | None,
    *,
    helper: Helper | None = None,
) -> Found:
    """`changed`: what to compare again; everything where None. `binding`: what people said that holds."""
    resolver = Resolver(con, Weights(link=settings.link_score, review=settings.review_score), helper=helper)
    words = [Decision(str(said.left), str(said.right), said.same) for said in binding]
    if changed is None:
        resolver.load(customer_pages(store))
        resolver.resolve(words)
        compared = con.execute("SELECT count(*) FROM features").fetchall()[0][0]
    else:
        compared = _resolve_changed(resolver, store, changed, words)
    con.execute("CREATE OR REPLACE TEMP TABLE now_in AS SELECT id, cluster FROM clusters JOIN features USING (rid)")
    attach_accounts(con, binding)
    reviews = [(*key_of(row[0]), *key_of(row[1]), *row[2:]) for row in _review_rows(resolver)]

    def find_pairs() -> None:
        _find_pairs(resolver, binding, everything=changed is None)
        tell_accounts(con)

    return Found(con, compared, changed is None, reviews, find_pairs, _extra(resolver))


def _resolve_changed(resolver: Resolver, store: Store, changed: Changed, words: Iterable[Decision]) -> int:
    pages = list(customer_pages(store, changed))
    ids = {record for page in pages for record in page.column("id").to_pylist()}
    listed = {f"{source}/{key}" for source, keys in changed.keys.items() for key in keys}
    resolver.resolve_changed(pages, sorted(listed - ids), words)
    keep_touched(resolver.con, ids | listed)
    return len(ids)


def _find_pairs(resolver: Resolver, binding: Iterable[Said], *, everything: bool) -> None:
    """`pairs_found`: links inside golden records that may have changed, with the evidence of each field as JSON."""
    con = resolver.con
    stale = "SELECT rid FROM features JOIN assigned USING (id) SEMI JOIN stale USING (golden)"
    links = readings.links(con, "" if everything else stale)
    con.register("links_now", links)
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE pairs_found AS
        SELECT "left" AS l, "right" AS r, rule, round(score * 1000000)::BIGINT AS score,
               {readings.evidence(links)} AS evidence
        FROM links_now
    """)
    con.unregister("links_now")
    add_pairs(con, bound_pairs(binding))


def _review_rows(resolver: Resolver) -> list[tuple[Any, ...]]:
    """Questions with their evidence, and with the pair that keeps the two apart where there is one."""
    con, asked = resolver.con, resolver.reviews()
    con.register("asked_now", asked)
    rows = con.execute(f"""
        SELECT "left", "right", rule, round(score * 1000000)::BIGINT,
               CASE WHEN held_by IS NULL THEN told ELSE left(told, -1) || ', "veto": "' || held_by
                    || '", "between": ' || to_json([held[1], held[2]]) || '}}' END
        FROM (SELECT *, {readings.evidence(asked)} AS told FROM asked_now)
        LEFT JOIN held_apart USING (left_cluster, right_cluster)
    """).fetchall()
    con.unregister("asked_now")
    return rows


def _extra(resolver: Resolver) -> dict[str, Any]:
    """What statistics tell of conflicts, relations and blocks that were too large."""
    con, weights = resolver.con, resolver.weights
    first = readings.conflicts(con, weights, _EXAMPLES)
    told = zip(*(first.column(name).to_pylist() for name in ("left", "right", "veto")), strict=True)
    return {
        "conflicts": readings.count_conflicts(con, weights),
        "conflict_examples": [list(each) for each in told],
        "relations": readings.count_relations(con, weights),
        "skipped": [[each.block, each.records] for each in resolver.skipped()[:_EXAMPLES]],
    }
