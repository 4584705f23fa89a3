"""A question to one set as one statement: what is shown, which rows, in which order, from where on.

Rows leave the database as JSON texts, so nothing takes them apart on the way to the client. Columns that no page ever
wrote (`hub_columns`) are written as `null` without being read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from hub.console.odata import literals, personal
from hub.console.odata.errors import ODataError, wrong
from hub.console.odata.filters import Expression, Filter
from hub.console.odata.model import EntitySet, Property
from hub.console.odata.options import Expand, Options, Order
from hub.console.odata.paging import Mark
from hub.console.odata.searching import condition, searched
from hub.console.odata.sql import Dialect, Values
from hub.console.odata.syntax import tree
from hub.model.kinds import Kind

_MOST_MEMBERS = 48
"""Members of one call of the database's own JSON: functions of SQLite take a hundred arguments."""


@dataclass(frozen=True)
class Form:
    """How rows are written.

    numbers_as_text  IEEE754Compatible: decimals and 64-bit numbers in quotes
    level            odata.metadata: none, minimal or full
    sees_personal    whether personal data is shown as it is
    """

    numbers_as_text: bool = False
    level: str = "minimal"
    sees_personal: bool = True


@dataclass(frozen=True)
class Statement:
    """SQL with its values. Its rows are a body, the key where `Form.level` is full, and what marks the place behind it
    where that is asked for; or, for counts, one number."""

    sql: str
    values: Sequence[Any]


@dataclass(frozen=True)
class Term:
    """One expression of an order."""

    sql: str
    kind: Kind
    descending: bool
    nullable: bool


