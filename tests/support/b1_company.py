"""A company in SAP Business One, simulated, and a hub that syncs it into SQLite."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.sap_b1.config import SapB1Config
from connectors.sap_b1.simulator import SapB1Simulator
from connectors.sap_b1.source import SapB1Connector
from hub.sdk import Context
from hub.sdk.simulator import in_process
from hub.store import open_store
from hub.testing import FakeClock
from sync_jobs import pipeline
from sync_jobs.joblist import ordered, overridden_maps
from sync_jobs.jobs import Job, RunReport

LOGIN = {"company": "SBODEMO", "user": "hub", "password": "simulated", "time_zone": "Europe/Berlin"}
AMOUNTS = {"orders": "total", "order_lines": "total", "returns": "refund", "purchase_order_lines": "total"}


def b1(simulator: SapB1Simulator, clock: FakeClock | None = None, **settings: Any) -> SapB1Connector:
    """A connector to a simulator, without a network in between."""
    config = SapB1Config.model_validate({"kind": "sap_b1", "base_url": "http://127.0.0.1:9", **LOGIN, **settings})
    clock = clock or FakeClock()
    return SapB1Connector(config, Context("b1", transport=in_process(simulator), clock=clock, now=clock.now))


class CompanyHub:
    """One company, and one store in a folder."""

    def __init__(self, folder: Path, simulator: SapB1Simulator, **settings: Any) -> None:
        self.simulator, self.folder, self.settings = simulator, folder, settings
        self.clock = FakeClock()
        folder.mkdir(parents=True, exist_ok=True)
        self.store = open_store(f"sqlite:///{folder}/hub.db")
        self.store.upgrade()

    def sync(self, *names: str, stop_after_pages: int | None = None, **options: Any) -> dict[str, RunReport]:
        """Sync the streams, all where none is named. `stop_after_pages`: like a process told to stop."""
        connector = b1(self.simulator, self.clock, **self.settings)
        reports = {}
        try:
            for stream in ordered(connector.discover()):
                if not names or stream.name in names:
                    job = Job(
                        source="b1", connector=connector, stream=stream, sync_id="s",
                        maps=overridden_maps(connector.config, stream), state_dir=self.folder / "var",
                        start=connector.start(stream), **options,
                    )  # fmt: skip
                    reports[stream.name] = pipeline.run(_stopping(job, stop_after_pages), self.store)
        finally:
            connector.close()
        return reports

    def synced(self, *names: str, **options: Any) -> dict[str, RunReport]:
        """The same; every run must have ended well, and nothing be refused."""
        reports = self.sync(*names, **options)
        assert [f"{name}: {report.error}" for name, report in reports.items() if report.error is not None] == []
        assert [(each.entity, each.field, each.reason) for each in self.store.quarantined()] == []
        return reports

    def live(self, entity: str, *columns: str) -> dict[str, tuple[Any, ...]]:
        """The live rows: id -> the columns' values."""
        rows = (row for page in self.store.rows(entity, ["source_id", "deleted_at", *columns]) for row in page)
        return {row[0]: row[2:] for row in rows if row[1] is None}

    def sums(self, entity: str) -> dict[str, Decimal]:
        """Sum of the amounts by currency."""
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for amount, currency in self.live(entity, AMOUNTS[entity], "currency").values():
            sums[currency] += Decimal(int(amount)) / 1_000_000
        return dict(sums)

    def differences(self) -> list[str]:
        """How the store differs from the company: ids, and sums to the cent."""
        told = []
        for entity, known in self.simulator.truth().items():
            held, wanted = set(self.live(entity)), set(known["ids"])
            if held != wanted:
                told.append(f"{entity}: {sorted(wanted - held)[:5]} lost, {sorted(held - wanted)[:5]} too many")
            if entity in AMOUNTS and self.sums(entity) != {code: Decimal(sum_) for code, sum_ in known["sums"].items()}:
                told.append(f"{entity}: sums {self.sums(entity)} instead of {known['sums']}")
        return told

    def everything(self) -> dict[str, dict[str, tuple[Any, ...]]]:
        """All live records with all columns but the bookkeeping ones."""
        own = {"source", "first_seen_at", "synced_at", "run_id", "deleted_at", "source_id"}
        found = {}
        for entity in self.store.held("b1"):
            columns = [name for name in self.store.columns_in_use(entity) if name not in own]
            found[entity] = self.live(entity, *columns)
        return found

    @property
    def requests(self) -> int:
        """How many requests the company has answered."""
        return int(self.simulator.log.summary()["requests"])


def _stopping(job: Job, pages: int | None) -> Job:
    if pages is None:
        return job
    seen = 0

    def progress(tally: Any) -> None:
        nonlocal seen
        seen = tally.pages

    return replace(job, progress=progress, cancelled=lambda: seen >= pages)
