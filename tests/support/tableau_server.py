"""A strict stand-in for Tableau Server's REST API, as far as publishing and updating extracts goes.

It answers in XML and refuses what Tableau refuses; what was published is kept in `published`, what data sources hold
now in `sources`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from xml.etree import ElementTree

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from support import tableau_updates

_NAMESPACE = "http://tableau.com/api"
VERSION = "3.24"


def _xml(inner: str, status: int = 200) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?><tsResponse xmlns="{_NAMESPACE}">{inner}</tsResponse>'
    return Response(body, status, media_type="application/xml")


def _error(status: int, code: str, summary: str, detail: str) -> Response:
    return _xml(f'<error code="{code}"><summary>{summary}</summary><detail>{detail}</detail></error>', status)


@dataclass
class DataSource:
    """`live`: published straight from a .hyper file, so that its data can be updated."""

    id: str
    name: str
    project: str
    content: bytes
    updated_at: datetime
    live: bool = True

    @property
    def xml(self) -> str:
        at = f"{self.updated_at:%Y-%m-%dT%H:%M:%SZ}"
        return (
            f'<datasource id="{self.id}" name="{self.name}" contentUrl="{self.id}" type="hyper" createdAt="{at}"'
            f' updatedAt="{at}"><project id="{self.project}" name="Hub"/><owner id="user-1"/><tags/></datasource>'
        )


@dataclass
class Tableau:
    """One site with one project.

    fail_job       lets the next job fail
    busy           answers so many publishings with a 504
    lost           executes so many updates, and answers with a 504
    payload_limit  bytes of the largest update
    executed       updates that were executed
    """

    secret: str = "tableau-secret"
    fail_job: bool = False
    busy: int = 0
    lost: int = 0
    payload_limit: int = 100_000_000
    forbidden: bool = False
    executed: int = 0
    sources: dict[str, DataSource] = field(default_factory=dict)
    published: dict[str, list[bytes]] = field(default_factory=dict)
    sign_ins: int = 0
    chunks: int = 0
    log: list[str] = field(default_factory=list)
    _session: str = ""
    _uploads: dict[str, bytearray] = field(default_factory=dict)
    _jobs: dict[str, str] = field(default_factory=dict)
    _requests: dict[str, str] = field(default_factory=dict)
    _now: datetime = datetime(2026, 1, 1, tzinfo=UTC)

    @property
    def app(self) -> Starlette:
        site = "/api/{version}/sites/site-1"
        return Starlette(
            routes=[
                Route("/api/{version}/auth/signin", self._sign_in, methods=["POST"]),
                Route("/api/{version}/auth/signout", self._sign_out, methods=["POST"]),
                Route("/api/{version}/serverInfo", self._info),
                Route(f"{site}/projects", self._projects),
                Route(f"{site}/fileUploads", self._upload, methods=["POST"]),
                Route(f"{site}/fileUploads/{{upload}}", self._append, methods=["PUT"]),
                Route(f"{site}/datasources", self._publish, methods=["POST"]),
                Route(f"{site}/datasources", self._list),
                Route(f"{site}/datasources/{{source}}", self._source),
                Route(f"{site}/datasources/{{source}}/data", self._update, methods=["PATCH"]),
                Route(f"{site}/jobs/{{job}}", self._job),
            ]
        )

    def _refused(self, request: Request) -> Response | None:
        self.log.append(f"{request.method} {request.url.path}?{request.url.query}")
        if not self._session or request.headers.get("x-tableau-auth") != self._session:
            return _error(401, "401002", "Unauthorized Access", "Invalid authentication credentials were provided.")
        if request.path_params["version"] != VERSION:
            return _error(404, "404000", "Resource Not Found", "Unknown version.")
        return None

    async def _sign_in(self, request: Request) -> Response:
        self.log.append("sign in")
        credentials = ElementTree.fromstring(await request.body()).find("credentials")
        site = credentials.find("site") if credentials is not None else None
        if credentials is None or site is None or site.get("contentUrl") != "acme":
            return _error(400, "400003", "Bad Request", "Payload is either malformed or incomplete.")
        if credentials.get("personalAccessTokenSecret") != self.secret:
            return _error(401, "401001", "Signin Error", "The personal access token you provided is invalid.")
        self.sign_ins += 1
        self._session = f"session-{self.sign_ins}"
        return _xml(
            f'<credentials token="{self._session}"><site id="site-1" contentUrl="acme"/><user id="user-1"/>'
            "</credentials>"
        )

    async def _sign_out(self, request: Request) -> Response:
        self.log.append("sign out")
        self._session = ""
        return Response(status_code=204)

    async def _info(self, request: Request) -> Response:
        return _xml(
            '<serverInfo><productVersion build="1">2025.1</productVersion>'
            f"<restApiVersion>{VERSION}</restApiVersion></serverInfo>"
        )

    async def _projects(self, request: Request) -> Response:
        return self._refused(request) or _xml(
            '<pagination pageNumber="1" pageSize="100" totalAvailable="2"/><projects>'
            '<project id="p-1" name="Sales" contentPermissions="ManagedByOwner"/>'
            '<project id="p-2" name="Hub" parentProjectId="p-1" contentPermissions="ManagedByOwner"/></projects>'
        )

    async def _upload(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        name = f"upload-{len(self._uploads) + 1}"
        self._uploads[name] = bytearray()
        return _xml(f'<fileUpload uploadSessionId="{name}" fileSize="0"/>', 201)

    async def _append(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        self.chunks += 1
        name = request.path_params["upload"]
        self._uploads[name] += (await self._parts(request))["tableau_file"]
        return _xml(f'<fileUpload uploadSessionId="{name}" fileSize="1"/>')

    async def _publish(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        parts, query = await self._parts(request), request.query_params
        source = ElementTree.fromstring(parts["request_payload"]).find("datasource")
        project = source.find("project") if source is not None else None
        if source is None or project is None or project.get("id") != "p-2" or query.get("asJob") != "true":
            return _error(400, "400011", "Bad Request", "The file or its description is not acceptable.")
        if self.forbidden:
            return _error(403, "403004", "Forbidden", "The user may not publish into the project.")
        if self.busy:
            self.busy -= 1
            return Response("<html>Gateway Timeout</html>", 504, media_type="text/html")
        upload = query.get("uploadSessionId")
        content = bytes(self._uploads.pop(upload)) if upload else parts["tableau_datasource"]
        if query.get("overwrite") != "true" and source.get("name", "") in self.published:
            return _error(409, "409006", "Conflict", "A data source with that name exists.")
        self.published.setdefault(source.get("name", ""), []).append(content)
        failed, self.fail_job = self.fail_job, False
        if not failed:
            self._put(source.get("name", ""), content)
        return self._begun("PublishDatasource", "the extract is damaged" if failed else "")

    def _put(self, name: str, content: bytes) -> None:
        """Overwriting keeps the id."""
        known = next((each for each in self.sources.values() if each.name == name), None)
        id_ = known.id if known else f"source-{len(self.sources) + 1}"
        self.sources[id_] = DataSource(id_, name, "p-2", content, self._later())

    def _later(self) -> datetime:
        self._now += timedelta(seconds=10)
        return self._now

    def _begun(self, kind: str, problem: str) -> Response:
        job = f"job-{len(self._jobs) + 1}"
        self._jobs[job] = problem
        return self._job_told(job, kind)

    def _job_told(self, job: str, kind: str) -> Response:
        return _xml(f'<job id="{job}" mode="Asynchronous" type="{kind}" createdAt="2026-01-01T00:00:00Z"/>', 202)

    async def _list(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        name = request.query_params["filter"].removeprefix("name:eq:")
        found = "".join(each.xml for each in self.sources.values() if each.name == name)
        total = found.count("<datasource ")
        return _xml(
            f'<pagination pageNumber="1" pageSize="100" totalAvailable="{total}"/><datasources>{found}</datasources>'
        )

    async def _source(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        source = self.sources.get(request.path_params["source"])
        return _xml(source.xml) if source else _error(404, "404004", "Resource Not Found", "No such data source.")

    async def _update(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        source, name = self.sources.get(request.path_params["source"]), request.headers.get("requestid", "")
        payload = bytes(self._uploads.pop(request.query_params.get("uploadSessionId", ""), b""))
        if source is None:
            return _error(404, "404004", "Resource Not Found", "No such data source.")
        if len(payload) > self.payload_limit:
            return _error(413, "413000", "Payload Too Large", "The payload exceeds the limit of the server.")
        try:
            actions = tableau_updates.read(await request.body())
        except tableau_updates.Refused as error:
            return _error(400, "400000", "Bad Request", str(error))
        if not name or not payload or not source.live or request.headers["content-type"] != "application/json":
            return _error(400, "400000", "Bad Request", "No RequestID, no payload, or no live-to-Hyper data source.")
        if name not in self._requests:
            answer = self._begun("UpdateUploadedFile", self._apply(source, payload, actions))
            self._requests[name] = f"job-{len(self._jobs)}"
        else:
            answer = self._job_told(self._requests[name], "UpdateUploadedFile")
        if self.lost:
            self.lost -= 1
            return Response("<html>Gateway Timeout</html>", 504, media_type="text/html")
        return answer

    def _apply(self, source: DataSource, payload: bytes, actions: list[dict[str, Any]]) -> str:
        """What is wrong with it, or nothing."""
        self.executed += 1
        try:
            source.content, source.updated_at = tableau_updates.apply(source.content, payload, actions), self._later()
        except tableau_updates.Failed as error:
            return str(error)
        return ""

    async def _job(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        job = request.path_params["job"]
        problem = self._jobs[job]
        note = f"<statusNotes><statusNote type='problem' value='1' text='{problem}'/></statusNotes>" if problem else ""
        return _xml(
            f'<job id="{job}" mode="Asynchronous" type="PublishDatasource" progress="100"'
            f' finishCode="{1 if problem else 0}" createdAt="2026-01-01T00:00:00Z" startedAt="2026-01-01T00:00:01Z"'
            f' completedAt="2026-01-01T00:00:02Z">{note}</job>'
        )

    @staticmethod
    async def _parts(request: Request) -> dict[str, bytes]:
        """The parts of a `multipart/mixed` body, by name."""
        kind = request.headers["content-type"]
        assert kind.startswith("multipart/mixed"), kind
        message = BytesParser(policy=HTTP).parsebytes(
            b"Content-Type: " + kind.encode() + b"\r\n\r\n" + await request.body()
        )
        found = {}
        for part in message.iter_parts():  # type: ignore[attr-defined]
            name = re.search('name="?([a-z_]+)"?', part["Content-Disposition"])
            assert name is not None
            found[name[1]] = part.get_payload(decode=True)
        return found
