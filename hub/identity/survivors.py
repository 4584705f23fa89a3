"""Golden records of several records: which record gives what, by the rules an admin chose.

Values that mean nothing without one another come from one record: an amount with its currency and unit, an address.
What a list of costs says of a product is its record's cost, before the one that the record itself carries.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from hub.model.catalog import ENTITIES
from hub.model.kinds import Kind
from hub.store.identity import LETTERS, RAW_OF, golden_columns

if TYPE_CHECKING:
    import duckdb
    import pyarrow as pa

    from hub.settings.identity import IdentitySettings, Survivor
    from hub.store.base import Store

_GROUPS: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "customers": (
        ("tax", ("tax_id", "tax_country")),
        ("address", ("street", "street2", "city", "region", "postal_code", "country")),
        ("revenue", ("annual_revenue", "currency")),
        ("industry", ("industry", "industry_code")),
    ),
    "products": (
        ("unit", ("unit", "weight_kg", "reorder_level", "reorder_quantity")),
        ("price", ("list_price", "price_quantity", "price_unit", "price_currency")),
        ("cost", ("unit_cost", "cost_unit", "cost_currency")),
    ),
}
"""Columns that come from one record, under the name of their rule; the first one must be there."""
_ANY = {"address", "revenue", "industry", "unit"}
"""Groups of which any column is enough."""
_PLACES = {
    "by_trust": "trust, stamp DESC",
    "by_age": "stamp DESC, trust",
    "by_fill": "filled DESC, trust, stamp DESC",
}
_ABOVE = {"up": "parent", "pays": "bill_to"}
_TYPES = {Kind.INTEGER: "int64", Kind.UTC: "int64", Kind.BOOLEAN: "bool_"}


@dataclass(frozen=True)
class _Field:
    """Columns that are chosen together, and how."""

    columns: tuple[str, ...]
    rule: Survivor
    any: bool = False

    @property
    def name(self) -> str:
        return self.columns[0]


_COST = {"unit_cost": "present_cost", "cost_unit": "present_unit", "cost_currency": "present_currency"}
"""Golden column -> that of `ranked`, where a list of costs may know it."""
_COSTLY = ("unit_cost", "unit", "currency")
"""The columns of a record that such a list completes."""


def fields_of(entity: str, settings: IdentitySettings, used: Iterable[str]) -> list[_Field]:
    """Every golden column that any source has something for, once. `used`: columns that were ever written."""
    rules, known = getattr(settings, entity), set(used)
    grouped = {column for _, columns in _GROUPS[entity] for column in columns}
    own = [_Field((name,), getattr(rules, name, rules.other)) for name in golden_columns(entity) if name not in grouped]
    groups = [_Field(columns, getattr(rules, name), name in _ANY) for name, columns in _GROUPS[entity]]
    held = [replace(each, columns=tuple(c for c in each.columns if RAW_OF.get(c, c) in known)) for each in groups]
    whole = [
        each for each, full in zip(held, groups, strict=True) if each.columns and (full.any or each.name == full.name)
    ]
    return [*whole, *(each for each in own if RAW_OF.get(each.name, each.name) in known)]


def raw_columns(entity: str, used: Iterable[str]) -> list[str]:
    """The columns of source records that golden records are made of, and that were ever written."""
    known = set(used)
    names = [RAW_OF.get(name, name) for name in golden_columns(entity)]
    written = [name for name in names if name in known]
    return list(dict.fromkeys(["source", "source_id", "source_updated_at", "synced_at", "deleted_at", *written]))


def find_chosen(con: duckdb.DuckDBPyConnection, entity: str) -> None:
    """`chosen` (golden): stale golden records that are more than the copy of a record: they have several, or a cost
    from a list."""
    listed = f"UNION SELECT golden FROM assigned {_STALE} SEMI JOIN costs_of USING (id)" if entity == "products" else ""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE chosen AS
        SELECT golden FROM assigned {_STALE} GROUP BY golden HAVING count(*) > 1 {listed}
    """)


_STALE = "SEMI JOIN stale USING (golden)"


def has_costs(con: duckdb.DuckDBPyConnection, entity: str) -> bool:
    """Whether any product has a cost from a list."""
    return entity == "products" and bool(con.execute("SELECT count(*) FROM costs_of").fetchall()[0][0])


