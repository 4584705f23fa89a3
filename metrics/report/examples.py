"""Some of the records behind findings that metrics only count."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hub.model.catalog import ENTITIES
from metrics import text
from metrics.base import Request
from metrics.compiled import compiled
from metrics.engine import Engine
from metrics.report.cited import Held, Source

if TYPE_CHECKING:
    import duckdb

    from hub.store.base import QuarantineEntry, Store

_FEW = 10


def dangling(engine: Engine, request: Request, entity: str, field: str, source: str | None = None) -> list[list[str]]:
    """Source, key, and the reference that leads nowhere, of some records of an entity: always the same ones. `request`
    counted them: what is found is kept with its answer."""
    found = ENTITIES.get(entity)
    column = next((each for each in found.columns if each.name == field), None) if found else None
    if column is None or column.refers_to not in ENTITIES:
        return []
    plan = compiled(request.metric, request.by, converts=engine.converts, cache_dir=engine.cache_dir)
    asked = hashlib.sha256(repr((entity, field, source)).encode()).hexdigest()[:16]
    path = engine.kept_beside(request, plan, f"led-{asked}")
    kept = _kept(path)
    if kept is not None:
        return kept
    rows = _led(engine, entity, field, column.refers_to, source)
    if path:
        with contextlib.suppress(OSError):
            path.write_text(json.dumps(rows), encoding="utf-8")
    return rows


def _kept(path: Path | None) -> list[list[str]] | None:
    try:
        found: list[list[str]] | None = json.loads(path.read_text(encoding="utf-8")) if path else None
        return found
    except (OSError, ValueError):
        return None


def _led(engine: Engine, entity: str, field: str, target: str, source: str | None) -> list[list[str]]:
    limited, values = (" AND r.source = ?", [source]) if source else ("", [])
    rows = engine.db.execute(
        f'SELECT r.source, r.source_id, r."{field}" FROM {entity} AS r '
        f'LEFT JOIN {target} AS t ON t.source = r.source AND t.source_id = r."{field}" '
        f'WHERE r."{field}" IS NOT NULL AND t.source_id IS NULL{limited} ORDER BY 1, 2 LIMIT {_FEW}',
        values,
    )
    return [[str(cell) for cell in row] for row in rows.fetchall()]


def waiting_rows(store: Store, limit: int) -> list[QuarantineEntry]:
    """Rows in quarantine, those that have waited longest first."""
    return store.quarantined(limit=limit)


def undecided(store: Store, db: duckdb.DuckDBPyConnection, limit: int) -> Iterator[tuple[tuple[str, ...], Source]]:
    """Pairs of records that somebody has to look at, by their names."""
    reviews = store.reviews(status="open", limit=limit)
    names = {
        (entity, *key): name
        for entity in {review.entity for review in reviews}
        for *key, name in _names(db, entity, [k for r in reviews if r.entity == entity for k in (r.left, r.right)])
    }
    for review in reviews:
        told = []
        for key in (review.left, review.right):
            name = names.get((review.entity, *key))
            told.append("/".join(key) + (f" {text.printable(name, 50)}" if name else ""))
        score = f"{review.score:.2f}" if review.score is not None else ""
        yield (*told, review.entity, score), Held(review.left[0], review.entity, review.left[1])


def _names(
    db: duckdb.DuckDBPyConnection, entity: str, keys: Sequence[tuple[str, str]]
) -> list[tuple[str, str, str | None]]:  # fmt: skip
    """Source, key and name of these records."""
    return db.execute(
        f"SELECT source, source_id, name FROM {entity} WHERE source_id IN (SELECT unnest(?::VARCHAR[]))",
        [[key[1] for key in keys]],
    ).fetchall()
