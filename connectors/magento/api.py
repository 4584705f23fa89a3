"""The REST API of one shop: login, search, page sizes that the shop bears, and what its answers mean."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from connectors.magento.config import MagentoConfig
from connectors.magento.criteria import Search
from connectors.magento.refusals import TooHeavy, TooManyRows, judge_for
from hub.sdk import (
    Answer,
    Auth,
    BearerAuth,
    ClientCredentialsAuth,
    Context,
    HttpSource,
    OAuth1Auth,
    SourceChanged,
)
from hub.sdk.http.paging import count_at, rows_of

log = logging.getLogger(__name__)

_SMALLEST_PAGE = 10
"""A shop that cannot answer so many rows has another problem than the size of the page."""


@dataclass(frozen=True)
class Found:
    """Rows of one page, how many there are for the same filters, and how many were asked for."""

    rows: list[dict[str, Any]]
    total: int
    size: int


class MagentoApi:
    """Asks a shop. Safe to use from several threads.

    skew  how far the shop's clock is ahead of ours, by its last answer; None before, or where it does not tell
    """

    def __init__(self, config: MagentoConfig, context: Context) -> None:
        self.config = config
        self.context = context
        self.skew: timedelta | None = None
        path = "V1" if config.is_saas else f"rest/{config.store_code}/V1"
        headers = {"Store": config.store_code} if config.is_saas and config.store_code != "all" else {}
        self.http = HttpSource(
            config, context, auth=_login(config), path=path, headers=headers, judge=judge_for(config)
        )
        self._most: dict[str, int] = {}
        self._limit: int | None = None

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """The decoded answer of one address below `V1`."""
        return self._asked(path, params).data

    def listed(self, path: str) -> list[dict[str, Any]]:
        """An answer that is a list of objects."""
        return rows_of(self._asked(path, None), "")

    def search(self, search: Search, size: int, page: int = 1) -> Found:
        """One page of a collection, of as many rows as wanted, or as the shop allows and bears."""
        while True:
            asked = self._size(search, size)
            try:
                answer = self._asked(search.path, search.params(asked, page))
            except TooManyRows as error:
                self._lower_limit(error, asked)
            except TooHeavy as error:
                self._halve(search, asked, error)
            else:
                return Found(_rows(answer), count_at(answer, "total_count"), asked)

    def count(self, search: Search) -> int:
        """How many rows there are for the filters."""
        return count_at(self._asked(search.path, search.only(search.id).params(1)), "total_count")

    def everything(self, search: Search, size: int) -> list[dict[str, Any]]:
        """All rows of a collection of look-ups, which is small: groups, categories, attributes."""
        rows: list[dict[str, Any]] = []
        page = 1
        while True:
            found = self.search(search, size, page)
            rows += found.rows
            if page * found.size >= found.total or not found.rows:
                return rows
            page += 1

    def now(self) -> datetime:
        """The present moment by the shop's clock, as far as it is known."""
        return self.context.now() + (self.skew or timedelta(0))

    def close(self) -> None:
        self.http.close()

    # -- sizes ---------------------------------------------------------------------------------------------------------

    def _size(self, search: Search, size: int) -> int:
        return min(size, self._most.get(search.path, size), self._limit or size)

    def _lower_limit(self, error: TooManyRows, asked: int) -> None:
        if not 0 < error.limit < asked:
            raise error
        log.debug("the shop allows %d rows a page", error.limit)
        self._limit = error.limit

    def _halve(self, search: Search, asked: int, error: TooHeavy) -> None:
        if asked <= _SMALLEST_PAGE:
            raise error
        self._most[search.path] = asked // 2
        log.info("%s: the shop does not bear %d rows a page; %d are asked for", search.path, asked, asked // 2)

    def _asked(self, path: str, params: Mapping[str, Any] | None) -> Answer:
        answer = self.http.request("GET", path, params=params)
        self._learn_clock(answer)
        return answer

    def _learn_clock(self, answer: Answer) -> None:
        try:
            there = parsedate_to_datetime(answer.headers.get("date", ""))
        except (TypeError, ValueError):
            return
        there = there if there.tzinfo else there.replace(tzinfo=UTC)
        self.skew = there - self.context.now()


def _login(config: MagentoConfig) -> Auth:
    if config.client_id is not None:
        return ClientCredentialsAuth(
            config.token_url, config.client_id, config.client_secret or "", scope=config.scope, lifetime_seconds=86_400
        )
    assert config.access_token is not None, "the settings require it"
    if config.consumer_key is None:
        return BearerAuth(config.access_token)
    assert config.consumer_secret is not None and config.access_token_secret is not None, "the settings require both"
    return OAuth1Auth(config.consumer_key, config.consumer_secret, config.access_token, config.access_token_secret)


def _rows(answer: Answer) -> list[dict[str, Any]]:
    """The rows. Where fields are chosen, Magento writes null for an empty list."""
    if answer.at("items") is None:
        if count_at(answer, "total_count"):
            raise SourceChanged("there are rows, and none came.", fix="Report it to the connector's author.")
        return []
    return rows_of(answer, "items")
