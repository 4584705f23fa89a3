"""A simulated Oracle pod beside a store: synced by the real pipeline, and compared with what the pod holds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.oracle_scm.config import OracleScmConfig
from connectors.oracle_scm.simulation.pod import OracleScmSimulator
from connectors.oracle_scm.source import OracleScmConnector
from hub.sdk import Context
from hub.sdk.simulator import in_process
from hub.store import open_store
from hub.testing import FakeClock
from sync_jobs import pipeline
from sync_jobs.joblist import ordered, overridden_maps
from sync_jobs.jobs import Job, RunReport

BASIC = {"username": "hub", "password": "simulated"}
AMOUNTS = {
    "orders": "subtotal", "order_lines": "total", "returns": "refund", "stock_levels": "on_hand",
    "purchase_orders": "total", "purchase_order_lines": "total",
}  # fmt: skip


def oracle(simulator: OracleScmSimulator, clock: FakeClock | None = None, **settings: Any) -> OracleScmConnector:
    """A connector to a simulator, without a network in between."""
    login = {} if "client_id" in settings else BASIC
    config = OracleScmConfig.model_validate(
        {"kind": "oracle_scm", "base_url": "http://127.0.0.1:9", **login, **settings}
    )
    clock = clock or FakeClock()
    return OracleScmConnector(config, Context("pod", transport=in_process(simulator), clock=clock, now=clock.now))


class PodHub:
    """One pod, and one store in a folder."""

    def __init__(self, folder: Path, simulator: OracleScmSimulator, **settings: Any) -> None:
        self.simulator, self.folder, self.settings = simulator, folder, settings
        self.clock = FakeClock()
        folder.mkdir(parents=True, exist_ok=True)
        self.store = open_store(f"sqlite:///{folder}/hub.db")
        self.store.upgrade()

    def sync(self, *names: str, stop_after_pages: int | None = None, **options: Any) -> dict[str, RunReport]:
        """Sync the streams, all where none is named. `stop_after_pages`: like a process told to stop."""
        connector = oracle(self.simulator, self.clock, **self.settings)
        reports = {}
        try:
            for stream in ordered(connector.discover()):
                if not names or stream.name in names:
                    job = Job(
                        source="pod", connector=connector, stream=stream, sync_id="s",
                        maps=overridden_maps(connector.config, stream), state_dir=self.folder / "var", **options,
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
        """Sum of the amounts by currency; of stock, of the quantities."""
        currency = [] if entity == "stock_levels" else ["currency"]
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for amount, *code in self.live(entity, AMOUNTS[entity], *currency).values():
            sums[code[0] if code else ""] += Decimal(int(amount)) / 1_000_000
        return dict(sums)

    def differences(self, *entities: str) -> list[str]:
        """How the store differs from the pod: ids, and sums to the cent; of all entities where none is named."""
        told = []
        for entity, known in self.simulator.truth().items():
            if entities and entity not in entities:
                continue
            held, wanted = set(self.live(entity)), set(known["ids"])
            assert len(wanted) == known["count"], f"{entity}: the truth itself is doubled"
            if held != wanted:
                told.append(f"{entity}: {sorted(wanted - held)[:5]} lost, {sorted(held - wanted)[:5]} too many")
            sums = {code: Decimal(total) for code, total in known["sums"].items()}
            if entity in AMOUNTS and self.sums(entity) != sums:
                told.append(f"{entity}: sums {self.sums(entity)} instead of {sums}")
        return told

    def everything(self) -> dict[str, dict[str, tuple[Any, ...]]]:
        """All live records with all columns but the bookkeeping ones."""
        own = {"source", "first_seen_at", "synced_at", "run_id", "deleted_at", "source_id"}
        found = {}
        for entity in self.store.held("pod"):
            columns = [name for name in self.store.columns_in_use(entity) if name not in own]
            found[entity] = self.live(entity, *columns)
        return found

    @property
    def requests(self) -> int:
        """How many requests the pod has answered."""
        return int(self.simulator.log.summary()["requests"])


def _stopping(job: Job, pages: int | None) -> Job:
    if pages is None:
        return job
    seen = 0

    def progress(tally: Any) -> None:
        nonlocal seen
        seen = tally.pages

    return replace(job, progress=progress, cancelled=lambda: seen >= pages)
