"""Which order a returned line gives back from: returns name the delivery, and the delivery names the order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from connectors.sap_b1 import values as v
from connectors.sap_b1.api import B1Api
from hub.sdk.odata import Query, one_of

_KEYS = 40
"""Keys in one filter: addresses have a length."""
_MOST_KNOWN = 50_000

OrderLine = tuple[str | None, str | None]


class Deliveries:
    """Deliveries behind returns, asked for many at a time; those seen before are not asked for again."""

    def __init__(self, api: B1Api) -> None:
        self._api = api
        self._known: dict[int, dict[Any, OrderLine]] = {}

    def name_orders(self, rows: Sequence[Any]) -> None:
        """Give the lines of returns their `order` and `order_line`."""
        lines = [line for row in rows for line in v.each(row, "DocumentLines") if line.get("BaseType") == v.DELIVERY]
        self._learn({line["BaseEntry"] for line in lines if isinstance(line.get("BaseEntry"), int)})
        for line in lines:
            known = self._known.get(line.get("BaseEntry") or 0, {})
            line["order"], line["order_line"] = known.get(line.get("BaseLine"), (None, None))

    def _learn(self, entries: set[int]) -> None:
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        for some in _chunks(sorted(entries - self._known.keys())):
            query = Query("DeliveryNotes", ("DocEntry", "DocumentLines"), one_of("DocEntry", some))
            for page in self._api.pages(query, "DocEntry"):
                for row in page.rows:
                    self._known[row["DocEntry"]] = {
                        line.get("LineNum"): v.base_of(line, v.ORDER) for line in v.each(row, "DocumentLines")
                    }
            for entry in some:
                self._known.setdefault(entry, {})


def _chunks(values: Sequence[int]) -> Iterator[Iterable[int]]:
    for start in range(0, len(values), _KEYS):
        yield values[start : start + _KEYS]
