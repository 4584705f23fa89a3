"""Kinds `files` and `csv`: folders of exports. Loaded when a configured instance asks for one."""

from __future__ import annotations

from typing import Any

from hub.sdk import Connector, hookimpl


@hookimpl
def hub_connectors() -> list[type[Connector[Any]]]:
    """The two connectors of this folder."""
    from connectors.files.plain import CsvConnector
    from connectors.files.source import FilesConnector

    return [FilesConnector, CsvConnector]
