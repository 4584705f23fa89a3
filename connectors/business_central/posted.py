"""Orders that were posted in full: Business Central deletes them, and their invoices tell what they were.

An order that is not there any more is completed where a posted invoice names it, and deleted where none does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from connectors.business_central.api import BusinessCentralApi, chunks
from connectors.business_central.plan import Plan, invoiced
from connectors.business_central.rows import clean, lines_of, texts
from connectors.business_central.streams import STAMP, Posting
from connectors.business_central.words import CANCELED, POSTED, number
from hub.sdk import ReadRequest, RowRejected
from hub.sdk.odata import Query, ServerPages, all_of, ge, gt, le, ne, one_of
from hub.sdk.odata.envelope import Row

_SUMMED = ("discountAmount", "totalAmountExcludingTax", "totalTaxAmount", "totalAmountIncludingTax")
_UNPOSTED = ("Draft", "In Review")
_NUMBER = "orderNumber"

Group = list[Row]


class PostedOrders:
    """The posted orders of one stream, as rows like those of the orders themselves."""

    def __init__(self, api: BusinessCentralApi, plan: Plan, posting: Posting) -> None:
        self._api, self._plan, self._posting = api, plan, posting
        self._query = invoiced(api, plan, posting)

    def all(self, after: str) -> Iterator[tuple[list[Row], str]]:
        """All that come after an order number, with the number behind which to go on."""
        present = set(texts(self._api.listed(self._plan.source.path, ("id", "number")), "number"))
        query = self._query.with_(filter=gt(_NUMBER, after, "Edm.String"), orderby=(_NUMBER, "number"))
        pending: Group = []
        for page in self._api.odata.pages(query, ServerPages(self._api.config.document_page_size)):
            groups: list[Group] = []
            clean(page.rows)
            for invoice in page.rows:
                if pending and _order_of(pending) != _order_of([invoice]):
                    groups.append(pending)
                    pending = []
                pending.append(invoice)
            if page.is_last and pending:
                groups.append(pending)
            after = (_order_of(groups[-1]) if groups else "") or after
            yield self._orders(group for group in groups if _order_of(group) not in present), after

    def changed(self, request: ReadRequest) -> Iterator[list[Row]]:
        """Those whose invoices have changed in the request's window."""
        assert request.since is not None, "a reading of everything has no window"
        window = all_of(ge(STAMP, request.since), le(STAMP, request.until), ne(_NUMBER, "", "Edm.String"))
        query = Query(self._query.path, select=(_NUMBER,), filter=window)
        rows = self._api.odata.rows(query, ServerPages(self._api.config.page_size))
        for numbers in chunks(sorted(set(texts(rows, _NUMBER)))):
            yield self._among(set(numbers))

    def _among(self, numbers: set[str]) -> list[Row]:
        path = self._plan.source.path
        present = set(texts(self._api.matching(path, "number", sorted(numbers), ("id", "number")), "number"))
        gone = sorted(numbers - present)
        if not gone:
            return []
        query = self._query.with_(filter=one_of(_NUMBER, gone, "Edm.String"))
        groups: dict[str, Group] = {}
        invoices = list(self._api.odata.rows(query, ServerPages(self._api.config.document_page_size)))
        clean(invoices)
        for invoice in invoices:
            groups.setdefault(_order_of([invoice]), []).append(invoice)
        return self._orders(groups.values())

    def _orders(self, groups: Iterable[Group]) -> list[Row]:
        return [order for group in groups if (order := self._order(group))]

    def _order(self, group: Group) -> Row | None:
        """The order behind its invoices, the first of which becomes it; None where none of them is posted."""
        posted = [invoice for invoice in group if invoice.get("status") not in _UNPOSTED]
        if not posted:
            return None
        valid = [invoice for invoice in posted if invoice.get("status") != CANCELED]
        counted = valid or posted
        first = min(counted, key=lambda each: (str(each.get("invoiceDate") or ""), str(each.get("number"))))
        sums = {name: _sum([each.get(name) for each in counted]) for name in _SUMMED} if len(counted) > 1 else {}
        lines = [self._line(line) for each in counted for line in lines_of(each, self._posting.invoice_lines)]
        stamp = max(str(each.get(STAMP) or "") for each in posted) or None
        first |= sums
        first |= {
            "number": _order_of(group) or None,
            "orderDate": first.get("invoiceDate"),
            "status": POSTED if valid else CANCELED,
            STAMP: stamp,
            self._plan.source.lines: lines,
        }
        return first

    def _line(self, line: Row) -> Row:
        for theirs, ours in self._posting.renamed:
            if theirs in line:
                line[ours] = line[theirs]
        for name in self._posting.filled:
            line[name] = line.get("quantity")
        return line


def _order_of(group: Group) -> str:
    """The number of the order that these invoices name."""
    number = group[0].get(_NUMBER)
    return number if isinstance(number, str) else ""


def _sum(amounts: list[Any]) -> Any:
    """The exact sum; where one of them is no number it is given instead, so that the map refuses it."""
    total = Decimal(0)
    for amount in amounts:
        try:
            total += number(amount)
        except RowRejected:
            return amount
    return total
