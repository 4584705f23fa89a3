"""GraphQL over HttpSource: a query with variables, errors as the tree knows them, and a vendor's budget of points.

Vendors answer errors with status 200, so what an answer means is decided here and not by the table of statuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.errors import AuthError, HubError, SourceChanged, SourceUnavailable, Throttled
from hub.sdk.http.answer import Answer, Refusal
from hub.sdk.http.source import HttpSource
from hub.sdk.http.statuses import vendor_message
from hub.sdk.http.throttle import CostBudget


class QueryTooCostly(SourceChanged):
    """The query costs more than the source allows at once: ask for fewer rows.

    cost, limit   in points, as the source told them; None where it did not
    """

    cost: float | None = None
    limit: float | None = None


_LATER = "The next run tries again."
_CODES: Mapping[str, tuple[type[HubError], bool, str]] = {
    "THROTTLED": (Throttled, True, _LATER),
    "INTERNAL_SERVER_ERROR": (SourceUnavailable, True, _LATER),
    "TIMEOUT": (SourceUnavailable, True, _LATER),
    "MAX_COST_EXCEEDED": (QueryTooCostly, False, "Ask for fewer rows a page."),
    "ACCESS_DENIED": (AuthError, False, "Give the app the scope it names, then run `hub check`."),
    "UNAUTHENTICATED": (AuthError, False, "Renew the credentials, then run `hub check`."),
    "FORBIDDEN": (AuthError, False, "Give the app the permission, then run `hub check`."),
}
"""`errors[].extensions.code` -> (error, whether to ask again, remedy)."""


class GraphQLSource:
    """One endpoint. `budget` is one of those given to `http`; here it is fed from `extensions.cost` of each answer, in
    the form Shopify sends it."""

    def __init__(self, http: HttpSource, path: str = "graphql.json", budget: CostBudget | None = None) -> None:
        self.http = http
        self._path = path
        self._budget = budget

    def query(self, document: str, variables: Mapping[str, Any] | None = None, *, cost: float = 0) -> dict[str, Any]:
        """The `data` of a reading query; it is repeated on failures, so never send a mutation that must happen once.

        `cost` in points is reserved before, where there is a budget. Partial data beside errors is an error.
        """
        answer = self.execute(document, variables, cost=cost, idempotent=True)
        data = answer.at("data")
        if not isinstance(data, dict):
            raise SourceChanged('"data" is no object.', fix="Check the API version; report it if it is current.")
        return data

    def execute(self, document: str, variables: Mapping[str, Any] | None, *, cost: float, idempotent: bool) -> Answer:
        """The whole answer, errors raised. A mutation is sent once: `idempotent=False`."""
        body = {"query": document, "variables": dict(variables or {})}
        return self.http.request(
            "POST",
            self._path,
            json=body,
            idempotent=idempotent,
            judge=lambda answer: self._judge(answer, cost),
            cost=cost,
        )

    def _judge(self, answer: Answer, cost: float) -> Refusal | None:
        body = answer.peek() if 200 <= answer.status < 300 else None
        if not isinstance(body, dict):
            return None
        self._learn(body)
        errors = body.get("errors")
        return self._refusal(errors, cost) if errors else None

    def _refusal(self, errors: Any, cost: float) -> Refusal:
        first = errors[0] if isinstance(errors, list) else errors
        extensions = first.get("extensions") if isinstance(first, dict) else None
        code = str(extensions.get("code", "")) if isinstance(extensions, dict) else ""
        kind, again, fix = _CODES.get(
            code, (SourceChanged, False, "Check the API version; report it if it is current.")
        )
        said = vendor_message(first)
        problem = f"the query was refused{f' ({code})' if code else ''}." + (
            f' The source says: "{said}"' if said else ""
        )
        error = kind(problem, fix=fix)
        if isinstance(error, QueryTooCostly) and isinstance(extensions, dict):
            error.cost, error.limit = _points(extensions.get("cost")), _points(extensions.get("maxCost"))
        wait = None
        if kind is Throttled and self._budget:
            wait = self._budget.seconds_until(cost, self._now()) or None
        return Refusal(error, again, wait)

    def _learn(self, body: Mapping[str, Any]) -> None:
        try:
            state = body["extensions"]["cost"]["throttleStatus"]
            maximum, available, rate = (
                float(state[name]) for name in ("maximumAvailable", "currentlyAvailable", "restoreRate")
            )
        except (KeyError, TypeError, ValueError):
            return
        if self._budget:
            self._budget.learn_state(self._now(), maximum=maximum, available=available, per_second=rate)

    def _now(self) -> float:
        return self.http.context.clock.monotonic()


def _points(value: Any) -> float | None:
    try:
        points = float(value)
    except (TypeError, ValueError):
        return None
    return points if points > 0 else None
