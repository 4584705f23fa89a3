"""The OData 4.0 feed as an ASGI application: who asks, what for, and the answer."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from hub import __version__
from hub.console.odata import metadata, negotiation, paging, personal, query, writing
from hub.console.odata.address import Place, place_of, root_of
from hub.console.odata.answers import Answer, refused, text
from hub.console.odata.consumers import CHALLENGE, Credentials, Guard, sees_personal, take_credentials
from hub.console.odata.errors import ODataError, wrong
from hub.console.odata.filters import limits
from hub.console.odata.indexes import Indexes
from hub.console.odata.model import EntitySet, Navigation, entity_sets
from hub.console.odata.negotiation import JSON, TEXT, XML
from hub.console.odata.options import Options, Order, given, read
from hub.console.odata.query import Form, Statement, Table
from hub.console.odata.reading import Reader, Row
from hub.console.odata.syntax import tree
from hub.errors import HubError
from hub.log import record_bug

if TYPE_CHECKING:
    from hub.access.principal import Principal
    from hub.console.lending import Lending

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class FeedSettings:
    """How the feed answers.

    page_size       rows of a page where the client asks for no other size
    most_rows       of a page, whatever the client asks for
    indexes         whether indexes are made that consumers' filters and orders need
    public_url      address that clients know the server by, where it is not the one they are seen to use
    trusted_proxies networks whose X-Forwarded headers are believed
    """

    page_size: int = 10_000
    most_rows: int = 1_000_000
    indexes: bool = True
    public_url: str | None = None
    trusted_proxies: tuple[str, ...] = ()


@dataclass(frozen=True)
class Request:
    """One request, understood as far as its headers and its path go."""

    scope: dict[str, Any]
    headers: dict[str, str]
    root: str
    place: Place
    found: dict[str, str]
    principal: Principal

    @property
    def of(self) -> EntitySet:
        assert self.place.of is not None
        return self.place.of


@dataclass(frozen=True)
class Walk:
    """Where a page stands in the walk through all rows.

    mark   the place that it begins behind; None for the first page
    first  the order where the client asks for none
    limit  rows of this page
    left   rows of `$top` from here on; None without one
    """

    question: str
    mark: paging.Mark | None
    first: Sequence[Order]
    limit: int
    left: int | None

    @property
    def asked(self) -> int:
        """One row more than are shown, where there may be a further page."""
        return self.limit + (self.left is None or self.left > self.limit)

    def link(self, mark: str) -> str:
        """The place behind a row, for the link to the next page."""
        left = None if self.left is None else self.left - self.limit
        return paging.Mark(tuple(json.loads(mark)), self.first[0].name if self.first else "", left).packed(
            self.question
        )


def feed(stores: Lending, guard: Guard, settings: FeedSettings | None = None) -> Feed:
    """The feed of one store. Mount it where it shall be, such as below /odata."""
    return Feed(stores, guard, settings or FeedSettings())


class Feed:
    """An ASGI application."""

    def __init__(self, stores: Lending, guard: Guard, settings: FeedSettings) -> None:
        self._guard = guard
        self._settings = settings
        self._reader = Reader(stores)
        self._indexes = Indexes(stores, self._reader, enabled=settings.indexes)

    @property
    def is_making_indexes(self) -> bool:
        """Whether indexes are being made in the background."""
        return self._indexes.is_busy

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        from anyio import to_thread

        if scope["type"] != "http":
            return
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        credentials = take_credentials(scope, headers)
        method = scope["method"]
        answer = await to_thread.run_sync(self._answer, scope, headers, credentials, method)
        try:
            await answer.send(send, only_head=method == "HEAD")
        except (ODataError, HubError) as error:
            if not _is_begun(answer):
                raise
            log.warning("a feed's answer broke off: %s", error)
            raise

    # -- who asks, and what for --------------------------------------------------------------------------------

    def _answer(self, scope: dict[str, Any], headers: dict[str, str], credentials: Credentials, method: str) -> Answer:
        try:
            answer = self._understood(scope, headers, credentials, method)
            if answer.parts is not None and method != "HEAD":
                answer.parts = _begun(answer.parts)
            return answer
        except ODataError as error:
            return refused(error)
        except HubError as error:
            log.warning("the feed cannot answer: %s", error)
            return refused(ODataError(503, f"The store cannot answer: {error.problem}", headers={"retry-after": "10"}))
        except Exception as error:
            place = record_bug(error, f"odata {scope.get('path')}")
            log.error("an error of ours in the feed: details are in %s", place)
            return refused(ODataError(500, f"The feed failed. It is a bug of ours; details are in {place.name}."))

    def _understood(
        self, scope: dict[str, Any], headers: dict[str, str], credentials: Credentials, method: str
    ) -> Answer:
        principal = self._guard.admit(credentials)
        if principal is None:
            raise ODataError(
                401, "Send the name and the token of `hub token create NAME --scope odata` as user and password.",
                headers={"www-authenticate": CHALLENGE},
            )  # fmt: skip
        if scope["path"].rstrip("/").endswith("/$batch"):
            raise ODataError(501, "$batch is not supported.")
        if method not in ("GET", "HEAD"):
            raise ODataError(405, "The feed is for reading.", headers={"allow": "GET, HEAD"})
        negotiation.require_version(headers)
        root = root_of(scope, headers, self._settings.public_url, self._settings.trusted_proxies)
        place = place_of(scope)
        request = Request(scope, headers, root, place, given(scope.get("query_string", b"")), principal)
        answering = {
            "service": self._service, "metadata": self._metadata, "rows": self._rows, "count": self._count,
            "row": self._row, "value": self._value,
        }  # fmt: skip
        return answering[place.kind](request)

    # -- what there is -----------------------------------------------------------------------------------------

    def _service(self, request: Request) -> Answer:
        form = self._form(request, {"format"})
        sets = [
            {"name": of.name, "kind": "EntitySet", "url": of.name, "title": of.description}
            for of in entity_sets().values()
        ]
        context = {} if form.level == "none" else {"@odata.context": f"{request.root}$metadata"}
        body = json.dumps({**context, "value": sets}, ensure_ascii=False)
        return self._fixed(request, body, negotiation.content_type(form))

    def _metadata(self, request: Request) -> Answer:
        _require_only(request, {"format"})
        wanted = negotiation.accepted(request.headers, request.found.get("format", ""), XML, JSON)
        body = metadata.as_xml() if wanted.media == XML else metadata.as_json()
        return self._fixed(request, body.decode(), f"{wanted.media};charset=utf-8")

    def _fixed(self, request: Request, body: str, media: str) -> Answer:
        """What changes with a release only."""
        tag = f'W/"{hashlib.sha256(body.encode()).hexdigest()[:20]}"'
        if _is_known(request, tag):
            return Answer(304, {"etag": tag})
        return _packed(request, text(body, media, {"etag": tag}))

    # -- rows --------------------------------------------------------------------------------------------------

    def _rows(self, request: Request) -> Answer:
        form = self._form(request, set(request.found))
        options = read(request.of, request.found)
        state = self._reader.state()
        tag = _tag(request, state, form)
        if _is_known(request, tag):
            return Answer(304, {"etag": tag})
        headers = {"content-type": negotiation.content_type(form), "etag": tag}
        walk = self._walk(request, options, self._page_size(request, headers))
        table = self._table(request.of, options, form, state)
        also = self._within(table, request.place)
        statement = query.page(table, limit=walk.asked, first=walk.first, after=walk.mark, also=also)
        self._prepare(request, options)
        self._note(request, options, form, continued=walk.mark is not None)
        head = self._head(request, options, form, state, counted=options.count and walk.mark is None)
        parts = writing.rows(
            self._reader.chunks(statement), head=head, limit=walk.limit, next_link=partial(_next_link, request, walk),
            dress=writing.dresser(request.of) if form.level == "full" else None,
        )  # fmt: skip
        return _packed(request, Answer(200, headers, parts=writing.gathered(parts)))

    def _walk(self, request: Request, options: Options, size: int) -> Walk:
        question = _question(request)
        mark = paging.unpacked(options.skiptoken, question) if options.skiptoken else None
        left = mark.left if mark is not None else options.top
        first = self._first(request.of, options, mark)
        return Walk(question, mark, first, size if left is None else min(size, left), left)

    def _head(self, request: Request, options: Options, form: Form, state: Row, *, counted: bool) -> str:
        context = "" if form.level == "none" else f'"@odata.context":{json.dumps(_context(request, options))},'
        told = f'"@odata.count":{self._number(request, options, form, state)},' if counted else ""
        if counted and form.numbers_as_text:
            told = told.replace(":", ':"', 1).replace(",", '",', 1)
        return "{" + context + told + '"value":['

    def _page_size(self, request: Request, headers: dict[str, str]) -> int:
        wanted = negotiation.page_size_wanted(request.headers)
        if wanted is None:
            return self._settings.page_size
        size = min(wanted, self._settings.most_rows)
        headers["preference-applied"] = f"odata.maxpagesize={size}"
        return size

    def _first(self, of: EntitySet, options: Options, mark: paging.Mark | None) -> Sequence[Order]:
        """The order where the client asks for none: by what the filter limits, if an index makes that quick; so no page
        has to look through all that the pages before it have shown."""
        if options.order:
            return ()
        if mark is not None:
            if mark.first and mark.first not in of.properties:
                raise wrong("$skiptoken is not one of ours.", "$skiptoken")
            return (Order(mark.first, False),) if mark.first else ()
        return next(((Order(name, False),) for name in _limited(of, options) if self._indexes.has(of, name)), ())

    def _count(self, request: Request) -> Answer:
        _require_only(request, {"filter", "search", "format"})
        negotiation.accepted(request.headers, request.found.get("format", ""), TEXT, JSON)
        options = read(request.of, request.found)
        state = self._reader.state()
        form = Form(sees_personal=sees_personal(request.principal))
        return text(str(self._number(request, options, form, state)))

    def _number(self, request: Request, options: Options, form: Form, state: Row) -> int:
        counted = self._reader.held(state).get(request.of.table)
        if counted and not options.filter and not options.search and request.place.navigation is None:
            return counted
        table = self._table(request.of, replace(options, select=None, expand=()), form, state)
        statement = query.count(table, self._within(table, request.place))
        return int(self._reader.all(statement)[0][0])

    # -- one row -----------------------------------------------------------------------------------------------

    def _row(self, request: Request) -> Answer:
        form = self._form(request, {"select", "expand", "format"})
        options = read(request.of, request.found)
        state = self._reader.state()
        tag = _tag(request, state, form)
        row = self._found(request, options, form, state)
        if row is None:
            return Answer(204)
        if _is_known(request, tag):
            return Answer(304, {"etag": tag})
        self._note(request, options, form, continued=False)
        body = writing.dresser(request.of)(row) if form.level == "full" else str(row[0])
        context = (
            "" if form.level == "none" else f'"@odata.context":{json.dumps(_context(request, options) + "/$entity")},'
        )
        headers = {"content-type": negotiation.content_type(form), "etag": tag}
        return _packed(request, Answer(200, headers, ("{" + context + body[1:]).encode()))

    def _value(self, request: Request) -> Answer:
        form = self._form(request, {"format"})
        name = request.place.property
        state = self._reader.state()
        options = Options(select=(name,))
        row = self._found(request, options, replace(form, level="minimal"), state)
        assert row is not None
        value = str(row[0]).removeprefix(f'{{"{name}":').removesuffix("}")
        if value == "null":
            return Answer(204)
        self._note(request, options, form, continued=False)
        own = writing.address(request.of, [literal.value for _, literal in request.place.key])
        context = f'"@odata.context":{json.dumps(f"{request.root}$metadata#{own}/{name}")},'
        body = "{" + ("" if form.level == "none" else context) + f'"value":{value}' + "}"
        return text(body, negotiation.content_type(form))

    def _found(self, request: Request, options: Options, form: Form, state: Row) -> Row | None:
        """The row of a key; None where a row leads to none."""
        table = self._table(request.of, options, form, state)
        self._prepare(request, options)
        if request.place.navigation is None:
            statement = query.one(table, _keyed(table, request.place))
        else:
            also = [*self._within(table, request.place), table.where()]
            statement = query.one(table, also)
        rows = self._reader.all(statement)
        if not rows and request.place.navigation is None:
            raise ODataError(404, f"{request.of.name} has no row with this key.")
        return rows[0] if rows else None

    # -- parts -------------------------------------------------------------------------------------------------

    def _form(self, request: Request, allowed: set[str]) -> Form:
        _require_only(request, allowed)
        wanted = negotiation.accepted(request.headers, request.found.get("format", ""), JSON)
        return negotiation.form_of(wanted, sees_personal=sees_personal(request.principal))

    def _table(self, of: EntitySet, options: Options, form: Form, state: Row) -> Table:
        dialect = self._reader.dialect()
        written = self._reader.written(state)
        return Table(of, options, "t", dialect, dialect.values(), form, written, linked=Reader.has_links(state))

    def _within(self, table: Table, place: Place) -> list[str]:
        """What keeps to the rows that a row leads to; the row itself must be there."""
        if place.navigation is None:
            return []
        assert place.owner is not None
        owner = replace(table, of=place.owner, options=Options(), alias="o")
        known = query.one(owner, _keyed(owner, place))
        if not self._reader.all(Statement(known.sql, list(owner.values.bound))):
            raise ODataError(404, f"{place.owner.name} has no row with this key.")
        table.values.bound.clear()
        return [_paired(table, owner, place, pair) for pair in place.navigation.pairs]

    def _prepare(self, request: Request, options: Options) -> None:
        """Indexes: what an expansion needs must be there; what filters and orders could use is made meanwhile."""
        ways: list[tuple[EntitySet, Navigation]] = [(each.target, each.navigation) for each in options.expand]
        if request.place.navigation is not None:
            ways.append((request.of, request.place.navigation))
        for target, navigation in ways:
            if navigation.many:
                self._indexes.require(target, navigation.pairs[-1][1])
        for name in [*_limited(request.of, options), *(order.name for order in options.order[:1])]:
            self._indexes.want(request.of, name)

    def _note(self, request: Request, options: Options, form: Form, *, continued: bool) -> None:
        """Note a look at personal data, once for a walk through pages."""
        seen = [(request.of, options), *((each.target, each.options) for each in options.expand)]
        names = {
            of.name for of, chosen in seen
            if personal.hidden(of) & set(of.properties if chosen.select is None else chosen.select)
        }  # fmt: skip
        if names and form.sees_personal and not continued:
            self._guard.note(request.principal, ", ".join(sorted(names)), {"feed": "odata"})


def _begun(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The same parts, the first of which is there already: what fails at once is an error, not a broken answer."""
    first = next(parts, b"")
    return _joined(first, parts)


