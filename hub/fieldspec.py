"""How YAML says where a field comes from: data only, never an expression or a template.

    name: company_name                                                    a path of the source row
    ordered_at: {path: date, format: "%d.%m.%Y", timezone: Europe/Berlin} with a converter's options
    status: {path: state, values: {Sent: shipped, "*": open}}             the source's words -> ours
    currency: {const: EUR}                                                the same for every row
    source_id: {join: [order_id, line_no], separator: ":"}                several values as one text
    email: {first_of: [email, contact.email]}                             the first that has a value
    tax: null                                                             takes the built-in field out
    extras: [note, tags]                                                  kept beside, as JSON; or {name: path}

Columns are checked against the entity, converters and options against `hub.convert.CONVERTERS`. Every mistake is a
pydantic error at its own key, so that the settings can tell file, line and column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ValidationError,
    model_validator,
)
from pydantic_core import CoreSchema, InitErrorDetails, PydanticCustomError

from hub import convert
from hub.fieldsource import field_map, field_source, overridden, where_of
from hub.mapping import FieldMap, Where, mistake_in
from hub.model.catalog import ENTITIES
from hub.model.kinds import Entity

Mistake = tuple[tuple[str | int, ...], str]
"""Where, from the checked object down, and what is wrong."""


def _raise(title: str, mistakes: Iterable[Mistake], given: Any) -> None:
    """All mistakes as one pydantic error, each at its own place; nothing where there are none."""
    details = [
        InitErrorDetails(type=PydanticCustomError("field_spec", _literal(text)), loc=place, input=given)
        for place, text in mistakes
    ]
    if details:
        raise ValidationError.from_exception_data(title, details)


def _literal(text: str) -> Any:
    """pydantic asks for a literal text in its types; ours name what was written. Nothing is filled in."""
    return text


def _path(value: Any) -> Any:
    """A column header may be a number."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Path = Annotated[str, BeforeValidator(_path), Field(min_length=1)]
_WAYS = ("path", "const", "join", "first_of")


class FieldSpec(BaseModel):
    """Where one column's value comes from. A plain text stands for `{path: text}`. Further keys are the options of the
    converter: that of `convert`, or the column's own."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)
    KEPT_PROPERTIES: ClassVar = ("options",)

    path: Path | None = Field(
        None, description="`customer.id` goes down, `lines.0` into a list, `^id` to the parent row."
    )
    const: Any = Field(None, description="The same value for every row.")
    join: tuple[FieldSpec, ...] | None = Field(None, description="Paths whose values become one text.")
    first_of: tuple[FieldSpec, ...] | None = Field(None, description="Paths; the first that has a value counts.")
    separator: str = Field(":", description="Stands between the parts of `join`.")
    convert: str | None = Field(None, description="Name of a converter, where the column's own does not do.")
    default: Any = Field(None, description="Taken where the path is missing, null or blank.")
    values: dict[str, Any] | None = Field(
        None, description='The source\'s words -> ours; `"*"` stands for all others, null for no value.'
    )

    @classmethod
    def __get_pydantic_json_schema__(cls, core: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        schema = handler(core)
        _describe_options(handler.resolve_ref_schema(schema))
        return {"anyOf": [{"type": "string", "description": "Path of the source row."}, schema]}

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: Any) -> Any:
        if isinstance(given, dict):
            values = given.get("values")
            if isinstance(values, dict):
                spelled = [(text, ours) for word, ours in values.items() for text in _spellings(word)]
                return {**given, "values": dict(spelled) | {word: values[word] for word in values if _is_text(word)}}
            return given
        if isinstance(given, FieldSpec):
            return given
        path = _path(given)
        if isinstance(path, str):
            return {"path": path}
        raise PydanticCustomError("field_spec", "a path, or an object with one of `path`, `const`, `join`, `first_of`.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        _raise("FieldSpec", self._mistakes(), None)
        return self

    def _mistakes(self) -> Iterator[Mistake]:
        given = [way for way in _WAYS if way in self.model_fields_set]
        if len(given) != 1:
            has = f"this has {' and '.join(f'`{way}`' for way in given)}" if given else "this has none of them"
            yield (), f"a field needs exactly one of `path`, `const`, `join`, `first_of`; {has}."
            yield from self._unknown_options()
            return
        if given[0] != "path":
            for name in ("values", "default", "convert", *self.options):
                if name in self.model_fields_set or name in self.options:
                    yield (name,), _misplaced(name, given[0])
        if "separator" in self.model_fields_set and given[0] != "join":
            yield ("separator",), "`separator` belongs to `join`."
        for part in self.join or ():
            if part.join or part.first_of:
                yield ("join",), "a part is a path or a constant."
        for part in self.first_of or ():
            if part.path is None:
                yield ("first_of",), "a part is a path."
        if given[0] == "path":
            yield from self._converter_mistakes()

    def _converter_mistakes(self) -> Iterator[Mistake]:
        if self.convert is not None:
            converter = convert.CONVERTERS.get(self.convert)
            if converter is None:
                near = convert.nearest(self.convert, list(convert.CONVERTERS))
                yield ("convert",), f"there is no converter `{self.convert}`.{near}"
            else:
                for name, text in convert.mistakes_in(converter, self.options):
                    yield (name,), text
            return
        yield from self._unknown_options()

    def _unknown_options(self) -> Iterator[Mistake]:
        known = {option.name for converter in convert.CONVERTERS.values() for option in converter.options}
        for name in self.options:
            if name not in known:
                meant = _MEANT.get(name)
                near = (
                    f" Did you mean `{meant}`?" if meant else convert.nearest(name, [*known, *type(self).model_fields])
                )
                yield (name,), f"a field has no option `{name}`.{near}"

    @property
    def options(self) -> dict[str, Any]:
        """The converter's options among the keys."""
        return dict(self.model_extra or {})


