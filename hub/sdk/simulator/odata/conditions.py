"""Filters checked against a type, and turned into functions of a row."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from hub.sdk.simulator.odata.data import Data
from hub.sdk.simulator.odata.grammar import Among, Call, Compare, Expression, Logic, Path, syntax_error
from hub.sdk.simulator.odata.model import EntitySet, Property
from hub.sdk.simulator.odata.refusals import ODataRefusal, Reason
from hub.sdk.simulator.odata.values import NUMERIC, Literal, Version, mismatch, value_of
from hub.sdk.simulator.table import SimRow

Getter = Callable[[SimRow], Any]
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
}  # fmt: skip
_TEXT, _NUMBER, _FLAG = Property("", "String"), Property("", "Int32"), Property("", "Boolean")


@dataclass(frozen=True)
class Function:
    """A function of the protocol: what its arguments and its result are. None: any moment."""

    arguments: tuple[Property | None, ...]
    result: Property
    call: Callable[..., Any]


def _part(name: str) -> Function:
    return Function((None,), _NUMBER, lambda moment: getattr(moment, name))


_EVERY = {
    "startswith": Function((_TEXT, _TEXT), _FLAG, str.startswith),
    "endswith": Function((_TEXT, _TEXT), _FLAG, str.endswith),
    "tolower": Function((_TEXT,), _TEXT, str.lower),
    "toupper": Function((_TEXT,), _TEXT, str.upper),
    "trim": Function((_TEXT,), _TEXT, str.strip),
    "length": Function((_TEXT,), _NUMBER, len),
    "indexof": Function((_TEXT, _TEXT), _NUMBER, str.find),
    "concat": Function((_TEXT, _TEXT), _TEXT, operator.add),
    "substring": Function((_TEXT, _NUMBER), _TEXT, lambda text, start: text[start:]),
    **{name: _part(name) for name in ("year", "month", "day", "hour", "minute", "second")},
}
FUNCTIONS = {
    Version.V2: _EVERY | {"substringof": Function((_TEXT, _TEXT), _FLAG, lambda inner, outer: inner in outer)},
    Version.V4: _EVERY
    | {
        "contains": Function((_TEXT, _TEXT), _FLAG, operator.contains),
        "date": Function((None,), Property("", "Date"), datetime.date),
    },
}


@dataclass(frozen=True)
class Typed:
    """An expression that has a type."""

    get: Getter
    type: Property


class Conditions:
    """Compiles for one service. ODataRefusal where names or types don't fit.

    ignore_case   texts are compared as if they were in lower case
    """

    def __init__(self, data: Data, version: Version, *, ignore_case: bool = False) -> None:
        self._data = data
        self._version = version
        self._ignore_case = ignore_case

    def predicate(self, found: EntitySet, expression: Expression) -> Callable[[SimRow], bool]:
        """True where the row is meant; null is not."""
        typed = self._typed(found, expression)
        if typed.type.type != "Boolean":
            raise ODataRefusal(Reason.TYPE_MISMATCH, "The $filter expression must evaluate to a single boolean value.")
        get = typed.get
        return lambda row: get(row) is True

    def getter(self, found: EntitySet, path: Path) -> Typed:
        """The value at a path."""
        if len(path.names) == 1:
            return _own(found, path.names[0])
        navigation = self._data.navigation(found, path.names[0])
        if navigation.many:
            raise syntax_error(f"'{path.names[0]}' is a collection, and no property can be taken of it.")
        inner = self.getter(self._data.target(navigation), Path(path.names[1:]))
        related = self._data.related

        def get(row: SimRow) -> Any:
            rows = related(navigation, row)
            return inner.get(rows[0]) if rows else None

        return Typed(get, inner.type)

    def equals(self, found: EntitySet, expression: Expression | None) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        """A field and the values it may have, where the filter says so: then an index does most of the work."""
        if isinstance(expression, Logic) and expression.word == "and":
            for part in expression.parts:
                names, values = self.equals(found, part)
                if names:
                    return names, values
        if isinstance(expression, Compare) and expression.sign == "eq":
            return self._one_of(found, expression.left, (expression.right,))
        if isinstance(expression, Among):
            return self._one_of(found, expression.left, expression.literals)
        if isinstance(expression, Logic) and expression.word == "or":
            parts = [self.equals(found, part) for part in expression.parts]
            if len({names for names, _ in parts}) == 1 and parts[0][0]:
                return parts[0][0], list(dict.fromkeys(value for _, values in parts for value in values))
        return (), []

    def lower_bound(self, found: EntitySet, expression: Expression | None, path: Path) -> Any:
        """A value that no row can be below at this path; None where the filter does not say so."""
        if isinstance(expression, Logic) and expression.word == "and":
            bounds = (self.lower_bound(found, part, path) for part in expression.parts)
            return next((bound for bound in bounds if bound is not None), None)
        if not isinstance(expression, Compare) or expression.sign not in {"gt", "ge"}:
            return None
        if expression.left != path or not isinstance(expression.right, Literal) or len(path.names) > 1:
            return None
        wanted = found.property(path.names[0])
        return None if self._is_folded(wanted) else value_of(expression.right, wanted, self._version)

    def _one_of(
        self, found: EntitySet, left: Expression, right: tuple[Expression, ...]
    ) -> tuple[tuple[str, ...], list[tuple[Any, ...]]]:
        if not isinstance(left, Path) or len(left.names) > 1 or found.property(left.names[0]).type == "DateTime":
            return (), []
        wanted = found.property(left.names[0])
        if self._is_folded(wanted):
            return (), []
        values = [value_of(each, wanted, self._version) for each in right if isinstance(each, Literal)]
        if len(values) < len(right):
            return (), []
        return left.names, [(value,) for value in dict.fromkeys(values)]

    # -- expressions -----------------------------------------------------------------------------------------------

    def _typed(self, found: EntitySet, expression: Expression) -> Typed:
        if isinstance(expression, Path):
            typed = self.getter(found, expression)
            if not typed.type.filterable:
                raise ODataRefusal(Reason.BAD_OPTION, f"The property '{typed.type.name}' cannot be used in $filter.")
            return typed
        if isinstance(expression, Literal):
            return _constant(expression)
        if isinstance(expression, Call):
            return self._call(found, expression)
        if isinstance(expression, Logic):
            return self._logic(found, expression)
        if isinstance(expression, Among):
            left = self._typed(found, expression.left)
            values = {self._folded(value_of(each, left.type, self._version)) for each in expression.literals}
            return Typed(lambda row: self._folded(left.get(row)) in values, _FLAG)
        return self._comparison(found, expression)

    def _logic(self, found: EntitySet, logic: Logic) -> Typed:
        parts = [self.predicate(found, part) for part in logic.parts]
        if logic.word == "not":
            only = parts[0]
            return Typed(lambda row: not only(row), _FLAG)
        if len(parts) == 2:
            first, second = parts
            if logic.word == "and":
                return Typed(lambda row: first(row) and second(row), _FLAG)
            return Typed(lambda row: first(row) or second(row), _FLAG)
        every = all if logic.word == "and" else any
        return Typed(lambda row: every(part(row) for part in parts), _FLAG)

    def _call(self, found: EntitySet, call: Call) -> Typed:
        function = FUNCTIONS[self._version].get(call.function)
        if function is None:
            raise ODataRefusal(Reason.SYNTAX, f"An unknown function with name '{call.function}' was found.")
        if len(call.arguments) != len(function.arguments):
            raise syntax_error(f"No function signature for '{call.function}' matches the given arguments.")
        getters = [
            self._argument(found, each, wanted).get
            for each, wanted in zip(call.arguments, function.arguments, strict=True)
        ]
        run = function.call

        def get(row: SimRow) -> Any:
            values = [getter(row) for getter in getters]
            return None if None in values else run(*values)

        return Typed(get, replace(function.result, name=call.function))

    def _argument(self, found: EntitySet, given: Expression, wanted: Property | None) -> Typed:
        if isinstance(given, Literal) and wanted is not None:
            value = value_of(given, wanted, self._version)
            value = self._folded(value)
            return Typed(lambda _: value, wanted)
        typed = self._typed(found, given)
        if wanted is None and typed.type.type in {"Date", "DateTime", "DateTimeOffset"}:
            return typed
        if wanted is None or wanted.type != typed.type.type:
            raise ODataRefusal(Reason.TYPE_MISMATCH, f"No function signature matches the type of '{typed.type.name}'.")
        return Typed(lambda row: self._folded(typed.get(row)), typed.type) if self._ignore_case else typed

    def _comparison(self, found: EntitySet, compare: Compare) -> Typed:
        left, right = compare.left, compare.right
        if isinstance(left, Literal) and not isinstance(right, Literal):
            turned = {"gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}.get(compare.sign, compare.sign)
            left, right, sign = right, left, _SIGNS[turned]
        else:
            sign = _SIGNS[compare.sign]
        one = self._typed(found, left)
        if not isinstance(right, Literal):
            return _compared(one, sign, self._typed(found, right))
        value = self._folded(value_of(right, one.type, self._version))
        get, folded = one.get, self._ignore_case and one.type.type == "String"
        if value is None:
            same = compare.sign in {"eq", "ge", "le"}
            if compare.sign not in {"eq", "ne"}:
                return Typed(lambda _: False, _FLAG)
            return Typed(lambda row: (get(row) is None) is same, _FLAG)
        unequal = compare.sign == "ne"

        def test(row: SimRow) -> bool:
            own = get(row)
            if own is None:
                return unequal
            return sign(own.lower() if folded else own, value)

        return Typed(test, _FLAG)

    def _is_folded(self, column: Property) -> bool:
        """Whether its values are compared as other values than they are; ids are in lower case as they are."""
        return self._ignore_case and column.type not in {"Guid", *NUMERIC, "DateTimeOffset", "Date", "Boolean"}

    def _folded(self, value: Any) -> Any:
        return value.lower() if self._ignore_case and isinstance(value, str) else value


def _own(found: EntitySet, name: str) -> Typed:
    column, blank = found.property(name), found.blank.get(name)
    if column.type == "DateTime":
        return Typed(lambda row: _moment(row.get(name, blank)), column)
    return Typed(lambda row: row.get(name, blank), column)


def _moment(value: Any) -> Any:
    """V2 has no type for a date alone."""
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC).replace(tzinfo=None)
    return value


def _constant(literal: Literal) -> Typed:
    if literal.kind == "boolean":
        return Typed(lambda _: literal.text == "true", _FLAG)
    raise mismatch(literal, _FLAG)


def _compared(left: Typed, sign: Callable[[Any, Any], bool], right: Typed) -> Typed:
    numbers = left.type.type in NUMERIC and right.type.type in NUMERIC
    if left.type.type != right.type.type and not numbers:
        raise ODataRefusal(
            Reason.TYPE_MISMATCH,
            "A binary operator with incompatible types was detected: "
            f"'Edm.{left.type.type}' and 'Edm.{right.type.type}'.",
        )
    one, other = left.get, right.get

    def test(row: SimRow) -> bool:
        first, second = one(row), other(row)
        if first is None or second is None:
            return sign(first, second) if sign in {operator.eq, operator.ne} else False
        return sign(first, second)

    return Typed(test, _FLAG)
