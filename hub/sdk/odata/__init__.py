"""PUBLIC: OData 2, 3 and 4 for connectors. The protocol in one place, no vendor in it."""

from hub.sdk.odata.batch import read_batch
from hub.sdk.odata.csdl import parse_metadata
from hub.sdk.odata.envelope import Removed
from hub.sdk.odata.filters import (
    Contains,
    Filter,
    Raw,
    after,
    all_of,
    any_of,
    eq,
    fields_of,
    ge,
    gt,
    le,
    lt,
    ne,
    one_of,
)
from hub.sdk.odata.literal import literal
from hub.sdk.odata.metadata import EntitySet, Metadata, Navigation, Property, StructuredType
from hub.sdk.odata.paging import KeysetPages, ODataPage, Paging, ServerPages, SkipPages
from hub.sdk.odata.query import Expand, Query, entity_path, selection
from hub.sdk.odata.refusals import Meaning, ODataJudge, has_status
from hub.sdk.odata.source import ODataSource
from hub.sdk.odata.version import Version

__all__ = [
    "Contains", "EntitySet", "Expand", "Filter", "KeysetPages", "Meaning", "Metadata", "Navigation", "ODataJudge",
    "ODataPage", "ODataSource", "Paging", "Property", "Query", "Raw", "Removed", "ServerPages", "SkipPages",
    "StructuredType", "Version", "after", "all_of", "any_of", "entity_path", "eq", "fields_of", "ge", "gt",
    "has_status", "le", "literal", "lt", "ne", "one_of", "parse_metadata", "read_batch", "selection",
]  # fmt: skip
