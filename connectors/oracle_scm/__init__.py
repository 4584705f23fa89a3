"""Oracle Fusion Cloud SCM, by REST. Loaded when a configured instance asks for it."""

from __future__ import annotations

from typing import Any

from hub.sdk import Connector, hookimpl


@hookimpl
def hub_connectors() -> list[type[Connector[Any]]]:
    """The connector of this folder."""
    from connectors.oracle_scm.source import OracleScmConnector

    return [OracleScmConnector]
