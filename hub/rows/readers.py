"""What a `FieldSource` says, made ready: a reader turns a frame into a column in physical form, with its errors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Protocol

from hub.convert import Misfit, bind, converter_for
from hub.convert.text import json_text
from hub.errors import PluginError, RowRejected
from hub.mapping import At, Coalesced, Collected, Computed, Const, FieldSource, Joined
from hub.model.kinds import Column, Kind
from hub.rows.frames import Frame
from hub.rows.paths import Path, parse
from hub.rows.values import Columnful, Conversion, Errors


class Reader(Protocol):
    """One column of one map."""

    paths: tuple[Path, ...]
    """What it looks at; empty for constants."""

    def read(self, frame: Frame) -> Columnful:
        """The column for all rows of the frame."""
        ...


class AtReader:
    def __init__(self, column: Column, source: At) -> None:
        self.path = _parsed(source.path)
        self.paths: tuple[Path, ...] = (self.path,)
        self.conversion = Conversion(column, source.convert, source.options, source.values, source.default)

    def read(self, frame: Frame) -> Columnful:
        return self.conversion.column_of(frame.values(self.path))


class ConstReader:
    paths: tuple[Path, ...] = ()

    def __init__(self, column: Column, source: Const) -> None:
        try:
            self.value = bind(column).scalar(source.value)
        except RowRejected as error:
            raise Misfit("const", f"the constant {error.problem}.") from None

    def read(self, frame: Frame) -> Columnful:
        return [self.value] * len(frame), {}


class JoinedReader:
    """Parts are read as texts. A part without a value is left out, or refuses the row where the column is the key."""

    def __init__(self, column: Column, source: Joined) -> None:
        if column.kind is not Kind.TEXT or column.vocabulary or column.format:
            holds = "one of its own words" if column.vocabulary else column.format or column.kind.value
            raise Misfit("join", f"`join` makes a free text, but {column.name} holds {holds}.")
        self.parts = tuple((_part_reader(part), _kind_of(part)) for part in source.parts)
        self.paths: tuple[Path, ...] = tuple(path for reader, _ in self.parts for path in reader.paths)
        self.separator = source.separator
        self.is_key = column.name == "source_id"
        self.conversion = Conversion(column)

    def read(self, frame: Frame) -> Columnful:
        parts: list[list[Any]] = []
        errors: Errors = {}
        for reader, kind in self.parts:
            values, wrong = reader.read(frame)
            parts.append(as_texts(values, kind))
            errors = wrong | errors
        joined = self.joined(parts, errors)
        found, too_long = self.conversion.column_of(joined)
        return found, too_long | errors

    def joined(self, parts: list[list[str | None]], errors: Errors) -> list[str | None]:
        """The parts side by side; adds the rows whose key lacks a part to `errors`."""
        if not any(None in part for part in parts):
            return list(map(self.separator.join, zip(*parts, strict=True)))
        rows = list(zip(*parts, strict=True))
        if self.is_key:
            missing = RowRejected("lacks a part of the key", rule="key")
            for position, row in enumerate(rows):
                if None in row:
                    errors.setdefault(position, missing)
        return [self.separator.join(part for part in row if part is not None) or None for row in rows]


class CoalescedReader:
    """The first part that has a value. A later part is only looked at where all before it have none."""

    def __init__(self, column: Column, source: Coalesced) -> None:
        self.parts = tuple(AtReader(column, part) for part in source.parts)
        self.paths: tuple[Path, ...] = tuple(part.path for part in self.parts)

    def read(self, frame: Frame) -> Columnful:
        first, *others = self.parts
        found, errors = first.read(frame)
        for part in others:
            open_ = [at for at, value in enumerate(found) if value is None and at not in errors]
            if not open_:
                break
            if len(open_) == len(found):
                found, errors = part.read(frame)
                continue
            values = frame.values(part.path)
            later, wrong = part.conversion.column_of([values[at] for at in open_])
            found = list(found)
            for at, value in zip(open_, later, strict=True):
                found[at] = value
            errors |= {open_[at]: error for at, error in wrong.items()}
        return found, errors


class ComputedReader:
    paths: tuple[Path, ...] = ()

    def __init__(self, column: Column, source: Computed) -> None:
        self.function = source.function
        self.name = getattr(source.function, "__qualname__", repr(source.function))
        self.conversion = Conversion(column, source.convert)

    def read(self, frame: Frame) -> Columnful:
        return self.conversion.column_of(self.compute(frame.rows))

    def compute(self, rows: list[dict[str, Any]]) -> list[Any]:
        """The function's values; where it fails on the page, row by row, so that one odd row spoils no other."""
        try:
            return self._called(rows)
        except PluginError:
            raise
        except Exception:  # an author's function must not stop a run over one row
            return [self._alone(row) for row in rows]

    def _called(self, rows: list[dict[str, Any]]) -> list[Any]:
        values = list(self.function(rows))
        if len(values) != len(rows):
            raise PluginError(
                f"the field function {self.name} gave {len(values)} values for {len(rows)} rows.",
                fix="It must give one value for each row; report it to the connector's author.",
            )
        return values

    def _alone(self, row: dict[str, Any]) -> Any:
        try:
            return self._called([row])[0]
        except PluginError:
            raise
        except RowRejected as error:
            return error
        except Exception as error:  # as above
            return RowRejected(f"cannot be computed: {self.name} failed with {type(error).__name__}")


