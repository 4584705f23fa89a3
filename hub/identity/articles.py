"""Products of the store through the rules of `products`: always all of them, since that takes a second."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from hub.identity.found import Found, bound_pairs, keep, keep_pairs, keep_touched, millionths
from hub.identity.loading import Changed, key_of, products
from hub.identity.products import ProductLink, SkuPattern, resolve_products
from hub.store.identity import Said

if TYPE_CHECKING:
    import duckdb

    from hub.settings.identity import IdentitySettings
    from hub.store.base import Store


def resolve_articles(
    con: duckdb.DuckDBPyConnection,
    store: Store,
    settings: IdentitySettings,
    binding: list[Said],
    changed: Changed | None,
) -> Found:
    """`changed`: whose golden records to look at again; all where None. `binding`: what people said that holds."""
    import pyarrow as pa

    patterns = [
        SkuPattern(each.source, each.strip_prefix, each.strip_suffix, each.variant) for each in settings.sku_patterns
    ]
    same = [(str(said.left), str(said.right)) for said in binding if said.same]
    apart = [(str(said.left), str(said.right)) for said in binding if not said.same]
    found = resolve_products(products(store), patterns, apart, same)
    columns = {"id": found.cluster_of.keys(), "cluster": found.cluster_of.values()}
    keep(con, "now_in", pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()}))
    everything = changed is None or bool(changed.runs)
    if changed is not None and not everything:
        keep_touched(con, {f"{source}/{key}" for source, keys in changed.keys.items() for key in keys})
    reviews = [
        (*key_of(each.left), *key_of(each.right), each.rule, millionths(each.score), None)
        for each in _one_of_each(found.reviews, found.cluster_of)
    ]

    def find_pairs() -> None:
        pairs = [(each.left, each.right, each.rule, millionths(each.score), None) for each in found.links]
        keep_pairs(con, [*pairs, *bound_pairs(binding)])

    return Found(con, len(found.cluster_of), everything, reviews, find_pairs)


def _one_of_each(reviews: Iterable[ProductLink], cluster_of: Mapping[str, str]) -> Iterator[ProductLink]:
    """The best question about each two clusters: one answer settles all others."""
    asked = set()
    for each in sorted(reviews, key=lambda link: (-link.score, link.left, link.right)):
        pair = frozenset((cluster_of[each.left], cluster_of[each.right]))
        if pair not in asked:
            asked.add(pair)
            yield each
