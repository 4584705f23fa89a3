"""A strict Service Layer of one made-up company: sessions with two cookies, paging by links that count rows."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.sap_b1 import sim_data as data
from connectors.sap_b1.sim_schema import NAMESPACE, SETS, with_complex_types
from hub.sdk.simulator import Refuse, Simulator, Table, json_answer
from hub.sdk.simulator.odata import Dialect, EntityTable, Service
from hub.sdk.simulator.odata.ask import Ask, Reply
from hub.sdk.simulator.table import SimRow

_RELEASE = "1000191"
_NODE = ".node2"
_SESSION_MINUTES = 30
_DEFAULT_ROWS = 20
Made = Callable[[int, datetime], SimRow]


class _Table(EntityTable):
    """Rows whose change moves a date and a time beside it, by the server's clock."""

    def touch(self, count: int, tick: Callable[[], datetime], dice: random.Random) -> list[str]:
        chosen = dice.sample(self.rows, min(count, len(self.rows)))
        for row in chosen:
            moment = tick()
            row |= {"UpdateDate": data.day(moment), "UpdateTime": data.clock(moment)}
        self.changed(chosen)
        return [self.id_of(row) for row in chosen]


class _OldService(Service):
    """The same in OData 3, whose envelopes have no `@` in their names."""

    def answer(self, ask: Ask) -> Reply:
        reply = super().answer(ask)
        return replace(reply, body=reply.body.replace(b'"@odata.', b'"odata.'))


def _error(code: str, message: str, *, old: bool = False) -> Any:
    if old:
        return {"error": {"code": int(code), "message": {"lang": "en-us", "value": message}}}
    return {"error": {"code": code, "message": message}}


