"""A stand-in for a Salesforce org: REST queries, Bulk API 2.0, describes, deletions, limits; strict in all of them."""

from __future__ import annotations

import base64
import itertools
import json
import random
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.salesforce.simulation import jobs
from connectors.salesforce.simulation.data import CURRENCIES, USERS, Maker
from connectors.salesforce.simulation.evaluate import Compiled, SimRow, stamp
from connectors.salesforce.simulation.ids import record_id
from connectors.salesforce.simulation.schema import SimObject, objects
from connectors.salesforce.simulation.soql import SoqlError, parse
from hub.sdk.simulator import Refuse, Request, Response, Route, Simulator, Table, form_of, json_answer

OFFERED = tuple(f"{number}.0" for number in range(58, 68))
_RETIRED_BELOW = 31
_OPEN_CURSORS = 50
_MOST_IDS = 600_000
_LONGEST_URI = 16_384


@dataclass
class OrgTable(Table):
    """One object's records. What is deleted stays in the recycle bin, until it is purged."""

    object: str = ""
    bin: list[SimRow] = field(default_factory=list)
    cascades: tuple[tuple[OrgTable, str], ...] = ()
    index: dict[str, SimRow] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.index = {row["Id"]: row for row in self.rows}

    def add(self, count: int, tick: Callable[[], datetime]) -> list[str]:
        before = len(self.rows)
        ids = super().add(count, tick)
        self.index.update({row["Id"]: row for row in self.rows[before:]})
        return ids

    def delete(self, count: int, tick: Callable[[], datetime], dice: random.Random) -> list[str]:
        chosen = dice.sample(self.rows, min(count, len(self.rows)))
        self.bin_rows(chosen, tick)
        return [self.id_of(row) for row in chosen]

    def bin_rows(self, chosen: Iterable[SimRow], tick: Callable[[], datetime]) -> None:
        """Move rows to the recycle bin, and those that belong to them."""
        gone = {row["Id"]: row for row in chosen}
        self.rows[:] = [row for row in self.rows if row["Id"] not in gone]
        for key, row in gone.items():
            moment = tick()
            self.tombstones.append((key, moment))
            if "IsDeleted" in row:
                row |= {"IsDeleted": True, "SystemModstamp": stamp(moment)}
                self.bin.append(row)
            else:
                del self.index[key]
        for table, reference in self.cascades:
            table.bin_rows([row for row in table.rows if row[reference] in gone], tick)

    def purge(self) -> None:
        """Empty the recycle bin: no query finds its rows any more, only the log of deletions."""
        for row in self.bin:
            del self.index[row["Id"]]
        self.bin.clear()


