"""Queries answered: names checked against the org's objects, then compiled, so that 100,000 rows take no time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol

from connectors.salesforce.simulation.schema import SimField, SimObject
from connectors.salesforce.simulation.soql import Among, Condition, Literal, Logic, Query, SoqlError, malformed

SimRow = dict[str, Any]
Read = Callable[[SimRow], Any]
Test = Callable[[SimRow], bool]

_LITERAL = {
    "datetime": "moment", "date": "day", "boolean": "boolean", "int": "number", "double": "number",
    "currency": "number", "percent": "number",
}  # fmt: skip
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": lambda one, other: one == other,
    "!=": lambda one, other: one != other,
    "<": lambda one, other: one is not None and one < other,
    "<=": lambda one, other: one is not None and one <= other,
    ">": lambda one, other: one is not None and one > other,
    ">=": lambda one, other: one is not None and one >= other,
}
_NAME_FIELDS = {
    name: SimField(name, "string") for name in ("Id", "Name", "FirstName", "LastName", "Email", "Phone", "Title")
}
_UNSORTABLE = {"textarea", "address"}


class Data(Protocol):
    """What a query is asked of."""

    @property
    def objects(self) -> Mapping[str, SimObject]: ...

    def rows(self, table: str, *, deleted_too: bool) -> Iterable[SimRow]: ...

    def by_id(self, table: str, key: Any) -> SimRow | None: ...


def stamp(moment: datetime) -> str:
    """A moment as the REST API writes it; these texts sort as the moments do."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