def _joined(first: bytes, parts: Iterator[bytes]) -> Iterator[bytes]:
    try:
        yield first
        yield from parts
    finally:
        parts.close()  # type: ignore[attr-defined]  # they are generators


def _is_begun(answer: Answer) -> bool:
    return answer.parts is not None


def _require_only(request: Request, allowed: set[str]) -> None:
    for name in request.found:
        if name not in allowed:
            raise wrong(f"${name} cannot be used here.", f"${name}")


def _keyed(table: Table, place: Place) -> list[str]:
    return [
        f"{table.alias}.{name} = {table.dialect.literal(table.values, literal, table.of[name].kind)}"
        for name, literal in place.key
    ]


def _paired(table: Table, owner: Table, place: Place, pair: tuple[str, str]) -> str:
    here, there = pair
    fresh = replace(owner, values=table.values)
    where = " AND ".join(_keyed(fresh, place))
    sql = fresh.sql(fresh.of[here])
    return f"{table.alias}.{there} = (SELECT {sql} FROM {fresh.of.table} AS {fresh.alias} WHERE {where})"


def _limited(of: EntitySet, options: Options) -> list[str]:
    """The properties by which the filter limits rows."""
    return [name for name in limits(tree(options.filter)) if name in of.properties] if options.filter else []


