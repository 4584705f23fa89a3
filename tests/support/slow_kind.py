"""A connector of kind `slow`: a page of ten customers every tenth of a second, without end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

from support.made_up import CUSTOMERS, customer

from hub.sdk import Connector, ConnectorConfig, Page, ReadRequest, Stream, hookimpl


class SlowConnector(Connector[ConnectorConfig]):
    kind, config_model = "slow", ConnectorConfig
    streams = (Stream("customers", (CUSTOMERS,)),)

    def read(self, request: ReadRequest) -> Iterator[Page]:
        start = (request.resume or {"after": 0})["after"]
        while True:
            yield Page([customer(number) for number in range(start, start + 10)], resume={"after": start + 10})
            start += 10
            time.sleep(0.1)


@hookimpl
def hub_connectors() -> list[type[Connector[Any]]]:
    return [SlowConnector]
