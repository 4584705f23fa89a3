"""Magento's search language: filters, sorting and paging as query parameters. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

CONDITIONS = frozenset({"eq", "gt", "gteq", "lt", "lteq", "in", "nin", "neq", "notnull", "null"})


@dataclass(frozen=True)
class Filter:
    """A field of the row itself, compared with a value. A text of several values for `in`, with commas."""

    field: str
    condition: str
    value: str


Group = tuple[Filter, ...]
"""Filters of which one must hold. All groups of a search must."""


@dataclass(frozen=True)
class Search:
    """What is asked of a collection.

    path    below `V1`;  key  field of its number in filters;  id  the same field in its rows
    fields  which fields of a row are wanted, in Magento's own notation; "" for all
    """

    path: str
    key: str = "entity_id"
    id: str = "entity_id"
    fields: str = ""
    groups: tuple[Group, ...] = ()
    sort: tuple[str, ...] = ()
    descending: bool = False

    def where(self, *filters: Filter) -> Search:
        """With these filters, too; each must hold."""
        return replace(self, groups=(*self.groups, *((each,) for each in filters)))

    def where_any(self, *filters: Filter) -> Search:
        """With one more group, of which any must hold."""
        return replace(self, groups=(*self.groups, filters))

    def between(self, after: int, last: int) -> Search:
        """Rows whose number is above `after`, up to `last`, in order."""
        bounds = (Filter(self.key, "gt", str(after)), Filter(self.key, "lteq", str(last)))
        return replace(self.where(*bounds), sort=(self.key,))

    def ordered(self, *fields: str, descending: bool = False) -> Search:
        return replace(self, sort=fields, descending=descending)

    def only(self, fields: str) -> Search:
        """The same rows with other fields."""
        return replace(self, fields=fields)

    def params(self, size: int, page: int = 1) -> dict[str, str]:
        """The query. Sorting is always said, since Magento's own is descending; so is the size, since it has none."""
        direction = "DESC" if self.descending else "ASC"
        params: dict[str, str] = {}
        for number, group in enumerate(self.groups):
            for place, each in enumerate(group):
                at = f"searchCriteria[filterGroups][{number}][filters][{place}]"
                params[f"{at}[field]"] = each.field
                params[f"{at}[value]"] = each.value
                params[f"{at}[conditionType]"] = each.condition
        for number, field in enumerate(self.sort):
            params[f"searchCriteria[sortOrders][{number}][field]"] = field
            params[f"searchCriteria[sortOrders][{number}][direction]"] = direction
        params["searchCriteria[pageSize]"] = str(size)
        params["searchCriteria[currentPage]"] = str(page)
        if self.fields:
            params["fields"] = f"items[{self.fields}],total_count"
        return params


def written(moment: datetime) -> str:
    """A moment as Magento compares it: a text in UTC, whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def read_moment(value: object) -> datetime | None:
    """A stamp of a row; None where there is none, or none that can be read."""
    if not isinstance(value, str):
        return None
    try:
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    except ValueError:
        return None


def number_of(value: object) -> int | None:
    """A row's number, which some versions send as a text; None where it is none."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and value.isdecimal() else None
