"""Records of the store on their way to the engine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hub.identity.products import Product
from hub.store.identity import RESOLVED_BY, Key

if TYPE_CHECKING:
    import pyarrow as pa

    from hub.store.base import Store

_CUSTOMER = (
    "source", "source_id", "kind", "name", "legal_name", "email", "phone", "website", "tax_id", "tax_country",
    "company_number", "duns", "lei", "gln", "street", "street2", "city", "postal_code", "country",
    "parent_source_id", "bill_to_source_id",
)  # fmt: skip
_PRODUCT = ("source", "source_id", "sku", "gtin", "name", "manufacturer", "mpn")
_OWN_NAMES = {"parent_source_id": "parent_id", "bill_to_source_id": "bill_to_id"}
_CHUNK_ROWS = 20_000
_COSTS = "product_costs"


@dataclass
class Changed:
    """What to look at again: keys by source, and runs whose rows were too many to list."""

    keys: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    runs: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))

    def __bool__(self) -> bool:
        return bool(self.keys or self.runs)


def changed_since(store: Store, sequence: int) -> dict[str, Changed] | None:
    """Entity -> what its pages touched after a sequence; None where that is not known any more. A product whose cost
    is kept in a list changes with it."""
    found = store.changes(sequence)
    if found is None:
        return None
    changed = {entity: Changed() for entity in RESOLVED_BY}
    for change in found:
        if change.entity not in changed:
            continue
        if change.keys is None:
            changed[change.entity].runs[change.source].add(change.run_id)
        else:
            changed[change.entity].keys[change.source].update(change.keys)
    for page in _rows(store, _COSTS, ("source", "source_id", "product_source_id"), changed.pop(_COSTS)):
        for source, _, product in page:
            changed["products"].keys[source].add(product)
    return changed


def customer_pages(store: Store, changed: Changed | None = None) -> Iterator[pa.Table]:
    """Customers as the engine takes them (`hub.identity.records.COLUMNS`): all, or those that changed."""
    for rows in _gathered(_rows(store, "customers", _CUSTOMER, changed)):
        yield _customers(rows)


def products(store: Store) -> Iterator[Product]:
    """All products."""
    for page in store.rows("products", _PRODUCT):
        for source, source_id, *rest in page:
            yield Product(f"{source}/{source_id}", source, *(value or "" for value in rest))


def key_of(record: str) -> Key:
    """The record behind an id of the engine: `instance/key`."""
    source, _, source_id = record.partition("/")
    return Key(source, source_id)


def _rows(store: Store, entity: str, names: Sequence[str], changed: Changed | None) -> Iterator[list[tuple[Any, ...]]]:
    if changed is None:
        yield from store.rows(entity, names)
        return
    for source, keys in sorted(changed.keys.items()):
        yield from store.rows(entity, names, source=source, keys=sorted(keys))
    for source, runs in sorted(changed.runs.items()):
        listed = changed.keys.get(source, set())
        place = names.index("source_id")
        for page in store.rows(entity, names, source=source, run_ids=sorted(runs)):
            if rest := [row for row in page if row[place] not in listed]:
                yield rest


def _gathered(pages: Iterable[list[tuple[Any, ...]]]) -> Iterator[list[tuple[Any, ...]]]:
    """Larger pages: each costs the engine some calls."""
    waiting: list[tuple[Any, ...]] = []
    for page in pages:
        waiting += page
        if len(waiting) >= _CHUNK_ROWS:
            yield waiting
            waiting = []
    if waiting:
        yield waiting


def _customers(rows: Sequence[tuple[Any, ...]]) -> pa.Table:
    import pyarrow as pa

    columns: dict[str, Sequence[Any]] = dict(zip(_CUSTOMER, zip(*rows, strict=True), strict=True))
    sources = columns["source"]
    columns["id"] = _ids(sources, columns.pop("source_id"))
    for name, own in _OWN_NAMES.items():
        columns[own] = _ids(sources, columns.pop(name))
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def _ids(sources: Sequence[str], keys: Sequence[str | None]) -> list[str | None]:
    return [None if key is None else f"{source}/{key}" for source, key in zip(sources, keys, strict=True)]