_MEANT = {
    **dict.fromkeys(("from", "field", "column", "source", "name", "key"), "path"),
    **dict.fromkeys(("value", "constant", "literal"), "const"),
    **dict.fromkeys(("map", "mapping", "lookup", "enum", "translate"), "values"),
    **dict.fromkeys(("concat", "concatenate"), "join"),
    **dict.fromkeys(("coalesce", "any_of", "fallback"), "first_of"),
}
"""What other tools call these."""


def _is_text(word: Any) -> bool:
    return isinstance(word, str)


def _spellings(word: Any) -> tuple[Any, ...]:
    """The texts that a word in YAML may stand for: `1` is a number there, and `yes`, `on` and `true` are the same."""
    if isinstance(word, bool):
        return ("true", "yes", "on") if word else ("false", "no", "off")
    if isinstance(word, int | float) or word is None:
        return (convert.plain_text(word) or "",)
    return (word,)


def _misplaced(name: str, way: str) -> str:
    if way == "const":
        return f"`{name}` has no meaning beside `const`."
    return f"`{name}` belongs to a part of `{way}`: write `{{path: …, {name}: …}}` there."


def _describe_options(schema: dict[str, Any]) -> None:
    """Tell the editor's JSON Schema every converter's options."""
    properties = schema["properties"]
    properties["convert"] = {**properties["convert"], "enum": [*convert.CONVERTERS, None]}
    properties["convert"].pop("anyOf", None)
    for converter in convert.CONVERTERS.values():
        for option in converter.options:
            kind: dict[str, Any] = {"type": {str: "string", int: "integer", bool: "boolean"}[option.type]}
            if option.choices:
                kind["enum"] = list(option.choices)
            if option.many:
                kind = {"anyOf": [kind, {"type": "array", "items": kind}]}
            properties[option.name] = {**kind, "description": option.description}
    schema["additionalProperties"] = False


def _named(extras: Any) -> Any:
    """`[note, customer.tags]` -> name -> path; the name is the path."""
    if isinstance(extras, list | tuple):
        return {str(_path(path)): path for path in extras}
    return extras


Extras = Annotated[dict[str, Path], BeforeValidator(_named, json_schema_input_type=list[str] | dict[str, str])]


class FieldOverrides(BaseModel):
    """What stands under `fields:` for one entity: column -> where its value comes from; null takes a field out."""

    model_config = ConfigDict(extra="allow", frozen=True, defer_build=True)
    __pydantic_extra__: dict[str, FieldSpec | None] = Field(init=False)
    KEPT_PROPERTIES: ClassVar = ("specs",)

    extras: Extras | None = Field(
        None, description="Further fields to keep, as JSON: a list of paths, or name -> path."
    )

    @property
    def specs(self) -> dict[str, FieldSpec | None]:
        return dict(self.__pydantic_extra__)

    def mistakes(self, entity: Entity) -> Iterator[Mistake]:
        """What does not fit the entity."""
        for name, spec in self.specs.items():
            if name not in entity:
                near = convert.nearest(name, [column.name for column in entity.columns])
                yield (name,), f"{entity.name} has no column `{name}`.{near}"
            elif spec is None:
                if entity[name].required:
                    yield (name,), f"`{name}` is required; it cannot be taken out."
            else:
                yield from _misfits(entity, name, spec)


