"""The kinds of column the canonical model is made of, and how each database stores them exactly.

A batch carries every value in one *physical* form (the `Kind` docstring), whatever its path through the hub.
The database types below turn that form into what a reader of the table expects: `numeric(20,6)`, `timestamptz`
on PostgreSQL; whole millionths and microseconds on SQLite, which has neither decimals nor times.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, DateTime, Dialect, Integer, LargeBinary, Numeric, Text, TypeDecorator
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeEngine, UserDefinedType
from sqlmodel import Field

from hub.model.kinds import Kind

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Micros(UserDefinedType[Any]):
    """SQLite's column for exact numbers. Declared without affinity, so that SQLite never turns a value into a float:
    a whole number of millionths, or, beyond 64 bits, the same whole number as text."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        return "MICROS_BLOB"  # "BLOB" in the name is SQLite's way to say: no affinity


class Exact(TypeDecorator[Decimal]):
    """`Decimal` in Python, `numeric(20,6)` on PostgreSQL, `Micros` on SQLite."""

    impl = Numeric(20, 6)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(Micros() if dialect.name == "sqlite" else Numeric(20, 6))

    def process_bind_param(self, value: Decimal | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        millionths = int(value.scaleb(6))
        return millionths if -(2**63) <= millionths < 2**63 else str(millionths)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None or isinstance(value, Decimal):
            return value
        return Decimal(int(value)).scaleb(-6)


class UtcMoment(TypeDecorator[datetime]):
    """Aware UTC `datetime` in Python, `timestamptz` on PostgreSQL, microseconds since 1970 on SQLite."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(BigInteger() if dialect.name == "sqlite" else DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if value is None or dialect.name != "sqlite":
            return value
        return (value - EPOCH) // timedelta(microseconds=1)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None or isinstance(value, datetime):
            return value
        return EPOCH + timedelta(microseconds=value)


JSON_TEXT: TypeEngine[Any] = JSONB(none_as_null=True).with_variant(Text(), "sqlite")

TEXT: TypeEngine[Any] = Text().with_variant(Text(collation="C"), "postgresql")
"""Compared byte by byte on both databases: the same order everywhere, indexes that survive an upgrade of the operating
system's locales, and keys that compare at the speed of memcmp."""

_SQL_TYPES: dict[Kind, TypeEngine[Any]] = {
    Kind.TEXT: TEXT,
    Kind.INTEGER: BigInteger(),
    Kind.BOOLEAN: Boolean(create_constraint=False),
    Kind.DECIMAL: Exact(),
    Kind.UTC: UtcMoment(),
    Kind.DATE: Date(),
    Kind.JSON: JSON_TEXT,
}
SMALL_INTEGER: TypeEngine[Any] = Integer()
BYTES: TypeEngine[Any] = LargeBinary()


def column(kind: Kind, description: str, *, required: bool = False, key: bool = False, **rule: Any) -> Any:
    """One canonical column; `rule` holds what the checks enforce (the fields of `hub.model.kinds.Column`)."""
    info = {"kind": kind, "required": required or key, "rule": rule}
    nullable = not (required or key)
    return Field(
        default=None if nullable else ...,
        primary_key=key,
        nullable=nullable,
        sa_type=_SQL_TYPES[kind],
        sa_column_kwargs={"info": info, "comment": description},
        description=description,
    )


def text(description: str, *, required: bool = False, max_length: int = 400, **rule: Any) -> Any:
    return column(Kind.TEXT, description, required=required, max_length=max_length, **rule)


def long_text(description: str) -> Any:
    return column(Kind.TEXT, description, max_length=20_000)


def ref(entity: str, description: str, *, required: bool = False) -> Any:
    """A soft reference: the `source_id` of another entity's row of the same source; may arrive before its target."""
    return column(Kind.TEXT, description, required=required, max_length=200, refers_to=entity)


def word(vocabulary: type[StrEnum], description: str, *, required: bool = False) -> Any:
    """One word of a closed vocabulary; the source's own word is kept in the column beside it."""
    return column(Kind.TEXT, description, required=required, vocabulary=tuple(vocabulary), max_length=40)


def money(description: str) -> Any:
    return column(Kind.DECIMAL, f"{description} In the row's `currency`.")


def number(description: str, **rule: Any) -> Any:
    return column(Kind.DECIMAL, description, **rule)


def quantity(description: str) -> Any:
    return column(Kind.DECIMAL, f"{description} In the row's `unit`.")


def whole(description: str, **rule: Any) -> Any:
    return column(Kind.INTEGER, description, **rule)


def flag(description: str) -> Any:
    return column(Kind.BOOLEAN, description)


def utc(description: str) -> Any:
    return column(Kind.UTC, description)


def day(description: str) -> Any:
    return column(Kind.DATE, description)


def currency(description: str = "ISO 4217 code of all amounts in this row.") -> Any:
    return column(Kind.TEXT, description, format="currency", max_length=3)


def country(description: str = "ISO 3166-1 alpha-2 code.") -> Any:
    return column(Kind.TEXT, description, format="country", max_length=2)


def unit(description: str = "UN/CEFACT Recommendation 20 code (`C62` is one piece).") -> Any:
    return column(Kind.TEXT, description, format="unit", max_length=3)


def json_object(description: str) -> Any:
    return column(Kind.JSON, description)
