"""The simulated shop's door: paths, tokens, versions, points, and the answers of the GraphQL endpoint."""

from __future__ import annotations

import hmac
import time
from collections.abc import Iterator
from typing import Any

from connectors.shopify.config import API_VERSION
from connectors.shopify.simulator import lists
from connectors.shopify.simulator.goods import NAMES
from connectors.shopify.simulator.jobs import Jobs
from connectors.shopify.simulator.money import SHOP_CURRENCY
from connectors.shopify.simulator.plan import Field, Plan, Refused, plan, points
from connectors.shopify.simulator.run import Page, Runner
from connectors.shopify.simulator.scopes import ALL_SCOPES, refusals
from connectors.shopify.simulator.search import number_of
from connectors.shopify.simulator.shop import ShopData
from connectors.shopify.simulator.truth import truth
from hub.sdk.simulator import Fault, Refuse, Request, Response, Route, form_of, json_answer
from hub.sdk.simulator.table import iso_z

Row = dict[str, Any]

MAX_POINTS = 1000
"""Of one query, whatever the plan."""
_WRONG_TOKEN = {"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)"}
_ROOTS_BY_KIND = {
    "Customer": "customers", "Company": "companies", "Product": "products", "Order": "orders", "Location": "locations",
    "InventoryItem": "inventoryItems",
}  # fmt: skip


