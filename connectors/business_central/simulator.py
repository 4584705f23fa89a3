"""A stand-in for Business Central: Entra's token endpoint, the API v2.0 of a tenant with two companies, and an API page
of an admin's own. As strict about names, types and page sizes as the vendor; deletes are told nowhere."""

from __future__ import annotations

import base64
import random
from collections.abc import Mapping
from typing import Any

from connectors.business_central.simulation.schema import entity_sets, own_sets
from connectors.business_central.simulation.tables import Books
from hub.sdk.simulator import Refuse, Request, Response, Route, Simulator, Table, form_of, json_answer
from hub.sdk.simulator.odata import Dialect, EntitySet, ODataRefusal, Query, Reason, Service, v4_error
from hub.sdk.simulator.odata.grammar import Compare, Expression, Logic, Path

_MOST_ROWS = 20_000
_SCOPE = "https://api.businesscentral.dynamics.com/.default"
_CODES = {
    Reason.UNKNOWN_RESOURCE: "BadRequest_ResourceNotFound",
    Reason.NOT_FOUND: "Internal_RecordNotFound",
    Reason.UNKNOWN_PROPERTY: "BadRequest",
    Reason.NOT_IMPLEMENTED: "BadRequest_MethodNotAllowed",
}


class BusinessCentralSimulator(Simulator):
    """`size` customers, contacts, vendors, items and purchase orders, and `orders` sales orders; most of these are
    posted already, and so are no orders any more.

    denied      resources that the app may not read
    registered  False: nobody has entered the app in Business Central
    Beside touch, add and delete `/_sim/mutate` takes `{"post": {"orders": 3}}`, which ships and invoices orders, and
    `{"move": {"products": 2}}`, which moves stock without touching the item.
    """

    page_rows = _MOST_ROWS
    denied: frozenset[str] = frozenset()
    registered = True

    def fill(self) -> list[Table]:
        self.books = Books(self.seed, self.size, self.order_count, self.tick, self.placed_at)
        return list(self.books.tables.values())

    def routes(self) -> list[Route]:
        dialect = Dialect(
            "Microsoft.NAV", codes=_CODES, error=_error, check=self._check,
            etag=lambda row: f'W/"{row.get("lastModifiedDateTime", "")}"',
        )  # fmt: skip
        root = "/v2.0/{tenant}/{environment}/api"
        self.service = Service(self, dialect, entity_sets(), guard=self._enter)
        self.own = Service(self, dialect, own_sets(), guard=self._enter)
        return [
            Route("/{tenant}/oauth2/v2.0/token", self.token, methods=["POST"]),
            *self.service.routes(f"{root}/v2.0"),
            *self.own.routes(f"{root}/acme/hub/v1.0"),
        ]

    def truth(self) -> dict[str, Any]:
        return self.books.truth()

    def error_body(self, status: int, message: str) -> Any:
        return _error("BadRequest_NotFound" if status == 404 else "BadRequest", message)

    def mutate(self, wish: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, list[str]]]:
        with self.lock:
            for verb in wish:
                if verb in {"post", "move"} and set(wish[verb]) - {"orders", "products"}:
                    raise KeyError(verb)
            return super().mutate(wish)

    def _mutated(self, verb: str, table: Table, count: int, dice: random.Random) -> list[str]:
        if verb == "post":
            chosen = dice.sample(table.rows, min(count, len(table.rows)))
            self.books.post(chosen)
            return [order["number"] for order in chosen]
        if verb == "move":
            return self._moved(dice.sample(table.rows, min(count, len(table.rows))))
        return super()._mutated(verb, table, count, dice)

    def _moved(self, items: list[dict[str, Any]]) -> list[str]:
        ledger = self.books.tables["itemLedgerEntries"]
        for item in items:
            item["inventory"] += 1
            entry = self.books.make.entry(len(ledger.rows), self.tick()) | {"itemNumber": item["number"], "quantity": 1}
            ledger.rows.append(entry)
            ledger.changed([entry])
        return [item["id"] for item in items]

    # -- the door --------------------------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        form = await form_of(request)
        if form.get("scope") != _SCOPE:
            return json_answer(
                {"error": "invalid_scope", "error_description": "AADSTS70011: the scope is not valid."}, 400
            )
        grant = self.desk.grant(form)
        if grant is None:
            told = "AADSTS7000215: Invalid client secret provided."
            return json_answer({"error": "invalid_client", "error_description": told}, 401)
        return json_answer(grant)

    def _enter(self, request: Request) -> dict[str, str]:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme == "Basic":
            _, _, password = base64.b64decode(given).decode().partition(":")
            known = password == self.desk.client_secret
        else:
            known = scheme == "Bearer" and self.desk.is_valid(given)
        if not known or not self.registered:
            told = "The server has rejected the client credentials."
            raise Refuse(401, _error("Authentication_InvalidCredentials", told))
        return {"request-id": "00000000-0000-4000-8000-00000000000a"}

    def _check(self, found: EntitySet, query: Query, preferences: Mapping[str, str]) -> None:
        """What Business Central refuses beyond the protocol."""
        if found.name in self.denied:
            told = f"You do not have the following permissions on {found.name}: Read."
            raise Refuse(403, _error("Authorization_RequestDenied", told))
        if (query.top or 0) > _MOST_ROWS:
            raise Refuse(413, _error("RequestDataTooLarge", "The request asks for too many rows."))
        if query.filter is not None:
            _refuse_mixed(query.filter)


def _refuse_mixed(expression: Expression) -> None:
    """`or` joins conditions on one field only."""
    if not isinstance(expression, Logic):
        return
    for part in expression.parts:
        _refuse_mixed(part)
    if expression.word == "or" and len({_field(part) for part in expression.parts}) > 1:
        raise ODataRefusal(Reason.BAD_OPTION, "An 'or' operator on different fields is not supported.")


def _field(expression: Expression) -> Any:
    if isinstance(expression, Compare) and isinstance(expression.left, Path):
        return expression.left.names
    return id(expression)


def _error(code: str, message: str) -> Any:
    return v4_error(code, f"{message}  CorrelationId:  00000000-0000-4000-8000-00000000000a.")
