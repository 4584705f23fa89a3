"""A simulated org beside a store: streams are synced as `hub sync` does it, and compared with what the org holds."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

from connectors.salesforce.config import SalesforceConfig
from connectors.salesforce.simulator import SalesforceSimulator
from connectors.salesforce.source import SalesforceConnector
from hub.sdk import Context
from hub.sdk.simulator import in_process
from hub.store import open_store
from hub.testing import FakeClock
from sync_jobs import pipeline
from sync_jobs.joblist import ordered, overridden_maps
from sync_jobs.jobs import Job, RunReport

AMOUNTS = {"orders": "total", "order_lines": "total", "opportunities": "amount", "marketing_spend": "amount"}
"""Entity -> the column that the simulator sums up per currency."""


class OrgHub:
    """One org, one store in a folder."""

    def __init__(self, folder: Path, simulator: SalesforceSimulator, **settings: Any) -> None:
        self.simulator = simulator
        self.folder = folder
        self.settings = {"client_id": "hub", "client_secret": "simulated", **settings}
        self.clock = FakeClock()
        folder.mkdir(parents=True, exist_ok=True)
        self.store = open_store(f"sqlite:///{folder}/hub.db")
        self.store.upgrade()

    def connector(self) -> SalesforceConnector:
        config = SalesforceConfig.model_validate(
            {"kind": "salesforce", "base_url": "http://127.0.0.1:9", **self.settings}
        )
        context = Context("sf", transport=in_process(self.simulator), clock=self.clock, now=self.clock.now)
        return SalesforceConnector(config, context)

    def sync(self, *names: str, full: bool = False, stop_after_pages: int | None = None) -> dict[str, RunReport]:
        """Sync the streams, all where none is named. `stop_after_pages`: like a process told to stop."""
        connector = self.connector()
        reports = {}
        try:
            for stream in ordered(connector.discover()):
                if not names or stream.name in names:
                    job = Job(
                        source="sf", connector=connector, stream=stream,
                        maps=overridden_maps(connector.config, stream), sync_id="s", full=full,
                        state_dir=self.folder / "var",
                    )  # fmt: skip
                    reports[stream.name] = pipeline.run(_stopping(job, stop_after_pages), self.store)
        finally:
            connector.close()
        return reports

    def live(self, entity: str, *columns: str) -> dict[str, tuple[Any, ...]]:
        """The live rows: id -> the columns' values."""
        rows = (row for page in self.store.rows(entity, ["source_id", "deleted_at", *columns]) for row in page)
        return {row[0]: row[2:] for row in rows if row[1] is None}

    def sums(self, entity: str) -> dict[str, int]:
        """Sum of the amounts by currency, in millionths."""
        sums: dict[str, int] = defaultdict(int)
        for amount, currency in self.live(entity, AMOUNTS[entity], "currency").values():
            sums[currency] += int(amount)
        return dict(sums)

    def differences(self) -> list[str]:
        """How the store differs from the org: counts, ids, and sums to the cent."""
        told = []
        for entity, known in self.simulator.truth().items():
            held = self.live(entity)
            if set(held) != set(known["ids"]):
                lost, extra = set(known["ids"]) - set(held), set(held) - set(known["ids"])
                told.append(f"{entity}: {len(lost)} lost, {len(extra)} too many")
            if entity in AMOUNTS:
                wanted = {code: round(float(total) * 1e6) for code, total in known["sums"].items()}
                if self.sums(entity) != wanted:
                    told.append(f"{entity}: sums {self.sums(entity)} instead of {wanted}")
        return told

    def everything(self) -> dict[str, dict[str, tuple[Any, ...]]]:
        """All live records with all columns but the bookkeeping ones."""
        own = {"source", "first_seen_at", "synced_at", "run_id", "deleted_at", "source_id"}
        found = {}
        for entity in self.store.held("sf"):
            columns = [name for name in self.store.columns_in_use(entity) if name not in own]
            found[entity] = self.live(entity, *columns)
        return found

    @property
    def requests(self) -> int:
        return self.simulator.log.summary()["requests"]  # type: ignore[no-any-return]


def _stopping(job: Job, pages: int | None) -> Job:
    if pages is None:
        return job
    seen = 0

    def progress(tally: Any) -> None:
        nonlocal seen
        seen = tally.pages

    return replace(job, progress=progress, cancelled=lambda: seen >= pages)
