"""A simulated S/4HANA beside a store: synced by the real pipeline, and compared with what the system holds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.sap.config import SapConfig
from connectors.sap.simulator import SapSimulator
from connectors.sap.source import SapConnector
from hub.sdk import Context
from hub.sdk.simulator import in_process
from hub.store import open_store
from hub.testing import FakeClock
from sync_jobs import pipeline
from sync_jobs.joblist import ordered, overridden_maps
from sync_jobs.jobs import Job, RunReport

BASIC = {"user": "hub", "password": "simulated", "client": "100"}
SUMMED = {
    "orders": ("total", "currency"), "order_lines": ("total", "currency"), "returns": ("refund", "currency"),
    "invoices": ("total", "currency"), "invoice_lines": ("cost", "currency"), "product_costs": ("cost", "currency"),
    "purchase_orders": ("total", "currency"), "purchase_order_lines": ("total", "currency"),
}  # fmt: skip


def sap(simulator: SapSimulator, clock: FakeClock | None = None, **settings: Any) -> SapConnector:
    """A connector to a simulator, without a network in between."""
    login = {} if "client_id" in settings or "user" in settings else BASIC
    config = SapConfig.model_validate({"kind": "sap", "base_url": "http://127.0.0.1:9", **login, **settings})
    clock = clock or FakeClock()
    return SapConnector(config, Context("erp", transport=in_process(simulator), clock=clock, now=clock.now))


class SapHub:
    """One system, and one store in a folder."""

    def __init__(self, folder: Path, simulator: SapSimulator, **settings: Any) -> None:
        self.simulator, self.folder, self.settings = simulator, folder, settings
        self.clock = FakeClock()
        folder.mkdir(parents=True, exist_ok=True)
        self.store = open_store(f"sqlite:///{folder}/hub.db")
        self.store.upgrade()

    def sync(self, *names: str, stop_after_pages: int | None = None, **options: Any) -> dict[str, RunReport]:
        """Sync the streams, all where none is named. `stop_after_pages`: like a process told to stop."""
        connector = sap(self.simulator, self.clock, **self.settings)
        reports = {}
        try:
            for stream in ordered(connector.discover()):
                if not names or stream.name in names:
                    job = Job(
                        source="erp", connector=connector, stream=stream, sync_id="s",
                        maps=overridden_maps(connector.config, stream), state_dir=self.folder / "var",
                        start=connector.start(stream), **options,
                    )  # fmt: skip
                    reports[stream.name] = pipeline.run(_stopping(job, stop_after_pages), self.store)
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

    def sums(self, entity: str) -> dict[str, Decimal]:
        """Sum of the amounts by currency."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for amount, code in self.live(entity, *SUMMED[entity]).values():
            if amount is not None:
                sums[code] += Decimal(int(amount)) / 1_000_000
        return dict(sums)

    def differences(self, *but: str) -> list[str]:
        """How the store differs from the system: counts, ids, and sums to the last decimal."""
        told = []
        for entity, known in self.simulator.truth().items():
            if entity in but:
                continue
            held, wanted = set(self.live(entity)), set(known["ids"])
            if held != wanted:
                told.append(f"{entity}: {sorted(wanted - held)[:5]} lost, {sorted(held - wanted)[:5]} too many")
            if entity in SUMMED and self.sums(entity) != {code: Decimal(text) for code, text in known["sums"].items()}:
                told.append(f"{entity}: sums {self.sums(entity)} instead of {known['sums']}")
        return told

    def on_hand(self) -> Decimal:
        """All stock, whatever its unit and type."""
        held = sum(int(quantity) for (quantity,) in self.live("stock_levels", "on_hand").values())
        return Decimal(held) / 1_000_000

    def everything(self) -> dict[str, dict[str, tuple[Any, ...]]]:
        """All live records with all columns but the bookkeeping ones."""
        own = {"source", "first_seen_at", "synced_at", "run_id", "deleted_at", "source_id"}
        found = {}
        for entity in self.store.held("erp"):
            columns = [name for name in self.store.columns_in_use(entity) if name not in own]
            found[entity] = self.live(entity, *columns)
        return found

    @property
    def requests(self) -> int:
        """How many requests the system has answered."""
        return int(self.simulator.log.summary()["requests"])


def _stopping(job: Job, pages: int | None) -> Job:
    if pages is None:
        return job
    seen = 0

    def progress(tally: Any) -> None:
        nonlocal seen
        seen = tally.pages

    return replace(job, progress=progress, cancelled=lambda: seen >= pages)
