"""`hub check` for a system: login, each service with its permission and its fields, clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from connectors.sap.lookups import Lookups
from connectors.sap.plan import plan_of
from connectors.sap.services import BILLING, Service
from connectors.sap.streams import source_of
from hub.sdk import AuthError, Finding, HubError, ReadRequest, Stream
from hub.sdk.odata import ODataSource, Query, has_status

if TYPE_CHECKING:
    from connectors.sap.source import SapConnector

_SKEW_SECONDS = 120
_WITHOUT_STAMP = "has no stamp of changes: each run reads all of it"
_SUCCESSORS = {
    "API_SALES_ORDER_SRV": "CE_SALESORDER_0001", "API_PRODUCT_SRV": "CE_PRODUCT_0002",
    "API_PURCHASEORDER_PROCESS_SRV": "CE_PURCHASEORDER_0001",
}  # fmt: skip
"""Services of version 4 beside them. SAP announces an end of the older ones in its API hub, at least a year before."""


def findings(connector: SapConnector) -> Iterator[Finding]:
    """All findings, the login first. Raises AuthError where it is refused."""
    streams = enabled(connector)
    opened: dict[str, ODataSource] = {}
    shut: dict[str, HubError] = {}
    for service in dict.fromkeys(source_of(connector.config.odata4, stream.name).service for stream in streams):
        try:
            with connector.api.asking(service) as source:
                opened[service.name] = source
        except AuthError as error:
            if has_status(error, 401):
                raise
            shut[service.name] = error
        except HubError as error:
            shut[service.name] = error
    yield Finding(
        "login", bool(opened), f"{len(opened)} of {len(opened) + len(shut)} services may be read",
        fix="" if opened else "Check `base_url`: it is the host of the APIs, in the cloud with `-api`.",
    )  # fmt: skip
    for stream in streams:
        yield from _stream(connector, stream, opened, shut)
    yield from _versions(opened)
    yield from _batches(connector, opened)
    yield Finding("quota", True, "SAP publishes none; see `requests_per_second` and `max_in_flight`")
    yield from _clock(connector)


def enabled(connector: SapConnector) -> list[Stream]:
    """The streams that are synced under these settings."""
    named = connector.config.streams
    return [
        stream for stream in connector.discover() if not named or (stream.name in named and named[stream.name].enabled)
    ]


def _stream(
    connector: SapConnector, stream: Stream, opened: dict[str, ODataSource], shut: dict[str, HubError]
) -> Iterator[Finding]:
    """One row is read, with every property that the maps read."""
    source, subject = source_of(connector.config.odata4, stream.name), f"stream {stream.name}"
    service = source.service
    if service.name in shut:
        yield _refused(service, subject, shut[service.name])
        return
    odata = opened[service.name]
    try:
        with connector.api.explained(service):
            plan = plan_of(connector.config, stream, source, odata.metadata())
            next(iter(odata.pages(plan.query.with_(top=1))))
    except HubError as error:
        if source.instead[0] and has_status(error, 404, 405, 501):
            yield Finding(subject, True, f"may be read, within {source.instead[0]}")
        else:
            yield _refused(service, subject, error)
        return
    if plan.missing:
        fix = "Columns made of them stay empty. A newer release of S/4HANA has them, or the user may not see them."
        yield Finding(f"fields of {stream.name}", False, f"not in this system: {', '.join(plan.missing)}", fix=fix,
                      severity="warning")  # fmt: skip
    reading = "" if plan.stamps else f"; {_WITHOUT_STAMP}"
    yield Finding(subject, True, f"may be read by {service.name}{reading}")
    if plan.stamps:
        yield from _changes(connector, stream, odata)


def _changes(connector: SapConnector, stream: Stream, odata: ODataSource) -> Iterator[Finding]:
    """Whether the system filters by what the stream's changes are told by."""
    from connectors.sap.reading import Reading

    now = connector.context.now()
    reading = Reading(connector, ReadRequest(stream, now - timedelta(days=1), now), odata)
    try:
        next(iter(odata.pages(reading.query("changed").with_(top=1))))
    except HubError as error:
        yield Finding(
            f"changes of {stream.name}", False, error.problem, severity="warning",
            fix="Every run reads all of it: schedule it seldom, or have the filter allowed.",
        )  # fmt: skip


def _refused(service: Service, subject: str, error: HubError) -> Finding:
    severity = "warning" if service.optional else "error"
    return Finding(subject, False, error.problem, fix=error.fix or service.remedy, severity=severity)


def _versions(opened: dict[str, ODataSource]) -> Iterator[Finding]:
    newer = [f"{name} -> {_SUCCESSORS[name]}" for name in opened if name in _SUCCESSORS]
    modern = [name for name in opened if name.startswith("CE_")]
    told = f"OData 4 for {', '.join(modern)}, else 2" if modern else "OData 2"
    told += f"; SAP offers newer services beside some ({', '.join(newer)}): see `odata4`" if newer else ""
    yield Finding("API version", True, f"{told}; an end is announced at least a year before")


def _batches(connector: SapConnector, opened: dict[str, ODataSource]) -> Iterator[Finding]:
    """Whether look-ups may travel together. Nothing is lost where they may not."""
    if not connector.config.batch or BILLING.name not in opened:
        return
    lookups = Lookups(opened[BILLING.name], connector.config)
    try:
        works = lookups.takes_batches(Query("A_BillingDocument", select=("BillingDocument",), top=1))
    except HubError:
        return
    yield Finding(
        "$batch", works, "look-ups travel together" if works else "refused: look-ups are sent one by one",
        fix="" if works else "Let POST to /$batch and the X-CSRF-Token header through, or set `batch: false`.",
        severity="warning",
    )  # fmt: skip


def _clock(connector: SapConnector) -> Iterator[Finding]:
    skew = connector.api.clock.skew
    if skew is not None:
        seconds = abs(skew.total_seconds())
        ok = seconds <= _SKEW_SECONDS
        fix = "" if ok else "Set this machine's clock (NTP)."
        yield Finding("clock", ok, f"{seconds:.0f} s from SAP's", fix=fix, severity="warning")
