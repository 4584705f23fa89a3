"""Values on the wire: how each Edm type is written in a body and in a filter, in V2 and in V4.

A row holds Python's own values: str (String, Guid, Enum), int, Decimal (also Double), bool, bytes, `date` (Date), aware
`datetime` in UTC (DateTimeOffset), naive `datetime` or `date` (V2's DateTime), `time` (Time, TimeOfDay), `timedelta`
(Duration), or None.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from hub.sdk.simulator.odata.model import Property
from hub.sdk.simulator.odata.refusals import ODataRefusal, Reason

WHOLE = {"Byte", "SByte", "Int16", "Int32", "Int64"}
NUMERIC = WHOLE | {"Decimal", "Double", "Single"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DURATION = re.compile(r"(-?)P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.(\d+))?S)?)?")


class Version(StrEnum):
    """Of the protocol."""

    V2 = "2.0"
    V4 = "4.0"


@dataclass(frozen=True)
class Literal:
    """A constant in a filter or a key. `kind` is what its spelling says, before a property's type is known."""

    kind: str
    text: str
    prefix: str = ""


# -- in a body -----------------------------------------------------------------------------------------------------


def milliseconds(moment: datetime | date) -> int:
    """Since 1970; a naive moment is taken as it stands."""
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day)  # noqa: DTZ001  made aware below
    return round((moment.replace(tzinfo=moment.tzinfo or UTC) - _EPOCH) / timedelta(milliseconds=1))


def iso_moment(moment: datetime) -> str:
    """As V4 writes it: UTC, with a fraction only where there is one, of milliseconds as long as these suffice."""
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat()
    return f"{text[:-3] if text.endswith('000') and '.' in text else text}Z"


def duration_text(span: timedelta | time) -> str:
    """`PT10H30M00S`, which is also how V2 writes a time of day."""
    if isinstance(span, time):
        return f"PT{span.hour:02d}H{span.minute:02d}M{span.second:02d}S"
    rest = abs(span)
    hours, left = divmod(rest.seconds, 3600)
    sign, days = "-" if span < timedelta(0) else "", f"{rest.days}D" if rest.days else ""
    return f"{sign}P{days}T{hours}H{left // 60}M{left % 60}S"


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _double(value: Any) -> str:
    return repr(float(value))


_V2: dict[str, Callable[[Any], Any]] = {
    "DateTime": lambda value: f"/Date({milliseconds(value)})/",
    "DateTimeOffset": lambda value: f"/Date({milliseconds(value)}+0000)/",
    "Time": duration_text,
    "Decimal": lambda value: format(value, "f"),
    "Double": _double,
    "Single": _double,
    "Int64": str,
    "Binary": _base64,
}
_V4: dict[str, Callable[[Any], Any]] = {
    "DateTimeOffset": iso_moment,
    "Date": date.isoformat,
    "TimeOfDay": time.isoformat,
    "Duration": duration_text,
    "Binary": _base64,
}
_COMPATIBLE: dict[str, Callable[[Any], Any]] = _V4 | {"Decimal": lambda value: format(value, "f"), "Int64": str}


def writers(version: Version, *, ieee754: bool = False) -> dict[str, Callable[[Any], Any]]:
    """By type, what turns a value into JSON; a type that is not there is sent as it is.

    ieee754   V4 with `IEEE754Compatible=true`: numbers that JavaScript cannot hold come as text
    """
    if version is Version.V2:
        return _V2
    return _COMPATIBLE if ieee754 else _V4


# -- in a filter or a key ------------------------------------------------------------------------------------------

