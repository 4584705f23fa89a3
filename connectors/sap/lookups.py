"""Rows of another set that belong to a page: asked for by their keys, several requests in one `$batch`."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

from connectors.sap.config import SapConfig
from connectors.sap.rows import bare
from connectors.sap.values import NOTHING, is_set, number
from hub.sdk import AuthError, SourceChanged, SourceUnavailable
from hub.sdk.odata import Filter, KeysetPages, ODataSource, Query, all_of, one_of
from hub.sdk.odata.batch import read_batch

log = logging.getLogger(__name__)

Row = dict[str, Any]
_KEYS = 40
"""Keys in one filter: addresses have a length."""
_PARTS = 20
"""Requests in one batch."""
_REMEMBERED = 50_000

FREIGHT = Query(
    "A_BillingDocumentItemPrcgElmnt",
    select=("BillingDocument", "BillingDocumentItem", "PricingProcedureStep", "PricingProcedureCounter",
            "ConditionAmount", "ConditionIsForStatistics", "ConditionInactiveReason"),
)  # fmt: skip
_PERSON = ("BusinessPartner", "Customer", "Supplier", "BusinessPartnerFullName", "PersonFullName", "FirstName",
           "LastName", "BusinessPartnerOccupation", "CreationDate", "IsMarkedForArchiving")  # fmt: skip


class Lookups:
    """Look-ups in one service. Where it takes no batches, they are sent one by one."""

    def __init__(self, source: ODataSource, config: SapConfig) -> None:
        self._source = source
        self._page_size = config.page_size
        self._batches = config.batch

    def by_key(self, query: Query, key: str, values: Iterable[str], also: Filter | None = None) -> Iterator[Row]:
        """The rows whose `key` has one of the values."""
        chunks = _chunks(dict.fromkeys(values), _KEYS)
        queries = (query.with_(filter=all_of(one_of(key, chunk), also)) for chunk in chunks)
        for several in _chunks(queries, _PARTS):
            yield from self._rows(several)

    def takes_batches(self, query: Query) -> bool:
        """Whether the service answers a batch."""
        try:
            read_batch(self._source, (query, query), csrf=True)
        except (AuthError, SourceChanged) as error:
            log.info("%s takes no batches: %s", self._source.root, error.problem)
            return False
        return True

    def _rows(self, queries: Sequence[Query]) -> Iterator[Row]:
        if self._batches and len(queries) > 1:
            try:
                pages = read_batch(self._source, queries, csrf=True)
            except (AuthError, SourceChanged) as error:
                log.info("%s takes no batches, look-ups are sent one by one: %s", self._source.root, error.problem)
                self._batches = False
            except SourceUnavailable as error:  # of one part, which the client cannot ask again by itself
                log.info("a batch of %s failed, its look-ups are sent one by one: %s", self._source.root, error.problem)
            else:
                for query, page in zip(queries, pages, strict=True):
                    yield from self._all(query) if page.next_link else page.rows
                return
        for query in queries:
            yield from self._all(query)

    def _all(self, query: Query) -> Iterator[Row]:
        return self._source.rows(query, KeysetPages(self._page_size, short_is_last=True))


class Partners:
    """Companies and persons behind contacts, by their number; those seen before are not asked for again."""

    def __init__(self, lookups: Lookups, properties: Iterable[str], wanted: Iterable[str]) -> None:
        there = set(properties)
        self._query = Query(
            "A_BusinessPartner", select=tuple(name for name in dict.fromkeys((*_PERSON, *wanted)) if name in there)
        )
        self._lookups = lookups
        self._known: dict[str, Row] = {}

    def of(self, rows: Sequence[Row]) -> dict[str, Row]:
        """The partners that the rows name."""
        numbers = {
            value
            for row in rows
            for name in ("BusinessPartnerCompany", "BusinessPartnerPerson")
            if isinstance(value := row.get(name), str) and value
        }
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        missing = sorted(numbers - self._known.keys())
        for row in self._lookups.by_key(self._query, "BusinessPartner", missing):
            for name in ("BusinessPartner", "Customer", "Supplier"):
                row[name] = bare(row.get(name))
            row["created_at"] = row.get("CreationDate")
            self._known[row["BusinessPartner"]] = row
        return self._known


def add_freight(lookups: Lookups, rows: Sequence[Row], conditions: Sequence[str]) -> None:
    """The freight among the conditions of each billing item."""
    documents = [key for row in rows if isinstance(key := row.get("BillingDocument"), str) and key]
    if not conditions or not documents:
        return
    sums: dict[tuple[Any, Any], Decimal] = {}
    found = lookups.by_key(FREIGHT, "BillingDocument", documents, one_of("ConditionType", conditions))
    for row in found:
        if not is_set(row.get("ConditionIsForStatistics")) and not row.get("ConditionInactiveReason"):
            key = (bare(row["BillingDocument"]), bare(row["BillingDocumentItem"]))
            sums[key] = sums.get(key, NOTHING) + number(row.get("ConditionAmount"))
    for row in rows:
        items = row.get("to_Item")
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict):
                item["freight"] = sums.get((row.get("BillingDocument"), _text(item.get("BillingDocumentItem"))))


def _text(value: Any) -> Any:
    return bare(value) if isinstance(value, str) else None


def _chunks(values: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(values)
    while chunk := list(islice(iterator, size)):
        yield chunk
