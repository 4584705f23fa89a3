"""Which records are the person's, over all systems: by id, identity, references, and e-mail address with name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from hub.access.masking import is_about_a_person
from hub.errors import UsageError
from hub.store.erasing_access import ErasingTables

PEOPLE = ("customers", "contacts", "leads")
"""Entities whose rows are persons, or may be."""
_GOLDEN = re.compile(r"C\d{3,}")
_SHORTEST_NAME, _SHORTEST_PHONE, _SHORTEST_STREET = 5, 6, 6
Record = tuple[str, str]
Kind = Literal["customer", "contact"]


@dataclass
class Person:
    """Who is to be erased.

    records   entity -> (source, source_id)
    emails, phones, names, streets   as the records write them
    golden    golden customers that have one of the records
    apart     what was not taken along, in words
    """

    records: dict[str, set[Record]] = field(default_factory=lambda: {name: set() for name in PEOPLE})
    emails: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    streets: set[str] = field(default_factory=set)
    golden: set[str] = field(default_factory=set)
    apart: list[str] = field(default_factory=list)

    def by_source(self, entity: str) -> dict[str, list[str]]:
        """The ids of an entity, by source."""
        found: dict[str, list[str]] = {}
        for source, source_id in sorted(self.records.get(entity, ())):
            found.setdefault(source, []).append(source_id)
        return found

    def holds(self, entity: str, row: Mapping[str, Any]) -> bool:
        return (row["source"], row["source_id"]) in self.records[entity]


class Search:
    """Finds one person in the tables. `companies`: a customer that is a company may be meant, too."""

    def __init__(self, tables: ErasingTables, *, companies: bool) -> None:
        self._tables = tables
        self._companies = companies
        self.person = Person()

    def find(self, kind: Kind, name: str) -> Person:
        """Raises UsageError where there is no such record, or it is a company."""
        if kind == "contact":
            source, source_id = _record(name)
            self._take("contacts", self._one("contacts", source, source_id))
        elif _GOLDEN.fullmatch(name):
            self._take_golden(name)
        else:
            source, source_id = _record(name)
            row = self._one("customers", source, source_id)
            self._require_person(row, name)
            self._take("customers", row)
            self._take_linked(row)
        self._spread()
        return self.person

    # -- where it begins ---------------------------------------------------------------------------------------

    def _one(self, entity: str, source: str, source_id: str) -> dict[str, Any]:
        found = self._tables.records(entity, "source_id", source, [source_id])
        if not found:
            raise UsageError(
                f"there is no record {source}:{source_id} among the {entity}.",
                fix="Write SOURCE:ID with the system's own id; `hub match list --linked TEXT` finds customers by name.",
            )
        return found[0]

    def _require_person(self, row: Mapping[str, Any], name: str) -> None:
        if not self._companies and not is_about_a_person(row):
            raise UsageError(
                f"{name} is a company, and companies have no right to be forgotten.",
                fix="Erase its contacts instead; or add --company, where it is a person who trades under that name.",
            )

    def _take_golden(self, golden_id: str) -> None:
        members = self._tables.members(golden_id)
        if not members:
            raise UsageError(f"there is no golden customer {golden_id}.", fix="See `hub match list --linked`.")
        rows = [self._one("customers", *member) for member in members]
        people = [row for row in rows if self._companies or is_about_a_person(row)]
        if len(people) < len(rows):
            raise UsageError(
                f"{golden_id} has records of a company.",
                fix="Name the person's own record as SOURCE:ID, or add --company to erase all of them.",
            )
        for row in rows:
            self._take("customers", row)

    def _take_linked(self, row: Mapping[str, Any]) -> None:
        """The same person in other systems. A company may have its people among its records; those are others."""
        golden_id = self._tables.golden_of(row["source"], row["source_id"])
        if golden_id is None:
            return
        rows = [self._one("customers", *member) for member in self._tables.members(golden_id)]
        same = all(self._companies or is_about_a_person(each) for each in rows)
        for each in rows:
            if same or (is_about_a_person(each) and self._is_same(each)):
                self._take("customers", each)
            else:
                self.person.apart.append(f"{each['source']}:{each['source_id']} is linked with it, as another's record")

    # -- where it leads ----------------------------------------------------------------------------------------

    def _spread(self) -> None:
        """Follow references and e-mail addresses until nothing more is found."""
        before = -1
        while (now := sum(map(len, self.person.records.values()))) != before:
            before = now
            for source, ids in self.person.by_source("customers").items():
                self._take_referring(source, "customer_source_id", ids, ("contacts", "leads"))
            for source, ids in self.person.by_source("contacts").items():
                self._take_referring(source, "contact_source_id", ids, ("leads",))
            for email in sorted(self.person.emails):
                self._take_mailbox(email)
        for source, ids in self.person.by_source("customers").items():
            for source_id in ids:
                golden = self._tables.golden_of(source, source_id)
                self.person.golden |= {golden} if golden else set()

    def _take_referring(self, source: str, column: str, ids: list[str], entities: Iterable[str]) -> None:
        """What hangs below a person is the person; below a company that trades as one, only what is the same."""
        for entity in entities:
            for row in self._tables.records(entity, column, source, ids):
                if not self._companies or self._is_same(row):
                    self._take(entity, row)

    def _take_mailbox(self, email: str) -> None:
        for entity in PEOPLE:
            for row in self._tables.records_by_email(entity, email):
                if self.person.holds(entity, row):
                    continue
                if self._is_same(row) and (entity != "customers" or is_about_a_person(row)):
                    self._take(entity, row)
                else:
                    note = f"{entity} {row['source']}:{row['source_id']} uses the same mailbox under another name"
                    self.person.apart += [] if note in self.person.apart else [note]

    def _is_same(self, row: Mapping[str, Any]) -> bool:
        """The same mailbox, and no other name."""
        emails = {email.casefold() for email in self.person.emails}
        names = {plain(name) for name in self.person.names}
        own = {plain(name) for name in names_of(row)}
        return str(row.get("email") or "").casefold() in emails and (not own or not names or bool(own & names))

    def _take(self, entity: str, row: Mapping[str, Any]) -> None:
        person = self.person
        person.records[entity].add((row["source"], row["source_id"]))
        person.names |= names_of(row)
        person.emails |= {text for text in _texts(row, "email") if "@" in text}
        person.phones |= {text for text in _texts(row, "phone", "mobile") if _digits(text) >= _SHORTEST_PHONE}
        person.streets |= {text for text in _texts(row, "street") if is_a_street(text)}


def is_a_street(text: str) -> bool:
    """Whether it is worth looking for: with a number, and not too short."""
    return len(text) > _SHORTEST_STREET and _digits(text) > 0


def names_of(row: Mapping[str, Any]) -> set[str]:
    """The full names of a record, in either order."""
    found = _texts(row, "name", "legal_name")
    if _filled(row, "first_name") and _filled(row, "last_name"):
        found.add(f"{row['first_name'].strip()} {row['last_name'].strip()}")
    for name in list(found):
        words = name.replace(",", " ").split()
        if len(words) == 2:
            one, two = words
            found |= {f"{one} {two}", f"{two} {one}", f"{two}, {one}", name}
    return {name for name in found if len(name) >= _SHORTEST_NAME and "@" not in name}


def plain(name: str) -> str:
    """A name for comparing: its words in the order of the alphabet."""
    words = unicodedata.normalize("NFKC", name).casefold().replace(",", " ").split()
    return " ".join(sorted(words))


def _record(text: str) -> Record:
    match = re.fullmatch(r"([^:/]+)[:/](.+)", text.strip())
    if match is None:
        raise UsageError(
            "that is neither a golden customer nor a record.", fix="Write C000042, or SOURCE:ID such as shop:4711."
        )
    return match[1], match[2]


def _texts(row: Mapping[str, Any], *names: str) -> set[str]:
    return {row[name].strip() for name in names if _filled(row, name)}


def _digits(text: str) -> int:
    return sum(letter.isdigit() for letter in text)


def _filled(row: Mapping[str, Any], name: str) -> bool:
    value = row.get(name)
    return isinstance(value, str) and bool(value.strip())
