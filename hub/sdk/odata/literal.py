"""A value as OData writes it in a URL: each version has its own way, and a quote in the wrong place is an injection."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from hub.sdk.odata.version import Version

_GUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?))?(Z|[+-]\d\d:\d\d)?"
)
_CLOCK = re.compile(r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(\.[0-9]+)?)?")
_DURATION = re.compile(r"-?P(?=.)([0-9]+D)?(T(?=.)([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?")
_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "Edm.Boolean"),
    (int, "Edm.Int32"),
    (Decimal, "Edm.Decimal"),
    (UUID, "Edm.Guid"),
    (datetime, "Edm.DateTimeOffset"),
    (date, "Edm.Date"),
    (time, "Edm.TimeOfDay"),
)
_SUFFIXES = {"Edm.Decimal": "M", "Edm.Int64": "L", "Edm.Single": "f", "Edm.Double": "d"}


def literal(value: Any, edm: str | None, version: Version) -> str:
    """The value as a literal of an Edm type, not yet percent-encoded; `edm` None takes the type that fits the value.

    Texts are accepted for every type, since that is how rows carry values; they are checked against the type's form.
    ValueError where the value is none of this type.
    """
    if value is None:
        return "null"
    edm = edm or _type_of(value)
    write = _WRITERS.get(edm)
    if write is None:  # an enumeration, by its member's name
        name = edm if version is Version.V4 and "." in edm else ""
        return name + _text(value, version)
    return write(value, version) if write is not _number else _number(value, version, edm)


def _type_of(value: Any) -> str:
    return next((edm for kind, edm in _TYPES if isinstance(value, kind)), "Edm.String")


def _text(value: Any, version: Version) -> str:
    return "'" + str(value).replace("'", "''") + "'"


def _number(value: Any, version: Version, edm: str = "") -> str:
    if isinstance(value, bool):
        raise ValueError("true and false are no numbers")
    text = format(value, "f") if isinstance(value, Decimal) else str(value)
    if not _NUMBER.fullmatch(text):
        raise ValueError("this is no number")
    return text if version is Version.V4 else text + _SUFFIXES.get(edm, "")


def _flag(value: Any, version: Version) -> str:
    text = str(value).lower()
    if text not in {"true", "false"}:
        raise ValueError("this is neither true nor false")
    return text


def _guid(value: Any, version: Version) -> str:
    text = str(value).lower()
    if not _GUID.fullmatch(text):
        raise ValueError("this is no GUID")
    return text if version is Version.V4 else f"guid'{text}'"


def _parts(value: Any) -> tuple[str, str, str]:
    """Day, clock with its fraction as it is, offset; a moment with a zone becomes UTC."""
    if isinstance(value, datetime):
        value = (value.astimezone(UTC) if value.tzinfo else value).isoformat().replace("+00:00", "Z")
    match = _MOMENT.fullmatch(value.isoformat() if isinstance(value, date) else str(value))
    if match is None:
        raise ValueError("this is neither a date nor a moment in ISO 8601")
    day, clock, offset = match.groups()
    clock = clock or "00:00:00"
    return day, clock if clock.count(":") == 2 else f"{clock}:00", offset or ""


def _naive(value: Any, version: Version) -> str:
    """Edm.DateTime has no zone: a moment that has one is written as UTC's clock shows it."""
    day, clock, offset = _parts(value)
    if offset not in {"", "Z"}:
        return _naive(datetime.fromisoformat(f"{day}T{clock}{offset}"), version)
    return f"{day}T{clock}" if version is Version.V4 else f"datetime'{day}T{clock}'"


def _moment(value: Any, version: Version) -> str:
    day, clock, offset = _parts(value)
    text = f"{day}T{clock}{offset or 'Z'}"
    return text if version is Version.V4 else f"datetimeoffset'{text}'"


def _day(value: Any, version: Version) -> str:
    day, _, _ = _parts(value)
    return day if version is Version.V4 else f"datetime'{day}T00:00:00'"


def _clock(value: Any, version: Version) -> str:
    match = _CLOCK.fullmatch(value.isoformat() if isinstance(value, time) else str(value))
    if match is None:
        raise ValueError("this is no time of day")
    hours, minutes, seconds, fraction = match.groups()
    if version is Version.V4:
        return f"{hours}:{minutes}:{seconds or '00'}{fraction or ''}"
    return f"time'PT{hours}H{minutes}M{seconds or '00'}{fraction or ''}S'"


def _duration(value: Any, version: Version) -> str:
    if not _DURATION.fullmatch(str(value)):
        raise ValueError("this is no duration in ISO 8601")
    return f"duration'{value}'" if version is Version.V4 else f"time'{value}'"


_WRITERS: Mapping[str, Callable[[Any, Version], str]] = {
    "Edm.String": _text,
    "Edm.Guid": _guid,
    "Edm.Boolean": _flag,
    "Edm.DateTime": _naive,
    "Edm.DateTimeOffset": _moment,
    "Edm.Date": _day,
    "Edm.Time": _clock,
    "Edm.TimeOfDay": _clock,
    "Edm.Duration": _duration,
    **dict.fromkeys(
        (
            "Edm.Decimal", "Edm.Double", "Edm.Single", "Edm.Int64", "Edm.Int32", "Edm.Int16", "Edm.Byte", "Edm.SByte",
        ),
        _number,
    ),
}  # fmt: skip
