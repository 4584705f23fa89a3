"""The Admin GraphQL API of one shop: login, points, page sizes that fit, and what its answers mean."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any

from connectors.shopify.config import ShopifyConfig
from hub.sdk import (
    Answer,
    Auth,
    AuthError,
    ConfigError,
    Context,
    CostBudget,
    Credential,
    GraphQLSource,
    HeaderAuth,
    HttpSource,
    HubError,
    QueryTooCostly,
    Refusal,
    SessionAuth,
    SourceChanged,
    SourceUnavailable,
)  # fmt: skip

log = logging.getLogger(__name__)

_TOKEN_HEADER = "X-Shopify-Access-Token"  # noqa: S105  the name of a header
_VERSION_HEADER = "x-shopify-api-version"
_FIRST_GUESS_POINTS = 100.0
_OUTSIDE = {
    "shop_not_permitted": "App and shop must belong to one organisation; else use the access token of a custom app.",
    "app_not_installed": "Install the app in this shop first.",
}
_DENIED = (
    "Give the app the scope or the approval for customer data that it names, then run `hub check`; or take the field "
    "out under `fields:`, as in `customers: {email: null}`, and it is not asked for."
)


class ShopLogin(SessionAuth):
    """Client credentials of an app: a token for a day, asked for again before it ends."""

    def __init__(self, config: ShopifyConfig) -> None:
        assert config.client_id and config.client_secret, "the settings require both"
        self._url = f"{config.base_url}/admin/oauth/access_token"
        self._id, self._secret = config.client_id, config.client_secret.get_secret_value()
        super().__init__(self._ask)

    def secrets(self) -> Iterable[str]:
        return (*super().secrets(), self._secret)

    def _ask(self, http: HttpSource) -> Credential:
        form = {"client_id": self._id, "client_secret": self._secret, "grant_type": "client_credentials"}
        answer = http.request("POST", self._url, form=form, elsewhere=True, idempotent=True, judge=_refused_login)
        token, life = answer.at("access_token"), answer.data.get("expires_in")
        if not isinstance(token, str) or not token:
            raise SourceChanged("the login gave no usable access_token.", fix="Report it to the connector's author.")
        return Credential({_TOKEN_HEADER: token}, float(life) if isinstance(life, int) else None, (token,), answer.data)


def _refused_login(answer: Answer) -> Refusal | None:
    if answer.status not in {400, 401, 403}:
        return None
    body = answer.peek()
    code = str(body.get("error", "")) if isinstance(body, Mapping) else ""
    fix = _OUTSIDE.get(code, "Check `client_id` and `client_secret`, then run `hub check`.")
    known = code if code in _OUTSIDE or code.startswith("invalid_") else str(answer.status)
    return Refusal(AuthError(f"Shopify refused the login ({known}).", fix=fix))


def _judge(answer: Answer) -> Refusal | None:
    """What the table of statuses would say in words that do not help here."""
    if answer.status in {301, 302, 303, 307, 308}:
        return Refusal(
            ConfigError(
                "the shop has another address.",
                fix="Set `base_url` to the shop's own `https://NAME.myshopify.com`, never to its custom domain.",
            )
        )
    if answer.status == 404:
        return Refusal(
            ConfigError("there is no such shop, or no such API version.", fix="Check `base_url` and `api_version`.")
        )
    return None


class ShopifyApi:
    """Asks a shop.

    served   the version that answered; None before the first answer, or where none is told
    points   the bucket of points as the last answer told it;  date  when that was, by Shopify's clock
    """

    def __init__(self, config: ShopifyConfig, context: Context) -> None:
        self.config = config
        self.budget = CostBudget()
        auth: Auth = HeaderAuth(_TOKEN_HEADER, config.access_token) if config.access_token else ShopLogin(config)
        path = f"admin/api/{config.api_version}"
        self.http = HttpSource(config, context, auth=auth, path=path, judge=_judge, budgets=[self.budget])
        self.graphql = GraphQLSource(self.http, budget=self.budget)
        self.served: str | None = None
        self.points: Mapping[str, Any] = {}
        self.date = ""
        self._costs: dict[str, float] = {}
        self._sizes: dict[str, int] = {}

    def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The `data` of a query."""
        return self._data(self._send(document, variables, repeatable=True))

    def change(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The `data` of a mutation, which is sent once."""
        return self._data(self._send(document, variables, repeatable=False))

    def ask_sized(self, document: str, variables: Mapping[str, Any], most: int) -> tuple[dict[str, Any], int]:
        """The `data` of a query with a variable `first`, and what it was: as many as wanted, or as Shopify lets us.

        A gateway that gives up on a page (502, 504) is asked for half of it, as one that finds it too costly.
        """
        first = min(most, self._sizes.get(document, most))
        while True:
            try:
                return self.ask(document, {**variables, "first": first}), first
            except QueryTooCostly as error:
                first = self._smaller(document, first, error, error.cost, error.limit)
            except SourceUnavailable as error:
                if not ("HTTP 502" in error.problem or "HTTP 504" in error.problem):
                    raise
                first = self._smaller(document, first, error, None, None)

    def batch_size(self, document: str, most: int) -> int:
        """How many ids a query may name, by what is known so far."""
        return min(most, self._sizes.get(document, most))

    def ask_batch(self, document: str, ids: list[str], variables: Mapping[str, Any] | None = None) -> list[Any]:
        """The `nodes` of many ids, in as few requests as the points allow; None in place of what is gone."""
        found: list[Any] = []
        while len(found) < len(ids):
            size = self.batch_size(document, 250)
            part = ids[len(found) : len(found) + size]
            try:
                nodes = self.ask(document, {**(variables or {}), "ids": part}).get("nodes")
            except QueryTooCostly as error:
                self._smaller(document, len(part), error, error.cost, error.limit)
                continue
            if not isinstance(nodes, list) or len(nodes) != len(part):
                raise SourceChanged("`nodes` gave another number of nodes than asked for.", fix="Report it.")
            found += nodes
        return found

    def ask_shared(self, key: str, document: str, variables: Mapping[str, Any], holders: int) -> dict[str, Any] | None:
        """The `data` of a query about several holders; None where they are too many, and `batch_size` of the key tells
        how many are not."""
        try:
            return self.ask(document, variables)
        except QueryTooCostly as error:
            self._smaller(key, holders, error, error.cost, error.limit)
            return None

    def _smaller(self, document: str, first: int, error: HubError, cost: float | None, limit: float | None) -> int:
        if first <= 1:
            raise error
        fitting = int(first * limit / cost) if cost and limit else first // 2
        self._sizes[document] = max(1, min(first - 1, fitting))
        log.debug("pages of %d rows are too costly; %d are asked for", first, self._sizes[document])
        return self._sizes[document]

    def _send(self, document: str, variables: Mapping[str, Any] | None, *, repeatable: bool) -> Answer:
        cost = self._costs.get(document, _FIRST_GUESS_POINTS)
        try:
            answer = self.graphql.execute(document, variables, cost=cost, idempotent=repeatable)
        except AuthError as error:
            if "(ACCESS_DENIED)" in error.problem:
                error.fix = _DENIED
            raise
        self._learn(document, answer)
        return answer

    def _data(self, answer: Answer) -> dict[str, Any]:
        data = answer.at("data")
        if not isinstance(data, dict):
            raise SourceChanged('"data" is no object.', fix="Check `api_version`; report it if it is current.")
        return data

    def _learn(self, document: str, answer: Answer) -> None:
        extensions = answer.data.get("extensions") if isinstance(answer.data, dict) else None
        cost = extensions.get("cost") if isinstance(extensions, dict) else None
        if isinstance(cost, dict):
            self.points = cost.get("throttleStatus") or self.points
            with suppress(KeyError, TypeError, ValueError):
                self._costs[document] = float(cost["requestedQueryCost"])
        self.date = answer.headers.get("date", self.date)
        served = answer.headers.get(_VERSION_HEADER)
        if served and served not in {self.config.api_version, self.served}:
            log.warning(
                "Shopify answers with API version %s, not %s, which it no longer supports: set `api_version`.",
                served, self.config.api_version,
            )  # fmt: skip
        self.served = served or self.served

    def close(self) -> None:
        self.http.close()


def nodes_of(found: Any, where: str) -> list[Any]:
    """The nodes of a connection. SourceChanged where there are none: an empty list is still a list."""
    nodes = found.get("nodes") if isinstance(found, dict) else None
    if not isinstance(nodes, list):
        raise SourceChanged(
            f'there is no list of nodes in "{where}".', fix="Check `api_version`; report it if it is current."
        )
    return nodes


def next_cursor(found: Any, where: str) -> str | None:
    """The cursor of the next page, None on the last one. SourceChanged where nobody can tell."""
    info = found.get("pageInfo") if isinstance(found, dict) else None
    more = info.get("hasNextPage") if isinstance(info, dict) else None
    cursor = info.get("endCursor") if isinstance(info, dict) else None
    if more is False:
        return None
    if more is not True or not isinstance(cursor, str) or not cursor:
        raise SourceChanged(f'"{where}" does not say whether more comes.', fix="Report it to the connector's author.")
    return cursor


__all__ = ["ShopLogin", "ShopifyApi", "next_cursor", "nodes_of"]
