"""What a query must ask for, told by the maps."""

from __future__ import annotations

from hub.sdk import ConnectorConfig, FieldMap, Stream, Where, at, computed, const, entities, first_of, joined
from hub.sdk.fields import column_paths, maps_of, source_paths


def _nothing(rows):  # type: ignore[no-untyped-def]
    return [None for _ in rows]


LINES = FieldMap(
    entities.OrderLine,
    {
        "source_id": joined("^id", "position"),
        "order_source_id": at("^^id"),
        "sku": first_of("sku", "variant.sku"),
        "tax": computed(_nothing, uses=("taxes.price", "^rate")),
    },
    each="parcels[].lines.nodes",
    where=(Where("^^test", equals="false"),),
)


def test_paths_start_at_the_page_s_own_row() -> None:
    assert set(source_paths(LINES)) == {
        ("parcels",),
        ("parcels", "lines", "nodes"),
        ("parcels", "id"),
        ("parcels", "lines", "nodes", "position"),
        ("id",),
        ("parcels", "lines", "nodes", "sku"),
        ("parcels", "lines", "nodes", "variant", "sku"),
        ("parcels", "lines", "nodes", "taxes", "price"),
        ("parcels", "rate"),
        ("test",),
    }


def test_a_column_tells_what_it_is_made_of_and_whether_any_of_it_will_do() -> None:
    found = {each.column: each for each in column_paths(LINES)}
    assert found["source_id"].paths == (("parcels", "id"), ("parcels", "lines", "nodes", "position"))
    assert not found["source_id"].any_will_do
    assert found["sku"].paths == (("parcels", "lines", "nodes", "sku"), ("parcels", "lines", "nodes", "variant", "sku"))
    assert found["sku"].any_will_do
    assert found["tax"].any_will_do


def test_a_constant_is_made_of_nothing() -> None:
    constant = FieldMap(entities.Customer, {"source_id": at("id"), "kind": const("company")})
    assert [each.column for each in column_paths(constant)] == ["source_id"]


def test_what_an_admin_writes_is_asked_for_and_what_he_takes_out_is_not() -> None:
    stream = Stream("customers", (FieldMap(entities.Customer, {"source_id": at("id"), "email": at("mail")}),))
    fields = {"customers": {"email": None, "tax_id": "vat", "extras": ["note"]}}
    config = ConnectorConfig.model_validate({"kind": "shop", "fields": fields})
    (changed,) = maps_of(config, stream)
    assert set(source_paths(changed)) == {("id",), ("vat",), ("note",)}


def test_without_overrides_the_maps_are_the_stream_s_own() -> None:
    stream = Stream("lines", (LINES,))
    assert maps_of(ConnectorConfig(kind="shop"), stream) == (LINES,)  # type: ignore[call-arg]
