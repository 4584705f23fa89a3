"""Publisher `folder`: tables as files, in a folder, on an SFTP server or in an object store."""

from __future__ import annotations

from typing import Any

from hub.sdk import hookimpl
from hub.sdk.publisher import Publisher


@hookimpl
def hub_publishers() -> list[type[Publisher[Any]]]:
    """The publisher of this folder."""
    from connectors.folder.publisher import FolderPublisher

    return [FolderPublisher]
