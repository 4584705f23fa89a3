"""Customers and products of several systems in a store, and the resolution over them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from support.writing import Sync

from hub.identity.clerk import Clerk
from hub.identity.run import Outcome, resolve
from hub.settings.identity import IdentitySettings
from hub.store.base import Store
from hub.store.identity import Link

ACME = {"name": "ACME Corp. GmbH", "country": "DE", "tax_id": "DE136695976", "email": "info@acme.de", "city": "Berlin"}
ACME_SHOP = {"name": "Acme Corporation", "country": "DE", "tax_id": "DE 136 695 976", "city": "Berlin"}
BETA = {"name": "Beta Valves Ltd", "country": "GB", "city": "Leeds", "email": "office@beta-valves.co.uk"}
GAMMA = {"name": "Gamma Optique SARL", "country": "FR", "city": "Lyon", "email": "contact@gamma-optique.fr"}


class Matching:
    """A store, and a folder for the working tables."""

    def __init__(self, store: Store, folder: Path, **settings: Any) -> None:
        self.store, self.folder = store, folder
        self.settings = IdentitySettings(**settings)

    def put(self, source: str, entity: str = "customers", **records: dict[str, Any]) -> None:
        """Store records of a system; the names of the arguments are their keys."""
        names = sorted({name for record in records.values() for name in record})
        columns = {name: [record.get(name) for record in records.values()] for name in names}
        sync = Sync(self.store, source, entity)
        sync.merge(entity, source_id=list(records), **columns)
        sync.end()

    def remove(self, source: str, *keys: str) -> None:
        sync = Sync(self.store, source, "customers")
        sync.delete("customers", *keys)
        sync.end()

    def run(self, *, full: bool = False) -> Outcome:
        return resolve(self.store, self.settings, self.folder, full=full)

    def clerk(self, who: str = "ann") -> Clerk:
        return Clerk(self.store, who)

    def links(self, entity: str = "customers") -> dict[str, Link]:
        return {str(link.key): link for page in self.store.links(entity) for link in page}

    def golden(self, entity: str = "customers") -> dict[str, str]:
        """Record -> golden record."""
        return {record: link.golden_id for record, link in self.links(entity).items()}

    def groups(self, entity: str = "customers") -> set[frozenset[str]]:
        return grouped(self.golden(entity))

    def one(self, golden_id: str, entity: str = "customers") -> dict[str, Any]:
        (found,) = self.store.golden(entity, [golden_id])
        return found


def grouped(golden: dict[str, str]) -> set[frozenset[str]]:
    """The records of each golden record."""
    groups: dict[str, set[str]] = {}
    for record, number in golden.items():
        groups.setdefault(number, set()).add(record)
    return {frozenset(each) for each in groups.values()}