def _misfits(entity: Entity, name: str, spec: FieldSpec) -> Iterator[Mistake]:
    found = mistake_in(entity[name], field_source(spec))
    if found is not None:
        option, text = found
        yield (name, *((option,) if option in spec.model_fields_set or option in spec.options else ())), text


def _check_entities(fields: dict[str, FieldOverrides]) -> dict[str, FieldOverrides]:
    _raise("fields", _entity_mistakes(fields), None)
    return fields


def _entity_mistakes(fields: Mapping[str, FieldOverrides]) -> Iterator[Mistake]:
    for name, overrides in fields.items():
        entity = ENTITIES.get(name)
        if entity is None:
            yield (name,), f"there is no entity `{name}`.{convert.nearest(name, list(ENTITIES))}"
        else:
            yield from (((name, *place), text) for place, text in overrides.mistakes(entity))


EntityOverrides = Annotated[dict[str, FieldOverrides], AfterValidator(_check_entities)]
"""A connector's `fields:`: canonical entity -> its overrides, all of it checked."""


def _text(value: Any) -> Any:
    return value if value is None else _spellings(value)[0]


def _texts(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(text for each in value for text in _spellings(each))
    return value


Text = Annotated[str, BeforeValidator(_text)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_texts), Field(min_length=1)]


class WhereSpec(BaseModel):
    """A row is let in when the value at `path`, as a text, passes every test."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    path: Path = Field(description="Path in the source row.")
    equals: Text | None = Field(None, description="It is this text.")
    one_of: Texts | None = Field(None, description="It is one of these texts.")
    not_one_of: Texts | None = Field(None, description="It is none of these texts.")
    prefix: Text | None = Field(None, description="It begins with this text.")
    no_prefix: Text | None = Field(None, description="It does not begin with this text.")
    empty: bool | None = Field(None, description="true: missing, null or blank; false: something is there.")

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, given: Any) -> Any:
        """`equals: yes` is true in YAML: any of the words it stands for will do."""
        if isinstance(given, dict) and isinstance(given.get("equals"), bool) and "one_of" not in given:
            return {key: value for key, value in given.items() if key != "equals"} | {"one_of": [given["equals"]]}
        return given

    @model_validator(mode="after")
    def _has_test(self) -> Self:
        if self.model_fields_set <= {"path"}:
            tests = ", ".join(f"`{name}`" for name in type(self).model_fields if name != "path")
            raise PydanticCustomError("field_spec", _literal(f"a condition needs a test: {tests}."))
        return self

    def where(self) -> Where:
        return where_of(self)


class EntityMapSpec(BaseModel):
    """How one canonical entity is made from a stream's rows, said wholly in YAML."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    entity: str = Field(description="Canonical entity, such as `orders`.")
    fields: FieldOverrides = Field(description="Column -> where its value comes from.")
    each: Path | None = Field(None, description="Path of a list inside the row; every element becomes a record.")
    where: tuple[WhereSpec, ...] = Field((), description="All must hold for a row to be let in.")
    replaces: str | None = Field(
        None, description="Column with the parent's id: records that a parent came again without are removed."
    )
    optional: bool = Field(False, description="A missing `each` list means: not sent, so nothing is removed.")

    @model_validator(mode="after")
    def _check(self) -> Self:
        _raise("EntityMapSpec", self._mistakes(), None)
        return self

    def _mistakes(self) -> Iterator[Mistake]:
        entity = ENTITIES.get(self.entity)
        if entity is None:
            yield ("entity",), f"there is no entity `{self.entity}`.{convert.nearest(self.entity, list(ENTITIES))}"
            return
        yield from ((("fields", *place), text) for place, text in self.fields.mistakes(entity))
        for column in entity.columns:
            if column.required and column.name not in self.fields.specs:
                yield ("fields",), f"{entity.name} needs `{column.name}`: {column.description}"
        if self.replaces is not None:
            yield from self._replaces_mistakes(entity)

    def _replaces_mistakes(self, entity: Entity) -> Iterator[Mistake]:
        if self.each is None:
            yield ("replaces",), "`replaces` needs `each`: only a list inside its parent is known to be whole."
        elif self.replaces not in self.fields.specs:
            near = convert.nearest(str(self.replaces), [column.name for column in entity.columns])
            yield ("replaces",), f"`replaces` names a column among `fields`; `{self.replaces}` is not there.{near}"

    def field_map(self) -> FieldMap:
        """The same as the mapping understands it."""
        return field_map(self)


__all__ = [
    "EntityMapSpec", "EntityOverrides", "FieldOverrides", "FieldSpec", "WhereSpec", "field_source", "overridden",
]  # fmt: skip
