"""A strict stand-in for Power BI's REST API and its login, as far as the hub uses them. It keeps rows as the service
does: what is posted twice is there twice."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from hub.sdk.simulator import serve
from hub.sdk.simulator.base import form_of

_TYPES = {"Int64": int, "Double": (int, float), "string": str, "bool": bool, "DateTime": str}


@dataclass
class PowerBI:
    """One workspace.

    lose_answers  so many POSTs of rows are carried out, and answered with a 504
    throttle      so many are refused with 429
    outcome       how the next refresh ends
    deprecated    no push model may be made
    """

    secret: str = "app-secret"
    lose_answers: int = 0
    throttle: int = 0
    outcome: str = "Completed"
    deprecated: bool = False
    may_use_api: bool = True
    models: dict[str, dict[str, Any]] = field(default_factory=lambda: {"m-1": {"name": "Sales", "tables": {}}})
    rows: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)
    refreshes: list[dict[str, Any]] = field(default_factory=list)
    posts: int = 0

    @property
    def app(self) -> Starlette:
        group = "/v1.0/myorg/groups/ws-1"
        return Starlette(
            routes=[
                Route("/contoso/oauth2/v2.0/token", self._token, methods=["POST"]),
                Route(f"{group}/datasets", self._models, methods=["GET", "POST"]),
                Route(f"{group}/datasets/{{model}}/tables/{{table}}", self._table, methods=["PUT"]),
                Route(f"{group}/datasets/{{model}}/tables/{{table}}/rows", self._rows, methods=["POST", "DELETE"]),
                Route(f"{group}/datasets/{{model}}/refreshes", self._refreshes, methods=["GET", "POST"]),
            ]
        )

    @contextmanager
    def running(self) -> Iterator[str]:
        with serve(self.app) as address:
            yield address

    async def _token(self, request: Request) -> Response:
        form = await form_of(request)
        if form.get("scope") != "https://analysis.windows.net/powerbi/api/.default":
            return JSONResponse({"error": "invalid_scope"}, 400)
        if form.get("client_secret") != self.secret:
            return JSONResponse({"error": "invalid_client", "error_description": "AADSTS7000215: Invalid secret."}, 401)
        return JSONResponse({"token_type": "Bearer", "expires_in": 3599, "access_token": "token-of-the-app"})

    def _refused(self, request: Request) -> Response | None:
        if request.headers.get("authorization") != "Bearer token-of-the-app" or not self.may_use_api:
            return Response(status_code=401)
        model = request.path_params.get("model")
        if model is not None and model not in self.models:
            return JSONResponse({"error": {"code": "PowerBIEntityNotFound"}}, 404)
        return None

    async def _models(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        if request.method == "GET":
            return JSONResponse({"value": [{"id": each, "name": known["name"]} for each, known in self.models.items()]})
        if self.deprecated:
            return JSONResponse({"error": {"code": "FeatureDeprecatedError"}}, 403)
        wanted = await request.json()
        if wanted.get("defaultMode") != "Push" or request.query_params.get("defaultRetentionPolicy") != "None":
            return JSONResponse({"error": {"code": "InvalidRequest"}}, 400)
        name = f"m-{len(self.models) + 1}"
        self.models[name] = {
            "name": wanted["name"],
            "tables": {each["name"]: each["columns"] for each in wanted["tables"]},
        }
        return JSONResponse({"id": name, "name": wanted["name"]}, 201)

    async def _table(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        wanted, tables = await request.json(), self.models[request.path_params["model"]]["tables"]
        if wanted["name"] not in tables:
            return JSONResponse({"error": {"code": "TableNotFound"}}, 404)
        tables[wanted["name"]] = wanted["columns"]
        return Response(status_code=200)

    async def _rows(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        key = (request.path_params["model"], request.path_params["table"])
        if request.method == "DELETE":
            self.rows[key] = []
            return Response(status_code=200)
        self.posts += 1
        if self.throttle:
            self.throttle -= 1
            return Response(status_code=429, headers={"Retry-After": "1"})
        rows = (await request.json())["rows"]
        columns = {each["name"]: _TYPES[each["dataType"]] for each in self.models[key[0]]["tables"][key[1]]}
        fits = all(
            name in columns and (value is None or isinstance(value, columns[name]))  # type: ignore[arg-type]
            for row in rows for name, value in row.items()
        )  # fmt: skip
        if len(rows) > 10_000 or not fits:
            return JSONResponse({"error": {"code": "BadRequest"}}, 400)
        self.rows.setdefault(key, []).extend(rows)
        if self.lose_answers:
            self.lose_answers -= 1
            return Response("<html>Gateway Timeout</html>", 504, media_type="text/html")
        return Response(status_code=200)

    async def _refreshes(self, request: Request) -> Response:
        if refused := self._refused(request):
            return refused
        if request.method == "POST":
            self.refreshes.insert(0, {"requestId": f"r-{len(self.refreshes)}", "status": "Unknown"})
            return Response(status_code=202)
        answer = [dict(each) for each in self.refreshes[:1]]
        if self.refreshes and self.refreshes[0]["status"] == "Unknown":
            self.refreshes[0]["status"] = self.outcome
            if self.outcome == "Failed":
                self.refreshes[0]["serviceExceptionJson"] = '{"errorCode":"ModelRefreshFailed_CredentialsNotSpecified"}'
        return JSONResponse({"value": answer})
