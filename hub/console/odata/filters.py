"""A filter as SQL: every expression has a kind, every constant is bound, and nulls mean what OData says.

A comparison with null is false or true, never unknown; functions of null are null. So `not (total gt 5)` finds rows
without a total, and `not contains(name,'x')` does not find rows without a name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from odata_query import ast

from hub.console.odata.errors import unsupported, wrong
from hub.console.odata.literals import Literal, literal, whole_bound
from hub.console.odata.sql import Dialect, Values
from hub.model.kinds import Kind

_DEEPEST = 50
_MOST_IN_A_LIST = 5_000
_NUMBERS = (Kind.DECIMAL, Kind.INTEGER)
_OPERATORS = {ast.Eq: "eq", ast.NotEq: "ne", ast.Gt: "gt", ast.GtE: "ge", ast.Lt: "lt", ast.LtE: "le"}
_TURNED = {"eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
_MOMENTS = ("year", "month", "day", "hour", "minute", "second", "date")
_OF_DAYS = ("year", "month", "day")
_RESULT = {
    "contains": Kind.BOOLEAN,
    "startswith": Kind.BOOLEAN,
    "endswith": Kind.BOOLEAN,
    "tolower": Kind.TEXT,
    "toupper": Kind.TEXT,
    "trim": Kind.TEXT,
    "concat": Kind.TEXT,
    "substring": Kind.TEXT,
    "date": Kind.DATE,
}
_TEXTS = (*_RESULT, "length", "indexof")


@dataclass(frozen=True, slots=True)
class Expression:
    """SQL with the kind of its value."""

    sql: str
    kind: Kind


class Filter:
    """Turns syntax trees into conditions. `column` gives the SQL of a property, or raises ODataError."""

    def __init__(self, dialect: Dialect, values: Values, column: Callable[[str], Expression]) -> None:
        self._dialect = dialect
        self._values = values
        self._column = column

    def condition(self, node: Any, *, certain: bool = False, depth: int = 0) -> str:
        """The condition that a node is. `certain`: never unknown where a comparison meets a null."""
        if depth > _DEEPEST:
            raise wrong("The filter is nested too deeply.", "$filter")
        if isinstance(node, ast.BoolOp):
            word = " AND " if isinstance(node.op, ast.And) else " OR "
            parts = [self.condition(each, certain=certain, depth=depth + 1) for each in _flat(node)]
            return _balanced(word, parts)
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return f"(NOT {self.condition(node.operand, certain=True, depth=depth + 1)})"
        if isinstance(node, ast.Compare):
            compared = self._compare(node, depth + 1)
            return self._dialect.certain(compared) if certain else compared
        found = self._value(node, depth + 1)
        if found.kind is not Kind.BOOLEAN:
            raise wrong("The filter is not a condition: it is neither true nor false.", "$filter")
        if isinstance(found, Literal):
            return self._dialect.true if found.value else self._dialect.false
        return found.sql

    # -- comparisons -------------------------------------------------------------------------------------------

    def _compare(self, node: Any, depth: int) -> str:
        if isinstance(node.comparator, ast.In):
            return self._among(node, depth)
        operator = _OPERATORS[type(node.comparator)]
        left, right = self._value(node.left, depth), self._value(node.right, depth)
        if isinstance(left, Literal) and not isinstance(right, Literal):
            left, right, operator = right, left, _TURNED[operator]
        if isinstance(left, Literal):
            raise unsupported("Two constants are not compared.", "$filter")
        if isinstance(right, Literal):
            return self._with_constant(operator, left, right)
        return self._with_expression(operator, left, right)

    def _with_constant(self, operator: str, left: Expression, right: Literal) -> str:
        if right.kind is None:
            return self._with_null(operator, left)
        _require_alike(left.kind, right.kind)
        if left.kind in (*_NUMBERS, Kind.UTC):
            return self._with_number(operator, left, right)
        place = self._dialect.literal(self._values, right, left.kind)
        if operator == "ne":
            return f"(NOT {self._dialect.certain(f'{left.sql} = {place}')})"
        if operator != "eq" and left.kind is Kind.BOOLEAN:
            raise unsupported("Conditions have no order.", "$filter")
        sign = {"eq": "=", "gt": ">", "ge": ">=", "lt": "<", "le": "<="}[operator]
        return f"({left.sql} {sign} {place})"

    def _with_number(self, operator: str, left: Expression, right: Literal) -> str:
        value: Decimal = right.value
        if operator in ("eq", "ne") and not _can_be(left.kind, value):
            return self._always(left, holds=operator == "ne")
        if left.kind is Kind.INTEGER:
            value = Decimal(whole_bound(operator, value) or 0)
        equal = "eq" if operator == "ne" else operator
        compared = self._dialect.compared(equal, left.sql, left.kind, self._values, value)
        return f"(NOT {self._dialect.certain(compared)})" if operator == "ne" else f"({compared})"

    def _with_null(self, operator: str, left: Expression) -> str:
        if operator in ("eq", "ne"):
            return f"({left.sql} IS {'NOT ' if operator == 'ne' else ''}NULL)"
        return self._always(left, holds=False)

    def _always(self, left: Expression, *, holds: bool) -> str:
        """The same for every row. It names what it does not look at, so that every bound value has its place."""
        return f"({left.sql} IS NULL {'OR' if holds else 'AND'} {self._dialect.true if holds else self._dialect.false})"

    def _with_expression(self, operator: str, left: Expression, right: Expression) -> str:
        _require_alike(left.kind, right.kind)
        if operator in ("eq", "ne"):
            same = self._equal(left, right)
            return f"(NOT ({same}))" if operator == "ne" else f"({same})"
        if left.kind is Kind.BOOLEAN:
            raise unsupported("Conditions have no order.", "$filter")
        return f"({self._dialect.both(operator, (left.sql, left.kind), (right.sql, right.kind))})"

    def _equal(self, left: Expression, right: Expression) -> str:
        if left.kind is right.kind:
            return self._dialect.same(left.sql, right.sql)
        equal = self._dialect.certain(self._dialect.both("eq", (left.sql, left.kind), (right.sql, right.kind)))
        return f"({left.sql} IS NULL AND {right.sql} IS NULL) OR {equal}"

    def _among(self, node: Any, depth: int) -> str:
        left = self._value(node.left, depth)
        if isinstance(left, Literal):
            raise unsupported("A constant on the left of in is not supported.", "$filter")
        if len(node.right.val) > _MOST_IN_A_LIST:
            raise wrong(f"A list holds {_MOST_IN_A_LIST} values at most.", "$filter")
        places, with_null = [], False
        for each in node.right.val:
            constant = literal(each)
            if constant is None:
                raise unsupported("A list may hold constants only.", "$filter")
            with_null = with_null or constant.kind is None
            if constant.kind is None:
                continue
            _require_alike(left.kind, constant.kind)
            if left.kind not in (*_NUMBERS, Kind.UTC) or _can_be(left.kind, constant.value):
                places.append(self._dialect.literal(self._values, constant, left.kind))
        found = f"{left.sql} IN ({', '.join(places)})" if places else self._always(left, holds=False)
        return f"({left.sql} IS NULL OR {found})" if with_null else f"({found})"

    # -- values ------------------------------------------------------------------------------------------------

    def _value(self, node: Any, depth: int) -> Expression | Literal:
        if depth > _DEEPEST:
            raise wrong("The filter is nested too deeply.", "$filter")
        constant = literal(node)
        if constant is not None:
            return constant
        if isinstance(node, ast.Identifier):
            return self._column(_name(node))
        if isinstance(node, ast.Call):
            return self._call(node, depth)
        if isinstance(node, ast.Compare | ast.BoolOp) or (
            isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)
        ):
            return Expression(self.condition(node, certain=True, depth=depth), Kind.BOOLEAN)
        raise unsupported(_what(node), "$filter")

    def _call(self, node: Any, depth: int) -> Expression | Literal:
        name = _name(node.func)
        if name not in _TEXTS and name not in _MOMENTS:
            raise unsupported(f"The function {name} is not supported.", "$filter")
        if any(isinstance(each, ast.NamedParam) for each in node.args):
            raise wrong(f"The function {name} takes its arguments without names.", "$filter")
        arguments = [self._value(each, depth + 1) for each in node.args]
        if name in _MOMENTS:
            return self._part(name, arguments[0])
        if name == "substring":
            return self._substring(arguments)
        sqls = [self._text(name, each) for each in arguments]
        if name == "startswith":
            return Expression(self._dialect.starts(*sqls), Kind.BOOLEAN)
        if name == "endswith":
            return Expression(self._dialect.ends(*sqls), Kind.BOOLEAN)
        return Expression(self._dialect.function(name, sqls), _RESULT.get(name, Kind.INTEGER))

    def _part(self, name: str, of: Expression | Literal) -> Expression:
        if isinstance(of, Literal):
            raise unsupported(f"The function {name} is not supported for constants.", "$filter")
        if of.kind is not Kind.UTC and not (of.kind is Kind.DATE and name in _OF_DAYS):
            raise wrong(f"The function {name} takes a moment{' or a date' if name in _OF_DAYS else ''}.", "$filter")
        return Expression(self._dialect.function(name, [of.sql]), _RESULT.get(name, Kind.INTEGER))

    def _substring(self, arguments: list[Expression | Literal]) -> Expression:
        sqls = [self._text("substring", arguments[0])]
        for place, each in enumerate(arguments[1:]):
            if not isinstance(each, Literal) or each.kind is not Kind.DECIMAL:
                raise unsupported("substring takes whole numbers from 0 on, as constants.", "$filter")
            if each.value < 0 or each.value != int(each.value) or each.value >= 1_000_000:
                raise wrong("substring takes whole numbers from 0 on.", "$filter")
            sqls.append(str(int(each.value) + (1 if place == 0 else 0)))
        return Expression(self._dialect.function("substring", sqls), Kind.TEXT)

    def _text(self, name: str, value: Expression | Literal) -> str:
        if value.kind is not Kind.TEXT:
            raise wrong(f"The function {name} takes texts.", "$filter")
        return value.sql if isinstance(value, Expression) else self._dialect.literal(self._values, value, Kind.TEXT)


def limits(node: Any) -> list[str]:
    """The properties that a filter limits whatever else it says, by a range or to one value."""
    found = []
    for each in _flat(node) if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And) else [node]:
        if isinstance(each, ast.Compare) and type(each.comparator) in (ast.Eq, ast.Gt, ast.GtE, ast.Lt, ast.LtE):
            names = [_name(side) for side in (each.left, each.right) if isinstance(side, ast.Identifier)]
            found += names if len(names) == 1 else []
    return found


def _balanced(word: str, parts: list[str]) -> str:
    """Conditions joined in halves: SQLite goes no deeper than a thousand, and a chain is as deep as it is long."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return f"({_balanced(word, parts[:middle])}{word}{_balanced(word, parts[middle:])})"


