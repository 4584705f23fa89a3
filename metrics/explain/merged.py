"""Golden records behind a number: which customers and products of several systems are one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from metrics.explain.explanation import Merged
from metrics.explain.records import Records

if TYPE_CHECKING:
    from hub.store.base import Store

MOST = 500
"""Golden records of one kind that are told; a number over all customers has no use for more."""
_REFERENCES = {"customers": "customer_source_id", "products": "product_source_id"}


def merged(store: Store, records: Records, limit: int = MOST) -> list[Merged]:
    """Golden records with more than one member that the records refer to, by number: so many of customers, and of
    products."""
    return [
        told
        for entity, column in _REFERENCES.items()
        for told in members_of(store, entity, records.several(entity.removesuffix("s"), column, limit))
    ]


def members_of(store: Store, entity: str, golden_ids: Sequence[str]) -> list[Merged]:
    """Those with more than one member, each with its records, and what linked them."""
    found: dict[str, list[tuple[str, str]]] = {golden_id: [] for golden_id in golden_ids}
    for page in store.links(entity, golden_ids=list(golden_ids)) if golden_ids else ():
        for link in page:
            found[link.golden_id].append((str(link.key), link.rule))
    members = {golden_id: sorted(those) for golden_id, those in found.items() if len(those) > 1}
    return [
        Merged(golden_id, tuple(name for name, _ in those), tuple(rule for _, rule in those))
        for golden_id, those in sorted(members.items())
    ]
