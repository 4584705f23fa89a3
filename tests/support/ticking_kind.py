"""A connector of kind `ticking`: ten pages of ten customers, one every fifth of a second, that can go on in between.

Each page is noted in the file that `log` names, so that tests see who read what, and when.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import Field
from support.made_up import CUSTOMERS, customer

from hub.sdk import Connector, ConnectorConfig, Page, ReadRequest, Stream, hookimpl

PAGES = 10


class TickingConfig(ConnectorConfig):
    """How slow, and where it is noted."""

    log: str = Field(description="File to note pages in.")
    seconds: float = Field(0.2, description="Pause before each page.")
    hang: bool = Field(False, description="Never answer.")


class TickingConnector(Connector[TickingConfig]):
    kind, config_model = "ticking", TickingConfig
    streams = (Stream("customers", (CUSTOMERS,)), Stream("more", (CUSTOMERS,), depends_on=("customers",)))

    def read(self, request: ReadRequest) -> Iterator[Page]:
        for number in range((request.resume or {"page": 0})["page"], PAGES):
            while self.config.hang and not self.context.stopped():
                time.sleep(0.05)
            time.sleep(self.config.seconds)
            with Path(self.config.log).open("a") as file:
                file.write(f"{os.getpid()} {self.context.source} {request.stream.name} {number} {time.time()}\n")
            start = number * 10
            yield Page([customer(each) for each in range(start, start + 10)], resume={"page": number + 1})


@hookimpl
def hub_connectors() -> list[type[Connector[Any]]]:
    return [TickingConnector]
