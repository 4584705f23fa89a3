"""PUBLIC: all that a connector's author may import."""

from hub.errors import (
    AuthError,
    ConfigError,
    HubError,
    PluginError,
    RowRejected,
    SourceChanged,
    SourceUnavailable,
    Throttled,
)
from hub.mapping import FieldMap, Where, at, computed, const, first_of, joined
from hub.model import catalog as entities
from hub.model.batch import Batch, Reject, Row
from hub.sdk.connector import (
    Connector,
    ConnectorConfig,
    Context,
    Finding,
    Mode,
    Page,
    ReadRequest,
    Stream,
    guard_tokens,
)
from hub.sdk.hooks import hookimpl

__all__ = [
    "AuthError", "Batch", "ConfigError", "Connector", "ConnectorConfig", "Context", "FieldMap", "Finding", "HubError",
    "Mode", "Page", "PluginError", "ReadRequest", "Reject", "Row", "RowRejected", "SourceChanged", "SourceUnavailable",
    "Stream", "Throttled", "Where", "at", "computed", "const", "entities", "first_of", "guard_tokens", "hookimpl",
    "joined",
]  # fmt: skip
