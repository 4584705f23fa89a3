"""A strict stand-in for a Dataverse environment: Entra's token endpoint, the Web API, definitions, and deltas."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.dynamics.sim_data import LINES, RATES, Rows, currency_id, guid
from connectors.dynamics.sim_tables import KNOWN_OPTIONS, definition, entity_sets
from hub.sdk.simulator import Refuse, Simulator, Table, form_of, json_answer
from hub.sdk.simulator.odata import Dialect, EntitySet, EntityTable, ODataRefusal, Query, Reason, Service, v4_error
from hub.sdk.simulator.table import SimRow

ROOT = "/api/data/{version}"
_NAMES = re.compile(r"[A-Za-z]+")
_CODES = {**dict.fromkeys(Reason, "0x80060888"), Reason.EXPIRED: "0x80044352", Reason.NOT_FOUND: "0x80040217"}
_TRACKED_ALONE = ("filter", "order", "expand", "top")
_CHILDREN = {"orders": ("order_lines", "_salesorderid_value"), "invoices": ("invoice_lines", "_invoiceid_value")}
_USER = guid("user", 0)
_PRIVILEGES = ("Account", "Contact", "Lead", "Opportunity", "Product", "Order", "Invoice", "Incident",
               "TransactionCurrency")  # fmt: skip


class DynamicsSimulator(Simulator):
    """`size` rows in each main table, and `orders` orders and invoices.

    Each setting below is a way in which environments differ.

    untracked  tables that do not track changes;  absent  tables that are not there;  depth  of the read privileges
    """

    page_rows = 5000

    def __init__(
        self, *, untracked: frozenset[str] = frozenset(), absent: frozenset[str] = frozenset(), depth: str = "Global",
        **options: Any,
    ) -> None:  # fmt: skip
        self._sets = {each.type: each for each in entity_sets(untracked) if each.type not in absent}
        self._depth = depth
        self._remaining = 6000
        super().__init__(**options)

    # -- data ------------------------------------------------------------------------------------------------------

    def fill(self) -> list[Table]:
        rows, size, orders = Rows(self.seed, self.size), range(self.size), range(self.order_count)
        lines = [number * LINES + place for number in orders for place in range(len(rows.company.order(number).lines))]

        def deal(number: int) -> datetime:
            return self.placed_at(number - number % 3, of=self.size)

        def order(number: int, days: int = 0) -> datetime:
            """Stamps are shared by threes."""
            return self.placed_at(number - number % 3, days=days)

        def billed(number: int) -> datetime:
            return order(number, 3)

        tables = [
            self._table("fx_rates", "fx_rates", "transactioncurrencyid", rows.currency, range(len(RATES))),
            self._table("accounts", "customers", "accountid", rows.account, size),
            self._table("contacts", "contacts", "contactid", rows.contact, size),
            self._table("leads", "leads", "leadid", rows.lead, size, at=deal),
            self._table("opportunities", "opportunities", "opportunityid", rows.opportunity, size, at=deal,
                        amount="amount"),
            self._table("products", "products", "productid", rows.product, size),
            self._table("orders", "orders", "salesorderid", rows.order, orders, at=order, amount="totalamount"),
            self._table("order_lines", "order_lines", "salesorderdetailid", rows.order_line, lines, amount="net",
                        at=lambda line: order(line // LINES)),
            self._table("invoices", "invoices", "invoiceid", rows.invoice, orders, at=billed, amount="totalamount"),
            self._table("invoice_lines", "invoice_lines", "invoicedetailid", rows.invoice_line, lines, amount="net",
                        at=lambda line: billed(line // LINES)),
            self._table("cases", "cases", "incidentid", rows.case, size, at=deal),
        ]  # fmt: skip
        organization = {
            "organizationid": guid("organization", 0),
            "name": "Sim",
            "_basecurrencyid_value": currency_id("EUR"),
        }
        return [
            *tables,
            EntityTable("organizations", "organizations", [organization], key="organizationid", stamp=None),
        ]

    def _table(
        self,
        name: str,
        entity: str,
        key: str,
        row: Callable[[int, datetime], SimRow],
        numbers: Iterable[int],
        *,
        at: Callable[[int], datetime] | None = None,
        amount: str | None = None,
    ) -> EntityTable:
        """Rows share their stamps by threes. What is added later has numbers that none had before."""
        moments = (at(number) if at else self.tick(0 if place % 3 else 30) for place, number in enumerate(numbers))
        rows = [row(number, moment) for number, moment in zip(numbers, moments, strict=True)]
        first = max(numbers, default=-1) + 1 - len(rows)
        return EntityTable(
            name, entity, rows, key=key, stamp="modifiedon", amount=amount, currency="currency" if amount else None,
            make=None if name == "fx_rates" else lambda number, moment: row(first + number, moment),
        )  # fmt: skip

    def truth(self) -> dict[str, Any]:
        """Contacts of no account are customers, too, and product families are no products."""
        truth = super().truth()
        truth.pop("organizations")
        persons = [row["contactid"] for row in self.tables["contacts"].rows if row["_parentcustomerid_value"] is None]
        truth["customers"] = _counted(truth["customers"], truth["customers"]["ids"] + persons)
        sold = [row["productid"] for row in self.tables["products"].rows if row["productstructure"] != 2]
        truth["products"] = _counted(truth["products"], sold)
        return {entity: known for entity, known in truth.items() if not self._is_absent(entity)}

    def _is_absent(self, entity: str) -> bool:
        held = {self.tables[each.table].entity for each in self._sets.values()}
        return entity not in held

    def mutate(self, wish: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, list[str]]]:
        """`{"expire": {"deltas": 1}}` makes every delta link too old."""
        if wish.get("expire", {}).get("deltas"):
            self.service.pages.expire_deltas()
        return super().mutate({verb: counts for verb, counts in wish.items() if verb != "expire"})

    def _mutated(self, verb: str, table: Table, count: int, dice: random.Random) -> list[str]:
        """Deleting a document deletes its lines."""
        ids = super()._mutated(verb, table, count, dice)
        if verb == "delete" and table.name in _CHILDREN:
            child, parent = _CHILDREN[table.name]
            lines = self.tables[child]
            assert isinstance(lines, EntityTable)
            lines.remove([row for row in lines.rows if row[parent] in set(ids)], self.tick)
        return ids

    # -- paths -----------------------------------------------------------------------------------------------------

    def routes(self) -> list[Route]:
        dialect = Dialect(
            "Microsoft.Dynamics.CRM", error=v4_error, codes=_CODES, status={Reason.EXPIRED: 400}, skip=False,
            most_counted=5000, ignore_case=True, etag=lambda row: f'W/"{row.get("versionnumber", 1)}"', check=_check,
        )  # fmt: skip
        self.service = Service(self, dialect, self._sets.values(), guard=self._enter)
        return [
            Route("/{tenant}/oauth2/v2.0/token", self._token, methods=["POST"]),
            Route(ROOT + "/WhoAmI()", self._who_am_i),
            Route(ROOT + "/RetrieveVersion()", self._version),
            Route(ROOT + "/systemusers({user})/Microsoft.Dynamics.CRM.RetrieveUserPrivileges()", self._privileges),
            Route(ROOT + "/EntityDefinitions(LogicalName='{table}')", self._definition),
            *self.service.routes(ROOT),
        ]

    def error_body(self, status: int, message: str) -> Any:
        return v4_error("0x80060888", message)

    def _enter(self, request: Request) -> dict[str, str]:
        if request.path_params.get("version") != "v9.2":
            raise Refuse(404, v4_error("0x80060888", "The version of the Web API is not supported."))
        self.require_bearer(request, v4_error("0x80072560", "The token is invalid."))
        self._remaining = max(3000, self._remaining - 1)
        return {"x-ms-ratelimit-burst-remaining-xrm-requests": str(self._remaining), "OData-Version": "4.0"}

    async def _token(self, request: Request) -> Response:
        form = await form_of(request)
        if not form.get("scope", "").endswith("/.default"):
            told = "AADSTS70011: The provided value for the input parameter 'scope' is not valid."
            return json_answer({"error": "invalid_scope", "error_description": told}, 400)
        granted = self.desk.grant(form)
        if granted is None:
            told = "AADSTS7000215: Invalid client secret provided."
            return json_answer({"error": "invalid_client", "error_description": told}, 401)
        return json_answer(granted)

    async def _who_am_i(self, request: Request) -> Response:
        headers = self._enter(request)
        body = {"UserId": _USER, "BusinessUnitId": guid("organization", 1), "OrganizationId": guid("organization", 0)}
        return json_answer(body, headers=headers)

    async def _version(self, request: Request) -> Response:
        return json_answer({"Version": "9.2.25111.135"}, headers=self._enter(request))

    async def _privileges(self, request: Request) -> Response:
        headers = self._enter(request)
        told = [{"Depth": self._depth, "PrivilegeName": f"prvRead{name}"} for name in _PRIVILEGES]
        return json_answer({"RolePrivileges": told}, headers=headers)

    async def _definition(self, request: Request) -> Response:
        headers = self._enter(request)
        asked = f"{request.query_params.get('$select', '')},{request.query_params.get('$expand', '')}"
        unknown = set(_NAMES.findall(asked)) - KNOWN_OPTIONS - {"Attributes", "select"}
        if unknown:
            raise Refuse(400, v4_error("0x80060888", f"Could not find a property named '{min(unknown)}'."))
        found = self._sets.get(request.path_params["table"])
        if found is None:
            raise Refuse(404, v4_error("0x80060888", "Could not find an entity with the specified name."))
        return json_answer(definition(found), headers=headers)


def _counted(known: Mapping[str, Any], ids: list[str]) -> dict[str, Any]:
    return {**known, "count": len(ids), "ids": ids}


def _check(found: EntitySet, query: Query, preferences: Mapping[str, str]) -> None:
    """Change tracking bears no options beside, and needs a table that has it switched on."""
    if "track-changes" not in preferences:
        return
    if not found.tracked:
        raise ODataRefusal(Reason.BAD_OPTION, f"Change tracking is not enabled for the entity {found.type}.")
    for name in _TRACKED_ALONE:
        if getattr(query, name):
            raise ODataRefusal(
                Reason.BAD_OPTION, f'The "${name}" query parameter is not supported when Change Tracking is enabled.'
            )
