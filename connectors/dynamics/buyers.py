"""Who buys: a look-up of a customer leads to an account, or to a contact, which may belong to an account itself."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from connectors.dynamics.words import TARGET
from hub.sdk.odata import ODataSource, Query, ServerPages, one_of

if TYPE_CHECKING:
    from connectors.dynamics.rows import Row

CUSTOMER_ID = "_customerid_value"
_PARENT = "_parentcustomerid_value"
_A_TIME = 100
"""Ids in one filter; Dataverse allows 500 conditions."""
_FEW = 1000
"""More ids than this are not asked for one by one: all contacts are read, 5,000 a page."""
_REMEMBERED = 500_000
"""Contacts whose account is kept when their own stream reads them, for the streams after it."""


class Buyers:
    """Knows the accounts of contacts, once they were read or asked for."""

    def __init__(self, odata: ODataSource) -> None:
        self._odata = odata
        self._parents: dict[str, str | None] = {}
        self._lock = threading.Lock()

    def name(self, rows: Sequence[Row]) -> None:
        """Add `customer` to the rows: the account, be it that of the contact; the contact itself where it has none."""
        kind = CUSTOMER_ID + TARGET
        persons = {
            row[CUSTOMER_ID] for row in rows if row.get(kind) == "contact" and isinstance(row.get(CUSTOMER_ID), str)
        }
        parents = self._parents_of(persons) if persons else {}
        for row in rows:
            key = row.get(CUSTOMER_ID)
            row["customer"] = parents.get(key) or key if isinstance(key, str) else key

    def learn(self, contacts: Iterable[Row]) -> None:
        """Contacts as their own stream has just read them."""
        with self._lock:
            if len(self._parents) < _REMEMBERED:
                self._take(contacts)

    def _take(self, contacts: Iterable[Row]) -> None:
        for row in contacts:
            key, parent = row.get("contactid"), row.get(_PARENT)
            if isinstance(key, str):
                self._parents[key.lower()] = parent.lower() if isinstance(parent, str) else None

    def _parents_of(self, contacts: Collection[str]) -> dict[str, str | None]:
        with self._lock:
            unknown = sorted(key for key in contacts if key not in self._parents)
            self._take(self._read(unknown))
            for key in unknown:  # one that is gone has no account
                self._parents.setdefault(key, None)
            return self._parents

    def _read(self, unknown: list[str]) -> Iterator[dict[str, Any]]:
        query = Query("contacts", select=("contactid", _PARENT))
        if len(unknown) > _FEW:
            yield from self._odata.rows(query, ServerPages(5000))
            return
        for start in range(0, len(unknown), _A_TIME):
            some = one_of("contactid", unknown[start : start + _A_TIME], "Edm.Guid")
            yield from self._odata.rows(query.with_(filter=some))
