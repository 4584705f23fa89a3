"""A simulated system beside a store: synced by the real pipeline, and compared with what the system holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import UTC
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar

from hub.sdk import Connector, Context
from hub.sdk.simulator import Simulator, in_process
from hub.store import open_store
from hub.testing import FakeClock
from sync_jobs import pipeline
from sync_jobs.joblist import ordered, overridden_maps
from sync_jobs.jobs import Job, RunReport

_OWN = {"source", "first_seen_at", "synced_at", "run_id", "deleted_at", "source_id"}


def context(name: str, simulator: Simulator, clock: FakeClock | None = None) -> Context:
    """For a connector that reaches its simulator without a network in between."""
    clock = clock or FakeClock()
    return Context(name, transport=in_process(simulator), clock=clock, now=clock.now)


class SystemHub:
    """One system, and one store in a folder. Subclass it: `connector` says how the system is reached.

    source    the connector's name
    amounts   entity -> the column that the simulator's truth sums up, and that of the currency ("": all in one)
    strict    whether nothing of the system may be refused by a rule
    """

    source = "erp"
    amounts: ClassVar[Mapping[str, tuple[str, str]]] = {}
    strict = False

    def __init__(self, folder: Path, simulator: Any, **settings: Any) -> None:
        self.simulator, self.folder, self.settings = simulator, folder, settings
        self.clock = FakeClock()
        folder.mkdir(parents=True, exist_ok=True)
        self.store = open_store(f"sqlite:///{folder}/hub.db")
        self.store.prepare()

    def connector(self) -> Connector[Any]:
        """A connector to the system as it is set up now."""
        raise NotImplementedError

    # -- syncing -------------------------------------------------------------------------------------------------------

    def sync(self, *names: str, stop_after_pages: int | None = None, **options: Any) -> dict[str, RunReport]:
        """Sync the streams, all where none is named. `stop_after_pages`: like a process told to stop."""
        connector = self.connector()
        reports = {}
        try:
            for stream in ordered(connector.discover()):
                if not names or stream.name in names:
                    settings = connector.config.streams.get(stream.name)
                    start = settings.start if settings else None
                    job = Job(
                        source=self.source, connector=connector, stream=stream, sync_id="s",
                        maps=overridden_maps(connector.config, stream), state_dir=self.folder / "var",
                        start=start and start.replace(tzinfo=start.tzinfo or UTC), **options,
                    )  # fmt: skip
                    reports[stream.name] = pipeline.run(_stopping(job, stop_after_pages), self.store)
        finally:
            connector.close()
        return reports

    def synced(self, *names: str, **options: Any) -> dict[str, RunReport]:
        """The same; every run must have ended well."""
        reports = self.sync(*names, **options)
        assert [f"{name}: {report.error}" for name, report in reports.items() if report.error is not None] == []
        if self.strict:
            assert [(each.entity, each.field, each.reason) for each in self.store.quarantined()] == []
        return reports

    @property
    def requests(self) -> int:
        """How many requests the system has answered."""
        return int(self.simulator.log.summary()["requests"])

    # -- what is held --------------------------------------------------------------------------------------------------

    def live(self, entity: str, *columns: str) -> dict[str, tuple[Any, ...]]:
        """The live rows: id -> the columns' values."""
        rows = (row for page in self.store.rows(entity, ["source_id", "deleted_at", *columns]) for row in page)
        return {row[0]: row[2:] for row in rows if row[1] is None}

    def everything(self) -> dict[str, dict[str, tuple[Any, ...]]]:
        """All live records with all columns but the bookkeeping ones."""
        return {
            entity: self.live(entity, *(name for name in self.store.columns_in_use(entity) if name not in _OWN))
            for entity in self.store.held(self.source)
        }

    def sums(self, entity: str) -> dict[str, Decimal]:
        """Sum of the amounts by currency, of the rows that count."""
        column, currency = self.amounts[entity]
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for amount, *code in self.counted(entity, column, *filter(None, [currency])):
            if amount is not None:
                sums[code[0] if code else ""] += Decimal(int(amount)) / 1_000_000
        return dict(sums)

    def counted(self, entity: str, *columns: str) -> Collection[tuple[Any, ...]]:
        """The rows whose amounts count."""
        return self.live(entity, *columns).values()

    def differences(self, *entities: str) -> list[str]:
        """How the store differs from the system: ids, and sums to the last decimal; of all entities, or of these."""
        told = []
        for entity, known in self.simulator.truth().items():
            if entities and entity not in entities:
                continue
            held, wanted = set(self.live(entity)), set(known["ids"])
            assert len(wanted) == known["count"], f"{entity}: the truth itself is doubled"
            if held != wanted:
                told.append(f"{entity}: {sorted(wanted - held)[:5]} lost, {sorted(held - wanted)[:5]} too many")
            if entity in self.amounts:
                sums = {code: Decimal(total) for code, total in known["sums"].items()}
                if self.sums(entity) != sums:
                    told.append(f"{entity}: sums {self.sums(entity)} instead of {sums}")
        return told


def _stopping(job: Job, pages: int | None) -> Job:
    if pages is None:
        return job
    seen = 0

    def progress(tally: Any) -> None:
        nonlocal seen
        seen = tally.pages

    return replace(job, progress=progress, cancelled=lambda: seen >= pages)
