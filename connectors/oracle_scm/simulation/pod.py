"""A stand-in for a pod of Oracle Fusion: logins, descriptions, collections, children and refusals as Oracle has them.

It takes the user `hub` with the secret as password, and tokens of its own token endpoint. Links name another host than
the one that is asked, as those of a pod behind a proxy do. Below framework version 3 lists of children are cut without
a word, below 2 expressions are refused, below 4 refusals are plain texts.
"""

from __future__ import annotations

import base64
import json
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, unquote

from connectors.oracle_scm.simulation import orders as o
from connectors.oracle_scm.simulation.answers import Answerer, Asked
from connectors.oracle_scm.simulation.data import ORGANIZATIONS, PodData, keys_of, organization
from connectors.oracle_scm.simulation.schema import RESOURCES, Resource
from connectors.oracle_scm.simulation.search import Index, Wrong, stamp
from connectors.oracle_scm.simulation.tables import tables_of
from connectors.oracle_scm.simulation.truth import truth_of
from hub.sdk.simulator import Refuse, Request, RequestLimit, Response, Route, Simulator, Table, form_of, json_answer

Row = dict[str, Any]

VERSION = "11.13.18.05"
HOST = "https://pod.fa.example.com"
_PARTIES = frozenset({"hubOrganizations", "accounts", "contacts"})
_JWT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_TABLES = {
    "salesOrdersForOrderHub": "orders", "hubOrganizations": "customers", "accounts": "customers",
    "contacts": "contacts", "suppliers": "suppliers", "inventoryOrganizations": "locations", "itemsV2": "products",
    "itemCosts": "average_costs", "standardCosts": "standard_costs",
    "inventoryOnhandBalances": "stock", "inventoryReservations": "reservations",
    "shipments": "shipments", "shipmentLines": "shipment_lines", "purchaseOrders": "purchase_orders",
    "receivingTransactionsHistory": "receipts", "unitsOfMeasure": "units", "unitOfMeasureClasses": "unit_classes",
}  # fmt: skip