def load_rows(
    con: duckdb.DuckDBPyConnection, store: Store, entity: str, keys: Mapping[str, Sequence[str]] | None
) -> None:
    """`rows_of`: records as the store has them; `keys`: source -> keys, all records where None. Amounts are texts."""
    used = [*store.columns_in_use(entity), *(_COSTLY if has_costs(con, entity) else ())]
    names = raw_columns(entity, used)
    con.execute("DROP TABLE IF EXISTS rows_of")
    columns = ", ".join(f"{name} {_sql_type(entity, name)}" for name in names)
    con.execute(f"CREATE TEMP TABLE rows_of ({columns})")
    for page in _pages(store, entity, names, keys):
        con.register("page", _arrow(entity, names, page))
        con.execute("INSERT INTO rows_of SELECT * FROM page")
        con.unregister("page")


def _pages(
    store: Store, entity: str, names: Sequence[str], keys: Mapping[str, Sequence[str]] | None
) -> Iterator[list[tuple[Any, ...]]]:
    if keys is None:
        yield from store.rows(entity, names)
        return
    for source, some in sorted(keys.items()):
        yield from store.rows(entity, names, source=source, keys=list(some))


def _arrow(entity: str, names: Sequence[str], page: Sequence[tuple[Any, ...]]) -> pa.Table:
    import pyarrow as pa

    arrays = {}
    for name, values in zip(names, zip(*page, strict=True), strict=True):
        kind = _kind(entity, name)
        told = [None if value is None else str(value) for value in values] if kind is Kind.DECIMAL else values
        arrays[name] = pa.array(told, getattr(pa, _TYPES.get(kind, "string"))())
    return pa.table(arrays)


def _kind(entity: str, name: str) -> Kind:
    if name in ("deleted_at", "synced_at"):
        return Kind.UTC
    return Kind.TEXT if name == "source" else ENTITIES[entity][name].kind


def _sql_type(entity: str, name: str) -> str:
    return {"int64": "BIGINT", "bool_": "BOOLEAN"}.get(_TYPES.get(_kind(entity, name), ""), "VARCHAR")


def choose(con: duckdb.DuckDBPyConnection, entity: str, settings: IdentitySettings) -> tuple[list[str], str]:
    """SQL of the golden records of several records, out of `rows_of` and `assigned`: golden, records, provenance,
    deleted_at, then the columns that are named."""
    held = [name for name, *_ in con.execute("DESCRIBE rows_of").fetchall()]
    fields = fields_of(entity, settings, held)
    _rank(con, entity, settings, fields)
    named = [column for each in fields for column in each.columns]
    picks = "".join(f", {_pick(each)} AS {each.name}_pick" for each in fields)
    values = "".join(f", {each.name}_pick.{column} AS {column}" for each in fields for column in each.columns)
    told = "".join(f", {_told(each.name, column)}" for each in fields for column in each.columns)
    return (
        named,
        f"""
        SELECT golden, records,
               CASE WHEN records > 1 THEN '{{' || concat_ws(', ', NULL{told}) || '}}' END AS provenance, gone{values}
        FROM (SELECT golden, count(*) AS records,
                     CASE WHEN bool_and(deleted_at IS NOT NULL) THEN max(deleted_at) END AS gone{picks}
              FROM ranked GROUP BY golden)
    """,
    )


def _told(field: str, column: str) -> str:
    """Where a column is from, as a member of a JSON object."""
    origin = f"'\"{column}\": ' || to_json({field}_pick.hub_record)"
    return f"CASE WHEN {field}_pick.{column} IS NOT NULL THEN {origin} END"


