"""A simulated Dataverse environment beside a store: streams are synced as `hub sync` does it, and compared with it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.dynamics.config import DynamicsConfig
from connectors.dynamics.simulator import DynamicsSimulator
from connectors.dynamics.source import DynamicsConnector
from hub.sdk import Context
from hub.sdk.simulator import in_process
from hub.store import open_store
from hub.testing import FakeClock
from sync_jobs import pipeline
from sync_jobs.joblist import ordered, overridden_maps
from sync_jobs.jobs import Job, RunReport

HOST = "http://127.0.0.1:9"
AMOUNTS = {
    "orders": "total",
    "order_lines": "total",
    "opportunities": "amount",
    "invoices": "total",
    "invoice_lines": "net",
}
"""Entity -> the column that the simulator sums up per currency."""


class EnvironmentHub:
    """One environment, one store in a folder."""

    def __init__(self, folder: Path, simulator: DynamicsSimulator, **settings: Any) -> None:
        self.simulator = simulator
        self.folder = folder
        self.settings = {
            "kind": "dynamics", "base_url": HOST, "login_url": HOST, "tenant_id": "contoso", "client_id": "hub",
            "client_secret": "simulated", **settings,
        }  # fmt: skip
        self.clock = FakeClock()
        folder.mkdir(parents=True, exist_ok=True)
        self.store = open_store(f"sqlite:///{folder}/hub.db")
        self.store.upgrade()

    def connector(self) -> DynamicsConnector:
        config = DynamicsConfig.model_validate(self.settings)
        context = Context("crm", transport=in_process(self.simulator), clock=self.clock, now=self.clock.now)
        return DynamicsConnector(config, context)

    def sync(self, *names: str, stop_after_pages: int | None = None, **flags: Any) -> dict[str, RunReport]:
        """Sync the streams, all where none is named. `stop_after_pages`: like a process told to stop."""
        connector = self.connector()
        reports = {}
        try:
            for stream in ordered(connector.discover()):
                if not names or stream.name in names:
                    settings = connector.config.streams.get(stream.name)
                    job = Job(
                        source="crm", connector=connector, stream=stream,
                        maps=overridden_maps(connector.config, stream), sync_id="s",
                        state_dir=self.folder / "var", start=settings.start if settings else None, **flags,
                    )  # fmt: skip
                    reports[stream.name] = pipeline.run(_stopping(job, stop_after_pages), self.store)
        finally:
            connector.close()
        return reports

    def live(self, entity: str, *columns: str) -> dict[str, tuple[Any, ...]]:
        """The live rows: id -> the columns' values."""
        rows = (row for page in self.store.rows(entity, ["source_id", "deleted_at", *columns]) for row in page)
        return {row[0]: row[2:] for row in rows if row[1] is None}

    def differences(self) -> list[str]:
        """How the store differs from the environment: ids, and sums to the cent."""
        told = []
        for entity, known in self.simulator.truth().items():
            held, wanted = set(self.live(entity)), set(known["ids"])
            if held != wanted:
                told.append(f"{entity}: {len(wanted - held)} lost, {len(held - wanted)} too many")
            if entity in AMOUNTS and self._sums(entity) != {
                code: int(Decimal(total) * 10**6) for code, total in known["sums"].items()
            }:
                told.append(f"{entity}: other sums")
        return told

    def _sums(self, entity: str) -> dict[str, int]:
        sums: dict[str, int] = defaultdict(int)
        for amount, currency in self.live(entity, AMOUNTS[entity], "currency").values():
            sums[currency] += int(amount)
        return dict(sums)

    def everything(self) -> dict[str, dict[str, tuple[Any, ...]]]:
        """All live records with all columns but the bookkeeping ones."""
        own = {"source", "first_seen_at", "synced_at", "run_id", "deleted_at", "source_id"}
        return {
            entity: self.live(entity, *(name for name in self.store.columns_in_use(entity) if name not in own))
            for entity in self.store.held("crm")
        }

    @property
    def requests(self) -> int:
        count: int = self.simulator.log.summary()["requests"]
        return count


def _stopping(job: Job, pages: int | None) -> Job:
    if pages is None:
        return job
    seen = 0

    def progress(tally: Any) -> None:
        nonlocal seen
        seen = tally.pages

    return replace(job, progress=progress, cancelled=lambda: seen >= pages)