class OracleScmSimulator(Simulator):
    """`size` customers, products and purchase orders, and `orders` orders.

    denied      resources that the user may not read: 403;  hidden: those that do not exist for it: 404
    lacking     resource -> attributes that this pod does not have, and lists: `lots`, or `lots.LotNumber` of one
    date_forms  resource -> ways to write a moment that it takes, of offset, zulu, blank and day
    child_rows  how many children an expanded list holds
    throttle    lets only so many requests a second in, where it is set
    """

    page_rows = 499
    denied: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    lacking: Mapping[str, frozenset[str]] = {}
    date_forms: Mapping[str, frozenset[str]] = {
        "shipments": frozenset({"blank"}), "receivingTransactionsHistory": frozenset({"zulu"}),
        "suppliers": frozenset({"day"}),
    }  # fmt: skip
    child_rows = 25
    throttle: RequestLimit | None = None

    def fill(self) -> list[Table]:
        self.data = PodData(self.seed, customers=self.size, products=self.size, orders=self.order_count)
        self._indexes: dict[str, Index] = {}
        self._newest: dict[int, int] | None = None
        return list(tables_of(self.data, self.tick, self.placed_at))

    def routes(self) -> list[Route]:
        return [
            Route("/oauth2/v1/token", self.token, methods=["POST"]),
            Route("/fscmRestApi/resources", self.versions),
            Route(f"/{{api}}/resources/{VERSION}/{{path:path}}", self.answer),
        ]

    def truth(self) -> dict[str, Any]:
        return truth_of(self)

    def mutate(self, wish: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, list[str]]]:
        """`{"ship": {"orders": 2}}` ships open orders without moving their own stamp; `{"revise": {"orders": 2}}` adds
        a submitted revision to orders that have one."""
        with self.lock:
            done = super().mutate({verb: each for verb, each in wish.items() if verb not in {"ship", "revise"}})
            for verb, work in (("ship", self._ship), ("revise", self._revise)):
                if verb in wish:
                    done[verb] = {"orders": work(wish[verb].get("orders", 0))}
            self._indexes.clear()
            self._newest = None
            return done

    def _ship(self, count: int) -> list[str]:
        rows = [
            slim for slim in o.current_of(self.tables["orders"].rows).values()
            if o.is_open(self.data, slim) and not o.has_left(self.data, slim)
        ][:count]  # fmt: skip
        for slim in rows:
            slim["shipped"] = stamp(self.tick())
        return [self.tables["orders"].id_of(slim) for slim in rows]

    def _revise(self, count: int) -> list[str]:
        table = self.tables["orders"]
        newest = o.newest_of(table.rows)
        rows = [slim for slim in table.rows if slim["SubmittedFlag"] and newest[slim["number"]] == 1][:count]
        for slim in rows:
            changed = stamp(self.tick())
            slim["LastUpdateDate"] = changed
            table.rows.append(
                {**o.order_slim(slim["number"], 2, True, changed), "CreationDate": slim["CreationDate"]}
            )  # fmt: skip
        return [table.id_of(slim) for slim in rows]

    # -- rows ----------------------------------------------------------------------------------------------------------

    def row(self, table: str, slim: Row) -> Row:
        """The whole row that a slim one stands for."""
        data = self.data
        if table == "orders":
            return o.order_row(data, slim, self.newest[slim["number"]])
        if table == "shipment_lines":
            return o.shipment_line_row(data, slim)
        makers = {
            "customers": data.customer, "contacts": data.contact, "suppliers": data.supplier, "products": data.product,
            "locations": organization, "stock": data.stock, "reservations": data.reservation,
            "average_costs": data.average_cost, "standard_costs": data.standard_cost, "shipments": o.shipment_row,
            "purchase_orders": data.purchase_order, "receipts": data.receipt, "units": data.unit,
            "unit_classes": data.unit_class,
        }  # fmt: skip
        return makers[table](slim)

    @property
    def newest(self) -> dict[int, int]:
        """Number of an order -> its newest revision."""
        if self._newest is None:
            self._newest = o.newest_of(self.tables["orders"].rows)
        return self._newest

    def index(self, resource: str) -> Index:
        """The entries of a resource, ready to be searched."""
        with self.lock:
            if resource not in self._indexes:
                name, shape = _TABLES[resource], RESOURCES[resource]
                table = self.tables[name]
                entries = table.rows
                if resource == "itemsV2":  # each item once more in every organization
                    entries = [{**row, "OrganizationCode": code} for row in entries for code, *_ in ORGANIZATIONS]
                elif resource == "inventoryOrganizations":
                    entries = [organization(row) for row in entries]
                self._indexes[resource] = Index(entries, shape.key, table.stamp, self._value_of(name))
            return self._indexes[resource]

    def _value_of(self, table: str) -> Any:
        def value(entry: Row, name: str) -> Any:
            if (table, name) == ("orders", "OpenFlag"):
                return o.is_open(self.data, entry)
            return self.row(table, entry)[name]

        return value

    def table_of(self, resource: str) -> str:
        """Name of the table that a resource shows."""
        return _TABLES[resource]

    # -- the door ------------------------------------------------------------------------------------------------------

    async def token(self, request: Request) -> Response:
        """Client credentials, or the assertion of a user; the client by Basic, or by an assertion of its own."""
        form = await form_of(request)
        if not self._is_client(request, form):
            return json_answer({"error": "invalid_client", "error_description": "Client authentication failed."}, 401)
        grant = form.get("grant_type")
        if grant == _JWT and _claims(form.get("assertion", "")).get("sub") != "hub.user":
            return json_answer({"error": "invalid_grant", "error_description": "The user is not known."}, 400)
        if grant not in {"client_credentials", _JWT}:
            return json_answer({"error": "unsupported_grant_type"}, 400)
        life = int(self.desk.lifetime_seconds)
        return json_answer({"access_token": self.desk.issue(), "token_type": "Bearer", "expires_in": life})

    def _is_client(self, request: Request, form: Mapping[str, str]) -> bool:
        user, secret = _basic(request)
        if user:
            return self.desk.knows(user, secret)
        if form.get("client_assertion_type", "").endswith("client-assertion-type:jwt-bearer"):
            claims = _claims(form.get("client_assertion", ""))
            return claims.get("sub") == claims.get("iss") == self.desk.client_id
        return self.desk.knows(form.get("client_id", ""), form.get("client_secret", ""))

    def _enter(self, request: Request) -> None:
        header = request.headers.get("authorization", "")
        known = self.desk.is_valid(header.removeprefix("Bearer ")) if header.startswith("Bearer ") else False
        if not known and not self.desk.knows(*_basic(request)):
            raise Refuse(401, {"title": "Unauthorized", "status": "401"})

    async def versions(self, request: Request) -> Response:
        self._enter(request)
        allowed = [str(number) for number in range(1, 10)]
        extension = {"defaultFrameworkVersion": "1", "allowedFrameworkVersions": allowed}
        return json_answer({"items": [{"version": VERSION, "isLatest": True, "adf:extension": extension}]})

    async def answer(self, request: Request) -> Response:
        """A collection, a list of children, or a description."""
        wait = self.throttle.wait_seconds() if self.throttle else 0
        if wait:
            raise Refuse(429, {"title": "Too Many Requests", "status": "429"}, {"Retry-After": str(wait)})
        self._enter(request)
        first, *rest = request.scope["raw_path"].decode().split(f"/{VERSION}/", 1)[1].split("/")
        asked = Asked.of(request)
        shape = RESOURCES.get(first)
        if shape is None or first in self.hidden or shape.api != request.path_params["api"]:
            raise asked.refusal(404, "The requested resource does not exist.")
        if first in self.denied:
            raise asked.refusal(403, "Forbidden")
        shape = self._own(first, shape)
        if rest == ["describe"]:
            return json_answer({"Resources": {first: shape.described(first)}})
        answerer = Answerer(self, asked, f"{HOST}/{shape.api}/resources/{VERSION}")
        try:
            if not rest:
                return json_answer(answerer.collection(first, shape, self.date_forms.get(first)))
            return json_answer(answerer.children(first, shape, [unquote(step) for step in rest]))
        except Wrong as error:
            raise asked.refusal(400, str(error)) from None

    def _own(self, name: str, shape: Resource) -> Resource:
        """The resource as this pod has it."""
        return _without(shape, self.lacking.get(name, frozenset()))

    def find(self, resource: str, handle: str) -> Row | None:
        """A row by what its own link calls it."""
        index, (low, high) = self.index(resource), self._near(resource, handle)
        for entry in index.by_key[bisect_left(index.keys, low) : bisect_right(index.keys, high)]:
            row = self.row(_TABLES[resource], entry)
            if handle_of(resource, row) == handle:
                return row
        return None

    def _near(self, resource: str, handle: str) -> tuple[Any, Any]:
        """The keys among which a row with this handle is."""
        if resource.startswith("unit"):
            return "", "~"
        if resource == "inventoryOnhandBalances":
            handle = handle[:36]
        digits = handle.rpartition(":")[2].lstrip("C")[-20:]
        number = int(digits) if digits.isdecimal() else 0
        if resource == "salesOrdersForOrderHub":
            return (number, number + 999) if ":" in handle else (number, number)
        if resource in _PARTIES:
            number = keys_of(_TABLES[resource], number - (0 if resource == "contacts" else 10_000))["PartyId"]
        return number, number

    def error_body(self, status: int, message: str) -> Any:
        return {"title": message, "status": str(status)}