def _question(request: Request) -> str:
    """What a place in a walk through pages belongs to."""
    parts = [request.of.name, str(request.place.key)]
    parts += [f"{name}={request.found.get(name, '')}" for name in ("filter", "orderby", "search")]
    return "\n".join(parts)


def _next_link(request: Request, walk: Walk, mark: str) -> str:
    """The same question from the mark on."""
    kept = {name: value for name, value in request.found.items() if name not in ("skiptoken", "skip", "top", "count")}
    return request.root + _path(request) + "?" + _encoded({**kept, "skiptoken": walk.link(mark)})


def _path(request: Request) -> str:
    place = request.place
    if place.navigation is None or place.owner is None:
        return request.of.name
    return f"{writing.address(place.owner, [literal.value for _, literal in place.key])}/{place.navigation.name}"


def _encoded(options: dict[str, str]) -> str:
    from urllib.parse import quote

    return "&".join(f"${name}={quote(value, safe='')}" for name, value in options.items())


def _context(request: Request, options: Options) -> str:
    """Where the types of an answer are described."""
    shown = list(options.select or ())
    for each in options.expand:
        inner = ",".join(each.options.select or ())
        shown.append(f"{each.navigation.name}({inner})")
    return f"{request.root}$metadata#{request.of.name}" + (f"({','.join(shown)})" if shown else "")


def _tag(request: Request, state: Row, form: Form) -> str:
    """What stays the same as long as the answer does."""
    asked = [request.scope["path"], sorted(request.found.items()), request.headers.get("prefer", ""), request.root]
    whole = repr((__version__, state, form, asked, request.place.kind))
    return f'W/"{hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:24]}"'


def _is_known(request: Request, tag: str) -> bool:
    return tag in [each.strip() for each in request.headers.get("if-none-match", "").split(",")]


def _packed(request: Request, answer: Answer) -> Answer:
    """By gzip where the client takes it."""
    accepts = [each.strip().partition(";") for each in request.headers.get("accept-encoding", "").lower().split(",")]
    if not any(name == "gzip" and "q=0" not in rest.replace("q=0.", "") for name, _, rest in accepts):
        return answer
    headers = {**answer.headers, "content-encoding": "gzip"}
    if answer.parts is None:
        return Answer(answer.status, headers, b"".join(writing.packed([answer.body])))
    return Answer(answer.status, headers, parts=writing.packed(answer.parts))
