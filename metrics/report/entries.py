"""Explanations as the report's file holds them: made for many figures at once, and kept with the answers."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hub import __version__
from metrics import text
from metrics.compiled import compiled
from metrics.engine import Engine
from metrics.explain import tell
from metrics.explain.many import Keys, Taken, Wanted, taken_apart
from metrics.explain.merged import members_of
from metrics.explain.records import Record, identified
from metrics.explain.trace import trace_key
from metrics.result import plain_text

if TYPE_CHECKING:
    from hub.store.base import Store

Entry = dict[str, Any]
"""One figure: `inputs`, `outputs`, `rates`, `merged` (lines), `counted`, `asides` with some records each, `records`."""
_FORMAT = 2
_MERGED_SHOWN = 6
_WIDTH = 160


def entries(engine: Engine, store: Store, asked: Sequence[Wanted]) -> list[dict[Keys, Entry]]:
    """For each question its figures, those that there are; what was told before of the same state is not made again."""
    paths = [_path(engine, wanted) for wanted in asked]
    found = {place: kept for place, path in enumerate(paths) if (kept := _kept(path, asked[place]))}
    rest = [place for place in range(len(asked)) if place not in found]
    taken = taken_apart(engine, [asked[place] for place in rest])
    _identify(engine, taken)
    golden = _golden(store, taken)
    for place, those in zip(rest, taken, strict=True):
        found[place] = {keys: _entry(each, golden) for keys, each in those.items()}
        _keep(paths[place], asked[place], found[place])
    return [found[place] for place in range(len(asked))]


def _path(engine: Engine, wanted: Wanted) -> Path | None:
    """Where it is kept; None where it is not."""
    plan = compiled(wanted.request.metric, wanted.request.by, converts=engine.converts, cache_dir=engine.cache_dir)
    how = trace_key(wanted.request.metric, wanted.request.by, engine.converts)
    what = repr((_FORMAT, __version__, how, wanted.keys, wanted.bounds))
    return engine.kept_beside(wanted.request, plan, f"told-{hashlib.sha256(what.encode()).hexdigest()[:16]}")


def _kept(path: Path | None, wanted: Wanted) -> dict[Keys, Entry] | None:
    if path is None:
        return None
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return {wanted.keys[place]: entry for place, entry in kept}
    except (OSError, ValueError, TypeError, IndexError):
        return None


def _keep(path: Path | None, wanted: Wanted, made: dict[Keys, Entry]) -> None:
    """What cannot be kept is made again."""
    if path is None:
        return
    places = {keys: place for place, keys in enumerate(wanted.keys)}
    temporary = path.with_suffix(f".{os.getpid()}.tmp")
    with contextlib.suppress(OSError):
        temporary.write_text(json.dumps([[places[keys], entry] for keys, entry in made.items()]), encoding="utf-8")
        temporary.replace(path)


def _identify(engine: Engine, taken: Sequence[dict[Keys, Taken]]) -> None:
    """Give all records their numbers and parents."""
    lists = [
        records for those in taken for each in those.values() for records in (each.records, *each.left_out.values())
    ]
    made = iter(identified(engine.db, [record for records in lists for record in records]))
    for records in lists:
        records[:] = [next(made) for _ in records]


def _golden(store: Store, taken: Sequence[dict[Keys, Taken]]) -> dict[str, str]:
    """Golden records by their id, in words."""
    asked: dict[str, dict[str, None]] = {}
    for each in (each for those in taken for each in those.values()):
        for entity, ids in each.golden.items():
            asked.setdefault(entity, {}).update(dict.fromkeys(ids[:_MERGED_SHOWN]))
    return {
        merged.golden_id: text.printable(str(merged), 2 * _WIDTH)
        for entity, ids in asked.items()
        for merged in members_of(store, entity, sorted(ids))
    }


def _entry(taken: Taken, golden: dict[str, str]) -> Entry:
    found = taken.found
    ids = [golden_id for ids in taken.golden.values() for golden_id in ids]
    more = [f"... and {len(ids) - _MERGED_SHOWN:,} more behind these records"] if len(ids) > _MERGED_SHOWN else []
    return {
        "group": [text.printable(text.period(value, name)) for name, value in found.group.items() if value is not None],
        "inputs": [[name, _plain(value)] for name, value in found.inputs.items()],
        "parameters": [[name, _plain(value)] for name, value in found.request.parameters.items() if value is not None],
        "outputs": {output.name: _plain(figure) for output, figure in found.outputs},
        "filters": tell.filters(found)[:-1],
        "rates": [line.strip() for line in tell.rates(found)[1:]],
        "counted": tell.coverage(found)[0],
        "asides": [
            {"text": str(aside), "counts": aside.counted,
             "records": [_record(r, found.records.figures) for r in _of(taken, aside)]}
            for aside in found.asides
        ],
        "merged": [golden[each] for each in ids[:_MERGED_SHOWN] if each in golden] + more,
        "values": list(found.records.figures),
        "records": [_record(record, found.records.figures) for record in taken.records],
        "total": taken.total,
    }  # fmt: skip


def _of(taken: Taken, aside: Any) -> list[Record]:
    reason = f"{aside.code}:{aside.detail}" if aside.detail else aside.code
    return taken.left_out.get((aside.kind, reason), [])


def _record(record: Record, names: Sequence[str]) -> list[Any]:
    """Entity, source, key, kind, number, day, values, its own amount, and the record whose page shows it."""
    own = next((value for value in record.own.values() if value is not None), None)
    rate = (
        f"{'' if own is None else f'{plain_text(own)} '}{record.currency} at {record.rate}" if record.currency else ""
    )
    number = record.number if record.number != record.source_id else None
    return [
        record.entity, record.source, record.source_id, record.kind, _plain(number), _plain(record.day),
        [_plain(record.values[name]) for name in names], rate, list(record.parent) if record.parent else None,
    ]  # fmt: skip


def _plain(value: Any) -> str | None:
    return None if value is None else text.printable(str(plain_text(value)), _WIDTH)