@dataclass
class Table:
    """One set within a statement, under an alias."""

    of: EntitySet
    options: Options
    alias: str
    dialect: Dialect
    values: Values
    form: Form
    written: Mapping[str, Collection[str]]
    linked: bool = True
    """Whether any record has a golden record."""

    def __post_init__(self) -> None:
        self.named: set[str] = set()

    # -- columns -----------------------------------------------------------------------------------------------

    def sql(self, property: Property) -> str:
        """The stored value of a property."""
        if property.derived:
            return f"({self.alias}.deleted_at IS NOT NULL)"
        if property.lookup is None:
            return f"{self.alias}.{property.name}"
        entity, column = property.lookup
        return (
            f"(SELECT k.golden_id FROM hub_links AS k WHERE k.entity = '{entity}'"
            f" AND k.source = {self.alias}.source AND k.source_id = {self.alias}.{column})"
        )

    def column(self, name: str) -> Expression:
        """A property that a filter or an order names."""
        property = self.of.properties.get(name)
        if property is None:
            what = "is a navigation property" if name in self.of.navigations else "is no property"
            raise wrong(f"{name[:60]!r} {what} of {self.of.name}; filter by its properties.", "$filter")
        if not self.form.sees_personal and name in personal.hidden(self.of):
            raise ODataError(
                403,
                f"{name} holds personal data, which this consumer sees masked; it cannot be filtered or ordered by.",
            )
        self.named.add(name)
        return Expression(self.sql(property), property.kind)

    def body(self) -> str:
        """A row as a JSON object."""
        parts: list[tuple[str, str | None]] = []
        members: list[tuple[str, str]] = []
        text = "{"
        for property in self._shown():
            native = self._native(property) if len(members) < _MOST_MEMBERS else None
            if native is not None:
                members.append((property.name, native))
                continue
            text += self._annotation(property) + f'"{property.name}":'
            if self._is_never_written(property):
                text += "null,"
            else:
                parts.append((text, self._json(property)))
                text = ","
        for number, expand in enumerate(self.options.expand):
            parts.append((f'{text}"{expand.navigation.name}":', self._expanded(expand, f"{self.alias}{number}")))
            text = ","
        if members:
            parts.append((text if text in "{," else f"{text.removesuffix(',')},", None))
            return self.dialect.object(parts, members)
        parts.append((text.removesuffix(",") + "}", None))
        return self.dialect.concatenated(parts)

    def _native(self, property: Property) -> str | None:
        """What the database's own JSON can write, unless a type stands before it."""
        if self.form.level == "full" or self._is_never_written(property):
            return None
        return self.dialect.native(self._value(property), property.kind, as_text=self._as_text(property))

    def _shown(self) -> list[Property]:
        names = self.options.select
        return [each for each in self.of.properties.values() if names is None or each.name in names]

    def _is_never_written(self, property: Property) -> bool:
        if property.lookup is not None:
            return not self.linked
        written = self.written.get(self.of.name)
        return written is not None and not property.derived and property.name not in written

    def _annotation(self, property: Property) -> str:
        if self.form.level != "full" or property.kind in (Kind.TEXT, Kind.JSON, Kind.BOOLEAN):
            return ""
        return f'"{property.name}@odata.type":"#{EDM_NAMES[property.kind]}",'

    def _json(self, property: Property) -> str:
        return self.dialect.json(
            self._value(property), property.kind, nullable=property.nullable, as_text=self._as_text(property)
        )

    def _value(self, property: Property) -> str:
        """The stored value as this consumer sees it."""
        sql = self.sql(property)
        if not self.form.sees_personal and property.name in personal.hidden(self.of):
            return personal.masked(self.of, property.name, sql, self.alias)
        return sql

    def _as_text(self, property: Property) -> bool:
        return self.form.numbers_as_text and property.kind in (Kind.INTEGER, Kind.DECIMAL)

    def _expanded(self, expand: Expand, alias: str) -> str:
        """Rows of another set as JSON: one subquery within the same statement."""
        inner = replace(self, of=expand.target, options=expand.options, alias=alias)
        pairs = [f"{alias}.{there} = {self.sql(self.of[here])}" for here, there in expand.navigation.pairs]
        body, where = inner.body(), inner.where(pairs)
        source = f"FROM {inner.of.table} AS {alias} WHERE {where}"
        if not expand.navigation.many:
            return f"coalesce((SELECT {body} {source}), 'null')"
        order = f"ORDER BY {inner.order_by(inner.terms())}{_limit(expand.options.top, expand.options.skip)}"
        return f"'[' || {self.dialect.joined(source, body, order)} || ']'"

    def key_column(self) -> str:
        """The key as a JSON list, where rows are written with their addresses."""
        if self.form.level != "full":
            return ""
        keys: list[tuple[str, str | None]] = []
        for name in self.of.key:
            sql, kind = self.sql(self.of[name]), self.of[name].kind
            keys.append((", " if keys else "[", self.dialect.json(sql, kind, nullable=False, as_text=False)))
        return f", {self.dialect.concatenated([*keys, (']', None)])} AS key"

    def mark_of(self, row: Sequence[Any]) -> list[Any]:
        """The place behind a row of `page`."""
        return self.dialect.mark_of(row[2 if self.form.level == "full" else 1 :])

    # -- rows --------------------------------------------------------------------------------------------------

    def where(self, also: Sequence[str] = ()) -> str:
        """Which rows: live ones, unless the filter names what tells deleted ones apart."""
        conditions = list(also)
        if self.options.filter:
            found = tree(self.options.filter)
            conditions.append(Filter(self.dialect, self.values, self.column).condition(found))
        if self.options.search:
            conditions.append(self._search())
        if self.of.forgets and not self.named & {"is_deleted", "deleted_at"}:
            conditions.insert(0, f"{self.alias}.deleted_at IS NULL")
        return " AND ".join(conditions) or self.dialect.true

    def _search(self) -> str:
        masked = frozenset() if self.form.sees_personal else personal.hidden(self.of)
        columns = [f"coalesce({self.alias}.{name}, '')" for name in searched(self.of) if name not in masked]
        text = self.dialect.function("tolower", ["(" + " || ' ' || ".join(columns or ["''"]) + ")"])

        def term(word: str) -> str:
            place = self.dialect.literal(self.values, literals.text(word.lower()), Kind.TEXT)
            return self.dialect.function("contains", [text, place])

        return condition(self.options.search, term)

    # -- order -------------------------------------------------------------------------------------------------

    def terms(self, first: Sequence[Order] = ()) -> list[Term]:
        """The order, made total by the key, which goes the way of the last term."""
        orders = list(self.options.order or first)
        descending = orders[-1].descending if orders else False
        there = {order.name for order in orders}
        orders += [Order(name, descending) for name in self.of.key if name not in there]
        found = []
        for order in orders:
            expression, property = self.column(order.name), self.of[order.name]
            for sql, kind in self.dialect.ordered(expression.sql, expression.kind):
                found.append(Term(sql, kind, order.descending, property.nullable))
        return found

    def order_by(self, terms: Sequence[Term]) -> str:
        return ", ".join(self._ordered(term) for term in terms)

    def _ordered(self, term: Term) -> str:
        nulls = ""
        if term.nullable and not self.dialect.nulls_come_first:
            nulls = " NULLS LAST" if term.descending else " NULLS FIRST"
        return f"{term.sql}{' DESC' if term.descending else ''}{nulls}"


