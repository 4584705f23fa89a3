"""`hub check` for a shop: login, version, modules, permission and fields of each stream, clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from connectors.magento.enrich import named_attributes
from connectors.magento.refusals import NoRoute
from connectors.magento.streams import SOURCES
from hub.sdk import AuthError, Finding, HubError, Stream
from hub.sdk.fields import maps_of, source_paths

if TYPE_CHECKING:
    from connectors.magento.source import MagentoConnector

_SKEW_SECONDS = 120
_SIGNED_SKEW_SECONDS = 300
"""Signatures that are older are refused by most shops."""
_OLDEST = (2, 4)
_WITHOUT = {
    "companies": "the shop has no company accounts (module Magento_Company)",
    "locations": "the shop has no inventory sources (module Magento_InventoryApi)",
    "stock": "the shop has no inventory sources; stock is asked for product by product, one request each",
}


def findings(connector: MagentoConnector) -> Iterator[Finding]:
    """All findings, the login first. Raises AuthError where it is refused."""
    stores = connector.api.listed("store/storeConfigs")
    currencies = ", ".join(sorted({str(store.get("base_currency_code")) for store in stores}))
    yield Finding("login", True, f"{len(stores)} store views, prices in {currencies}")
    yield from _store_code(connector, [str(store.get("code")) for store in stores])
    yield from _version(connector)
    for stream in enabled(connector):
        yield from _stream(connector, stream)
    yield from _attributes(connector)
    yield Finding("quota", True, "Magento has none; hosters may limit requests: see `requests_per_second`")
    yield from _clock(connector)


def enabled(connector: MagentoConnector) -> list[Stream]:
    """The streams that are synced under these settings."""
    named = connector.config.streams
    return [
        stream for stream in connector.streams if not named or (stream.name in named and named[stream.name].enabled)
    ]


def _store_code(connector: MagentoConnector, codes: list[str]) -> Iterator[Finding]:
    code = connector.config.store_code
    if code != "all" and code not in codes:
        yield Finding(
            "store view", False, f"there is no store view `{code}`",
            fix=f"Set `store_code` to `all` or one of {', '.join(sorted(set(codes) - {'admin'}))}.",
        )  # fmt: skip


def _version(connector: MagentoConnector) -> Iterator[Finding]:
    """The shop tells its minor version at most, to anybody; some hide it."""
    if connector.config.is_saas:
        yield Finding("version", True, "Adobe Commerce as a Cloud Service, kept current by Adobe")
        return
    path = urlsplit(connector.config.base_url).path
    try:
        answer = connector.api.http.request("GET", f"{path}/magento_version", wants_json=False)
    except HubError:
        yield Finding("version", True, "the shop does not tell")
        return
    told = answer.body[:80].decode("utf-8", "replace").strip()
    number = told.partition("/")[2].partition(" ")[0].split(".")
    if not told.startswith("Magento/") or not all(part.isdecimal() for part in number) or len(number) < 2:
        yield Finding("version", True, "the shop does not tell")
    elif tuple(map(int, number[:2])) < _OLDEST:
        fix = "Upgrade to 2.4: older versions get no more fixes, and this connector is not tested with them."
        yield Finding("version", False, told, fix=fix, severity="warning")
    else:
        yield Finding("version", True, f"{told}; Adobe ends the support of each 2.4.x three years after its release")


def _stream(connector: MagentoConnector, stream: Stream) -> Iterator[Finding]:
    """One row is read, with every field that the maps read, and what is looked up for it."""
    source, subject = SOURCES[stream.name], f"stream {stream.name}"
    try:
        found = connector.api.search(connector.search(stream), 1)
        connector.enricher(stream).ready(found.rows)
    except NoRoute as error:
        if stream.name in _WITHOUT:
            yield Finding(subject, True, _WITHOUT[stream.name])
        else:
            yield Finding(subject, False, error.problem, fix=error.fix)
    except AuthError as error:
        fix = error.fix or f"Give the integration the resource {source.resource}."
        yield Finding(subject, False, error.problem, fix=fix)
    except HubError as error:
        fix = error.fix or "Report it to the connector's author."
        yield Finding(subject, False, error.problem, fix=f"{fix} See `fields:` for your own additions.")
    else:
        yield Finding(subject, True, f"may be read: {found.total} rows")


def _attributes(connector: MagentoConnector) -> Iterator[Finding]:
    """Magento says nothing of fields it does not know; product attributes that `fields:` names can be looked up."""
    stream = next((each for each in enabled(connector) if each.name == "products"), None)
    if stream is None:
        return
    paths = [keys for fields in maps_of(connector.config, stream) for keys in source_paths(fields)]
    named = named_attributes(paths)
    if not named:
        return
    try:
        known = {str(row.get("attribute_code")) for row in connector.shop.attributes(sorted(named))}
    except HubError:
        return
    for code in sorted(named - known - {"manufacturer"}):
        yield Finding(
            f"attribute {code}", False, "the shop has no such product attribute", severity="warning",
            fix="Correct its code under `fields:`; the column stays empty until then.",
        )  # fmt: skip


def _clock(connector: MagentoConnector) -> Iterator[Finding]:
    skew = connector.api.skew
    if skew is None:
        return
    seconds = abs(skew.total_seconds())
    signed = connector.config.is_signed and seconds > _SIGNED_SKEW_SECONDS
    ok = seconds <= _SKEW_SECONDS
    fix = "" if ok else "Set this machine's clock (NTP): windows of time and signatures carry it."
    yield Finding("clock", ok, f"{seconds:.0f} s from the shop's", fix=fix, severity="error" if signed else "warning")
