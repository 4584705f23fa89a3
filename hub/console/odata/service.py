"""What the feed answers: its documents, rows and pages, counts, single rows and single values."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hub.console.odata import metadata, negotiation, paging, personal, query, writing
from hub.console.odata.address import Place
from hub.console.odata.answers import Answer, text
from hub.console.odata.asking import (
    Request,
    Walk,
    context_of,
    is_known,
    limited,
    next_link,
    question_of,
    require_only,
    tag_of,
)
from hub.console.odata.consumers import Guard, sees_personal
from hub.console.odata.errors import ODataError, wrong
from hub.console.odata.indexes import Indexes
from hub.console.odata.model import EntitySet, Navigation, entity_sets
from hub.console.odata.negotiation import JSON, TEXT, XML
from hub.console.odata.options import Options, Order, read
from hub.console.odata.query import Form, Statement, Table
from hub.console.odata.reading import Reader, Row

if TYPE_CHECKING:
    from hub.console.lending import Lending


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


class Service:
    """Answers requests that were let in, for any thread. Raises ODataError, StoreError."""

    def __init__(self, stores: Lending, guard: Guard, settings: FeedSettings) -> None:
        self._guard = guard
        self._settings = settings
        self._reader = Reader(stores)
        self.indexes = Indexes(stores, self._reader, enabled=settings.indexes)

    def answer(self, request: Request) -> Answer:
        """The answer to what the request's place names."""
        answering = {
            "service": self._service, "metadata": self._metadata, "rows": self._rows, "count": self._count,
            "row": self._row, "value": self._value,
        }  # fmt: skip
        return answering[request.place.kind](request)

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
        require_only(request, {"format"})
        wanted = negotiation.accepted(request.headers, request.found.get("format", ""), XML, JSON)
        body = metadata.as_xml() if wanted.media == XML else metadata.as_json()
        return self._fixed(request, body.decode(), f"{wanted.media};charset=utf-8")

    def _fixed(self, request: Request, body: str, media: str) -> Answer:
        """What changes with a release only."""
        tag = f'W/"{hashlib.sha256(body.encode()).hexdigest()[:20]}"'
        if is_known(request, tag):
            return Answer(304, {"etag": tag})
        return _packed(request, text(body, media, {"etag": tag}))

    # -- rows --------------------------------------------------------------------------------------------------

    def _rows(self, request: Request) -> Answer:
        form = self._form(request, set(request.found))
        options = read(request.of, request.found)
        state = self._reader.state()
        tag = tag_of(request, state, form)
        if is_known(request, tag):
            return Answer(304, {"etag": tag})
        headers = {"content-type": negotiation.content_type(form), "etag": tag}
        walk = self._walk(request, options, self._page_size(request, headers))
        table = self._table(request.of, options, form, state)
        also = self._within(table, request.place)
        statement = query.page(
            table, limit=walk.asked, first=walk.first, after=walk.mark, also=also, marked=walk.asked > walk.limit
        )
        self._prepare(request, options)
        self._note(request, options, form, continued=walk.mark is not None)
        head = self._head(request, options, form, state, counted=options.count and walk.mark is None)
        parts = writing.rows(
            self._reader.chunks(statement), head=head, limit=walk.limit,
            next_link=lambda row: next_link(request, walk, table.mark_of(row)),
            dress=writing.dresser(request.of) if form.level == "full" else None,
        )  # fmt: skip
        return _packed(request, Answer(200, headers, parts=writing.gathered(parts)))

    def _walk(self, request: Request, options: Options, size: int) -> Walk:
        question = question_of(request)
        mark = paging.unpacked(options.skiptoken, question) if options.skiptoken else None
        left = mark.left if mark is not None else options.top
        first = self._first(request.of, options, mark)
        return Walk(question, mark, first, size if left is None else min(size, left), left)

    def _head(self, request: Request, options: Options, form: Form, state: Row, *, counted: bool) -> str:
        context = "" if form.level == "none" else f'"@odata.context":{json.dumps(context_of(request, options))},'
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
        return next(((Order(name, False),) for name in limited(of, options) if self.indexes.has(of, name)), ())

    def _count(self, request: Request) -> Answer:
        require_only(request, {"filter", "search", "format"})
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
        tag = tag_of(request, state, form)
        row = self._found(request, options, form, state)
        if row is None:
            return Answer(204)
        if is_known(request, tag):
            return Answer(304, {"etag": tag})
        self._note(request, options, form, continued=False)
        body = writing.dresser(request.of)(row) if form.level == "full" else writing.body_of(row)
        context = (
            "" if form.level == "none" else f'"@odata.context":{json.dumps(context_of(request, options) + "/$entity")},'
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
        value = writing.body_of(row).removeprefix(f'{{"{name}":').removesuffix("}")
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
        require_only(request, allowed)
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
                self.indexes.require(target, navigation.pairs[-1][1])
        for name in [*limited(request.of, options), *(order.name for order in options.order[:1])]:
            self.indexes.want(request.of, name)

    def _note(self, request: Request, options: Options, form: Form, *, continued: bool) -> None:
        """Note a look at personal data, once for a walk through pages."""
        seen = [(request.of, options), *((each.target, each.options) for each in options.expand)]
        names = {
            of.name for of, chosen in seen
            if personal.hidden(of) & set(of.properties if chosen.select is None else chosen.select)
        }  # fmt: skip
        if names and form.sees_personal and not continued:
            self._guard.note(request.principal, ", ".join(sorted(names)), {"feed": "odata"})


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


def _packed(request: Request, answer: Answer) -> Answer:
    """By gzip where the client takes it."""
    accepts = [each.strip().partition(";") for each in request.headers.get("accept-encoding", "").lower().split(",")]
    if not any(name == "gzip" and "q=0" not in rest.replace("q=0.", "") for name, _, rest in accepts):
        return answer
    headers = {**answer.headers, "content-encoding": "gzip"}
    if answer.parts is None:
        return Answer(answer.status, headers, b"".join(writing.packed([answer.body])))
    return Answer(answer.status, headers, parts=writing.packed(answer.parts))