class SapB1Simulator(Simulator):
    """`size` customers and items, and `orders` documents of each kind.

    company, user   what the login must name; the password is `secret`
    """

    page_rows = 500

    def __init__(self, **options: Any) -> None:
        self.company, self.user = "SBODEMO", "hub"
        self.logins = self.logouts = 0
        self.refused: set[str] = set()
        """Entity sets that the user may not read."""
        super().__init__(**options)

    # -- the data ------------------------------------------------------------------------------------------------------

    def fill(self) -> list[Table]:
        make = data.Maker(self.seed, customers=self.size, products=self.size)
        partners = data.SUPPLIERS + self.size

        def table(name: str, key: str, count: int, made: Made) -> _Table:
            rows = [made(number, self.tick()) for number in range(count)]
            return _Table(name, name, rows, key=key, stamp="UpdateDate", make=made)

        def documents(name: str, count: int, made: Made, days: int = 0) -> _Table:
            rows = [made(number, self.placed_at(number, days=days)) for number in range(count)]
            return _Table(name, name, rows, key="DocEntry", stamp="UpdateDate", make=made)

        small = [_Table(name, "", [dict(row) for row in rows], key="", stamp=None) for name, rows in data.SMALL.items()]
        return [
            table("partners", "CardCode", partners, make.partner),
            table("products", "ItemCode", self.size, make.item),
            table("warehouses", "WarehouseCode", data.WAREHOUSES, make.warehouse),
            documents("orders", self.order_count, make.order),
            documents("deliveries", self.order_count, make.delivery, 2),
            documents("returns", min(self.order_count, 30), make.goods_return, 9),
            documents("purchase_orders", self.order_count, make.purchase_order),
            *small,
        ]

    def truth(self) -> dict[str, Any]:
        """By canonical entity: lists within rows are entities of their own."""
        rows = {name: table.rows for name, table in self.tables.items()}
        supplies = [row for row in rows["partners"] if row["CardType"] == "cSupplier"]
        buys = [row for row in rows["partners"] if row["CardType"] != "cSupplier"]
        levels = [level for row in rows["products"] for level in row["ItemWarehouseInfoCollection"]]
        return {
            "customers": _told(row["CardCode"] for row in buys),
            "suppliers": _told(row["CardCode"] for row in supplies),
            "contacts": _told(c["InternalCode"] for row in rows["partners"] for c in row["ContactEmployees"]),
            "addresses": _told(
                f"{a['BPCode']}:{a['AddressType']}:{a['AddressName']}"
                for row in rows["partners"]
                for a in row["BPAddresses"]
            ),
            "products": _told(row["ItemCode"] for row in rows["products"]),
            "locations": _told(row["WarehouseCode"] for row in rows["warehouses"]),
            "stock_levels": _told(f"{level['ItemCode']}:{level['WarehouseCode']}" for level in levels),
            "orders": _documents(rows["orders"]),
            "order_lines": _lines(rows["orders"]),
            "shipments": _told(row["DocEntry"] for row in rows["deliveries"]),
            "shipment_lines": _told(_keys(rows["deliveries"])),
            "returns": _lines(rows["returns"]),
            "purchase_orders": _told(row["DocEntry"] for row in rows["purchase_orders"]),
            "purchase_order_lines": _lines(rows["purchase_orders"]),
        }

    # -- the doors -----------------------------------------------------------------------------------------------------

    def routes(self) -> list[Route]:
        return [*self._service("/b1s/v1", Service, old=True), *self._service("/b1s/v2", Service, old=False)]

    def _service(self, prefix: str, kind: type[Service], *, old: bool) -> list[Route]:
        def error(code: str, message: str) -> Any:
            return _error(code if code.lstrip("-").isdigit() else "-1000", message, old=old)

        def guard(request: Request) -> Mapping[str, str]:
            return self._enter(request, old=old)

        dialect = Dialect(NAMESPACE, error=error, default_rows=_DEFAULT_ROWS, offset_tokens=True)
        service = (_OldService if old else kind)(self, dialect, SETS, guard=guard)

        async def metadata(request: Request) -> Response:
            guard(request)
            reply = service.answer(service._ask(request))
            return Response(with_complex_types(reply.body), 200, media_type="application/xml")

        async def currency(request: Request) -> Response:
            guard(request)
            return json_answer({"value": "EUR"})

        return [
            Route(f"{prefix}/Login", self._login(old=old), methods=["POST"]),
            Route(f"{prefix}/Logout", self._logout(old=old), methods=["POST"]),
            Route(f"{prefix}/SBOBobService_GetLocalCurrency", currency, methods=["POST"]),
            Route(f"{prefix}/$metadata", metadata),
            *service.routes(prefix),
        ]

    def error_body(self, status: int, message: str) -> Any:
        return _error("-1", message)

    def _login(self, *, old: bool) -> Callable[[Request], Any]:
        async def login(request: Request) -> Response:
            try:
                asked = msgspec.json.decode(await request.body(), type=dict[str, str])
            except msgspec.DecodeError:
                raise Refuse(400, _error("-1000", "The login body is no JSON.", old=old)) from None
            if asked.get("CompanyDB") != self.company:
                raise Refuse(401, _error("-304", "Fail to get DB Credentials from SLD.", old=old))
            if asked.get("UserName") != self.user or asked.get("Password") != self.desk.client_secret:
                raise Refuse(401, _error("100000027", "Login failed", old=old))
            self.logins += 1
            session = self.desk.issue()
            answer = json_answer({"SessionId": session, "Version": _RELEASE, "SessionTimeout": _SESSION_MINUTES})
            answer.headers.append("set-cookie", f"B1SESSION={session};HttpOnly;;SameSite=None")
            answer.headers.append("set-cookie", f"ROUTEID={_NODE}; path=/;SameSite=None")
            return answer

        return login

    def _logout(self, *, old: bool) -> Callable[[Request], Any]:
        async def logout(request: Request) -> Response:
            self._enter(request, old=old)
            self.logouts += 1
            return Response(status_code=204)

        return logout

    def _enter(self, request: Request, *, old: bool) -> Mapping[str, str]:
        """Both cookies, of a session that lives: another node knows nothing of it."""
        cookies = request.cookies
        if cookies.get("ROUTEID") != _NODE or not self.desk.is_valid(cookies.get("B1SESSION", "")):
            raise Refuse(401, _error("301", "Invalid session or session already timeout.", old=old))
        entities = request.url.path.split("/")[3].partition("(")[0]
        if entities in self.refused:
            raise Refuse(400, _error("-5006", "You are not permitted to perform this action", old=old))
        return {}


def _told(ids: Iterable[Any], sums: Mapping[str, str] | None = None) -> dict[str, Any]:
    found = [str(each) for each in ids]
    return {"count": len(found), "ids": found, "sums": dict(sums or {})}


def _iso(row: SimRow) -> str:
    return next((iso for iso, code in data.CODES.items() if code == row["DocCurrency"]), str(row["DocCurrency"]))


def _keys(rows: Iterable[SimRow]) -> list[str]:
    return [f"{row['DocEntry']}:{line['LineNum']}" for row in rows for line in row["DocumentLines"]]


def _documents(rows: list[SimRow]) -> dict[str, Any]:
    sums: dict[str, Decimal] = {}
    for row in rows:
        iso = _iso(row)
        sums[iso] = sums.get(iso, Decimal(0)) + (row["DocTotal"] if iso == "EUR" else row["DocTotalFc"])
    return _told((row["DocEntry"] for row in rows), {iso: str(total) for iso, total in sorted(sums.items())})


def _lines(rows: list[SimRow]) -> dict[str, Any]:
    sums: dict[str, Decimal] = {}
    for row in rows:
        iso = _iso(row)
        for line in row["DocumentLines"]:
            sums[iso] = sums.get(iso, Decimal(0)) + (line["LineTotal"] if iso == "EUR" else line["RowTotalFC"])
    return _told(_keys(rows), {iso: str(total) for iso, total in sorted(sums.items())})
