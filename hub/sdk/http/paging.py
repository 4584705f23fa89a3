"""How a collection is paged. A rule is data, written down by the connector's author and never guessed from an answer.

Paths (`rows_at`, `total_at` …) are dotted; a dot inside a key is written `\\.`, as in `@odata\\.nextLink`; "" is the
whole answer. A missing `rows_at` is SourceChanged: an empty collection still has its list.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from hub.errors import SourceChanged
from hub.sdk.connector import Json
from hub.sdk.http.answer import Answer
from hub.sdk.http.decode import dig

if TYPE_CHECKING:
    from hub.sdk.http.source import HttpSource

DONE: Json = {"done": True}


@dataclass(frozen=True)
class Fetched:
    """One page as the source sent it.

    resume   where to go on after it, for `Page.resume`
    total    rows of the whole collection, where the rule says where to find that
    origin   where the rows come from, for people
    """

    rows: list[dict[str, Any]]
    answer: Answer
    resume: Json
    total: int | None = None
    origin: str = ""

    @property
    def is_last(self) -> bool:
        """No page comes after it."""
        return self.resume == DONE


class PageRule(Protocol):
    """A way to walk a collection. Write another one where these four do not fit."""

    def walk(
        self, http: HttpSource, path: str, params: dict[str, Any], headers: dict[str, str], resume: Json | None
    ) -> Iterator[Fetched]: ...


def rows_of(answer: Answer, path: str) -> list[dict[str, Any]]:
    """The rows of an answer. SourceChanged where there is no list, or something in it is no object."""
    rows = answer.at(path)
    if not isinstance(rows, list):
        raise SourceChanged(
            f'"{path or "the answer"}" is no list of rows.',
            fix="Check the API version; report it to the connector's author if it is current.",
        )
    if not set(map(type, rows)) <= {dict}:
        raise SourceChanged(f'something in "{path or "the answer"}" is no object.', fix="Report it.")
    return rows


def optional(answer: Answer, path: str) -> Any:
    """What lies at the path, None where a step of it is missing."""
    try:
        return dig(answer.data, path)
    except KeyError:
        return None


def count_at(answer: Answer, path: str) -> int:
    """A number of rows or pages, also where it comes as a text. SourceChanged where it is none."""
    value = answer.at(path)
    if isinstance(value, str) and value.isdecimal():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    raise SourceChanged(f'"{path}" is no count.', fix="Report it to the connector's author.")


def total_of(answer: Answer, path: str | None) -> int | None:
    """The count at the path, None where the rule names none or this page does not repeat it."""
    if path is None or optional(answer, path) is None:
        return None
    return count_at(answer, path)
