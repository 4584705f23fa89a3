"""The columns of the hub's tables by the light catalogue, for stores that speak plain SQL."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from hub.errors import StoreError
from hub.model.catalog import ENTITIES, HISTORIES
from hub.model.kinds import Entity, Kind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ADDED = {
    "source": Kind.TEXT,
    "first_seen_at": Kind.UTC,
    "synced_at": Kind.UTC,
    "run_id": Kind.INTEGER,
    "deleted_at": Kind.UTC,
}


def table(name: str) -> Entity:
    """A canonical or history table by its name; StoreError where the model has none."""
    entity = ENTITIES.get(name) or HISTORIES.get(name)
    if entity is None:
        raise StoreError(
            f"there is no entity called {name!r}.", fix=f"Known are: {', '.join([*ENTITIES, *HISTORIES])}."
        )
    return entity


def column_names(entity: Entity) -> list[str]:
    """All columns: the source, those of the model in its order, then what the store adds."""
    added = ["run_id"] if entity.name in HISTORIES else ["first_seen_at", "synced_at", "run_id", "deleted_at"]
    return ["source", *entity.by_name, *added]


def kind_of(entity: Entity, column: str) -> Kind:
    """The kind of any column, also of those that the store adds; StoreError where there is none."""
    if column in entity:
        return entity[column].kind
    if column in column_names(entity):
        return _ADDED[column]
    raise StoreError(f"{entity.name} has no column {column!r}.", fix="See docs/DATA_MODEL.md for the columns.")


def columns_in_use(entity: Entity, written: Iterable[str]) -> list[str]:
    """`column_names` without those that no page ever wrote. A history table is always taken whole."""
    if entity.name in HISTORIES:
        return column_names(entity)
    empty = set(entity.by_name) - set(written) - {"source_id"}
    return [name for name in column_names(entity) if name not in empty]


def history_columns(entity: Entity) -> list[str]:
    """The columns of an entity whose changes its history keeps."""
    assert entity.history is not None
    return [name for name in HISTORIES[entity.history].by_name if name in entity and name != "source_id"]


def to_micros(moment: datetime) -> int:
    """An aware moment as microseconds since 1970."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The moment so many microseconds after 1970, in UTC."""
    return _EPOCH + timedelta(microseconds=micros)