class ShopifySimulator(ShopData):
    """A shop on the largest plan. The access token is `secret`; the same is the client secret of the client `hub`.

    scopes       of the app
    versions     that are supported, the oldest first
    bucket       most points;  restore_rate  points that come back a second
    list_limit   rows after which a list ends
    """

    page_rows = 250

    def __init__(self, **options: Any) -> None:
        self.scopes = ALL_SCOPES
        self.versions = ["2026-01", "2026-04", "2026-07", API_VERSION]
        self.bucket, self.restore_rate, self.list_limit = 40_000.0, 2_000.0, 25_000
        self._left, self._left_at = self.bucket, time.monotonic()
        super().__init__(**options)
        self.jobs = Jobs(self._bulk, lambda: iso_z(self._moment))

    def routes(self) -> list[Route]:
        return [
            Route("/admin/oauth/access_token", self._token, methods=["POST"]),
            Route("/admin/api/{version}/graphql.json", self._graphql, methods=["POST"]),
            Route("/_bulk/{name}", self._file),
        ]

    def error_body(self, status: int, message: str) -> Any:
        return {"errors": message}

    def truth(self) -> dict[str, Any]:
        return truth(self)

    # -- login and versions ----------------------------------------------------------------------------------------

    async def _token(self, request: Request) -> Response:
        form = await form_of(request)
        if form.get("client_id") != self.desk.client_id:
            return json_answer({"error": "app_not_installed"}, 400)
        grant = self.desk.grant(form)
        if grant is None:
            return json_answer({"error": "invalid_client"}, 401)
        return json_answer({"access_token": grant["access_token"], "scope": ",".join(sorted(self.scopes)),
                            "expires_in": grant["expires_in"]})  # fmt: skip

    def _require_token(self, request: Request) -> None:
        token = request.headers.get("x-shopify-access-token", "")
        if not (hmac.compare_digest(token.encode(), self.desk.client_secret.encode()) or self.desk.is_valid(token)):
            raise Refuse(401, _WRONG_TOKEN)

    def _served(self, version: str) -> str:
        """A version that is not supported any more is served by the oldest one that is, without an error."""
        if version > self.versions[-1] or not version[:1].isdigit():
            raise Refuse(404, {"errors": "Not Found"})
        return version if version in self.versions else self.versions[0]

    # -- the endpoint ----------------------------------------------------------------------------------------------

    async def _graphql(self, request: Request) -> Response:
        self._require_token(request)
        headers = {"X-Shopify-API-Version": self._served(request.path_params["version"])}
        try:
            body = await request.json()
            made = plan(body["query"], body.get("variables"))
        except (ValueError, KeyError, TypeError):
            raise Refuse(400, {"errors": {"query": "Required parameter missing or invalid"}}) from None
        except Refused as error:
            return json_answer({"errors": error.errors}, headers=headers)
        with self.lock:
            return json_answer(self._answer(request, made), headers=headers)

    def _answer(self, request: Request, made: Plan) -> Row:
        asked = points(made)
        if asked > MAX_POINTS:
            text = f"Query cost is {asked}, which exceeds the single query max cost limit ({MAX_POINTS})."
            code = {"code": "MAX_COST_EXCEEDED", "cost": asked, "maxCost": MAX_POINTS}
            return {"errors": [{"message": text, "extensions": code}]}
        if asked > self._refilled():
            error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
            return {"errors": [error], "extensions": self._cost(asked, None)}
        errors = list(refusals(made.fields, self.scopes))
        if errors:
            data = {each.key: None for each in made.fields}
            return {"data": data, "errors": errors, "extensions": self._cost(asked, 0)}
        runner = Runner(lambda field: self._root(request, field), list_limit=self.list_limit)
        try:
            data = runner.run(made)
        except Refused as error:
            return {"errors": error.errors}
        charged = min(asked, runner.points)
        self._left -= charged
        return {"data": data, "extensions": self._cost(asked, charged)}

    def _refilled(self) -> float:
        now = time.monotonic()
        self._left = min(self.bucket, self._left + (now - self._left_at) * self.restore_rate)
        self._left_at = now
        return self._left

    def _cost(self, asked: int, actual: int | None) -> Row:
        left = {"currentlyAvailable": int(self._left), "restoreRate": self.restore_rate}
        status = {"maximumAvailable": self.bucket, **left}
        return {"cost": {"requestedQueryCost": asked, "actualQueryCost": actual, "throttleStatus": status}}

    # -- fields at the root ----------------------------------------------------------------------------------------

    def _root(self, request: Request, field: Field) -> Any:
        name = field.name
        if name.startswith("bulkOperation"):
            return self._bulk_field(request, field)
        if name in {"node", "nodes"}:
            ids = field.args.get("ids") or [field.args["id"]]
            found = [self.node(key) for key in ids]
            return found if name == "nodes" else found[0]
        if name == "location":
            return self.node(field.args["id"])
        if name.endswith("Count"):
            return self._count(field)
        if field.kind == "connection":
            return self.found.page(field, self.list_of(name), self._skipped(request, field))
        return self._about(name)

    def _skipped(self, request: Request, field: Field) -> int:
        """Here a lost or repeated page happens, if the plan says so."""
        fault = request.scope.get("hub.fault")
        step = 1 if fault is Fault.LOST_PAGE else -1 if fault is Fault.REPEATED_PAGE else 0
        return int(step * field.args["first"])

    def _count(self, field: Field) -> Row:
        name = {"productVariantsCount": "inventoryItems"}.get(field.name, field.name.removesuffix("Count"))
        total, limit = len(lists.found(name, self.list_of(name), field.args)), field.args.get("limit")
        cut = limit is not None and total > limit
        return {"count": limit if cut else total, "precision": "AT_LEAST" if cut else "EXACT"}

    def _about(self, name: str) -> Any:
        if name == "shop":
            return {"id": "gid://shopify/Shop/1", "name": "Simulated shop", "currencyCode": SHOP_CURRENCY,
                    "myshopifyDomain": "simulated.myshopify.com", "ianaTimezone": "Europe/Berlin"}  # fmt: skip
        if name == "currentAppInstallation":
            scopes = [{"handle": scope, "description": scope} for scope in sorted(self.scopes)]
            return {"id": "gid://shopify/AppInstallation/1", "accessScopes": scopes}
        if name == "publicApiVersions":
            return [{"handle": each, "displayName": each, "supported": True} for each in self.versions]
        return {"quantityNames": [{"name": each, "displayName": each, "isInUse": True} for each in NAMES]}

    def node(self, key: str) -> Row | None:
        """Any row by its id; None where it is gone, or of a kind that has no list."""
        kind = key.split("/")[3]
        if kind in {"Fulfillment", "Refund", "Return"}:
            return self._part_of_order(kind, key)
        name = _ROOTS_BY_KIND.get(kind)
        if name is None:
            return None
        row = self.stub(kind, key)
        return None if row is None else {"__typename": kind, **self.list_of(name).whole(row)}

    def _part_of_order(self, kind: str, key: str) -> Row | None:
        field = {"Fulfillment": "fulfillments", "Refund": "refunds", "Return": "returns"}[kind]
        number = number_of(key) // 10 % 1_000_000
        order = self.stub("Order", self.order_id(number))
        parts = self.sales.parts(field, number, order["createdAt"], order["updatedAt"]) if order else []
        return next((part for part in parts if part["id"] == key), None)

    # -- bulk ------------------------------------------------------------------------------------------------------

    def _bulk_field(self, request: Request, field: Field) -> Any:
        if field.name == "bulkOperationRunQuery":
            return self.jobs.start(field.args["query"])
        if field.name == "bulkOperationCancel":
            return self.jobs.cancel(field.args["id"])
        if field.name == "bulkOperation":
            return self.jobs.find(field.args["id"], str(request.base_url).rstrip("/"))
        each = lists.List(lambda _: self.jobs.rows, lambda row: row, ("id", "status"))
        return Page(lists.found(field.name, each, field.args), lists.by_id)

    def _bulk(self, made: Plan) -> Iterator[Row]:
        """The edges of a bulk query's one list, as they are now."""
        errors = list(refusals(made.fields, self.scopes))
        if errors:
            raise Refused(*errors)
        runner = Runner(lambda _: None, list_limit=self.list_limit)
        return runner.edges(made.fields[0], self.found.page(made.fields[0], self.list_of(made.fields[0].name), 0))

    async def _file(self, request: Request) -> Response:
        """Signed, so no token is asked for; one that is sent is a mistake."""
        if "x-shopify-access-token" in request.headers:
            raise Refuse(400, {"errors": "a signed address takes no token"})
        body = self.jobs.files.get(request.path_params["name"])
        if body is None:
            return Response(b"<Error><Code>ExpiredToken</Code></Error>", 403, media_type="application/xml")
        return Response(body, media_type="application/jsonl")
