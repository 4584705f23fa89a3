"""What `hub check` tells of an org: login, API version, clock, calls left, and each object with its fields."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.objects import Source, source_of
from connectors.salesforce.org import Org
from connectors.salesforce.plan import CORPORATE, CURRENCY, Planner, paths_of
from hub.sdk import ConfigError, Finding, Stream
from hub.sdk.fields import maps_of

_SKEW_SECONDS = 120
_FEATURE_FIELDS = frozenset({
    CURRENCY, "IsPersonAccount", "PersonEmail", "PersonMobilePhone", "PersonLeadSource", "BillingCountryCode",
    "ShippingCountryCode", "CountryCode", "DunsNumber", "NaicsCode",
    "ContactId", "ProductId", "IsArchived", "StartDate",
})  # fmt: skip
"""Fields that come with a feature of the org: that they are not there is no mistake."""


def findings(org: Org, planner: Planner, config: SalesforceConfig, streams: Sequence[Stream]) -> Iterator[Finding]:
    """Each as soon as it is known. A login that fails raises: nothing else can be looked at then."""
    versions = org.http.get(f"{org.auth.instance_url()}/services/data", elsewhere=True, judge=None)
    yield Finding("login", True, f"as {org.config.client_id}")
    version = _version(config, versions)
    yield version
    if not version.ok and version.severity == "error":
        return
    limits = org.get("/limits")
    yield _clock(org)
    yield _quota(org, config, limits)
    yield _currency(planner, config)
    for stream in streams:
        if not config.streams or (stream.name in config.streams and config.streams[stream.name].enabled):
            yield from _stream(planner, config, stream)


def _version(config: SalesforceConfig, versions: Any) -> Finding:
    offered = (
        [entry.get("version") for entry in versions if isinstance(entry, dict)] if isinstance(versions, list) else []
    )
    numbers = sorted(
        float(number) for number in offered if isinstance(number, str) and number.replace(".", "").isdigit()
    )
    mine = float(config.api_version)
    if mine not in numbers:
        newest = f"{numbers[-1]:.1f}" if numbers else "unknown"
        return Finding(
            "API version",
            False,
            f"{config.api_version} is not offered",
            fix=f"Set `api_version`; the newest is {newest}.",
        )
    oldest = mine - numbers[0]
    text = f"{config.api_version}; the org offers {numbers[0]:.1f} to {numbers[-1]:.1f}"
    if oldest < 6:
        return Finding(
            "API version", False, f"{text}: it is among the next to be retired", fix="Raise `api_version`.",
            severity="warning",
        )  # fmt: skip
    return Finding("API version", True, f"{text}; retired not before three years after its release")


def _clock(org: Org) -> Finding:
    ahead = org.clock_ahead_seconds
    if abs(ahead) <= _SKEW_SECONDS:
        return Finding("clock", True, f"within {_SKEW_SECONDS} s of Salesforce's")
    return Finding(
        "clock",
        False,
        f"this machine's is {abs(ahead):.0f} s {'behind' if ahead > 0 else 'ahead of'} Salesforce's",
        fix="Switch on time synchronisation (NTP): logins by JWT fail with a wrong clock.",
        severity="warning",
    )


def daily_calls(limits: Any) -> tuple[int, int] | None:
    """How many calls the org allows in 24 hours, and how many are left; None where it does not tell."""
    daily = limits.get("DailyApiRequests") if isinstance(limits, dict) else None
    most, left = (daily.get("Max"), daily.get("Remaining")) if isinstance(daily, dict) else (None, None)
    return (most, left) if isinstance(most, int) and isinstance(left, int) and most else None


def _quota(org: Org, config: SalesforceConfig, limits: Any) -> Finding:
    calls = daily_calls(limits)
    if calls is None:
        return Finding("API calls", True, "the org tells no allowance")
    most, left = calls
    used = most - left
    return Finding(
        "API calls",
        used < most * config.quota_share,
        f"{used} of {most} used in the last 24 hours; the hub stops at {config.quota_share:.0%}",
        fix="See in Setup > Company Information who uses so many, or raise `quota_share`.",
    )


def _currency(planner: Planner, config: SalesforceConfig) -> Finding:
    account = planner.shape("Account")
    if account is not None and CURRENCY in account.fields:
        corporate = planner.corporate_currency()
        return Finding("currency", True, f"several; the corporate one is {corporate or 'not visible'}")
    return Finding(
        "currency",
        config.currency is not None,
        config.currency or "the org has one currency, and its rows do not name it",
        fix="Set `currency` to the code in Setup > Company Information > Currency Locale.",
    )


def _stream(planner: Planner, config: SalesforceConfig, stream: Stream) -> Iterator[Finding]:
    source = source_of(config, stream.name)
    try:
        plan = planner.plan(stream)
    except ConfigError as error:
        yield Finding(stream.name, False, error.problem, fix=error.fix)
        return
    if plan is None:
        yield _absent(config, stream, source)
        return
    hidden = [path for path in plan.missing if path not in _FEATURE_FIELDS]
    ours = len([path for path in paths_of(maps_of(config, stream)) if path != (CORPORATE,)])
    if hidden:
        yield Finding(
            stream.name,
            False,
            f"{plan.table}: {len(hidden)} of {ours} fields are not there or hidden: {', '.join(hidden)}",
            fix="Give the hub's user read access to them (field-level security); their columns stay empty until then.",
            severity="warning",
        )
    elif plan.cursor is None:
        yield Finding(
            stream.name, False, f"{plan.table} has no field that tells changes: every run reads all of it",
            fix="Schedule it seldom.", severity="warning",
        )  # fmt: skip
    else:
        yield Finding(stream.name, True, f"{plan.table}, changes by {plan.cursor}")


def _absent(config: SalesforceConfig, stream: Stream, source: Source) -> Finding:
    wanted = not source.feature or stream.name in config.streams
    switch = f", or switch on {source.feature}" if source.feature else ""
    return Finding(
        stream.name,
        False,
        f"the org has no {source.table}, or hides it: the stream stays empty",
        fix=f"Give the hub's user read access to {source.table}{switch}; else leave it.",
        severity="error" if wanted else "warning",
    )
