"""`hub check` for a company: login and release, clock, and each stream with its permission and fields."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from connectors.sap_b1.plan import plan_of
from connectors.sap_b1.streams import SOURCES
from hub.sdk import AuthError, Finding, HubError, Stream
from hub.sdk.odata import Query

if TYPE_CHECKING:
    from connectors.sap_b1.source import SapB1Connector

_SKEW_SECONDS = 120
_OLD_PROTOCOL = "SAP has deprecated OData 3 (`v1`) with FP 2405."


def findings(connector: SapB1Connector) -> Iterator[Finding]:
    """All findings, the login first. Raises AuthError where it is refused."""
    config, release = connector.config, connector.api.auth.release()
    told = f", Service Layer {release}" if release else ""
    yield Finding("login", True, f"company {config.company} as {config.user}{told}")
    if config.protocol == "v1":
        fix = "Set `protocol: v2` once the release has it."
        yield Finding("protocol", False, _OLD_PROTOCOL, fix=fix, severity="warning")
    else:
        yield Finding("protocol", True, "OData 4 (`v2`), SAP's present one")
    yield from _currency(connector)
    for stream in enabled(connector):
        yield _stream(connector, stream)
    yield Finding("quota", True, "the Service Layer has none; each session takes memory and a licence of its server")
    yield from _clock(connector)


def enabled(connector: SapB1Connector) -> list[Stream]:
    """The streams that are synced under these settings."""
    named = connector.config.streams
    return [
        stream for stream in connector.streams if not named or (stream.name in named and named[stream.name].enabled)
    ]


def _currency(connector: SapB1Connector) -> Iterator[Finding]:
    code, iso = connector.lookups.local_code(), connector.lookups.local_currency()
    is_known = iso is not None and len(iso) == 3 and iso.isalpha()
    fix = "" if is_known else f"Name its ISO code under `currencies`, such as `{{{code}: USD}}`."
    yield Finding("currency", is_known, f"the company's own is {code}" + (f" ({iso})" if iso != code else ""), fix=fix)


def _stream(connector: SapB1Connector, stream: Stream) -> Finding:
    """One row is read, with every property that the maps need."""
    source, subject = SOURCES[stream.name], f"stream {stream.name}"
    try:
        plan = plan_of(connector.config, stream, source, connector.api.metadata())
        query = Query(source.entities, select=plan.select, filter=source.only, top=1, orderby=(source.key,))
        next(iter(connector.api.source.pages(query)))
        count = connector.api.source.count(query)
    except AuthError as error:
        fix = error.fix or f"Give the hub's user read-only authorisation for {source.entities}."
        return Finding(subject, False, error.problem, fix=fix)
    except HubError as error:
        return Finding(subject, False, error.problem, fix=error.fix or "Report it to the connector's author.")
    if plan.missing:
        lacks = ", ".join(path.replace("/", ".") for path in plan.missing)
        fix = "Upgrade Business One, or leave it: what comes from these stays empty."
        return Finding(subject, False, f"this release lacks {lacks}", fix=fix, severity="warning")
    return Finding(subject, True, f"may be read: {count} rows")


def _clock(connector: SapB1Connector) -> Iterator[Finding]:
    answer = connector.api.http.request("GET", f"{connector.api.root}/Warehouses?$top=1&$select=WarehouseCode")
    try:
        told = parsedate_to_datetime(answer.headers.get("date", ""))
    except (TypeError, ValueError):
        return
    told = told if told.tzinfo else told.replace(tzinfo=UTC)
    skew = abs((told - connector.context.now()).total_seconds())
    zone = connector.config.time_zone
    fix = "" if skew <= _SKEW_SECONDS else "Set the clocks of both machines (NTP)."
    yield Finding(
        "clock", skew <= _SKEW_SECONDS, f"{skew:.0f} s from the server's; its time zone is taken for {zone}",
        fix=fix, severity="warning",
    )  # fmt: skip
