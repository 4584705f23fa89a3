"""A simulated company in Business Central beside a store: synced by the real pipeline, compared with what it holds."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx

from connectors.business_central.config import BusinessCentralConfig
from connectors.business_central.simulator import BusinessCentralSimulator
from connectors.business_central.source import BusinessCentralConnector
from hub.sdk import Context
from hub.sdk.simulator import in_process
from hub.store import open_store
from hub.testing import FakeClock
from sync_jobs import pipeline
from sync_jobs.joblist import ordered, overridden_maps
from sync_jobs.jobs import Job, RunReport

LOGIN = {
    "tenant_id": "contoso.example", "client_id": "hub", "client_secret": "simulated",
    "company": "CRONUS International Ltd.",
}  # fmt: skip
AMOUNTS = {
    "orders": "total", "order_lines": "total", "invoices": "total", "invoice_lines": "net", "returns": "refund",
    "purchase_orders": "total", "purchase_order_lines": "total",
}  # fmt: skip


def business_central(
    simulator: BusinessCentralSimulator,
    clock: FakeClock | None = None,
    transport: httpx.BaseTransport | None = None,
    **settings: Any,
) -> BusinessCentralConnector:
    """A connector to a simulator, without a network in between."""
    config = BusinessCentralConfig.model_validate({"kind": "business_central", **LOGIN, **settings})
    clock = clock or FakeClock()
    context = Context("erp", transport=transport or in_process(simulator), clock=clock, now=clock.now)
    return BusinessCentralConnector(config, context)


class CompanyHub:
    """One company, and one store in a folder."""

    def __init__(self, folder: Path, simulator: BusinessCentralSimulator, **settings: Any) -> None:
        self.simulator, self.folder, self.settings = simulator, folder, settings
        self.clock = FakeClock()
        self.transport: httpx.BaseTransport | None = None
        folder.mkdir(parents=True, exist_ok=True)
        self.store = open_store(f"sqlite:///{folder}/hub.db")
        self.store.upgrade()

    def sync(self, *names: str, **options: Any) -> dict[str, RunReport]:
        """Sync the streams, all where none is named."""
        connector = business_central(self.simulator, self.clock, self.transport, **self.settings)
        reports = {}
        try:
            for stream in ordered(connector.discover()):
                if not names or stream.name in names:
                    job = Job(
                        source="erp", connector=connector, stream=stream, sync_id="s",
                        maps=overridden_maps(connector.config, stream), state_dir=self.folder / "var", **options,
                    )  # fmt: skip
                    reports[stream.name] = pipeline.run(job, self.store)
        finally:
            connector.close()
        return reports

    def synced(self, *names: str, **options: Any) -> dict[str, RunReport]:
        """The same; every run must have ended well."""
        reports = self.sync(*names, **options)
        assert [f"{name}: {report.error}" for name, report in reports.items() if report.error is not None] == []
        return reports

    def live(self, entity: str, *columns: str) -> dict[str, tuple[Any, ...]]:
        """The live rows: id -> the columns' values."""
        rows = (row for page in self.store.rows(entity, ["source_id", "deleted_at", *columns]) for row in page)
        return {row[0]: row[2:] for row in rows if row[1] is None}

    def sums(self, entity: str) -> dict[str, str]:
        """Sum of the amounts by currency."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for amount, currency in self.live(entity, AMOUNTS[entity], "currency").values():
            sums[currency] += Decimal(int(amount)) / 1_000_000
        return {code: str(total) for code, total in sorted(sums.items())}

    def require_truth(self) -> None:
        """All that is held is what the company has: ids, and sums to the cent."""
        for entity, known in self.simulator.truth().items():
            assert set(self.live(entity)) == set(known["ids"]), entity
            if entity in AMOUNTS:
                ours = {code: Decimal(total) for code, total in self.sums(entity).items()}
                assert ours == {code: Decimal(total) for code, total in known["sums"].items()}, entity
