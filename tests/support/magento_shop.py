"""A simulated Magento shop and a hub that syncs it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from support.system_hub import SystemHub, context

from connectors.magento.config import MagentoConfig
from connectors.magento.simulator import MagentoSimulator
from connectors.magento.source import MagentoConnector
from hub.testing import FakeClock

BEARER = {"access_token": "simulated"}
SIGNED = dict.fromkeys(("consumer_key", "consumer_secret", "access_token", "access_token_secret"), "simulated")


def magento(simulator: MagentoSimulator, clock: FakeClock | None = None, **settings: Any) -> MagentoConnector:
    """A connector to a simulator, without a network in between."""
    login = {} if "client_id" in settings or "access_token" in settings else BEARER
    config = MagentoConfig.model_validate({"kind": "magento", "base_url": "http://127.0.0.1:9", **login, **settings})
    return MagentoConnector(config, context("shop", simulator, clock))


class ShopHub(SystemHub):
    """One shop, and one store in a folder."""

    source = "shop"
    amounts = {
        "orders": ("total", "currency"), "order_lines": ("total", "currency"), "returns": ("refund", "currency"),
    }  # fmt: skip

    def connector(self) -> MagentoConnector:
        return magento(self.simulator, self.clock, **self.settings)

    def counted(self, entity: str, *columns: str) -> Collection[tuple[Any, ...]]:
        """Lines that are part of another one never count."""
        if entity != "order_lines":
            return super().counted(entity, *columns)
        return [row for part_of, *row in self.live(entity, "parent_source_id", *columns).values() if not part_of]  # type: ignore[misc]

    def differences_without(self, *entities: str) -> list[str]:
        """The differences of all other entities; guests may have been more, since their orders are gone."""
        truth = self.simulator.truth()
        wanted = set(truth["customers"]["ids"])
        held = {key for key in self.live("customers") if key in wanted or not key.startswith("guest:")}
        found = self.differences(*(truth.keys() - {"customers", *entities}))
        return found if held == wanted else [*found, f"customers: {len(wanted - held)} lost, {len(held - wanted)} more"]