def _without(shape: Resource, gone: frozenset[str]) -> Resource:
    if not gone:
        return shape
    kept = {attribute: kind for attribute, kind in shape.attributes.items() if attribute not in gone}
    below = {
        name: _without(child, frozenset(each.partition(".")[2] for each in gone if each.startswith(f"{name}.")))
        for name, child in shape.children.items()
        if name not in gone
    }
    return Resource(shape.key, kept, below, shape.hidden_from_q, shape.api)


def handle_of(resource: str, row: Row) -> str:
    """The last part of a row's own link: a key that tells, or a hash that clients must not build."""
    if resource == "salesOrdersForOrderHub":
        return str(row["OrderKey"])
    if resource in _PARTIES:
        return str(row["PartyNumber"])
    hashed = f"00020000000EACED{row[RESOURCES[resource].key]!s:0>20}"
    if resource == "inventoryOnhandBalances":  # several rows share an item
        hashed += f"{row['place']}{row['SubinventoryCode'][0]}{row['LocatorName'] or '-'}"
    return hashed


def path_of(handle: str) -> str:
    return quote(handle, safe="")


def _basic(request: Request) -> tuple[str, str]:
    header = request.headers.get("authorization", "")
    if not header.startswith("Basic "):
        return "", ""
    try:
        user, _, secret = base64.b64decode(header.removeprefix("Basic ")).decode().partition(":")
    except ValueError:
        return "", ""
    return user, secret


def _claims(token: str) -> dict[str, Any]:
    """What an assertion says; nothing where it is none."""
    try:
        part = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (ValueError, IndexError):
        return {}
    return claims if isinstance(claims, dict) else {}
