"""A simulated Magento shop beside a store: synced by the real pipeline, and compared with what the shop holds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from connectors.magento.config import MagentoConfig
from connectors.magento.simulator import MagentoSimulator
from connectors.magento.source import MagentoConnector
from hub.sdk import Context
from hub.sdk.simulator import in_process
from hub.store import open_store
from hub.testing import FakeClock
from sync_jobs import pipeline
from sync_jobs.joblist import ordered, overridden_maps
from sync_jobs.jobs import Job, RunReport

BEARER = {"access_token": "simulated"}
SIGNED = dict.fromkeys(("consumer_key", "consumer_secret", "access_token", "access_token_secret"), "simulated")
AMOUNTS = {"orders": "total", "order_lines": "total", "returns": "refund"}


def magento(simulator: MagentoSimulator, clock: FakeClock | None = None, **settings: Any) -> MagentoConnector:
    """A connector to a simulator, without a network in between."""
    login = {} if "client_id" in settings or "access_token" in settings else BEARER
    config = MagentoConfig.model_validate({"kind": "magento", "base_url": "http://127.0.0.1:9", **login, **settings})
    clock = clock or FakeClock()
    return MagentoConnector(config, Context("shop", transport=in_process(simulator), clock=clock, now=clock.now))


class ShopHub:
    """One shop, and one store in a folder."""

    def __init__(self, folder: Path, simulator: MagentoSimulator, **settings: Any) -> None:
        self.simulator, self.folder, self.settings = simulator, folder, settings
        self.clock = FakeClock()
        folder.mkdir(parents=True, exist_ok=True)
        self.store = open_store(f"sqlite:///{folder}/hub.db")
        self.store.upgrade()

    def sync(self, *names: str, stop_after_pages: int | None = None, **options: Any) -> dict[str, RunReport]:
        """Sync the streams, all where none is named. `stop_after_pages`: like a process told to stop."""
        connector = magento(self.simulator, self.clock, **self.settings)
        reports = {}
        try:
            for stream in ordered(connector.discover()):
                if not names or stream.name in names:
                    job = Job(
                        source="shop", connector=connector, stream=stream, sync_id="s",
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
        """Sum of the amounts by currency. Lines that are part of another one never count."""
        columns = [AMOUNTS[entity], "currency", *(["parent_source_id"] if entity == "order_lines" else [])]
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for amount, currency, *parent in self.live(entity, *columns).values():
            if amount is not None and not any(parent):
                sums[currency] += Decimal(int(amount)) / 1_000_000
        return dict(sums)

    def differences(self, *but: str) -> list[str]:
        """How the store differs from the shop: counts, ids, and sums to the cent; `guests` may have been more."""
        told = []
        for entity, known in self.simulator.truth().items():
            if entity in but:
                continue
            held, wanted = set(self.live(entity)), set(known["ids"])
            if "guests" in but:
                held -= {key for key in held - wanted if key.startswith("guest:")}
            if held != wanted:
                told.append(f"{entity}: {sorted(wanted - held)[:5]} lost, {sorted(held - wanted)[:5]} too many")
            if entity in AMOUNTS and self.sums(entity) != {code: Decimal(sum_) for code, sum_ in known["sums"].items()}:
                told.append(f"{entity}: sums {self.sums(entity)} instead of {known['sums']}")
        return told

    def differing(self, *entities: str) -> list[str]:
        """The same for these entities only."""
        return self.differences(*(self.simulator.truth().keys() - set(entities)))

    def everything(self) -> dict[str, dict[str, tuple[Any, ...]]]:
        """All live records with all columns but the bookkeeping ones."""
        own = {"source", "first_seen_at", "synced_at", "run_id", "deleted_at", "source_id"}
        found = {}
        for entity in self.store.held("shop"):
            columns = [name for name in self.store.columns_in_use(entity) if name not in own]
            found[entity] = self.live(entity, *columns)
        return found

    @property
    def requests(self) -> int:
        """How many requests the shop has answered."""
        return int(self.simulator.log.summary()["requests"])


def _stopping(job: Job, pages: int | None) -> Job:
    if pages is None:
        return job
    seen = 0

    def progress(tally: Any) -> None:
        nonlocal seen
        seen = tally.pages

    return replace(job, progress=progress, cancelled=lambda: seen >= pages)
