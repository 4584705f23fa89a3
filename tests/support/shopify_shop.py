"""A simulated shop on loopback, and a project that reads it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from support.project import Project, Result

from connectors.shopify.simulator import ShopifySimulator
from hub.sdk.simulator import serve

ENTITIES = (
    "customers", "contacts", "addresses", "products", "locations", "stock_levels", "orders", "order_lines", "shipments",
    "shipment_lines", "returns",
)  # fmt: skip
_AMOUNTS = {"orders": "total", "order_lines": "total", "returns": "refund"}


def quick(simulator: ShopifySimulator) -> ShopifySimulator:
    """A shop where nobody waits: not for points, and not for bulk operations."""
    simulator.bucket = simulator.restore_rate = 1e9
    simulator._left = 1e9
    simulator.jobs.looks = 1
    return simulator


class Shop:
    """What a test needs of both sides."""

    def __init__(self, project: Project, simulator: ShopifySimulator, url: str) -> None:
        self.project, self.simulator, self.url = project, simulator, url
        self.configure()

    def configure(self, settings: str = "") -> None:
        (self.project.folder / "config" / "connectors" / "erp.yaml").unlink(missing_ok=True)
        self.project.settings(
            "connectors/shop.yaml",
            f"kind: shopify\nbase_url: {self.url}\naccess_token: ${{env:SHOPIFY_TOKEN}}\nretry_seconds: 60\n{settings}",
        )

    def sync(self, *options: str) -> Result:
        return self.project.hub("sync", *options)

    def held(self) -> dict[str, Any]:
        """What the store holds, in the form of the simulator's truth."""
        with sqlite3.connect(self.project.folder / "hub.db") as db:
            return {name: _held(db, name) for name in ENTITIES}

    def truth(self) -> dict[str, Any]:
        return {
            name: (known["count"], set(known["ids"]), {code: Decimal(total) for code, total in known["sums"].items()})
            for name, known in self.simulator.truth().items()
        }

    def records(self) -> dict[str, list[tuple[Any, ...]]]:
        """All live rows without what the store writes itself."""
        own = {"first_seen_at", "synced_at", "run_id", "deleted_at"}
        with sqlite3.connect(self.project.folder / "hub.db") as db:
            told = {}
            for name in ENTITIES:
                columns = [row[1] for row in db.execute(f"PRAGMA table_info({name})") if row[1] not in own]
                rows = db.execute(f"SELECT {', '.join(columns)} FROM {name} WHERE deleted_at IS NULL")
                told[name] = sorted(rows, key=str)
            return told


def _held(db: sqlite3.Connection, name: str) -> tuple[int, set[str], dict[str, Decimal]]:
    ids = [row[0] for row in db.execute(f"SELECT source_id FROM {name} WHERE deleted_at IS NULL")]
    sums: dict[str, Decimal] = {}
    if name in _AMOUNTS:
        for code, total in db.execute(
            f"SELECT currency, sum({_AMOUNTS[name]}) FROM {name} WHERE deleted_at IS NULL GROUP BY currency"
        ):
            if total is not None:
                sums[code] = Decimal(total) / 1_000_000
    return len(ids), set(ids), sums


@contextmanager
def shop(folder: Path, capture: pytest.CaptureFixture[str], **options: Any) -> Iterator[Shop]:
    simulator = quick(ShopifySimulator(secret="shpat_simulated", **options))
    with serve(simulator) as url:
        yield Shop(Project(folder, capture), simulator, url)
