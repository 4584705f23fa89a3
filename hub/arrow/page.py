"""`apply` for tables. Maps of plain rows stay columnar; maps that walk lists inside a row go through the row path."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from hub.arrow.columns import Values
from hub.arrow.fields import Table, read_field
from hub.arrow.kernels import positions
from hub.arrow.texts import plain
from hub.errors import RowRejected
from hub.mapping import FieldMap
from hub.model.batch import Batch, Mapped, Reject
from hub.model.kinds import Column
from hub.rows.page import MapRun, Routing, reject_of
from hub.rows.plan import Plan
from hub.rows.values import Errors
from hub.rows.where import Test

Refused = dict[int, list[tuple[str, RowRejected]]]


def apply_table(maps: Sequence[FieldMap], source: pa.Table) -> Mapped:
    """See `hub.mapping.apply`."""
    table = Table(source)
    mapped = Mapped(len(table), [], [])
    routing = Routing(len(table), set())
    for fields in maps:
        plan = fields.plan
        if plan.depth:
            run = MapRun(plan, table.frame, table.frame.rows, maps)
            run.run(claims_bad=True)
            batch, rejects, routed = run.batch, run.rejects, run.routed()
        else:
            mask = let_in(plan, table)
            batch, rejects = _records(plan, table, mask)
            routed = None if mask is None else mask.tolist()
        routing.add(routed)
        mapped.rejects += rejects
        if batch is not None:
            mapped.batches.append(batch)
    mapped.unrouted = routing.unrouted
    return mapped


def let_in(plan: Plan, table: Table) -> Any:
    """For each row whether all tests pass, as a numpy mask; None for "all of them"."""
    mask = None
    for test in plan.tests:
        verdicts = _verdicts(test, table)
        mask = verdicts if mask is None else mask & verdicts
    return None if mask is None or mask.all() else mask


def _verdicts(test: Test, table: Table) -> Any:
    column = table.column(test.path)
    if len(test.path.keys) > 1:
        return np.array(list(map(test.passes, table.frame.values(test.path))), dtype=np.bool_)
    if column is None:
        return np.full(len(table), test.passes(None))
    array = plain(column)
    if not pa.types.is_string(array.type):
        return np.array(list(map(test.passes, array.to_pylist())), dtype=np.bool_)
    encoded = array.dictionary_encode()
    verdicts = [test.passes(text) for text in encoded.dictionary.to_pylist()]
    indices = encoded.indices.fill_null(len(verdicts)).to_numpy()
    return np.array([*verdicts, test.passes(None)], dtype=np.bool_)[indices]


def _records(plan: Plan, table: Table, mask: Any) -> tuple[Batch | None, list[Reject]]:
    origins: list[int] | None = None
    if mask is not None:
        table, origins = table.chosen(pa.array(mask)), positions(mask)
    if not len(table):
        return None, []
    columns, refused = _read(plan, table)
    rejects = _rejects(plan, table, columns, refused, origins)
    if len(refused) == len(table):
        return None, rejects
    if refused:
        keep = np.ones(len(table), dtype=np.bool_)
        keep[list(refused)] = False
        kept = positions(keep)
        columns = {name: _kept(values, keep, kept) for name, values in columns.items()}
        origins = kept if origins is None else [origins[place] for place in kept]
    return Batch(plan.entity, dict(columns), origins), rejects


def _read(plan: Plan, table: Table) -> tuple[dict[str, Values], Refused]:
    columns: dict[str, Values] = {}
    refused: Refused = {}
    for field in plan.fields:
        values, errors = read_field(field.column, field.reader, table)
        columns[field.column.name] = values
        for place, error in checked(field.column, values, errors).items():
            refused.setdefault(place, []).append((field.column.name, error))
    return columns, refused


def checked(column: Column, values: Values, errors: Errors) -> Errors:
    """The errors with those added that the column's own rules find: `hub.rows.page.checked` for arrays."""
    from hub.rows import page

    if isinstance(values, list):
        return page.checked(column, values, errors)
    if column.required and values.null_count:
        places = positions(values.is_null().to_numpy(zero_copy_only=False))
        errors = dict.fromkeys(places, page.missing(column)) | errors
    low, high = column.limits
    if low is not None:
        small = pc.less(values, low).fill_null(False).to_numpy(zero_copy_only=False)
        errors = dict.fromkeys(positions(small), page.too_small(column)) | errors
    if high is not None:
        large = pc.greater(values, high).fill_null(False).to_numpy(zero_copy_only=False)
        errors = dict.fromkeys(positions(large), page.too_large(column)) | errors
    return errors


def _rejects(
    plan: Plan, table: Table, columns: dict[str, Values], refused: Refused, origins: list[int] | None
) -> list[Reject]:
    places = sorted(refused)
    if not places:
        return []
    rows = table.rows(places)
    keys = columns["source_id"]
    rejects = []
    for place, row in zip(places, rows, strict=True):
        errors = refused[place]
        key = None
        if all(name != "source_id" for name, _ in errors):
            key = keys[place] if isinstance(keys, list) else keys[place].as_py()
        origin = place if origins is None else origins[place]
        rejects.append(reject_of(plan.entity.name, origin, key, errors, row))
    return rejects


def _kept(values: Values, keep: Any, places: list[int]) -> Values:
    if isinstance(values, list):
        return [values[place] for place in places]
    return values.filter(pa.array(keep))
