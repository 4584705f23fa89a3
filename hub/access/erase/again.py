"""Persons who were erased stay erased when a source delivers them once more.

The list holds keyed digests of ids. What a page brings of such a person is stored without personal data, so that orders
still find their customer, and a source that delivers it each time changes nothing. Where the id itself was personal (an
e-mail address), it is replaced by the same pseudonym each time.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from hub.model.catalog import ENTITIES
from hub.store.erasing_access import ErasingTables

if TYPE_CHECKING:
    from hub.model.batch import Batch, Reject
    from hub.store.base import Store

ERASED_RAW = {"erased": "This row tells of a person who was erased."}
RENAMED = "+id"
"""Mark of those whose id is replaced, behind the entity."""
_LISTED = ("customers", "contacts", "leads", "addresses")
"""Entities whose ids are on the list."""
_PREFIX = "erased-"
_PARTY = re.compile(
    "custom|contact|client|account|buyer|partner|party|person|user|member|owner|sold|bill|payer|card|kun(de|nr)|debitor",
    re.IGNORECASE,
)
"""Names of fields that hold the id of somebody."""
_LONG_NUMBER = 9
"""Digits of a number that is an id by its length."""


class Digests:
    """Keyed digests of one database."""

    def __init__(self, key: str) -> None:
        self._key = bytes.fromhex(key)

    def of(self, entity: str, source: str, source_id: str) -> str:
        return self._digest(f"{entity}\0{source}\0{source_id}")

    def pseudonym(self, entity: str, source: str, source_id: str) -> str:
        """What stands in place of an id that is personal itself."""
        return _PREFIX + self._digest(f"id\0{entity}\0{source}\0{source_id}")[:24]

    def _digest(self, text: str) -> str:
        return hmac.new(self._key, text.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


class Erased:
    """The list, as one run of one source knows it."""

    def __init__(self, digests: Digests, listed: Mapping[str, str]) -> None:
        self._digests = digests
        self._listed = listed
        self._known: dict[tuple[str, str, str], str | None] = {}
        self.count = len(listed)
        """How long the list was when it was read."""

    def what(self, entity: str, source: str, source_id: str) -> str | None:
        """The entry of a record; None for anybody who was not erased."""
        key = (entity, source, source_id)
        if key not in self._known:
            if len(self._known) > 200_000:
                self._known.clear()
            self._known[key] = self._listed.get(self._digests.of(*key))
        return self._known[key]

    def apply(self, source: str, batches: Sequence[Batch]) -> int:
        """Take the erased out of a page's batches, in place. How many records told of one."""
        found = sum(self._clear(source, batch) for batch in batches)
        for batch in batches:
            self._rename(source, batch)
        return found

    def rejects(self, source: str, rejects: Sequence[Reject]) -> list[Reject]:
        """Refused records, those of the erased without their raw rows."""
        return [self._without_raw(source, reject) for reject in rejects]

    def ids(self, source: str, entity: str, ids: Sequence[str]) -> list[str]:
        """Ids as they are kept: for tombstones."""
        return [self.kept_id(entity, source, each) for each in ids]

    def kept_id(self, entity: str, source: str, source_id: str) -> str:
        """An id as it is kept."""
        what = self.what(entity, source, source_id)
        return self._digests.pseudonym(entity, source, source_id) if what and what.endswith(RENAMED) else source_id

    def _clear(self, source: str, batch: Batch) -> int:
        """Empty the personal columns of the records that are an erased person's. Of what a person did for a company,
        only what names a person goes."""
        name = batch.entity.name
        columns = [column for column in batch.columns if column in _cleared(name)]
        if not columns:
            return 0
        own = self._marked(source, batch, "source_id", name) if name in _LISTED else [False] * len(batch)
        through_customer = self._marked(source, batch, "customer_source_id", "customers")
        own = [a or b for a, b in zip(own, through_customer, strict=True)]
        named = self._marked(source, batch, "contact_source_id", "contacts")
        if name in _LISTED:
            own = [a or b for a, b in zip(own, named, strict=True)]
        for column in columns:
            always = batch.entity[column].personal == "always"
            gone = [a or (always and b) for a, b in zip(own, named, strict=True)]
            if any(gone):
                values = _column(batch, column)
                batch.columns[column] = [None if away else value for value, away in zip(values, gone, strict=True)]
        return sum(own)

    def _marked(self, source: str, batch: Batch, column: str, entity: str) -> list[bool]:
        """For each record whether the column names somebody who was erased."""
        if column not in batch.columns:
            return [False] * len(batch)
        return [value is not None and self.what(entity, source, value) is not None for value in _column(batch, column)]

    def _rename(self, source: str, batch: Batch) -> None:
        """Replace ids that are personal themselves: of the record, in its references, and among its siblings."""
        for column, entity in _references(batch.entity.name):
            if column in batch.columns:
                values = _column(batch, column)
                kept = [None if value is None else self.kept_id(entity, source, value) for value in values]
                if kept != values:
                    batch.columns[column] = kept
        if batch.replacement is not None:
            owner = batch.entity.by_name.get(batch.replacement.owner_column)
            if owner is not None and owner.refers_to in _LISTED:
                batch.replacement.owners = {
                    self.kept_id(owner.refers_to, source, key): at for key, at in batch.replacement.owners.items()
                }
            if batch.entity.name in _LISTED:
                batch.replacement.kept = self.ids(source, batch.entity.name, batch.replacement.kept)

    def _without_raw(self, source: str, reject: Reject) -> Reject:
        own = reject.source_id is not None and self.what(reject.entity, source, reject.source_id) is not None
        if own or any(self._names(source, key, text) for key, text in _texts(reject.raw)):
            kept = reject.source_id and self.kept_id(reject.entity, source, reject.source_id)
            return replace(reject, raw=ERASED_RAW, source_id=kept)
        return reject

    def _names(self, source: str, key: str, text: str) -> bool:
        """Whether a value of a raw row is the id of somebody erased. A short number is one only where the field's name
        says so: elsewhere it is a quantity or a line."""
        telling = _PARTY.search(key) is not None or len(text) >= _LONG_NUMBER or not (text.isdecimal() or len(text) < 6)
        return telling and any(self.what(entity, source, text) is not None for entity in _LISTED)


