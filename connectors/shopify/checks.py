"""`hub check` for a shop: login, version and its end, scopes and fields of each stream, orders out of sight, points."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connectors.shopify.config import ShopifyConfig
from connectors.shopify.shop import scopes_of
from connectors.shopify.streams import SOURCES
from hub.sdk import AuthError, Finding, HubError, Stream

if TYPE_CHECKING:
    from connectors.shopify.source import ShopifyConnector

CHECK = """query Check {
  shop { name myshopifyDomain currencyCode ianaTimezone }
  currentAppInstallation { accessScopes { handle } }
  publicApiVersions { handle supported }
}"""

_SUPPORTED = timedelta(days=365)
_SOON = timedelta(days=60)
_SKEW_SECONDS = 120
_MORE_SCOPES = {"orders": ("read_returns",), "stock": ("read_products",)}
"""What a stream needs beside its list: for returns, and for the variant that a stock level belongs to."""


def findings(connector: ShopifyConnector) -> Iterator[Finding]:
    """All findings, the login first. Raises AuthError where it is refused."""
    data = connector.api.ask(CHECK)
    shop = data.get("shop") or {}
    yield Finding("login", True, f"{shop.get('name')}, {shop.get('currencyCode')}, {shop.get('ianaTimezone')}")
    yield from _address(connector.config, str(shop.get("myshopifyDomain") or ""))
    yield from _version(connector, data.get("publicApiVersions") or [])
    scopes = scopes_of(data)
    for stream in enabled(connector):
        yield from _stream(connector, stream, scopes)
    yield from _old_orders(connector, scopes)
    yield from _points(connector)
    yield from _clock(connector)


def enabled(connector: ShopifyConnector) -> list[Stream]:
    """The streams that are synced under these settings."""
    named = connector.config.streams
    return [
        stream for stream in connector.streams if not named or (stream.name in named and named[stream.name].enabled)
    ]


def _address(config: ShopifyConfig, domain: str) -> Iterator[Finding]:
    host = urlsplit(config.base_url).hostname or ""
    if domain and host.endswith(".myshopify.com") and host != domain:
        yield Finding(
            "address", False, f"the shop's own name is {domain}", severity="warning",
            fix=f"Set `base_url: https://{domain}`; other names redirect, and redirected queries fail.",
        )  # fmt: skip


def _version(connector: ShopifyConnector, told: list[Any]) -> Iterator[Finding]:
    wanted, served = connector.config.api_version, connector.api.served
    if served and served != wanted:
        yield Finding(
            "API version", False, f"{wanted} was asked for, {served} answers: the other is not supported any more",
            severity="warning", fix=f"Set `api_version: {served}` after reading Shopify's notes on it.",
        )  # fmt: skip
        return
    supported = {str(each.get("handle")) for each in told if isinstance(each, dict) and each.get("supported")}
    if told and wanted not in supported:
        yield Finding(
            "API version", False, f"{wanted} is not supported",
            fix=f"Set `api_version` to one of {', '.join(sorted(supported - {'unstable'}))}.",
        )  # fmt: skip
        return
    end = _end_of(wanted)
    soon = end - connector.context.now() < _SOON
    detail = f"{wanted}, supported until {end:%Y-%m-%d} at least"
    fix = "Install a newer hub, or set `api_version` to the next one and run `hub check` again."
    yield Finding("API version", not soon, detail, fix=fix if soon else "", severity="warning" if soon else "error")


def _end_of(version: str) -> datetime:
    year, month = map(int, version.split("-"))
    return datetime(year, month, 1, tzinfo=UTC) + _SUPPORTED


def _stream(connector: ShopifyConnector, stream: Stream, scopes: frozenset[str]) -> Iterator[Finding]:
    """Its scopes; where they are there, one row is read, which shows fields that are missing or not approved."""
    source = SOURCES[stream.name]
    missing = [] if scopes & set(source.scopes) else [source.scopes[0]]
    missing += [scope for scope in _MORE_SCOPES.get(stream.name, ()) if scope not in scopes]
    if missing:
        yield Finding(
            f"stream {stream.name}", False, f"the app lacks {', '.join(missing)}",
            fix=f"Add the scope to the app and install it again, or leave the stream out: `{stream.name}: "
            "{enabled: false}` under `streams:`.",
        )  # fmt: skip
        return
    try:
        fitting = connector.probe(stream)
    except AuthError as error:
        yield Finding(f"stream {stream.name}", False, error.problem, fix=error.fix)
    except HubError as error:
        fix = error.fix or "Report it to the connector's author."
        yield Finding(f"stream {stream.name}", False, error.problem, fix=f"{fix} See `fields:` for your own additions.")
    else:
        yield Finding(f"stream {stream.name}", True, f"may be read ({', '.join(sorted(scopes & set(source.scopes)))})")
        for addition, kind in fitting.left_out.items():
            yield Finding(f"field {'.'.join(addition.named)}", True, f"{kind} has none; it is left empty there")


def _old_orders(connector: ShopifyConnector, scopes: frozenset[str]) -> Iterator[Finding]:
    if "read_all_orders" in scopes or not any(stream.name == "orders" for stream in enabled(connector)):
        return
    yield Finding(
        "orders older than 60 days", False, "the app lacks read_all_orders: Shopify hides all older orders",
        severity="warning", fix="Ask for the scope read_all_orders in the app's settings, then `hub sync --full`.",
    )  # fmt: skip


def _points(connector: ShopifyConnector) -> Iterator[Finding]:
    points = connector.api.points
    if points:
        left, most, rate = (points.get(name) for name in ("currentlyAvailable", "maximumAvailable", "restoreRate"))
        yield Finding("query points", True, f"{left} of {most} left, {rate} come back a second")


def _clock(connector: ShopifyConnector) -> Iterator[Finding]:
    sent = connector.api.date
    if not sent:
        return
    try:
        skew = (connector.context.now() - parsedate_to_datetime(sent)).total_seconds()
    except (TypeError, ValueError):
        return
    ok = abs(skew) <= _SKEW_SECONDS
    fix = "" if ok else "Set this machine's clock (NTP): windows of time are cut by it."
    yield Finding("clock", ok, f"{abs(skew):.0f} s from Shopify's", fix=fix, severity="error" if ok else "warning")
