"""Simulator: data made by seed, the vendor's routes, and the control endpoints every simulator has."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter, deque
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.sdk.simulator.course import FIRST, LAST, moment_of
from hub.sdk.simulator.desk import TokenDesk
from hub.sdk.simulator.faults import App, Fault, FaultInjector, FaultPlan, Message, Receive, Scope, Send
from hub.sdk.simulator.table import SimRow, Table, merged_truth

_encode = msgspec.json.Encoder(decimal_format="number").encode
_KEPT_REQUESTS = 1000


class Refuse(Exception):
    """Raise it in a handler: the vendor's answer to a request it does not take."""

    def __init__(self, status: int, body: Any, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body
        self.headers = dict(headers or {})


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form that was posted; starlette's own parser would need a further library."""
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))


def json_answer(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON with `Decimal` as exact numbers."""
    return Response(_encode(body), status, dict(headers or {}), "application/json")


class Simulator:
    """Subclass it: `fill` makes the tables from `seed`, `size` and `order_count`, `routes` the vendor's paths.

    seed       same seed, same data
    size       rows of the main tables
    orders     orders, where there shall be more or fewer
    page_rows  largest page; None is the vendor's own
    secret     the password, token or client secret it accepts
    Handlers should be `async def`, and take the lock only where they change something.
    """

    page_rows = 100

    def __init__(
        self,
        *,
        seed: int = 1,
        size: int = 100,
        orders: int | None = None,
        page_rows: int | None = None,
        secret: str = "simulated",  # noqa: S107  what a simulator accepts is no secret
        faults: FaultPlan | None = None,
    ) -> None:
        self.seed = seed
        self.size = size
        self.order_count = size if orders is None else orders
        self.page_rows = page_rows or self.page_rows
        self.desk = TokenDesk(client_secret=secret)
        self.lock = threading.RLock()
        self._moment = FIRST
        self._mutations = 0
        self.tables = {table.name: table for table in self.fill()}
        self._moment = max(self._moment, LAST)
        self.log = RequestLog()
        self._inner = self._starlette()
        self._injector = FaultInjector(self._inner, faults or FaultPlan(), self.expire)

    # -- what a simulator brings -----------------------------------------------------------------------------------

    def fill(self) -> list[Table]:
        """The data. Stamps come from `tick()`, so that they rise and lie in the past."""
        raise NotImplementedError

    def routes(self) -> list[Route]:
        """The vendor's paths."""
        raise NotImplementedError

    def error_body(self, status: int, message: str) -> Any:
        """How the vendor words an error that no handler raised: an unknown path or method."""
        return {"message": message}

    def expire(self) -> None:
        """End all tokens and sessions."""
        self.desk.expire()

    def truth(self) -> dict[str, Any]:
        """What the hub must hold after a full read, by canonical entity: count, ids, sums per currency."""
        return merged_truth(self.tables.values())

    # -- what handlers use -----------------------------------------------------------------------------------------

    def tick(self, seconds: float = 60) -> datetime:
        """The next moment of the simulator's own time, in whole seconds."""
        with self.lock:
            self._moment += timedelta(seconds=seconds)
            return self._moment

    def placed_at(self, number: int, *, of: int | None = None, days: float = 0) -> datetime:
        """When the order of a number was placed: they rise over two years, up to what `tick()` says later.

        of     how many there are, of something else than orders
        days   so much later, at most fourteen: when it was shipped or billed
        """
        return moment_of(number, self.order_count if of is None else of) + timedelta(days=days)

    def window(self, request: Request, rows: list[SimRow], start: int, count: int) -> list[SimRow]:
        """A page of rows. Here a lost or repeated page happens, if the plan says so."""
        fault = request.scope.get("hub.fault")
        if fault is Fault.LOST_PAGE:
            start += count
        elif fault is Fault.REPEATED_PAGE:
            start = max(0, start - count)
        return rows[start : start + count]

    def require_bearer(self, request: Request, body: Any) -> None:
        """Refuse with 401 and the vendor's body unless the request has a token that is alive."""
        token = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not self.desk.is_valid(token):
            raise Refuse(401, body)

    # -- control ---------------------------------------------------------------------------------------------------

    def mutate(self, wish: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, list[str]]]:
        """`{"touch": {"orders": 3}, "add": {"orders": 1}, "delete": {"customers": 1}}` -> the ids it happened to."""
        with self.lock:
            self._mutations += 1
            dice = random.Random(f"{self.seed} {self._mutations}")  # noqa: S311  repeatable on purpose
            done: dict[str, dict[str, list[str]]] = {}
            for verb, counts in wish.items():
                for name, count in counts.items():
                    done.setdefault(verb, {})[name] = self._mutated(verb, self.tables[name], count, dice)
            return done

    def _mutated(self, verb: str, table: Table, count: int, dice: random.Random) -> list[str]:
        if verb == "touch":
            return table.touch(count, self.tick, dice)
        if verb == "add":
            return table.add(count, self.tick)
        if verb == "delete":
            return table.delete(count, self.tick, dice)
        raise KeyError(verb)

    @property
    def plan(self) -> FaultPlan:
        return self._injector.plan

    @plan.setter
    def plan(self, plan: FaultPlan) -> None:
        self._injector.plan = plan

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The simulator is its own ASGI app."""
        started, status = time.monotonic(), 0

        async def watch(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._injector(scope, receive, watch)
        finally:
            if scope["type"] == "http" and not scope["path"].startswith("/_sim/"):
                self.log.add(scope, status, time.monotonic() - started)

    def _starlette(self) -> App:
        async def refused(_: Request, error: Exception) -> Response:
            assert isinstance(error, Refuse)
            return json_answer(error.body, error.status, error.headers)

        async def unknown(_: Request, error: Exception) -> Response:
            assert isinstance(error, HTTPException)
            return json_answer(self.error_body(error.status_code, error.detail), error.status_code)

        return Starlette(
            routes=[*self._control(), *self.routes()], exception_handlers={Refuse: refused, HTTPException: unknown}
        )

    def _control(self) -> list[Route]:
        return [
            Route("/_sim/truth", self._truth),
            Route("/_sim/log", self._log),
            Route("/_sim/mutate", self._mutate, methods=["POST"]),
            Route("/_sim/faults", self._faults, methods=["POST"]),
        ]

    async def _truth(self, _: Request) -> Response:
        with self.lock:
            return json_answer(self.truth())

    async def _log(self, _: Request) -> Response:
        return json_answer(self.log.summary() | {"faults": dict(self._injector.counts)})

    async def _mutate(self, request: Request) -> Response:
        try:
            return json_answer(self.mutate(await request.json()))
        except (KeyError, ValueError, TypeError, AttributeError):
            tables = sorted(self.tables)
            return json_answer({"error": "expected touch, add or delete: {table: count}", "tables": tables}, 400)

    async def _faults(self, request: Request) -> Response:
        try:
            self.plan = msgspec.convert(await request.json(), FaultPlan)
        except (ValueError, msgspec.ValidationError) as error:
            return json_answer({"error": str(error)}, 400)
        return json_answer(self.plan)


class RequestLog:
    """What was asked, for tests of how few requests a sync needs."""

    def __init__(self) -> None:
        self.last: deque[dict[str, Any]] = deque(maxlen=_KEPT_REQUESTS)
        self.by_path: Counter[str] = Counter()
        self.by_status: Counter[int] = Counter()
        self._lock = threading.Lock()

    def add(self, scope: Scope, status: int, seconds: float) -> None:
        fault = scope.get("hub.fault")
        entry = {
            "method": scope["method"],
            "path": scope["path"],
            "query": scope["query_string"].decode("latin-1"),
            "status": status,
            "fault": fault.value if fault else None,
            "ms": round(seconds * 1000, 1),
        }
        with self._lock:
            self.last.append(entry)
            self.by_path[f"{scope['method']} {scope['path']}"] += 1
            self.by_status[status] += 1

    def summary(self) -> dict[str, Any]:
        with self._lock:
            return {
                "requests": self.by_status.total(),
                "by_status": {str(status): count for status, count in self.by_status.items()},
                "by_path": dict(self.by_path.most_common(200)),
                "last": list(self.last)[-50:],
            }
