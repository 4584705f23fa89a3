"""Rows as they are sent: V2 with `__metadata` and deferred links, V4 with annotations."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from hub.sdk.simulator.odata.conditions import Conditions
from hub.sdk.simulator.odata.data import Data
from hub.sdk.simulator.odata.dialect import Dialect
from hub.sdk.simulator.odata.model import EntitySet, Property
from hub.sdk.simulator.odata.order import sorted_rows
from hub.sdk.simulator.odata.places import offset_token
from hub.sdk.simulator.odata.query import Expand, Query
from hub.sdk.simulator.odata.values import NUMERIC, Version, duration_text, iso_moment, writers
from hub.sdk.simulator.table import SimRow

Shown = Callable[[SimRow], dict[str, Any]]


@dataclass(frozen=True)
class Shape:
    """How the client wants rows: addresses begin with `root`; `annotations` are names, or `*` for every one."""

    root: str
    ieee754: bool = False
    bare: bool = False
    annotations: tuple[str, ...] = ()

    def wants(self, annotation: str) -> bool:
        return any(name == annotation or (name.endswith("*") and annotation.startswith(name[:-1]))
                   for name in self.annotations)  # fmt: skip


def key_text(found: EntitySet, row: SimRow, version: Version) -> str:
    """What stands in the parentheses of a row's own address."""
    texts = [_key_literal(each, row[each.name], version) for each in found.key]
    if len(texts) == 1:
        return texts[0]
    return ",".join(f"{each.name}={text}" for each, text in zip(found.key, texts, strict=True))


def _key_literal(column: Property, value: Any, version: Version) -> str:
    if column.type in NUMERIC:
        return str(value)
    if column.type == "Guid":
        return f"guid'{value}'" if version is Version.V2 else str(value)
    if column.type == "DateTimeOffset":
        text = quote(iso_moment(value))
        return f"datetimeoffset'{text}'" if version is Version.V2 else text
    if column.type == "DateTime":
        return f"datetime'{quote(value.isoformat() if 'T' in value.isoformat() else f'{value}T00:00:00')}'"
    if column.type == "Time":
        return f"time'{duration_text(value)}'"
    return str(value) if column.type == "Date" else "'" + quote(str(value).replace("'", "''"), safe="'") + "'"


class Writer:
    """Compiles what a query shows of a set's rows."""

    def __init__(self, data: Data, dialect: Dialect, conditions: Conditions) -> None:
        self._data = data
        self._dialect = dialect
        self._conditions = conditions

    def compiled(self, found: EntitySet, query: Query, shape: Shape) -> Shown:
        """A function from a row to the object that is sent."""
        if self._dialect.version is Version.V2:
            return self._compiled_v2(found, query, shape)
        columns = self._columns(found, query, shape)
        annotations = [
            (f"{each.name}@{name}", value)
            for each in self._chosen(found, query)
            for name, value in each.annotations.items()
            if shape.wants(name)
        ]
        expands = [self._expansion(found, each, shape) for each in query.expand]
        etag = None if shape.bare else self._dialect.etag

        def shown(row: SimRow) -> dict[str, Any]:
            sent: dict[str, Any] = {"@odata.etag": etag(row)} if etag else {}
            for name, write, blank in columns:
                value = row.get(name, blank)
                sent[name] = value if write is None or value is None else write(value)
            for name, note in annotations:
                value = note(row)
                if value is not None:
                    sent[name] = value
            for expand in expands:
                expand(row, sent)
            return sent

        return shown

    def _chosen(self, found: EntitySet, query: Query) -> list[Property]:
        if query.select is None:
            return list(found.properties)
        return [found.by_name[name] for name in query.select]

    def _columns(
        self, found: EntitySet, query: Query, shape: Shape
    ) -> list[tuple[str, Callable[[Any], Any] | None, Any]]:
        write = writers(self._dialect.version, ieee754=shape.ieee754)
        return [(each.name, write.get(each.type), found.blank.get(each.name)) for each in self._chosen(found, query)]

    def _related(self, expand: Expand) -> Callable[[SimRow], list[SimRow]]:
        """The rows of an expanded collection, as its own options want them."""
        target, query, conditions = self._data.target(expand.navigation), expand.query, self._conditions
        test = conditions.predicate(target, query.filter) if query.filter else None
        order = [(conditions.getter(target, path).get, down) for path, down in query.order]
        by_default = [(operator.itemgetter(name), False) for name in target.order]

        def rows_of(row: SimRow) -> list[SimRow]:
            rows = self._data.related(expand.navigation, row)
            if test is not None:
                rows = [each for each in rows if test(each)]
            if len(rows) > 1:
                rows = sorted_rows(rows, order or by_default)
            return rows if query.top is None else rows[: query.top]

        return rows_of

    def _expansion(self, found: EntitySet, expand: Expand, shape: Shape) -> Callable[[SimRow, dict[str, Any]], None]:
        target, name, many = self._data.target(expand.navigation), expand.navigation.name, expand.navigation.many
        rows_of, shown, most = (
            self._related(expand),
            self.compiled(target, expand.query, shape),
            self._dialect.expanded_rows,
        )

        def expand_into(row: SimRow, sent: dict[str, Any]) -> None:
            rows = rows_of(row)
            if not many:
                sent[name] = shown(rows[0]) if rows else None
                return
            sent[name] = [shown(each) for each in rows[:most]]
            if most is not None and len(rows) > most:
                own = f"{shape.root}{found.name}({key_text(found, row, Version.V4)})/{name}"
                chosen = f"$select={','.join(expand.query.select)}&" if expand.query.select else ""
                sent[f"{name}@odata.nextLink"] = f"{own}?{chosen}$skiptoken={offset_token(most)}"

        return expand_into

    # -- V2 --------------------------------------------------------------------------------------------------------

    def _compiled_v2(self, found: EntitySet, query: Query, shape: Shape) -> Shown:
        columns = self._columns(found, query, shape)
        kind = f"{self._dialect.namespace}.{found.type}"
        inner = {each.navigation.name: self._expansion_v2(each, shape) for each in query.expand}
        deferred = [name for name in query.links if name not in inner]

        def shown(row: SimRow) -> dict[str, Any]:
            uri = f"{shape.root}{found.name}({key_text(found, row, Version.V2)})"
            sent: dict[str, Any] = {"__metadata": {"id": uri, "uri": uri, "type": kind}}
            for name, write, blank in columns:
                value = row.get(name, blank)
                sent[name] = value if write is None or value is None else write(value)
            for name in deferred:
                sent[name] = {"__deferred": {"uri": f"{uri}/{name}"}}
            for name, expand in inner.items():
                sent[name] = expand(row)
            return sent

        return shown

    def _expansion_v2(self, expand: Expand, shape: Shape) -> Callable[[SimRow], Any]:
        target = self._data.target(expand.navigation)
        rows_of, shown, many = self._related(expand), self.compiled(target, expand.query, shape), expand.navigation.many

        def expanded(row: SimRow) -> Any:
            rows = rows_of(row)
            if many:
                return {"results": [shown(each) for each in rows]}
            return shown(rows[0]) if rows else None

        return expanded
