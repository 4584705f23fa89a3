"""Of a large replica, groups of metrics are computed by two threads: with the same outcomes, errors among them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support import engines, nasty_world
from support.canonical import CATALOGUE, DEFAULTS
from support.clean_store import prepared_url
from support.writing import Sync

from hub.errors import MetricUndefined
from hub.store import open_store
from metrics.engine import Engine
from metrics.engines.on_duckdb import DuckSite
from metrics.parts import Parts
from metrics.replica.kept import State
from metrics.replica.manifest import Manifest
from metrics.replica.refresh import reading, refresh


def engine(db: Any, manifest: Manifest, kept: Path) -> Engine:
    ground = replace(nasty_world.GROUND, currencies=frozenset(manifest.currencies), sequence=manifest.sequence)
    state = State(manifest.states)
    site = DuckSite(db, ground, kept, state)
    return Engine.at(site, lambda: site, kept_dir=kept, state=state)


def test_outcomes_are_those_of_one_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_store(prepared_url("sqlite", tmp_path)) as store:
        nasty_world.write(store)
        refresh(store, tmp_path / "replica")
    one, two = tmp_path / "one", tmp_path / "two"
    one.mkdir()
    two.mkdir()
    with reading(tmp_path / "replica") as (db, manifest), reading(tmp_path / "replica") as (other, _):
        alone, both = engine(db, manifest, one), engine(other, manifest, two)
        monkeypatch.setattr(Parts, "is_large", property(lambda parts: parts.folder == two))
        assert alone.site.beside() is None
        assert both.site.beside() is not None
        assert engines.differences(both, alone, engines.usual()) == []
        names = [sorted(path.name.rpartition("-")[0] for path in kept.glob("part-*.parquet")) for kept in (one, two)]
        assert names[0] == names[1]  # each part was made once


def test_what_does_not_fit_is_widened_for_both_or_undefined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Parts, "is_large", True)
    asked = [
        CATALOGUE.request(name, defaults=DEFAULTS)
        for name in ("average_order_value", "dangling_references", "discounts", "product_classes", "order_backlog")
    ]
    with open_store(prepared_url("sqlite", tmp_path)) as store:
        sync = Sync(store)
        sync.merge("orders", source_id=["1"], ordered_at=[0], currency=["EUR"])
        sync.merge(
            "order_lines", source_id=["1", "2"], order_source_id=["1", "1"], quantity=[10**13, 10**6],
            unit_price=[10**13, 10**19],
        )  # fmt: skip
        refresh(store, tmp_path / "replica")
    with reading(tmp_path / "replica") as (db, manifest):
        first, *_ = engine(db, manifest, tmp_path).compute_all(asked)
    assert not isinstance(first, MetricUndefined)
    assert first.value == 10**14 + 10**13
