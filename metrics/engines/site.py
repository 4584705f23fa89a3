"""What every place where metrics are computed can do, and what it is told about the moment.

A metric is SQL in DuckDB's dialect (`metrics.compiled`). A site runs it over its copy of the canonical tables, and
hands results over as tables of a DuckDB in this process, whoever computed them.
"""

from __future__ import annotations

import itertools
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from hub.errors import MetricUndefined
from metrics.answers import Counting
from metrics.base import Request
from metrics.compiled import Compiled

if TYPE_CHECKING:
    import duckdb

T = TypeVar("T")
Computed = tuple[Counting, Callable[[], str]]
"""The coverage of a metric, and a way to get the name of the table with its rows, among `Site.results`."""


@dataclass(frozen=True)
class Ground:
    """What numbers rest on beside the data: settings, the day, and what is known of streams.

    currencies   every currency that any amount is in
    today        the day that "now" is, in the reporting time zone
    sequence     the newest change of the store that is in the data
    streams      rows of `metrics.trust_facts.STREAMS`; `unmapped` those of its `UNMAPPED`
    """

    currency: str
    time_zone: str
    today: date
    currencies: frozenset[str] = frozenset()
    fiscal_year_start: int = 1
    sequence: int | None = None
    streams: Sequence[tuple[Any, ...]] = ()
    unmapped: Sequence[tuple[Any, ...]] = ()
    warehouses: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def converts(self) -> bool:
        """Whether amounts in other currencies are held."""
        return bool(self.currencies - {self.currency})


class LacksRoom(MetricUndefined):
    """A number has more digits than there is room for."""

    def __init__(self) -> None:
        super().__init__("an amount or a sum has more than 38 digits.", fix="Look for amounts that cannot be true.")


@dataclass(frozen=True)
class Room:
    """A way to give numbers more room. `is_exact`: what had room before is the same to the last digit."""

    give: Callable[[], None]
    is_exact: bool = False


class Site(ABC):
    """Computes metrics over one state of the data."""

    name: ClassVar[str]
    """As in `analytics:`."""
    results: duckdb.DuckDBPyConnection
    """Has the tables with results."""

    def __init__(self, ground: Ground) -> None:
        self.ground = ground
        self._numbers = itertools.count(1)

    @property
    @abstractmethod
    def variant(self) -> str:
        """How numbers are computed now, where the usual way had too few digits."""

    @abstractmethod
    def prepare(self, request: Request, plan: Compiled) -> None:
        """Tell the database what the SQL of a plan asks for: period, parameters, exact divisions, parts."""

    @abstractmethod
    def run(self, group: Sequence[tuple[Request, Compiled]]) -> Iterator[Computed]:
        """Metrics that share their facts, in this order. Each is done with before the next one begins."""

    @abstractmethod
    def fetched(self, query: str) -> str:
        """The rows of a query in DuckDB's dialect as something to select from among `results`."""

    @abstractmethod
    def ways_to_give_room(self) -> Sequence[Room]:
        """What can be done, one after the other, where a number has more digits than there is room for."""

    @abstractmethod
    def lacks_room(self, error: Exception) -> bool:
        """Whether an error says that a number has too many digits."""

    def beside(self) -> Site | None:
        """Another one over the same state, whose results are among `results`, too, to work at the same time; None
        where that does not pay."""
        return None

    def recover(self) -> None:  # noqa: B027  # there is nothing to mend where a statement is all or nothing
        """Be ready for the next statement after one that lacked room."""

    def cannot(self, plan: Compiled) -> str:
        """Why this site cannot compute a metric as DuckDB does; empty where it can."""
        return ""

    def with_room(self, work: Callable[[], T]) -> T:
        """Do it again with more room where a number does not fit. Raises LacksRoom where it never does."""
        for room in (*self.ways_to_give_room(), None):
            try:
                return work()
            except Exception as error:
                if not self.lacks_room(error):
                    raise
                self.recover()
                if room is None:
                    raise LacksRoom from error
                room.give()
        raise AssertionError("unreachable: the last attempt raises")

    def new_table(self) -> str:
        """A name that no other result of this site has."""
        return f"hub_result_{next(self._numbers)}"


def facts_sql(request: Request, plan: Compiled, columns: Sequence[str] | None = None) -> str:
    """The facts that a request is limited to, with those of their columns that are needed, or all of them."""
    names = "*" if columns is None else ", ".join(f'"{name}"' for name in columns)
    where = f" WHERE {request.only.condition()}" if request.only else ""
    return f"SELECT {names} FROM ({plan.facts_sql}) AS facts{where}"
