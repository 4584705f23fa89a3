"""Which values of a record a viewer may not see, and how it looks then. What is personal, the model knows.

Rows and pages stay what they are: the same columns, the same number of rows, `None` where nothing was. Raw rows, as
quarantine keeps them, are of any shape: viewers see their fields, not their values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from hub.access.principal import Role
from hub.model.catalog import ENTITIES
from hub.model.kinds import Kind

MASK = "•••"
"""Stands for a value that is there."""
SEES_PERSONAL_DATA = Role.OPERATOR
"""The least role that does; each look is noted in the audit log."""

_GOLDEN = {"golden_customers": "customers", "golden_products": "products"}
COMPANY_MARKS = ("company_number", "duns", "lei", "gln", "legal_name", "industry", "industry_code", "employees")


def sees_personal_data(role: Role) -> bool:
    """Whether nothing is masked for the role."""
    return role >= SEES_PERSONAL_DATA


def personal_columns(entity: str) -> frozenset[str]:
    """The columns that may hold personal data, in whatever row."""
    always, of_a_person = _classes(entity)
    return always | of_a_person


def mask_row(entity: str, row: Mapping[str, Any], role: Role) -> dict[str, Any]:
    """A record as this role may see it. A customer's name, address and numbers are masked where it is a person, or may
    be one; e-mail addresses and telephone numbers always are."""
    if sees_personal_data(role):
        return dict(row)
    always, of_a_person = _classes(entity)
    hidden = always | of_a_person if of_a_person and is_about_a_person(row) else always
    return {name: MASK if name in hidden and value is not None else value for name, value in row.items()}


def mask_rows(entity: str, rows: Iterable[Mapping[str, Any]], role: Role) -> list[dict[str, Any]]:
    """A page of records as this role may see them."""
    return [mask_row(entity, row, role) for row in rows]


def mask_page(entity: str, columns: Sequence[str], rows: Iterable[Sequence[Any]], role: Role) -> list[tuple[Any, ...]]:
    """The same for rows that come as tuples, as stores give them."""
    if sees_personal_data(role):
        return [tuple(row) for row in rows]
    return [tuple(mask_row(entity, dict(zip(columns, row, strict=True)), role).values()) for row in rows]


def mask_raw(raw: Any, role: Role) -> Any:
    """A source's own row, whatever it is made of: viewers see which fields there are, and what they hold not."""
    if sees_personal_data(role) or raw is None:
        return raw
    if isinstance(raw, Mapping):
        return {str(name): mask_raw(value, role) for name, value in raw.items()}
    if isinstance(raw, list | tuple):
        return [mask_raw(value, role) for value in raw]
    return MASK


def is_about_a_person(row: Mapping[str, Any]) -> bool:
    """Whether a customer is a person, or may be one: where its source does not say, what only companies have decides,
    and a legal form in the name."""
    kind = row.get("kind")
    if kind is not None:
        return bool(kind == "person")
    if any(row.get(name) not in (None, "") for name in COMPANY_MARKS):
        return False
    name = row.get("name")
    return not (isinstance(name, str) and _has_legal_form(name))


@cache
def may_be_a_person_sql(alias: str = "") -> str:
    """The same rule as a condition on rows of customers, for SQLite, PostgreSQL and DuckDB. It is never NULL, and hides
    a little more: no database knows that a legal form in a name proves a company."""
    before = f"{alias}." if alias else ""
    is_company = " OR ".join(_is_there(f"{before}{name}", ENTITIES["customers"][name].kind) for name in COMPANY_MARKS)
    return f"(CASE WHEN {before}kind IS NULL THEN NOT ({is_company}) ELSE {before}kind = 'person' END)"


def _is_there(column: str, kind: Kind) -> str:
    return f"({column} IS NOT NULL AND {column} <> '')" if kind is Kind.TEXT else f"{column} IS NOT NULL"


def _has_legal_form(name: str) -> bool:
    from hub.identity.names import company_names

    return any(each.forms for each in company_names(name))


@cache
def _classes(entity: str) -> tuple[frozenset[str], frozenset[str]]:
    """The columns that are always personal, and those that are where the row is about a person."""
    table = ENTITIES.get(_GOLDEN.get(entity, entity))
    columns = table.columns if table is not None else ()
    return (
        frozenset(column.name for column in columns if column.personal == "always"),
        frozenset(column.name for column in columns if column.personal == "person"),
    )
