"""A connector of kind `shut`: it does not even get as far as naming its streams."""

from __future__ import annotations

from typing import Any, ClassVar

from support.made_up import CUSTOMERS, ORDERS

from hub.sdk import Connector, ConnectorConfig, SourceUnavailable, Stream, hookimpl


class ShutConnector(Connector[ConnectorConfig]):
    kind, config_model = "shut", ConnectorConfig
    streams = (Stream("customers", (CUSTOMERS,)), Stream("orders", (ORDERS,)))
    closed: ClassVar[int] = 0

    def discover(self) -> tuple[Stream, ...]:
        raise SourceUnavailable("the door is shut.", fix="Come back tomorrow.")

    def close(self) -> None:
        type(self).closed += 1


@hookimpl
def hub_connectors() -> list[type[Connector[Any]]]:
    return [ShutConnector]
