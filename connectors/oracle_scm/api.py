"""The REST API of one pod: collections by `q`, descriptions, page sizes that it bears, and how it writes moments."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.oracle_scm.config import API_VERSION, OracleScmConfig
from connectors.oracle_scm.describe import Shape, shape_of
from connectors.oracle_scm.login import login
from connectors.oracle_scm.query import DATES, Condition, expression, has_moment, query_of
from connectors.oracle_scm.refusals import BadRequest, LoginRefused, TooHeavy, judge_for
from connectors.oracle_scm.selection import Node
from hub.sdk import Answer, Context, HttpSource, SourceChanged
from hub.sdk.http.paging import count_at, optional, rows_of

log = logging.getLogger(__name__)

Row = dict[str, Any]

_SMALLEST_PAGE = 25
"""Oracle's own. A pod that cannot answer so many rows has another problem than the size of the page."""


@dataclass(frozen=True)
class Found:
    """One page. `more`: what Oracle says about further rows; `limit`: how many rows the page could have held."""

    rows: list[Row]
    more: bool
    limit: int
    total: int | None = None


@dataclass(frozen=True)
class Collection:
    """What is asked for again and again: a path below the version, sorted, with these attributes."""

    path: str
    order: tuple[str, ...]
    node: Node
    conditions: tuple[Condition, ...] = ()
    api: str = "fscmRestApi"

    @property
    def url(self) -> str:
        """From the host's root; the path of a child comes so already."""
        return self.path if self.path.startswith("/") else f"/{self.api}/resources/{API_VERSION}/{self.path}"

    @property
    def kind(self) -> str:
        """What all collections of its kind have in common: the lines of one order and those of another."""
        return self.path.rpartition("/child/")[2]


