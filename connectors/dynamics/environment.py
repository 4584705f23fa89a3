"""One environment: its requests, its limits, its tables' definitions and its currencies."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from connectors.dynamics.buyers import Buyers
from connectors.dynamics.config import DynamicsConfig
from connectors.dynamics.login import login_of
from connectors.dynamics.tables import TableShape, path_of, shape_of
from hub.sdk import Answer, AuthError, Budget, Context, HttpSource, Refusal, SourceChanged, SourceUnavailable, Throttled
from hub.sdk.odata import Meaning, ODataJudge, ODataSource, Query, Version

if TYPE_CHECKING:
    from connectors.dynamics.plan import Plan

_ANNOTATIONS = "Microsoft.Dynamics.CRM.lookuplogicalname,OData.Community.Display.V1.FormattedValue"
_PREFER = (f'odata.include-annotations="{_ANNOTATIONS}"',)
_TRACK = "odata.track-changes"
_HEADERS = {"If-None-Match": "null"}
"""Stops a cache on the way from answering with old rows."""
_REMAINING = "x-ms-ratelimit-burst-remaining-xrm-requests"
_LOW = 300
"""So many requests before the limit of 6,000 in five minutes, we slow down to its own pace."""
_PACE_SECONDS = 300 / 6000
_WAIT = "Dataverse protects itself; the next run goes on. Other integrations of the same user count, too."
_CODES = {
    "0x80072322": Meaning(Throttled, _WAIT, again=True),
    "0x80072321": Meaning(Throttled, _WAIT, again=True),
    "0x80072326": Meaning(Throttled, _WAIT, again=True),
    "0x80072560": Meaning(
        AuthError, "Add the app as an application user of the environment, and give it a role; then run `hub check`."
    ),
    "0x80040220": Meaning(AuthError, "Give the hub's role the privilege that it names, at organisation level."),
    "0x80044150": Meaning(SourceUnavailable, "The next run tries again.", again=True),
}  # fmt: skip
"""Three limits of service protection, no such user, no privilege, and a database that was busy."""


class NotThere(SourceChanged):
    """The environment does not have the table."""


def _not_there(answer: Answer) -> Refusal | None:
    if answer.status != 404:
        return None
    return Refusal(NotThere("there is no such table.", fix="Check `base_url` and the table's name."))


class ServiceProtection(Budget):
    """Near the limit of requests in five minutes, requests go out no faster than the limit lets for ever."""

    def __init__(self) -> None:
        self.remaining: int | None = None
        self._next = 0.0
        self._lock = threading.Lock()

    def reserve(self, now: float, cost: float) -> float:
        with self._lock:
            if self.remaining is None or self.remaining > _LOW:
                return 0.0
            if now < self._next:
                return self._next - now
            self._next = now + _PACE_SECONDS
            return 0.0

    def learn(self, now: float, headers: Mapping[str, str]) -> None:
        told = headers.get(_REMAINING, "")
        if told.isdecimal():
            self.remaining = int(told)


class Environment:
    """The network side of one instance."""

    def __init__(self, config: DynamicsConfig, context: Context) -> None:
        self.config = config
        self.context = context
        self.protection = ServiceProtection()
        self.http = HttpSource(
            config,
            context,
            auth=login_of(config),
            path=f"api/data/v{config.api_version}",
            headers=_HEADERS,
            judge=ODataJudge(context.now, _CODES),
            budgets=(self.protection,),
        )
        self._plain = ODataSource(self.http, Version.V4, typed=False, codes=_CODES)
        self.buyers = Buyers(self._plain)
        self._shapes: dict[str, TableShape | None] = {}
        self._currencies: dict[str, str] = {}
        self._base: str | None = None
        self._lock = threading.Lock()

    def odata(self, plan: Plan, *, track: bool = False) -> ODataSource:
        """The client for a plan's table. `track`: a delta link is wanted, or followed."""
        prefer = (_TRACK, *_PREFER) if track else _PREFER
        return ODataSource(self.http, Version.V4, metadata=plan.metadata(), prefer=prefer, codes=_CODES)

    def ask(self, path: str) -> dict[str, Any]:
        """One object, at a path with its options. NotThere for a table that the environment does not have."""
        answer = self.http.get(path, judge=_not_there)
        if not isinstance(answer, dict):
            raise SourceChanged("the answer is no object.", fix="Check `api_version`; report it.")
        return answer

    def shape(self, table: str) -> TableShape | None:
        """What the environment has of a table; None where it is not there."""
        if table not in self._shapes:
            try:
                self._shapes[table] = shape_of(self.ask(path_of(table)))
            except NotThere:
                self._shapes[table] = None
        return self._shapes[table]

    # -- currencies ------------------------------------------------------------------------------------------------

    def currency(self, key: str) -> str | None:
        """ISO code of a currency by its id. All are read at once, and again for one that is new."""
        with self._lock:
            if key not in self._currencies:
                self._currencies = self._read_currencies()
                self._currencies.setdefault(key, "")
            return self._currencies[key] or None

    def base_currency(self) -> str | None:
        """ISO code of the organisation's own currency, which it keeps for ever."""
        if self._base is None:
            rows = list(self._plain.rows(Query("organizations", select=("_basecurrencyid_value",))))
            key = rows[0].get("_basecurrencyid_value") if rows else None
            self._base = (self.currency(key.lower()) if isinstance(key, str) else None) or ""
        return self._base or None

    def _read_currencies(self) -> dict[str, str]:
        query = Query("transactioncurrencies", select=("transactioncurrencyid", "isocurrencycode"))
        rows = self._plain.rows(query)
        return {
            str(row.get("transactioncurrencyid")).lower(): code
            for row in rows
            if isinstance(code := row.get("isocurrencycode"), str)
        }

    def close(self) -> None:
        self.http.close()
