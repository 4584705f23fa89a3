"""The lists at the root of the simulated API: which rows, in which order, found by which filters."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

from connectors.shopify.simulator.plan import Field, Refused
from connectors.shopify.simulator.run import Page
from connectors.shopify.simulator.search import BadSearch, matcher, number_of

Row = dict[str, Any]

_KEPT = 16
_TIMES = {"id": "id", "updated_at": "updatedAt", "created_at": "createdAt"}


@dataclass(frozen=True)
class List:
    """One list: its stubs, how a stub becomes a row, and what may be filtered. Those without sort keys go by id."""

    rows: Callable[[Row], list[Row]]
    whole: Callable[[Row], Row]
    filters: tuple[str, ...] = ("id", "updated_at", "created_at")
    default_filter: str = ""


def fields_of(name: str, each: List) -> dict[str, str]:
    """Filter -> field of the stub."""
    own = {"return_status": "returnStatus", "subject_type": "subjectType"}
    return {word: _TIMES.get(word, own.get(word, word)) for word in each.filters}


def found(name: str, each: List, args: Row) -> list[Row]:
    """The rows that a filter finds, in no order."""
    text = args.get("query") or ""
    try:
        test = matcher(text if text or not each.default_filter else each.default_filter, fields_of(name, each))
    except BadSearch as error:
        raise Refused({"message": f"{name}: {error}", "extensions": {"code": "BAD_REQUEST"}}) from None
    return [row for row in each.rows(args) if test(row)]


class Found:
    """What lists found, in order, so that not every page of one must look at all rows again. `state` tells what a list
    depends on beside its arguments."""

    def __init__(self, state: Callable[[], Hashable]) -> None:
        self._state = state
        self._rows: OrderedDict[Hashable, list[Row]] = OrderedDict()

    def page(self, field: Field, each: List, skip: int, of: Hashable = None) -> Page:
        """The list in its order, ready to be cut. `of`: whose it is, where it hangs on a row."""
        args = field.args
        by_change = args.get("sortKey") == "UPDATED_AT"
        key = _by_change if by_change else by_id
        asked = (field.name, of, args.get("query"), by_change, args.get("includeInactive"), self._state())
        rows = self._rows.get(asked)
        if rows is None:
            rows = self._rows[asked] = sorted(found(field.name, each, args), key=key)
            if len(self._rows) > _KEPT:
                self._rows.popitem(last=False)
        return Page(rows, key, each.whole, skip)


def by_id(row: Row) -> list[Any]:
    return [number_of(row["id"])]


def _by_change(row: Row) -> list[Any]:
    return [row["updatedAt"], number_of(row["id"])]
