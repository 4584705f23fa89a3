"""What a consumer that may not see personal data gets instead, said in SQL so that rows need not be taken apart.

It masks what `hub.access.masking` masks, and a little more: a legal form in a name does not prove a company here.
"""

from __future__ import annotations

from functools import cache

from hub.access.masking import MASK, personal_columns
from hub.console.odata.model import GOLDEN, SNAPSHOTS, EntitySet
from hub.model.catalog import ENTITIES
from hub.model.kinds import Kind

_ENTITY = {golden: entity for entity, golden in GOLDEN.items()}
_COMPANY_MARKS = ("company_number", "duns", "lei", "gln", "legal_name", "industry", "industry_code", "employees")


@cache
def hidden(of: EntitySet) -> frozenset[str]:
    """The properties that are masked, in some rows or in all."""
    if of.name == SNAPSHOTS:
        return frozenset({"body"})  # rows of a metric may be about persons, and name them
    return personal_columns(of.name) & of.properties.keys()


def masked(of: EntitySet, name: str, sql: str, alias: str) -> str:
    """The value of a property with the mask over it, where the row is about a person."""
    sql = f"CAST({sql} AS text)" if of[name].kind is Kind.JSON else sql
    shown = f"CASE WHEN {sql} IS NOT NULL THEN '{MASK}' END"
    if of.name == SNAPSHOTS or ENTITIES[_ENTITY.get(of.name, of.name)][name].personal == "always":
        return shown
    companies = " OR ".join(_is_there(of, each, alias) for each in _COMPANY_MARKS)
    is_company = f"CASE WHEN {alias}.kind IS NULL THEN ({companies}) ELSE {alias}.kind <> 'person' END"
    return f"CASE WHEN {is_company} THEN {sql} WHEN {sql} IS NOT NULL THEN '{MASK}' END"


def _is_there(of: EntitySet, name: str, alias: str) -> str:
    empty = f" AND {alias}.{name} <> ''" if of[name].kind is Kind.TEXT else ""
    return f"({alias}.{name} IS NOT NULL{empty})"
