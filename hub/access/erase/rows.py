"""What becomes of a person's rows: emptied, or pseudonymised; in one transaction with the line in the audit log.

Orders, invoices and returns keep their amounts, dates and countries, since the books need them; what they say of the
person goes. A dry run does all of it, and takes it back.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from hub.access.audit import AuditLog
from hub.access.erase.again import ERASED_RAW, RENAMED, Digests
from hub.access.erase.person import Kind, Person, Search, is_a_street, plain
from hub.access.principal import Principal
from hub.model.catalog import ENTITIES
from hub.store.access import AccessTables
from hub.store.base import Store
from hub.store.erasing_access import BOOKKEEPING, ErasingTables, Sought, canonical

ERASED = "[erased]"
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
"""A string of a JSON text."""
_OWN = ("customers", "contacts", "leads", "addresses")
_SPREADING = ("customers", "contacts", "leads")
_BY_ORDER = tuple(name for name, entity in ENTITIES.items() if "order_source_id" in entity)


@dataclass
class Erasure:
    """What an erasure removed, or would remove.

    records   (entity, source, id) of the records that are the person's
    removed   what was removed, in words, with how often
    apart     what was seen, but is not the person's, or not known to be
    needles   how the person is called: for looking into files
    renamed   whether ids were replaced
    """

    records: list[tuple[str, str, str]] = field(default_factory=list)
    removed: dict[str, int] = field(default_factory=dict)
    apart: list[str] = field(default_factory=list)
    needles: list[str] = field(default_factory=list)
    renamed: bool = False

    def count(self, what: str, times: int) -> None:
        if times:
            self.removed[what] = self.removed.get(what, 0) + times


def erase(
    store: Store, kind: Kind, name: str, by: Principal, *, dry: bool, companies: bool = False,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> Erasure:  # fmt: skip
    """Erase a person from the database. Raises UsageError where there is nobody, or it is a company.

    kind   customer or contact
    name   a golden customer (C000042), or SOURCE:ID
    dry    nothing is kept
    """
    tables = ErasingTables(store)
    tables.overwrite()
    with tables.transaction(keep=not dry):
        tables.lock()
        work = _Work(tables, AccessTables(store), Search(tables, companies=companies).find(kind, name), clock())
        work.run()
        subject = ", ".join(f"{entity} {source}:{key}" for entity, source, key in work.done.records)
        AuditLog(AccessTables(store), clock).note(by, "erase", subject, {"removed": work.done.removed})
    return work.done


class _Work:
    """One erasure while it lasts."""

    def __init__(self, tables: ErasingTables, access: AccessTables, person: Person, at: datetime) -> None:
        self.tables, self.person, self.at = tables, person, at
        self.digests = Digests(access.key("erased", secrets.token_hex(32)))
        self.addresses = self._addresses()
        self.done = Erasure(apart=list(person.apart))
        for entity in _OWN:
            self.done.records += [(entity, source, key) for source, keys in self._ids(entity) for key in keys]
        ids = {key for _, _, key in self.done.records if self._tells_who(key)}
        names = {name for name in person.names if len(name.split()) > 1}  # one word may mean anything
        self.unique = _spellings({*person.emails, *ids})
        self.all = _spellings({*person.emails, *ids, *person.phones, *names, *person.streets})
        self.done.needles = sorted({*person.emails, *ids, *person.phones, *names})

    def run(self) -> None:
        self._namesakes()
        for entity in _OWN:
            for source, keys in self._ids(entity):
                cleared = _personal(entity)
                self.done.count(f"{entity}: emptied", self.tables.clear(entity, source, "source_id", keys, cleared))
        self._what_they_did()
        self._identity()
        self._waiting()
        self._mentions()
        self._personal_ids()
        self._list()
        entity, source, _ = self.done.records[0]
        self.tables.forget_changes(entity, source)

    # -- the person's own rows -----------------------------------------------------------------------------------

    def _addresses(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for source, keys in self.person.by_source("customers").items():
            rows = self.tables.records("addresses", "customer_source_id", source, keys)
            if rows:
                found[source] = sorted(row["source_id"] for row in rows)
                self.person.streets |= {row["street"] for row in rows if is_a_street(row.get("street") or "")}
        return found

    def _ids(self, entity: str) -> Iterable[tuple[str, list[str]]]:
        return (self.addresses if entity == "addresses" else self.person.by_source(entity)).items()

    def _namesakes(self) -> None:
        names = {plain(name): name for name in sorted(self.person.names)}
        for name in names.values():
            for entity in _SPREADING:
                for source, key in self.tables.records_by_name(entity, name):
                    if (source, key) not in self.person.records[entity]:
                        self.done.apart.append(
                            f"{entity} {source}:{key} has the same name; nothing says it is the same"
                        )

    # -- what the person did -------------------------------------------------------------------------------------

    def _what_they_did(self) -> None:
        """Rows that name the person as their customer, or as the contact of a company, and what hangs below orders."""
        orders: dict[str, set[str]] = {}
        for column, refers_to, classes in (
            ("customer_source_id", "customers", ("always", "person", "trace")),
            ("contact_source_id", "contacts", ("always",)),
        ):
            for source, keys in self._ids(refers_to):
                for entity in (name for name, shape in ENTITIES.items() if column in shape and name not in _OWN):
                    cleared = _personal(entity, classes)
                    self.done.count(f"{entity}: emptied", self.tables.clear(entity, source, column, keys, cleared))
                    self._sweep(canonical(entity), (source, column, keys), self.all)
                orders.setdefault(source, set()).update(
                    row["source_id"] for row in self.tables.records("orders", column, source, keys)
                )
        for source, numbers in orders.items():
            for entity in _BY_ORDER:
                of_orders = sorted(numbers)
                if entity == "shipments":
                    cleared = _personal(entity)
                    self.done.count(
                        f"{entity}: emptied", self.tables.clear(entity, source, "order_source_id", of_orders, cleared)
                    )
                self._sweep(canonical(entity), (source, "order_source_id", of_orders), self.all)

    def _identity(self) -> None:
        for source, key in sorted(self.person.records["customers"]):
            self.done.count("questions of identity", self.tables.forget_identity(source, key))
        everything = _personal("customers")
        golden_columns = [name for name in everything if name != "extras"]
        for golden in sorted(self.person.golden):
            whole = set(self.tables.members(golden)) <= self.person.records["customers"]
            values = None if whole else sorted({*self.person.emails, *self.person.phones, *self.person.names})
            self.done.count("golden_customers: emptied", self.tables.clear_golden(golden, golden_columns, values))

    def _waiting(self) -> None:
        for entity in _OWN:
            for source, keys in self._ids(entity):
                count = self.tables.drop_waiting(
                    entity, source, keys, json.dumps(ERASED_RAW), at=self.at, who="erasure"
                )
                self.done.count("quarantine: raw rows", count)

    # -- mentions ------------------------------------------------------------------------------------------------

    def _mentions(self) -> None:
        """An e-mail address is one person's, wherever it stands. Names and numbers are looked for only where somebody
        wrote about what happened: there may be others of that name."""
        for entity in ENTITIES:
            self._sweep(canonical(entity), None, self.unique)
        for sought in BOOKKEEPING:
            self._sweep(sought, None, self.all)

    def _sweep(self, sought: Sought, within: tuple[str, str, list[str]] | None, needles: list[str]) -> None:
        if needles and (sought.texts or sought.documents):
            changed = self.tables.sweep(sought, needles, blackened(needles), within)
            self.done.count(f"{sought.table}: mentions", changed)

    # -- so that it stays so -------------------------------------------------------------------------------------

    def _personal_ids(self) -> None:
        for entity in _OWN:
            for source, keys in self._ids(entity):
                for key in filter(self._tells_who, keys):
                    self.tables.rename(entity, source, key, self.digests.pseudonym(entity, source, key))
                    self.done.count(f"{entity}: ids replaced", 1)
                    self.done.renamed = True

    def _tells_who(self, key: str) -> bool:
        """Whether an id is personal itself."""
        folded = key.casefold()
        told = {*self.person.emails, *self.person.names, *self.person.phones}
        return "@" in key or any(each.casefold() in folded for each in told)

    def _list(self) -> None:
        entries = [
            (self.digests.of(entity, source, key), entity + (RENAMED if self._tells_who(key) else ""))
            for entity, source, key in self.done.records
        ]
        self.tables.remember(entries, self.at)


def _personal(entity: str, classes: Iterable[str] = ("always", "person", "trace")) -> list[str]:
    return [column.name for column in ENTITIES[entity].columns if column.personal in tuple(classes)]


def blackened(needles: Iterable[str]) -> Callable[[str], str]:
    """Puts a mark in place of whole words. Of JSON only the strings are looked at: numbers stay numbers."""
    words = "|".join(re.escape(each) for each in needles)
    pattern = re.compile(rf"(?<!\w)(?:{words})(?!\w)", re.IGNORECASE)

    def black(text: str) -> str:
        if text[:1] in ("{", "["):
            return _STRING.sub(lambda string: pattern.sub(ERASED, string[0]), text)
        return pattern.sub(ERASED, text)

    return black


def _spellings(values: Iterable[str]) -> list[str]:
    """Ways in which values may be written; the longest first, so that no half of one is left."""
    found = set()
    for value in values:
        ways = {value, value.lower(), value.upper(), value.title(), value.casefold()}
        found |= ways | {json.dumps(way)[1:-1] for way in ways}
        found |= {json.dumps(way, ensure_ascii=False)[1:-1] for way in ways}
    return sorted((each for each in found if len(each) >= 5), key=len, reverse=True)
