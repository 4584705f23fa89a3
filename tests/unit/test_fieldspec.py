"""What an admin writes under `fields:` becomes a map, or a mistake at its own place."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from hub.convert import CONVERTERS
from hub.fieldspec import EntityMapSpec, EntityOverrides, FieldOverrides, FieldSpec, WhereSpec, field_source, overridden
from hub.mapping import At, Coalesced, Collected, Const, FieldMap, Joined, Where, apply, at
from hub.model.catalog import Customer


class Settings(BaseModel):
    """As `hub.sdk.config.ConnectorConfig` has it."""

    fields: EntityOverrides = {}


def mistakes(given: Any, model: type[BaseModel] = Settings) -> dict[tuple[int | str, ...], str]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(given)
    return {error["loc"]: error["msg"] for error in caught.value.errors()}


def customer_mistakes(**fields: Any) -> dict[tuple[int | str, ...], str]:
    return {place[2:]: text for place, text in mistakes({"fields": {"customers": fields}}).items()}


@pytest.mark.parametrize(
    ("written", "source"),
    [
        ("company_name", At("company_name")),
        (2024, At("2024")),
        ({"path": "d", "format": "%d.%m.%Y", "timezone": "UTC"},
         At("d", options={"format": "%d.%m.%Y", "timezone": "UTC"})),
        ({"path": "d", "convert": "date", "default": "x"}, At("d", convert="date", default="x")),
        ({"path": "s", "values": {"Sent": "shipped", 0: "open", True: "draft", "on": "on_hold"}},
         At("s", values={"Sent": "shipped", "0": "open", "true": "draft", "yes": "draft", "on": "on_hold"})),
        ({"const": "open"}, Const("open")),
        ({"const": None}, Const(None)),
        ({"join": ["a", {"path": "b", "convert": "integer"}, {"const": "x"}], "separator": "/"},
         Joined((At("a"), At("b", convert="integer"), Const("x")), "/")),
        ({"join": ["a", "b"]}, Joined((At("a"), At("b")))),
        ({"first_of": ["a", {"path": "b", "default": 1}]}, Coalesced((At("a"), At("b", default=1)))),
    ],
)  # fmt: skip
def test_every_way_to_name_a_source(written: Any, source: Any) -> None:
    assert field_source(FieldSpec.model_validate(written)) == source


def test_overrides_go_over_a_built_in_map() -> None:
    settings = Settings.model_validate(
        {"fields": {"customers": {"name": "company", "email": None, "extras": ["note", "address.zip"]}}}
    )
    fields = FieldMap(Customer, {"source_id": at("id"), "email": at("mail"), "phone": at("tel")})
    merged = overridden(fields, settings.fields["customers"])
    assert merged.fields == {
        "source_id": At("id"),
        "phone": At("tel"),
        "name": At("company"),
        "extras": Collected({"note": "note", "address.zip": "address.zip"}),
    }
    row = {"id": 1, "company": "X", "address": {"zip": 12}}
    assert apply([merged], [row]).batches[0].lists()["extras"] == ['{"address.zip":12}']


def test_extras_may_be_named() -> None:
    overrides = FieldOverrides.model_validate({"extras": {"hint": "notes.0.text"}})
    assert overrides.extras == {"hint": "notes.0.text"}
    assert overrides.specs == {}


def test_unknown_names_are_told_with_the_nearest_right_one() -> None:
    found = mistakes({"fields": {"custmers": {}, "orders": {"totl": "x", "total": {"path": "x", "default": 0}}}})
    assert found == {
        ("fields", "custmers"): "there is no entity `custmers`. Did you mean `customers`?",
        ("fields", "orders", "totl"): "orders has no column `totl`. Did you mean `total`?",
    }


def test_the_words_of_other_tools_are_told_as_ours() -> None:
    told = customer_mistakes(name={"from": "a", "map": {"x": "y"}}, country={"value": "DE"})
    assert told["name", "from"] == "a field has no option `from`. Did you mean `path`?"
    assert told["name", "map"] == "a field has no option `map`. Did you mean `values`?"
    assert told["country", "value"] == "a field has no option `value`. Did you mean `const`?"


def test_mistakes_within_a_field_stand_at_their_own_key() -> None:
    assert customer_mistakes(
        name={"path": "a", "formt": "x"},
        country={"path": "a", "convert": "contry"},
        employees={"path": "a", "convert": "integer", "round": 2},
        phone={"path": "a", "const": "b"},
        website={},
        email=["a"],
        segment={"join": [{"path": "a", "values": {"x": {"first_of": ["b"]}}}, {"join": ["b"]}]},
    ) == {
        ("name", "formt"): "a field has no option `formt`. Did you mean `format`?",
        ("country", "convert"): "there is no converter `contry`. Did you mean `country`?",
        (
            "employees",
            "round",
        ): "`integer` has no option `round`; it takes decimal, thousands.",
        ("phone",): "a field needs exactly one of `path`, `const`, `join`, `first_of`; this has `path` and `const`.",
        ("website",): "a field needs exactly one of `path`, `const`, `join`, `first_of`; this has none of them.",
        ("email",): "a path, or an object with one of `path`, `const`, `join`, `first_of`.",
        ("segment", "join"): "a part is a path or a constant.",
    }


def test_options_belong_to_a_path() -> None:
    assert customer_mistakes(
        name={"join": ["a", "b"], "default": "x", "separater": "-"},
        kind={"const": "company", "values": {"a": "b"}},
        phone={"path": "a", "separator": "-"},
        email={"first_of": [{"const": "x"}]},
    ) == {
        ("name", "default"): "`default` belongs to a part of `join`: write `{path: …, default: …}` there.",
        ("name", "separater"): "`separater` belongs to a part of `join`: write `{path: …, separater: …}` there.",
        ("kind", "values"): "`values` has no meaning beside `const`.",
        ("phone", "separator"): "`separator` belongs to `join`.",
        ("email", "first_of"): "a part is a path.",
    }


def test_what_does_not_fit_the_column_stands_at_the_column() -> None:
    assert customer_mistakes(
        source_id=None,
        created_at={"path": "a", "decimal": ","},
        name={"path": "a", "convert": "date"},
        kind={"const": "firm"},
        employees={"path": "a", "default": "many"},
        annual_revenue={"path": "a", "values": {"x": "y"}},
        country={"path": "a..b"},
        status={"join": ["a", "b"]},
        total="x",
    ) == {
        ("source_id",): "`source_id` is required; it cannot be taken out.",
        ("created_at", "decimal"): "`utc` has no option `decimal`; it takes format, epoch, timezone.",
        ("name", "convert"): "`date` makes date, but name holds text.",
        ("kind", "const"): "the constant is `firm`, which is none of: company, person; list it under `values`.",
        ("employees", "default"): "a value under `default` is not a number.",
        ("annual_revenue", "values"): "a value under `values` is not a number.",
        (
            "country",
            "path",
        ): "`a..b` is not a path; write `field`, `field.inner` or `list.0`, and `\\.` for a dot in a key.",
        ("status", "join"): "`join` makes a free text, but status holds one of its own words.",
        ("total",): "customers has no column `total`.",
    }


def test_a_whole_map_in_yaml() -> None:
    spec = EntityMapSpec.model_validate(
        {
            "entity": "order_lines",
            "fields": {
                "source_id": {"join": ["^InvoiceNo", "no"]},
                "order_source_id": "^InvoiceNo",
                "extras": ["Gift"],
            },
            "each": "lines",
            "where": [{"path": "^InvoiceNo", "no_prefix": "C"}, {"path": "kind", "one_of": ["a", 1, True]}],
            "replaces": "order_source_id",
            "optional": True,
        }
    )
    fields = spec.field_map()
    assert fields.entity.name == "order_lines"
    assert (fields.each, fields.replaces, fields.optional) == ("lines", "order_source_id", True)
    assert fields.where == (Where("^InvoiceNo", no_prefix="C"), Where("kind", one_of=("a", "1", "true", "yes", "on")))
    assert fields.fields["extras"] == Collected({"Gift": "Gift"})
    assert fields.plan.depth == 1


def test_a_whole_map_needs_what_its_entity_needs() -> None:
    assert mistakes({"entity": "order_lines", "fields": {"source_id": "id"}}, EntityMapSpec) == {
        ("fields",): "order_lines needs `order_source_id`: Order."
    }
    assert mistakes({"entity": "ordrs", "fields": {}}, EntityMapSpec) == {
        ("entity",): "there is no entity `ordrs`. Did you mean `orders`?"
    }
    lines = {"entity": "order_lines", "fields": {"source_id": "id", "order_source_id": "o", "skuu": "x"}}
    assert mistakes({**lines, "replaces": "order_source_id"}, EntityMapSpec) == {
        ("fields", "skuu"): "order_lines has no column `skuu`. Did you mean `sku`?",
        ("replaces",): "`replaces` needs `each`: only a list inside its parent is known to be whole.",
    }
    assert ("replaces",) in mistakes({**lines, "each": "l", "replaces": "order_sorce_id"}, EntityMapSpec)


def test_a_condition_needs_a_test() -> None:
    assert () in mistakes({"path": "x"}, WhereSpec)
    assert ("prefx",) in mistakes({"path": "x", "prefx": "C"}, WhereSpec)
    assert WhereSpec.model_validate({"path": "x", "empty": True}).where() == Where("x", empty=True)
    assert WhereSpec.model_validate({"path": "x", "equals": 5}).where() == Where("x", equals="5")


def test_yes_in_yaml_stands_for_all_the_words_that_yaml_takes_for_it() -> None:
    assert WhereSpec.model_validate({"path": "x", "equals": False}).where() == Where("x", one_of=("false", "no", "off"))


def test_editors_are_told_every_option() -> None:
    schema = Settings.model_json_schema()["$defs"]["FieldSpec"]
    text, written_out = schema["anyOf"]
    assert text["type"] == "string"
    options = {option.name for converter in CONVERTERS.values() for option in converter.options}
    assert options <= set(written_out["properties"])
    assert set(written_out["properties"]["convert"]["enum"]) == {*CONVERTERS, None}
    assert written_out["properties"]["percent"]["type"] == "boolean"
