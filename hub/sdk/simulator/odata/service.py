"""One OData service of a simulator: entity sets under one root, read only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from hub.sdk.simulator.base import Refuse, Simulator
from hub.sdk.simulator.odata import batch
from hub.sdk.simulator.odata.address import Addresses, Target
from hub.sdk.simulator.odata.ask import Ask, Reply
from hub.sdk.simulator.odata.conditions import Conditions
from hub.sdk.simulator.odata.data import Data
from hub.sdk.simulator.odata.dialect import Dialect
from hub.sdk.simulator.odata.metadata import edmx, service_document
from hub.sdk.simulator.odata.model import EntitySet
from hub.sdk.simulator.odata.pages import Inquiry, Pages
from hub.sdk.simulator.odata.query import Query, QueryReader, options_of
from hub.sdk.simulator.odata.refusals import ODataRefusal, Reason
from hub.sdk.simulator.odata.results import Results, encode
from hub.sdk.simulator.odata.values import Version
from hub.sdk.simulator.odata.writer import Shape, Writer

Guard = Callable[[Request], Mapping[str, str]]


class Service:
    """Answers `$metadata`, the service document, `$batch` and reads of `sets` from the simulator's tables.

    guard   called with every request first: raises `Refuse` for who may not come in, returns headers for the answer
    Refuses in the dialect's words what a strict server would: unknown names, literals of another type, bad options.
    """

    def __init__(
        self, simulator: Simulator, dialect: Dialect, sets: Iterable[EntitySet], *, guard: Guard | None = None
    ) -> None:
        self.dialect = dialect
        self.sets = {each.name: each for each in sets}
        self.data = Data(self.sets, lambda: simulator.tables)
        self._guard = guard or (lambda _: {})
        self._conditions = Conditions(self.data, dialect.version, ignore_case=dialect.ignore_case)
        self._reader = QueryReader(self.data, dialect.version, depth=dialect.expand_depth, skip=dialect.skip)
        self._results = Results(self.data, self._conditions)
        self._writer = Writer(self.data, dialect, self._conditions)
        self._addresses = Addresses(self.data, self.sets, dialect.version)
        self._lock = simulator.lock
        self._segments = 0
        self.pages = Pages(simulator, dialect, self.data, self._results, self._writer)

    def routes(self, prefix: str) -> list[Route]:
        """Everything below a path such as `/sap/opu/odata/sap/API_X`; parameters in braces hold one segment each."""
        self._segments = prefix.strip("/").count("/") + 1
        below = prefix.rstrip("/") + "/{odata_path:path}"
        return [
            Route(prefix, self._asked),
            Route(below, self._asked),
            Route(below, self._posted, methods=["POST"]),
        ]

    # -- requests --------------------------------------------------------------------------------------------------

    async def _asked(self, request: Request) -> Response:
        headers = self._guard(request)
        reply = self.answer(self._ask(request))
        return Response(reply.body, reply.status, {**headers, **reply.headers}, reply.kind)

    async def _posted(self, request: Request) -> Response:
        headers = self._guard(request)
        ask = self._ask(request)
        if ask.segments != ("$batch",):
            raise Refuse(405, self.dialect.error_body("MethodNotAllowed", "The method is not allowed here."))
        reply = batch.answer(ask, await request.body(), self.answer, self.dialect)
        return Response(reply.body, reply.status, {**headers, **reply.headers}, reply.kind)

    def _ask(self, request: Request) -> Ask:
        path = request.scope["raw_path"].decode("ascii").partition("?")[0]
        parts = path.strip("/").split("/")
        address = f"{request.url.scheme}://{request.url.netloc}/"
        return Ask(
            root=address + "".join(f"{part}/" for part in parts[: self._segments]),
            segments=tuple(part for part in parts[self._segments :] if part),
            query_string=request.scope["query_string"].decode("latin-1"),
            headers=dict(request.headers.items()),
            request=request,
        )

    def answer(self, ask: Ask) -> Reply:
        """What a GET gives; refusals are replies, too."""
        try:
            with self._lock:
                return self._answer(ask)
        except ODataRefusal as refused:
            status, body = self.dialect.refusal(refused.reason, refused.message)
            return Reply(status, encode(body), headers=self._protocol())

    def _answer(self, ask: Ask) -> Reply:
        options = options_of(ask.query_string)
        if ask.segments == ("$metadata",):
            return Reply(200, edmx(self.sets, self.dialect), "application/xml", self._protocol())
        if not ask.segments:
            shape = ask.shape(self.dialect.version, options.get("$format"))
            return self._json(service_document(self.sets, shape.root, self.dialect.version))
        target = self._addresses.resolve(ask.segments)
        query = self._reader.read(target.scope.entities, options)
        if self.dialect.check is not None:
            self.dialect.check(target.scope.entities, query, ask.preferences)
        if target.counts:
            count = self.pages.counted(target.scope, query)
            return Reply(200, str(count).encode(), "text/plain", self._protocol())
        shape = ask.shape(self.dialect.version, query.format)
        if target.single:
            return self._one(ask, target, query, shape)
        body, headers = self.pages.page(Inquiry(ask, target.scope, query, shape, options))
        return Reply(200, body, headers=self._protocol() | headers)

    def _one(self, ask: Ask, target: Target, query: Query, shape: Shape) -> Reply:
        asked = [
            name for name, given in (("$filter", query.filter), ("$top", query.top), ("$orderby", query.order)) if given
        ]
        if asked:
            raise ODataRefusal(Reason.BAD_OPTION, f"The query option '{asked[0]}' cannot be used with a single row.")
        if target.row is None:
            return Reply(204, b"", headers=self._protocol())
        shown = self._writer.compiled(target.scope.entities, query, shape)(target.row)
        if self.dialect.version is Version.V2:
            return self._json({"d": shown})
        if shape.bare:
            return self._json(shown)
        path = "/".join((*ask.segments[:-1], target.scope.entities.name))
        return self._json({"@odata.context": f"{ask.root}$metadata#{path}/$entity"} | shown)

    def _json(self, body: Any) -> Reply:
        return Reply(200, encode(body), headers=self._protocol())

    def _protocol(self) -> dict[str, str]:
        if self.dialect.version is Version.V2:
            return {"DataServiceVersion": "2.0"}
        return {"OData-Version": "4.0"}