_READ: dict[tuple[Version, str], frozenset[str]] = {
    (Version.V2, "String"): frozenset({"string"}),
    (Version.V2, "Guid"): frozenset({"guid'"}),
    (Version.V2, "DateTime"): frozenset({"datetime'"}),
    (Version.V2, "DateTimeOffset"): frozenset({"datetimeoffset'"}),
    (Version.V2, "Time"): frozenset({"time'"}),
    (Version.V2, "Boolean"): frozenset({"boolean"}),
    (Version.V2, "Binary"): frozenset({"binary'", "x'"}),
    (Version.V4, "String"): frozenset({"string"}),
    (Version.V4, "Guid"): frozenset({"guid"}),
    (Version.V4, "Date"): frozenset({"date"}),
    (Version.V4, "DateTimeOffset"): frozenset({"moment"}),
    (Version.V4, "TimeOfDay"): frozenset({"time"}),
    (Version.V4, "Duration"): frozenset({"duration'"}),
    (Version.V4, "Boolean"): frozenset({"boolean"}),
    (Version.V4, "Binary"): frozenset({"binary'"}),
}
_SUFFIXES = {"Int64": "lL", "Decimal": "mM", "Double": "dD", "Single": "fF"}


def value_of(literal: Literal, wanted: Property, version: Version) -> Any:
    """The literal as a value of the property's type. ODataRefusal where its spelling is another type's."""
    if literal.kind == "null":
        return None
    if wanted.type == "Enum":
        return _member(literal, wanted)
    if wanted.type in NUMERIC:
        return _number(literal, wanted, version)
    if literal.kind not in _READ.get((version, wanted.type), ()):
        raise mismatch(literal, wanted)
    try:
        return _PARSERS[wanted.type](literal.text)
    except ValueError:
        raise ODataRefusal(
            Reason.SYNTAX, f"'{literal.text}' is not a valid literal of type 'Edm.{wanted.type}'."
        ) from None


def mismatch(literal: Literal, wanted: Property) -> ODataRefusal:
    """The refusal of a literal that has not the type of its property."""
    return ODataRefusal(
        Reason.TYPE_MISMATCH,
        f"A binary operator with incompatible types was detected: '{wanted.name}' is of type 'Edm.{wanted.type}', "
        f"and {literal.prefix or literal.text!r} is not.",
    )


def _member(literal: Literal, wanted: Property) -> str:
    typed = bool(literal.prefix) and literal.kind.endswith("'")
    if literal.kind != "string" and not typed:
        raise mismatch(literal, wanted)
    if literal.text not in wanted.members:
        raise ODataRefusal(Reason.TYPE_MISMATCH, f"'{literal.text}' is not a member of the type of '{wanted.name}'.")
    return literal.text


def _number(literal: Literal, wanted: Property, version: Version) -> Decimal | int:
    digits = literal.text
    allowed = _SUFFIXES.get(wanted.type, "") if version is Version.V2 else ""
    if literal.kind != "number" or (digits[-1].isalpha() and digits[-1] not in allowed):
        raise mismatch(literal, wanted)
    number = Decimal(digits.rstrip("lLmMdDfF"))
    if wanted.type in WHOLE and number != number.to_integral_value():
        raise mismatch(literal, wanted)
    return int(number) if wanted.type in WHOLE else number


def _aware(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment.astimezone(UTC)


def _naive(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is not None:
        raise ValueError(text)
    return moment


def duration_of(text: str) -> timedelta:
    """ValueError where it is none."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(text)
    sign, days, hours, minutes, seconds, fraction = match.groups()
    span = timedelta(
        days=int(days or 0), hours=int(hours or 0), minutes=int(minutes or 0), seconds=int(seconds or 0),
        microseconds=int((fraction or "0")[:6].ljust(6, "0")),
    )  # fmt: skip
    return -span if sign else span


def _time_of_duration(text: str) -> time:
    return (_EPOCH + duration_of(text)).time()


_PARSERS: dict[str, Callable[[str], Any]] = {
    "String": str,
    "Guid": str.lower,
    "Date": date.fromisoformat,
    "DateTime": _naive,
    "DateTimeOffset": _aware,
    "Time": _time_of_duration,
    "TimeOfDay": time.fromisoformat,
    "Duration": duration_of,
    "Boolean": lambda text: text == "true",
    "Binary": bytes.fromhex,
}