def known(store: Store) -> Erased | None:
    """The list of the erased; None, at the cost of one question, where it is empty."""
    tables = ErasingTables(store)
    listed = tables.remembered()
    key = tables.key() if listed else None
    return Erased(Digests(key), listed) if key else None


@cache
def _cleared(entity: str) -> frozenset[str]:
    columns = ENTITIES[entity].columns if entity in ENTITIES else ()
    return frozenset(column.name for column in columns if column.personal)


@cache
def _references(entity: str) -> tuple[tuple[str, str], ...]:
    """The columns with ids that may be on the list, each with the entity whose ids they are."""
    own = (("source_id", entity),) if entity in _LISTED else ()
    columns = ENTITIES[entity].columns if entity in ENTITIES else ()
    return own + tuple((c.name, c.refers_to) for c in columns if c.refers_to in _LISTED)


def _column(batch: Batch, name: str) -> list[Any]:
    values = batch.columns[name]
    return values if isinstance(values, list) else list(values.to_pylist())


def _texts(raw: Any, key: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Every text, and every number as text, of a row of any shape, with the path of field names that leads to it."""
    if isinstance(raw, str):
        yield key, raw
    elif isinstance(raw, bool) or raw is None or depth > 20:
        return
    elif isinstance(raw, int):
        yield key, str(raw)
    elif isinstance(raw, Mapping):
        for name, value in raw.items():
            yield from _texts(value, f"{key}.{name}", depth + 1)
    elif isinstance(raw, list | tuple):
        for value in raw:
            yield from _texts(value, key, depth + 1)
