"""PUBLIC: all that a connector's author may import.

Names are fetched when first used: `from hub.sdk import hookimpl` must not load what only connectors need.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hub.convert import bind
    from hub.errors import (
        AuthError,
        ConfigError,
        HubError,
        PluginError,
        RowRejected,
        SourceChanged,
        SourceUnavailable,
        StateExpired,
        Throttled,
    )
    from hub.fieldsource import field_map
    from hub.fieldspec import EntityMapSpec, FieldOverrides
    from hub.mapping import (
        At,
        Coalesced,
        FieldMap,
        FieldSource,
        Joined,
        Where,
        apply,
        at,
        computed,
        const,
        first_of,
        joined,
    )
    from hub.model import catalog as entities
    from hub.model.batch import Batch, Reject, Row
    from hub.model.kinds import Entity
    from hub.sdk.allowance import Allowance
    from hub.sdk.clock import Clock
    from hub.sdk.config import ConnectorConfig, StreamSettings
    from hub.sdk.connector import Connector, Context, Finding, Mode, Page, ReadRequest, Stream, guard_tokens
    from hub.sdk.fields import maps_of, source_paths
    from hub.sdk.graphql import GraphQLSource, QueryTooCostly
    from hub.sdk.hooks import hookimpl
    from hub.sdk.http.answer import Answer, Refusal
    from hub.sdk.http.assertion import ClientAssertionAuth
    from hub.sdk.http.auth import Auth, BasicAuth, BearerAuth, HeaderAuth
    from hub.sdk.http.config import HttpConnectorConfig
    from hub.sdk.http.counted import NumberedPages, OffsetPages
    from hub.sdk.http.linked import NextLink, NextToken
    from hub.sdk.http.oauth1 import OAuth1Auth
    from hub.sdk.http.paging import Fetched, PageRule
    from hub.sdk.http.source import HttpSource
    from hub.sdk.http.statuses import vendor_message
    from hub.sdk.http.throttle import Budget, CostBudget, Quota, QuotaBudget
    from hub.sdk.http.tokens import ClientCredentialsAuth, Credential, JwtBearerAuth, RefreshTokenAuth, SessionAuth
    from hub.sdk.http.urls import ApiUrl
    from hub.sdk.late import late_model
    from hub.sdk.stamps import iso_moment, latest

__all__ = [
    "Allowance", "Answer", "ApiUrl", "At", "Auth", "AuthError", "BasicAuth", "Batch", "BearerAuth", "Budget",
    "ClientAssertionAuth", "ClientCredentialsAuth", "Clock", "Coalesced", "ConfigError", "Connector", "ConnectorConfig",
    "Context", "CostBudget", "Credential", "Dimension", "Entity", "EntityMapSpec", "Facts", "Fetched", "FieldMap",
    "FieldOverrides", "FieldSource", "Finding", "GraphQLSource", "HeaderAuth", "HttpConnectorConfig", "HttpSource",
    "HubError", "Joined", "JwtBearerAuth", "Metric", "Mode", "Need", "NextLink", "NextToken", "NumberedPages",
    "OAuth1Auth", "OffsetPages", "Output", "Page", "PageRule", "Parameter", "PluginError", "QueryTooCostly", "Quota",
    "QuotaBudget", "ReadRequest", "Reason", "RefreshTokenAuth", "Refusal", "Reject", "Row", "RowRejected", "Scope",
    "SessionAuth", "SourceChanged", "SourceUnavailable", "StateExpired", "Stream", "StreamSettings", "Throttled",
    "Where", "apply", "at", "bind", "computed", "const", "entities", "field_map", "first_of", "guard_tokens",
    "hookimpl", "iso_moment", "joined", "late_model", "latest", "maps_of", "ratio", "source_paths", "vendor_message",
]  # fmt: skip

_HOMES = {
    "hub.errors": (
        "AuthError", "ConfigError", "HubError", "PluginError", "RowRejected", "SourceChanged", "SourceUnavailable",
        "StateExpired", "Throttled",
    ),
    "hub.convert": ("bind",),
    "hub.fieldsource": ("field_map",),
    "hub.fieldspec": ("EntityMapSpec", "FieldOverrides"),
    "hub.mapping": (
        "At", "Coalesced", "FieldMap", "FieldSource", "Joined", "Where", "apply", "at", "computed", "const", "first_of",
        "joined",
    ),
    "hub.model.batch": ("Batch", "Reject", "Row"),
    "hub.model.kinds": ("Entity",),
    "hub.sdk.allowance": ("Allowance",),
    "hub.sdk.config": ("ConnectorConfig", "StreamSettings"),
    "hub.sdk.connector": (
        "Connector", "Context", "Finding", "Mode", "Page", "ReadRequest", "Stream", "guard_tokens",
    ),
    "hub.sdk.hooks": ("hookimpl",),
    "hub.sdk.stamps": ("iso_moment", "latest"),
    "hub.sdk.clock": ("Clock",),
    "hub.sdk.fields": ("maps_of", "source_paths"),
    "hub.sdk.late": ("late_model",),
    "hub.sdk.graphql": ("GraphQLSource", "QueryTooCostly"),
    "hub.sdk.http.answer": ("Answer", "Refusal"),
    "hub.sdk.http.assertion": ("ClientAssertionAuth",),
    "hub.sdk.http.auth": ("Auth", "BasicAuth", "BearerAuth", "HeaderAuth"),
    "hub.sdk.http.config": ("HttpConnectorConfig",),
    "hub.sdk.http.oauth1": ("OAuth1Auth",),
    "hub.sdk.http.counted": ("NumberedPages", "OffsetPages"),
    "hub.sdk.http.linked": ("NextLink", "NextToken"),
    "hub.sdk.http.paging": ("Fetched", "PageRule"),
    "hub.sdk.http.source": ("HttpSource",),
    "hub.sdk.http.statuses": ("vendor_message",),
    "hub.sdk.http.throttle": ("Budget", "CostBudget", "Quota", "QuotaBudget"),
    "hub.sdk.http.tokens": ("ClientCredentialsAuth", "Credential", "JwtBearerAuth", "RefreshTokenAuth", "SessionAuth"),
    "hub.sdk.http.urls": ("ApiUrl",),
    "hub.sdk.metric": (
        "Dimension", "Facts", "Metric", "Need", "Output", "Parameter", "Reason", "Scope", "ratio",
    ),
}  # fmt: skip
_HOME = {name: module for module, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "entities":
        return import_module("hub.model.catalog")
    if name in _HOME:
        return getattr(import_module(_HOME[name]), name)
    raise AttributeError(f"module 'hub.sdk' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