class CollectedReader:
    """Several values as one JSON object, without those that are empty."""

    def __init__(self, column: Column, source: Collected) -> None:
        if column.kind is not Kind.JSON:
            raise Misfit("extras", f"{column.name} holds {column.kind.value}, not an object.")
        self.parts = tuple((name, _parsed(path)) for name, path in sorted(source.parts.items()))
        self.paths: tuple[Path, ...] = tuple(path for _, path in self.parts)
        self.conversion = Conversion(column)

    def read(self, frame: Frame) -> Columnful:
        names = [name for name, _ in self.parts]
        columns = [frame.values(path) for _, path in self.parts]
        return self.conversion.column_of([collect(names, row) for row in zip(*columns, strict=True)])


def collect(names: list[str], values: tuple[Any, ...]) -> Any:
    """One object of the values that are there; the first error, if any is one."""
    found = {}
    for name, value in zip(names, values, strict=True):
        if isinstance(value, RowRejected):
            return value
        if value is None or (isinstance(value, str) and not value.strip()):
            continue
        found[name] = value.strip() if isinstance(value, str) else value
    return found


def reader_for(column: Column, source: FieldSource) -> Reader:
    """The reader of one field. Misfit, with a sentence, where source and column do not go together."""
    match source:
        case At():
            return AtReader(column, source)
        case Const():
            return ConstReader(column, source)
        case Joined():
            return JoinedReader(column, source)
        case Coalesced():
            return CoalescedReader(column, source)
        case Computed():
            return ComputedReader(column, source)
        case Collected():
            return CollectedReader(column, source)


def _parsed(path: str) -> Path:
    try:
        return parse(path)
    except ValueError as error:
        raise Misfit("path", str(error)) from None


def _kind_of(part: At | Const) -> Kind:
    if isinstance(part, At) and part.convert is not None:
        return converter_for_part(part.convert)
    return Kind.TEXT


def converter_for_part(name: str) -> Kind:
    """What a part of a joined text holds before it becomes one."""
    from hub.convert import CONVERTERS, nearest

    converter = CONVERTERS.get(name)
    if converter is None:
        raise Misfit("convert", f"there is no converter `{name}`.{nearest(name, list(CONVERTERS))}")
    return converter.kind


def _part_reader(part: At | Const) -> AtReader | ConstReader:
    column = Column("part", _kind_of(part), "Part of a joined text.")
    converter_for(column, part.convert if isinstance(part, At) else None)
    return AtReader(column, part) if isinstance(part, At) else ConstReader(column, part)


def as_texts(values: list[Any], kind: Kind) -> list[Any]:
    """Physical values as texts a person would write."""
    if kind in (Kind.TEXT, Kind.DATE, Kind.JSON):
        return values
    return [None if value is None else as_text(value, kind) for value in values]


def as_text(value: Any, kind: Kind) -> str:
    """One physical value as a text."""
    if kind is Kind.DECIMAL:
        text = f"{Decimal(value).scaleb(-6):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if kind is Kind.UTC:
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)
        return moment.isoformat().replace("+00:00", "Z")
    return str(value).lower()


__all__ = ["Reader", "as_text", "json_text", "reader_for"]
