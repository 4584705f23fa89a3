"""What is asked of a resource: made from the maps, so that an override in YAML reaches the request."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connectors.business_central.api import BusinessCentralApi
from connectors.business_central.rows import OWN, RELATED, RELATED_TOO, Ready, needed
from connectors.business_central.streams import SOURCES, STAMP, Posting, Source
from hub.sdk import Stream, maps_of, source_paths
from hub.sdk.fields import Keys
from hub.sdk.odata import Query, selection

_INVOICED = ("number", "orderNumber", "status", "invoiceDate", STAMP, "currencyCode", "pricesIncludeTax")
_SUMMED = ("discountAmount", "totalAmountExcludingTax", "totalTaxAmount", "totalAmountIncludingTax")


@dataclass(frozen=True)
class Plan:
    """One stream's resource.

    paths   what the maps read;  query  everything, without filter and order;  size  rows a page
    """

    source: Source
    paths: tuple[Keys, ...]
    query: Query
    size: int
    ready: Ready


def plan_for(api: BusinessCentralApi, stream: Stream) -> Plan:
    """The plan of a stream under these settings."""
    source = SOURCES[stream.name]
    paths = tuple({keys: None for fields in maps_of(api.config, stream) for keys in source_paths(fields)})
    query = asked(api, source.path, [*((name,) for name in source.always), *needed(paths)])
    size = api.config.document_page_size if source.lines else api.config.page_size
    return Plan(source, paths, query, size, Ready(api, source, paths))


def asked(api: BusinessCentralApi, resource: str, columns: Sequence[Keys]) -> Query:
    """A query for these columns, as far as the resource has them."""
    path = api.path(resource)
    select, expand = selection(api.odata.metadata(), path, columns)
    return Query(path, select=select, expand=expand)


def missing(api: BusinessCentralApi, plan: Plan) -> list[str]:
    """Paths of the maps that the resource does not have, in the admin's words."""
    found = api.odata.metadata().missing(plan.query.path, [path for path in plan.paths if path[-1] not in OWN])
    made = set(api.odata.metadata().missing(plan.query.path, needed(plan.paths)))
    return [path for path in found if path in made and not _known_otherwise(path, plan)]


def _known_otherwise(path: str, plan: Plan) -> bool:
    """Contacts name their relations in two ways; items and locations are found by their numbers."""
    first, _, rest = path.partition("/")
    if first == RELATED:
        return any(each.name == RELATED_TOO for each in plan.query.expand)
    return rest in {"itemId", "locationId"} or path in {"itemId", "locationId"}


def invoiced(api: BusinessCentralApi, plan: Plan, posting: Posting) -> Query:
    """The invoices that posted orders are made of, with the fields that the order's maps read."""
    theirs = {ours: name for name, ours in posting.renamed}
    columns: list[Keys] = [(name,) for name in (*_INVOICED, *_SUMMED)]
    columns += _moved(needed(plan.paths), plan.source.lines, posting.invoice_lines, theirs)
    columns.append((posting.invoice_lines, "quantity"))
    return asked(api, posting.invoices, columns)


def _moved(paths: Iterable[Keys], lines: str, invoice_lines: str, theirs: dict[str, str]) -> Iterable[Keys]:
    for path in paths:
        yield (invoice_lines, *(theirs.get(name, name) for name in path[1:])) if path[0] == lines else path