class OracleApi:
    """Asks a pod. Safe to use from several threads.

    skew  how far the pod's clock is ahead of ours, by its last answer; None before, or where it does not tell
    """

    def __init__(self, config: OracleScmConfig, context: Context) -> None:
        self.config = config
        self.context = context
        self.skew: timedelta | None = None
        headers = {"REST-Framework-Version": str(config.framework_version)}
        self.http = HttpSource(config, context, auth=login(config), headers=headers, judge=judge_for(config))
        self._root = self.http.base_url
        self._refused: LoginRefused | None = None
        self._most: dict[str, int] = {}
        self._ways: dict[tuple[str, bool], tuple[bool, int]] = {}
        self._shapes: dict[tuple[str, str], Shape] = {}
        self._lock = threading.Lock()

    def describe(self, resource: str, api: str = "fscmRestApi") -> Shape:
        """What the pod has of a resource; asked once."""
        with self._lock:
            if (api, resource) not in self._shapes:
                answer = self.get(f"/{api}/resources/{API_VERSION}/{resource}/describe")
                self._shapes[api, resource] = shape_of(answer.data, resource)
            return self._shapes[api, resource]

    def get(self, path: str, query: str = "") -> Answer:
        """The answer of a path from the pod's root. A refused login is not tried again: accounts get locked."""
        if self._refused is not None:
            raise LoginRefused(self._refused.problem, fix=self._refused.fix)
        try:
            answer = self.http.request("GET", f"{self._root}{path}{'?' if query else ''}{query}")
        except LoginRefused as error:
            self._refused = error
            raise
        self._learn_clock(answer)
        return answer

    def page(self, wanted: Collection, more: Sequence[Condition] = (), *, offset: int = 0, limit: int | None = None,
             total: bool = False) -> Found:  # fmt: skip
        """One page of a collection, of as many rows as wanted, or as the pod bears."""
        conditions = (*wanted.conditions, *more)
        while True:
            asked = min(limit or self.config.page_size, self._most.get(wanted.kind, self.config.page_size))
            params: dict[str, str | int] = {"limit": asked, "offset": offset, "onlyData": "true"}
            if wanted.order:
                params["orderBy"] = ",".join(f"{name}:asc" for name in wanted.order)
            if total:
                params["totalResults"] = "true"
            try:
                return _found(self._asked(wanted, conditions, params), asked)
            except TooHeavy as error:
                if asked <= _SMALLEST_PAGE or asked == 1:
                    raise
                self._most[wanted.kind] = max(_SMALLEST_PAGE, asked // 2)
                log.info("%s: %s; pages of %d rows are asked for", wanted.path, error.problem, asked // 2)

    def count(self, wanted: Collection) -> int | None:
        """How many rows there are; None where the pod does not tell."""
        return self.page(wanted, limit=1, total=True).total

    def self_path(self, wanted: Collection, key: Condition, ties: Mapping[str, Any] | None = None) -> str:
        """The path of one row of a collection, by the link it carries: clients must not build it.

        Only the path is used, since links name the pod's own host, whatever proxy lies before it. `ties` are values of
        the row that tell it from others with its key.
        """
        ties = ties or {}
        fields = ",".join(dict.fromkeys((key.attribute, *ties)))
        limit = self.config.page_size if ties else 1
        params: dict[str, str | int] = {"fields": fields, "limit": limit, "q": expression([key])}
        rows = rows_of(self.get(wanted.url, query_of(params)), "items")
        row = next((row for row in rows if all(row.get(name) == value for name, value in ties.items())), None)
        links = row.get("links") if row else None
        for link in links if isinstance(links, list) else ():
            if isinstance(link, dict) and link.get("rel") == "self" and isinstance(link.get("href"), str):
                href: str = link["href"]
                return "/" + href.partition("://")[2].partition("/")[2] if "://" in href else href
        raise SourceChanged(f"{wanted.path}: a row has no link to itself.", fix="Report it with the pod's release.")

    def way(self, wanted: Collection) -> list[Any] | None:
        """How changes of a collection are asked for, as far as it is known: to be kept for the next run."""
        return list(way) if (way := self._ways.get((wanted.kind, True))) else None

    def know_way(self, wanted: Collection, way: Any) -> None:
        """What `way` told before; whatever else it is, is passed over."""
        if isinstance(way, list) and len(way) == 2 and way[1] in range(len(DATES)):
            self._ways.setdefault((wanted.kind, True), (way[0] is True, way[1]))

    def now(self) -> datetime:
        """The present moment by the pod's clock, as far as it is known."""
        return self.context.now() + (self.skew or timedelta(0))

    def close(self) -> None:
        self.http.close()

    # -- ways to ask ---------------------------------------------------------------------------------------------------

    def _asked(self, wanted: Collection, conditions: Sequence[Condition], params: dict[str, str | int]) -> Answer:
        """The answer to the way of asking that this resource takes: found out by trying, and kept."""
        dated = has_moment(conditions)
        known = self._ways.get((wanted.kind, dated))
        first: BadRequest | None = None
        for way in dict.fromkeys([*([known] if known else []), *self._possible(dated)]):
            by_fields, date = way
            extra = {"fields": wanted.node.fields} if by_fields else {"expand": wanted.node.expand}
            filters = {"q": expression(conditions, date)} if conditions else {}
            asked = {name: value for name, value in {**params, **filters, **extra}.items() if value != ""}
            try:
                answer = self.get(wanted.url, query_of(asked))
            except BadRequest as error:
                first = first or error
                continue
            if first is not None and not by_fields and way != known:
                log.warning("%s: chosen attributes are refused, all are asked for: %s", wanted.kind, first.problem)
            self._ways[wanted.kind, dated] = way
            return answer
        assert first is not None, "there is at least one way"
        raise first

    @staticmethod
    def _possible(dated: bool) -> Iterator[tuple[bool, int]]:
        """With chosen attributes, moments written in each way; then everything, children expanded."""
        for by_fields in (True, False):
            for date in range(len(DATES) if dated else 1):
                yield by_fields, date

    def _learn_clock(self, answer: Answer) -> None:
        try:
            there = parsedate_to_datetime(answer.headers.get("date", ""))
        except (TypeError, ValueError):
            return
        there = there if there.tzinfo else there.replace(tzinfo=UTC)
        self.skew = there - self.context.now()


def _found(answer: Answer, asked: int) -> Found:
    rows = rows_of(answer, "items")
    limit = optional(answer, "limit")
    held = min(asked, limit) if isinstance(limit, int) and not isinstance(limit, bool) and limit > 0 else asked
    total = count_at(answer, "totalResults") if optional(answer, "totalResults") is not None else None
    return Found(rows, optional(answer, "hasMore") is not False, held, total)
