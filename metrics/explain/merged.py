"""Golden records behind a number: which customers and products of several systems are one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hub.store.identity import Key
from metrics.explain.explanation import Merged
from metrics.explain.records import Records

if TYPE_CHECKING:
    from hub.store.base import Store

_LOOKED_AT = 500
"""References of one kind that are looked up; a number over all customers has no use for more."""
_REFERENCES = {"customers": "customer_source_id", "products": "product_source_id"}


def merged(store: Store, records: Records) -> list[Merged]:
    """Golden records with more than one member that the records refer to, by number."""
    found: dict[str, list[tuple[str, str]]] = {}
    for entity, column in _REFERENCES.items():
        keys = [Key(*reference) for reference in records.references(column, _LOOKED_AT)]
        wanted = {link.golden_id for page in store.links(entity, keys=keys) for link in page} if keys else set()
        for page in store.links(entity, golden_ids=sorted(wanted)) if wanted else ():
            for link in page:
                found.setdefault(link.golden_id, []).append((str(link.key), link.rule))
    several = {golden_id: sorted(members) for golden_id, members in found.items() if len(members) > 1}
    return [
        Merged(golden_id, tuple(name for name, _ in members), tuple(rule for _, rule in members))
        for golden_id, members in sorted(several.items())
    ]
