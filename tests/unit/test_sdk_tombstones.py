"""What a source tells of a deleted row is its key; the records made of it have ids of their own."""

from __future__ import annotations

from hub.sdk import FieldMap, at, const, entities, first_of, joined
from hub.sdk.tombstones import names_of, tombstones

MAPS = (
    FieldMap(entities.Customer, {"source_id": at("id"), "name": at("name")}),
    FieldMap(entities.Address, {"source_id": joined("id", const("shipping"), separator="/"), "city": at("city")}),
    FieldMap(entities.ProductUnit, {"source_id": joined("id", "unit"), "product_source_id": at("id")}),
    FieldMap(entities.Lead, {"source_id": first_of("lead", "id"), "name": at("name")}),
)


def test_each_entity_knows_the_row_by_its_own_id() -> None:
    names = names_of(MAPS, "id")
    assert tombstones(names, ["7", "8"]) == {"customers": ["7", "8"], "addresses": ["7/shipping", "8/shipping"]}


def test_what_is_keyed_by_more_than_the_row_s_key_is_left_out() -> None:
    assert set(names_of(MAPS, "id")) == {"customers", "addresses"}
    assert names_of(MAPS, "other") == {}


def test_nothing_gone_is_no_tombstone() -> None:
    assert tombstones(names_of(MAPS, "id"), []) == {}
