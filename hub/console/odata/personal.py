"""What a consumer that may not see personal data gets instead, said in SQL so that rows need not be taken apart.

It masks what `hub.access.masking` masks, and a little more: a legal form in a name does not prove a company here.
"""

from __future__ import annotations

from functools import cache

from hub.access.masking import MASK, may_be_a_person_sql, personal_columns
from hub.console.odata.model import GOLDEN, SNAPSHOTS, EntitySet
from hub.model.catalog import ENTITIES
from hub.model.kinds import Kind

_ENTITY = {golden: entity for entity, golden in GOLDEN.items()}


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
    return f"CASE WHEN NOT {may_be_a_person_sql(alias)} THEN {sql} WHEN {sql} IS NOT NULL THEN '{MASK}' END"
