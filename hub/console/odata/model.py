"""What the feed publishes: an entity set for each canonical table, with keys, properties and navigation.

One name everywhere: a set is called as its table, a property as its column (docs/DATA_MODEL.md), in the feed, in the
views of the schema `bi`, and in published files.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache

from hub.model.catalog import ENTITIES, HISTORIES
from hub.model.kinds import Column, Entity, Kind

NAMESPACE = "hub"
CONTAINER = "Hub"
GOLDEN = {"customers": "golden_customers", "products": "golden_products"}
SNAPSHOTS = "metric_snapshots"


@dataclass(frozen=True, slots=True)
class Property:
    """One value of a row.

    lookup   the golden record of the customer or product that this column names: (entity, column)
    derived  computed from the row: `is_deleted`
    """

    name: str
    kind: Kind
    description: str
    nullable: bool = True
    max_length: int | None = None
    vocabulary: tuple[str, ...] = ()
    lookup: tuple[str, str] | None = None
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Navigation:
    """The way from a row to others. `pairs`: a property of this set, and the target's that must be the same."""

    name: str
    target: str
    many: bool
    pairs: tuple[tuple[str, str], ...]
    description: str


@dataclass(frozen=True, eq=False)
class EntitySet:
    """One table of the feed. `forgets` is true where rows stay, marked, when the source no longer has them."""

    name: str
    type_name: str
    description: str
    table: str
    key: tuple[str, ...]
    properties: dict[str, Property]
    forgets: bool = True
    navigations: dict[str, Navigation] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Property:
        return self.properties[name]


_TRACKED = (
    Property("first_seen_at", Kind.UTC, "When the hub first stored it.", nullable=False),
    Property("synced_at", Kind.UTC, "When the hub last wrote it.", nullable=False),
    Property("run_id", Kind.INTEGER, "The run that last wrote it.", nullable=False),
    Property("deleted_at", Kind.UTC, "When the source was seen to no longer have it."),
)
_IS_DELETED = Property(
    "is_deleted", Kind.BOOLEAN, "Whether the source no longer has it. Such rows are left out unless a filter names"
    " `is_deleted` or `deleted_at`.", nullable=False, derived=True,
)  # fmt: skip
_SOURCE = Property("source", Kind.TEXT, "Name of the connector instance it came from.", nullable=False, max_length=60)
_SNAPSHOT = (
    Property("id", Kind.INTEGER, "Number that people use.", nullable=False),
    Property("taken_at", Kind.UTC, "When it was computed.", nullable=False),
    Property("metric", Kind.TEXT, "The metric's id.", nullable=False, max_length=200),
    Property("request", Kind.TEXT, "Dimensions, period and parameters, as JSON with sorted names.", nullable=False),
    Property("sequence", Kind.INTEGER, "The newest change of the store that was in it.", nullable=False),
    Property("total_rows", Kind.INTEGER, "Rows of the result; `body` may hold fewer.", nullable=False),
    Property("value", Kind.TEXT, "The headline, exact; empty where it has no sum.", max_length=100),
    Property("body", Kind.TEXT, "Columns, rows, coverage and sources, as JSON.", nullable=False),
)
_CHILDREN = {
    "customers": ("contacts", "addresses"),
    "suppliers": ("contacts", "addresses"),
    "orders": ("shipments", "returns", "invoices"),
    "purchase_orders": ("receipts",),
}
"""Rows that a row may be read with, beside those that cannot be without it. Few for each: no customer's orders."""


@cache
def entity_sets() -> dict[str, EntitySet]:
    """All sets by name."""
    sets = {name: _canonical(entity) for name, entity in ENTITIES.items()}
    sets |= {name: _history(entity) for name, entity in HISTORIES.items()}
    sets |= {golden: _golden(golden, entity) for entity, golden in GOLDEN.items()}
    sets[SNAPSHOTS] = EntitySet(
        SNAPSHOTS, "MetricSnapshot", "One result of a metric, as it was known then.", "hub_snapshots", ("id",),
        {each.name: each for each in _SNAPSHOT}, forgets=False,
    )  # fmt: skip
    for entity in (*ENTITIES.values(), *HISTORIES.values()):
        _add_navigations(entity, sets)
    return sets


@cache
def _spellings() -> dict[str, str]:
    return {name.replace("_", ""): name for name in entity_sets()}


def set_named(name: str) -> EntitySet | None:
    """A set by its name; `OrderLines` finds `order_lines`, too."""
    return entity_sets().get(_spellings().get(name.replace("_", "").lower(), ""))


