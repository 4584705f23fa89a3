"""What `hub check` tells of a company: login, version, company, clock, and each stream with its fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connectors.business_central.api import BusinessCentralApi
from connectors.business_central.plan import missing, plan_for
from connectors.business_central.streams import SOURCES
from hub.sdk import AuthError, Finding, HubError, SourceChanged, Stream
from hub.sdk.odata import ODataSource, Query, Version

_SKEW_SECONDS = 120
_SETS = "Give the app the permission set D365 READ, or one with read permission on the tables behind {resource}."


def findings(api: BusinessCentralApi, streams: Sequence[Stream]) -> Iterator[Finding]:
    """Each as soon as it is known. A login that fails raises: nothing else can be looked at then."""
    companies = api.companies()
    config = api.config
    yield Finding("login", True, f"as {config.client_id or config.username}, {len(companies)} companies to be seen")
    yield Finding("API version", True, "v2.0, the current one; Microsoft has named no end")
    yield _clock(api)
    yield Finding("company", True, f"{api.company.get('name')} ({api.company['id']})")
    yield _currency(api)
    for stream in streams:
        if not config.streams or (stream.name in config.streams and config.streams[stream.name].enabled):
            yield _stream(api, stream)
    yield Finding(
        "quota", True,
        "6,000 requests in five minutes for each user, told only when they are used up; the hub then waits",
    )  # fmt: skip


def _clock(api: BusinessCentralApi) -> Finding:
    if api.clock_ahead is None:
        return Finding("clock", True, "the server does not tell the time")
    ahead = api.clock_ahead.total_seconds()
    if abs(ahead) <= _SKEW_SECONDS:
        return Finding("clock", True, f"within {_SKEW_SECONDS} s of Business Central's")
    return Finding(
        "clock", False, f"this machine's is {abs(ahead):.0f} s {'behind' if ahead > 0 else 'ahead of'} the server's",
        fix="Switch on time synchronisation (NTP).", severity="warning",
    )  # fmt: skip


def _currency(api: BusinessCentralApi) -> Finding:
    try:
        code = api.local_currency
    except (AuthError, SourceChanged) as error:
        fix = error.fix or _SETS.format(resource="companyInformation")
        return Finding("local currency", False, error.problem, fix=fix)
    if code:
        return Finding("local currency", True, code)
    return Finding(
        "local currency", False, "neither companyInformation nor generalLedgerSetup names one",
        fix="Fill in LCY Code on the page General Ledger Setup: amounts of the company's own currency name none.",
    )  # fmt: skip


def _stream(api: BusinessCentralApi, stream: Stream) -> Finding:
    """One row is read, with every field that the maps read."""
    subject, resource = f"stream {stream.name}", SOURCES[stream.name].path
    try:
        if stream.name == "stock" and api.config.stock_page is not None:
            return _own_page(api, api.config.stock_page)
        plan = plan_for(api, stream)
        list(api.odata.rows(plan.query.with_(top=1)))
        if plan.source.posting is not None and api.config.posted_orders:
            list(api.odata.rows(Query(api.path(plan.source.posting.invoices), select=("id",), top=1)))
        lacking = missing(api, plan)
    except AuthError as error:
        return Finding(subject, False, error.problem, fix=_SETS.format(resource=resource))
    except HubError as error:
        fix = error.fix or "Report it to the connector's author."
        return Finding(subject, False, error.problem, fix=f"{fix} See `fields:` for your own additions.")
    if lacking:
        return Finding(
            subject, False, f"{resource} has no {', '.join(lacking)}",
            fix="Correct it under `fields:`; what an older version lacks stays empty.", severity="warning",
        )  # fmt: skip
    return Finding(subject, True, f"{resource} may be read")


def _own_page(api: BusinessCentralApi, own: str) -> Finding:
    source = ODataSource(api.http, Version.V4, root=api.config.own_group, typed=False)
    rows = list(source.rows(Query(api.path(own.rpartition("/")[2]), top=1)))
    lacking = {"itemNumber", "quantity"} - set(rows[0]) if rows else set()
    if lacking:
        return Finding(
            "stream stock", False, f"{own} has no {', '.join(sorted(lacking))}",
            fix="Add the fields to the page, or map others under `fields:`.", severity="warning",
        )  # fmt: skip
    return Finding("stream stock", True, f"{own} may be read")