class SalesforceSimulator(Simulator):
    """`size` records of each main object, and `orders` orders.

    hidden        `Object` or `Object.Field` that the org does not have, or hides from the user
    daily_limit   API calls in 24 hours
    security_token, username   for the username-password flow; the password is `secret`
    """

    page_rows = 2000

    def __init__(
        self,
        *,
        hidden: Iterable[str] = (),
        daily_limit: int = 100_000,
        **options: Any,
    ) -> None:
        self.objects = _visible(set(hidden))
        self.daily_limit = daily_limit
        self.calls = 0
        self.username, self.security_token = "hub@acme.example", "TOKEN"
        self.bulk_failure = ""
        self._cursors: OrderedDict[str, tuple[Compiled, list[SimRow]]] = OrderedDict()
        self._jobs: dict[str, jobs.Job] = {}
        self._by_object: dict[str, OrgTable] = {}
        self._numbers = itertools.count(1)
        super().__init__(**options)

    # -- the data --------------------------------------------------------------------------------------------------

    def fill(self) -> list[Table]:
        size, places = self.size, min(self.size, 12)
        make = Maker(self.seed, accounts=size, products=size, orders=self.order_count)
        items = len(make.lines) if self.order_count else 0

        def table(
            name: str, entity: str, found: str, count: int, made: Callable[[int, datetime], SimRow], *,
            at: Callable[[int], datetime] | None = None, **more: Any,
        ) -> OrgTable:  # fmt: skip
            rows = [made(number, at(number) if at else self.tick()) for number in range(count)]
            return OrgTable(
                name, entity, rows, key="Id", stamp="SystemModstamp", written=stamp, make=made, object=found, **more
            )

        def deal(number: int) -> datetime:
            return self.placed_at(number, of=size)

        def with_order(line: int) -> datetime:
            return self.placed_at(make.lines[line][0])

        money: dict[str, Any] = {"currency": "CurrencyIsoCode"}
        history = table("opportunity_stages", "opportunity_stages", "OpportunityHistory", size, make.history, at=deal)
        lines = table(
            "order_items", "order_lines", "OrderItem", items, make.item, at=with_order, amount="TotalPrice", **money
        )
        entries = table("prices", "", "PricebookEntry", 2 * size, make.entry)
        return [
            table("users", "", "User", USERS, make.user),
            table("accounts", "customers", "Account", size, make.account, amount="AnnualRevenue", **money),
            table("contacts", "contacts", "Contact", size, make.contact),
            table("leads", "leads", "Lead", size, make.lead, at=deal),
            table("opportunities", "opportunities", "Opportunity", size, make.opportunity, at=deal, amount="Amount",
                  cascades=((history, "OpportunityId"),), **money),
            history,
            table("products", "products", "Product2", size, make.product, cascades=((entries, "Product2Id"),)),
            table("books", "", "Pricebook2", 2, make.book),
            entries,
            table("orders", "orders", "Order", self.order_count, make.order, at=self.placed_at, amount="TotalAmount",
                  cascades=((lines, "OrderId"),), **money),
            lines,
            table("cases", "cases", "Case", size, make.case, at=deal),
            table("campaigns", "marketing_spend", "Campaign", size, make.campaign, at=deal,
                  amount="ActualCost", **money),
            table("locations", "locations", "Location", places, make.location),
            table("addresses", "", "Address", places, make.address),
            table("stock", "stock_levels", "ProductItem", size,
                  lambda number, at: make.stock(number, at, locations=places)),
            table("currencies", "", "CurrencyType", len(CURRENCIES), make.currency),
            table("fx_rates", "fx_rates", "DatedConversionRate", min(size, 60), make.rate),
        ]  # fmt: skip

    def truth(self) -> dict[str, Any]:
        """By canonical entity. Lines of reduction orders are returns, and shipping addresses belong to accounts."""
        tables = {table.object: table for table in self._org_tables()}
        reductions = {row["Id"] for row in tables["Order"].rows if row["IsReductionOrder"]}
        parts = {
            "orders": _some(tables["Order"], lambda row: row["Id"] not in reductions),
            "order_lines": _some(tables["OrderItem"], lambda row: row["OrderId"] not in reductions),
            "returns": _some(tables["OrderItem"], lambda row: row["OrderId"] in reductions),
        }
        shipped = [f"{row['Id']}:shipping" for row in tables["Account"].rows if row.get("ShippingCity")]
        others = {table.entity: table.truth() for table in self._org_tables() if table.entity}
        return {**others, **parts, "addresses": {"count": len(shipped), "ids": shipped, "sums": {}}}

    def _org_tables(self) -> list[OrgTable]:
        return [table for table in self.tables.values() if isinstance(table, OrgTable)]

    def rows(self, table: str, *, deleted_too: bool) -> Iterable[SimRow]:
        """The records of an object, as `Compiled` asks for them."""
        found = self._table_of(table)
        return [*found.rows, *found.bin] if deleted_too and found.bin else found.rows

    def by_id(self, table: str, key: Any) -> SimRow | None:
        if table == "Group" or key is None:
            return None
        return self._table_of(table).index.get(key)

    def _table_of(self, name: str) -> OrgTable:
        if name not in self._by_object:
            self._by_object = {table.object: table for table in self._org_tables()}
        return self._by_object[name]

    def forget_cursors(self) -> None:
        """Every query's place in its result is lost, as happens after a while."""
        self._cursors.clear()

    def undelete(self, name: str) -> list[str]:
        """What lies in a table's recycle bin comes back; its ids."""
        table = self.tables[name]
        assert isinstance(table, OrgTable)
        for row in table.bin:
            row |= {"IsDeleted": False, "SystemModstamp": stamp(self.tick())}
        back, table.bin = table.bin, []
        table.rows += back
        return [row["Id"] for row in back]

    # -- the doors -------------------------------------------------------------------------------------------------

    def routes(self) -> list[Route]:
        data = "/services/data/v{version}"
        return [
            Route("/services/oauth2/token", self.token, methods=["POST"]),
            *_both("/services/data", self.versions),
            *_both(data + "/limits", self.limits),
            *_both(data + "/sobjects/{name}/describe", self.describe),
            *_both(data + "/sobjects/{name}/deleted", self.deleted),
            *_both(data + "/query", self.query),
            *_both(data + "/queryAll", self.query_all),
            Route(data + "/query/{place}", self.query_more),
            *_both(data + "/jobs/query", self.new_job, methods=["POST"]),
            Route(data + "/jobs/query/{job}", self.job),
            Route(data + "/jobs/query/{job}/results", self.results),
        ]

    def error_body(self, status: int, message: str) -> Any:
        return _errors("NOT_FOUND", "The requested resource does not exist")

    async def token(self, request: Request) -> Response:
        form = await form_of(request)
        client, secret = _basic(request) or (form.get("client_id", ""), form.get("client_secret", ""))
        if not self._lets_in(form, client, secret):
            refused = {"error": "invalid_client", "error_description": "invalid client credentials"}
            return json_answer(refused, 400)
        return json_answer(
            {
                "access_token": self.desk.issue(), "signature": "c2ln", "token_format": "opaque",
                "instance_url": f"{request.url.scheme}://{request.url.netloc}", "token_type": "Bearer",
                "id": "https://login.salesforce.com/id/00D/005", "issued_at": "1790848800000",
            }
        )  # fmt: skip

    def _lets_in(self, form: Mapping[str, str], client: str, secret: str) -> bool:
        grant = form.get("grant_type")
        if grant == "client_credentials":
            return self.desk.knows(client, secret)
        if grant == "password":
            right = form.get("password") == self.desk.client_secret + self.security_token
            return self.desk.knows(client, secret) and form.get("username") == self.username and right
        if grant == "urn:ietf:params:oauth:grant-type:jwt-bearer":
            claims = _claims(form.get("assertion", ""))
            audience = claims.get("aud") in {"https://login.salesforce.com", "https://test.salesforce.com"}
            return audience and claims.get("iss") == self.desk.client_id and claims.get("sub") == self.username
        return False

    def _enter(self, request: Request) -> dict[str, str]:
        """Refuse what the vendor refuses before it looks at a request; the headers of the answer."""
        self.require_bearer(request, _errors("INVALID_SESSION_ID", "Session expired or invalid"))
        version = request.path_params.get("version", OFFERED[-1])
        if version not in OFFERED:
            number = float(version) if version.replace(".", "", 1).isdigit() else 0
            if number < _RETIRED_BELOW:
                raise Refuse(410, _errors("UNSUPPORTED_API_VERSION", "This API version is retired."))
            raise Refuse(404, self.error_body(404, ""))
        self.calls += 1
        usage = {"Sforce-Limit-Info": f"api-usage={min(self.calls, self.daily_limit)}/{self.daily_limit}"}
        if self.calls > self.daily_limit:
            raise Refuse(403, _errors("REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), usage)
        if len(str(request.url)) + sum(len(each) for pair in request.headers.items() for each in pair) > _LONGEST_URI:
            raise Refuse(414, "<h1>Bad Message 414</h1>")
        return usage

    async def versions(self, _: Request) -> Response:
        return json_answer([{"label": each, "url": f"/services/data/v{each}", "version": each} for each in OFFERED])

    async def limits(self, request: Request) -> Response:
        usage = self._enter(request)
        left = max(0, self.daily_limit - self.calls)
        return json_answer({"DailyApiRequests": {"Max": self.daily_limit, "Remaining": left}}, headers=usage)

    def _object(self, request: Request) -> SimObject:
        found = self.objects.get(request.path_params["name"])
        if found is None:
            raise Refuse(404, self.error_body(404, ""))
        return found

    async def describe(self, request: Request) -> Response:
        usage = self._enter(request)
        return json_answer(self._object(request).described(), headers=usage)

    async def deleted(self, request: Request) -> Response:
        usage = self._enter(request)
        found = self._object(request)
        try:
            start, end = (datetime.fromisoformat(request.query_params[name]) for name in ("start", "end"))
        except (KeyError, ValueError):
            raise Refuse(400, _errors("INVALID_REPLICATION_DATE", "start and end are needed")) from None
        if not found.replicateable or (end - start).total_seconds() < 60:
            raise Refuse(400, _errors("INVALID_REPLICATION_DATE", "the window is too short, or there is no log"))
        log = [(key, at) for key, at in self._table_of(found.name).tombstones if start <= at < end]
        if len(log) > _MOST_IDS:
            raise Refuse(400, _errors("EXCEEDED_ID_LIMIT", "too many ids"))
        records = [{"id": key, "deletedDate": stamp(at)} for key, at in log]
        told = {"deletedRecords": records, "earliestDateAvailable": stamp(start), "latestDateCovered": stamp(end)}
        return json_answer(told, headers=usage)

    # -- queries ---------------------------------------------------------------------------------------------------

    def compiled(self, text: str, *, deleted_too: bool = False) -> Compiled:
        """A query of the org. Refuse where the vendor would not take it."""
        try:
            return Compiled(self, parse(text), deleted_too=deleted_too)
        except SoqlError as error:
            raise Refuse(400, _errors(error.code, error.message)) from None

    async def query(self, request: Request) -> Response:
        return self._first_page(request, deleted_too=False)

    async def query_all(self, request: Request) -> Response:
        return self._first_page(request, deleted_too=True)

    def _first_page(self, request: Request, *, deleted_too: bool) -> Response:
        usage = self._enter(request)
        if set(request.query_params) != {"q"}:
            raise Refuse(400, _errors("MALFORMED_QUERY", "A query must be specified"))
        with self.lock:
            compiled = self.compiled(request.query_params["q"], deleted_too=deleted_too)
            rows = [dict(row) for row in compiled.rows()]
        if compiled.query.counts:
            return json_answer({"totalSize": len(rows), "done": True, "records": []}, headers=usage)
        key = record_id("0r8", next(self._numbers))
        self._cursors[key] = (compiled, rows)
        while len(self._cursors) > _OPEN_CURSORS:
            self._cursors.popitem(last=False)
        return self._page(request, key, 0, usage)

    async def query_more(self, request: Request) -> Response:
        usage = self._enter(request)
        key, _, start = request.path_params["place"].rpartition("-")
        if key not in self._cursors or not start.isdecimal():
            raise Refuse(400, _errors("INVALID_QUERY_LOCATOR", "invalid query locator"))
        return self._page(request, key, int(start), usage)

    def _page(self, request: Request, key: str, start: int, usage: dict[str, str]) -> Response:
        compiled, found = self._cursors[key]
        size = min(self.page_rows, _batch_size(request))
        rows = self.window(request, found, start, size)
        done = start + size >= len(found)
        version = request.path_params["version"]
        link = {} if done else {"nextRecordsUrl": f"/services/data/v{version}/query/{key}-{start + size}"}
        with self.lock:
            records = [compiled.shown(row) for row in rows]
        return json_answer({"totalSize": len(found), "done": done, **link, "records": records}, headers=usage)

    # -- query jobs ------------------------------------------------------------------------------------------------

    async def new_job(self, request: Request) -> Response:
        usage = self._enter(request)
        wish = await request.json()
        if wish.get("operation") not in {"query", "queryAll"} or wish.get("contentType", "CSV") != "CSV":
            raise Refuse(400, _errors("INVALIDJOB", "operation or contentType is not supported"))
        deleted_too = wish["operation"] == "queryAll"
        with self.lock:
            compiled = self.compiled(wish["query"], deleted_too=deleted_too)
            try:
                jobs.require_bulk(compiled)
            except SoqlError as error:
                raise Refuse(400, _errors(error.code, error.message)) from None
            rows = [dict(row) for row in compiled.rows()]
            random.Random(self.seed).shuffle(rows)  # noqa: S311  jobs promise no order
        job = jobs.Job(
            jobs.job_id(next(self._numbers)), wish["operation"], compiled.table, compiled, rows,
            request.path_params["version"], failure=self.bulk_failure,
        )  # fmt: skip
        self._jobs[job.id] = job
        return json_answer(job.told(), headers=usage)

    def _job(self, request: Request) -> jobs.Job:
        job = self._jobs.get(request.path_params["job"])
        if job is None:
            raise Refuse(404, self.error_body(404, ""))
        return job

    async def job(self, request: Request) -> Response:
        usage = self._enter(request)
        job = self._job(request)
        job.polls += 1
        return json_answer(job.told(), headers=usage)

    async def results(self, request: Request) -> Response:
        usage = self._enter(request)
        job = self._job(request)
        if job.version != request.path_params["version"]:
            raise Refuse(409, _errors("VERSION_MISMATCH", "use the version of the job"))
        if job.state != "JobComplete":
            raise Refuse(400, _errors("INVALIDJOBSTATE", "the job is not complete"))
        asked = request.query_params
        start = _offset(asked["locator"]) if asked.get("locator") else 0
        size = min(int(asked.get("maxRecords", 50_000)), max(self.page_rows, 1))
        rows = self.window(request, job.rows, start, size)
        following = _locator(start + size) if start + size < len(job.rows) else "null"
        with self.lock:
            body = job.page(rows)
        headers = {**usage, "Sforce-NumberOfRecords": str(len(rows)), "Sforce-Locator": following}
        return Response(body, 200, headers, "text/csv")


def _visible(hidden: set[str]) -> dict[str, SimObject]:
    found = {name: each for name, each in objects().items() if name not in hidden}
    for each in found.values():
        each.fields = {name: one for name, one in each.fields.items() if f"{each.name}.{name}" not in hidden}
    return found


def _some(table: OrgTable, belongs: Callable[[SimRow], bool]) -> dict[str, Any]:
    rows = [row for row in table.rows if belongs(row)]
    return Table(table.name, table.entity, rows, key="Id", amount=table.amount, currency=table.currency).truth()


def _errors(code: str, message: str) -> list[dict[str, str]]:
    return [{"message": message, "errorCode": code}]


def _both(path: str, handler: Any, methods: list[str] | None = None) -> list[Route]:
    """Salesforce takes these addresses with and without a slash at their end."""
    return [Route(path, handler, methods=methods), Route(path + "/", handler, methods=methods)]


def _batch_size(request: Request) -> int:
    """200 to 2000 rows; what is asked beyond is brought into that range."""
    option = request.headers.get("sforce-query-options", "").partition("batchSize=")[2]
    return min(2000, max(200, int(option))) if option.isdecimal() else 2000


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    client, _, secret = base64.b64decode(encoded).decode().partition(":")
    return client, secret


def _claims(assertion: str) -> dict[str, Any]:
    """What a JWT says; its signature is not looked at, since nobody uploaded a certificate here."""
    parts = assertion.split(".")
    if len(parts) != 3:
        return {}
    padded = parts[1] + "=" * (-len(parts[1]) % 4)
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(padded))
    return claims


def _locator(start: int) -> str:
    return base64.urlsafe_b64encode(str(start).encode()).decode().rstrip("=")


def _offset(locator: str) -> int:
    try:
        return int(base64.urlsafe_b64decode(locator + "=" * (-len(locator) % 4)))
    except ValueError:
        raise Refuse(400, _errors("INVALID_QUERY_LOCATOR", "invalid locator")) from None
