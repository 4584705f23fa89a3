"""What a computation is limited to besides its period: chosen sources, customers, countries, products.

A filter picks among the facts, as grouping by the same dimension would: what is computed for `--source shop` is the
row that `--by source` has for it, and the parts of a sum add up to the whole.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from hub.errors import UsageError
from hub.sdk.metric import Facts, Metric
from metrics.replica.shape import IDENTITIES, TABLES
from metrics.replica.snapshot import quoted

if TYPE_CHECKING:
    import duckdb

_SHOWN = 5
_LINKED = "SELECT source, source_id FROM {0}_identities WHERE golden_id IN ({1})"
_ALONE = (
    "NOT EXISTS (SELECT 1 FROM {0}_identities AS linked "
    "WHERE linked.source = {0}s.source AND linked.source_id = {0}s.source_id)"
)
_OF_COUNTRY = (
    "SELECT source, source_id FROM customer_identities WHERE country IN ({0}) UNION ALL "
    f"SELECT source, source_id FROM customers WHERE country IN ({{0}}) AND {_ALONE.format('customer')}"
)
_BY_NAME = {"customer": ("name",), "product": ("sku", "name")}
"""What a golden record goes by beside its id, and the record itself where it has no link."""
_OF_LINES = (
    " UNION ALL SELECT DISTINCT source || '/' || sku, NULL, sku FROM order_lines "
    "WHERE product_source_id IS NULL AND sku IS NOT NULL"
)
"""Products of which only lines of orders know."""


def _named(entity: str) -> str:
    """Customers or products as they are counted: golden records, and records without a link."""
    names = ", ".join(dict.fromkeys(("name", *_BY_NAME[entity])))
    return (
        f"SELECT golden_id AS id, {names} FROM golden_{entity}s UNION ALL "
        f"SELECT source || '/' || source_id, {names} FROM {entity}s WHERE {_ALONE.format(entity)}"
        f"{_OF_LINES if entity == 'product' else ''}"
    )


@dataclass(frozen=True)
class Filters:
    """A choice that is checked already (`chosen`); of several values any will do, and empty means everything.

    sources    names of sources
    customers  ids as results by customer have them: of golden records, or `source/id`; `names` are for reading
    countries  two letters
    products   ids as results by product have them; `product_names` are for reading
    """

    sources: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    names: tuple[str, ...] = field(default=(), compare=False)
    products: tuple[str, ...] = ()
    product_names: tuple[str, ...] = field(default=(), compare=False)

    def __bool__(self) -> bool:
        return bool(self.sources or self.customers or self.countries or self.products)

    def document(self) -> dict[str, list[str]]:
        """For JSON, and for telling one question from another: only what was chosen."""
        given = {"source": self.sources, "customer": self.customers, "country": self.countries,
                 "product": self.products}  # fmt: skip
        return {name: sorted(values) for name, values in given.items() if values}

    def words(self) -> str:
        """For reading: `source shop; country DE or FR`; nothing where everything counts."""
        told = {
            "source": self.sources,
            "customer": _with_names(self.customers, self.names),
            "country": self.countries,
            "product": _with_names(self.products, self.product_names),
        }
        return "; ".join(f"{name} {' or '.join(values)}" for name, values in told.items() if values)

    def condition(self) -> str:
        """SQL over the columns of facts: true for those that were chosen. Empty where all are."""
        parts = [f"source IN ({_listed(self.sources)})"] if self.sources else []
        if self.customers:
            parts.append(_any_of("customer", self.customers, "customer_source_id"))
        if self.products:
            parts.append(_any_of("product", self.products, "coalesce(product_source_id, sku)"))
        if self.countries:
            parts.append(f"(source, customer_source_id) IN ({_OF_COUNTRY.format(_listed(self.countries))})")
        return " AND ".join(parts)

    def problem(self, facts: Facts) -> str:
        """Why facts cannot be limited so; empty where they can."""
        if (self.customers or self.countries) and "customer" not in facts.dimensions:
            what = "customers" if self.customers else "countries"
            return f"it cannot be limited to {what}: {facts.title} name no customer."
        if self.products and "product" not in facts.dimensions:
            return f"it cannot be limited to products: {facts.title} name no product."
        return ""

    def fitting(self, metric: Metric) -> Metric:
        """The metric with those of its facts that can be limited so, where there are any: lines rather than orders."""
        fitting = tuple(facts for facts in metric.facts if not self.products or "product" in facts.dimensions)
        if not fitting or fitting == metric.facts:
            return metric
        return replace(metric, facts=fitting, definition=f"{metric.definition} by {fitting[0].id}")


NO_FILTERS = Filters()


def chosen(
    db: duckdb.DuckDBPyConnection, sources: Iterable[str] = (), customers: Iterable[str] = (),
    countries: Iterable[str] = (), products: Iterable[str] = (),
) -> Filters:  # fmt: skip
    """What a user asks for, looked up among what is held: a customer or product by its id, a record's `source/id`, SKU
    or name; a country by its code or name. Raises UsageError where something is not there, or can mean several."""
    sources, customers, countries = tuple(sources), tuple(customers), tuple(countries)
    found = dict(_one(db, "customer", each) for each in customers)
    goods = dict(_one(db, "product", each) for each in products)
    return Filters(
        _sources(db, sources) if sources else (),
        tuple(found),
        tuple(dict.fromkeys(_country(each) for each in countries)),
        tuple(found.values()),
        tuple(goods),
        tuple(goods.values()),
    )


def _any_of(entity: str, ids: Iterable[str], reference: str) -> str:
    """SQL: whether a fact is of one of these customers or products."""
    listed = _listed(ids)
    linked = _LINKED.format(entity, listed)
    return f"((source, {entity}_source_id) IN ({linked}) OR source || '/' || {reference} IN ({listed}))"


def _with_names(ids: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    if len(names) != len(ids):
        return ids
    return tuple(f"{name} ({id})" if name else id for name, id in zip(names, ids, strict=True))


def _listed(values: Iterable[str]) -> str:
    return ", ".join(quoted(value) for value in sorted(values))


def _sources(db: duckdb.DuckDBPyConnection, wanted: Sequence[str]) -> tuple[str, ...]:
    each = (f"SELECT DISTINCT source FROM {table}" for table in TABLES if table not in IDENTITIES)
    held = {source for (source,) in db.execute(" UNION ".join(each)).fetchall() if source}
    for name in wanted:
        if name not in held:
            raise UsageError(
                f"nothing is held of a source `{name[:60]}`.{_nearest(name, sorted(held))}",
                fix=f"Held are: {', '.join(sorted(held)) or 'none'}.",
            )
    return tuple(dict.fromkeys(wanted))


def _one(db: duckdb.DuckDBPyConnection, entity: str, wanted: str) -> tuple[str, str]:
    """Id and name of the one customer or product that is meant."""
    by_record = db.execute(
        f"SELECT golden_id FROM {entity}_identities WHERE source || '/' || source_id = ?", [wanted]
    ).fetchall()
    sought, known = by_record[0][0] if by_record else wanted, _named(entity)
    for condition in ("id = ?", *(f"lower({column}) = lower(?)" for column in _BY_NAME[entity])):
        rows = db.execute(f"SELECT id, name FROM ({known}) WHERE {condition} ORDER BY id LIMIT 100", [sought])
        found = rows.fetchall()
        if len(found) == 1:
            return found[0][0], found[0][1] or ""
        if found:
            listed = ", ".join(id for id, _ in found[:_SHOWN]) + (" and others" if len(found) > _SHOWN else "")
            raise UsageError(f"{wanted[:60]!r} is the name of {listed}.", fix="Give the id of the one that is meant.")
    near = db.execute(
        f"SELECT name FROM ({known}) WHERE name IS NOT NULL AND jaro_winkler_similarity(lower(name), lower(?)) > 0.85 "
        "ORDER BY jaro_winkler_similarity(lower(name), lower(?)) DESC, name LIMIT 1", [wanted, wanted]
    ).fetchall()  # fmt: skip
    raise UsageError(
        f"there is no {entity} {wanted[:60]!r}.{f' Did you mean {near[0][0][:60]!r}?' if near else ''}",
        fix=f"Give its name as it is written, or its id: `hub metrics show revenue --by {entity} --csv` has all.",
    )


def _country(wanted: str) -> str:
    from hub.convert.countries import country_of

    code = country_of(wanted.strip())
    if code is None:
        raise UsageError(f"there is no country {wanted[:60]!r}.", fix="Give its two letters, as DE.")
    return code


def _nearest(wrong: str, known: Sequence[str]) -> str:
    found = difflib.get_close_matches(wrong, known, n=1, cutoff=0.5)
    return f" Did you mean `{found[0]}`?" if found else ""
