"""ODataSource: one service of versions 2 to 4 over HttpSource. It knows the protocol, and no vendor."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hub.errors import SourceChanged, SourceUnavailable
from hub.sdk.connector import Json, guard_tokens
from hub.sdk.http.answer import Answer, Refusal
from hub.sdk.http.source import HttpSource
from hub.sdk.http.statuses import verdict
from hub.sdk.http.urls import follow, from_root, shown
from hub.sdk.odata.csdl import parse_metadata
from hub.sdk.odata.envelope import Envelope, read_envelope
from hub.sdk.odata.metadata import Metadata, StructuredType
from hub.sdk.odata.paging import ODataPage, Paging, ServerPages
from hub.sdk.odata.query import Query
from hub.sdk.odata.refusals import Meaning, ODataJudge, has_status
from hub.sdk.odata.values import Rest, RowReader
from hub.sdk.odata.version import Version

_VERBOSE = "application/json;odata=verbose"
"""What servers that speak version 3, too, call the JSON of version 2: some take no other name for it."""


class ODataSource:
    """One OData service. Safe to use from several threads.

    root      path of the service below the base of `http`: `sap/opu/odata/sap/API_PRODUCT_SRV`; "" where they agree
    metadata  where it is known already; otherwise `$metadata` is asked for when it is first needed
    typed     False never asks for `$metadata`: rows keep their wire values, filters take the type from the value
    extra     query options of every request, `sap-client` and the like
    prefer    values of the `Prefer` header beside the page size: `odata.include-annotations="…"`
    codes     the vendor's error codes in lower case -> what they mean
    """

    def __init__(
        self,
        http: HttpSource,
        version: Version,
        *,
        root: str = "",
        metadata: Metadata | None = None,
        typed: bool = True,
        extra: Mapping[str, str] | None = None,
        prefer: Sequence[str] = (),
        codes: Mapping[str, Meaning] | None = None,
    ) -> None:
        self.http = http
        self.version = version
        self.root = root.strip("/")
        self._typed = typed
        self._metadata = metadata
        self._extra = dict(extra or {})
        self._prefer = tuple(prefer)
        self._judge = ODataJudge(http.context.now, codes)
        self._lock = threading.Lock()
        self._headers = _version_headers(version)
        self._counts_inline = True
        self.csrf: Mapping[str, str] | None = None
        """Header with the token for POSTs, once one was fetched and taken."""

    # -- what the service is ---------------------------------------------------------------------------------------

    def metadata(self) -> Metadata:
        """The service's description, asked for once."""
        with self._lock:
            if self._metadata is None:
                url = self.below_root(Query("$metadata", extra=self._extra).url(self.version, lambda field: None))
                headers = {**self._headers, "Accept": "application/xml"}
                self.http.request("GET", url, headers=headers, judge=self._described, wants_json=False)
            assert self._metadata is not None, "an answer without a description is refused"
            return self._metadata

    def keys(self, path: str) -> tuple[str, ...]:
        """The key properties of the entities at a path."""
        keys = self.metadata().type_of(path).keys
        if not keys:
            raise SourceChanged(f"the entities of {path} have no key.", fix="Report it to the connector's author.")
        return keys

    # -- asking ----------------------------------------------------------------------------------------------------

    def below_root(self, path: str) -> str:
        """An address of this service, below the base of `http`."""
        return f"{self.root}/{path}" if self.root else path

    def url(self, query: Query, below: str = "") -> str:
        """The address of a query below the base of `http`, percent-encoded."""
        return self.below_root(self.relative(query, below))

    def relative(self, query: Query, below: str = "") -> str:
        """The address of a query below the service's root. `below` goes between path and options: `/$count`."""
        asked = query.with_(extra={**self._extra, **query.extra}, count=query.count and self._counts_inline)
        return asked.url(self.version, self._type_of(query), below=below)

    def pages(self, query: Query, paging: Paging | None = None, *, resume: Json | None = None) -> Iterator[ODataPage]:
        """All entities of a query, page by page; by the server's own links unless said otherwise.

        `resume` is the `ODataPage.resume` after which to go on. An empty set yields one empty page. Expanded lists are
        complete: where the server cut one off, its rest is fetched.
        """
        return (paging or ServerPages()).walk(self, query, resume)

    def rows(self, query: Query, paging: Paging | None = None) -> Iterator[dict[str, Any]]:
        """The entities one by one, for small sets."""
        for page in self.pages(query, paging):
            yield from page.rows

    def entity(self, query: Query) -> dict[str, Any]:
        """One entity, at a path with keys (`entity_path`)."""
        data = self._ask(self.url(query), None).data
        row = data.get("d") if self.version is Version.V2 and isinstance(data, dict) else data
        if not isinstance(row, dict):
            raise SourceChanged("the answer is no entity.", fix="Report it to the connector's author.")
        self._complete(self._reader(query), row, query)
        return row

    def count(self, query: Query) -> int:
        """How many entities fit the filter: by `/$count`, or where a service has none, beside a page of one row."""
        asked = Query(query.path, filter=query.filter, extra=query.extra)
        headers = {**self._headers, "Accept": "text/plain"}
        url = self.url(asked, "/$count")
        try:
            return int(_text(self.http.request("GET", url, headers=headers, judge=self._counted, wants_json=False)))
        except SourceChanged as error:
            beside = asked.with_(top=1, count=True)
            found = self.fetch(self.url(beside), beside, None)[0].count if self._counts_inline else None
            if found is None:
                raise error
            return found

    def fetch(self, path: str, query: Query, size: int | None) -> tuple[Envelope, str]:
        """One page at an address or link, its rows made ready, and the address that relative links start from.

        A count beside the rows is an extra: a service that refuses it is asked without.
        """
        try:
            answer = self._ask(path, size)
        except SourceChanged as error:
            counted = query.count and self._counts_inline and path == self.url(query)
            if not counted or not has_status(error, 400, 501):
                raise
            answer = self._ask(self.url(query.with_(count=False)), size)
            self._counts_inline = False
        return self.ready(answer, query), answer.url

    def refusal_of(self, answer: Answer) -> Refusal | None:
        """What an answer that came within another (`$batch`) stands for, where it is no success."""
        refusal, found = self._judge(answer), verdict(answer.status)
        if refusal is not None or found is None:
            return refusal
        problem = f"{shown(answer.url)}: the source {found.problem} (HTTP {answer.status})."
        return Refusal(found.error(problem, fix=found.fix), found.again)

    def ready(self, answer: Answer, query: Query) -> Envelope:
        """The page in an answer, its rows made ready for maps and its expanded lists complete."""
        envelope = read_envelope(answer, self.version)
        reader = self._reader(query)
        for rest in reader.read(envelope.rows):
            self._append(reader, rest, answer.url)
        return envelope

    def post(self, path: str, headers: Mapping[str, str], **options: Any) -> Answer:
        """A POST that only reads, so that it may be repeated. `options` are those of `HttpSource.request`."""
        sent = {"judge": self._judge, **options, "headers": {**self._headers, **headers}}
        return self.http.request("POST", path, idempotent=True, **sent)

    # -- inside ----------------------------------------------------------------------------------------------------

    def _described(self, answer: Answer) -> Refusal | None:
        """Takes the description. One that is cut off, or a login page in its place, may be whole the next time."""
        refusal = self._judge(answer)
        if refusal is not None or verdict(answer.status) is not None:
            return refusal
        try:
            self._metadata = parse_metadata(answer.body)
        except SourceChanged as error:
            return Refusal(SourceUnavailable(error.problem, fix="The next run tries again."), again=True)
        return None

    def _counted(self, answer: Answer) -> Refusal | None:
        """A count is nothing but digits; whatever else came in its place may be the count the next time."""
        refusal = self._judge(answer)
        if refusal is not None or verdict(answer.status) is not None or _text(answer).isdecimal():
            return refusal
        broken = SourceUnavailable("a /$count is no count.", fix="The next run tries again; report it if it stays.")
        return Refusal(broken, again=True)

    def _ask(self, path: str, size: int | None) -> Answer:
        prefer = [*([f"odata.maxpagesize={size}"] if size else []), *self._prefer]
        sent = self._headers | ({"Prefer": ",".join(prefer)} if prefer else {})
        try:
            return self.http.request("GET", path, headers=sent, judge=self._judge)
        except SourceChanged as error:
            if self.version is Version.V4 or "Accept" in sent or not has_status(error, 406, 415):
                raise
        answer = self.http.request("GET", path, headers={**sent, "Accept": _VERBOSE}, judge=self._judge)
        self._headers = {**self._headers, "Accept": _VERBOSE}
        return answer

    def _kind(self, query: Query) -> StructuredType | None:
        return self.metadata().type_of(query.path) if self._typed or self._metadata else None

    def _type_of(self, query: Query) -> Any:
        kind = self._kind(query) if query.filter is not None else None
        if kind is None:
            return lambda field: None
        metadata = self.metadata()

        def type_of(field: str) -> str | None:
            found = metadata.property_at(kind, field.split("/"))
            return found.type if found else None

        return type_of

    def _reader(self, query: Query) -> RowReader:
        kind = self._kind(query)
        return RowReader(self.version, self._metadata, kind)

    def _complete(self, reader: RowReader, row: dict[str, Any], query: Query) -> None:
        here = f"{self.http.base_url}/{self.url(query)}"
        for rest in reader.read([row]):
            self._append(reader, rest, here)

    def _append(self, reader: RowReader, rest: Rest, here: str) -> None:
        """Fetch what lies behind an expanded list's own link, and add it to the list."""
        link: str | None = from_root(follow(here, rest.link))
        seen: set[str] = set()
        while link:
            guard_tokens(seen, link, rest.name)
            answer = self._ask(link, None)
            envelope = read_envelope(answer, self.version)
            for deeper in reader.read(envelope.rows, rest.kind):
                self._append(reader, deeper, answer.url)
            rest.row[rest.name] += envelope.rows
            link = from_root(follow(answer.url, envelope.next_link)) if envelope.next_link else None


def _text(answer: Answer) -> str:
    return answer.body.decode("utf-8-sig", "replace").strip()


def _version_headers(version: Version) -> dict[str, str]:
    if version is Version.V4:
        return {"OData-Version": "4.0", "OData-MaxVersion": "4.0"}
    return {"MaxDataServiceVersion": f"{version}.0", "DataServiceVersion": f"{version}.0"}
