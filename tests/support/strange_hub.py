"""What a hub holds after it has read a system, whichever server plays it."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from hub.sdk import Connector
from hub.store import open_store
from sync_jobs import pipeline
from sync_jobs.joblist import ordered, overridden_maps
from sync_jobs.jobs import Job

Held = dict[str, dict[str, tuple[Any, ...]]]
_OWN = {"source", "first_seen_at", "synced_at", "run_id", "deleted_at", "source_id"}


class StrangeHub:
    """One store; it is read by the real pipeline."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.notes: list[str] = []
        folder.mkdir(parents=True, exist_ok=True)
        self.store = open_store(f"sqlite:///{folder}/hub.db")
        self.store.prepare()

    def sync(self, connector: Connector[Any], *names: str) -> dict[str, str]:
        """Read the streams, all where none is named. Returns what went wrong, by stream."""
        told: dict[str, str] = {}
        try:
            for stream in ordered(connector.discover()):
                if names and stream.name not in names:
                    continue
                maps = overridden_maps(connector.config, stream)
                state_dir = self.folder / "var"
                job = Job(
                    source="it", connector=connector, stream=stream, sync_id="s", maps=maps, state_dir=state_dir
                )  # fmt: skip
                report = pipeline.run(job, self.store)
                self.notes += report.run.notes
                if report.error is not None:
                    told[stream.name] = str(report.error)
        finally:
            connector.close()
        return told

    def held(self) -> Held:
        """All live records, with all columns but the bookkeeping ones."""
        found: Held = {}
        for entity in self.store.held("it"):
            columns = sorted(set(self.store.columns_in_use(entity)) - _OWN)
            pages = self.store.rows(entity, ["source_id", "deleted_at", *columns])
            live = (row for page in pages for row in page if row[1] is None)
            found[entity] = {row[0]: tuple(map(_said, columns, row[2:])) for row in live}
        return found


def _said(column: str, value: Any) -> tuple[str, Any]:
    """Extras are kept as the source wrote them, where a number may be a text, or have more noughts."""
    if column != "extras" or value is None:
        return column, value
    return column, {name: _number(each) for name, each in json.loads(value).items()}


def _number(value: Any) -> Any:
    try:
        return Decimal(str(value)).normalize()
    except InvalidOperation:
        return value


def read(folder: Path, connector: Connector[Any], *names: str) -> Held:
    """What a new hub holds of it. Every stream must have ended well."""
    hub = StrangeHub(folder)
    told = hub.sync(connector, *names)
    assert told == {}, told
    return hub.held()
