"""What a computation is limited to besides its period: chosen sources, customers, countries.

A filter picks among the facts, as grouping by the same dimension would: what is computed for `--source shop` is the
row that `--by source` has for it, and the parts of a sum add up to the whole.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from hub.errors import UsageError
from hub.sdk.metric import Facts
from metrics.replica.shape import IDENTITIES, TABLES
from metrics.replica.snapshot import quoted

if TYPE_CHECKING:
    import duckdb

_SHOWN = 5
_ALONE = (
    "NOT EXISTS (SELECT 1 FROM customer_identities AS linked "
    "WHERE linked.source = customers.source AND linked.source_id = customers.source_id)"
)
_OF_COUNTRY = (
    "SELECT source, source_id FROM customer_identities WHERE country IN ({0}) UNION ALL "
    f"SELECT source, source_id FROM customers WHERE country IN ({{0}}) AND {_ALONE}"
)
_NAMED = (
    "SELECT golden_id AS id, name FROM golden_customers UNION ALL "
    f"SELECT source || '/' || source_id, name FROM customers WHERE {_ALONE}"
)
"""Customers as they are counted: golden records, and records without a link."""


@dataclass(frozen=True)
class Filters:
    """A choice that is checked already (`chosen`); of several values any will do, and empty means everything.

    sources    names of sources
    customers  ids as results by customer have them: of golden records, or `source/id`; `names` are for reading
    countries  two letters
    """

    sources: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    names: tuple[str, ...] = field(default=(), compare=False)

    def __bool__(self) -> bool:
        return bool(self.sources or self.customers or self.countries)

    def document(self) -> dict[str, list[str]]:
        """For JSON, and for telling one question from another: only what was chosen."""
        given = {"source": self.sources, "customer": self.customers, "country": self.countries}
        return {name: sorted(values) for name, values in given.items() if values}

    def words(self) -> str:
        """For reading: `source shop; country DE or FR`; nothing where everything counts."""
        told = {"source": self.sources, "customer": self._named_customers(), "country": self.countries}
        return "; ".join(f"{name} {' or '.join(values)}" for name, values in told.items() if values)

    def _named_customers(self) -> tuple[str, ...]:
        if len(self.names) != len(self.customers):
            return self.customers
        return tuple(f"{name} ({id})" if name else id for name, id in zip(self.names, self.customers, strict=True))

    def condition(self) -> str:
        """SQL over the columns of facts: true for those that were chosen. Empty where all are."""
        parts = [f"source IN ({_listed(self.sources)})"] if self.sources else []
        if self.customers:
            ids = _listed(self.customers)
            linked = f"SELECT source, source_id FROM customer_identities WHERE golden_id IN ({ids})"
            parts.append(
                f"((source, customer_source_id) IN ({linked}) OR source || '/' || customer_source_id IN ({ids}))"
            )
        if self.countries:
            parts.append(f"(source, customer_source_id) IN ({_OF_COUNTRY.format(_listed(self.countries))})")
        return " AND ".join(parts)

    def problem(self, facts: Facts) -> str:
        """Why facts cannot be limited so; empty where they can."""
        if (self.customers or self.countries) and "customer" not in facts.dimensions:
            what = "customers" if self.customers else "countries"
            return f"it cannot be limited to {what}: {facts.title} name no customer."
        return ""


NO_FILTERS = Filters()


def chosen(
    db: duckdb.DuckDBPyConnection, sources: Iterable[str] = (), customers: Iterable[str] = (),
    countries: Iterable[str] = (),
) -> Filters:  # fmt: skip
    """What a user asks for, looked up among what is held: a customer by its id, by a record's `source/id`, or by name;
    a country by its code or name. Raises UsageError where something is not there, or can mean several customers."""
    sources, customers, countries = tuple(sources), tuple(customers), tuple(countries)
    found = dict(_customer(db, each) for each in customers)
    return Filters(
        _sources(db, sources) if sources else (),
        tuple(found),
        tuple(dict.fromkeys(_country(each) for each in countries)),
        tuple(found.values()),
    )


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


def _customer(db: duckdb.DuckDBPyConnection, wanted: str) -> tuple[str, str]:
    """Id and name of the one customer that is meant."""
    by_record = db.execute(
        "SELECT golden_id FROM customer_identities WHERE source || '/' || source_id = ?", [wanted]
    ).fetchall()
    sought = by_record[0][0] if by_record else wanted
    for condition in ("id = ?", "lower(name) = lower(?)"):
        rows = db.execute(f"SELECT id, name FROM ({_NAMED}) WHERE {condition} ORDER BY id LIMIT 100", [sought])
        found = rows.fetchall()
        if len(found) == 1:
            return found[0][0], found[0][1] or ""
        if found:
            listed = ", ".join(id for id, _ in found[:_SHOWN]) + (" and others" if len(found) > _SHOWN else "")
            raise UsageError(f"{wanted[:60]!r} is the name of {listed}.", fix="Give the id of the one that is meant.")
    near = db.execute(
        f"SELECT name FROM ({_NAMED}) WHERE name IS NOT NULL AND jaro_winkler_similarity(lower(name), lower(?)) > 0.85 "
        "ORDER BY jaro_winkler_similarity(lower(name), lower(?)) DESC, name LIMIT 1", [wanted, wanted]
    ).fetchall()  # fmt: skip
    raise UsageError(
        f"there is no customer {wanted[:60]!r}.{f' Did you mean {near[0][0][:60]!r}?' if near else ''}",
        fix="Give its name as it is written, or its id: `hub metrics show revenue --by customer --csv` has all.",
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