def _canonical(entity: Entity) -> EntitySet:
    own = [_property(column) for column in entity.columns]
    properties = [_SOURCE, *own, *_golden_ids(entity), *_TRACKED, _IS_DELETED]
    return EntitySet(
        entity.name, _type_name(entity.title), entity.description, entity.name, ("source", "source_id"),
        {each.name: each for each in properties},
    )  # fmt: skip


def _history(entity: Entity) -> EntitySet:
    own = [_property(column) for column in entity.columns]
    properties = [_SOURCE, *own, *_golden_ids(entity), _TRACKED[2]]
    return EntitySet(
        entity.name, "StockHistory", entity.description, entity.name, ("source", "source_id", "changed_at"),
        {each.name: each for each in properties}, forgets=False,
    )  # fmt: skip


def _golden(name: str, entity: str) -> EntitySet:
    from hub.store.identity_tables import GOLDEN_TABLES

    model = next(each for each in GOLDEN_TABLES if each.__tablename__ == name)
    properties = {}
    for column in model.__table__.columns:  # type: ignore[union-attr]
        told = model.model_fields[column.name].description or ""
        rule = column.info.get("rule", {})
        properties[column.name] = Property(
            column.name, _kind_of(column), told, nullable=bool(column.nullable), max_length=rule.get("max_length"),
            vocabulary=rule.get("vocabulary", ()),
        )  # fmt: skip
    description = (model.__doc__ or "").split(":")[0]
    ordered = {"golden_id": properties["golden_id"], **properties, _IS_DELETED.name: _IS_DELETED}
    return EntitySet(name, f"Golden{_type_name(ENTITIES[entity].title)}", description, name, ("golden_id",), ordered)


def _kind_of(column: object) -> Kind:
    """The kind of a golden table's column; the few that say none are texts, moments and whole numbers."""
    from hub.model.columns import UtcMoment

    info = getattr(column, "info", {})
    if "kind" in info:
        return Kind(info["kind"])
    type_ = getattr(column, "type", None)
    if isinstance(type_, UtcMoment):
        return Kind.UTC
    return Kind.INTEGER if "INT" in str(type_).upper() else Kind.TEXT


def _property(column: Column) -> Property:
    return Property(
        column.name, column.kind, column.description, nullable=not column.required, max_length=column.max_length,
        vocabulary=column.vocabulary,
    )  # fmt: skip


def _golden_ids(entity: Entity) -> Iterator[Property]:
    """The golden record of the row itself, and of the customer and the product that it names."""
    if entity.name in GOLDEN:
        yield _golden_id("golden_id", entity.name, "source_id", "The golden record it belongs to.")
    for column in entity.columns:
        if column.name in ("customer_source_id", "product_source_id") and column.refers_to:
            name = column.name.removesuffix("_source_id")
            yield _golden_id(f"{name}_golden_id", column.refers_to, column.name, f"Golden record of the {name}.")


def _golden_id(name: str, entity: str, column: str, description: str) -> Property:
    return Property(name, Kind.TEXT, description, max_length=40, lookup=(entity, column))


def _type_name(title: str) -> str:
    """`Order line` -> `OrderLine`."""
    return "".join(word[0].upper() + word[1:] for word in title.split())


def _add_navigations(entity: Entity, sets: dict[str, EntitySet]) -> None:
    own = sets[entity.name]
    for column in _references(entity):
        assert column.refers_to is not None
        name = column.name.removesuffix("_source_id")
        if name in own.properties:  # opportunities have a `lead_source` of their own
            name = ENTITIES[column.refers_to].title.lower()
        pairs = (("source", "source"), (column.name, "source_id"))
        own.navigations[name] = Navigation(name, column.refers_to, False, pairs, column.description)
        if column.required or entity.name in _CHILDREN.get(column.refers_to, ()):
            back = tuple((there, here) for here, there in pairs)
            owner = sets[column.refers_to]
            owner.navigations[entity.name] = Navigation(entity.name, entity.name, True, back, entity.description)
    for property in own.properties.values():
        if property.lookup is not None:
            name = property.name.removesuffix("_id")
            target = GOLDEN[property.lookup[0]]
            own.navigations[name] = Navigation(
                name, target, False, ((property.name, "golden_id"),), property.description
            )


def _references(entity: Entity) -> Iterable[Column]:
    return (column for column in entity.columns if column.refers_to is not None)