class Compiled:
    """A query made ready: `rows()` finds, `shown(row)` is what of a row is sent."""

    def __init__(self, data: Data, query: Query, *, deleted_too: bool = False, is_child_of: str | None = None) -> None:
        self.query = query
        self._data = data
        self._deleted_too = deleted_too
        self.table = self._table(query, is_child_of)
        self.object = data.objects[self.table]
        self._fields = [(path.split("."), self.reader(path, selecting=True)) for path in query.fields]
        self._children = [(inner.table, *self._child(inner)) for inner in query.subqueries]
        self._test = self._tested(query.where) if query.where else None
        self._groups: dict[Any, list[SimRow]] | None = None
        self._order = [(self._sortable(path), descending) for path, descending in query.order]

    # -- names -----------------------------------------------------------------------------------------------------

    def _table(self, query: Query, parent: str | None) -> str:
        if parent is not None:
            child = self._data.objects[parent].children.get(query.table)
            if child is None or child[0] not in self._data.objects:
                raise SoqlError(
                    "INVALID_TYPE", f"Didn't understand relationship '{query.table}' in FROM part of query call."
                )
            return child[0]
        if query.table not in self._data.objects:
            raise SoqlError("INVALID_TYPE", f"sObject type '{query.table}' is not supported.")
        return query.table

    def reader(self, path: str, *, selecting: bool = False) -> Read:
        """How a path's value is read from a row. SoqlError where the org has no such field."""
        read, found = self._resolved(self.object, path.split("."))
        if found.type == "address":
            if not selecting:
                raise SoqlError("INVALID_FIELD", f"field '{path}' can not be filtered in a query call")
            parts = [each for each in self.object.fields.values() if each.compound == found.name]
            return lambda row: {_part(each.name, found.name): row.get(each.name) for each in parts}
        return read

    def _resolved(self, holder: SimObject, steps: list[str]) -> tuple[Read, SimField]:
        first, *rest = steps
        if not rest:
            if first not in holder.fields:
                raise SoqlError(
                    "INVALID_FIELD",
                    f"\n{first}\n^\nERROR at Row:1:Column:8\nNo such column '{first}' on entity '{holder.name}'.",
                )
            return (lambda row: row.get(first)), holder.fields[first]
        look_up = next((each for each in holder.fields.values() if each.relationship == first), None)
        if look_up is None or not all(name in self._data.objects or name == "Group" for name in look_up.refers_to):
            raise SoqlError("INVALID_FIELD", f"Didn't understand relationship '{first}' in field path.")
        return self._related(look_up, rest)

    def _related(self, look_up: SimField, rest: list[str]) -> tuple[Read, SimField]:
        key = look_up.name
        if len(look_up.refers_to) > 1:
            if len(rest) > 1 or rest[0] not in _NAME_FIELDS:
                raise SoqlError("INVALID_FIELD", f"No such column '{rest[0]}' on entity 'Name'.")
            inner: Read = lambda row: row.get(rest[0])  # noqa: E731
            found = _NAME_FIELDS[rest[0]]
        else:
            inner, found = self._resolved(self._data.objects[look_up.refers_to[0]], rest)

        def read(row: SimRow) -> Any:
            for table in look_up.refers_to:
                target = self._data.by_id(table, row.get(key))
                if target is not None:
                    return inner(target)
            return None

        return read, found

    def _sortable(self, path: str) -> Read:
        read, found = self._resolved(self.object, path.split("."))
        if found.type in _UNSORTABLE:
            raise SoqlError("INVALID_FIELD", f"field '{path}' can not be sorted in a query call")
        return read

    def _child(self, inner: Query) -> tuple[str, Compiled]:
        child = Compiled(self._data, inner, deleted_too=self._deleted_too, is_child_of=self.table)
        return self.object.children[inner.table][1], child

    # -- conditions ------------------------------------------------------------------------------------------------

    def _tested(self, condition: Condition, *, above: str = "AND") -> Test:
        if isinstance(condition, Logic):
            tests = [self._tested(part, above=condition.word) for part in condition.parts]
            if condition.word == "NOT":
                return lambda row: not tests[0](row)
            quantifier = all if condition.word == "AND" else any
            return lambda row: quantifier(test(row) for test in tests)
        if isinstance(condition, Among):
            return self._among(condition, above)
        read, found = self._resolved(self.object, condition.path.split("."))
        value = typed(found, condition.path, condition.literal)
        holds = _SIGNS[condition.sign]
        return lambda row: holds(read(row), value)

    def _among(self, condition: Among, above: str) -> Test:
        read, found = self._resolved(self.object, condition.path.split("."))
        if condition.query is None:
            values = {typed(found, condition.path, literal) for literal in condition.literals}
        else:
            if above == "OR":
                raise malformed("Semi join sub-selects are not allowed with the 'OR' operator")
            if found.type not in {"id", "reference"} or len(condition.query.fields) != 1:
                raise malformed("a semi join selects one id field")
            inner = Compiled(self._data, condition.query, deleted_too=self._deleted_too)
            select = inner.reader(condition.query.fields[0])
            values = {select(row) for row in inner.rows()}
        return lambda row: (read(row) in values) is not condition.negated

    # -- answers ---------------------------------------------------------------------------------------------------

    def rows(self) -> list[SimRow]:
        found = list(self._data.rows(self.table, deleted_too=self._deleted_too))
        if self._test is not None:
            found = [row for row in found if self._test(row)]
        for read, descending in reversed(self._order):
            found.sort(key=lambda row: (read(row) is not None, read(row) or ""), reverse=descending)
        end = None if self.query.limit is None else self.query.offset + self.query.limit
        return found[self.query.offset : end]

    def shown(self, row: SimRow) -> SimRow:
        """The record as REST sends it: relationships are objects, sub-selects results of their own."""
        record: SimRow = {"attributes": {"type": self.table, "url": f"/sobjects/{self.table}/{row['Id']}"}}
        for steps, read in self._fields:
            _put(record, steps, read(row))
        for name, key, child in self._children:
            inner = [child.shown(each) for each in child.grouped(key).get(row["Id"], ())]
            record[name] = {"totalSize": len(inner), "done": True, "records": inner} if inner else None
        return record

    def grouped(self, key: str) -> dict[Any, list[SimRow]]:
        """The rows by the parent they belong to; a query looks only once."""
        if self._groups is None:
            self._groups = {}
            for row in self.rows():
                self._groups.setdefault(row.get(key), []).append(row)
        return self._groups

    def cells(self, row: SimRow) -> list[Any]:
        """The values in the order of the query, as a CSV has them."""
        return [read(row) for _, read in self._fields]


def _put(record: SimRow, steps: list[str], value: Any) -> None:
    *above, last = steps
    for step in above:
        inner = record.setdefault(step, {"attributes": {"type": step}})
        record = inner
    record[last] = value


def _part(name: str, compound: str) -> str:
    bare = name.removeprefix(compound.removesuffix("Address"))
    return bare[0].lower() + bare[1:]


def typed(found: SimField, path: str, literal: Literal) -> Any:
    """A literal as rows hold it. SoqlError where it is of another type than the field."""
    if literal.type == "null":
        return None
    wanted = _LITERAL.get(found.type, "text")
    if literal.type != wanted:
        quoted = "should not be enclosed in quotes" if literal.type == "text" else "should be enclosed in quotes"
        raise SoqlError(
            "INVALID_FIELD", f"value of filter criterion for field '{path}' must be of type {found.type} and {quoted}"
        )
    if wanted == "moment":
        return stamp(datetime.fromisoformat(literal.value))
    return Decimal(literal.value) if wanted == "number" else literal.value