def page(
    table: Table,
    *,
    limit: int,
    first: Sequence[Order],
    after: Mark | None,
    also: Sequence[str] = (),
    marked: bool = True,
) -> Statement:
    """Up to `limit` rows, in order, after a mark where there is one. `marked`: each with its own place."""
    terms = table.terms(first)
    table.named.clear()  # what is only ordered by does not bring deleted rows back
    body = table.dialect.body(table.body())
    mark = f", {table.dialect.mark([(term.sql, term.kind) for term in terms])}" if marked else ""
    conditions = [*also, *([_after(table, terms, after)] if after else [])]
    skip = 0 if after else table.options.skip
    sql = (
        f"SELECT {body} AS body{table.key_column()}{mark} FROM {table.of.table} AS {table.alias}"
        f" WHERE {table.where(conditions)} ORDER BY {table.order_by(terms)}{_limit(limit, skip)}"
    )
    return Statement(sql, table.values.bound)


def one(table: Table, also: Sequence[str]) -> Statement:
    """The row of a key, deleted or not."""
    sql = (
        f"SELECT {table.dialect.body(table.body())} AS body{table.key_column()}"
        f" FROM {table.of.table} AS {table.alias} WHERE {' AND '.join(also)}"
    )
    return Statement(sql, table.values.bound)


def count(table: Table, also: Sequence[str] = ()) -> Statement:
    """How many rows there are, whatever `$top` and `$skip` say."""
    sql = f"SELECT count(*) FROM {table.of.table} AS {table.alias} WHERE {table.where(also)}"
    return Statement(sql, table.values.bound)


def _limit(top: int | None, skip: int) -> str:
    if top is None and not skip:
        return ""
    return f" LIMIT {(1 << 62) if top is None else top:d}" + (f" OFFSET {skip:d}" if skip else "")


def _after(table: Table, terms: Sequence[Term], mark: Mark) -> str:
    """The rows behind a mark. One comparison of whole rows where it says the same, since an index answers that."""
    values = mark.of([partial(_fits, table.dialect, term) for term in terms])
    places = [
        None if value is None else table.dialect.marked(table.values, value, term.kind)
        for value, term in zip(values, terms, strict=True)
    ]
    first = terms[0].descending
    plain = all(term.descending == first for term in terms) and None not in places
    if plain and not (first and any(term.nullable for term in terms)):
        row = ", ".join(term.sql for term in terms)
        return f"({row}) {'<' if first else '>'} ({', '.join(place for place in places if place)})"
    return _step_by_step(terms, places)


def _fits(dialect: Dialect, term: Term, value: Any) -> bool:
    return term.nullable if value is None else dialect.is_mark(value, term.kind)


def _step_by_step(terms: Sequence[Term], places: Sequence[str | None]) -> str:
    found, equal = [], ""
    for term, place in zip(terms, places, strict=True):
        further = _further(term, place)
        if further:
            found.append(f"({equal}{further})")
        equal += f"{term.sql} IS NULL AND " if place is None else f"{term.sql} = {place} AND "
    return "(" + " OR ".join(found) + ")"


def _further(term: Term, place: str | None) -> str:
    """What comes behind one value; nulls are the least of all. Empty where nothing does."""
    if place is None:
        return "" if term.descending else f"{term.sql} IS NOT NULL"
    if not term.descending:
        return f"{term.sql} > {place}"
    return f"({term.sql} < {place} OR {term.sql} IS NULL)" if term.nullable else f"{term.sql} < {place}"


EDM_NAMES = {
    Kind.TEXT: "String",
    Kind.JSON: "String",
    Kind.INTEGER: "Int64",
    Kind.BOOLEAN: "Boolean",
    Kind.DECIMAL: "Decimal",
    Kind.UTC: "DateTimeOffset",
    Kind.DATE: "Date",
}