def _rank(con: duckdb.DuckDBPyConnection, entity: str, settings: IdentitySettings, fields: Sequence[_Field]) -> None:
    """`ranked`: rows of golden records of several records, with their place by trust, age and completeness."""
    known = [row[0] for row in con.execute("SELECT DISTINCT source FROM rows_of ORDER BY source").fetchall()]
    trust = _place(dict.fromkeys([*settings.source_priority, *known])).replace("source)", "rows_of.source)")
    columns = [name for name, *_ in con.execute("DESCRIBE rows_of").fetchall()]
    filled = " + ".join(["0", *(f"({name} IS NOT NULL)::INTEGER" for name in columns[5:])])
    above = {alias: name for alias, name in _ABOVE.items() if f"{name}_source_id" in columns}
    joins = " ".join(
        f"LEFT JOIN assigned AS {alias} ON {alias}.id = rows_of.source || '/' || rows_of.{name}_source_id"
        for alias, name in above.items()
    )
    goldens = "".join(
        f", CASE WHEN {alias}.golden <> own.golden THEN format('{LETTERS[entity]}{{:06d}}', {alias}.golden) END"
        f" AS {name}_golden_id"
        for alias, name in above.items()
    )
    votes = "".join(
        f", count(*) OVER (PARTITION BY golden, live, person, {_text(each)}) AS votes_{each.name}"
        for each in fields
        if each.rule == "vote"
    )
    places = ", ".join(
        f"row_number() OVER (PARTITION BY golden ORDER BY live DESC, person, {order}, hub_record) AS {name}"
        for name, order in _PLACES.items()
    )
    costly = _costs(columns) if entity == "products" else ""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE ranked AS
        SELECT *{votes}, {places}
        FROM (SELECT rows_of.*, own.golden, own.id AS hub_record, {trust} AS trust, {filled} AS filled,
                     rows_of.deleted_at IS NULL AS live, {_person(columns)} AS person,
                     coalesce(source_updated_at, synced_at) AS stamp{goldens}{costly}
              FROM rows_of JOIN assigned AS own ON own.id = rows_of.source || '/' || rows_of.source_id {joins}
              {"LEFT JOIN costs_of ON costs_of.id = own.id" if entity == "products" else ""}
              WHERE own.golden IN (SELECT golden FROM chosen))
    """)


def _costs(columns: Sequence[str]) -> str:
    """The cost of each record with its unit and currency, by the list or by the record itself."""
    own = {name: name if name in columns else "NULL" for name in _COSTLY}
    return f"""
        , coalesce(list_cost::VARCHAR, {own["unit_cost"]}) AS present_cost
        , CASE WHEN list_cost IS NULL THEN {own["unit"]} ELSE coalesce(list_unit, {own["unit"]}) END AS present_unit
        , CASE WHEN list_cost IS NULL THEN {own["currency"]} ELSE coalesce(list_currency, {own["currency"]}) END
          AS present_currency"""


def _place(sources: Iterable[str]) -> str:
    listed = ", ".join("'" + source.replace("'", "''") + "'" for source in sources)
    return f"list_position([{listed}], source)" if listed else "0"


def _pick(field: _Field) -> str:
    """The record that gives a field: a struct of its values."""
    packed = ", ".join(f"{name} := {_raw(name)}" for name in field.columns)
    there = " OR ".join(f"{_raw(name)} IS NOT NULL" for name in (field.columns if field.any else field.columns[:1]))
    return f"arg_min(struct_pack({packed}, hub_record := hub_record), {_order(field)}) FILTER ({there})"


def _order(field: _Field) -> str:
    if isinstance(field.rule, tuple | list):
        return f"{_LATER} + coalesce({_place(field.rule)}, 9999) * 100000 + by_trust"
    if field.rule == "longest":
        return f"{_LATER} - length({_text(field)}) * 100000 + by_trust"
    if field.rule == "vote":
        return f"{_LATER} - votes_{field.name} * 100000 + by_trust"
    order = {"source_priority": "by_trust", "most_recent": "by_age", "most_complete": "by_fill"}[field.rule]
    # A record that knows no more than a city does not take the place of an address.
    return f"{order} + CASE WHEN street IS NULL THEN 1000000 ELSE 0 END" if field.name == "street" else order


_LATER = "CASE WHEN NOT live THEN 2 WHEN person THEN 1 ELSE 0 END * 10000000000"
"""Deleted records come last, and before them the people who have an account of a company."""


def _person(columns: Sequence[str]) -> str:
    return "coalesce(rows_of.kind = 'person', false)" if "kind" in columns else "false"


def _text(field: _Field) -> str:
    return " || '|' || ".join(f"coalesce({_raw(name)}::VARCHAR, '')" for name in field.columns)


def _raw(name: str) -> str:
    if name in _COST:
        return _COST[name]
    return name if name in ("parent_golden_id", "bill_to_golden_id") else RAW_OF.get(name, name)
