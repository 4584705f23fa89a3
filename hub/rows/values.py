"""A column of source values -> a column in physical form, as fast as its values allow, and the errors among them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hub.convert import Bound, Converter, Misfit, bind, converter_for, plain_text
from hub.convert.base import Scalar
from hub.errors import RowRejected
from hub.model.kinds import Column

Errors = dict[int, RowRejected]
"""Position -> why that value is refused."""

Columnful = tuple[list[Any], Errors]
"""Values in physical form, None where there is none or it is refused."""

_NOT_SURE = (RowRejected, TypeError, ValueError, ArithmeticError, AttributeError, KeyError)
"""What a bulk conversion raises when a value is not of the usual form; then each value is looked at alone."""
_REMEMBERED = 10_000
_OTHERS = "*"


class _Memory(dict[Any, Any]):
    """Texts already converted. Bounded, so that a column of unique values costs no memory."""

    def __init__(self, scalar: Scalar) -> None:
        super().__init__()
        self._scalar = scalar

    def __missing__(self, value: Any) -> Any:
        result = self._scalar(value)
        if len(self) >= _REMEMBERED:
            self.clear()
        self[value] = result
        return result


class Conversion:
    """How the values of one field are read: the admin's dictionary and default around a converter.

    Built once a map; raises Misfit where constants cannot be what the column holds.
    """

    def __init__(
        self,
        column: Column,
        convert: str | None = None,
        options: Mapping[str, Any] | None = None,
        values: Mapping[str, Any] | None = None,
        default: Any = None,
    ) -> None:
        self.column = column
        self.converter: Converter = converter_for(column, convert)
        self.options: Mapping[str, Any] = options or {}
        self._bound: Bound = bind(column, convert, options)
        self.blank = self._ours("default", default)
        """What stands for a missing or blank value, in physical form."""
        self._words: dict[str, Any] | None = None
        if values:
            self._read_words(values)
        self._memory = _Memory(self.scalar) if self._bound.memo or self._words is not None else None

    def _read_words(self, values: Mapping[str, Any]) -> None:
        words = {word.strip(): self._ours("values", ours) for word, ours in values.items()}
        if "" in words and self.blank is None:
            self.blank = words.pop("")
        self._others = words.pop(_OTHERS, None)
        self._has_others = _OTHERS in values
        self._words = {word.casefold(): ours for word, ours in words.items()} | words

    def _ours(self, key: str, value: Any) -> Any:
        """A value an admin or author wrote, in physical form: read like the source's, or as the column's plain form."""
        if value is None:
            return None
        try:
            return self._bound.scalar(value)
        except RowRejected as error:
            try:
                return bind(self.column).scalar(value)
            except RowRejected:
                raise Misfit(key, f"a value under `{key}` {error.problem}.") from None

    @property
    def is_plain(self) -> bool:
        """No dictionary: the converter alone decides."""
        return self._words is None

    @property
    def remembers(self) -> bool:
        """Equal texts give equal results, and are worth looking at once."""
        return self._memory is not None

    def scalar(self, value: Any) -> Any:
        """One value; raises RowRejected."""
        if isinstance(value, RowRejected):
            raise value
        if value is None or (isinstance(value, str) and not value.strip()):
            return self.blank
        if self._words is None:
            return self._bound.scalar(value)
        word = plain_text(value)
        if word is None:
            return self.blank
        for spelling in (word, word.casefold()):
            if spelling in self._words:
                return self._words[spelling]
        if not self._has_others:
            return self._bound.scalar(value)
        try:
            ours = self._bound.scalar(value) if self.column.vocabulary else None
        except RowRejected:
            return self._others
        return self._others if ours is None else ours

    def column_of(self, values: list[Any]) -> Columnful:
        """A whole column. Equal to going value by value, only quicker."""
        if self._words is None and self._bound.bulk is not None:
            try:
                found = self._bound.bulk(values)
            except _NOT_SURE:
                pass
            else:
                if self.blank is not None:
                    found = [self.blank if value is None else value for value in found]
                return found, {}
        if self._memory is not None and set(map(type, values)) <= _TEXT_OR_NONE:
            try:
                return list(map(self._memory.__getitem__, values)), {}
            except RowRejected:
                return self._one_by_one(values, self._memory.__getitem__)
        return self._one_by_one(values, self.scalar)

    @staticmethod
    def _one_by_one(values: Sequence[Any], scalar: Scalar) -> Columnful:
        found: list[Any] = []
        errors: Errors = {}
        for position, value in enumerate(values):
            try:
                found.append(scalar(value))
            except RowRejected as error:
                found.append(None)
                errors[position] = error
        return found, errors


_TEXT_OR_NONE = {str, type(None)}
