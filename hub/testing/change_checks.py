"""Checks of a source that changes between runs: what is new comes, what is gone goes, and nothing else happens."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub.testing.checks import Checks, differences, opened, stream_of
from hub.testing.reading import Held, Reading, since_after
from hub.testing.reading_checks import stream_entity
from hub.testing.world import World


class ChangeChecks(Checks):
    """Two runs with a change between them."""

    def test_incremental_equals_full(self, stream: str, folder: Path) -> None:
        world = self.world(2 * self.page_rows + 1, folder)
        held, first = self._first_run(world, stream)
        world.clock.sleep(3600)
        touched = world.change("touch", stream, self.page_rows + 1)
        added = world.change("add", stream, 2)
        if touched is None and added is None:
            pytest.skip("this source cannot be changed by the kit")
        self._next_run(world, stream, held, first)
        assert not differences(held, self.full(world, stream).records)

    def test_nothing_new_changes_nothing(self, stream: str, folder: Path) -> None:
        world = self.world(2 * self.page_rows + 1, folder)
        held, first = self._first_run(world, stream)
        before = {entity: dict(records) for entity, records in held.items()}
        self._next_run(world, stream, held, first)
        assert not differences(held, before)

    def test_deletes_are_seen(self, stream: str, folder: Path) -> None:
        world = self.world(2 * self.page_rows + 1, folder)
        held, first = self._first_run(world, stream)
        world.clock.sleep(3600)
        gone = world.change("delete", stream, 2)
        if gone is None:
            pytest.skip("this source cannot be changed by the kit")
        self._next_run(world, stream, held, first)
        left = set(gone) & set(held.get(stream_entity(self, stream), {}))
        assert not left, f"deleted at the source and still held: {sorted(left)}"

    def _first_run(self, world: World, stream: str) -> tuple[dict[str, Any], Reading]:
        held, first = Held(), self.full(world, stream)
        with opened(world) as connector:
            held.take(stream_of(connector, stream), first)
        return held.records, first

    def _next_run(self, world: World, stream: str, records: dict[str, Any], before: Reading) -> None:
        with opened(world) as connector:
            described = stream_of(connector, stream)
        since = since_after(described, before.cursor)
        reading = self.reading(world, stream, since=since, state=before.state)
        held = Held()
        held.records = records
        held.take(described, reading)