def _name(identifier: Any) -> str:
    return str(identifier.full_name())


def _flat(node: ast.BoolOp) -> list[Any]:
    """The operands of a chain of the same operator, however long, the first one first."""
    kind, operands = type(node.op), []
    current: Any = node
    while isinstance(current, ast.BoolOp) and type(current.op) is kind:
        operands.append(current.right)
        current = current.left
    return [current, *reversed(operands)]


def _require_alike(left: Kind, right: Kind) -> None:
    if left is Kind.JSON or right is Kind.JSON:
        raise unsupported("extras and the like can only be compared with null.", "$filter")
    if left is not right and not (left in _NUMBERS and right in _NUMBERS):
        hint = " Write moments as in 2024-01-31T00:00:00Z." if left is Kind.UTC else ""
        raise wrong(f"{_NAMES[left]} cannot be compared with {_NAMES[right]}.{hint}", "$filter")


_NAMES = {
    Kind.TEXT: "A text",
    Kind.JSON: "A JSON text",
    Kind.INTEGER: "a whole number",
    Kind.DECIMAL: "a number",
    Kind.BOOLEAN: "a condition",
    Kind.UTC: "a moment",
    Kind.DATE: "a date",
}


def _can_be(kind: Kind, value: Decimal) -> bool:
    """Whether a column of the kind can hold exactly this number."""
    exact = value.scaleb(6) if kind is Kind.DECIMAL else value
    return exact == exact.to_integral_value()


def _what(node: Any) -> str:
    if isinstance(node, ast.Attribute):
        return "Filters follow no navigation properties; filter the other set, or expand it."
    if isinstance(node, ast.CollectionLambda):
        return "The operators any and all are not supported."
    if isinstance(node, ast.BinOp | ast.UnaryOp):
        return "Arithmetic in filters is not supported."
    return f"{type(node).__name__} is not supported here."
