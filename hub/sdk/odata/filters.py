"""`$filter` as data: conditions that write themselves, with the type that the metadata gives their field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from hub.sdk.odata.literal import literal
from hub.sdk.odata.version import Version

TypeOf = Callable[[str], str | None]
"""The Edm type of a field by its path (`to_Item/Material`); None where it is not known."""


class Filter(Protocol):
    """A condition. `text` is not percent-encoded yet."""

    def text(self, version: Version, type_of: TypeOf) -> str: ...


@dataclass(frozen=True)
class Compare:
    """`field op value`. `edm` says the value's type where the metadata is not at hand or the service wants another."""

    field: str
    op: str
    value: Any
    edm: str | None = None

    def text(self, version: Version, type_of: TypeOf) -> str:
        return f"{self.field} {self.op} {literal(self.value, self.edm or type_of(self.field), version)}"


@dataclass(frozen=True)
class Joint:
    """Several conditions under `and` or `or`; each is put in parentheses where it is a joint itself."""

    word: str
    parts: tuple[Filter, ...]

    def text(self, version: Version, type_of: TypeOf) -> str:
        return f" {self.word} ".join(
            f"({part.text(version, type_of)})" if isinstance(part, Joint | Raw) else part.text(version, type_of)
            for part in self.parts
        )


@dataclass(frozen=True)
class Contains:
    """Whether a text holds another: `contains(field,'x')`, before version 4 `substringof('x',field)`."""

    field: str
    value: str

    def text(self, version: Version, type_of: TypeOf) -> str:
        wanted = literal(self.value, "Edm.String", version)
        return f"contains({self.field},{wanted})" if version is Version.V4 else f"substringof({wanted},{self.field})"


@dataclass(frozen=True)
class Raw:
    """A condition as written. Never put a value into it: use the others, which quote."""

    condition: str

    def text(self, version: Version, type_of: TypeOf) -> str:
        return self.condition


def eq(field: str, value: Any, edm: str | None = None) -> Filter:
    return Compare(field, "eq", value, edm)


def ne(field: str, value: Any, edm: str | None = None) -> Filter:
    return Compare(field, "ne", value, edm)


def gt(field: str, value: Any, edm: str | None = None) -> Filter:
    return Compare(field, "gt", value, edm)


def ge(field: str, value: Any, edm: str | None = None) -> Filter:
    return Compare(field, "ge", value, edm)


def lt(field: str, value: Any, edm: str | None = None) -> Filter:
    return Compare(field, "lt", value, edm)


def le(field: str, value: Any, edm: str | None = None) -> Filter:
    return Compare(field, "le", value, edm)


def all_of(*parts: Filter | None) -> Filter | None:
    """All that are not None; None where none is left."""
    return _joint("and", parts)


def any_of(*parts: Filter | None) -> Filter | None:
    return _joint("or", parts)


def one_of(field: str, values: Iterable[Any], edm: str | None = None) -> Filter | None:
    """Whether the field has one of the values, as a chain of `or`, which every server knows. None for no values."""
    return any_of(*(eq(field, value, edm) for value in values))


def after(fields: Sequence[str], values: Sequence[Any]) -> Filter:
    """Rows that come after the one with these values, in the order of these fields; none of them may be null."""
    steps: list[Filter | None] = []
    for place, field in enumerate(fields):
        same = [eq(each, value) for each, value in zip(fields[:place], values[:place], strict=True)]
        steps.append(all_of(*same, gt(field, values[place])))
    found = any_of(*steps)
    assert found is not None, "an order has at least one field"
    return found


def fields_of(condition: Filter) -> Iterator[str]:
    """The fields that a condition names; none of a raw one."""
    if isinstance(condition, Joint):
        for part in condition.parts:
            yield from fields_of(part)
    elif isinstance(condition, Compare | Contains):
        yield condition.field


def _joint(word: str, parts: Iterable[Filter | None]) -> Filter | None:
    given = tuple(part for part in parts if part is not None)
    return given[0] if len(given) == 1 else Joint(word, given) if given else None
